"""Order endpoints for reading (book 3.2 to 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal
from entrosdk.sandbox.lazada.rendering import header_body, row_bodies
from entrosdk.sandbox.lazada.words import STAGES, statuses
from entrosdk.sandbox.orders import Order

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["found", "table"]

_NO_FILTER = {"repacked", "ready_to_ship_pending", "transit_to_ship", "confirmed"}
_FILTERS = (
    {*STAGES.values(), "topack", "toship", "shipping", "packed", "failed", "failed_delivery"}
    | {"lost", "lost_by_3pl", "damaged_by_3pl", "shipped_back", "shipped_back_success"}
    | {"shipped_back_failed", "package_scrapped", "returned", "all"}
) - _NO_FILTER
_LAST_OFFSET = 5000
_MOST = 100
_BATCH = 50
_LATE_BY = 120  # seconds a late update stays hidden
_FORMAT = "E056: Invalid OrdersIdList format. Must use array format [1,2]"


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/orders/get": Endpoint(_list),
        "/order/get": Endpoint(_header),
        "/order/items/get": Endpoint(_items),
        "/orders/items/get": Endpoint(_many_items),
    }


def found(market: LazadaMarket, name: str) -> Order:
    """Return an order of this shop; a foreign or unknown id is refused."""
    order = market.shop.orders.get(name)
    if order is None:
        raise Refusal("16", f'E016: "{name}" Invalid Order ID')
    return order


def _list(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    created = (given.moment("created_after"), given.moment("created_before"))
    updated = (given.moment("update_after"), given.moment("update_before"))
    if created[0] is None and updated[0] is None:
        given.text("created_after")
    wanted = given.text("status", "all")
    if wanted not in _FILTERS:
        raise Refusal("36", "E036: Invalid status filter")
    orders = [
        order
        for order in market.shop.orders_within(created, updated)
        if (wanted == "all" or wanted in statuses(market, order)) and not _late(market, order)
    ]
    _sort(orders, given, by_update=created[0] is None)
    rows = _page(market, orders, given)
    return {"countTotal": len(orders), "count": len(rows), "orders": rows}


def _late(market: LazadaMarket, order: Order) -> bool:
    """Say whether an order's last change is still hidden by the fault `late_update`."""
    if not market.faults.rules:
        return False
    fresh = order.updated > market.world.now - _LATE_BY
    return fresh and market.faults.breaks(order.id, "late_update")


def _sort(orders: list[Order], given: Parameters, *, by_update: bool) -> None:
    column = given.text("sort_by", "updated_at" if by_update else "created_at")
    if column not in {"created_at", "updated_at"}:
        raise Refusal("75", f'E075: "{column}" Invalid sort column')
    direction = given.text("sort_direction", "DESC")
    if direction not in {"ASC", "DESC"}:
        raise Refusal("74", f'E074: "{direction}" Invalid sort direction')
    orders.sort(
        key=lambda order: (order.updated if column == "updated_at" else order.created, order.id),
        reverse=direction == "DESC",
    )


def _page(market: LazadaMarket, orders: list[Order], given: Parameters) -> list[dict[str, Any]]:
    offset = given.whole("offset", 0, "14", _LAST_OFFSET)
    limit = given.whole("limit", _MOST, "19", _MOST)
    if market.profile.ignores_limit:
        offset, limit = 0, _MOST
    rows = [_spoiled(market, order, listed=True) for order in orders[offset : offset + limit]]
    if rows and market.strikes("/orders/get", "duplicate_page_row"):
        rows.append(rows[0])
    return rows


def _spoiled(market: LazadaMarket, order: Order, *, listed: bool) -> dict[str, Any]:
    """Render a header; one of the broken ones is broken for good, always in the same way."""
    body = header_body(market, order, listed=listed)
    if market.faults.breaks(order.id, "malformed_record"):
        body |= {"created_at": "hôm qua"} if int(order.id[-5]) % 2 else {"price": "nhiều tiền"}
    return body


def _header(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    return _spoiled(market, found(market, given.text("order_id")), listed=False)


def _items(market: LazadaMarket, given: Parameters) -> list[dict[str, Any]]:
    return _rows(market, found(market, given.text("order_id")))


def _many_items(market: LazadaMarket, given: Parameters) -> list[dict[str, Any]]:
    names = given.ids("order_ids", "56", _FORMAT)
    if len(names) > _BATCH:
        raise Refusal("38", "E038: Too many orders were requested")
    orders = [market.shop.orders.get(name) for name in names]
    if not any(orders):
        raise Refusal("39", "E039: No orders were found")
    if not all(orders):
        raise Refusal("37", "E037: One or more order id are incorrect")
    return [
        {
            "order_id": int(order.id),
            "order_number": int(order.id),
            "order_items": _rows(market, order),
        }
        for order in orders
        if order
    ]


def _rows(market: LazadaMarket, order: Order) -> list[dict[str, Any]]:
    rows = row_bodies(market, order)
    if market.faults.breaks(order.id, "unknown_enum"):
        rows = [{**row, "status": "teleported"} for row in rows]
    return rows
