"""The emulated world: one clock, one shop for each marketplace, and everything that happens.

The same seed and the same day give the same ids and values.
History is anchored to the start of the day (UTC) on which the world starts, so a sandbox that is
killed and started again the same day shows the same shop, moved on to the present.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TypeVar

from attrs import define

from entrosdk.sandbox.catalogue import Product, Variant, products
from entrosdk.sandbox.money import signed_parts
from entrosdk.sandbox.orders import DAY, HOUR, Line, Order, Return, story
from entrosdk.sandbox.people import buyer

__all__ = ["Change", "ShopWorld", "WalletRow", "World"]

S = TypeVar("S", Order, Return, Product, Variant)

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_VIETNAM = timezone(timedelta(hours=7))
_NOTES = ("", "", "", "Giao giờ hành chính giúp mình", "Gói quà cẩn thận nhé shop")
_RESTOCK_BELOW, _RESTOCK = 8, 120
_HISTORY = 29 * DAY  # from the start of today: a sync of the last 30 days sees all of it


@define
class Change:
    """Something a marketplace tells its apps about."""

    kind: str
    at: int
    order: Order | None = None
    returned: Return | None = None
    product: Product | None = None
    variant: Variant | None = None
    old: str = ""
    new: str = ""

    def subject(self, kind: type[S]) -> S:
        """Return what of this kind the change is about; raises `LookupError`."""
        for each in (self.returned, self.variant, self.product, self.order):
            if isinstance(each, kind):
                return each
        raise LookupError(f"a change of {self.kind} is about no {kind.__name__}")


@define
class WalletRow:
    """A movement of the seller's wallet; amounts in dong."""

    at: int
    kind: str
    amount: int
    balance: int
    order: str = ""
    withdrawal: int = 0
    status: str = "COMPLETED"


class ShopWorld:
    """One emulated shop: its catalogue, orders, returns and wallet."""

    def __init__(self, seed: str, anchor: int, orders: int, listings: int) -> None:
        self._seed = seed
        self._anchor = anchor
        self.products = products(seed, listings, anchor - _HISTORY)
        self.by_product = {product.id: product for product in self.products}
        self.orders: dict[str, Order] = {}
        self.created: list[tuple[int, str]] = []
        self.updates: list[tuple[int, str, int]] = []  # moment, order, version
        self.returns: dict[str, Return] = {}
        self.wallet: list[WalletRow] = []
        self.released: list[tuple[int, str]] = []
        self.listeners: list[Callable[[Change], None]] = []
        self._agenda: list[tuple[int, int, str, str]] = []
        self._turn = 0
        self._number = 0
        self._draw_history(orders)

    # Making orders

    def _draw_history(self, count: int) -> None:
        for number in range(count):
            moment = self._anchor - _HISTORY + number * (_HISTORY - HOUR) // max(count, 1)
            self._plan(moment, f"buy:{number}", "")
        for day in range(400):  # rent of the wallet's story: weekly withdrawal, daily ads
            moment = self._anchor - _HISTORY + day * DAY
            self._plan(moment + 20 * HOUR, "ads", "")
            if day % 7 == 6:
                self._plan(moment + 21 * HOUR, "withdraw", "")

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
        chance = Random(f"{self._seed}:order:{key or self._number}")
        paid_at_door = chance.random() < 0.6
        lines = tuple(self._lines(chance, sku, quantity))
        order = self._order(chance, now, lines, cod=paid_at_door if cod is None else cod)
        for line in order.lines:
            self._take(line, now, restock=sku is None)
        self.orders[order.id] = order
        self.created.append((now, order.id))
        order.steps = story(chance, now, cod=order.cod)
        for moment, what in order.steps:
            self._plan(moment, what, order.id)
        self._touch(order, now, "READY_TO_SHIP" if order.cod else "UNPAID")
        return order

    def _order(self, chance: Random, now: int, lines: tuple[Line, ...], *, cod: bool) -> Order:
        goods = sum(line.unit_price * line.quantity for line in lines)
        carrier = chance.randrange(16_500, 42_000, 500)
        day = datetime.fromtimestamp(now, _VIETNAM)
        return Order(
            id=f"{day:%y%m%d}" + self._unique(chance, 8),
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
            package=f"OFG{chance.randrange(10**14, 10**15)}",
            tracking=f"SPXVN0{chance.randrange(10**10, 10**11)}",
            ship_by=now + 2 * DAY,
        )

    def _unique(self, chance: Random, length: int) -> str:
        return "".join(chance.choices(_ALPHABET, k=length))

    def _lines(self, chance: Random, sku: str | None, quantity: int | None) -> Iterator[Line]:
        if sku is not None:
            product, variant = self.find(sku)
            if variant.stock - variant.reserved < (quantity or 1):
                raise LookupError(f"{sku} is sold out")
            yield _line(product, variant, quantity or 1)
            return
        listed = [product for product in self.products if product.status == "NORMAL"]
        for product in chance.sample(listed, chance.choice((1, 1, 1, 2, 2, 3))):
            variant = chance.choice(product.variants)
            yield _line(product, variant, quantity or chance.choice((1, 1, 1, 2, 3)))

    def find(self, sku: str) -> tuple[Product, Variant]:
        """Return the variant with this SKU; raises `LookupError`."""
        for product in self.products:
            for variant in product.variants:
                if variant.sku == sku:
                    return product, variant
        raise LookupError(f"no variant has the SKU {sku}")

    def _take(self, line: Line, now: int, *, restock: bool) -> None:
        variant = line.variant
        if restock and variant.stock - variant.reserved - line.quantity < _RESTOCK_BELOW:
            variant.stock += _RESTOCK  # drawn buyers find a seller who restocks in time
        variant.stock -= line.quantity
        self._tell(Change("stock", now, product=line.product, variant=variant))

    def _give_back(self, order: Order) -> None:
        if order.holds_stock:
            order.holds_stock = False
            for line in order.lines:
                line.variant.stock += line.quantity

    # Time

    def _plan(self, moment: int, what: str, subject: str) -> None:
        self._turn += 1
        heapq.heappush(self._agenda, (moment, self._turn, what, subject))

    def settle(self, now: int) -> None:
        """Let everything happen that is due by `now`, in order of time."""
        while self._agenda and self._agenda[0][0] <= now:
            moment, _, what, subject = heapq.heappop(self._agenda)
            self._happen(moment, what, subject)

    def _happen(self, moment: int, what: str, subject: str) -> None:
        if what.startswith("buy:"):
            self.buy(moment, key=what)
        elif what == "withdraw":
            self._withdraw(moment)
        elif what.startswith("withdrawn:"):
            self._pay("WITHDRAWAL_COMPLETED", moment, 0, withdrawal=int(what.partition(":")[2]))
        elif what == "ads":
            self._pay("PAID_ADS_CHARGE", moment, -(50_000 + moment // DAY % 7 * 5_000))
        else:
            self.step(self.orders[subject], what, moment)

    def step(self, order: Order, what: str, moment: int) -> None:
        """Let one step of an order's story happen, unless the order has left that story."""
        if order.status in _ENDED and what not in _AFTER_THE_END:
            return
        action = getattr(self, f"_do_{what}")
        action(order, moment)

    def force(self, order: Order, status: str, now: int) -> None:
        """Put an order where a test wants it; the rest of its story is dropped."""
        self._agenda = [entry for entry in self._agenda if entry[3] != order.id]
        heapq.heapify(self._agenda)
        for what in _FORCED[status]:
            if what == "deliver" and not order.paid:
                order.paid = now
            getattr(self, f"_do_{what}")(order, now)

    # The steps of a story

    def _do_screened(self, order: Order, moment: int) -> None:
        self._touch(order, moment, order.status, "LOGISTICS_READY")

    def _do_pay(self, order: Order, moment: int) -> None:
        order.paid = moment
        self._touch(order, moment, "READY_TO_SHIP", "LOGISTICS_READY")

    def _do_unpaid_timeout(self, order: Order, moment: int) -> None:
        self._cancel(order, moment, "system", "Unpaid Order")

    def _do_ask_cancel(self, order: Order, moment: int) -> None:
        order.cancel_reason = "Need to change delivery address"
        self._touch(order, moment, "IN_CANCEL")

    def _do_accept_cancel(self, order: Order, moment: int) -> None:
        self._cancel(order, moment, "buyer", order.cancel_reason)

    def _do_refuse_cancel(self, order: Order, moment: int) -> None:
        order.cancel_reason = ""
        self._touch(order, moment, "READY_TO_SHIP")

    def _do_seller_cancel(self, order: Order, moment: int) -> None:
        self._cancel(order, moment, "seller", "Out of Stock")

    def _do_ship(self, order: Order, moment: int) -> None:
        self._touch(order, moment, order.status, "LOGISTICS_REQUEST_CREATED")

    def _do_process(self, order: Order, moment: int) -> None:
        # The number comes after the request, asynchronously; book 3.4.
        order.tracked = True
        self._tell(Change("tracking", moment, order))
        self._touch(order, moment, "PROCESSED")

    def _do_pickup_failed(self, order: Order, moment: int) -> None:
        self._touch(order, moment, "RETRY_SHIP", "LOGISTICS_PICKUP_RETRY")

    def _do_pickup(self, order: Order, moment: int) -> None:
        order.picked_up = moment
        self._touch(order, moment, "SHIPPED", "LOGISTICS_PICKUP_DONE")

    def _do_deliver(self, order: Order, moment: int) -> None:
        if order.cod:
            order.paid = moment  # cash changes hands at the door; book 3.3
        self._touch(order, moment, "TO_CONFIRM_RECEIVE", "LOGISTICS_DELIVERY_DONE")

    def _do_delivery_failed(self, order: Order, moment: int) -> None:
        self._cancel(order, moment, "system", "Failed Delivery", "LOGISTICS_DELIVERY_FAILED")

    def _do_complete(self, order: Order, moment: int) -> None:
        self._touch(order, moment, "COMPLETED")
        order.released = moment
        self.released.append((moment, order.id))
        amount = sum(signed_parts(order).values())
        kind = "ESCROW_VERIFIED_ADD" if amount >= 0 else "ESCROW_VERIFIED_MINUS"
        self._pay(kind, moment, amount, order=order.id)

    def _do_return_goods(self, order: Order, moment: int) -> None:
        self._return(order, moment, goods_back=True)
        self._touch(order, moment, "TO_RETURN")

    def _do_return_refund(self, order: Order, moment: int) -> None:
        self._return(order, moment, goods_back=False)
        self._touch(order, moment, "TO_RETURN")

    def _do_late_return(self, order: Order, moment: int) -> None:
        self._return(order, moment, goods_back=False, late=True)

    def _do_return_processing(self, order: Order, moment: int) -> None:
        self._move_return(order, moment, "PROCESSING", "LOGISTICS_READY")

    def _do_return_shipped(self, order: Order, moment: int) -> None:
        self._move_return(order, moment, "PROCESSING", "LOGISTICS_PICKUP_DONE")

    def _do_return_accepted(self, order: Order, moment: int) -> None:
        back = order.returns[-1].goods_back
        self._move_return(order, moment, "ACCEPTED", "LOGISTICS_DELIVERY_DONE" if back else "")
        self._touch(order, moment, order.status)

    def _do_return_cancelled(self, order: Order, moment: int) -> None:
        self._move_return(order, moment, "CANCELLED", "")
        self._touch(order, moment, "TO_CONFIRM_RECEIVE")

    def _do_late_return_accepted(self, order: Order, moment: int) -> None:
        self._move_return(order, moment, "ACCEPTED", "")
        refund = order.returns[-1].refund
        order.adjustments.append((-refund, moment, "RR after escrow verified"))
        self._touch(order, moment, order.status)
        self._pay("ADJUSTMENT_FOR_RR_AFTER_ESCROW_VERIFIED", moment, -refund, order=order.id)

    # What steps are made of

    def _touch(self, order: Order, moment: int, status: str, package: str = "") -> None:
        old, order.status = order.status, status
        if package and package != order.package_status:
            order.package_status = package
            self._tell(Change("package", moment, order, new=package))
        order.updated = moment
        order.version += 1
        order.bodies.clear()
        self.updates.append((moment, order.id, order.version))
        if status != old or order.version == 1:
            self._tell(Change("order", moment, order, old=old, new=status))

    def _cancel(
        self, order: Order, moment: int, by: str, reason: str, package: str = "LOGISTICS_INVALID"
    ) -> None:
        order.cancelled_by, order.cancel_reason = by, reason
        self._give_back(order)
        self._touch(order, moment, "CANCELLED", package)

    def _return(self, order: Order, moment: int, *, goods_back: bool, late: bool = False) -> None:
        line = order.lines[0]
        chance = Random(f"{self._seed}:return:{order.id}")
        day = datetime.fromtimestamp(moment, _VIETNAM)
        returned = Return(
            id=f"{day:%y%m%d}" + self._unique(chance, 10),
            order=order,
            line=line,
            quantity=line.quantity,
            refund=max(0, line.unit_price * line.quantity - order.seller_voucher),
            created=moment,
            updated=moment,
            goods_back=goods_back,
            after_completion=late,
            reason=chance.choice(("ITEM_DAMAGED", "WRONG_ITEM", "DIFF_DESC", "NOT_RECEIPT")),
        )
        order.returns.append(returned)
        self.returns[returned.id] = returned
        self._tell(Change("return", moment, order, returned, new="REQUESTED"))

    def _move_return(self, order: Order, moment: int, status: str, logistics: str) -> None:
        returned = order.returns[-1]
        old, returned.status = returned.status, status
        returned.logistics, returned.updated = logistics, moment
        self._tell(Change("return", moment, order, returned, old=old, new=status))

    def _pay(
        self, kind: str, moment: int, amount: int, *, order: str = "", withdrawal: int = 0
    ) -> None:
        balance = (self.wallet[-1].balance if self.wallet else 0) + amount
        self.wallet.append(WalletRow(moment, kind, amount, balance, order, withdrawal))

    def _withdraw(self, moment: int) -> None:
        balance = self.wallet[-1].balance if self.wallet else 0
        amount = balance // 100_000 * 100_000
        if amount > 0:
            number = 770_000_000 + moment // HOUR % 10_000_000
            self._pay("WITHDRAWAL_CREATED", moment, -amount, withdrawal=number)
            self._plan(moment + 6 * HOUR, f"withdrawn:{number}", "")

    def _tell(self, change: Change) -> None:
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

    def restock(self, product: Product, variant: Variant, quantity: int, now: int) -> None:
        """Set how many units buyers can buy."""
        variant.stock = quantity
        product.updated = now


class World:
    """All emulated shops on one clock.

    `wall` tells the real time in epoch seconds; the world's clock is ahead of it by what was
    advanced.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        orders: int = 200,
        products: int = 72,
        wall: Callable[[], float],
        arrivals_per_hour: float = 0.0,
    ) -> None:
        self.seed = seed
        self.wall = wall
        self.started = int(wall())
        self.anchor = self.started // DAY * DAY
        self.offset = 0
        self._gap = 3600 / arrivals_per_hour if arrivals_per_hour else 0.0
        self._arrived = 0
        self.shops = {"shopee": ShopWorld(f"{seed}:shopee", self.anchor, orders, products)}
        self.settle()

    @property
    def now(self) -> int:
        """The world's time in epoch seconds."""
        return int(self.wall()) + self.offset

    def advance(self, seconds: int) -> int:
        """Move the clock on and let everything happen; returns the new time."""
        if seconds < 0:
            raise ValueError("time runs forwards only")
        self.offset += seconds
        self.settle()
        return self.now

    def settle(self) -> None:
        """Let everything happen that is due."""
        now = self.now
        if self._gap:
            self._let_buyers_in(now)
        for shop in self.shops.values():
            shop.settle(now)

    def _let_buyers_in(self, now: int) -> None:
        # Arrivals are counted from the start of the day, so a restart draws the same ones.
        due = int((now - self.anchor) / self._gap)
        while self._arrived < due:
            self._arrived += 1
            moment = self.anchor + int(self._arrived * self._gap)
            for shop in self.shops.values():
                shop.settle(moment)
                shop.buy(moment, key=f"arrival:{self._arrived}")


def _moment(entry: tuple[int, str] | tuple[int, str, int]) -> int:
    return entry[0]


def _line(product: Product, variant: Variant, quantity: int) -> Line:
    return Line(product, variant, quantity, variant.list_price, variant.price)


_ENDED = {"CANCELLED", "COMPLETED"}
_AFTER_THE_END = {"late_return", "late_return_accepted"}

_FORCED: dict[str, tuple[str, ...]] = {
    "READY_TO_SHIP": ("pay",),
    "PROCESSED": ("ship", "process"),
    "SHIPPED": ("process", "pickup"),
    "TO_CONFIRM_RECEIVE": ("deliver",),
    "COMPLETED": ("deliver", "complete"),
    "IN_CANCEL": ("ask_cancel",),
    "CANCELLED": ("seller_cancel",),
    "TO_RETURN": ("deliver", "return_goods"),
}
"""Which steps put an order into a status, for tests that force one."""
