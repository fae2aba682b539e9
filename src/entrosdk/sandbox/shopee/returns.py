"""Return endpoints (book 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.orders import DAY, Return
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.rendering import return_body
from entrosdk.sandbox.shopee.words import return_status

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_WINDOW = "Wrong parameters, detail: the time range must be within 15 days."


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "returns/get_return_list": Endpoint("GET", "shop", _list),
        "returns/get_return_detail": Endpoint("GET", "shop", _detail),
    }


def _list(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    created = _window(given, "create_time")
    updated = _window(given, "update_time")
    status = given.text("status", "")
    found = [
        each
        for each in market.shop.returns.values()
        if _inside(each.created, created)
        and _inside(each.updated, updated)
        and status in {"", return_status(each)}
    ]
    found.sort(key=lambda each: (each.updated, each.id))
    size = given.page_size(40)
    at = given.number("page_no", 0) * size  # from 0; book 6.1
    rows = [return_body(each, detailed=False) for each in found[at : at + size]]
    return {"more": at + size < len(found), "return": rows}


def _window(given: Parameters, clock: str) -> tuple[int, int] | None:
    start, end = f"{clock}_from", f"{clock}_to"
    if not given.has(start) and not given.has(end):
        return None
    return given.window(start, end, 15 * DAY + 1, "error_param", _WINDOW)


def _inside(moment: int, window: tuple[int, int] | None) -> bool:
    return window is None or window[0] <= moment <= window[1]


def _detail(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    found = market.shop.returns.get(given.text("return_sn"))
    if found is None:
        raise Refusal("error_data", "The return you queried doesn't exist")
    return _spoiled(market, found)


def _spoiled(market: ShopeeMarket, found: Return) -> dict[str, Any]:
    body = return_body(found, detailed=True)
    if market.faults.breaks(found.id, "malformed_record"):
        body["refund_amount"] = None
        body.pop("order_sn")
    if market.faults.breaks(found.id, "unknown_enum"):
        body["status"] = "TELEPORTED"
    return body
