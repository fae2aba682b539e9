"""The protocol of an adapter: one object for each connected shop.

An adapter is pure: it signs, asks, reads and maps.
It never imports the engine, a driver, an HTTP library, a clock, random numbers or the environment.
Every operation is a flow; the engine wraps around it and does limits, signing, classification,
retries and renewal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from attrs import frozen

from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.events import Event
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.domain.product import Product, ProductQuery, Warehouse
from entrosdk.domain.returns import Return, ReturnQuery
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import EntroError
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Manifest, Region
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import Request, Response

__all__ = [
    "Access",
    "Adapter",
    "AdapterFactory",
    "Consent",
    "Delivery",
    "Events",
    "Orders",
    "Payments",
    "Products",
    "Returns",
    "TwoSteps",
]


@frozen(kw_only=True)
class Access:
    """For whom an adapter works.

    `base_url` and `auth_url` replace the region's own hosts when they are set, so a sandbox is
    just another host.
    `shop_id` is empty while consent is being obtained.
    """

    app: App
    region: Region
    shop_id: str = ""
    base_url: str = ""
    auth_url: str = ""

    @property
    def api(self) -> str:
        """Scheme, host and port of the API."""
        return (self.base_url or self.region.api).rstrip("/")

    @property
    def auth(self) -> str:
        """Scheme, host and port of the consent pages (and of tokens, where they differ)."""
        return (self.auth_url or self.base_url or self.region.auth).rstrip("/")


@frozen(kw_only=True)
class Delivery:
    """A notification as it arrived. Header names are lower-case, `body` is the raw bytes.

    `url` is the address the marketplace was told to call, as configured there.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str = ""


class Consent(Protocol):
    """How a seller's consent is asked for, received and prolonged."""

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:
        """Return the address to send the seller to."""
        ...

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:
        """Turn the parameters of the redirect back into grants, one for each shop."""
        ...

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Get a new grant; raises `Revoked` when the seller has to be asked again."""
        ...


class Orders(Protocol):
    """Reading orders."""

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return one page of whole orders."""
        ...

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return one page of ids only: what completeness is measured against."""
        ...

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch any number of orders by id."""
        ...


class Products(Protocol):
    """Reading products."""

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return one page of whole products with variants and stock."""
        ...

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return one page of ids only."""
        ...

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch any number of products by id."""
        ...


class Payments(Protocol):
    """Reading money. Ids of stubs and of `many` are `Payment.source_id`s."""

    def page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payment]]:
        """Return one page of settled movements; a source's movements never span pages."""
        ...

    def stubs(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return one page of source ids only."""
        ...

    def many(self, ids: Sequence[str]) -> Flow[Batch[Payment]]:
        """Fetch the movements of these sources."""
        ...

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """Return the movements of one order, as they stand now."""
        ...

    def payouts(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:
        """Return one page of transfers to the seller's bank."""
        ...


class Returns(Protocol):
    """Reading returns."""

    def page(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Return]]:
        """Return one page of whole returns."""
        ...

    def stubs(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return one page of ids only."""
        ...

    def many(self, ids: Sequence[str]) -> Flow[Batch[Return]]:
        """Fetch any number of returns by id."""
        ...


class TwoSteps(Protocol):
    """A listing of ids whose details are asked for afterwards; offer it beside `page`.

    The sync engine then asks for the next ids while details are on their way, and for several
    batches of details side by side (`Stream.batch` heads each).
    """

    def heads(self, query: Any, cursor: str | None) -> Flow[Page[Any]]:
        """Return one page of what `details` are asked for with."""
        ...

    def details(self, heads: Sequence[Any]) -> Flow[Batch[Any]]:
        """Return the whole records of some heads; none is missing, some may be unreadable."""
        ...


class Events(Protocol):
    """Notifications."""

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Verify a delivery on its raw bytes and read it; raises `BadSignature`."""
        ...

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
        """Take events from the marketplace's queue, where it has one."""
        ...


class Adapter(Protocol):
    """One marketplace, bound to one `Access`; its parts are attributes (any will do)."""

    @property
    def manifest(self) -> Manifest:
        """What the adapter declares about its marketplace."""
        ...

    @property
    def access(self) -> Access:
        """For whom it works."""
        ...

    @property
    def consent(self) -> Consent:
        """How consent is asked for, received and prolonged."""
        ...

    @property
    def orders(self) -> Orders:
        """Reading orders; and `OrderWrites`, as far as the manifest declares them."""
        ...

    @property
    def products(self) -> Products:
        """Reading products; and `ProductWrites`, as far as the manifest declares them."""
        ...

    @property
    def payments(self) -> Payments:
        """Reading money."""
        ...

    @property
    def returns(self) -> Returns:
        """Reading returns; and `ReturnWrites`, as far as the manifest declares them."""
        ...

    @property
    def events(self) -> Events:
        """Notifications."""
        ...

    def info(self) -> Flow[ShopInfo]:
        """Read the shop's name, market and standing."""
        ...

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """Read the shop's warehouses; a shop with one unnamed place has none."""
        ...

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        """Return the complete request: host, common parameters, signature. Pure."""
        ...

    def classify(self, request: Request, response: Response) -> EntroError | None:
        """Say whether a reply is a success (`None`) or what went wrong, with code and id."""
        ...


class AdapterFactory(Protocol):
    """What the entry-point group `entrosdk.adapters` points at."""

    manifest: Manifest

    def __call__(self, access: Access) -> Adapter:
        """Bind the adapter to one shop's access."""
        ...
