"""Shopee's words for what the world knows (book 3.4, 3.5, 6.2)."""

from __future__ import annotations

from entrosdk.sandbox.catalogue import Product
from entrosdk.sandbox.orders import Goods, Order, Parcel, Return, ReturnStage, Stage

__all__ = ["GOODS", "PARCELS", "RETURNS", "STAGES", "item_status", "return_status", "status"]

STAGES: dict[str, str] = {
    Stage.UNPAID: "UNPAID",
    Stage.ON_HOLD: "PENDING",
    Stage.TO_SHIP: "READY_TO_SHIP",
    Stage.RETRY_SHIP: "RETRY_SHIP",
    Stage.PACKED: "PROCESSED",
    Stage.SHIPPED: "SHIPPED",
    Stage.DELIVERED: "TO_CONFIRM_RECEIVE",
    Stage.COMPLETED: "COMPLETED",
    Stage.CANCELLING: "IN_CANCEL",
    Stage.CANCELLED: "CANCELLED",
    Stage.RETURNING: "TO_RETURN",
}

PARCELS: dict[str, str] = {
    Parcel.NONE: "LOGISTICS_NOT_START",
    Parcel.READY: "LOGISTICS_READY",
    Parcel.REQUESTED: "LOGISTICS_REQUEST_CREATED",
    Parcel.RETRY: "LOGISTICS_PICKUP_RETRY",
    Parcel.PICKED_UP: "LOGISTICS_PICKUP_DONE",
    Parcel.DELIVERED: "LOGISTICS_DELIVERY_DONE",
    Parcel.FAILED: "LOGISTICS_DELIVERY_FAILED",
    Parcel.CANCELLED: "LOGISTICS_INVALID",
}

RETURNS: dict[str, str] = {
    ReturnStage.REQUESTED: "REQUESTED",
    ReturnStage.PROCESSING: "PROCESSING",
    ReturnStage.ACCEPTED: "ACCEPTED",
    ReturnStage.DISPUTED: "SELLER_DISPUTE",
    ReturnStage.CANCELLED: "CANCELLED",
}

GOODS: dict[str, str] = {
    Goods.NONE: "",
    Goods.READY: "LOGISTICS_READY",
    Goods.PICKED_UP: "LOGISTICS_PICKUP_DONE",
    Goods.DELIVERED: "LOGISTICS_DELIVERY_DONE",
}


def status(order: Order) -> str:
    """Return Shopee's order status."""
    return STAGES[order.stage]


def return_status(returned: Return) -> str:
    """Return Shopee's return status."""
    return RETURNS[returned.stage]


def item_status(product: Product) -> str:
    """Return Shopee's word for whether buyers can see a product."""
    if product.deleted:
        return "SELLER_DELETE"
    if product.reviewing:
        return "REVIEWING"
    return "NORMAL" if product.listed else "UNLIST"
