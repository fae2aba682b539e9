"""Pushes: what changes turn into, and the endpoints around them (book 7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.words import PARCELS, RETURNS, STAGES

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["CODES", "envelope", "table"]

CODES = (1, 2, 3, 4, 8, 12, 15, 22, 29, 30)
"""The pushes this Shopee sends; an app may switch each off (book 7.4)."""

_MOST_LOST = 100
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_CHECK = "This is a Verification message. Please respond in the certain format."


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "push/set_app_push_config": Endpoint("POST", "public", _configure),
        "push/get_app_push_config": Endpoint("GET", "public", _configuration),
        "push/get_lost_push_message": Endpoint("GET", "public", _lost),
        "push/confirm_consumed_lost_push_message": Endpoint("POST", "public", _confirm),
    }


def envelope(change: Change, shop: str) -> list[dict[str, Any]]:
    """Return the pushes a change gives rise to."""
    make = _BODIES.get(change.kind)
    body = make(change, shop) if make else {}
    return [{**body, "shop_id": int(shop), "timestamp": change.at}] if body else []


def _order(change: Change, shop: str) -> dict[str, Any]:
    del shop
    if change.new == Stage.ON_HOLD:
        return {}  # nobody is told that an order is held; book 3.4
    order = change.subject(Order)
    data: dict[str, Any] = {
        "ordersn": order.id,  # spelled without underscore here; quirk 11
        "status": STAGES[change.new],
        "completed_scenario": "NORMAL" if change.new == Stage.COMPLETED else "",
        "items": [],
        "update_time": change.at,
    }
    return {"code": 3, "data": data}


def _tracking(change: Change, shop: str) -> dict[str, Any]:
    del shop
    order = change.subject(Order)
    data = {
        "ordersn": order.id,
        "forder_id": "",
        "package_number": order.package,
        "tracking_no": order.tracking,
    }
    return {"code": 4, "data": data}


def _package(change: Change, shop: str) -> dict[str, Any]:
    del shop
    order = change.subject(Order)
    data = {
        "ordersn": order.id,
        "package_number": order.package,
        "fulfillment_status": PARCELS[change.new],
        "update_time": change.at,
    }
    return {"code": 30, "data": data}


def _return(change: Change, shop: str) -> dict[str, Any]:
    del shop
    returned = change.subject(Return)
    value = {
        "update_field": "return_status",
        "old_value": RETURNS.get(change.old, ""),
        "new_value": RETURNS[change.new],
        "update_time": change.at,
    }
    ids = {"order_sn": returned.order.id, "return_sn": returned.id}
    return {"code": 29, "data": {**ids, "updated_values": [value]}}


def _stock(change: Change, shop: str) -> dict[str, Any]:
    product, variant = change.subject(Product), change.subject(Variant)
    if not variant.reserved:
        return {}  # only stock held by a promotion is announced; book 7.3
    data = {
        "shop_id": int(shop),
        "item_id": product.id,
        "variation_id": variant.id,
        "action": "place_order",
        "promotion_id": 779_980_011_223_344,
        "promotion_type": "flash_sale",
        "update_time": change.at,
        "changed_values": [
            {"name": "reserved_stock", "old": variant.reserved, "new": variant.reserved}
        ],
    }
    return {"code": 8, "data": data}


def _price(change: Change, shop: str) -> dict[str, Any]:
    del shop
    product, variant = change.subject(Product), change.subject(Variant)
    data = {
        "item_id": product.id,
        "model_id": variant.id,
        "update_field": "current_price",
        "old_value": change.old,
        "new_value": change.new,
        "update_time": change.at,
    }
    return {"code": 22, "data": data}


def _document(change: Change, shop: str) -> dict[str, Any]:
    del shop
    order = change.subject(Order)
    data = {"ordersn": order.id, "package_number": order.package, "status": change.new}
    return {"code": 15, "data": data}


_BODIES = {
    "order": _order,
    "tracking": _tracking,
    "package": _package,
    "return": _return,
    "stock": _stock,
    "price": _price,
    "document": _document,
}


def _configure(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    url = given.text("callback_url", "")
    if url and urlsplit(url).hostname not in _LOOPBACK:  # nothing leaves this machine
        raise Refusal("error_param", "Wrong parameters, detail: callback_url is invalid.")
    market.subscribed |= given.numbers("set_push_config_on") & set(CODES)
    market.subscribed -= given.numbers("set_push_config_off")
    if url:
        market.pushes.aim(url)
        market.pushes.check(market.world.now, {"code": 0, "data": {"verify_info": _CHECK}})
    return {"result": "success"}


def _configuration(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del given
    return {
        "callback_url": market.pushes.url,
        "live_push_status": "Suspended" if market.pushes.suspended else "Normal",
        "blocked_shop_id": [],
        "push_config_on_list": sorted(market.subscribed),
        "push_config_off_list": sorted(set(CODES) - market.subscribed),
    }


def _lost(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del given
    waiting = market.pushes.lost_since(market.world.now)
    page = waiting[:_MOST_LOST]
    rows = []
    for push in page:
        body = json.loads(push.body)
        row = {"code": body["code"], "timestamp": push.lost_at, "data": push.body.decode()}
        rows.append({**row, "shop_id": body["shop_id"]} if "shop_id" in body else row)
    return {
        "push_message_list": rows,
        "has_next_page": len(waiting) > len(page),
        "last_message_id": page[-1].number if page else 0,
    }


def _confirm(market: ShopeeMarket, given: Parameters) -> None:
    market.pushes.confirm(given.number("last_message_id"))
