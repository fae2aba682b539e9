"""Reverse-order endpoints (book 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.ledger import unit_ids, units
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal, loose
from entrosdk.sandbox.lazada.words import ofc_status, return_kind, return_status
from entrosdk.sandbox.orders import Return, ReturnStage
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["line_ids", "table"]

_REASONS = {
    "ITEM_DAMAGED": (1004401, "Sản phẩm bị hư hỏng"),
    "WRONG_ITEM": (1004402, "Giao sai sản phẩm"),
    "DIFF_DESC": (1004403, "Sản phẩm không đúng mô tả"),
    "NOT_RECEIPT": (1004404, "Chưa nhận được hàng"),
}
_REFUSALS = (
    (30001, "Item is used", "Sản phẩm đã qua sử dụng"),
    (30002, "Wrong item returned", "Trả sai sản phẩm"),
)
_MODIFIED, _MADE = "ReverseOrderLineModifiedTimeRange", "ReverseOrderLineTimeRange"
_SLA = 3 * 86_400


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/reverse/getreverseordersforseller": Endpoint(_list, shape="result"),
        "/order/reverse/return/detail/list": Endpoint(_detail),
        "/order/reverse/reason/list": Endpoint(_reasons),
        "/order/reverse/return/update": Endpoint(_update),
        "/order/reverse/onlyrefund/seller/decide": Endpoint(_money_only),
    }


def line_ids(returned: Return) -> list[str]:
    """Return the ids of a return's lines: one for each unit."""
    return [str(int(returned.id) + 1 + at) for at in range(returned.quantity)]


def _list(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    page, size = given.whole("page_no", 1, "121"), given.whole("page_size", 10, "120", 100)
    given.text("page_no")
    given.text("page_size")
    kinds = _words(given, "request_type_list")
    states = _words(given, "reverse_status_list")
    order, name = given.text("trade_order_id", ""), given.text("reverse_order_id", "")
    found = [
        each
        for each in market.shop.returns.values()
        if _inside(each.updated, given, _MODIFIED)
        and _inside(each.created, given, _MADE)
        and (not kinds or return_kind(each) in kinds)
        and (not states or return_status(each) in states)
        and order in {"", each.order.id}
        and name in {"", each.id}
    ]
    found.sort(key=lambda each: (each.updated, each.id))
    at = (max(page, 1) - 1) * size
    items = [_body(market, each, "reverse_order_lines") for each in found[at : at + size]]
    if items and market.strikes("getreverseorders", "duplicate_page_row"):
        items.append(items[0])
    return {
        "success": True,
        "page_no": page,
        "page_size": size,
        "total": len(found),
        "items": items,
    }


def _words(given: Parameters, name: str) -> set[str]:
    found = loose(given.text(name, "[]"))
    return {str(one) for one in found} if isinstance(found, list) else set()


def _inside(moment: int, given: Parameters, name: str) -> bool:
    start = given.whole(f"{name}Start", 0, "6", 10**15)
    end = given.whole(f"{name}End", 10**15, "6", 10**15)
    return start <= moment * 1000 <= end


def _body(market: LazadaMarket, each: Return, lines: str) -> dict[str, Any]:
    listed = lines == "reverse_order_lines"
    return {
        "reverse_order_id": int(each.id),
        "trade_order_id": int(each.order.id),
        "request_type": return_kind(each),
        "is_rtm": True,
        "shipping_type": "PICK_UP",
        lines: [_line(market, each, at, listed=listed) for at in range(each.quantity)],
    }


def _line(market: LazadaMarket, each: Return, at: int, *, listed: bool) -> dict[str, Any]:
    share = each.refund // each.quantity
    refund: Any = share + (each.refund - share * each.quantity if at == 0 else 0)
    status, gone = return_status(each), return_kind(each) == "RETURN" and each.goods.value != "NONE"
    if market.faults.breaks(each.id, "malformed_record"):
        refund = "nhiều tiền"
    if market.faults.breaks(each.id, "unknown_enum"):
        status = "TELEPORTED"
    code, text = _REASONS[each.reason]
    product, variant = each.line.product, each.line.variant
    body = {
        "reverse_order_line_id": int(line_ids(each)[at]),
        "trade_order_line_id": int(_unit(each, at)),
        "reverse_status": status,
        "ofc_status": ofc_status(each),
        "refund_amount": refund,  # whole dong in Vietnam; quirk 23
        "item_unit_price": each.line.unit_price,
        "reason_text": text,
        "reason_code": code,
        "refund_payment_method": "COD" if each.order.cod else "MOMO_WALLET",
        "whqc_decision": None,
        "tracking_number": f"LEXVNR{int(each.id) % 10**9:09}" if gone else "",
        "receiver_address": "25/8 đường số 9, Phường Linh Trung, TP. Thủ Đức, Hồ Chí Minh",
        "is_need_refund": True,
        "is_dispute": each.stage is ReturnStage.DISPUTED,
        "return_order_line_gmt_create": each.created,
        "return_order_line_gmt_modified": each.updated,
        "trade_order_gmt_create": each.order.created,
        "sla": (each.created + _SLA) * 1000,
        "seller_sku_id": variant.sku,
        "platform_sku_id": f"{product.id}_VNAMZ-{variant.id}",
    }
    if listed:
        body["product"] = {"product_id": product.id, "product_sku": str(variant.id)}
        body["buyer"] = {"buyer_id": each.order.buyer.id}
    else:
        body["productDTO"] = {"product_id": product.id, "sku": str(variant.id)}
        body["buyer"] = {"user_id": each.order.buyer.id}
    return body


def _unit(each: Return, at: int) -> str:
    own = [
        name
        for line, name in zip(units(each.order), unit_ids(each.order), strict=True)
        if line is each.line
    ]
    return own[at]


def _one(market: LazadaMarket, name: str) -> Return:
    found = market.shop.returns.get(name)
    if found is None:
        raise Refusal("106", "E0106: ROC internal error")
    return found


def _detail(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    found = _one(market, given.text("reverse_order_id"))
    return _body(market, found, "reverseOrderLineDTOList")


def _reasons(market: LazadaMarket, given: Parameters) -> list[dict[str, Any]]:
    name = given.text("reverse_order_line_id")
    if not any(name in line_ids(each) for each in market.shop.returns.values()):
        raise Refusal("102", "E0102: reverse order line id is invalid")
    return [
        {"reason_id": code, "text": text, "muti_language_text": local}
        for code, text, local in _REFUSALS
    ]


# Decisions


def _chosen(market: LazadaMarket, given: Parameters) -> tuple[Return, list[str]]:
    found = _one(market, given.text("reverse_order_id"))
    listed = loose(given.text("reverse_order_item_ids"))
    names = [str(one) for one in listed] if isinstance(listed, list | tuple) else []
    if not names:
        raise Refusal("103", "E0103: reverse order line id is empty")
    if set(names) - set(line_ids(found)):
        raise Refusal("102", "E0102: reverse order line id is invalid")
    return found, names


def _update(market: LazadaMarket, given: Parameters) -> None:
    found, names = _chosen(market, given)
    action = given.text("action")
    if return_kind(found) != "RETURN":
        raise Refusal("114", "E0114: action is not allowed now")
    if action in {"instantRefund", "agreeReturn", "agreeRefund", "confirmDelivery"}:
        _agree(market, found, action)
    elif action in {"refuseReturn", "refuseRefund"}:
        _explained(given, action, names)
        _refuse(market, found, names)
    else:
        raise Refusal("107", "E0107: action is invalid")


def _explained(given: Parameters, action: str, names: list[str]) -> None:
    if len(names) > 1:
        raise Refusal("111", "E0111: no batch when refusing")
    if given.text("reason_id", "") not in {str(code) for code, _, _ in _REFUSALS}:
        raise Refusal("108", "E0108: reason is needed")
    if not given.has("comment"):
        raise Refusal("109", "E0109: comment is needed")
    if action == "refuseRefund" and not given.has("image_info"):
        raise Refusal("110", "E0110: image is needed")


def _agree(market: LazadaMarket, found: Return, action: str) -> None:
    if action == "confirmDelivery" and found.stage is ReturnStage.PROCESSING:
        return
    try:
        selling.agree_return(market.shop, found, market.world.now)
    except WriteRefused:
        raise Refusal("114", "E0114: action is not allowed now") from None


def _refuse(market: LazadaMarket, found: Return, names: list[str]) -> None:
    """Refuse a line; the return as a whole is disputed with the first of them."""
    key = market.refused.setdefault(found.id, set())
    if key and not set(names) & key:
        key |= set(names)
        return
    try:
        selling.dispute_return(market.shop, found, market.world.now)
    except WriteRefused:
        raise Refusal("114", "E0114: action is not allowed now") from None
    key |= set(names)


def _money_only(market: LazadaMarket, given: Parameters) -> None:
    found, names = _chosen(market, given)
    action = given.text("action")
    if len(names) != 1:
        raise Refusal("133", "E0133: no batch")
    if return_kind(found) != "ONLY_REFUND":
        raise Refusal("114", "E0114: action is not allowed now")
    if action == "agreeRefund":
        agreed = market.agreed.setdefault(found.id, set())
        if not agreed:
            _agree(market, found, action)
        agreed |= set(names)
    elif action == "startDispute":
        if not given.has("comment"):
            raise Refusal("109", "E0109: comment is needed")
        if not given.has("image_info_list"):
            raise Refusal("110", "E0110: image is needed")
        _refuse(market, found, names)
    else:
        raise Refusal("107", "E0107: action is invalid")
