"""Tiki's words for what the world knows (book 3.1, 3.4, 3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from entrosdk.sandbox.orders import Order, Parcel, Stage

__all__ = ["STAGES", "STATUSES", "confirmation", "model", "status"]

STAGES: dict[str, str] = {
    Stage.UNPAID: "waiting_payment",
    Stage.ON_HOLD: "processing",
    Stage.TO_SHIP: "queueing",
    Stage.RETRY_SHIP: "queueing",
    Stage.CANCELLING: "queueing",  # a buyer's cancellation asks no seller
    Stage.PACKED: "picking",
    Stage.SHIPPED: "shipping",
    Stage.DELIVERED: "successful_delivery",
    Stage.COMPLETED: "complete",
    Stage.CANCELLED: "canceled",
    Stage.RETURNING: "returned",
}

_BY_MODEL = {
    ("tiki_delivery", Stage.PACKED): "ready_to_ship",
    ("seller_delivery", Stage.PACKED): "handover_to_partner",
    ("seller_delivery", Stage.SHIPPED): "handover_to_partner",
    ("cross_border", Stage.PACKED): "handover_to_partner",
}

STATUSES = frozenset(
    {
        "waiting_payment",
        "payment_review",
        "paid",
        "processing",
        "queueing",
        "picking",
        "packaging",
        "finished_packing",
        "ready_to_ship",
        "handover_to_partner",
        "shipping",
        "delivered",
        "successful_delivery",
        "complete",
        "canceled",
        "returned",
        "closed",
        "holded",
    }
)

_BEFORE = {Stage.UNPAID, Stage.ON_HOLD, Stage.TO_SHIP, Stage.RETRY_SHIP, Stage.CANCELLING}


def model(order: Order, models: Sequence[str]) -> str:
    """Return the order's fulfilment type: the models take turns."""
    return models[order.number % len(models)]


def status(order: Order, models: Sequence[str]) -> str:
    """Return Tiki's order status."""
    return _BY_MODEL.get((model(order, models), order.stage), STAGES[order.stage])


def confirmation(order: Order, models: Sequence[str], *, rejected: bool) -> str:
    """Return where a line's confirmation stands.

    It comes before the status: an order may be queueing with all its lines confirmed (#294).
    """
    if rejected:
        return "seller_canceled"
    never = order.stage is Stage.CANCELLED and not order.tracked
    if never or (order.stage in _BEFORE and order.parcel is not Parcel.REQUESTED):
        return "waiting"
    dropship = model(order, models) == "dropship"
    return "ready_to_pick" if dropship and order.stage is Stage.PACKED else "seller_confirmed"
