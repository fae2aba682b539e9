"""The steps an order's story is made of: what the buyer, the carrier and the platform do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING

from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import Goods, Order, Parcel, Return, ReturnStage, Stage

if TYPE_CHECKING:
    from entrosdk.sandbox.shop import ShopWorld

__all__ = ["FORCED", "STEPS", "cancel", "force", "move_return"]

_REASONS = ("ITEM_DAMAGED", "WRONG_ITEM", "DIFF_DESC", "NOT_RECEIPT")


def force(shop: ShopWorld, order: Order, stage: Stage, now: int) -> None:
    """Put an order where a test wants it; the rest of its story is dropped."""
    shop.forget(order)
    for what in FORCED[stage]:
        if what == "deliver" and not order.paid:
            order.paid = now
        STEPS[what](shop, order, now)


def cancel(shop: ShopWorld, order: Order, moment: int, by: str, reason: str) -> None:
    """End an order; what was not handed over yet can be sold again."""
    order.cancelled_by, order.cancel_reason = by, reason
    shop.give_back(order)
    parcel = Parcel.FAILED if order.picked_up else Parcel.CANCELLED
    shop.touch(order, moment, Stage.CANCELLED, parcel)


def move_return(
    shop: ShopWorld, order: Order, moment: int, stage: ReturnStage, goods: Goods
) -> None:
    """Move an order's latest return on."""
    returned = order.returns[-1]
    old, returned.stage = returned.stage, stage
    returned.goods, returned.updated = goods, moment
    shop.tell(Change("return", moment, order, returned, old=old, new=stage))


# Before the parcel


def _screened(shop: ShopWorld, order: Order, moment: int) -> None:
    shop.touch(order, moment, order.stage, Parcel.READY)


def _pay(shop: ShopWorld, order: Order, moment: int) -> None:
    order.paid = moment
    shop.touch(order, moment, shop.trade.paid, Parcel.READY)


def _free(shop: ShopWorld, order: Order, moment: int) -> None:
    """The platform lets an order go that it had held back."""
    shop.touch(order, moment, Stage.TO_SHIP, Parcel.READY)


def _unpaid_timeout(shop: ShopWorld, order: Order, moment: int) -> None:
    cancel(shop, order, moment, "system", "Unpaid Order")


def _ask_cancel(shop: ShopWorld, order: Order, moment: int) -> None:
    order.cancel_reason = "Need to change delivery address"
    order.asked_cancel = moment
    shop.touch(order, moment, Stage.CANCELLING)


def _accept_cancel(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.stage is Stage.CANCELLING:
        cancel(shop, order, moment, "buyer", order.cancel_reason)


def _refuse_cancel(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.stage is Stage.CANCELLING:
        order.cancel_reason = ""
        arranged = order.parcel is Parcel.REQUESTED and order.tracked
        shop.touch(order, moment, Stage.PACKED if arranged else Stage.TO_SHIP)


def _seller_cancel(shop: ShopWorld, order: Order, moment: int) -> None:
    cancel(shop, order, moment, "seller", "Out of Stock")


# The parcel


def _ship(shop: ShopWorld, order: Order, moment: int) -> None:
    shop.touch(order, moment, order.stage, Parcel.REQUESTED)


def _process(shop: ShopWorld, order: Order, moment: int) -> None:
    # The number comes after the request, asynchronously.
    order.tracked = True
    shop.tell(Change("tracking", moment, order))
    shop.touch(order, moment, Stage.PACKED)


def _pickup_failed(shop: ShopWorld, order: Order, moment: int) -> None:
    shop.touch(order, moment, Stage.RETRY_SHIP, Parcel.RETRY)


def _pickup(shop: ShopWorld, order: Order, moment: int) -> None:
    order.picked_up = moment
    shop.touch(order, moment, Stage.SHIPPED, Parcel.PICKED_UP)


def _deliver(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.cod:
        order.paid = moment  # cash changes hands at the door
    order.delivered = moment
    shop.touch(order, moment, Stage.DELIVERED, Parcel.DELIVERED)


def _delivery_failed(shop: ShopWorld, order: Order, moment: int) -> None:
    cancel(shop, order, moment, "system", "Failed Delivery")


def _complete(shop: ShopWorld, order: Order, moment: int) -> None:
    shop.touch(order, moment, Stage.COMPLETED)
    order.released = moment
    shop.trade.ledger.release(shop, order, moment)


# Returns


def _return_goods(shop: ShopWorld, order: Order, moment: int) -> None:
    _return(shop, order, moment, goods_back=True)
    shop.touch(order, moment, Stage.RETURNING)


def _return_refund(shop: ShopWorld, order: Order, moment: int) -> None:
    _return(shop, order, moment, goods_back=False)
    shop.touch(order, moment, Stage.RETURNING)


def _late_return(shop: ShopWorld, order: Order, moment: int) -> None:
    _return(shop, order, moment, goods_back=False, late=True)


def _return_processing(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.returns[-1].stage is ReturnStage.REQUESTED:
        move_return(shop, order, moment, ReturnStage.PROCESSING, Goods.READY)


def _return_shipped(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.returns[-1].stage is ReturnStage.PROCESSING:
        move_return(shop, order, moment, ReturnStage.PROCESSING, Goods.PICKED_UP)


def _return_accepted(shop: ShopWorld, order: Order, moment: int) -> None:
    if order.returns[-1].stage is ReturnStage.DISPUTED:  # the platform decides that, later
        return
    back = order.returns[-1].goods_back
    goods = Goods.DELIVERED if back else Goods.NONE
    move_return(shop, order, moment, ReturnStage.ACCEPTED, goods)
    shop.touch(order, moment, order.stage)


def _return_judged(shop: ShopWorld, order: Order, moment: int) -> None:
    """The platform decides a dispute; which way is drawn from the seed."""
    if _seller_wins(shop, order):
        move_return(shop, order, moment, ReturnStage.CANCELLED, Goods.NONE)
    else:
        move_return(shop, order, moment, ReturnStage.ACCEPTED, Goods.NONE)
    shop.touch(order, moment, Stage.DELIVERED)


def _seller_wins(shop: ShopWorld, order: Order) -> bool:
    return Random(f"{shop.seed}:dispute:{order.returns[-1].id}").random() < 0.5


def _return_cancelled(shop: ShopWorld, order: Order, moment: int) -> None:
    move_return(shop, order, moment, ReturnStage.CANCELLED, Goods.NONE)
    shop.touch(order, moment, Stage.DELIVERED)


def _late_return_accepted(shop: ShopWorld, order: Order, moment: int) -> None:
    move_return(shop, order, moment, ReturnStage.ACCEPTED, Goods.NONE)
    refund = order.returns[-1].refund
    order.adjustments.append((-refund, moment, "RR after escrow verified"))
    shop.touch(order, moment, order.stage)
    shop.trade.ledger.correct(shop, order, moment, -refund)


def _late_return_judged(shop: ShopWorld, order: Order, moment: int) -> None:
    if _seller_wins(shop, order):
        move_return(shop, order, moment, ReturnStage.CANCELLED, Goods.NONE)
    else:
        _late_return_accepted(shop, order, moment)


def _return(
    shop: ShopWorld, order: Order, moment: int, *, goods_back: bool, late: bool = False
) -> None:
    line = order.lines[0]
    chance = Random(f"{shop.seed}:return:{order.id}")
    returned = Return(
        id=shop.trade.ids.returned(chance, moment),
        order=order,
        line=line,
        quantity=line.quantity,
        refund=max(0, line.unit_price * line.quantity - order.seller_voucher),
        created=moment,
        updated=moment,
        goods_back=goods_back,
        after_completion=late,
        reason=chance.choice(_REASONS),
    )
    order.returns.append(returned)
    shop.returns[returned.id] = returned
    shop.tell(Change("return", moment, order, returned, new=ReturnStage.REQUESTED))


STEPS: Mapping[str, Callable[[ShopWorld, Order, int], None]] = {
    "screened": _screened,
    "pay": _pay,
    "free": _free,
    "unpaid_timeout": _unpaid_timeout,
    "ask_cancel": _ask_cancel,
    "accept_cancel": _accept_cancel,
    "refuse_cancel": _refuse_cancel,
    "seller_cancel": _seller_cancel,
    "ship": _ship,
    "process": _process,
    "pickup_failed": _pickup_failed,
    "pickup": _pickup,
    "deliver": _deliver,
    "delivery_failed": _delivery_failed,
    "complete": _complete,
    "return_goods": _return_goods,
    "return_refund": _return_refund,
    "late_return": _late_return,
    "return_processing": _return_processing,
    "return_shipped": _return_shipped,
    "return_accepted": _return_accepted,
    "return_judged": _return_judged,
    "return_cancelled": _return_cancelled,
    "late_return_accepted": _late_return_accepted,
    "late_return_judged": _late_return_judged,
}

FORCED: Mapping[Stage, tuple[str, ...]] = {
    Stage.TO_SHIP: ("pay",),
    Stage.PACKED: ("ship", "process"),
    Stage.SHIPPED: ("process", "pickup"),
    Stage.DELIVERED: ("deliver",),
    Stage.COMPLETED: ("deliver", "complete"),
    Stage.CANCELLING: ("ask_cancel",),
    Stage.CANCELLED: ("seller_cancel",),
    Stage.RETURNING: ("deliver", "return_goods"),
}
