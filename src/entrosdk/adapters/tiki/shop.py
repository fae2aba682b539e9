"""What Tiki says about a seller and the seller's warehouses (fact book section 8)."""

from __future__ import annotations

from entrosdk.adapters.tiki import mapping, wire
from entrosdk.adapters.tiki.ask import PAGE, ask
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import Forbidden
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.wire import read

__all__ = ["SELLER", "info", "warehouses"]

SELLER = "v2/sellers/me"


def info(access: Access) -> Flow[ShopInfo]:
    """Read the seller's name and standing; raises `Forbidden` for another seller's token.

    A token alone decides whose data Tiki shows, so a wrong `shop_id` would go unnoticed.
    """
    reply = yield from send(ask(SELLER))
    seller = read(wire.Seller, reply.body)
    if access.shop_id and seller.id != access.shop_id:
        raise Forbidden(
            f"the token belongs to seller {seller.id}, not to {access.shop_id}",
            advice="Pass the `shop_id` that the grant names.",
        )
    return mapping.shop_info(seller, access)


def warehouses() -> Flow[tuple[Warehouse, ...]]:
    """Read the active places the seller ships from and those that take returns."""
    rows: list[wire.Warehouse] = []
    for kind in (1, 0):  # pickup, return
        rows += yield from _of_type(kind)
    return mapping.warehouses(rows)


def _of_type(kind: int) -> Flow[list[wire.Warehouse]]:
    """Read all pages of one kind; whether rows repeat the kind is not established."""
    rows: list[wire.Warehouse] = []
    page, last = 1, 1
    while page <= last:
        query = {"status": 1, "type": kind, "limit": PAGE, "page": page}
        reply = yield from send(ask("v2/sellers/me/warehouses", query))
        found = read(wire.WarehousesPage, reply.body)
        rows += [row.model_copy(update={"type": str(kind)}) for row in found.data]
        last = found.paging.last_page if found.paging else 1
        page += 1
    return rows
