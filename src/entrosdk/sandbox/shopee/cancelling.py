"""Cancelling, answering buyers who want to, splitting, notes (book 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.orders import Order, Parcel
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.lookup import order as found
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

# The seller's word, and the text orders show afterwards (book 3.11).
_REASONS: Mapping[str, str] = {
    "OUT_OF_STOCK": "Out of Stock",
    "CUSTOMER_REQUEST": "Buyer Request to Cancel",
    "COD_NOT_SUPPORTED": "COD Unsupported",
}
_ANSWERS = {"ACCEPT": True, "REJECT": False}


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "order/cancel_order": Endpoint("POST", "shop", _cancel),
        "order/handle_buyer_cancellation": Endpoint("POST", "shop", _answer),
        "order/set_note": Endpoint("POST", "shop", _note),
        "order/split_order": Endpoint("POST", "shop", _split),
        "order/unsplit_order": Endpoint("POST", "shop", _unsplit),
    }


def _cancel(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    order = found(market, given)
    reason = _REASONS.get(given.text("cancel_reason"))
    if reason is None:
        raise Refusal("error_param", "Wrong parameters, detail: cancel_reason is invalid.")
    if order.parcel is Parcel.REQUESTED:  # only before shipping
        raise _late()
    now = market.world.now
    try:
        if given.named("partial_cancel_item_list"):
            parts = _parts(order, given.rows("partial_cancel_item_list"))
            selling.cancel_lines(market.shop, order, now, parts, reason)
        else:
            if given.text("cancel_reason") == "OUT_OF_STOCK":
                _places(order, given.rows("item_list"))
            selling.seller_cancel(market.shop, order, now, reason)
    except WriteRefused as refusal:
        raise _late() from refusal
    return {"update_time": order.updated}


def _late() -> Refusal:
    return Refusal("order.error_limit", "Can not cancel this order")


def _places(order: Order, rows: list[dict[str, Any]]) -> list[int]:
    """Return the places of lines that rows name; raises `Refusal` for a row that names none."""
    known = {f"{line.product.id}:{line.variant.id}": at for at, line in enumerate(order.lines)}
    places = [known.get(f"{row.get('item_id')}:{row.get('model_id') or 0}") for row in rows]
    if None in places:
        raise Refusal("error_param", "Wrong parameters, detail: the item is not in the order.")
    return [place for place in places if place is not None]


def _parts(order: Order, rows: list[dict[str, Any]]) -> dict[int, int]:
    places = _places(order, rows)
    return {
        place: quantity if isinstance(quantity := row.get("model_quantity"), int) else 0
        for place, row in zip(places, rows, strict=True)
    }


def _answer(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    order = found(market, given)
    agree = _ANSWERS.get(given.text("operation"))
    if agree is None:
        raise Refusal("error_param", "Wrong parameters, detail: operation is invalid.")
    try:
        selling.answer_cancellation(market.shop, order, market.world.now, agree=agree)
    except WriteRefused as refusal:
        text = "Invalid order_status.The order status should be IN_CANCEL."
        raise Refusal("order.order_status_invalid", text) from refusal
    return {"update_time": order.updated}


def _note(market: ShopeeMarket, given: Parameters) -> None:
    order = found(market, given)
    order.seller_note, order.noted = given.text("note", ""), market.world.now
    order.bodies.clear()


def _split(market: ShopeeMarket, given: Parameters) -> None:
    """Refuse: splitting needs a permission that this shop does not have."""
    found(market, given)
    if len(given.rows("package_list", 5)) < 2:
        raise Refusal("order.order_split_failed", "At least two packages are needed.")
    raise Refusal("order.order_cannot_split", "The shop has no permission to split orders.")


def _unsplit(market: ShopeeMarket, given: Parameters) -> None:
    found(market, given)
    raise Refusal("order.order_cannot_undo_split", "The order is not split.")
