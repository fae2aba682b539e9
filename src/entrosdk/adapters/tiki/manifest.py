"""What Tiki's Open API offers, as data; section numbers are the fact book's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support

__all__ = ["MANIFEST", "NAME", "REGIONS", "SANDBOX"]

NAME = "tiki"

_API = "https://api.tiki.vn"

SANDBOX = "https://api-sandbox.tiki.vn"
"""Tiki's own sandbox: pass it as `base_url` and `auth_url` (section 1.1)."""

REGIONS: Mapping[str, Region] = MappingProxyType(
    # Tiki sells in Vietnam only; API and consent share one host (section 1.1).
    {"VN": Region(code="VN", currency="VND", zone="Asia/Ho_Chi_Minh", api=_API, auth=_API)}
)

_OFFERED = {
    Capability.ORDERS_LIST: "3.2",
    Capability.ORDERS_GET: "3.2, 3.6",
    Capability.ORDERS_SHIPPING_OPTIONS: "3.7",
    Capability.ORDERS_SHIP: "3.7: the seller confirms to have the goods",
    Capability.ORDERS_LABEL: "3.7",
    Capability.ORDERS_CANCEL_REASONS: "3.7",
    Capability.ORDERS_CANCEL: "3.7: before the confirmation, or while the seller delivers",
    Capability.PRODUCTS_LIST: "4.2",
    Capability.PRODUCTS_GET: "4.2",
    Capability.PRODUCTS_CREATE: "4.5: a request that Tiki reviews",
    Capability.PRODUCTS_UPDATE: "4.1, 4.5: a request that Tiki reviews",
    Capability.PRODUCTS_SUBMISSION: "4.5",
    Capability.PRODUCTS_SET_PRICE: "4.3, 4.4",
    Capability.PRODUCTS_SET_STOCK: "4.3, 4.4",
    Capability.PRODUCTS_PUBLISH: "4.4",
    Capability.PRODUCTS_UNPUBLISH: "4.4",
    Capability.EVENTS_PARSE: "7.2",
    Capability.EVENTS_PULL: "7.1",
    Capability.SHOP_INFO: "8",
    Capability.SHOP_WAREHOUSES: "8",
}

_DERIVED = {
    Capability.PAYMENTS_LIST: "5: computed from the income of delivered orders",
    Capability.PAYMENTS_FOR_ORDER: "5: computed from the income of the order",
}

_IN_SELLER_CENTER = "6: returns are handled in Seller Center only"

_ABSENT = {
    Capability.ORDERS_ACCEPT_CANCELLATION: "3.5: a buyer's cancellation asks no seller",
    Capability.ORDERS_REFUSE_CANCELLATION: "3.5: a buyer's cancellation asks no seller",
    Capability.PAYMENTS_PAYOUTS: "5: statements are in Seller Center only",
    Capability.RETURNS_LIST: _IN_SELLER_CENTER,
    Capability.RETURNS_GET: _IN_SELLER_CENTER,
    Capability.RETURNS_ACCEPT: _IN_SELLER_CENTER,
    Capability.RETURNS_DISPUTE_REASONS: _IN_SELLER_CENTER,
    Capability.RETURNS_DISPUTE: _IN_SELLER_CENTER,
}


def _support(capability: Capability) -> Support:
    if capability in _OFFERED:
        return Support("yes", f"fact book section {_OFFERED[capability]}")
    if capability in _DERIVED:
        return Support("derived", f"fact book section {_DERIVED[capability]}")
    return Support("no", f"fact book section {_ABSENT[capability]}")


# No longest window is documented; lists are slow and time out when they are long (quirk 14).
_SPAN = timedelta(days=30)

_STREAMS = (
    # Pages are asked for from the last to the first: rows that shift are seen twice and none is
    # missed, which is as good as a cursor.
    Stream(name="orders", clock="updated", span=_SPAN, paging="cursor", grain=timedelta(hours=1)),
    # Whether a stock or price write moves a product's update time is not established, and time
    # filters on products gave errors (section 4.2): read them all.
    Stream(name="products", clock="none", span=None, paging="offset"),
    # Derived from orders, so they go by the orders' clock.
    Stream(name="payments", clock="updated", span=_SPAN, paging="cursor", grain=timedelta(hours=1)),
)

MANIFEST = Manifest(
    name=NAME,
    title="Tiki",
    api_version="v2",
    version="0.1.0",
    capabilities=MappingProxyType({one: _support(one) for one in Capability}),
    # 200 in a second for each seller is the present documentation (section 2.4); the older API
    # allowed 50, and what the edge really does was not measured: half of the promise.
    limits=(Limit(scope="shop", count=100),),
    streams=_STREAMS,
    regions=REGIONS,
    # One integration renews ten minutes early (section 1.4); tokens live for days.
    renew_before=timedelta(minutes=10),
    # An in-house app has no refresh tokens: it asks again with its own secret (section 1.3).
    renews_unaided=True,
)
