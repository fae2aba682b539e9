"""One emulated shop: its catalogue, buyers, orders and returns, and the agenda that moves them."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias, TypeVar

from entrosdk.sandbox import steps
from entrosdk.sandbox.catalogue import Product, Variant, products
from entrosdk.sandbox.chance import Chance
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import DAY, HOUR, Line, Order, Parcel, Return, Stage
from entrosdk.sandbox.people import buyer
from entrosdk.sandbox.trade import Trade

__all__ = ["ShopWorld", "Span"]

Span: TypeAlias = tuple[int | None, int | None]
"""Two epoch seconds, both included; `None` leaves a side open."""

E = TypeVar("E", tuple[int, str], tuple[int, str, int])

_NOTES = ("", "", "", "Giao giờ hành chính giúp mình", "Gói quà cẩn thận nhé shop")
_FOR_EVER = 2**62
_RESTOCK_BELOW, _RESTOCK = 8, 120
_HISTORY = 29 * DAY  # from the start of today: a sync of the last 30 days sees all of it
# Tuples: a member is looked up by identity there, by a hash written in Python in a set.
_ENDED = (Stage.CANCELLED, Stage.COMPLETED)
_AFTER_THE_END = {"late_return", "late_return_accepted", "late_return_judged"}


class ShopWorld:
    """What really is in a shop, and what happens there."""

    def __init__(self, seed: str, anchor: int, orders: int, listings: int, trade: Trade) -> None:
        self.trade = trade
        self.seed = seed
        self._anchor = anchor
        self.products = products(seed, listings, anchor - _HISTORY, trade.ids)
        self.by_product = {product.id: product for product in self.products}
        self.orders: dict[str, Order] = {}
        self.created: list[tuple[int, str]] = []
        self.updates: list[tuple[int, str, int]] = []  # moment, order, version
        self.returns: dict[str, Return] = {}
        self.listeners: list[Callable[[Change], None]] = []
        self._agenda: list[tuple[int, int, str, str]] = []
        self._forgotten: dict[str, int] = {}  # by order: what was planned up to this turn
        self._shelf = self._on_sale()  # for the history: nobody changes a product in it
        self._turn = 0
        self._number = 0
        self._draw_history(orders)

    # Making orders

    def _draw_history(self, count: int) -> None:
        start = self._anchor - _HISTORY
        for number in range(count):
            moment = start + number * (_HISTORY - HOUR) // max(count, 1)
            self.plan(moment, f"buy:{number}", "")
        self.trade.ledger.begin(self, start)

    def buy(
        self,
        now: int,
        *,
        sku: str | None = None,
        quantity: int | None = None,
        cod: bool | None = None,
        key: str = "",
    ) -> Order:
        """Let a buyer buy now; raises `LookupError` for an unknown or sold-out SKU."""
        self._number += 1
        chance = Chance(f"{self.seed}:order:{key or self._number}")
        paid_at_door = chance.random() < 0.6
        lines = tuple(self._lines(chance, sku, quantity))
        order = self._order(chance, now, lines, cod=paid_at_door if cod is None else cod)
        for line in order.lines:
            self._take(line, now, restock=sku is None)
        self.orders[order.id] = order
        _file(self.created, (now, order.id))
        order.steps = self.trade.story(chance, now, cod=order.cod)
        for moment, what in order.steps:
            self.plan(moment, what, order.id)
        self.touch(order, now, self.trade.first(order.cod))
        return order

    def _order(self, chance: Random, now: int, lines: tuple[Line, ...], *, cod: bool) -> Order:
        goods = sum(line.unit_price * line.quantity for line in lines)
        carrier = chance.randrange(16_500, 42_000, 500)
        ids = self.trade.ids
        return Order(
            id=ids.order(chance, now),
            number=self._number,
            created=now,
            buyer=buyer(chance),
            lines=lines,
            cod=cod,
            note=chance.choice(_NOTES),
            seller_voucher=min(goods // 10, chance.choice((0, 0, 10_000, 20_000))),
            platform_voucher=min(goods // 8, chance.choice((0, 0, 15_000, 30_000))),
            coins=min(goods // 20, chance.choice((0, 0, 0, 5_000))),
            buyer_shipping=chance.choice((0, 0, carrier // 2 // 500 * 500, 16_500)),
            carrier_shipping=carrier,
            package=ids.package(chance),
            tracking=ids.tracking(chance),
            ship_by=now + 2 * DAY,
        )

    def _lines(self, chance: Random, sku: str | None, quantity: int | None) -> Iterator[Line]:
        if sku is not None:
            product, variant = self.find(sku)
            if variant.stock - variant.reserved < (quantity or 1):
                raise LookupError(f"{sku} is sold out")
            yield _line(product, variant, quantity or 1)
            return
        listed = self._shelf or self._on_sale()
        for product in chance.sample(listed, chance.choice((1, 1, 1, 2, 2, 3))):
            variant = chance.choice(product.variants)
            yield _line(product, variant, quantity or chance.choice((1, 1, 1, 2, 3)))

    def _on_sale(self) -> list[Product]:
        return [product for product in self.products if product.on_sale]

    def find(self, sku: str) -> tuple[Product, Variant]:
        """Return the variant with this SKU; raises `LookupError`."""
        for product in self.products:
            for variant in product.variants:
                if variant.sku == sku:
                    return product, variant
        raise LookupError(f"no variant has the SKU {sku}")

    # Stock

    def _take(self, line: Line, now: int, *, restock: bool) -> None:
        variant = line.variant
        if restock and variant.stock - variant.reserved - line.quantity < _RESTOCK_BELOW:
            variant.stock += _RESTOCK  # drawn buyers find a seller who restocks in time
        variant.stock -= line.quantity
        if self.listeners:
            self.tell(Change("stock", now, product=line.product, variant=variant))

    def give_back(self, order: Order) -> None:
        """Make the units of an order that will not be shipped sellable again."""
        if order.holds_stock and not order.picked_up:
            order.holds_stock = False
            for line in order.lines:
                line.variant.stock += line.quantity

    def _hold(self, order: Order, stage: Stage, sign: int) -> None:
        """Count the units an order in this stage holds: of unpaid orders, of ones to be shipped."""
        if stage is Stage.UNPAID:
            for line in order.lines:
                line.variant.withheld += sign * line.quantity
        elif stage in _TO_BE_SHIPPED:
            for line in order.lines:
                line.variant.occupied += sign * line.quantity

    # Time

    def plan(self, moment: int, what: str, subject: str) -> None:
        """Put something on the agenda."""
        self._turn += 1
        heapq.heappush(self._agenda, (moment, self._turn, what, subject))

    def forget(self, order: Order) -> None:
        """Take the rest of an order's story off the agenda."""
        self._forgotten[order.id] = self._turn

    def settle(self, now: int) -> None:
        """Let everything happen that is due by `now`, in order of time."""
        while self._agenda and self._agenda[0][0] <= now:
            moment, turn, what, subject = heapq.heappop(self._agenda)
            if turn > self._forgotten.get(subject, 0):
                self._happen(moment, what, subject)
        self._shelf = []

    def _happen(self, moment: int, what: str, subject: str) -> None:
        if what.startswith("buy:"):
            self.buy(moment, key=what)
        elif what.startswith("ledger:"):
            self.trade.ledger.happen(self, moment, what.removeprefix("ledger:"))
        elif what == "reviewed":
            self.review(self.by_product[int(subject)], moment)
        else:
            self.step(self.orders[subject], what, moment)

    def step(self, order: Order, what: str, moment: int) -> None:
        """Let one step of an order's story happen, unless the order has left that story."""
        if order.stage in _ENDED and what not in _AFTER_THE_END:
            return
        steps.STEPS[what](self, order, moment)

    # What steps and sellers do

    def touch(self, order: Order, moment: int, stage: Stage, parcel: Parcel | None = None) -> None:
        """Move an order on: a new version of it, in the index of updates, told to listeners."""
        old, order.stage = order.stage, stage
        if stage is not old or not order.version:
            if order.version:
                self._hold(order, old, -1)
            self._hold(order, stage, 1)
        if parcel is not None and parcel is not order.parcel:
            order.parcel = parcel
            if self.listeners:
                self.tell(Change("package", moment, order, new=parcel))
        order.updated = moment
        order.version += 1
        order.bodies.clear()
        _file(self.updates, (moment, order.id, order.version))
        if self.listeners and (stage is not old or order.version == 1):
            self.tell(Change("order", moment, order, old=old, new=stage))

    def restock(self, product: Product, variant: Variant, quantity: int, now: int) -> None:
        """Set how many units buyers can buy."""
        variant.stock = quantity
        product.updated = now
        self.tell(Change("stock", now, product=product, variant=variant))

    def review(self, product: Product, now: int) -> None:
        """Let a product through that the marketplace looked at."""
        product.reviewing, product.updated = False, now
        self.tell(Change("product", now, product=product, new="reviewed"))

    def take_out(self, order: Order, line: Line, quantity: int, now: int) -> None:
        """Take units of a line out of an order that is not handed over; they can be sold again."""
        line.quantity -= quantity
        line.variant.stock += quantity
        if order.stage is Stage.UNPAID:
            line.variant.withheld -= quantity
        elif order.stage in _TO_BE_SHIPPED:
            line.variant.occupied -= quantity
        self.tell(Change("stock", now, product=line.product, variant=line.variant))

    def tell(self, change: Change) -> None:
        """Tell everybody who listens."""
        for listener in self.listeners:
            listener(change)

    # Looking

    def changed_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of `updates` whose moments lie in [start, end], both included."""
        return (
            bisect_left(self.updates, start, key=_moment),
            bisect_right(self.updates, end, key=_moment),
        )

    def created_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of `created` whose moments lie in [start, end], both included."""
        return (
            bisect_left(self.created, start, key=_moment),
            bisect_right(self.created, end, key=_moment),
        )

    def orders_within(self, created: Span, updated: Span) -> list[Order]:
        """Return the orders made in one span and last changed in another, in no order.

        It looks at no more of them than the narrower span holds.
        """
        first, stop = self.created_between(*_closed(created))
        begin, end = self.changed_between(*_closed(updated))
        if stop - first <= end - begin:
            found = (self.orders[name] for _, name in self.created[first:stop])
            return [order for order in found if _inside(order.updated, updated)]
        changes = ((self.orders[name], version) for _, name, version in self.updates[begin:end])
        latest = (order for order, version in changes if order.version == version)
        return [order for order in latest if _inside(order.created, created)]


_TO_BE_SHIPPED = (
    Stage.ON_HOLD,
    Stage.TO_SHIP,
    Stage.RETRY_SHIP,
    Stage.PACKED,
    Stage.CANCELLING,
)


def _moment(entry: tuple[int, str] | tuple[int, str, int]) -> int:
    return entry[0]


def _closed(span: Span) -> tuple[int, int]:
    start, end = span
    return 0 if start is None else start, _FOR_EVER if end is None else end


def _inside(moment: int, span: Span) -> bool:
    start, end = _closed(span)
    return start <= moment <= end


def _file(index: list[E], entry: E) -> None:
    """Put an entry into an index by its moment: at the end, as a rule."""
    if index and _moment(index[-1]) > _moment(entry):
        insort_right(index, entry, key=_moment)
    else:
        index.append(entry)


def _line(product: Product, variant: Variant, quantity: int) -> Line:
    return Line(product, variant, quantity, variant.list_price, variant.price)
