"""Pushes: what changes turn into (book 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.lazada.ledger import unit_ids, units
from entrosdk.sandbox.lazada.returns import line_ids
from entrosdk.sandbox.lazada.words import push_status, row_status
from entrosdk.sandbox.orders import Order, Parcel, Return

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["envelopes", "expiry_push", "order_pushes"]

_PARCELS = {
    Parcel.REQUESTED: "READY_TO_SHIP_PENDING",
    Parcel.PICKED_UP: "TRANSIT_TO_SHIP",
    Parcel.DELIVERED: "DELIVERED",
    Parcel.FAILED: "DELIVER_FAILED",
    Parcel.CANCELLED: "CANCELLED",
}
_LOW = 5


def envelopes(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    """Return the pushes a change gives rise to."""
    make = _BODIES.get(change.kind)
    return make(market, change) if make else []


def _envelope(market: LazadaMarket, kind: int, data: dict[str, Any], stamp: int) -> dict[str, Any]:
    return {
        "seller_id": market.seller_id,
        "message_type": kind,
        "data": data,
        "timestamp": stamp,
        "site": "lazada_vn",
    }


def expiry_push(market: LazadaMarket, until: int, now: int) -> dict[str, Any]:
    """Return the warning that a consent ends; its envelope names nobody."""
    data = {"app_key": market.app.key, "auth_expiry_time": until, "seller_id": market.seller_id}
    return {**_envelope(market, 8, data, now), "seller_id": "null"}


def order_pushes(market: LazadaMarket, order: Order, at: int) -> list[dict[str, Any]]:
    """Return a push for each unit of an order; trade orders count milliseconds outside."""
    found: list[dict[str, Any]] = []
    for line, name in zip(units(order), unit_ids(order), strict=True):
        data = {
            "order_status": row_status(market, order, line, name),
            "trade_order_id": order.id,
            "trade_order_line_id": name,
            "status_update_time": at,
        }
        found.append(_envelope(market, 0, data, at * 1000 + len(found)))
    return found


def _order(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    return order_pushes(market, change.subject(Order), change.at)


def _package(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    order = change.subject(Order)
    word = _PARCELS.get(Parcel(change.new))
    if word is None:
        return []
    data = {
        "trade_order_id": order.id,
        "buyer_id": str(order.buyer.id),
        "fulfillment_package_id": order.package,
        "status": word,
        "status_update_time": change.at,
    }
    return [_envelope(market, 14, data, change.at)]


def _return(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    each = change.subject(Return)
    return [
        _envelope(
            market,
            10,
            {
                "reverse_order_id": int(each.id),
                "reverse_order_line_id": int(line),
                "reverse_status": push_status(each),
                "trade_order_id": int(each.order.id),
                "trade_order_line_id": int(unit_ids(each.order)[at]),
                "buyer_id": each.order.buyer.id,
                "seller_id": int(market.seller_id),
                "extraParams": {},
                "status_update_time": change.at,
            },
            change.at,
        )
        for at, line in enumerate(line_ids(each))
    ]


def _stock(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    variant = change.subject(Variant)
    if variant.stock > _LOW:
        return []  # only low stock is announced
    held = variant.withheld + variant.occupied
    data = {
        "seller_sku": variant.sku,
        "sku_id": variant.id,
        "warehouse": "dropshipping",
        "real_quantity": variant.stock + held,
        "withhold_quantity": variant.withheld,
        "occupy_quantity": variant.occupied,
        "pre_order_quantity": 0,
    }
    return [_envelope(market, 6, data, change.at)]


def _product(market: LazadaMarket, change: Change) -> list[dict[str, Any]]:
    product = change.subject(Product)
    made = change.new == "created"
    data = {
        "item_id": product.id,
        "sku_list": [
            {
                "shop_sku": f"{product.id}_VNAMZ-{variant.id}",
                "seller_sku": variant.sku,
                "sku_id": variant.id,
            }
            for variant in product.variants
        ],
        "action": "PUBLISHED" if made else "EDITED_UPDATED",
        "status_update_time": change.at * 1000,
    }
    return [_envelope(market, 3 if made else 4, data, change.at)]


_BODIES = {
    "order": _order,
    "package": _package,
    "return": _return,
    "stock": _stock,
    "price": _product,
    "product": _product,
}
