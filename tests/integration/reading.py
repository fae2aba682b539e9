"""Everything a shop lists, read by either facade: what integration tests hold against the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from entrosdk import Capability
from tests.sandboxes import NOON, Table

__all__ = ["SINCE", "by_tasks", "by_threads"]

SINCE = NOON - timedelta(days=60)

# Kinds of records: what declares them, and the listing, the same on both facades.
_LISTINGS: dict[str, tuple[Capability, Callable[[Any], Any]]] = {
    "orders": (Capability.ORDERS_LIST, lambda shop: shop.orders.list(updated_from=SINCE)),
    "products": (Capability.PRODUCTS_LIST, lambda shop: shop.products.list()),
    "payments": (Capability.PAYMENTS_LIST, lambda shop: shop.payments.list(settled_from=SINCE)),
    "payouts": (
        Capability.PAYMENTS_PAYOUTS,
        lambda shop: shop.payments.payouts(settled_from=SINCE),
    ),
    "returns": (Capability.RETURNS_LIST, lambda shop: shop.returns.list(updated_from=SINCE)),
}


def by_threads(table: Table) -> dict[str, Any]:
    """Read a table's shop by the blocking facade."""
    with table.shop() as shop:
        seen: dict[str, Any] = {"info": shop.info(), "warehouses": shop.warehouses()}
        for kind, (capability, listing) in _LISTINGS.items():
            if shop.manifest.supports(capability):
                seen[kind] = list(listing(shop))
        return seen


def by_tasks(table: Table) -> dict[str, Any]:
    """Read the same on asyncio."""

    async def read() -> dict[str, Any]:
        async with table.async_shop() as shop:
            seen: dict[str, Any] = {
                "info": await shop.info(),
                "warehouses": await shop.warehouses(),
            }
            for kind, (capability, listing) in _LISTINGS.items():
                if shop.manifest.supports(capability):
                    seen[kind] = [record async for record in listing(shop)]
            return seen

    return asyncio.run(read())
