"""Order endpoints (book 3.1, 3.2, 3.8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.http import compact
from entrosdk.sandbox.orders import Order
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.paging import page_of
from entrosdk.sandbox.tiktok.parameters import BAD, Parameters, Refusal
from entrosdk.sandbox.tiktok.rendering import order_body, price_detail
from entrosdk.sandbox.tiktok.words import STAGES, status

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["found", "rendered", "table"]

_NOT_OURS = "The order or package does not belong to the current seller."
_LATE_BY = 120  # seconds a late update stays hidden
_MOST = 50


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope = "seller.order.info"
    return [
        Endpoint("POST", "/order/v/orders/search", _search, scope),
        Endpoint("GET", "/order/v/orders", _details, scope, ("202507", "202309")),
        Endpoint("GET", "/order/v/orders/{}/price_detail", _prices, scope, ("202407",)),
    ]


def found(market: TikTokMarket, name: str) -> Order:
    """Return an order; raises `Refusal` for another's."""
    order = market.shop.orders.get(name)
    if order is None:
        raise Refusal(21008111, _NOT_OURS)
    return order


def _search(market: TikTokMarket, given: Parameters) -> bytes:
    size = given.page_size(1, 100)
    field = given.word("sort_field", "create_time", "update_time")
    descending = given.word("sort_order", "DESC", "ASC") == "DESC"
    wanted = given.body.get("order_status")
    if wanted is not None and wanted not in STAGES.values():
        raise Refusal(BAD, "OrderStatus is invalid", 400)
    created = given.window(given.body, "create_time")
    updated = given.window(given.body, "update_time")
    asking = given.body.get("is_buyer_request_cancel")
    rows = [
        order
        for order in market.shop.orders_within(
            (created[0], created[1] - 1), (updated[0], updated[1] - 1)
        )
        if wanted in {None, status(order)}
        and asking in {None, order.stage == "CANCELLING"}
        and not _late(market, order)
    ]
    by_update = field == "update_time"
    page, token = page_of(
        given,
        rows,
        lambda order: (order.updated if by_update else order.created, order.id),
        size,
        descending=descending,
    )
    bodies = rendered(market, page)
    if bodies and market.faults.strike("tiktok", "order_list", frozenset({"duplicate_page_row"})):
        bodies.append(bodies[0])
    rest: dict[str, Any] = {"next_page_token": token, "total_count": len(rows)}
    tail = json.dumps(rest)[1:].encode()
    # The key of an empty page may be missing (2.1).
    return b'{"orders":[' + b",".join(bodies) + b"]," + tail if bodies else b"{" + tail


def _late(market: TikTokMarket, order: Order) -> bool:
    """Say whether an order's last change is still hidden by the fault `late_update`."""
    if not market.faults.rules:
        return False
    fresh = order.updated > market.world.now - _LATE_BY
    return fresh and market.faults.breaks(order.id, "late_update")


def _details(market: TikTokMarket, given: Parameters) -> bytes:
    names = given.ids_of("ids", _MOST)
    known = [market.shop.orders[name] for name in names if name in market.shop.orders]
    if len(known) < len(names) and market.profile.unknown_ids == "refused":
        raise Refusal(21008111, _NOT_OURS)
    return b'{"orders":[' + b",".join(rendered(market, known)) + b"]}"


def _prices(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    return price_detail(found(market, given.ids[0]))


def rendered(market: TikTokMarket, orders: Sequence[Order]) -> list[bytes]:
    """Print orders; a body is kept until its order changes."""
    return [_rendered(market, order) for order in orders]


def _rendered(market: TikTokMarket, order: Order) -> bytes:
    key = (market.faults.generation, market.profile.masking)
    body = order.bodies.get(key)
    if body is None:
        record = order_body(order, masking=market.profile.masking)
        if market.faults.rules:
            record = _spoiled(market, record)
        body = order.keep(key, compact(record))
    return body


def _spoiled(market: TikTokMarket, record: dict[str, Any]) -> dict[str, Any]:
    """Break a record for good: the same ones in the same way, as long as the script stands."""
    name = record["id"]
    if market.faults.breaks(name, "unknown_enum"):
        record["status"] = "TELEPORTED"
    if market.faults.breaks(name, "malformed_record"):
        if sum(name.encode()) % 2:
            record["create_time"] = "hôm qua"
        else:
            record["payment"]["total_amount"] = "12.5"
    return record
