"""Products with variants and their stock."""

from __future__ import annotations

from collections.abc import Sequence

from entrosdk import Product as SdkProduct
from entrosdk.sync.sink import Commit, Written
from reference_app.records.models import Product, Variant
from reference_app.records.writers.versions import sort_out, upsert
from reference_app.stores.models import Store

__all__ = ["write"]


def write(store: Store, commit: Commit, products: Sequence[SdkProduct]) -> Written:
    """Store the products of a commit."""
    found = sort_out(
        Product, store, products, lambda p: (p.id, p.updated_at), read_at=commit.read_at
    )
    if not found.fresh:
        return found.written
    rows = [_row(store, product, commit) for product in found.fresh]
    upsert(Product, rows)
    Variant.objects.filter(product__in=[row.pk for row in rows]).delete()
    Variant.objects.bulk_create(
        variant
        for row, product in zip(rows, found.fresh, strict=True)
        for variant in _variants(row, product)
    )
    return found.written


def _row(store: Store, product: SdkProduct, commit: Commit) -> Product:
    return Product(
        merchant_id=store.merchant_id,
        store=store,
        external_id=product.id,
        updated_at=product.updated_at,
        read_at=commit.read_at,
        title=product.title[:500],
        status=product.status.value,
        raw_status=product.raw_status[:60],
        category_id=product.category_id,
        sku=product.sku[:120],
        currency=product.currency,
    )


def _variants(row: Product, product: SdkProduct) -> list[Variant]:
    return [
        Variant(
            product=row,
            external_id=variant.id,
            sku=variant.sku[:120],
            options=[list(option) for option in variant.options],
            list_price_minor=variant.list_price.minor,
            price_minor=variant.price.minor,
            stock=[
                [level.warehouse_id, level.sellable, level.locked, level.reserved]
                for level in variant.stock
            ],
        )
        for variant in product.variants
    ]
