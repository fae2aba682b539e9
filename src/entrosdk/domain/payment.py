"""Money between a marketplace and a seller."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from entrosdk.domain.money import Money

__all__ = ["Payment", "PaymentKind", "PaymentQuery", "Payout", "PayoutStatus"]


class PaymentKind(StrEnum):
    """The normalised kinds of money movement; the platform's own code stays in `raw_kind`."""

    ITEM_PRICE = "item_price"
    SELLER_DISCOUNT = "seller_discount"
    PLATFORM_DISCOUNT = "platform_discount"
    SELLER_VOUCHER = "seller_voucher"
    PLATFORM_VOUCHER = "platform_voucher"
    COINS = "coins"
    BUYER_SHIPPING = "buyer_shipping"
    ACTUAL_SHIPPING = "actual_shipping"
    SHIPPING_REBATE = "shipping_rebate"
    RETURN_SHIPPING = "return_shipping"
    FAILED_DELIVERY = "failed_delivery"
    COMMISSION = "commission"
    PAYMENT_FEE = "payment_fee"
    SERVICE_FEE = "service_fee"
    ORDER_PROCESSING = "order_processing"
    SHIPPING_PROTECTION = "shipping_protection"
    AFFILIATE = "affiliate"
    FULFILMENT = "fulfilment"
    ADS = "ads"
    PENALTY = "penalty"
    CAMPAIGN = "campaign"
    COMPENSATION = "compensation"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    TAX_VAT_WITHHELD = "tax_vat_withheld"
    TAX_PIT_WITHHELD = "tax_pit_withheld"
    OTHER = "other"


class PayoutStatus(StrEnum):
    """How far a transfer to the seller's bank got."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class Payment:
    """One signed movement: plus is towards the seller, minus is away from the seller.

    The payments of an order add up to the marketplace's own payout figure of that order.
    `source_id` names the marketplace's record the movement was read from (an order's escrow, a
    wallet row); a record is stored and replaced as a whole.
    `order_id` is empty for movements of the shop, `settled_at` is `None` until the money is the
    seller's.
    `derived` is true where the marketplace has no such record and we computed it.
    """

    marketplace: str
    shop_id: str
    id: str
    source_id: str
    order_id: str = ""
    kind: PaymentKind
    raw_kind: str
    amount: Money
    occurred_at: datetime
    settled_at: datetime | None = None
    payout_id: str | None = None
    derived: bool = False


@frozen(kw_only=True)
class Payout:
    """A transfer of the seller's balance to the bank. `period` is the half-open span it settles."""

    marketplace: str
    shop_id: str
    id: str
    amount: Money
    currency: str
    period: tuple[datetime, datetime] | None = None
    status: PayoutStatus
    raw_status: str
    requested_at: datetime
    paid_at: datetime | None = None


@frozen(kw_only=True)
class PaymentQuery:
    """Which money to list: a half-open window over the time it was settled."""

    settled_from: datetime
    settled_to: datetime
