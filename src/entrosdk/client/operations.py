"""Every operation of a shop as a flow: what both facades run, written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from entrosdk.client.listing import Listing
from entrosdk.client.writes import Writes
from entrosdk.domain.events import Event
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.domain.product import Product, ProductQuery, Warehouse
from entrosdk.domain.returns import Return, ReturnQuery
from entrosdk.domain.shop import ShopInfo
from entrosdk.engine.exchange import Engine
from entrosdk.engine.windows import Window, split
from entrosdk.errors import BadReply, ConfigError, NotFound
from entrosdk.spi.adapter import Delivery
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability
from entrosdk.spi.page import Batch, Page, Stub

__all__ = ["Operations", "Resource"]

T = TypeVar("T")
Q = TypeVar("Q")

_LISTING = {
    "orders": Capability.ORDERS_LIST,
    "payments": Capability.PAYMENTS_LIST,
    "payouts": Capability.PAYMENTS_PAYOUTS,
    "returns": Capability.RETURNS_LIST,
}


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
        self._advances(page, cursor)
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

    @property
    def apart(self) -> bool:
        """Does the adapter list ids and tell the rest in a second step (`spi.adapter.TwoSteps`)?"""
        return hasattr(self.adapter, "heads") and hasattr(self.adapter, "details")

    def heads(self, query: Q, cursor: str | None) -> Flow[Page[Any]]:
        """One page of what `details` are asked for with."""
        page: Page[Any] = yield from self.engine.operate(
            self.listing, lambda: self.adapter.heads(query, cursor)
        )
        self._advances(page, cursor)
        self._drift(page)
        return page

    def details(self, heads: Sequence[Any]) -> Flow[Batch[T]]:
        """The whole records of some heads."""
        batch: Batch[T] = yield from self.engine.operate(
            self.listing, lambda: self.adapter.details(tuple(heads))
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

    def _advances(self, page: Page[Any], cursor: str | None) -> None:
        if page.next is not None and page.next == cursor:
            raise BadReply("the marketplace repeated a page position").at(
                marketplace=self.engine.adapter.manifest.name, operation=self.listing.value
            )

    def _drift(self, found: Page[T] | Batch[T]) -> None:
        if found.drift:
            self.engine.drifted(self.listing.value, dict(found.drift))


class Operations:
    """The operations of one connected shop."""

    def __init__(self, engine: Engine) -> None:
        adapter = engine.adapter
        self.engine = engine
        self.writes = Writes(engine)
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

    def parse(self, headers: Mapping[str, str], body: bytes, url: str) -> tuple[Event, ...]:
        """Verify and read a notification; asks nobody, so it is no flow."""
        self.engine.require(Capability.EVENTS_PARSE)
        lower = {name.lower(): value for name, value in headers.items()}
        return self.engine.adapter.events.parse(Delivery(headers=lower, body=body, url=url))

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
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
        """Orders of any window over the update time, or over the creation time."""
        if query.created_from is not None:
            return self._over(
                "orders",
                (query.created_from, query.created_to),
                lambda w, c: self.orders.page(evolve(query, created_from=w[0], created_to=w[1]), c),
            )
        return self._over(
            "orders",
            (query.updated_from, query.updated_to),
            lambda w, c: self.orders.page(evolve(query, updated_from=w[0], updated_to=w[1]), c),
        )

    def list_products(self, query: ProductQuery) -> Flow[Listing[Product]]:
        """Products, all of them or those of a window."""
        yield from ()
        return Listing(lambda _, cursor: self.products.page(query, cursor), None)

    def list_returns(self, query: ReturnQuery) -> Flow[Listing[Return]]:
        """Returns of any window over the update time."""
        return self._over(
            "returns",
            (query.updated_from, query.updated_to),
            lambda w, c: self.returns.page(evolve(query, updated_from=w[0], updated_to=w[1]), c),
        )

    def list_payments(
        self, settled_from: datetime | None = None, settled_to: datetime | None = None
    ) -> Flow[Listing[Payment]]:
        """Settled movements of any window."""
        return self._over(
            "payments",
            (settled_from, settled_to),
            lambda w, c: self.payments.page(PaymentQuery(settled_from=w[0], settled_to=w[1]), c),
        )

    def list_payouts(
        self, settled_from: datetime | None = None, settled_to: datetime | None = None
    ) -> Flow[Listing[Payout]]:
        """Transfers to the bank of any window."""
        return self._over(
            "payouts",
            (settled_from, settled_to),
            lambda w, c: self.payouts_page(PaymentQuery(settled_from=w[0], settled_to=w[1]), c),
        )

    def _over(
        self,
        stream: str,
        bounds: tuple[datetime | None, datetime | None],
        fetch: Callable[[Window, str | None], Flow[Page[T]]],
    ) -> Flow[Listing[T]]:
        self.engine.require(_LISTING[stream])  # what is not declared has no window either
        start, end = bounds
        if start is None:
            raise ConfigError(
                f"a listing of {stream} needs the moment to begin from",
                advice="Pass `updated_from` (orders, returns) or `settled_from` (payments).",
            )
        end = end or (yield from self.now())
        if start.tzinfo is None or end.tzinfo is None:
            raise ConfigError(
                "a moment without a time zone means nothing to a marketplace",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
        span = self.engine.adapter.manifest.stream(stream).span
        return Listing(fetch, tuple(split(start, end, span)))
