"""Products, variants, stock and warehouses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from entrosdk.domain.money import Money
from entrosdk.domain.source import deferring

__all__ = ["Product", "ProductQuery", "ProductStatus", "StockLevel", "Variant", "Warehouse"]


class ProductStatus(StrEnum):
    """Whether buyers can see a listing; the platform's own word is kept in `raw_status`."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DRAFT = "DRAFT"
    REVIEWING = "REVIEWING"
    BLOCKED = "BLOCKED"
    DELETED = "DELETED"
    UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class StockLevel:
    """Stock of one variant in one warehouse.

    `sellable` is what buyers can buy now, `locked` is held by a campaign, `reserved` is held by
    orders not yet handed over.
    `warehouse_id` is empty in a shop with a single, unnamed warehouse.
    """

    warehouse_id: str = ""
    sellable: int
    locked: int = 0
    reserved: int = 0


@frozen(kw_only=True)
class Variant:
    """What a buyer puts into the cart.

    A product without variants has exactly one, whose `id` is empty.
    `options` pairs option names with values, in the platform's order.
    """

    id: str = ""
    sku: str = ""
    options: tuple[tuple[str, str], ...] = ()
    list_price: Money
    price: Money
    stock: tuple[StockLevel, ...] = ()
    raw_status: str = ""

    @property
    def sellable(self) -> int:
        """Units buyers can buy now, over all warehouses."""
        return sum(level.sellable for level in self.stock)


@deferring
@frozen(kw_only=True)
class Product:
    """A listing of one shop. `source` is the marketplace's own typed body."""

    marketplace: str
    shop_id: str
    id: str
    title: str
    status: ProductStatus
    raw_status: str
    category_id: str = ""
    sku: str = ""
    currency: str
    variants: tuple[Variant, ...]
    image_urls: tuple[str, ...] = field(default=(), repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    source: Any = field(default=None, repr=False, eq=False)


@frozen(kw_only=True)
class ProductQuery:
    """Which products to list: a window over the update time, or a status word."""

    updated_from: datetime | None = None
    updated_to: datetime | None = None
    raw_status: str | None = None


@frozen(kw_only=True)
class Warehouse:
    """A place a shop ships from or takes returns at."""

    id: str
    name: str = ""
    is_default: bool = False
    takes_returns: bool = False
    region: str = ""
