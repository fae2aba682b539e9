"""Takes one order's money apart: what the buyer paid, what was kept, what is the seller's."""

from datetime import timedelta

from sandbox import settings

from entrosdk import OrderStatus, connect
from entrosdk.domain.money import total

with connect(**settings()) as shop:
    since = shop.now() - timedelta(days=30)
    order = next(
        order
        for order in shop.orders.list(updated_from=since)
        if order.status is OrderStatus.COMPLETED
    )
    payments = shop.payments.for_order(order.id)

print(f"order {order.id}, the buyer paid {order.totals.total}")
for payment in payments:
    print(f"{payment.amount.minor:>12,}  {payment.kind:<18}  {payment.raw_kind}")
print(f"{total((p.amount for p in payments), order.currency).minor:>12,}  is the seller's")
