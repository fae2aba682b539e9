"""Shopee's status words and what they mean, as data (fact book sections 3.4, 3.5, 4.1, 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.product import ProductStatus
from entrosdk.domain.returns import GoodsState, MoneyState

__all__ = [
    "ITEM_STATUS",
    "ORDER_STATUS",
    "PACKAGE_STATUS",
    "POST_RETURN",
    "RETURN_STATUS",
    "REVERSE_STATUS",
]

ORDER_STATUS: Mapping[str, OrderStatus] = {
    "UNPAID": OrderStatus.UNPAID,
    "PENDING": OrderStatus.ON_HOLD,
    "INVOICE_PENDING": OrderStatus.ON_HOLD,
    "READY_TO_SHIP": OrderStatus.TO_SHIP,
    "RETRY_SHIP": OrderStatus.TO_SHIP,  # the pickup failed: arrange again
    "PROCESSED": OrderStatus.PACKED,
    "SHIPPED": OrderStatus.SHIPPED,
    "TO_CONFIRM_RECEIVE": OrderStatus.DELIVERED,
    "IN_CANCEL": OrderStatus.CANCELLING,
    "CANCELLED": OrderStatus.CANCELLED,
    "TO_RETURN": OrderStatus.RETURNED,
    "COMPLETED": OrderStatus.COMPLETED,
}

PACKAGE_STATUS = frozenset(
    {
        "LOGISTICS_NOT_START",
        "LOGISTICS_PENDING_ARRANGE",
        "LOGISTICS_COD_REJECTED",
        "LOGISTICS_READY",
        "LOGISTICS_REQUEST_CREATED",
        "LOGISTICS_PICKUP_DONE",
        "LOGISTICS_PICKUP_FAILED",
        "LOGISTICS_PICKUP_RETRY",
        "LOGISTICS_DELIVERY_DONE",
        "LOGISTICS_DELIVERY_FAILED",
        "LOGISTICS_LOST",
        "LOGISTICS_INVALID",
        "LOGISTICS_REQUEST_CANCELED",
    }
)

ITEM_STATUS: Mapping[str, ProductStatus] = {
    "NORMAL": ProductStatus.ACTIVE,
    "UNLIST": ProductStatus.INACTIVE,
    "REVIEWING": ProductStatus.REVIEWING,
    "BANNED": ProductStatus.BLOCKED,
    "SELLER_DELETE": ProductStatus.DELETED,
    "SHOPEE_DELETE": ProductStatus.DELETED,
    "DELETED": ProductStatus.DELETED,  # older texts
}

RETURN_STATUS: Mapping[str, MoneyState] = {
    "REQUESTED": MoneyState.PENDING,
    "PROCESSING": MoneyState.PENDING,
    "JUDGING": MoneyState.PENDING,
    "SELLER_DISPUTE": MoneyState.PENDING,
    "ACCEPTED": MoneyState.REFUNDED,
    "REFUND_PAID": MoneyState.REFUNDED,  # older word
    "CANCELLED": MoneyState.NONE,  # the buyer took the request back
    "CLOSED": MoneyState.DENIED,
}

POST_RETURN = "POST_RETURN_"
"""Begins the words of the second leg, from Shopee's warehouse to the seller."""

REVERSE_STATUS: Mapping[str, GoodsState] = {
    "LOGISTICS_NOT_START": GoodsState.EXPECTED,
    "LOGISTICS_PENDING_ARRANGE": GoodsState.EXPECTED,
    "LOGISTICS_READY": GoodsState.EXPECTED,
    "LOGISTICS_REQUEST_CREATED": GoodsState.EXPECTED,
    "LOGISTICS_PICKUP_RETRY": GoodsState.EXPECTED,
    "LOGISTICS_PICKUP_FAILED": GoodsState.EXPECTED,
    "LOGISTICS_PICKUP_DONE": GoodsState.IN_TRANSIT,
    "LOGISTICS_DELIVERY_FAILED": GoodsState.IN_TRANSIT,
    "LOGISTICS_DELIVERY_DONE": GoodsState.RECEIVED,
    "LOGISTICS_LOST": GoodsState.LOST,
    "LOGISTICS_INVALID": GoodsState.CANCELLED,
    "LOGISTICS_REQUEST_CANCELED": GoodsState.CANCELLED,
    # Returns in transit and on the spot use plain words
    "Preparing": GoodsState.EXPECTED,
    "Delivery Failed": GoodsState.IN_TRANSIT,
    "Delivered": GoodsState.RECEIVED,
    "Lost": GoodsState.LOST,
    # Warehouse to seller
    "POST_RETURN_LOGISTICS_REQUEST_CREATED": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_REQUEST_CANCELED": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_PICKUP_FAILED": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_PICKUP_RETRY": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_PICKUP_DONE": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_DELIVERY_FAILED": GoodsState.IN_TRANSIT,
    "POST_RETURN_LOGISTICS_DELIVERY_DONE": GoodsState.RECEIVED,
    "POST_RETURN_LOGISTICS_LOST": GoodsState.LOST,
}
