"""A Tiki shop through the public API: what the SDK reports is what the marketplace holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from entrosdk import AsyncShop, Shop
from entrosdk.errors import Unsupported
from tests.sandboxes import NOON, Table

SINCE = NOON - timedelta(days=60)


def blocking(shop: Shop) -> dict[str, Any]:
    """Everything a shop offers, read by the blocking facade."""
    return {
        "info": shop.info(),
        "warehouses": shop.warehouses(),
        "orders": list(shop.orders.list(updated_from=SINCE)),
        "products": list(shop.products.list()),
        "payments": list(shop.payments.list(settled_from=SINCE)),
    }


async def waiting(shop: AsyncShop) -> dict[str, Any]:
    """The same, read on asyncio."""
    return {
        "info": await shop.info(),
        "warehouses": await shop.warehouses(),
        "orders": [order async for order in shop.orders.list(updated_from=SINCE)],
        "products": [product async for product in shop.products.list()],
        "payments": [payment async for payment in shop.payments.list(settled_from=SINCE)],
    }


def by_threads(table: Table) -> dict[str, Any]:
    """Read a table's shop under the threads driver."""
    with table.shop() as shop:
        return blocking(shop)


def by_tasks(table: Table) -> dict[str, Any]:
    """Read a table's shop under the asyncio driver."""

    async def read() -> dict[str, Any]:
        async with table.async_shop() as shop:
            return await waiting(shop)

    return asyncio.run(read())


@pytest.mark.parametrize("read", [by_threads, by_tasks])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_sdk_reports_the_truth(read: Callable[[Table], dict[str, Any]], seed: int) -> None:
    """Every order, product and derived payment, with its figures to the dong."""
    table = Table("tiki", seed=seed, orders=250)
    seen, truth = read(table), table.truth()
    assert sorted(
        (o.id, o.raw_status, int(o.updated_at.timestamp()), o.totals.total and o.totals.total.minor)
        for o in seen["orders"]
    ) == sorted((o["id"], o["status"], o["updated_at"], o["total_minor"]) for o in truth["orders"])
    assert sorted(
        (p.id, v.id, v.sku, v.sellable) for p in seen["products"] for v in p.variants
    ) == sorted(
        (p["id"], v["id"], v["sku"], v["sellable"])
        for p in truth["products"]
        for v in p["variants"]
    )
    assert sorted((p.id, p.order_id, p.amount.minor) for p in seen["payments"]) == sorted(
        (p["id"], p["order_id"], p["amount_minor"]) for p in truth["payments"]
    )
    assert (truth["payouts"], truth["returns"]) == ([], [])


def test_both_drivers_ask_for_the_same_and_get_the_same() -> None:
    """One flow, two drivers: equal results, equal requests in equal order."""
    one, other = Table("tiki", orders=120), Table("tiki", orders=120)
    assert by_threads(one) == by_tasks(other)
    assert one.asked() == other.asked()


def test_what_tiki_has_not_raises_before_any_request() -> None:
    """Listings too, which would look for their window first."""
    table = Table("tiki", orders=1)
    with table.shop() as shop:
        for call in (
            lambda: list(shop.returns.list(updated_from=SINCE)),
            lambda: list(shop.payments.payouts(settled_from=SINCE)),
            lambda: shop.returns.get("1"),
            lambda: shop.orders.accept_cancellation("1"),
        ):
            with pytest.raises(Unsupported, match="section"):
                call()
    assert table.asked() == []
