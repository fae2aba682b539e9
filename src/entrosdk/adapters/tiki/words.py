"""Tiki's status words and what they mean, as data (fact book sections 3.1, 3.4, 3.5, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.product import ProductStatus
from entrosdk.domain.writing import SubmissionState

__all__ = [
    "CONFIRMATION",
    "DELIVERED",
    "EVENTS",
    "FULFILMENT",
    "INVENTORY",
    "ORDER_STATUS",
    "PRODUCT_STATUS",
    "QUEUEING",
    "SUBMISSION",
    "WAITING",
]

QUEUEING = "queueing"
"""The one status that needs a look at the lines: it may stay after the seller confirmed (#294)."""

WAITING = "waiting"
"""A line the seller has not confirmed yet."""

ORDER_STATUS: Mapping[str, OrderStatus] = {
    "waiting_payment": OrderStatus.UNPAID,
    "payment_review": OrderStatus.UNPAID,
    # Not accepted by Tiki yet: only orders that reached `queueing` are the seller's (3.2).
    "paid": OrderStatus.ON_HOLD,
    "processing": OrderStatus.ON_HOLD,
    "holded": OrderStatus.ON_HOLD,
    QUEUEING: OrderStatus.TO_SHIP,
    # Confirmed: the seller packs and waits for the pickup, or Tiki does.
    "seller_confirmed": OrderStatus.PACKED,  # v1
    "picking": OrderStatus.PACKED,
    "packaging": OrderStatus.PACKED,
    "finished_packing": OrderStatus.PACKED,
    "ready_to_ship": OrderStatus.PACKED,
    "handover_to_partner": OrderStatus.SHIPPED,
    "shipping": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "successful_delivery": OrderStatus.DELIVERED,
    "complete": OrderStatus.COMPLETED,
    "closed": OrderStatus.COMPLETED,
    "canceled": OrderStatus.CANCELLED,
    "seller_canceled": OrderStatus.CANCELLED,  # v1
    "returned": OrderStatus.RETURNED,
}

DELIVERED = ("delivered", "successful_delivery", "complete", "closed", "returned")
"""Orders whose income is no estimate any more (section 5)."""

CONFIRMATION = frozenset(
    {WAITING, "seller_confirmed", "seller_canceled", "confirmed", "ready_to_pick"}
)

FULFILMENT = frozenset(
    {"tiki_delivery", "dropship", "seller_delivery", "cross_border", "instant_delivery"}
)

INVENTORY = frozenset({"backorder", "instock", "preorder"})

PRODUCT_STATUS: Mapping[str, ProductStatus] = {
    # The words of the batch update (section 4.4); the list tells them as two flags.
    "enabled": ProductStatus.ACTIVE,
    "disabled": ProductStatus.INACTIVE,
    "hidden": ProductStatus.INACTIVE,
}

EVENTS = (
    "ORDER_CREATED_SUCCESSFULLY",
    "ORDER_STATUS_UPDATED",
    "PRODUCT_PRICE_UPDATED",
    "PRODUCT_MARKET_PRICE_UPDATED",
    "PRODUCT_INVENTORY_UPDATED",
)
"""Event types of a queue (section 7.1); more exist whose names were not seen."""

SUBMISSION: Mapping[str, SubmissionState] = {
    # "queuing" here, "queueing" for orders (quirk 1)
    "queuing": SubmissionState.REVIEWING,
    "processing": SubmissionState.REVIEWING,
    "drafted": SubmissionState.REVIEWING,
    "bot_awaiting_approve": SubmissionState.REVIEWING,
    "md_awaiting_approve": SubmissionState.REVIEWING,
    "awaiting_approve": SubmissionState.REVIEWING,
    "approved": SubmissionState.DONE,
    "rejected": SubmissionState.REFUSED,
    "deleted": SubmissionState.REFUSED,
}
"""States of product requests (section 4.5)."""
