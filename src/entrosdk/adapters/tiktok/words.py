"""TikTok Shop's status words and what they mean, as data (fact book sections 3.4, 4, 6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.product import ProductStatus
from entrosdk.domain.returns import GoodsState, MoneyState

__all__ = [
    "GOODS_STATE",
    "LINE_STATUS",
    "MONEY_STATE",
    "ORDER_STATUS",
    "PACKAGE_STATUS",
    "PRODUCT_STATUS",
    "RETURN_STATUS",
    "RETURN_TYPES",
    "SELLER_REASONS",
    "UNSHIPPED",
]

ORDER_STATUS: Mapping[str, OrderStatus] = {
    "UNPAID": OrderStatus.UNPAID,
    "ON_HOLD": OrderStatus.ON_HOLD,
    "AWAITING_SHIPMENT": OrderStatus.TO_SHIP,
    "PARTIALLY_SHIPPING": OrderStatus.TO_SHIP,  # packages are left to ship
    "AWAITING_COLLECTION": OrderStatus.PACKED,
    "IN_TRANSIT": OrderStatus.SHIPPED,
    "DELIVERED": OrderStatus.DELIVERED,
    "COMPLETED": OrderStatus.COMPLETED,
    "CANCELLED": OrderStatus.CANCELLED,
}

UNSHIPPED = frozenset({"UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"})
"""Where a buyer's open request to cancel stops everything else (21008044)."""

LINE_STATUS = frozenset(
    {
        "UNPAID",
        "AWAITING_SHIPMENT",
        "AWAITING_COLLECTION",
        "IN_TRANSIT",
        "DELIVERED",
        "COMPLETED",
        "CANCELLED",
        "TO_SHIP",  # old samples
    }
)

PACKAGE_STATUS = frozenset({"TO_FULFILL", "PROCESSING", "FULFILLING", "COMPLETED", "CANCELLED"})

PRODUCT_STATUS: Mapping[str, ProductStatus] = {
    "DRAFT": ProductStatus.DRAFT,
    "PENDING": ProductStatus.REVIEWING,
    "FAILED": ProductStatus.BLOCKED,  # the review refused it
    "ACTIVATE": ProductStatus.ACTIVE,
    "SCHEDULED": ProductStatus.INACTIVE,
    "SELLER_DEACTIVATED": ProductStatus.INACTIVE,
    "PLATFORM_DEACTIVATED": ProductStatus.BLOCKED,
    "FREEZE": ProductStatus.BLOCKED,
    "DELETED": ProductStatus.DELETED,
}

_UNPAID_REASONS = (
    ("seller_cancel_unpaid_reason_out_of_stock", "Hết hàng"),
    ("seller_cancel_unpaid_reason_wrong_price", "Sai giá"),
    (
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed",
        "Người mua không thanh toán đúng hạn",
    ),
)
_PAID_REASONS = (
    ("seller_cancel_reason_out_of_stock", "Hết hàng"),
    ("seller_cancel_reason_wrong_price", "Sai giá"),
    ("seller_cancel_paid_reason_address_not_deliver", "Không giao được đến địa chỉ này"),
)

SELLER_REASONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "UNPAID": _UNPAID_REASONS,
    "ON_HOLD": _PAID_REASONS,
    "AWAITING_SHIPMENT": _PAID_REASONS,
    "PARTIALLY_SHIPPING": _PAID_REASONS,
    "AWAITING_COLLECTION": _PAID_REASONS,
}
"""What a Vietnamese seller may say when cancelling, by the order's status (section 6.4)."""

RETURN_TYPES = frozenset({"REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE"})

# Status, where the money is, where goods that come back are. "Success" is an approval that is
# being carried out, "complete" its end (section 6.2).
_RETURN = (
    ("RETURN_OR_REFUND_REQUEST_PENDING", MoneyState.PENDING, GoodsState.EXPECTED),
    ("REFUND_OR_RETURN_REQUEST_REJECT", MoneyState.DENIED, GoodsState.CANCELLED),
    ("AWAITING_BUYER_SHIP", MoneyState.PENDING, GoodsState.EXPECTED),
    ("AWAITING_BUYER_RESPONSE", MoneyState.PENDING, GoodsState.EXPECTED),
    ("BUYER_SHIPPED_ITEM", MoneyState.PENDING, GoodsState.IN_TRANSIT),
    ("REJECT_RECEIVE_PACKAGE", MoneyState.PENDING, GoodsState.RECEIVED),
    ("RETURN_OR_REFUND_REQUEST_SUCCESS", MoneyState.PENDING, GoodsState.RECEIVED),
    ("RETURN_OR_REFUND_REQUEST_CANCEL", MoneyState.NONE, GoodsState.CANCELLED),
    ("RETURN_OR_REFUND_REQUEST_COMPLETE", MoneyState.REFUNDED, GoodsState.RECEIVED),
    ("REPLACEMENT_REQUEST_PENDING", MoneyState.NONE, GoodsState.EXPECTED),
    ("REPLACEMENT_REQUEST_REJECT", MoneyState.NONE, GoodsState.CANCELLED),
    ("REPLACEMENT_REQUEST_REFUND_SUCCESS", MoneyState.REFUNDED, GoodsState.NONE),
    ("REPLACEMENT_REQUEST_CANCEL", MoneyState.NONE, GoodsState.CANCELLED),
    ("REPLACEMENT_REQUEST_COMPLETE", MoneyState.NONE, GoodsState.UNKNOWN),
    ("EXCHANGE_REQUEST_PENDING", MoneyState.NONE, GoodsState.EXPECTED),
    ("EXCHANGE_REQUEST_REFUND_SUCCESS", MoneyState.REFUNDED, GoodsState.NONE),
    ("EXCHANGE_REQUEST_CANCEL", MoneyState.NONE, GoodsState.CANCELLED),
    ("EXCHANGE_REQUEST_COMPLETE", MoneyState.NONE, GoodsState.UNKNOWN),
)

RETURN_STATUS = frozenset(status for status, _, _ in _RETURN)
MONEY_STATE: Mapping[str, MoneyState] = {status: money for status, money, _ in _RETURN}
GOODS_STATE: Mapping[str, GoodsState] = {status: goods for status, _, goods in _RETURN}
