"""TikTok Shop's words for what the world knows (book 3.4, 4.2, 6.2)."""

from __future__ import annotations

from entrosdk.sandbox.orders import Goods, Order, Parcel, Return, ReturnStage, Stage

__all__ = ["STAGES", "package_status", "return_status", "status"]

STAGES: dict[str, str] = {
    Stage.UNPAID: "UNPAID",
    Stage.ON_HOLD: "ON_HOLD",
    Stage.TO_SHIP: "AWAITING_SHIPMENT",
    Stage.RETRY_SHIP: "AWAITING_SHIPMENT",
    Stage.CANCELLING: "AWAITING_SHIPMENT",  # with a flag beside it
    Stage.PACKED: "AWAITING_COLLECTION",
    Stage.SHIPPED: "IN_TRANSIT",
    Stage.DELIVERED: "DELIVERED",
    Stage.RETURNING: "DELIVERED",  # the return has a life of its own
    Stage.COMPLETED: "COMPLETED",
    Stage.CANCELLED: "CANCELLED",
}

_PARCELS: dict[str, str] = {
    Parcel.NONE: "TO_FULFILL",
    Parcel.READY: "TO_FULFILL",
    Parcel.RETRY: "TO_FULFILL",
    Parcel.REQUESTED: "PROCESSING",
    Parcel.PICKED_UP: "FULFILLING",
    Parcel.DELIVERED: "COMPLETED",
    Parcel.FAILED: "CANCELLED",
    Parcel.CANCELLED: "CANCELLED",
}

_RETURNS: dict[str, str] = {
    ReturnStage.REQUESTED: "RETURN_OR_REFUND_REQUEST_PENDING",
    ReturnStage.PROCESSING: "AWAITING_BUYER_SHIP",
    ReturnStage.ACCEPTED: "RETURN_OR_REFUND_REQUEST_COMPLETE",
    ReturnStage.DISPUTED: "REFUND_OR_RETURN_REQUEST_REJECT",
    ReturnStage.CANCELLED: "RETURN_OR_REFUND_REQUEST_CANCEL",
}


def status(order: Order) -> str:
    """Return TikTok Shop's order status."""
    return STAGES[order.stage]


def package_status(order: Order) -> str:
    """Return TikTok Shop's package status."""
    return _PARCELS[order.parcel]


def return_status(returned: Return) -> str:
    """Return TikTok Shop's return status."""
    if returned.stage is ReturnStage.PROCESSING and returned.goods is Goods.PICKED_UP:
        return "BUYER_SHIPPED_ITEM"
    return _RETURNS[returned.stage]
