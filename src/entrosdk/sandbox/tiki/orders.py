"""Order listings and details (book 3.2, 3.6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.http import compact
from entrosdk.sandbox.orders import DAY, Order
from entrosdk.sandbox.shop import Span
from entrosdk.sandbox.tiki import words
from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.parameters import LOCAL, Parameters, Refusal, wrong
from entrosdk.sandbox.tiki.rendering import OrderPrint
from entrosdk.sandbox.tiki.showcase import tiki_sku

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["paging", "rendered", "required", "table"]

_MODELS = ("tiki_delivery", "dropship", "seller_delivery", "cross_border", "instant_delivery")
_CONFIRMATIONS = ("waiting", "seller_confirmed", "seller_canceled", "confirmed", "ready_to_pick")
_COLUMNS = {"created_at", "updated_at"}
_SPANS = {"today": 1, "last7days": 7, "last30days": 30}
_LATE_BY = 120  # seconds a late update stays hidden


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    return [
        Endpoint("GET", "/integration/v2/orders", _list, scope="order"),
        Endpoint("GET", "/integration/v2/orders/:code", _detail, scope="order"),
    ]


def _list(market: TikiMarket, given: Parameters) -> bytes:
    page, limit = given.page(market.profile.largest_page)
    found = [order for order in _by_time(market, given) if not _late(market, order)]
    for narrow in (_by_status, _by_words):
        found = narrow(market, given, found)
    column, _, direction = (given.text("order_by") or "created_at|desc").partition("|")
    if column not in _COLUMNS or direction not in {"asc", "desc"}:
        raise wrong("order_by is invalid")
    created = column == "created_at"
    found.sort(
        key=lambda order: (order.created if created else order.updated, order.id),
        reverse=direction == "desc",
    )
    rows = found[(page - 1) * limit : page * limit]
    if market.profile.short_pages and len(rows) > 2:
        rows = rows[:-1]
    bodies = [rendered(market, order, given.words("include")) for order in rows]
    if bodies and market.faults.strike("tiki", "orders", frozenset({"duplicate_page_row"})):
        bodies.append(bodies[0])
    around = json.dumps(paging(len(found), page, limit, len(rows), first=1)).encode()
    return b'{"data":[' + b",".join(bodies) + b'],"paging":' + around + b"}"


def paging(total: int, page: int, limit: int, rows: int, *, first: int) -> dict[str, int]:
    """Return a page's place: orders count from 1, products and requests from 0 (2.1)."""
    start = (page - 1) * limit
    return {
        "total": total,
        "current_page": page,
        "from": start + first if rows else 0,
        "to": start + rows,
        "per_page": limit,
        "last_page": -(-total // limit),
    }


def _by_status(market: TikiMarket, given: Parameters, orders: list[Order]) -> list[Order]:
    statuses = given.choice("status", words.STATUSES)
    models = given.choice("fulfillment_type", _MODELS)
    kinds = given.choice("item_inventory_type", ("backorder", "instock", "preorder"))
    own = market.profile.models
    return [
        order
        for order in orders
        if market.status(order) in statuses
        and words.model(order, own) in models
        and "backorder" in kinds
    ]


def _by_words(market: TikiMarket, given: Parameters, orders: list[Order]) -> list[Order]:
    codes, skus = given.words("code"), given.words("sku")
    word = given.text("item_confirmation_status")
    if word and word not in _CONFIRMATIONS:
        raise wrong("item_confirmation_status is invalid")
    if given.text("is_rma").lower() in {"true", "1"}:
        return []  # no order here replaces another one
    return [
        order
        for order in orders
        if (not codes or order.id in codes)
        and (not skus or skus & _skus(order))
        and (not word or word in _confirmations(market, order))
    ]


def _skus(order: Order) -> set[str]:
    return {tiki_sku(line.variant) for line in order.lines}


def _confirmations(market: TikiMarket, order: Order) -> set[str]:
    gone = market.incomes.rejected.get(order.id, set())
    own = market.profile.models
    return {
        words.confirmation(order, own, rejected=place in gone) for place in range(len(order.lines))
    }


def _by_time(market: TikiMarket, given: Parameters) -> list[Order]:
    """Find what lies strictly between the bounds (3.2)."""
    span = given.text("filter_date_by")
    if span and span not in _SPANS:
        raise wrong("filter_date_by is invalid")
    spans = {name: _between(given, name) for name in ("created", "updated")}
    orders = market.shop.orders_within(spans["created"], spans["updated"])
    if not span:
        return orders
    zone = int(LOCAL.utcoffset(None).total_seconds())
    midnight = (market.world.now + zone) // DAY * DAY - zone
    since = midnight - (_SPANS[span] - 1) * DAY
    return [order for order in orders if order.created >= since]


def _between(given: Parameters, name: str) -> Span:
    after, before = given.moment(f"{name}_from_date"), given.moment(f"{name}_to_date")
    return (None if after is None else after + 1, None if before is None else before - 1)


def _late(market: TikiMarket, order: Order) -> bool:
    """Say whether an order's last change is still hidden by the fault `late_update`."""
    if not market.faults.rules:
        return False
    fresh = order.updated > market.world.now - _LATE_BY
    return fresh and market.faults.breaks(order.id, "late_update")


def _detail(market: TikiMarket, given: Parameters) -> bytes:
    return rendered(market, required(market, given), given.words("include"))


def required(market: TikiMarket, given: Parameters) -> Order:
    """Return the order an address names; raises 404."""
    order = market.shop.orders.get(given.names[0])
    if order is None:
        raise Refusal(404, f"Order not found: {given.names[0]}")
    return order


def rendered(market: TikiMarket, order: Order, include: frozenset[str]) -> bytes:
    """Print an order; unknown members of `include` are ignored (3.2)."""
    key = (include, market.faults.generation, market.profile.models)
    body = order.bodies.get(key)
    if body is None:
        gone = market.incomes.rejected.get(order.id, set())
        record = OrderPrint(order, market.profile.models, gone, include).body()
        if market.faults.rules:
            record = _spoiled(market, record)
        body = order.keep(key, compact(record))
    return body


def _spoiled(market: TikiMarket, record: dict[str, Any]) -> dict[str, Any]:
    """Break a record for good: the same ones in the same way, as long as the script stands."""
    name = record["code"]
    if market.faults.breaks(name, "unknown_enum"):
        record["status"] = "teleported"
    if market.faults.breaks(name, "malformed_record"):
        if sum(name.encode()) % 2:
            record["created_at"] = "hôm qua"
        else:
            record.pop("updated_at")
    return record
