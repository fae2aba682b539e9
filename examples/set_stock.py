"""Sets the stock of a product's variants and tells what became of each."""

from sandbox import settings

from entrosdk import StockChange, connect

with connect(**settings()) as shop:
    product = next(iter(shop.products.list()))
    changes = [
        StockChange(product_id=product.id, variant_id=variant.id, sku=variant.sku, quantity=30)
        for variant in product.variants
    ]
    for change, result in zip(changes, shop.products.set_stock(changes), strict=True):
        answer = "" if result.ok else f"{result.refusal}: {result.reason}"
        print(f"{change.sku:<16}{change.quantity:>6}  {result.outcome}  {answer}")
