"""Lazada's words for what the world knows (book 3.6, 4.1, 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrosdk.sandbox.catalogue import Product
from entrosdk.sandbox.lazada.ledger import unit_ids, units
from entrosdk.sandbox.orders import Goods, Line, Order, Return, ReturnStage, Stage

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = [
    "STAGES",
    "item_status",
    "ofc_status",
    "push_status",
    "return_kind",
    "return_status",
    "row_status",
    "statuses",
]

STAGES: dict[str, str] = {
    Stage.UNPAID: "unpaid",
    Stage.ON_HOLD: "pending",
    Stage.TO_SHIP: "pending",
    Stage.RETRY_SHIP: "ready_to_ship",
    Stage.PACKED: "ready_to_ship",
    Stage.SHIPPED: "shipped",
    Stage.DELIVERED: "delivered",
    Stage.COMPLETED: "confirmed",
    Stage.CANCELLING: "pending",  # with a flag beside it; book 3.8
    Stage.CANCELLED: "canceled",
    Stage.RETURNING: "delivered",  # until the return is through; book 6.2
}

_RETURNS: dict[str, str] = {
    ReturnStage.REQUESTED: "REQUEST_INITIATE",
    ReturnStage.PROCESSING: "RTM_INIT",
    ReturnStage.ACCEPTED: "REFUND_SUCCESS",
    ReturnStage.DISPUTED: "REFUND_PENDING",
    ReturnStage.CANCELLED: "REQUEST_CANCEL",
}

_GOODS: dict[str, str] = {
    Goods.NONE: "INITIAL",
    Goods.READY: "RETURN_INITIATED",
    Goods.PICKED_UP: "RTM_SHIPPING_BACK",
    Goods.DELIVERED: "RTM_RECEIVE_ITEM",
}


def row_status(market: LazadaMarket, order: Order, line: Line, name: str) -> str:
    """Return the status of the unit called `name`, one of a line."""
    if name in market.gone.get(order.id, ()):
        return "canceled"
    for returned in order.returns:
        if returned.line is line and returned.stage is ReturnStage.ACCEPTED:
            return "returned"
    if order.stage is Stage.CANCELLED and order.picked_up:
        return "failed_delivery"
    if order.stage is Stage.PACKED and order.id in market.packed:
        return "packed"
    if order.stage is Stage.TO_SHIP and order.id in market.repacked:
        return "repacked"
    return STAGES[order.stage]


def statuses(market: LazadaMarket, order: Order) -> list[str]:
    """Return the words of all units, each once."""
    rows = zip(units(order), unit_ids(order), strict=True)
    return sorted({row_status(market, order, line, name) for line, name in rows})


def item_status(market: LazadaMarket, product: Product) -> str:
    """Return Lazada's word for whether buyers can see a listing."""
    if product.id in market.deleted:
        return "Deleted"
    if market.reviews.get(product.id, 0) > market.world.now:
        return "Pending QC"
    return "Active" if product.listed else "InActive"


def return_kind(returned: Return) -> str:
    """Return whether goods are to come back."""
    return "RETURN" if returned.goods_back else "ONLY_REFUND"


def return_status(returned: Return) -> str:
    """Return the state of a return's lines."""
    return _RETURNS[returned.stage]


def ofc_status(returned: Return) -> str:
    """Return the state of a return's goods."""
    if returned.stage is ReturnStage.CANCELLED:
        return "RETURN_CANCELED"
    return _GOODS[returned.goods]


def push_status(returned: Return) -> str:
    """Return the word of a push, whose vocabulary is another one; book 7."""
    if not returned.goods_back:
        words = {ReturnStage.REQUESTED: "REFUND_INIT", ReturnStage.ACCEPTED: "REFUND_SUCCESS"}
        return words.get(returned.stage, "REFUND_PENDING")
    if returned.stage is ReturnStage.CANCELLED:
        return "RTM_CANCELED"
    return {
        Goods.PICKED_UP: "RTM_SHIPPING_BACK",
        Goods.DELIVERED: "RTM_RECEIVE_ITEM",
    }.get(returned.goods, "RTM_INIT")
