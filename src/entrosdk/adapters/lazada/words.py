"""Lazada's status words and what they mean, as data (fact book sections 3.6, 4.1, 6.1, 7)."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.product import ProductStatus
from entrosdk.domain.returns import GoodsState, MoneyState

__all__ = [
    "HELD_WORDS",
    "ITEM_STATUS",
    "ITEM_WORDS",
    "OFC_STATUS",
    "REFUSED",
    "REVERSE_STATUS",
    "ROW_STATUS",
]

ROW_STATUS: Mapping[str, OrderStatus] = {
    "unpaid": OrderStatus.UNPAID,
    "pending": OrderStatus.TO_SHIP,
    "topack": OrderStatus.TO_SHIP,
    "repacked": OrderStatus.TO_SHIP,  # its package was dissolved
    "packed": OrderStatus.PACKED,
    "toship": OrderStatus.PACKED,
    "ready_to_ship": OrderStatus.PACKED,
    "ready_to_ship_pending": OrderStatus.PACKED,
    "transit_to_ship": OrderStatus.PACKED,
    "shipping": OrderStatus.SHIPPED,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "confirmed": OrderStatus.COMPLETED,
    "canceled": OrderStatus.CANCELLED,
    # The delivery failed: the goods come back, or are lost, and the sale is off.
    "failed": OrderStatus.RETURNED,
    "failed_delivery": OrderStatus.RETURNED,
    "lost": OrderStatus.RETURNED,
    "lost_by_3pl": OrderStatus.RETURNED,
    "damaged_by_3pl": OrderStatus.RETURNED,
    "shipped_back": OrderStatus.RETURNED,
    "shipped_back_success": OrderStatus.RETURNED,
    "shipped_back_failed": OrderStatus.RETURNED,
    "package_scrapped": OrderStatus.RETURNED,
    "returned": OrderStatus.RETURNED,
}
"""What the state of one unit means; an order's own state is made of its units' (quirk 2)."""

ITEM_STATUS: Mapping[str, ProductStatus] = {
    "active": ProductStatus.ACTIVE,
    "live": ProductStatus.ACTIVE,
    "sold-out": ProductStatus.ACTIVE,
    "inactive": ProductStatus.INACTIVE,
    "pending qc": ProductStatus.REVIEWING,
    "pending": ProductStatus.REVIEWING,
    "rejected": ProductStatus.BLOCKED,
    "suspended": ProductStatus.BLOCKED,
    "deleted": ProductStatus.DELETED,
}
"""What a listing's word means, in lower case: replies, filters and SKUs differ in their case."""

ITEM_WORDS = frozenset({"Active", "InActive", "Pending QC", "Suspended", "Deleted", *ITEM_STATUS})
"""The words of listings as documents and replies write them."""

REFUSED = frozenset({"lock", "reject", "live_reject", "admin"})
"""Sub-states, in lower case, that say that Lazada itself keeps a listing from buyers."""

HELD_WORDS = frozenset({"Lock", "Reject", "Live_Reject", "Admin", *REFUSED})
"""The same as replies write them."""

REVERSE_STATUS: Mapping[str, MoneyState] = {
    "REQUEST_INITIATE": MoneyState.PENDING,
    "REQUEST_REJECT": MoneyState.DENIED,
    "REQUEST_CANCEL": MoneyState.NONE,  # the buyer took the request back
    "CANCEL_SUCCESS": MoneyState.NONE,
    # The vocabulary of pushes; the call's own is an open set, so its words are read as well.
    "CANCEL_INIT": MoneyState.PENDING,
    "CANCEL_REFUND_ISSUED": MoneyState.REFUNDED,
    "RTM_INIT": MoneyState.PENDING,
    "RTM_CANCELED": MoneyState.NONE,
    "RTM_SHIPPING_BACK": MoneyState.PENDING,
    "RTM_RECEIVE_ITEM": MoneyState.PENDING,
    "RTW_INIT": MoneyState.PENDING,
    "RTW_CANCELED": MoneyState.NONE,
    "RTW_SHIPPING_BACK": MoneyState.PENDING,
    "RTW_REJECT": MoneyState.DENIED,
    "RTW_REFUND_PENDING": MoneyState.PENDING,
    "REFUND_INIT": MoneyState.PENDING,
    "REFUND_PENDING": MoneyState.PENDING,
    "REFUND_SUCCESS": MoneyState.REFUNDED,
    "REFUND_REJECTED": MoneyState.DENIED,
}
"""What a return line's state says about the money."""

OFC_STATUS: Mapping[str, GoodsState] = {
    "INITIAL": GoodsState.EXPECTED,
    "RETURN_INITIATED": GoodsState.EXPECTED,
    "RETURN_CANCELED": GoodsState.CANCELLED,
    "RTM_INIT": GoodsState.EXPECTED,
    "RTM_CANCELED": GoodsState.CANCELLED,
    "RTM_SHIPPING_BACK": GoodsState.IN_TRANSIT,
    "RTM_RECEIVE_ITEM": GoodsState.RECEIVED,
    "RTW_INIT": GoodsState.EXPECTED,
    "RTW_CANCELED": GoodsState.CANCELLED,
    "RTW_SHIPPING_BACK": GoodsState.IN_TRANSIT,
}
"""What a return line's logistics say about the goods; an open set (section 12, question 8)."""
