"""Returns: goods and money on two independent tracks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from entrosdk.domain.money import Money
from entrosdk.domain.source import deferring

__all__ = ["GoodsState", "MoneyState", "Return", "ReturnLine", "ReturnQuery"]


class GoodsState(StrEnum):
    """Where the goods of a return are."""

    NONE = "NONE"  # the buyer keeps them
    EXPECTED = "EXPECTED"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    LOST = "LOST"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class MoneyState(StrEnum):
    """What became of the refund."""

    NONE = "NONE"
    PENDING = "PENDING"
    REFUNDED = "REFUNDED"
    DENIED = "DENIED"
    UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class ReturnLine:
    """Units a buyer sends back."""

    product_id: str
    variant_id: str = ""
    sku: str = ""
    name: str = ""
    quantity: int
    refund: Money | None = None


@deferring
@frozen(kw_only=True)
class Return:
    """A return request. `respond_by` is the seller's deadline."""

    marketplace: str
    shop_id: str
    id: str
    order_id: str
    status: str
    lines: tuple[ReturnLine, ...]
    goods_state: GoodsState
    money_state: MoneyState
    reason: str
    refund: Money
    requested_at: datetime
    updated_at: datetime
    respond_by: datetime | None = None
    buyer_text: str = field(default="", repr=False)
    tracking_number: str = ""
    source: Any = field(default=None, repr=False, eq=False)


@frozen(kw_only=True)
class ReturnQuery:
    """Which returns to list: a half-open window over one clock."""

    updated_from: datetime | None = None
    updated_to: datetime | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
