"""What My Market says about a shop (manual 2)."""

from __future__ import annotations

from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import Forbidden
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import get
from entrosdk.spi.wire import read

from entrosdk_mymarket import mapping, wire

__all__ = ["info"]


def info(access: Access) -> Flow[ShopInfo]:
    """Read the shop's name and standing; raises `Forbidden` for another shop's token."""
    reply = yield from send(get("/v1/shop"))
    body = read(wire.ShopBody, reply.body)
    if access.shop_id and body.id != access.shop_id:
        raise Forbidden(
            f"the token belongs to shop {body.id}, not to {access.shop_id}",
            advice="Pass the `shop_id` that the grant names.",
        )
    return mapping.shop_info(body, access)
