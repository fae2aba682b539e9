"""What Shopee says about a shop and its warehouses (fact book section 8)."""

from __future__ import annotations

from entrosdk.adapters.shopee import mapping, wire
from entrosdk.adapters.shopee.ask import ask
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import Forbidden
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.wire import read

__all__ = ["info", "warehouses"]


def info(access: Access) -> Flow[ShopInfo]:
    """Read the shop's name, market and standing, and until when the consent runs."""
    reply = yield from send(ask("shop/get_shop_info"))
    return mapping.shop_info(read(wire.Shop, reply.body), access)


def warehouses() -> Flow[tuple[Warehouse, ...]]:
    """Read where the shop ships from and where it takes returns.

    Most Vietnamese shops have one unnamed place; Shopee answers them with an error, which is
    their normal answer (quirk 32): they have no warehouse with a name.
    """
    rows: list[wire.Warehouse] = []
    for kind in (1, 2):  # pickup, return
        try:
            reply = yield from send(ask("shop/get_warehouse_detail", {"warehouse_type": kind}))
        except Forbidden as error:
            if not error.context.code.endswith("error_not_in_whitelist"):
                raise
            return ()
        rows += read(wire.WarehousesPage, reply.body).response
    return mapping.warehouses(rows)
