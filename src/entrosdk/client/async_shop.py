"""`AsyncShop`: one connected shop, on asyncio. `Shop` has the same names.

The two files differ by `await` and `async` alone; a test holds them together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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
from entrosdk.runtime.aio import AsyncDriver
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability, Manifest, Support
from entrosdk.spi.page import Batch, Page, Stub

__all__ = [
    "AsyncEvents",
    "AsyncOrders",
    "AsyncPayments",
    "AsyncProducts",
    "AsyncRecords",
    "AsyncReturns",
    "AsyncShop",
]

T = TypeVar("T")
Q = TypeVar("Q")


class AsyncRecords(Generic[T]):
    """The records of a listing: iterate over them, or over their `pages()`.

    A record that cannot be read raises `BadReply` when iteration reaches its page's end, unless
    `on_unreadable` takes it; nothing is skipped in silence.
    """

    def __init__(
        self,
        shop: AsyncShop,
        listing: Callable[[], Flow[Listing[T]]],
        on_unreadable: OnUnreadable | None,
    ) -> None:
        self._shop = shop
        self._listing = listing
        self._on_unreadable = on_unreadable

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item
            for unreadable in page.unreadable:
                hand_over(unreadable, self._on_unreadable)

    async def pages(self, start: str | None = None) -> AsyncIterator[Page[T]]:
        """Yield page after page; `start` is the `next` of a page seen before."""
        listing = await self._shop.run(self._listing())
        position = start
        while True:
            page = await self._shop.run(listing.page(position))
            yield page
            if page.next is None:
                return
            position = page.next


class _AsyncReading(Generic[T, Q]):
    """What every kind of record offers."""

    def __init__(self, shop: AsyncShop, resource: Resource[T, Q]) -> None:
        self._shop = shop
        self._resource = resource

    async def get(self, id: str) -> T:  # noqa: A002 - the field's name
        """Fetch one record; raises `NotFound`."""
        return await self._shop.run(self._resource.one(id))

    async def get_many(self, ids: Sequence[str]) -> Batch[T]:
        """Fetch any number of records; the batch names those that were not found."""
        return await self._shop.run(self._resource.many(ids))

    async def page(self, query: Q, cursor: str | None = None) -> Page[T]:
        """Fetch one page of a window the marketplace accepts (see `Manifest.streams`)."""
        return await self._shop.run(self._resource.page(query, cursor))

    async def stubs(self, query: Q, cursor: str | None = None) -> Page[Stub]:
        """Fetch one page of ids only: cheap, for counting and comparing."""
        return await self._shop.run(self._resource.stubs(query, cursor))

    def _records(
        self, listing: Callable[[], Flow[Listing[T]]], on_unreadable: OnUnreadable | None
    ) -> AsyncRecords[T]:
        return AsyncRecords(self._shop, listing, on_unreadable)


class AsyncOrders(_AsyncReading[Order, OrderQuery]):
    """Orders of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[OrderWindow]
    ) -> AsyncRecords[Order]:
        """List orders of a half-open window of any length; without an end, up to now."""
        query = OrderQuery(**window)
        return self._records(lambda: self._shop.operations.list_orders(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[OrderWindow]
    ) -> AsyncIterator[Page[Order]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    async def shipping_options(self, order_id: str, package_id: str = "") -> ShippingOptions:
        """Return how an order can be handed over now: ways, pick-up slots, carriers."""
        flow = self._shop.operations.writes.shipping_options(order_id, package_id)
        return await self._shop.run(flow)

    async def ship(self, order_id: str, **how: Unpack[ShipHow]) -> Shipment:
        """Arrange a shipment; raises `Conflict` when the order cannot be shipped now.

        A lost reply is looked up; `OutcomeUnknown` means that even that did not tell.
        """
        wish = ShipRequest(order_id=order_id, **how)
        return await self._shop.run(self._shop.operations.writes.ship(wish))

    async def label(self, order_id: str, package_id: str = "") -> Label:
        """Return the shipping document; raises `Conflict` while it is not printable."""
        return await self._shop.run(self._shop.operations.writes.label(order_id, package_id))

    async def cancel_reasons(self, order_id: str) -> tuple[CancelReason, ...]:
        """Return the reasons the marketplace accepts for cancelling this order."""
        return await self._shop.run(self._shop.operations.writes.cancel_reasons(order_id))

    async def cancel(self, order_id: str, reason: str, line_ids: Sequence[str] = ()) -> None:
        """Cancel an order, or some of its lines where the marketplace allows it.

        `reason` is one of `cancel_reasons`.
        """
        await self._shop.run(self._shop.operations.writes.cancel(order_id, reason, line_ids))

    async def accept_cancellation(self, order_id: str) -> None:
        """Agree to a buyer's request to cancel."""
        await self._shop.run(self._shop.operations.writes.accept_cancellation(order_id))

    async def refuse_cancellation(self, order_id: str, reason: str = "", comment: str = "") -> None:
        """Refuse a buyer's request to cancel; some marketplaces want a reason of theirs."""
        flow = self._shop.operations.writes.refuse_cancellation(order_id, reason, comment)
        await self._shop.run(flow)


class AsyncProducts(_AsyncReading[Product, ProductQuery]):
    """Listings of the shop, with variants and stock."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[ProductWindow]
    ) -> AsyncRecords[Product]:
        """List products: all of them, or those that changed in a window."""
        query = ProductQuery(**window)
        return self._records(lambda: self._shop.operations.list_products(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[ProductWindow]
    ) -> AsyncIterator[Page[Product]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    async def set_stock(self, changes: Sequence[StockChange]) -> tuple[ItemResult, ...]:
        """Set what buyers can buy; returns one result for each change, in their order."""
        return await self._shop.run(self._shop.operations.writes.set_stock(changes))

    async def set_price(self, changes: Sequence[PriceChange]) -> tuple[ItemResult, ...]:
        """Set prices; returns one result for each change, in their order."""
        return await self._shop.run(self._shop.operations.writes.set_price(changes))

    async def publish(self, ids: Sequence[str]) -> tuple[ItemResult, ...]:
        """Put products on sale; returns one result for each product."""
        return await self._shop.run(self._shop.operations.writes.publish(ids))

    async def unpublish(self, ids: Sequence[str]) -> tuple[ItemResult, ...]:
        """Take products off sale; returns one result for each product."""
        return await self._shop.run(self._shop.operations.writes.unpublish(ids))

    async def create(self, draft: ProductDraft) -> Submission:
        """Make a product; pictures given as bytes are uploaded first.

        A marketplace that reviews products answers with a submission to follow.
        """
        return await self._shop.run(self._shop.operations.writes.create(draft))

    async def update(self, product_id: str, patch: ProductPatch) -> Submission:
        """Change a product's content; stock and prices have methods of their own."""
        return await self._shop.run(self._shop.operations.writes.update(product_id, patch))

    async def submission(self, id: str) -> Submission:  # noqa: A002 - the field's name
        """Say how far a submitted product got."""
        return await self._shop.run(self._shop.operations.writes.submission(id))


class AsyncPayments(_AsyncReading[Payment, PaymentQuery]):
    """Money of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[SettledWindow]
    ) -> AsyncRecords[Payment]:
        """List movements settled in a half-open window; without an end, up to now."""
        operations = self._shop.operations
        return self._records(lambda: operations.list_payments(**window), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[SettledWindow]
    ) -> AsyncIterator[Page[Payment]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    async def for_order(self, order_id: str) -> tuple[Payment, ...]:
        """Return the movements of one order as they stand now, settled or not."""
        return await self._shop.run(self._shop.operations.for_order(order_id))

    def payouts(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[SettledWindow]
    ) -> AsyncRecords[Payout]:
        """List transfers to the seller's bank."""
        operations = self._shop.operations
        return AsyncRecords(self._shop, lambda: operations.list_payouts(**window), on_unreadable)

    async def payouts_page(self, query: PaymentQuery, cursor: str | None = None) -> Page[Payout]:
        """Fetch one page of transfers of a window the marketplace accepts."""
        return await self._shop.run(self._shop.operations.payouts_page(query, cursor))


class AsyncReturns(_AsyncReading[Return, ReturnQuery]):
    """Returns of the shop."""

    def list(
        self, *, on_unreadable: OnUnreadable | None = None, **window: Unpack[ReturnWindow]
    ) -> AsyncRecords[Return]:
        """List returns of a half-open window of any length; without an end, up to now."""
        query = ReturnQuery(**window)
        return self._records(lambda: self._shop.operations.list_returns(query), on_unreadable)

    def pages(
        self, *, start: str | None = None, **window: Unpack[ReturnWindow]
    ) -> AsyncIterator[Page[Return]]:
        """List the same by pages; resume with `start` = the `next` of a page seen before."""
        return self.list(**window).pages(start)

    async def accept(self, return_id: str, decision: str = "") -> None:
        """Agree to a return; `decision` is the platform's word, empty for the natural one."""
        await self._shop.run(self._shop.operations.writes.accept(return_id, decision))

    async def dispute_reasons(self, return_id: str) -> tuple[CancelReason, ...]:
        """Return the reasons the marketplace accepts for refusing this return."""
        return await self._shop.run(self._shop.operations.writes.dispute_reasons(return_id))

    async def dispute(
        self, return_id: str, reason: str, comment: str = "", evidence: Sequence[Image] = ()
    ) -> None:
        """Refuse a return, with one of `dispute_reasons` and evidence."""
        flow = self._shop.operations.writes.dispute(return_id, reason, comment, evidence)
        await self._shop.run(flow)


class AsyncEvents:
    """Notifications of the marketplace."""

    def __init__(self, shop: AsyncShop) -> None:
        self._shop = shop

    def parse(self, *, headers: Mapping[str, str], body: bytes, url: str = "") -> tuple[Event, ...]:
        """Verify a delivery on its raw bytes and read it; raises `BadSignature`.

        `url` is the address as configured at the marketplace, not as a proxy rewrote it.
        """
        return self._shop.operations.parse(headers, body, url)

    async def pull(self, cursor: str | None = None) -> Page[Event]:
        """Take events from the marketplace's queue; pulling the next page confirms this one."""
        return await self._shop.run(self._shop.operations.pull(cursor))


class AsyncShop:
    """One connected shop; made by `entrosdk.connect`, shared freely among threads."""

    def __init__(self, operations: Operations, driver: AsyncDriver) -> None:
        self.operations = operations
        self._driver = driver
        self.orders = AsyncOrders(self, operations.orders)
        self.products = AsyncProducts(self, operations.products)
        self.payments = AsyncPayments(self, operations.payments)
        self.returns = AsyncReturns(self, operations.returns)
        self.events = AsyncEvents(self)

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

    async def info(self) -> ShopInfo:
        """Return name, market and standing of the shop; a good check of its credentials."""
        return await self.run(self.operations.info())

    async def warehouses(self) -> tuple[Warehouse, ...]:
        """Return the shop's warehouses; empty for a shop with one unnamed place."""
        return await self.run(self.operations.warehouses())

    async def now(self) -> datetime:
        """Return the marketplace's time, whatever this machine's clock says."""
        return await self.run(self.operations.now())

    def in_background(self) -> Self:
        """Return this shop for work that nobody waits for: interactive requests go before it.

        It shares limits, grant and connections with this one; closing either closes both.
        """
        return type(self)(Operations(self.operations.engine.on("background")), self._driver)

    async def run(self, flow: Flow[T]) -> T:
        """Drive a flow of this shop."""
        if self._driver.closed:
            flow.close()
            raise ConfigError("this shop was closed", advice="Connect again.")
        return await self._driver.run(flow)

    async def aclose(self) -> None:
        """Give back connections; the shop cannot be used afterwards."""
        await self._driver.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.marketplace} {self.shop_id}>"
