"""What an adapter declares about its marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from attrs import field, frozen

__all__ = ["SPI_VERSION", "Capability", "Limit", "Manifest", "Region", "Stream", "Support"]

SPI_VERSION = 1
"""The version of this interface; an adapter written for another one is refused with its cause."""


class Capability(StrEnum):
    """What a shop can do; the values are the names of the facade's methods."""

    ORDERS_LIST = "orders.list"
    ORDERS_GET = "orders.get"
    ORDERS_SHIPPING_OPTIONS = "orders.shipping_options"
    ORDERS_SHIP = "orders.ship"
    ORDERS_LABEL = "orders.label"
    ORDERS_CANCEL_REASONS = "orders.cancel_reasons"
    ORDERS_CANCEL = "orders.cancel"
    ORDERS_ACCEPT_CANCELLATION = "orders.accept_cancellation"
    ORDERS_REFUSE_CANCELLATION = "orders.refuse_cancellation"
    PRODUCTS_LIST = "products.list"
    PRODUCTS_GET = "products.get"
    PRODUCTS_CREATE = "products.create"
    PRODUCTS_UPDATE = "products.update"
    PRODUCTS_SET_PRICE = "products.set_price"
    PRODUCTS_SET_STOCK = "products.set_stock"
    PRODUCTS_PUBLISH = "products.publish"
    PRODUCTS_UNPUBLISH = "products.unpublish"
    PRODUCTS_SUBMISSION = "products.submission"
    PAYMENTS_LIST = "payments.list"
    PAYMENTS_FOR_ORDER = "payments.for_order"
    PAYMENTS_PAYOUTS = "payments.payouts"
    RETURNS_LIST = "returns.list"
    RETURNS_GET = "returns.get"
    RETURNS_ACCEPT = "returns.accept"
    RETURNS_DISPUTE_REASONS = "returns.dispute_reasons"
    RETURNS_DISPUTE = "returns.dispute"
    EVENTS_PARSE = "events.parse"
    EVENTS_PULL = "events.pull"
    SHOP_INFO = "info"
    SHOP_WAREHOUSES = "warehouses"


@frozen
class Support:
    """How far a capability goes, with the place in the manual (or fact book) that says so."""

    level: Literal["yes", "derived", "no"]
    source: str = ""


@frozen(kw_only=True)
class Limit:
    """At most `count` requests in any `per` seconds, for the app, each shop or each operation.

    `operations` narrows a limit to operations whose name starts with one of these.
    """

    scope: Literal["app", "shop"]
    count: int
    per: float = 1.0
    operations: tuple[str, ...] = ()


@frozen(kw_only=True)
class Stream:
    """How a listing behaves, so that the sync engine can read it without loss.

    `span` is the longest window one listing may cover (`None`: any).
    `paging` is "cursor", "offset" (rows shift while you page) or "snapshot".
    `clock` names what a window is measured over; "none" means the listing is always whole.
    `grain` is the shortest window worth asking for: longer ones may be cut, to be listed side by
    side or, where rows shift while one pages, to fit one page (`None`: windows are never cut).
    `batch` is how many details one request brings, where `spi.adapter.TwoSteps` is offered.
    """

    name: Literal["orders", "products", "payments", "payouts", "returns"]
    clock: Literal["updated", "created", "settled", "none"]
    span: timedelta | None = None
    paging: Literal["cursor", "offset", "snapshot"] = "cursor"
    overlap: timedelta = timedelta(minutes=5)
    settle: timedelta = timedelta(seconds=0)
    grain: timedelta | None = None
    batch: int = 1


@frozen(kw_only=True)
class Region:
    """One market of a marketplace."""

    code: str
    currency: str
    zone: str
    api: str
    auth: str


@frozen(kw_only=True)
class Manifest:
    """The adapter's declaration. What is not declared raises `Unsupported` before any request.

    `renews_unaided` says that an app may renew a grant without a refresh token, by its own secret;
    `Consent.renew` is then asked for every grant and raises `Revoked` for those it cannot renew.
    """

    name: str
    title: str
    api_version: str
    version: str
    capabilities: Mapping[Capability, Support]
    limits: tuple[Limit, ...]
    streams: tuple[Stream, ...]
    regions: Mapping[str, Region]
    renew_before: timedelta = timedelta(minutes=5)
    renews_unaided: bool = False
    spi: int = field(default=SPI_VERSION)

    def supports(self, capability: Capability) -> bool:
        """Say whether `capability` can be used at all."""
        support = self.capabilities.get(capability)
        return support is not None and support.level != "no"

    def stream(self, name: str) -> Stream:
        """Return the declared stream called `name`; raises `KeyError`."""
        named: dict[str, Stream] = {stream.name: stream for stream in self.streams}
        return named[name]
