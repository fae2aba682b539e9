"""Order endpoints (book 3)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.http import compact
from entrosdk.sandbox.orders import DAY, Order, Parcel, Stage
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.rendering import order_body, order_json, package_body
from entrosdk.sandbox.shopee.words import status

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["cursor_of", "position_of", "table"]

_FILTERS = {
    "UNPAID",
    "READY_TO_SHIP",
    "PROCESSED",
    "SHIPPED",
    "COMPLETED",
    "IN_CANCEL",
    "CANCELLED",
    "INVOICE_PENDING",
}
_FIFTEEN_DAYS = 15 * DAY
_WINDOW = "Start time must be earlier than end time and diff in 15days."
_NO_ORDER = "Wrong parameters, detail: the order is not found."
_LATE_BY = 120  # seconds a late update stays hidden


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "order/get_order_list": Endpoint("GET", "shop", _list),
        "order/get_order_detail": Endpoint("GET", "shop", _detail),
        "order/get_shipment_list": Endpoint("GET", "shop", _shipments),
        "order/search_package_list": Endpoint("POST", "shop", _search_packages),
        "order/get_package_detail": Endpoint("GET", "shop", _packages),
    }


def cursor_of(position: int) -> str:
    """Make an opaque cursor."""
    return urlsafe_b64encode(f"p{position}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """Read a cursor; raises `Refusal` for one we did not make."""
    if not cursor:
        return 0
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return int(text.removeprefix("p"))
    except ValueError:
        raise Refusal("error_param", "Wrong parameters, detail: cursor is invalid.") from None


def _list(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    clock = given.text("time_range_field")
    if clock not in {"create_time", "update_time"}:
        detail = "time_range_field must use create_time or update_time."
        raise Refusal("error_param", f"Wrong parameters, detail: {detail}")
    longest = _FIFTEEN_DAYS if market.profile.strict_window else _FIFTEEN_DAYS + 1
    start, end = given.window(
        "time_from", "time_to", longest, "order.order_list_invalid_time", _WINDOW
    )
    size = given.page_size()
    wanted = given.text("order_status", "")
    if wanted and wanted not in _FILTERS:
        raise Refusal("error_param", "Wrong parameters, detail: order_status is invalid.")
    by_update = clock == "update_time"
    span = (market.shop.changed_between if by_update else market.shop.created_between)(start, end)
    fits = partial(_fits, market, wanted, held=_shows_held(given))
    at = max(span[0], position_of(given.text("cursor", "")))
    found, at = _page(market, range(at, span[1]), size, fits, by_update=by_update)
    following = cursor_of(at) if at < span[1] else ""
    named = "order_status" in given.text("response_optional_fields", "")
    rows = [_row(order, named=named) for order in found]
    if rows and market.faults.strike("shopee", "order_list", frozenset({"duplicate_page_row"})):
        rows.append(rows[0])
    return {"more": bool(following), "next_cursor": following, "order_list": rows}


def _row(order: Order, *, named: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"order_sn": order.id, "booking_sn": ""}
    return {**row, "order_status": status(order)} if named else row


def _page(
    market: ShopeeMarket,
    places: range,
    size: int,
    fits: Callable[[Order], bool],
    *,
    by_update: bool,
) -> tuple[list[Order], int]:
    """Collect a page from the index; returns it and the place where the next one begins."""
    if market.profile.short_pages and size > 5 and places.start % 7 == 3:
        size -= 2  # a page may be short although more follows; book 3.2
    found: list[Order] = []
    for at, order in _entries(market, places, by_update=by_update):
        if len(found) == size:
            return found, at
        if fits(order):
            found.append(order)
    return found, places.stop


def _shows_held(given: Parameters) -> bool:
    """Held orders are invisible unless asked for; book 3.2, quirk 17."""
    return given.flag("request_order_status_pending")


def _fits(market: ShopeeMarket, wanted: str, order: Order, *, held: bool) -> bool:
    visible = held or order.stage is not Stage.ON_HOLD
    return visible and wanted in {"", status(order)} and not _late(market, order)


def _entries(
    market: ShopeeMarket, places: range, *, by_update: bool
) -> Iterator[tuple[int, Order]]:
    """Walk an index: each place and its order, unless it has moved to a later place."""
    orders, created, updates = market.shop.orders, market.shop.created, market.shop.updates
    if not by_update:
        yield from ((at, orders[created[at][1]]) for at in places)
        return
    for at in places:
        _, name, version = updates[at]
        order = orders[name]
        if order.version == version:
            yield at, order


def _late(market: ShopeeMarket, order: Order) -> bool:
    """Say whether an order's last change is still hidden by the fault `late_update`."""
    if not market.faults.rules:
        return False
    fresh = order.updated > market.world.now - _LATE_BY
    return fresh and market.faults.breaks(order.id, "late_update")


def _detail(market: ShopeeMarket, given: Parameters) -> bytes:
    names = given.items("order_sn_list", 50)
    wanted = frozenset(_optional(given))
    known = [market.shop.orders[name] for name in names if name in market.shop.orders]
    held = _shows_held(given)
    orders = [order for order in known if held or order.stage is not Stage.ON_HOLD]
    if not orders:
        raise Refusal("error_not_found", _NO_ORDER)
    bodies = [_rendered(market, order, wanted) for order in orders]
    return b'{"order_list":[' + b",".join(bodies) + b"]}"


def _optional(given: Parameters) -> list[str]:
    if not given.has("response_optional_fields"):
        return []
    return given.items("response_optional_fields", 100)


def _rendered(market: ShopeeMarket, order: Order, wanted: frozenset[str]) -> bytes:
    key = (wanted, market.faults.generation, market.profile.masking)
    body = order.bodies.get(key)
    if body is None:
        body = order.keep(key, _printed(market, order, wanted))
    return body


def _printed(market: ShopeeMarket, order: Order, wanted: frozenset[str]) -> bytes:
    if not market.faults.rules:
        return order_json(order, wanted, market.profile.masking)
    return compact(_spoiled(market, order_body(order, wanted, market.profile.masking)))


def _spoiled(market: ShopeeMarket, record: dict[str, Any]) -> dict[str, Any]:
    """Break a record for good: the same ones in the same way, as long as the script stands."""
    name = record["order_sn"]
    if market.faults.breaks(name, "unknown_enum"):
        record["order_status"] = "TELEPORTED"
    if market.faults.breaks(name, "malformed_record"):
        if sum(name.encode()) % 2:
            record["create_time"] = "hôm qua"
        else:
            record.pop("update_time")
    return record


def _ready(market: ShopeeMarket) -> list[Order]:
    waiting = {Stage.TO_SHIP, Stage.RETRY_SHIP}
    return [order for order in market.shop.orders.values() if order.stage in waiting]


def _slice(orders: list[Order], cursor: str, size: int) -> tuple[list[Order], str]:
    at = position_of(cursor)
    following = cursor_of(at + size) if at + size < len(orders) else ""
    return orders[at : at + size], following


def _shipments(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    found, following = _slice(_ready(market), given.text("cursor", ""), given.page_size())
    rows = [{"order_sn": order.id, "package_number": order.package} for order in found]
    return {"order_list": rows, "more": bool(following), "next_cursor": following}


_PACKAGES = {
    0: None,
    1: {Parcel.NONE},
    2: {Parcel.READY, Parcel.RETRY},
    3: {Parcel.REQUESTED},
}


def _search_packages(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    filters, pages = given.within("filter"), given.within("pagination")
    parcels = _PACKAGES.get(filters.number("package_status", 2))
    listed = [
        order
        for order in market.shop.orders.values()
        if order.stage is not Stage.UNPAID and (parcels is None or order.parcel in parcels)
    ]
    found, following = _slice(listed, pages.text("cursor", ""), pages.page_size(50))
    rows = [
        {
            "order_sn": order.id,
            "package_number": order.package,
            "logistics_channel_id": 50021,
            "product_location_id": "",
            "sorting_group": "",
            "is_shipment_arranged": order.tracked,
        }
        for order in found
    ]
    paging = {"total_count": len(listed), "next_cursor": following, "more": bool(following)}
    return {"packages_list": rows, "pagination": paging}


def _packages(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    wanted = set(given.items("package_number_list", 50))
    found = [order for order in market.shop.orders.values() if order.package in wanted]
    if not found:
        raise Refusal("logistics.package_not_exist", "The package is not exist.")
    rows = [package_body(order, market.profile.masking) for order in found]
    return {"package_list": rows}
