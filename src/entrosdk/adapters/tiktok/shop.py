"""What TikTok Shop says about a shop and its warehouses (fact book sections 1.4 and 8)."""

from __future__ import annotations

from entrosdk.adapters.tiktok import mapping
from entrosdk.adapters.tiktok.consent import SHOPS
from entrosdk.adapters.tiktok.sign import SELLER
from entrosdk.adapters.tiktok.wire_shop import ShopsReply, WarehousesReply
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import get
from entrosdk.spi.wire import read

__all__ = ["info", "warehouses"]


def info(access: Access) -> Flow[ShopInfo]:
    """Read the shop's name and market; raises `NotFound` when the consent does not cover it."""
    reply = yield from send(get(SHOPS, auth=SELLER))
    shops = read(ShopsReply, reply.body).data.shops
    for shop in shops:
        if shop.id == access.shop_id:
            return mapping.shop_info(shop, access)
    raise NotFound(
        f"the seller's consent does not cover shop {access.shop_id}",
        advice="Check the shop's id, or send the seller through the consent link again.",
    )


def warehouses() -> Flow[tuple[Warehouse, ...]]:
    """Read where the shop ships from and where it takes returns.

    A building with both roles is two warehouses with two ids.
    """
    reply = yield from send(get("/logistics/202309/warehouses"))
    return mapping.warehouses(read(WarehousesReply, reply.body).data.warehouses)
