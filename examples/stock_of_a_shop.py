"""Prints what can be sold, per variant, and what is held by campaigns and orders."""

from sandbox import settings

from entrosdk import connect

with connect(**settings()) as shop:
    for product in shop.products.list():
        for variant in product.variants:
            locked = sum(level.locked for level in variant.stock)
            reserved = sum(level.reserved for level in variant.stock)
            name = " ".join(value for _, value in variant.options) or "-"
            print(
                f"{variant.sku:<16}{variant.sellable:>6} to sell {locked:>4} locked "
                f"{reserved:>4} reserved  {product.title}, {name}"
            )
