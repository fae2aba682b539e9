"""`Shop`: one connected shop, for code that blocks. `AsyncShop` has the same names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar, Unpack

from entrosdk.client.listing import (
    Listing,
    OnUnreadable,
    OrderWindow,
    ProductWindow,
    ReturnWindow,
    SettledWindow,
    ShipHow,
    hand_over,
)
from entrosdk.client.operations import Operations, Resource
from entrosdk.domain.events import Event
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.domain.product import Product, ProductQuery, Warehouse
from entrosdk.domain.returns import Return, ReturnQuery
from entrosdk.domain.shop import ShopInfo
from entrosdk.domain.writing import (
    CancelReason,
    Image,
    ItemResult,
    Label,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Shipment,
    ShippingOptions,
    ShipRequest,
    StockChange,
    Submission,
)
from entrosdk.errors import ConfigError
from entrosdk.runtime.threads import ThreadDriver
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability, Manifest, Support
from entrosdk.spi.page import Batch, Page, Stub

__all__ = ["Events", "Orders", "Payments", "Products", "Records", "Returns", "Shop"]

T = TypeVar("T")
Q = TypeVar("Q")


class Records(Generic[T]):
    """The records of a listing: iterate over them, or over their `pages()`.

    A record that cannot be read raises `BadReply` when iteration reaches its page's end, unless
    `on_unreadable` takes it; nothing is skipped in silence.
    """

    def __init__(
        self,
        shop: Shop,
        listing: Callable[[], Flow[Listing[T]]],
        on_unreadable: OnUnreadable | None,
    ) -> None:
        self._shop = shop
        self._listing = listing
        self._on_unreadable = on_unreadable

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items
            for unreadable in page.unreadable:
                hand_over(unreadable, self._on_unreadable)

    def pages(self, start: str | None = None) -> Iterator[Page[T]]:
        """Yield page after page; `start` is the `next` of a page seen before."""
        listing = self._shop.run(self._listing())
        position = start
        while True:
            page = self._shop.run(listing.page(position))
            yield page
            if page.next is None:
                return
            position = page.next


class _Reading(Generic[T, Q]):
    """What every kind of record offers."""

    def __init__(self, shop: Shop, resource: Resource[T, Q]) -> None:
        self._shop = shop
        self._resource = resource

    def get(self, id: str) -> T:  # noqa: A002 - the field's name
        """Fetch one record; raises `NotFound`."""
        return self._shop.run(self._resource.one(id))

    def get_many(self, ids: Sequence[str]) -> Batch[T]:
        """Fetch any number of records; the batch names those that were not found."""
        return self._shop.run(self._resource.many(ids))

    def page(self, query: Q, cursor: str | None = None) -> Page[T]:
        """Fetch one page of a window the marketplace accepts (see `Manifest.streams`)."""
        return self._shop.run(self._resource.page(query, cursor))

    def stubs(self, query: Q, cursor: str | None = None) -> Page[Stub]:
        """Fetch one page of ids only: cheap, for counting and comparing."""
        return self._shop.run(self._resource.stubs(query, cursor))

    def _records(
        self, listing: Callable[[], Flow[Listing[T]]], on_unreadable: OnUnreadable | None
    ) -> Records[T]:
        return Records(self._shop, listing, on_unreadable)


class Orders(_Reading[Order, OrderQuery]):
    """Orders of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[OrderWindow]
    ) -> Records[Order]:
        """List orders of a half-open window of any length; without an end, up to now."""
        query = OrderQuery(**window)
        return self._records(lambda: self._shop.operations.list_orders(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[OrderWindow]
    ) -> Iterator[Page[Order]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    def shipping_options(self, order_id: str, package_id: str = "") -> ShippingOptions:
        """Return how an order can be handed over now: ways, pick-up slots, carriers."""
        flow = self._shop.operations.writes.shipping_options(order_id, package_id)
        return self._shop.run(flow)

    def ship(self, order_id: str, **how: Unpack[ShipHow]) -> Shipment:
        """Arrange a shipment; raises `Conflict` when the order cannot be shipped now.

        A lost reply is looked up; `OutcomeUnknown` means that even that did not tell.
        """
        wish = ShipRequest(order_id=order_id, **how)
        return self._shop.run(self._shop.operations.writes.ship(wish))

    def label(self, order_id: str, package_id: str = "") -> Label:
        """Return the shipping document; raises `Conflict` while it is not printable."""
        return self._shop.run(self._shop.operations.writes.label(order_id, package_id))

    def cancel_reasons(self, order_id: str) -> tuple[CancelReason, ...]:
        """Return the reasons the marketplace accepts for cancelling this order."""
        return self._shop.run(self._shop.operations.writes.cancel_reasons(order_id))

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str] = ()) -> None:
        """Cancel an order, or some of its lines where the marketplace allows it.

        `reason` is one of `cancel_reasons`.
        """
        self._shop.run(self._shop.operations.writes.cancel(order_id, reason, line_ids))

    def accept_cancellation(self, order_id: str) -> None:
        """Agree to a buyer's request to cancel."""
        self._shop.run(self._shop.operations.writes.accept_cancellation(order_id))

    def refuse_cancellation(self, order_id: str, reason: str = "", comment: str = "") -> None:
        """Refuse a buyer's request to cancel; some marketplaces want a reason of theirs."""
        flow = self._shop.operations.writes.refuse_cancellation(order_id, reason, comment)
        self._shop.run(flow)


class Products(_Reading[Product, ProductQuery]):
    """Listings of the shop, with variants and stock."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[ProductWindow]
    ) -> Records[Product]:
        """List products: all of them, or those that changed in a window."""
        query = ProductQuery(**window)
        return self._records(lambda: self._shop.operations.list_products(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[ProductWindow]
    ) -> Iterator[Page[Product]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    def set_stock(self, changes: Sequence[StockChange]) -> tuple[ItemResult, ...]:
        """Set what buyers can buy; returns one result for each change, in their order."""
        return self._shop.run(self._shop.operations.writes.set_stock(changes))

    def set_price(self, changes: Sequence[PriceChange]) -> tuple[ItemResult, ...]:
        """Set prices; returns one result for each change, in their order."""
        return self._shop.run(self._shop.operations.writes.set_price(changes))

    def publish(self, ids: Sequence[str]) -> tuple[ItemResult, ...]:
        """Put products on sale; returns one result for each product."""
        return self._shop.run(self._shop.operations.writes.publish(ids))

    def unpublish(self, ids: Sequence[str]) -> tuple[ItemResult, ...]:
        """Take products off sale; returns one result for each product."""
        return self._shop.run(self._shop.operations.writes.unpublish(ids))

    def create(self, draft: ProductDraft) -> Submission:
        """Make a product; pictures given as bytes are uploaded first.

        A marketplace that reviews products answers with a submission to follow.
        """
        return self._shop.run(self._shop.operations.writes.create(draft))

    def update(self, product_id: str, patch: ProductPatch) -> Submission:
        """Change a product's content; stock and prices have methods of their own."""
        return self._shop.run(self._shop.operations.writes.update(product_id, patch))

    def submission(self, id: str) -> Submission:  # noqa: A002 - the field's name
        """Say how far a submitted product got."""
        return self._shop.run(self._shop.operations.writes.submission(id))


class Payments(_Reading[Payment, PaymentQuery]):
    """Money of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[SettledWindow]
    ) -> Records[Payment]:
        """List movements settled in a half-open window; without an end, up to now."""
        operations = self._shop.operations
        return self._records(lambda: operations.list_payments(**window), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[SettledWindow]
    ) -> Iterator[Page[Payment]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    def for_order(self, order_id: str) -> tuple[Payment, ...]:
        """Return the movements of one order as they stand now, settled or not."""
        return self._shop.run(self._shop.operations.for_order(order_id))

    def payouts(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[SettledWindow]
    ) -> Records[Payout]:
        """List transfers to the seller's bank."""
        operations = self._shop.operations
        return Records(self._shop, lambda: operations.list_payouts(**window), on_unreadable)

    def payouts_page(self, query: PaymentQuery, cursor: str | None = None) -> Page[Payout]:
        """Fetch one page of transfers of a window the marketplace accepts."""
        return self._shop.run(self._shop.operations.payouts_page(query, cursor))


class Returns(_Reading[Return, ReturnQuery]):
    """Returns of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[ReturnWindow]
    ) -> Records[Return]:
        """List returns of a half-open window of any length; without an end, up to now."""
        query = ReturnQuery(**window)
        return self._records(lambda: self._shop.operations.list_returns(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[ReturnWindow]
    ) -> Iterator[Page[Return]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    def accept(self, return_id: str, decision: str = "") -> None:
        """Agree to a return; `decision` is the platform's word, empty for the natural one."""
        self._shop.run(self._shop.operations.writes.accept(return_id, decision))

    def dispute_reasons(self, return_id: str) -> tuple[CancelReason, ...]:
        """Return the reasons the marketplace accepts for refusing this return."""
        return self._shop.run(self._shop.operations.writes.dispute_reasons(return_id))

    def dispute(
        self, return_id: str, reason: str, comment: str = "", evidence: Sequence[Image] = ()
    ) -> None:
        """Refuse a return, with one of `dispute_reasons` and evidence."""
        flow = self._shop.operations.writes.dispute(return_id, reason, comment, evidence)
        self._shop.run(flow)


class Events:
    """Notifications of the marketplace."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def parse(self, *, headers: Mapping[str, str], body: bytes, url: str = "") -> tuple[Event, ...]:
        """Verify a delivery on its raw bytes and read it; raises `BadSignature`.

        `url` is the address as configured at the marketplace, not as a proxy rewrote it.
        """
        return self._shop.operations.parse(headers, body, url)

    def pull(self, cursor: str | None = None) -> Page[Event]:
        """Take events from the marketplace's queue; pulling the next page confirms this one."""
        return self._shop.run(self._shop.operations.pull(cursor))


class Shop:
    """One connected shop; made by `entrosdk.connect`, shared freely among threads."""

    def __init__(self, operations: Operations, driver: ThreadDriver) -> None:
        self.operations = operations
        self._driver = driver
        self.orders = Orders(self, operations.orders)
        self.products = Products(self, operations.products)
        self.payments = Payments(self, operations.payments)
        self.returns = Returns(self, operations.returns)
        self.events = Events(self)

    @property
    def marketplace(self) -> str:
        """Name of the marketplace, such as "shopee"."""
        return self.manifest.name

    @property
    def shop_id(self) -> str:
        """The marketplace's id of the shop."""
        return self.operations.engine.adapter.access.shop_id

    @property
    def manifest(self) -> Manifest:
        """What the adapter declares about its marketplace."""
        return self.operations.engine.adapter.manifest

    @property
    def capabilities(self) -> Mapping[Capability, Support]:
        """What this marketplace offers, with where its manual says so."""
        return self.manifest.capabilities

    def info(self) -> ShopInfo:
        """Return name, market and standing of the shop; a good check of its credentials."""
        return self.run(self.operations.info())

    def warehouses(self) -> tuple[Warehouse, ...]:
        """Return the shop's warehouses; empty for a shop with one unnamed place."""
        return self.run(self.operations.warehouses())

    def now(self) -> datetime:
        """Return the marketplace's time, whatever this machine's clock says."""
        return self.run(self.operations.now())

    def in_background(self) -> Self:
        """Return this shop for work that nobody waits for: interactive requests go before it.

        It shares limits, grant and connections with this one; closing either closes both.
        """
        return type(self)(Operations(self.operations.engine.on("background")), self._driver)

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow of this shop."""
        if self._driver.closed:
            flow.close()
            raise ConfigError("this shop was closed", advice="Connect again.")
        return self._driver.run(flow)

    def close(self) -> None:
        """Give back connections; the shop cannot be used afterwards."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.marketplace} {self.shop_id}>"
