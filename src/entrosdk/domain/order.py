"""Orders, their lines, packages and recipients."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from entrosdk.domain.money import Money
from entrosdk.domain.source import deferring

__all__ = [
    "Order",
    "OrderLine",
    "OrderQuery",
    "OrderStatus",
    "OrderTotals",
    "Package",
    "Recipient",
]


class OrderStatus(StrEnum):
    """Where an order stands, in words all marketplaces share.

    A status word we do not know becomes `UNKNOWN`; the platform's own word is always kept in
    `raw_status`.
    """

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    TO_SHIP = "TO_SHIP"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class OrderLine:
    """One product variant on an order; per-unit rows of a marketplace are folded into one line.

    Prices are for one unit, discounts for the whole line.
    `variant_id` is empty where the product has no variants.
    """

    id: str
    unit_ids: tuple[str, ...] = ()
    product_id: str
    variant_id: str = ""
    sku: str = ""
    name: str
    quantity: int
    list_price: Money
    unit_price: Money
    seller_discount: Money
    platform_discount: Money
    raw_status: str = ""
    warehouse_id: str = ""
    image_url: str = field(default="", repr=False)


@frozen(kw_only=True)
class OrderTotals:
    """The sums of an order as the buyer sees them; `None` where the marketplace does not say.

    `items` is what the goods cost after item discounts; `total` is what the buyer pays,
    shipping included and vouchers taken off.
    """

    items: Money
    shipping: Money | None = None
    seller_discount: Money | None = None
    platform_discount: Money | None = None
    total: Money | None = None


@frozen(kw_only=True)
class Recipient:
    """Whom a parcel goes to.

    Nothing of it appears in a repr.
    Marketplaces mask these values; `masked` is true when any of them carries stars.
    `region` is the country; `province`, `district` and `ward` keep the platform's own texts,
    whatever administrative reform they follow.
    """

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    province: str = field(default="", repr=False)
    district: str = field(default="", repr=False)
    ward: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    region: str = ""
    masked: bool = False


@frozen(kw_only=True)
class Package:
    """A parcel of an order. `lines` pairs order-line ids with quantities."""

    id: str
    raw_status: str = ""
    carrier: str = ""
    tracking_number: str = ""
    lines: tuple[tuple[str, int], ...] = ()
    warehouse_id: str = ""


@deferring
@frozen(kw_only=True)
class Order:
    """An order of one shop. Times are aware UTC; `source` is the marketplace's own typed body."""

    marketplace: str
    shop_id: str
    id: str
    number: str
    status: OrderStatus
    raw_status: str
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    cod: bool = False
    currency: str
    lines: tuple[OrderLine, ...]
    totals: OrderTotals
    recipient: Recipient | None = None
    packages: tuple[Package, ...] = ()
    buyer_id: str = field(default="", repr=False)
    buyer_note: str = field(default="", repr=False)
    seller_note: str = field(default="", repr=False)
    cancel_reason: str | None = None
    cancelled_by: str | None = None
    payment_method: str = ""
    source: Any = field(default=None, repr=False, eq=False)


@frozen(kw_only=True)
class OrderQuery:
    """Which orders to list: a half-open window [from, to) over one clock, or a status."""

    updated_from: datetime | None = None
    updated_to: datetime | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    raw_status: str | None = None
