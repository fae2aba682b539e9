"""What sellers do with orders, each operation model in its own way (book 3.5, 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.http import Reply
from entrosdk.sandbox.orders import DAY, HOUR, Order, Stage
from entrosdk.sandbox.steps import STEPS
from entrosdk.sandbox.tiki import words
from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.orders import required
from entrosdk.sandbox.tiki.parameters import LOCAL, Parameters, Refusal, local, stamp, wrong
from entrosdk.sandbox.tiki.rendering import item_id
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["table"]

_ORDERS = "/integration/v2/orders"
_DONE = {"code": 200}  # never seen in v2; book 3.7
_NOT_WAITING = "Order is not in queueing status"
_LABELS = {
    "dropship": "dropship",
    "tiki-delivery": "tiki_delivery",
    "seller-delivery": "seller_delivery",
    "cross-border": "cross_border",
}
_CAUSES = {"out_of_needs", "redelivery_appointment", "out_of_stock"}
_CONFIRMATION = 4 * DAY
_WAY = (
    "transferring_to_foreign_warehouses",
    "has_come_to_foreign_warehouses",
    "rotating_to_vietnam",
    "customs_clearance",
    "customs_clearance_complete",
    "item_arrived_in_vietnam",
    "ready_for_delivery",
    "on_delivery",
    "successful_delivery",
)
"""The steps of an order from abroad, in this order."""


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    order = f"{_ORDERS}/:code"
    labels = [
        Endpoint("GET", f"{order}/{path}/labels", _labels(model), scope="order")
        for path, model in _LABELS.items()
    ]
    return [
        Endpoint("GET", "/integration/v2/seller-inventories", _inventories),
        Endpoint("GET", f"{_ORDERS}/dropship/expected-pickup-slots", _slots, scope="order"),
        Endpoint("POST", f"{order}/confirm-available", _confirm, scope="order"),
        Endpoint("POST", f"{order}/dropship/confirm-available", _dropship, scope="order"),
        Endpoint("POST", f"{order}/seller-delivery/update-delivery", _delivery, scope="order"),
        Endpoint("POST", f"{order}/cross-border/update-shipment", _shipment, scope="order"),
        *labels,
        Endpoint("GET", "/print/:kind/:code", _document, who="nobody"),
    ]


# Places and times


def _inventories(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    from entrosdk.sandbox.tiki.market import WAREHOUSE  # noqa: PLC0415 - cycle

    del market
    codes = sorted(given.words("tiki_warehouse_codes"))
    address = {"street": "118/6 Lê Đức Thọ", "ward": "Phường 17", "district": "Quận Gò Vấp"}
    place = {
        "id": WAREHOUSE,
        "name": "Kho Gò Vấp",
        "address": {**address, "region": "Hồ Chí Minh", "country": "Viet Nam"},
        "type": "requisition",
    }
    mappings = [
        {"tiki_warehouse_code": code, "seller_inventory_ids": [WAREHOUSE]} for code in codes
    ]
    return {"seller_inventories": [place] if codes else [], "mappings": mappings}


def _times(now: int) -> list[int]:
    """Return the next two half-day ends at which Tiki can come."""
    zone = int(LOCAL.utcoffset(None).total_seconds())
    midnight = (now + zone) // DAY * DAY - zone
    ends = [midnight + day * DAY + hour * HOUR for day in range(3) for hour in (12, 18)]
    return [end for end in ends if end > now + HOUR][:2]


def _slots(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    del given
    rows = [
        {"expected_pickup_slot": f"Trước {local(at)[11:16]}", "expected_pickup_time": local(at)}
        for at in _times(market.world.now)
    ]
    return {"seller_id": int(market.shop_id), "pickup_slots": rows}


# Confirming


def _waiting(market: TikiMarket, given: Parameters) -> Order:
    order = required(market, given)
    gone = market.incomes.rejected.get(order.id, set())
    own = market.profile.models
    word = words.confirmation(order, own, rejected=bool(gone))
    if market.status(order) != "queueing" or word != "waiting":
        raise wrong(_NOT_WAITING)
    return order


def _inventory(body: dict[str, Any]) -> None:
    from entrosdk.sandbox.tiki.market import WAREHOUSE  # noqa: PLC0415 - cycle

    if body.get("seller_inventory_id") != WAREHOUSE:
        raise wrong("seller_inventory_id is invalid")


def _confirm(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    """Confirm lines by id; ids that are not in the order count as none (#233, #270)."""
    order, body = _waiting(market, given), given.body
    if words.model(order, market.profile.models) == "dropship":
        raise wrong("Cannot use this API to confirm dropship orders.")
    _inventory(body)
    wanted = body.get("available_item_ids")
    if not isinstance(wanted, list):
        raise wrong("available_item_ids is required")
    ids = {item_id(order, place): place for place in range(len(order.lines))}
    strange = [name for name in wanted if name not in ids]
    if strange and market.profile.strict_lines:
        raise wrong(f"item {strange[0]} is not in order")
    there = set() if strange else {ids[name] for name in wanted}
    gone = set(ids.values()) - there
    if not there:
        return _reject(market, order)
    if gone:
        market.incomes.rejected[order.id] = gone
    return _accept(market, order)


def _dropship(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    order, body = _waiting(market, given), given.body
    if words.model(order, market.profile.models) != "dropship":
        raise wrong("This API is for dropship orders only")
    _inventory(body)
    word = body.get("confirmation_status")
    if word not in {"seller_confirmed", "seller_canceled"}:
        raise wrong("confirmation_status is invalid")
    pickup = body.get("expected_pickup_time")
    if pickup and stamp(str(pickup), "expected_pickup_time") not in _times(market.world.now):
        raise wrong("expected_pickup_time is not one of the expected pickup slots")
    return _accept(market, order) if word == "seller_confirmed" else _reject(market, order)


def _accept(market: TikiMarket, order: Order) -> dict[str, Any]:
    now = market.world.now
    own = words.model(order, market.profile.models) == "seller_delivery"
    act = selling.pack if own else _arrange
    _let(lambda: act(market.shop, order, now))
    return _DONE


def _arrange(shop: Any, order: Order, now: int) -> None:
    selling.arrange(shop, order, now, answer_after=0)


def _reject(market: TikiMarket, order: Order) -> dict[str, Any]:
    now = market.world.now
    _let(lambda: selling.seller_cancel(market.shop, order, now, "Out of Stock"))
    return _DONE


def _let(act: Any) -> None:
    try:
        act()
    except WriteRefused as refused:
        raise wrong(str(refused)) from None


# The seller's own delivery


def _delivery(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    order, body = required(market, given), given.body
    if words.model(order, market.profile.models) != "seller_delivery":
        raise wrong("This API is for seller delivery orders only")
    if order.stage not in {Stage.PACKED, Stage.SHIPPED}:
        raise wrong("status incorrect")
    match body.get("status"):
        case "successful_delivery":
            return _delivered(market, order)
        case "failed_delivery":
            return _failed(market, order, body)
    raise wrong("status incorrect")


def _delivered(market: TikiMarket, order: Order) -> dict[str, Any]:
    shop, now = market.shop, market.world.now
    shop.forget(order)
    if not order.picked_up:
        STEPS["pickup"](shop, order, now)
    STEPS["deliver"](shop, order, now)
    shop.plan(now + _CONFIRMATION, "complete", order.id)
    return _DONE


def _failed(market: TikiMarket, order: Order, body: dict[str, Any]) -> dict[str, Any]:
    cause = body.get("failure_cause")
    if cause not in _CAUSES:
        raise wrong("failure_cause is invalid")
    if cause == "redelivery_appointment":
        if not body.get("appointment_date"):
            raise wrong("appointment_date is required")
        stamp(str(body["appointment_date"]), "appointment_date")
        return _DONE
    market.shop.forget(order)
    STEPS["delivery_failed"](market.shop, order, market.world.now)
    return _DONE


def _shipment(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    """Take a step of an order from abroad; none is skipped and none comes twice."""
    order, body = required(market, given), given.body
    if words.model(order, market.profile.models) != "cross_border":
        raise wrong("This API is for cross border orders only")
    stamp(str(body.get("update_time", "")), "update_time")
    steps = market.abroad.get(order.id, 0)
    moving = order.stage in {Stage.PACKED, Stage.SHIPPED}
    if not moving or body.get("status") != _WAY[steps]:
        raise wrong("status incorrect")
    market.abroad[order.id] = steps + 1
    shop, now = market.shop, market.world.now
    shop.forget(order)
    if not order.picked_up:
        STEPS["pickup"](shop, order, now)
    return _delivered(market, order) if _WAY[steps] == _WAY[-1] else _DONE


# Labels


def _labels(model: str) -> Any:
    def answer(market: TikiMarket, given: Parameters) -> dict[str, Any]:
        order = required(market, given)
        if words.model(order, market.profile.models) != model:
            raise Refusal(403, "you don't have permission print order")
        if given.text("format") not in {"", "html"}:
            raise wrong("format is invalid")
        if order.stage is Stage.CANCELLED:
            raise wrong("Order is canceled")
        if order.stage in {Stage.UNPAID, Stage.ON_HOLD, Stage.TO_SHIP}:
            raise wrong("Please confirm order first!")
        return _links(given, order, model)

    return answer


def _links(given: Parameters, order: Order, model: str) -> dict[str, Any]:
    host = given.call.headers.get("host", "")
    base = f"http://{host}" if host else "http://tiki.sandbox"
    label = f"{base}/print/label/{order.id}"
    if model == "dropship":
        return {"shipping_label_url": label, "shipping_stamp_url": f"{base}/print/stamp/{order.id}"}
    keys = {"tiki_delivery": "po_label_url", "seller_delivery": "invoice_label_url"}
    return {keys.get(model, "shipping_label_url"): label}


def _document(market: TikiMarket, given: Parameters) -> Reply:
    kind, code = given.names
    if code not in market.shop.orders:
        raise Refusal(404, "no such document")
    page = f"<!doctype html><title>{kind} {code}</title><h1>Tiki demo {kind}</h1><p>{code}</p>"
    return Reply(body=page.encode(), kind="text/html; charset=utf-8")
