"""From TikTok Shop's listings and stock to domain values: pure functions (section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entrosdk.adapters.tiktok import wire_products as goods
from entrosdk.adapters.tiktok.manifest import NAME
from entrosdk.adapters.tiktok.mapping import money
from entrosdk.adapters.tiktok.words import PRODUCT_STATUS
from entrosdk.domain.money import Money
from entrosdk.domain.product import Product, ProductStatus, StockLevel, Variant
from entrosdk.spi.adapter import Access
from entrosdk.spi.wire import Misfit, instant

__all__ = ["product"]


def product(body: goods.Product, stock: goods.Stock | None, access: Access) -> Product:
    """Map a listing; `stock` tells what is reserved and locked, the listing only what is free.

    Units that a campaign holds are sold in it, so they are locked and sellable at once.

    A listing with a single variant has one with an id too: orders and stock go by it.
    """
    told = (sku.price.currency for sku in body.skus if sku.price)
    currency = next((word for word in told if word), access.region.currency)
    levels = {row.id: row for row in stock.skus} if stock else {}
    return Product(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.id,
        title=body.title,
        status=PRODUCT_STATUS.get(body.status, ProductStatus.UNKNOWN),
        raw_status=body.status,
        category_id=body.category_chains[-1].id if body.category_chains else "",
        currency=currency,
        variants=tuple(_variant(sku, levels, currency) for sku in body.skus),
        image_urls=tuple(image.urls[0] for image in body.main_images if image.urls),
        created_at=instant(body.create_time),
        updated_at=instant(body.update_time),
        source=body,
    )


def _variant(sku: goods.Sku, levels: Mapping[str, goods.SkuStock], currency: str) -> Variant:
    price = _price(sku, currency)
    listed = sku.list_price.amount if sku.list_price else None
    return Variant(
        id=sku.id,
        sku=sku.seller_sku,
        options=tuple((row.name, row.value_name) for row in sku.sales_attributes),
        list_price=price if listed is None else money(listed, currency, "skus.list_price"),
        price=price,
        stock=_stock(sku, levels.get(sku.id)),
        raw_status=sku.status_info.status if sku.status_info else "",
    )


def _price(sku: goods.Sku, currency: str) -> Money:
    """Read the shelf price: for local sellers both names mean it, and one may be missing (4.3)."""
    told = sku.price or goods.Price()
    amount = told.tax_exclusive_price if told.sale_price is None else told.sale_price
    if amount is None:
        raise Misfit("skus.price: missing")
    return money(amount, currency, "skus.price")


def _stock(sku: goods.Sku, told: goods.SkuStock | None) -> tuple[StockLevel, ...]:
    if told is None or not told.warehouse_inventory:
        return tuple(
            StockLevel(warehouse_id=row.warehouse_id, sellable=row.quantity)
            for row in sku.inventory
        )
    rows = told.warehouse_inventory
    return tuple(
        StockLevel(
            warehouse_id=row.warehouse_id,
            sellable=row.available_quantity,
            locked=part,
            reserved=row.committed_quantity,
        )
        for row, part in zip(rows, _locked(told), strict=True)
    )


def _locked(told: goods.SkuStock) -> list[int]:
    """Return what campaigns hold of a variant in each of its warehouses."""
    held = _held(told.total_available_inventory_distribution)
    return _spread(held, [row.available_quantity for row in told.warehouse_inventory])


def _held(told: goods.Distribution | None) -> int:
    if told is None:
        return 0
    return sum(row.quantity for row in (*told.campaign_inventory, *told.creator_inventory))


def _spread(held: int, available: Sequence[int]) -> list[int]:
    """Spread what campaigns hold: it is told for all warehouses together, as a part of theirs."""
    parts = []
    for quantity in available:
        part = max(0, min(held, quantity))
        parts.append(part)
        held -= part
    return parts
