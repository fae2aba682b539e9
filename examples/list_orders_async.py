"""Lists orders on asyncio, then fetches the money of several of them at once."""

import asyncio
from datetime import timedelta

from sandbox import settings

from entrosdk import connect_async


async def main() -> None:
    """Read orders one after the other and money side by side."""
    async with connect_async(**settings()) as shop:
        since = await shop.now() - timedelta(days=7)
        orders = [order async for order in shop.orders.list(updated_from=since)]
        print(f"{len(orders)} orders")
        async with asyncio.TaskGroup() as group:
            money = {
                order.id: group.create_task(shop.payments.for_order(order.id))
                for order in orders[:5]
            }
        for order_id, task in money.items():
            print(order_id, sum(payment.amount.minor for payment in task.result()))


asyncio.run(main())
