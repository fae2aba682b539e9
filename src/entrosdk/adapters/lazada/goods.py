"""From Lazada's listings to products: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from entrosdk.adapters.lazada import wire_products as wire
from entrosdk.adapters.lazada.ask import zone
from entrosdk.adapters.lazada.manifest import NAME
from entrosdk.adapters.lazada.mapping import money, place
from entrosdk.adapters.lazada.times import maybe
from entrosdk.adapters.lazada.words import ITEM_STATUS, REFUSED
from entrosdk.domain.product import Product, ProductStatus, StockLevel, Variant
from entrosdk.spi.adapter import Access
from entrosdk.spi.wire import Misfit

__all__ = ["product"]


def product(item: wire.Item, access: Access) -> Product:
    """Map a listing; every SKU is a variant, also when it is the only one."""
    currency, local = access.region.currency, zone(access)
    status = _status(item)
    # A deleted listing may have lost its SKUs; that it is gone is still worth telling.
    if not item.skus and status is not ProductStatus.DELETED:
        raise Misfit("skus: missing")
    return Product(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=item.item_id,
        title=_title(item),
        status=status,
        raw_status="/".join(word for word in (item.status, item.sub_status) if word),
        category_id=item.primary_category,
        currency=currency,
        variants=tuple(_variant(sku, item.variation, currency) for sku in item.skus),
        image_urls=item.images,
        created_at=maybe(item.created_time, local, "created_time"),
        updated_at=maybe(item.updated_time, local, "updated_time"),
        source=item,
    )


def _title(item: wire.Item) -> str:
    told = item.attributes.get("name")
    return told if isinstance(told, str) else ""


def _status(item: wire.Item) -> ProductStatus:
    """Read the state; a sub-state says that Lazada holds the listing back, whatever it is in."""
    status = ITEM_STATUS.get(item.status.lower(), ProductStatus.UNKNOWN)
    held = item.sub_status.lower() in REFUSED and status is not ProductStatus.DELETED
    return ProductStatus.BLOCKED if held else status


def _variant(sku: wire.Sku, axes: Sequence[wire.Axis], currency: str) -> Variant:
    """Map a SKU. A special price of 0 is none (section 4.1).

    Its dates are no part of a variant: while one is told, it counts as the present price.
    """
    listed = money(sku.price, currency, "price")
    special = money(sku.special_price, currency, "special_price")
    return Variant(
        id=sku.SkuId,
        sku=sku.SellerSku,
        options=_options(sku, axes),
        list_price=listed,
        price=special or listed,
        stock=_stock(sku),
        raw_status=sku.Status,
    )


def _options(sku: wire.Sku, axes: Sequence[wire.Axis]) -> tuple[tuple[str, str], ...]:
    """Pair labels with values: first the dimensions in their order, then what else is told."""
    labels = {axis.name: axis.label or axis.name for axis in axes}
    extra = sku.__pydantic_extra__ or {}
    told = {name: str(extra[name]) for name in labels if isinstance(extra.get(name), str | int)}
    values = {**told, **sku.saleProp}
    ordered = [
        *(name for name in labels if name in values),
        *(n for n in values if n not in labels),
    ]
    return tuple((labels.get(name, name), values[name]) for name in ordered)


def _stock(sku: wire.Sku) -> tuple[StockLevel, ...]:
    """Map stock by warehouse; a campaign's share is told for all and stands at the first one.

    Warehouses without stock may be absent (section 4.1).
    """
    places = (*sku.multiWarehouseInventories, *sku.fblWarehouseInventories)
    levels = [_level(one) for one in places] or [_single(sku)]
    locked = sum(channel.sellableQuantity for channel in sku.channelInventories)
    return (evolve(levels[0], locked=locked), *levels[1:])


def _level(one: wire.Place) -> StockLevel:
    sellable = one.quantity if one.sellableQuantity is None else one.sellableQuantity
    return StockLevel(
        warehouse_id=place(one.warehouseCode),
        sellable=sellable,
        reserved=one.occupyQuantity + one.withholdQuantity,
    )


def _single(sku: wire.Sku) -> StockLevel:
    # `Available` is missing in a real reply with stock fields (section 4.1).
    told = (one for one in (sku.sellableStock, sku.Available, sku.quantity) if one is not None)
    return StockLevel(sellable=next(told), reserved=sku.occupiedStock + sku.withholdingStock)
