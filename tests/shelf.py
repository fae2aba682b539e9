"""A marketplace whose records lie on a shelf in memory, for tests of the sync engine.

Real adapter code behind a real `AsyncShop`; it sends no request, so nothing needs a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define, evolve

from entrosdk import AsyncShop, connect_async
from entrosdk.domain.money import Money
from entrosdk.domain.order import Order, OrderLine
from entrosdk.domain.payment import Payment, PaymentKind, Payout, PayoutStatus
from entrosdk.domain.product import Product, ProductStatus, StockLevel, Variant
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnLine
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import EntroError
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, sleep
from entrosdk.spi.manifest import Capability, Manifest, Stream, Support
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from tests.toymarket import MANIFEST, NOON, app, grant
from tests.toymarket import order as plain_order

YES = Support("yes", "shelf")
DAY = timedelta(days=1)


def vnd(amount: int) -> Money:
    """So many dong."""
    return Money(amount, "VND")


def order(id: str, at: datetime = NOON, **rest: Any) -> Order:
    """An order with two lines, last updated `at`."""
    zero = vnd(0)
    lines = tuple(
        OrderLine(
            id=f"{id}-{number}",
            product_id="p1",
            sku=f"SKU-{number}",
            name="Áo thun",
            quantity=number,
            list_price=vnd(120_000),
            unit_price=vnd(100_000),
            seller_discount=zero,
            platform_discount=zero,
        )
        for number in (1, 2)
    )
    return evolve(plain_order(id), **({"updated_at": at, "created_at": at, "lines": lines} | rest))


def product(id: str, at: datetime = NOON, sellable: int = 5) -> Product:
    """A product with one variant in one warehouse."""
    variant = Variant(
        sku=f"SKU-{id}",
        list_price=vnd(120_000),
        price=vnd(100_000),
        stock=(StockLevel(warehouse_id="W1", sellable=sellable),),
    )
    return Product(
        marketplace="toy",
        shop_id="1",
        id=id,
        title=f"Product {id}",
        status=ProductStatus.ACTIVE,
        raw_status="on",
        currency="VND",
        variants=(variant,),
        updated_at=at,
    )


def payments(source: str, *amounts: int, at: datetime = NOON) -> tuple[Payment, ...]:
    """The movements of one source."""
    return tuple(
        Payment(
            marketplace="toy",
            shop_id="1",
            id=f"{source}/{number}",
            source_id=source,
            order_id=source,
            kind=PaymentKind.ITEM_PRICE,
            raw_kind="goods",
            amount=vnd(amount),
            occurred_at=at,
            settled_at=at,
        )
        for number, amount in enumerate(amounts)
    )


def payout(id: str, at: datetime = NOON) -> Payout:
    """A transfer to the bank."""
    return Payout(
        marketplace="toy",
        shop_id="1",
        id=id,
        amount=vnd(300_000),
        currency="VND",
        status=PayoutStatus.PAID,
        raw_status="done",
        requested_at=at,
    )


def a_return(id: str, at: datetime = NOON) -> Return:
    """A return of one unit."""
    return Return(
        marketplace="toy",
        shop_id="1",
        id=id,
        order_id="o1",
        status="REQUESTED",
        lines=(ReturnLine(product_id="p1", quantity=1),),
        goods_state=GoodsState.EXPECTED,
        money_state=MoneyState.PENDING,
        reason="wrong size",
        refund=vnd(100_000),
        requested_at=at,
        updated_at=at,
    )


@define
class Rack:
    """The records of one stream: id -> (moment they are listed under, records).

    `hidden` ids are left out of whole pages, `lost` ones cannot be fetched by id either,
    `broken` ones cannot be read; `dated` ids are listed with their update times.
    `refuse` says how fetching by id fails.
    """

    records: dict[str, tuple[datetime, tuple[Any, ...]]] = Factory(dict)
    hidden: set[str] = Factory(set)
    lost: set[str] = Factory(set)
    broken: set[str] = Factory(set)
    dated: bool = True
    error: EntroError | None = None
    refuse: Callable[[Sequence[str]], Exception | None] = lambda ids: None
    asked: list[tuple[str, Any, str | None]] = Factory(list)
    before: Callable[[int], None] = lambda number: None
    size: int = 3
    slow: bool = False

    def put(self, *records: Any) -> None:
        """Put records on the shelf, under the moment they tell; a source's rows come together."""
        for record in records:
            name = getattr(record, "source_id", record.id)
            kept = self.records.get(name, (NOON, ()))[1] if hasattr(record, "source_id") else ()
            self.records[name] = (_moment(record), (*kept, record))

    def page(self, query: Any, cursor: str | None) -> Flow[Page[Any]]:
        names, following, total = yield from self._names("page", query, cursor)
        shown = [name for name in names if name not in self.hidden | self.broken]
        items = tuple(record for name in shown for record in self.records[name][1])
        bad = tuple(_bad(name) for name in names if name in self.broken)
        return Page(items=items, next=following, unreadable=bad, total=total)

    def stubs(self, query: Any, cursor: str | None) -> Flow[Page[Stub]]:
        names, following, total = yield from self._names("stubs", query, cursor)
        items = tuple(Stub(id=name, updated_at=self._told(name)) for name in names)
        return Page(items=items, next=following, total=total)

    def many(self, ids: Sequence[str]) -> Flow[Batch[Any]]:
        yield from sleep(float(self.slow))
        self.asked.append(("many", tuple(ids), None))
        refusal = self.refuse(ids)
        if refusal is not None:
            raise refusal
        there = [name for name in ids if name in self.records and name not in self.lost]
        good = [name for name in there if name not in self.broken]
        return Batch(
            items=tuple(record for name in good for record in self.records[name][1]),
            missing=tuple(name for name in ids if name not in there),
            unreadable=tuple(_bad(name) for name in there if name in self.broken),
        )

    def _told(self, name: str) -> datetime | None:
        return self.records[name][0] if self.dated else None

    def _names(
        self, kind: str, query: Any, cursor: str | None
    ) -> Flow[tuple[list[str], str | None, int]]:
        yield from sleep(float(self.slow))
        self.before(len(self.asked))
        self.asked.append((kind, query, cursor))
        if self.error is not None:
            raise copy(self.error)  # several windows may meet it at once
        start, end = _bounds(query)
        inside = sorted(
            (at, name)
            for name, (at, _) in self.records.items()
            if (start is None or at >= start) and (end is None or at < end)
        )
        offset = int(cursor or 0)
        following = offset + self.size
        names = [name for _, name in inside[offset:following]]
        return names, str(following) if following < len(inside) else None, len(inside)


class TwoStepRack(Rack):
    """A rack that lists ids and tells the rest in a second step."""

    def heads(self, query: Any, cursor: str | None) -> Flow[Page[Any]]:
        names, following, total = yield from self._names("heads", query, cursor)
        shown = tuple(name for name in names if name not in self.hidden)
        return Page(items=shown, next=following, total=total)

    def details(self, heads: Sequence[Any]) -> Flow[Batch[Any]]:
        return self.many(heads)


STREAMS = (
    Stream(name="orders", clock="updated", span=15 * DAY),
    Stream(name="products", clock="none", paging="offset"),
    Stream(name="payments", clock="settled", span=15 * DAY, paging="offset"),
    Stream(name="payouts", clock="settled", span=15 * DAY),
    Stream(name="returns", clock="updated", span=15 * DAY, paging="offset"),
)


def manifest(**changes: Any) -> Manifest:
    """A manifest with every reading capability."""
    reading = [word for word in Capability if word.value.split(".")[-1] in {"list", "get"}]
    offered = dict.fromkeys((*reading, Capability.PAYMENTS_PAYOUTS, Capability.SHOP_INFO), YES)
    return evolve(MANIFEST, **({"capabilities": offered, "streams": STREAMS} | changes))


@define
class Shelves:
    """All racks of a marketplace, its clock, and the adapter over them."""

    orders: Rack = Factory(Rack)
    products: Rack = Factory(Rack)
    payments: Rack = Factory(Rack)
    payout: Rack = Factory(Rack)
    returns: Rack = Factory(Rack)
    now: datetime = NOON
    manifest: Manifest = Factory(manifest)
    gone: EntroError | None = None
    sleep: Any = None

    def __call__(self, access: Access) -> Any:
        return _Adapter(self, access)

    def shop(self) -> AsyncShop:
        """Connect to the shelves."""
        return connect_async(
            self,
            app=app(),
            shop_id="1",
            grant=grant(),
            clock=lambda: self.now,
            transport=_Nobody(),
            sleep=self.sleep,
        )


class _Nobody:
    """A transport nobody calls."""

    async def send(self, request: Any, timeout: float) -> Any:
        raise AssertionError("the shelves need no network")

    async def aclose(self) -> None:
        pass


class _Adapter:
    def __init__(self, shelves: Shelves, access: Access) -> None:
        self.manifest, self.access = shelves.manifest, access
        self.orders, self.products = shelves.orders, shelves.products
        self.payments, self.returns = _Payments(shelves), shelves.returns
        self.consent = self.events = None
        self._shelves = shelves

    def info(self) -> Flow[ShopInfo]:
        yield from ()
        if self._shelves.gone is not None:
            raise self._shelves.gone
        return ShopInfo(marketplace="toy", id="1", name="Shelf", region="VN", currency="VND")


class _Payments:
    def __init__(self, shelves: Shelves) -> None:
        rack = shelves.payments
        self.page, self.stubs, self.many = rack.page, rack.stubs, rack.many
        self.payouts = shelves.payout.page


def _moment(record: Any) -> datetime:
    for name in ("updated_at", "settled_at", "requested_at"):
        moment = getattr(record, name, None)
        if moment is not None:
            return moment
    raise AssertionError("a record tells when it changed")


def _bounds(query: Any) -> tuple[datetime | None, datetime | None]:
    clock = "settled" if hasattr(query, "settled_from") else "updated"
    return getattr(query, f"{clock}_from"), getattr(query, f"{clock}_to")


def _bad(name: str) -> Unreadable:
    return Unreadable(
        id=name, reason="lines.0.price: missing", body=b'{"id": "' + name.encode() + b'"}'
    )
