"""What Shopee's Open Platform API v2 offers, as data; section numbers are the fact book's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support

__all__ = ["MANIFEST", "NAME", "REGIONS", "SANDBOX_API", "SANDBOX_AUTH", "SPAN"]

NAME = "shopee"

# One host serves the shops of every market; the others are for servers near Brazil and in
# mainland China (section 1.1) and are chosen with `base_url`.
_API = "https://partner.shopeemobile.com"
_AUTH = "https://open.shopee.com"

SANDBOX_API = "https://openplatform.sandbox.test-stable.shopee.sg"
"""Shopee's own sandbox: pass it as `base_url`, with the test app's id and key (section 1.1)."""

SANDBOX_AUTH = "https://open.sandbox.test-stable.shopee.com"
"""The consent pages of Shopee's own sandbox: pass it as `auth_url` (section 1.3)."""

# A span of exactly 15 days was refused in production, so windows stay below it (section 3.2).
SPAN = timedelta(days=15) - timedelta(seconds=1)

_MARKETS = (
    ("VN", "VND", "Asia/Ho_Chi_Minh"),
    ("SG", "SGD", "Asia/Singapore"),
    ("MY", "MYR", "Asia/Kuala_Lumpur"),
    ("TH", "THB", "Asia/Bangkok"),
    ("TW", "TWD", "Asia/Taipei"),
    ("ID", "IDR", "Asia/Jakarta"),
    ("PH", "PHP", "Asia/Manila"),
    ("BR", "BRL", "America/Sao_Paulo"),
    ("MX", "MXN", "America/Mexico_City"),
    ("CO", "COP", "America/Bogota"),
    ("CL", "CLP", "America/Santiago"),
)

REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        code: Region(code=code, currency=currency, zone=zone, api=_API, auth=_AUTH)
        for code, currency, zone in _MARKETS
    }
)

_READING = {
    Capability.ORDERS_LIST: "3.2",
    Capability.ORDERS_GET: "3.3",
    Capability.PRODUCTS_LIST: "4.2",
    Capability.PRODUCTS_GET: "4.2",
    Capability.PAYMENTS_LIST: "5.2, 5.4",
    Capability.PAYMENTS_FOR_ORDER: "5.3",
    Capability.PAYMENTS_PAYOUTS: "5.4",
    Capability.RETURNS_LIST: "6.1",
    Capability.RETURNS_GET: "6.1",
    Capability.EVENTS_PARSE: "7.2, 7.3",
    Capability.EVENTS_PULL: "7.4",
    Capability.SHOP_INFO: "8",
    Capability.SHOP_WAREHOUSES: "8",
}


_WRITING = {
    Capability.ORDERS_SHIPPING_OPTIONS: "3.7",
    Capability.ORDERS_SHIP: "3.7",
    Capability.ORDERS_LABEL: "3.7",
    Capability.ORDERS_CANCEL: "3.8",
    Capability.ORDERS_ACCEPT_CANCELLATION: "3.8",
    Capability.ORDERS_REFUSE_CANCELLATION: "3.8",
    Capability.PRODUCTS_CREATE: "4.5-4.7",
    Capability.PRODUCTS_UPDATE: "4.5",
    Capability.PRODUCTS_SET_PRICE: "4.5",
    Capability.PRODUCTS_SET_STOCK: "4.5",
    Capability.PRODUCTS_PUBLISH: "4.5",
    Capability.PRODUCTS_UNPUBLISH: "4.5",
    Capability.RETURNS_ACCEPT: "6.3",
    Capability.RETURNS_DISPUTE_REASONS: "6.3",
    Capability.RETURNS_DISPUTE: "6.3",
}

_DERIVED = {
    # The reasons stand in the manual; no call lists them.
    Capability.ORDERS_CANCEL_REASONS: "3.8",
    # An item's own status says whether Shopee still looks at it.
    Capability.PRODUCTS_SUBMISSION: "4.1",
}


def _support(capability: Capability) -> Support:
    if capability in _DERIVED:
        return Support("derived", f"fact book section {_DERIVED[capability]}")
    return Support("yes", f"fact book section {(_READING | _WRITING)[capability]}")


_STREAMS = (
    # Orders move between pages while they change, so windows overlap (section 3.2); bounds are
    # seconds, and a detail call takes 50 ids (section 3.3).
    Stream(
        name="orders",
        clock="updated",
        span=SPAN,
        paging="cursor",
        grain=timedelta(hours=1),
        batch=50,
    ),
    # A price or stock write does not move a listing's update time (section 4.3): read them all.
    Stream(name="products", clock="none", span=None, paging="offset"),
    # Releases and wallet rows of a past window do not change places any more.
    Stream(name="payments", clock="settled", span=SPAN, paging="snapshot"),
    Stream(name="payouts", clock="settled", span=SPAN, paging="snapshot"),
    Stream(name="returns", clock="updated", span=SPAN, paging="offset", grain=timedelta(hours=1)),
)

MANIFEST = Manifest(
    name=NAME,
    title="Shopee",
    api_version="v2",
    version="0.1.0",
    capabilities=MappingProxyType({one: _support(one) for one in Capability}),
    # Shopee publishes no limits; these are what long-running integrations live with (2.5).
    limits=(Limit(scope="shop", count=10), Limit(scope="app", count=50)),
    streams=_STREAMS,
    regions=REGIONS,
)
