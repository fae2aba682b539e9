"""Products as Tiki prints them: one row for each variant (book 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.tiki.parameters import local

__all__ = ["SELLER", "picture", "product_body", "reserved", "tiki_sku", "title"]

SELLER = {"id": 418207, "name": "Gốm Nhà Mộc Demo"}


def reserved(variant: Variant) -> int:
    """Return the units that orders hold."""
    return variant.withheld + variant.occupied


def product_body(
    product: Product,
    variant: Variant,
    version: str,
    include: frozenset[str],
    levels: Sequence[tuple[int, int, int]],
) -> dict[str, Any]:
    """Return a variant as the product it is; v2 calls its id `id`, v2.1 `product_id`."""
    key = "id" if version == "v2" else "product_id"
    names = [name for name, _ in product.tiers]
    body: dict[str, Any] = {
        key: variant.id,
        "sku": tiki_sku(variant),
        "name": title(product, variant),
        "master_id": variant.id - 1,
        "master_sku": tiki_sku(variant)[::-1],
        "super_id": product.id if product.has_models else 0,
        "super_sku": "",
        "active": 1 if product.listed else 0,
        "is_hidden": False,
        "original_sku": variant.sku,
        "type": "simple",
        "entity_type": "seller_simple",
        "price": variant.price,
        "market_price": variant.list_price,
        "created_at": local(product.created),
        "updated_at": local(product.updated),
        "thumbnail": picture(variant),
        "option_attributes": names or None,
        "attributes": _attributes(product, variant) if "attributes" in include else {},
    }
    return body | _included(product, variant, include, levels)


def _included(
    product: Product,
    variant: Variant,
    include: frozenset[str],
    levels: Sequence[tuple[int, int, int]],
) -> dict[str, Any]:
    primary = {"id": product.category, "name": "Danh mục", "url_key": "danh-muc"}
    stocks = [
        {
            "warehouse_id": place,
            "quantity": 0,  # what Tiki holds itself
            "quantity_available": sellable + held,
            "quantity_reserved": held,
            "quantity_sellable": sellable,
        }
        for place, sellable, held in levels
    ]
    parts: dict[str, Any] = {
        "categories": [{**primary, "is_primary": True}],
        "images": [{"id": None, "url": picture(variant), "position": 0, "is_gallery": True}],
        "seller": SELLER,
        "inventory": {
            "fulfillment_type": "dropship",
            "inventory_type": "backorder",
            "warehouse_stocks": stocks,
        },
    }
    return {name: part for name, part in parts.items() if name in include}


def _attributes(product: Product, variant: Variant) -> dict[str, Any]:
    chosen = zip(product.tiers, variant.options, strict=True)
    return {name: {"id": at + 1, "value": texts[at]} for (name, texts), at in chosen}


def title(product: Product, variant: Variant) -> str:
    """Name a variant by its product and its options."""
    chosen = [texts[at] for (_, texts), at in zip(product.tiers, variant.options, strict=True)]
    return " - ".join([product.title, *chosen])


def tiki_sku(variant: Variant) -> str:
    """Return Tiki's own number of a variant: thirteen digits."""
    return f"{6_200_000_000_000 + variant.id:013}"


def picture(variant: Variant) -> str:
    """Return where a variant's picture would be."""
    return f"https://salt.tikicdn.com/ts/product/demo/{variant.id}.jpg"
