"""Orders of the emulated world: what was bought, where it stands, what will happen when.

An order's life is drawn up when it is made: a list of steps with their moments.
The world takes each step when its clock passes the moment, so history, the present and what a
test advances to all come from one story.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random

from attrs import define, field

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.people import Buyer

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "Goods",
    "Line",
    "Order",
    "Parcel",
    "Return",
    "ReturnStage",
    "Stage",
    "Step",
    "story",
]

MINUTE, HOUR, DAY = 60, 3600, 86_400
_SHAPES = 3  # of a printed body; a client asks for one, a change of faults makes another


class Stage(StrEnum):
    """Where an order stands; each marketplace has words of its own for it."""

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    TO_SHIP = "TO_SHIP"
    RETRY_SHIP = "RETRY_SHIP"  # the carrier came and found no parcel
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    RETURNING = "RETURNING"


class Parcel(StrEnum):
    """Where an order's parcel is."""

    NONE = "NONE"
    READY = "READY"  # the shipment may be arranged
    REQUESTED = "REQUESTED"  # arranged; the carrier will answer with a number
    RETRY = "RETRY"
    PICKED_UP = "PICKED_UP"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ReturnStage(StrEnum):
    """Where a buyer's return stands."""

    REQUESTED = "REQUESTED"
    PROCESSING = "PROCESSING"  # agreed; the goods are to come back
    ACCEPTED = "ACCEPTED"  # and refunded
    DISPUTED = "DISPUTED"
    CANCELLED = "CANCELLED"


class Goods(StrEnum):
    """Where returned goods are."""

    NONE = "NONE"
    READY = "READY"
    PICKED_UP = "PICKED_UP"
    DELIVERED = "DELIVERED"


Step = tuple[int, str]
"""An epoch second and what happens then."""


@define
class Line:
    """Units of one variant; prices in dong for one unit."""

    product: Product
    variant: Variant
    quantity: int
    list_price: int
    unit_price: int


@define
class Return:
    """A buyer's return of one line; `refund` in dong."""

    id: str
    order: Order
    line: Line
    quantity: int
    refund: int
    created: int
    updated: int
    goods_back: bool  # return and refund, or refund only
    after_completion: bool
    stage: ReturnStage = ReturnStage.REQUESTED
    goods: Goods = Goods.NONE
    reason: str = "ITEM_DAMAGED"


@define(eq=False)
class Order:
    """An order; `version` rises with every change, so rendered bodies can be cached."""

    id: str
    number: int
    created: int
    buyer: Buyer
    lines: tuple[Line, ...]
    cod: bool
    note: str
    seller_voucher: int
    platform_voucher: int
    coins: int
    buyer_shipping: int
    carrier_shipping: int
    package: str
    tracking: str
    stage: Stage = Stage.UNPAID
    parcel: Parcel = Parcel.NONE
    updated: int = 0
    version: int = 0
    paid: int = 0
    asked_cancel: int = 0
    picked_up: int = 0
    delivered: int = 0
    ship_by: int = 0
    released: int = 0
    tracked: bool = False
    holds_stock: bool = True
    cancelled_by: str = ""
    cancel_reason: str = ""
    seller_note: str = ""
    noted: int = 0
    returns: list[Return] = field(factory=list)
    adjustments: list[tuple[int, int, str]] = field(factory=list)  # amount, moment, reason
    steps: list[Step] = field(factory=list)
    bodies: dict[object, bytes] = field(factory=dict)

    def keep(self, key: object, body: bytes) -> bytes:
        """Keep a printed body until the order changes; it is kept in the last few shapes only."""
        if len(self.bodies) >= _SHAPES:
            self.bodies.clear()
        self.bodies[key] = body
        return body

    @property
    def goods(self) -> int:
        """What the buyer owes for goods after item discounts."""
        return sum(line.unit_price * line.quantity for line in self.lines)

    @property
    def total(self) -> int:
        """What the buyer pays."""
        off = self.seller_voucher + self.platform_voucher + self.coins
        return self.goods + self.buyer_shipping - off

    @property
    def refunded(self) -> int:
        """Goods refunded before the escrow was released."""
        before = (each for each in self.returns if not each.after_completion)
        return sum(each.refund for each in before if each.stage is ReturnStage.ACCEPTED)


def story(chance: Random, created: int, *, cod: bool) -> list[Step]:
    """Draw up what will happen to an order made at `created`."""
    fate = chance.random()
    if cod:
        start = created + chance.randrange(10, 40) * MINUTE
        steps = [(start, "screened")]
    elif fate > 0.97:
        return [(created + DAY, "unpaid_timeout")]
    else:
        start = created + chance.randrange(20, 900)
        steps = [(start, "pay")]
    if fate < 0.05:
        asked = start + chance.randrange(10, 50) * MINUTE
        return [*steps, (asked, "ask_cancel"), (asked + 2 * HOUR, "accept_cancel")]
    if fate < 0.07:
        return [*steps, (start + chance.randrange(1, 20) * HOUR, "seller_cancel")]
    if fate < 0.09:
        asked = start + chance.randrange(10, 50) * MINUTE
        steps += [(asked, "ask_cancel"), (asked + HOUR, "refuse_cancel")]
        start = asked + HOUR
    return steps + _shipping(chance, start, cod=cod)


def _shipping(chance: Random, start: int, *, cod: bool) -> list[Step]:
    shipped = start + chance.randrange(1, 20) * HOUR
    picked = shipped + chance.randrange(2, 20) * HOUR
    steps = [(shipped, "ship"), (shipped + chance.randrange(1, 20) * MINUTE, "process")]
    if chance.random() < 0.04:
        steps += [
            (picked, "pickup_failed"),
            (picked + 5 * HOUR, "ship"),
            (picked + 6 * HOUR, "process"),
        ]
        picked += DAY
    steps.append((picked, "pickup"))
    delivered = picked + chance.randrange(18, 96) * HOUR
    if chance.random() < (0.06 if cod else 0.01):
        return [*steps, (delivered, "delivery_failed")]
    steps.append((delivered, "deliver"))
    return steps + _after(chance, delivered)


def _after(chance: Random, delivered: int) -> list[Step]:
    confirmed = delivered + chance.randrange(10, 96) * HOUR
    fate = chance.random()
    if fate < 0.05:  # a return before completion, goods come back
        asked = delivered + chance.randrange(2, 40) * HOUR
        return [
            (asked, "return_goods"),
            (asked + 8 * HOUR, "return_processing"),
            (asked + 60 * HOUR, "return_shipped"),
            (asked + 110 * HOUR, "return_accepted"),
            (asked + 112 * HOUR, "complete"),
        ]
    if fate < 0.07:  # a refund without return
        asked = delivered + chance.randrange(2, 40) * HOUR
        return [
            (asked, "return_refund"),
            (asked + 10 * HOUR, "return_accepted"),
            (asked + 12 * HOUR, "complete"),
        ]
    if fate < 0.08:  # the buyer gives the return up
        asked = delivered + chance.randrange(2, 20) * HOUR
        return [
            (asked, "return_goods"),
            (asked + 9 * HOUR, "return_cancelled"),
            (asked + 90 * HOUR, "complete"),
        ]
    if fate < 0.095:  # a return after completion: the money is corrected afterwards
        asked = confirmed + chance.randrange(10, 60) * HOUR
        return [
            (confirmed, "complete"),
            (asked, "late_return"),
            (asked + 30 * HOUR, "late_return_accepted"),
        ]
    return [(confirmed, "complete")]
