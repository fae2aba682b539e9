"""What type checkers see of the public surface; read by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_type

from entrosdk import (
    App,
    AsyncShop,
    Batch,
    Grant,
    Money,
    Order,
    OrderStatus,
    Page,
    Payment,
    Payout,
    Product,
    Return,
    Secret,
    Shop,
    ShopInfo,
    Warehouse,
    connect,
    connect_async,
)
from entrosdk.adapters.shopee import ShopeeAdapter

now = datetime.now()  # noqa: DTZ005 - only its type matters
app = App(key=2011881, secret=Secret("…"))
grant = Grant(access_token=Secret("…"), expires_at=now)


def blocking() -> None:
    """The blocking surface."""
    with connect("shopee", app=app, shop_id=226518001, grant=grant, base_url=None) as shop:
        assert_type(shop, Shop)
        for order in shop.orders.list(updated_from=now, updated_to=now):
            assert_type(order, Order)
            assert_type(order.status, OrderStatus)
            assert_type(order.totals.total, Money | None)
        assert_type(shop.orders.pages(updated_from=now, start="…"), Iterator[Page[Order]])
        assert_type(shop.orders.get("…"), Order)
        assert_type(shop.orders.get_many(["…"]), Batch[Order])
        assert_type(shop.products.get("…"), Product)
        assert_type(shop.payments.for_order("…"), tuple[Payment, ...])
        assert_type(list(shop.payments.payouts(settled_from=now)), list[Payout])
        assert_type(shop.returns.get("…"), Return)
        assert_type(shop.info(), ShopInfo)
        assert_type(shop.warehouses(), tuple[Warehouse, ...])
        shop.orders.list(updatd_from=now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def waiting() -> None:
    """The same on asyncio."""
    async with connect_async("shopee", app=app, shop_id="226518001", grant=grant) as shop:
        assert_type(shop, AsyncShop)
        async for order in shop.orders.list(updated_from=now):
            assert_type(order, Order)
        async for page in shop.products.pages():
            assert_type(page, Page[Product])
        assert_type(await shop.orders.get("…"), Order)
        assert_type(await shop.payments.for_order("…"), tuple[Payment, ...])
        assert_type(await shop.info(), ShopInfo)


def an_adapter_itself() -> None:
    """An adapter's class will do in place of its name."""
    with connect(ShopeeAdapter, app=app, shop_id="226518001", grant=grant) as shop:
        assert_type(shop, Shop)
