"""Webhooks: what changes turn into, and the subscription API (book 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.parameters import Parameters, Refusal
from entrosdk.sandbox.tiktok.rendering import return_body
from entrosdk.sandbox.tiktok.returns import cancel_id
from entrosdk.sandbox.tiktok.words import STAGES

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["bodies", "table"]

_LOW = 5
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_EVENTS = {
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "PRODUCT_STATUS_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
    "REVERSE_STATUS_UPDATE",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "PRODUCT_CATEGORY_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
}


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope, path = "seller.authorization.info", "/event/v/webhooks"
    return [
        Endpoint("PUT", path, _subscribe, scope),
        Endpoint("GET", path, _subscriptions, scope),
        Endpoint("DELETE", path, _unsubscribe, scope),
    ]


def bodies(change: Change) -> list[tuple[int, dict[str, Any]]]:
    """Return the webhooks a change gives rise to: type and data."""
    make = _MAKERS.get(change.kind)
    return make(change) if make else []


def _order(change: Change) -> list[tuple[int, dict[str, Any]]]:
    order = change.subject(Order)
    word = STAGES[change.new]
    told = {
        "is_on_hold_order": False,
        "order_id": order.id,
        # Webhooks have a word of their own for the last state (quirk 16).
        "order_status": "CANCEL" if word == "CANCELLED" else word,
        "update_time": change.at,
    }
    asking = change.new == Stage.CANCELLING
    found = [] if asking else [(1, told)]
    if asking or (change.new == Stage.CANCELLED and order.asked_cancel):
        found.append((11, _cancellation(order, asking=asking)))
    return found


def _cancellation(order: Order, *, asking: bool) -> dict[str, Any]:
    end = "PENDING" if asking else "COMPLETE"
    return {
        "cancel_id": cancel_id(order),
        "cancel_status": f"CANCELLATION_REQUEST_{end}",
        "cancellations_role": "BUYER",
        "create_time": order.asked_cancel,
        "order_id": order.id,
    }


def _return(change: Change) -> list[tuple[int, dict[str, Any]]]:
    body = return_body(change.subject(Return))
    names = ("order_id", "return_id", "return_type", "return_status", "create_time")
    told = {name: body[name] for name in names}
    return [(12, {**told, "return_role": "BUYER", "update_time": change.at})]


def _stock(change: Change) -> list[tuple[int, dict[str, Any]]]:
    product, variant = change.subject(Product), change.subject(Variant)
    left = variant.stock - variant.reserved
    if left > _LOW:
        return []  # only what runs low is announced (type 27)
    told = {
        "product_id": str(product.id),
        "sku_id": str(variant.id),
        "current_inventory_status": "LOW_STOCK" if left else "OUT_OF_STOCK",
        "update_time": change.at,
    }
    return [(27, told)]


def _price(change: Change) -> list[tuple[int, dict[str, Any]]]:
    told = {
        "product_id": str(change.subject(Product).id),
        "change_source": "OPEN_API",
        "changed_fields": ["price"],
        "update_time": change.at,
    }
    return [(15, told)]


def _product(change: Change) -> list[tuple[int, dict[str, Any]]]:
    product = change.subject(Product)
    # A JSON integer beyond what a float holds (quirk 16).
    told: dict[str, Any] = {"product_id": product.id, "update_time": change.at}
    if change.new == "created":
        return [(16, {**told, "product_types": ["COMMON"]})]
    return [(5, {**told, "status": "PRODUCT_STATUS_CHANGED", "suspended_reason": ""})]


_MAKERS = {
    "order": _order,
    "return": _return,
    "stock": _stock,
    "price": _price,
    "product": _product,
}


def _subscribe(market: TikTokMarket, given: Parameters) -> None:
    """Set the address of one event; it overrides the app's (7.5)."""
    event, address = given.text("event_type"), given.text("address")
    if event not in _EVENTS:
        raise Refusal(36009004, "EventType is invalid", 400)
    if urlsplit(address).hostname not in _LOOPBACK:
        raise Refusal(36009004, "Address is invalid: the sandbox calls loopback only", 400)
    now = market.world.now
    since = market.subscriptions.get(event, ("", now, now))[1]
    market.subscriptions[event] = (address, since, now)
    market.pushes.aim(address)


def _subscriptions(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del given
    rows = [
        {"event_type": event, "address": address, "create_time": since, "update_time": at}
        for event, (address, since, at) in sorted(market.subscriptions.items())
    ]
    return {"webhooks": rows, "total_count": len(rows)}


def _unsubscribe(market: TikTokMarket, given: Parameters) -> None:
    """Always succeeds, even if nothing was set."""
    market.subscriptions.pop(given.text("event_type"), None)
    if not market.subscriptions:
        market.pushes.aim("")
