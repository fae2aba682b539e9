"""What the Lazada Open Platform offers, as data; section numbers are the fact book's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from types import MappingProxyType

from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support

__all__ = ["COUNTRIES", "MANIFEST", "NAME", "REGIONS", "STATEMENT", "ZONES"]

NAME = "lazada"

# Tokens and consent pages of all countries (section 1.1); there is no sandbox host.
_AUTH = "https://auth.lazada.com"

# Country, its English name as addresses tell it, currency, zone, hours ahead of UTC, API host.
_MARKETS = (
    ("VN", "Vietnam", "VND", "Asia/Ho_Chi_Minh", 7, "https://api.lazada.vn"),
    ("SG", "Singapore", "SGD", "Asia/Singapore", 8, "https://api.lazada.sg"),
    ("MY", "Malaysia", "MYR", "Asia/Kuala_Lumpur", 8, "https://api.lazada.com.my"),
    ("TH", "Thailand", "THB", "Asia/Bangkok", 7, "https://api.lazada.co.th"),
    ("PH", "Philippines", "PHP", "Asia/Manila", 8, "https://api.lazada.com.ph"),
    ("ID", "Indonesia", "IDR", "Asia/Jakarta", 7, "https://api.lazada.co.id"),
)

REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        code: Region(code=code, currency=currency, zone=zone, api=api, auth=_AUTH)
        for code, _, currency, zone, _, api in _MARKETS
    }
)

ZONES: Mapping[str, timezone] = MappingProxyType(
    {code: timezone(timedelta(hours=hours)) for code, _, _, _, hours, _ in _MARKETS}
)
"""The local time of each country; none of them has summer time."""

COUNTRIES: Mapping[str, str] = MappingProxyType(
    {name.lower(): code for code, name, _, _, _, _ in _MARKETS}
)
"""Codes by lower-case English name, which is what addresses carry (section 3.4)."""

STATEMENT = timedelta(days=21)
"""A row is paid with its weekly statement; this covers the week and the days until the payout,
with a week to spare."""

_OFFERED = {
    Capability.ORDERS_LIST: "3.2",
    Capability.ORDERS_GET: "3.3, 3.5",
    Capability.ORDERS_SHIPPING_OPTIONS: "3.7",
    Capability.ORDERS_SHIP: "3.7",
    Capability.ORDERS_LABEL: "3.7",
    Capability.ORDERS_CANCEL_REASONS: "3.8",
    Capability.ORDERS_CANCEL: "3.8",
    Capability.ORDERS_ACCEPT_CANCELLATION: "3.8",
    Capability.ORDERS_REFUSE_CANCELLATION: "3.8",
    Capability.PRODUCTS_LIST: "4.1",
    Capability.PRODUCTS_GET: "4.1",
    Capability.PRODUCTS_CREATE: "4.3",
    Capability.PRODUCTS_UPDATE: "4.3",
    Capability.PRODUCTS_SET_PRICE: "4.3",
    Capability.PRODUCTS_SET_STOCK: "4.2, 4.3",
    Capability.PRODUCTS_PUBLISH: "4.3",
    Capability.PRODUCTS_UNPUBLISH: "4.3",
    Capability.PRODUCTS_SUBMISSION: "4.1",
    Capability.PAYMENTS_LIST: "5.1",
    Capability.PAYMENTS_FOR_ORDER: "5.1",
    Capability.PAYMENTS_PAYOUTS: "5.2",
    Capability.RETURNS_LIST: "6.1",
    Capability.RETURNS_GET: "6.1",
    Capability.RETURNS_ACCEPT: "6.2",
    Capability.RETURNS_DISPUTE_REASONS: "6.1",
    Capability.RETURNS_DISPUTE: "6.2",
    Capability.EVENTS_PARSE: "7",
    Capability.SHOP_INFO: "8",
    Capability.SHOP_WAREHOUSES: "8",
}

_REFUSED = {Capability.EVENTS_PULL: "fact book section 7: pushes that got lost are in no queue"}


def _support(capability: Capability) -> Support:
    section = _OFFERED.get(capability)
    if section is None:
        return Support("no", _REFUSED.get(capability, "not yet in this version"))
    return Support("yes", f"fact book section {section}")


_STREAMS = (
    # Rows are asked for in the order of their time, from where the last page ended (3.2).
    Stream(name="orders", clock="updated", paging="cursor", grain=timedelta(hours=1)),
    # Nothing says that a price or stock write moves a listing's update time: read them all.
    Stream(name="products", clock="none", paging="offset"),
    # Rows carry a date and no time, and turn from "Not paid" to "Paid" weeks later, in place:
    # the last statement is read again (section 5.1). 180 days are refused (code 1000012).
    Stream(
        name="payments",
        clock="settled",
        span=timedelta(days=179),
        paging="snapshot",
        overlap=STATEMENT,
    ),
    Stream(name="payouts", clock="settled", paging="snapshot"),
    Stream(name="returns", clock="updated", paging="offset", grain=timedelta(hours=1)),
)

MANIFEST = Manifest(
    name=NAME,
    title="Lazada",
    api_version="rest",
    version="0.1.0",
    capabilities=MappingProxyType({one: _support(one) for one in Capability}),
    # Lazada's limits for each path are not published; integrators stay at 8 to 10 requests a
    # second for each shop (section 2.6).
    limits=(Limit(scope="shop", count=8), Limit(scope="app", count=50)),
    streams=_STREAMS,
    regions=REGIONS,
    renew_before=timedelta(minutes=30),
)
