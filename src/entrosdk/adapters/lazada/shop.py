"""What Lazada says about a shop and its warehouses (fact book section 8)."""

from __future__ import annotations

from entrosdk.adapters.lazada import mapping, wire
from entrosdk.adapters.lazada.ask import array, ask
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.wire import read

__all__ = ["info", "warehouses"]


def info(access: Access) -> Flow[ShopInfo]:
    """Read the shop's name, market and standing."""
    reply = yield from send(ask("/seller/get"))
    return mapping.shop_info(read(wire.ShopReply, reply.body).data, access)


def warehouses(access: Access) -> Flow[tuple[Warehouse, ...]]:
    """Read where the shop ships from; `dropshipping` is the code of the default place."""
    # Without the kind of address the answer is unreliable.
    request = ask("/seller/warehouse/get", {"addressTypes": array(["warehouse"])})
    reply = yield from send(request)
    rows = read(wire.WarehousesPage, reply.body).result.module
    return mapping.warehouses(rows, access)
