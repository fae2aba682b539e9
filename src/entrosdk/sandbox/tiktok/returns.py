"""Cancellation and return endpoints (book 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.orders import HOUR, Goods, Order, Return, ReturnStage, Stage
from entrosdk.sandbox.steps import STEPS
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.money import units
from entrosdk.sandbox.tiktok.orders import found
from entrosdk.sandbox.tiktok.paging import page_of
from entrosdk.sandbox.tiktok.parameters import Parameters, Refusal
from entrosdk.sandbox.tiktok.rendering import return_body
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["cancel_id", "table"]

_SELLER_REASONS = {
    "UNPAID": {
        "seller_cancel_unpaid_reason_out_of_stock",
        "seller_cancel_unpaid_reason_wrong_price",
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed",
    },
    "PAID": {
        "seller_cancel_reason_out_of_stock",
        "seller_cancel_reason_wrong_price",
        "seller_cancel_paid_reason_address_not_deliver",
    },
}
_PENDING, _COMPLETE = "CANCELLATION_REQUEST_PENDING", "CANCELLATION_REQUEST_COMPLETE"
_REFUSALS = (
    ("seller_reject_apply_product_has_been_packed", "Sản phẩm đã được đóng gói"),
    (
        "order_manage_list_action_respond_popup_reject_reason_buyer_agree",
        "Người mua đã đồng ý nhận hàng",
    ),
    ("reverse_reject_request_reason_1", "Sản phẩm đúng như mô tả"),
    ("reverse_reject_request_reason_2", "Bằng chứng chưa rõ ràng"),
)
_YES = {
    "APPROVE_REFUND": ("RETURN_OR_REFUND_REQUEST_PENDING", "REFUND"),
    "APPROVE_RETURN": ("RETURN_OR_REFUND_REQUEST_PENDING", "RETURN_AND_REFUND"),
    "APPROVE_RECEIVED_PACKAGE": ("BUYER_SHIPPED_ITEM", "RETURN_AND_REFUND"),
}
_NO = {
    "REJECT_REFUND": _YES["APPROVE_REFUND"],
    "REJECT_RETURN": _YES["APPROVE_RETURN"],
    "REJECT_RECEIVED_PACKAGE": _YES["APPROVE_RECEIVED_PACKAGE"],
}


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope = "seller.return_refund.basic"
    both = ("202602", "202309")
    cancellation, returned = "/return_refund/v/cancellations", "/return_refund/v/returns"
    return [
        Endpoint("POST", cancellation, _cancel, scope, both),
        Endpoint("POST", f"{cancellation}/search", _search_cancels, scope, both),
        Endpoint("POST", cancellation + "/{}/approve", _agree, scope),
        Endpoint("POST", cancellation + "/{}/reject", _refuse, scope),
        Endpoint("POST", f"{returned}/search", _search, scope, both),
        Endpoint("POST", returned + "/{}/approve", _approve, scope),
        Endpoint("POST", returned + "/{}/reject", _reject, scope, ("202606", "202309")),
        Endpoint("GET", "/return_refund/v/reject_reasons", _reasons, scope),
    ]


# Cancellations


def cancel_id(order: Order) -> str:
    """Return the id of an order's cancellation."""
    return f"4036{int(order.id) % 10**15:015d}"


def _cancel(market: TikTokMarket, given: Parameters) -> dict[str, str]:
    order = found(market, given.text("order_id"))
    reason = given.text("cancel_reason")
    if given.body.get("order_line_item_ids") or given.body.get("skus"):
        raise Refusal(25005010, "Part of an order cannot be cancelled in this region.")
    allowed = _SELLER_REASONS["UNPAID" if order.stage is Stage.UNPAID else "PAID"]
    if reason not in allowed:
        raise Refusal(25001014, "The cancel reason does not exist.")
    if order.stage is Stage.CANCELLED:
        raise Refusal(25001010, "The order has been cancelled.")
    if order.stage is Stage.CANCELLING:
        raise Refusal(25001011, "A request of this order is in process.")
    try:
        selling.seller_cancel(market.shop, order, market.world.now, reason)
    except WriteRefused:
        raise Refusal(25001045, "The order has been shipped.") from None
    return {"cancel_id": cancel_id(order), "cancel_status": "CANCELLATION_REQUEST_SUCCESS"}


def _search_cancels(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    size = given.page_size(1, 50, 10)
    filters = {
        "order_id": given.among("order_ids"),
        "cancel_status": given.among("cancel_status"),
        "cancel_id": given.among("cancel_ids"),
    }
    updated = given.window(given.body, "update_time")
    created = given.window(given.body, "create_time")
    stages = {Stage.CANCELLING, Stage.CANCELLED}
    rows = [_cancellation(one) for one in market.shop.orders.values() if one.stage in stages]
    rows = [
        row
        for row in rows
        if all(wanted is None or row[name] in wanted for name, wanted in filters.items())
        and updated[0] <= row["update_time"] < updated[1]
        and created[0] <= row["create_time"] < created[1]
    ]
    page, token = page_of(given, rows, lambda row: (row["update_time"], row["cancel_id"]), size)
    return {"cancellations": page, "next_page_token": token, "total_count": len(rows)}


def _cancellation(order: Order) -> dict[str, Any]:
    asking = order.stage is Stage.CANCELLING
    body: dict[str, Any] = {
        "cancel_id": cancel_id(order),
        "order_id": order.id,
        "cancel_type": "BUYER_CANCEL" if order.asked_cancel else "CANCEL",
        "cancel_status": _PENDING if asking else _COMPLETE,
        "role": "BUYER" if order.asked_cancel else order.cancelled_by.upper(),
        "cancel_reason": "ecom_order_to_ship_canceled_reason_wrong_delivery_info",
        "cancel_reason_text": order.cancel_reason,
        "create_time": order.asked_cancel or order.updated,
        "update_time": order.updated,
        "should_replenish_stock": not asking,
        "cancel_line_items": [
            {"order_line_item_id": unit.id, "sku_id": str(unit.line.variant.id)}
            for unit in units(order)
        ],
    }
    if asking:
        deadline = order.asked_cancel + 48 * HOUR
        action = {"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": deadline}
        body["seller_next_action_response"] = [action]
    return body


def _asked(market: TikTokMarket, name: str) -> Order:
    for order in market.shop.orders.values():
        if cancel_id(order) == name:
            if order.stage is Stage.CANCELLED:
                raise Refusal(25020009, "The request has been cancelled.")
            if order.stage is not Stage.CANCELLING:
                raise Refusal(25020010, "The request has been answered.")
            return order
    raise Refusal(25001001, "The cancel_id is invalid.")


def _agree(market: TikTokMarket, given: Parameters) -> None:
    order = _asked(market, given.ids[0])
    selling.answer_cancellation(market.shop, order, market.world.now, agree=True)


def _refuse(market: TikTokMarket, given: Parameters) -> None:
    order = _asked(market, given.ids[0])
    _known_reason(given)
    selling.answer_cancellation(market.shop, order, market.world.now, agree=False)


def _known_reason(given: Parameters) -> None:
    if given.text("reject_reason") not in {name for name, _ in _REFUSALS}:
        raise Refusal(25001014, "The reject reason does not exist.")


# Returns


def _search(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    size = given.page_size(10, 50, 10)
    field = given.word("sort_field", "create_time", "update_time")
    descending = given.word("sort_order", "ASC", "DESC") == "DESC"
    created = given.window(given.body, "create_time")
    updated = given.window(given.body, "update_time")
    filters = {
        "return_id": given.among("return_ids"),
        "order_id": given.among("order_ids"),
        "return_status": given.among("return_status"),
        "return_type": given.among("return_types"),
    }
    rows = [
        row
        for row in map(return_body, market.shop.returns.values())
        if created[0] <= row["create_time"] < created[1]
        and updated[0] <= row["update_time"] < updated[1]
        and all(wanted is None or row[name] in wanted for name, wanted in filters.items())
    ]
    page, token = page_of(
        given, rows, lambda row: (row[field], row["return_id"]), size, descending=descending
    )
    rest = {"total_count": len(rows), "next_page_token": token}
    # The key of an empty page is left out (6.1).
    return {"return_orders": [_spoiled(market, row) for row in page], **rest} if page else rest


def _spoiled(market: TikTokMarket, row: dict[str, Any]) -> dict[str, Any]:
    name = row["return_id"]
    if market.faults.breaks(name, "malformed_record"):
        row["refund_amount"]["refund_total"] = "0.5"
    if market.faults.breaks(name, "unknown_enum"):
        row["return_status"] = "TELEPORTED"
    return row


def _return(market: TikTokMarket, name: str) -> Return:
    returned = market.shop.returns.get(name)
    if returned is None:
        raise Refusal(25001001, "The return_id is invalid.")
    return returned


def _fits(returned: Return, decision: str, words: dict[str, tuple[str, str]]) -> None:
    """Check that a decision fits kind and state."""
    if decision not in words:
        raise Refusal(25001001, "Decision is invalid")
    state, kind = words[decision]
    body = return_body(returned)
    if body["return_type"] != kind:
        raise Refusal(25020004, "The decision does not fit the type of this return.")
    if body["return_status"] != state:
        raise Refusal(25020003, "The decision does not fit the status of this return.")


def _approve(market: TikTokMarket, given: Parameters) -> None:
    returned = _return(market, given.ids[0])
    decision = given.text("decision")
    _fits(returned, decision, _YES)
    now = market.world.now
    if decision == "APPROVE_RECEIVED_PACKAGE":
        _received(market, returned, now)
    else:
        selling.agree_return(market.shop, returned, now)


def _received(market: TikTokMarket, returned: Return, now: int) -> None:
    """The parcel came back and is in order: the money goes back at once."""
    order, shop = returned.order, market.shop
    shop.forget(order)
    STEPS["return_accepted"](shop, order, now)
    shop.plan(now + 2 * HOUR, "complete", order.id)


def _reject(market: TikTokMarket, given: Parameters) -> None:
    returned = _return(market, given.ids[0])
    _fits(returned, given.text("decision"), _NO)
    _known_reason(given)
    if returned.stage is ReturnStage.PROCESSING and returned.goods is Goods.NONE:
        raise Refusal(25020003, "The decision does not fit the status of this return.")
    selling.dispute_return(market.shop, returned, market.world.now)


def _reasons(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del market
    given.needed("return_or_cancel_id")
    return {"reasons": [{"name": name, "text": text} for name, text in _REFUSALS]}
