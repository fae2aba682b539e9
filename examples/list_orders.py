"""Lists the orders of the last seven days."""

from datetime import timedelta

from sandbox import settings

from entrosdk import connect

with connect(**settings()) as shop:
    since = shop.now() - timedelta(days=7)
    for order in shop.orders.list(updated_from=since):
        skus = ", ".join(f"{line.quantity} × {line.sku}" for line in order.lines)
        print(f"{order.id}  {order.status:<10}  {order.totals.total}  {skus}")
