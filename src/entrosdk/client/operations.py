"""Every operation of a shop as a flow: what both facades run, written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from entrosdk.domain.order import Order, OrderQuery
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.domain.product import Product, ProductQuery, Warehouse
from entrosdk.domain.returns import Return, ReturnQuery
from entrosdk.domain.shop import ShopInfo
from entrosdk.engine.exchange import Engine
from entrosdk.engine.windows import Window, split
from entrosdk.errors import BadReply, ConfigError, NotFound
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability, Stream
from entrosdk.spi.page import Batch, Page, Stub

__all__ = ["Listing", "Operations", "Resource"]

T = TypeVar("T")
Q = TypeVar("Q", OrderQuery, ProductQuery, PaymentQuery, ReturnQuery)


@frozen
class Resource(Generic[T, Q]):
    """List, stubs and fetch of one kind of record."""

    engine: Engine
    adapter: Any  # Orders, Products, Payments or Returns of the adapter
    listing: Capability
    fetching: Capability

    def page(self, query: Q, cursor: str | None) -> Flow[Page[T]]:
        """One page of whole records."""
        page: Page[T] = yield from self.engine.operate(
            self.listing, lambda: self.adapter.page(query, cursor)
        )
        if page.next is not None and page.next == cursor:
            raise BadReply("the marketplace repeated a page position").at(
                marketplace=self.engine.adapter.manifest.name, operation=self.listing.value
            )
        self._drift(page)
        return page

    def stubs(self, query: Q, cursor: str | None) -> Flow[Page[Stub]]:
        """One page of ids."""
        return self.engine.operate(self.listing, lambda: self.adapter.stubs(query, cursor))

    def many(self, ids: Sequence[str]) -> Flow[Batch[T]]:
        """Records by id."""
        batch: Batch[T] = yield from self.engine.operate(
            self.fetching, lambda: self.adapter.many(tuple(ids))
        )
        self._drift(batch)
        return batch

    def one(self, id: str) -> Flow[T]:  # noqa: A002 - the field's name
        """One record; raises `NotFound`, or `BadReply` when it cannot be read."""
        batch = yield from self.many([id])
        where = {
            "marketplace": self.engine.adapter.manifest.name,
            "shop": self.engine.adapter.access.shop_id,
            "operation": self.fetching.value,
        }
        if batch.unreadable:
            raise BadReply(f"{id} cannot be read: {batch.unreadable[0].reason}").at(**where)
        if not batch.items:
            raise NotFound(f"there is no {id} in this shop").at(**where)
        return batch.items[0]

    def _drift(self, found: Page[T] | Batch[T]) -> None:
        if found.drift:
            self.engine.drifted(self.listing.value, dict(found.drift))


@frozen
class Listing(Generic[T]):
    """A listing over any span of time, cut into windows the marketplace accepts.

    A position names the window and the marketplace's own cursor in it, so a caller may store it
    and go on in another process.
    """

    fetch: Callable[[Window | None, str | None], Flow[Page[T]]]
    windows: tuple[Window, ...]

    def page(self, position: str | None) -> Flow[Page[T]]:
        """Return the page at `position` (`None`: the first); its `next` is a position too."""
        if not self.windows:
            page = yield from self.fetch(None, position)
            return page
        window, cursor = self._at(position)
        page = yield from self.fetch(window, cursor)
        return evolve(page, next=self._after(window, page.next))

    def _at(self, position: str | None) -> tuple[Window, str | None]:
        if position is None:
            return self.windows[0], None
        start, _, cursor = position.partition("|")
        for window in self.windows:
            if _mark(window) == start:
                return window, cursor or None
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the same `updated_from` and `updated_to` as before.",
        )

    def _after(self, window: Window, cursor: str | None) -> str | None:
        if cursor is not None:
            return f"{_mark(window)}|{cursor}"
        following = self.windows.index(window) + 1
        return f"{_mark(self.windows[following])}|" if following < len(self.windows) else None


def _mark(window: Window) -> str:
    return str(int(window[0].timestamp() * 1000))


class Operations:
    """The operations of one connected shop."""

    def __init__(self, engine: Engine) -> None:
        adapter = engine.adapter
        self.engine = engine
        self.orders: Resource[Order, OrderQuery] = Resource(
            engine, adapter.orders, Capability.ORDERS_LIST, Capability.ORDERS_GET
        )
        self.products: Resource[Product, ProductQuery] = Resource(
            engine, adapter.products, Capability.PRODUCTS_LIST, Capability.PRODUCTS_GET
        )
        self.payments: Resource[Payment, PaymentQuery] = Resource(
            engine, adapter.payments, Capability.PAYMENTS_LIST, Capability.PAYMENTS_LIST
        )
        self.returns: Resource[Return, ReturnQuery] = Resource(
            engine, adapter.returns, Capability.RETURNS_LIST, Capability.RETURNS_GET
        )

    def info(self) -> Flow[ShopInfo]:
        """Name, market and standing of the shop."""
        return self.engine.operate(Capability.SHOP_INFO, self.engine.adapter.info)

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """The shop's warehouses."""
        return self.engine.operate(Capability.SHOP_WAREHOUSES, self.engine.adapter.warehouses)

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """The movements of one order."""
        payments = self.engine.adapter.payments
        return self.engine.operate(
            Capability.PAYMENTS_FOR_ORDER, lambda: payments.for_order(order_id)
        )

    def payouts_page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:
        """One page of transfers to the bank."""
        payments = self.engine.adapter.payments
        return self.engine.operate(
            Capability.PAYMENTS_PAYOUTS, lambda: payments.payouts(query, cursor)
        )

    def pull(self, cursor: str | None) -> Flow[Page[Any]]:
        """One page of queued events."""
        events = self.engine.adapter.events
        return self.engine.operate(Capability.EVENTS_PULL, lambda: events.pull(cursor))

    def now(self) -> Flow[datetime]:
        """The marketplace's time, asked for with a cheap request when it is not known yet."""
        if self.engine.server_now is None:
            yield from self.info()
        return self.engine.server_now or self.engine.local_now()

    # Listings over any span

    def list_orders(self, query: OrderQuery) -> Flow[Listing[Order]]:
        """Orders of any window, cut to what the marketplace accepts."""
        stream = self._stream("orders")
        if query.created_from is not None:
            end = query.created_to or (yield from self.now())
            windows = _windows(query.created_from, end, stream)
            return Listing(
                lambda window, cursor: self.orders.page(
                    evolve(query, created_from=_start(window), created_to=_end(window)), cursor
                ),
                windows,
            )
        end = query.updated_to or (yield from self.now())
        windows = _windows(_bound(query.updated_from), end, stream)
        return Listing(
            lambda window, cursor: self.orders.page(
                evolve(query, updated_from=_start(window), updated_to=_end(window)), cursor
            ),
            windows,
        )

    def list_products(self, query: ProductQuery) -> Flow[Listing[Product]]:
        """Products, all of them or those of a window."""
        yield from ()
        return Listing(lambda _, cursor: self.products.page(query, cursor), ())

    def list_returns(self, query: ReturnQuery) -> Flow[Listing[Return]]:
        """Returns of any window."""
        stream = self._stream("returns")
        end = query.updated_to or (yield from self.now())
        windows = _windows(_bound(query.updated_from), end, stream)
        return Listing(
            lambda window, cursor: self.returns.page(
                evolve(query, updated_from=_start(window), updated_to=_end(window)), cursor
            ),
            windows,
        )

    def list_payments(self, start: datetime | None, end: datetime | None) -> Flow[Listing[Payment]]:
        """Settled movements of any window."""
        end = end or (yield from self.now())
        windows = _windows(_bound(start, "settled_from"), end, self._stream("payments"))
        return Listing(lambda w, cursor: self.payments.page(_settled(w), cursor), windows)

    def list_payouts(self, start: datetime | None, end: datetime | None) -> Flow[Listing[Payout]]:
        """Transfers to the bank of any window."""
        end = end or (yield from self.now())
        windows = _windows(_bound(start, "settled_from"), end, self._stream("payouts"))
        return Listing(lambda w, cursor: self.payouts_page(_settled(w), cursor), windows)

    def _stream(self, name: str) -> Stream:
        return self.engine.adapter.manifest.stream(name)


def _bound(moment: datetime | None, name: str = "updated_from") -> datetime:
    if moment is None:
        raise ConfigError(
            f"a listing over time needs `{name}`", advice="Pass an aware datetime to begin from."
        )
    return moment


def _windows(start: datetime, end: datetime, stream: Stream) -> tuple[Window, ...]:
    for moment in (start, end):
        if moment.tzinfo is None:
            raise ConfigError(
                "a moment without a time zone means nothing to a marketplace",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
    # An empty span still asks once, so that the caller gets an empty page and not nothing.
    return tuple(split(start, end, stream.span)) or ((start, start),)


def _start(window: Window | None) -> datetime | None:
    return window[0] if window else None


def _end(window: Window | None) -> datetime | None:
    return window[1] if window else None


def _settled(window: Window | None) -> PaymentQuery:
    assert window is not None  # noqa: S101 - listings of money always have windows
    return PaymentQuery(settled_from=window[0], settled_to=window[1])
