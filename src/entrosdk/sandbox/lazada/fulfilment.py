"""Packing, labels, ready-to-ship, cancelling; present and old calls (book 3.7, 3.8)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.ledger import unit_ids, units
from entrosdk.sandbox.lazada.orders import found
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal, loose
from entrosdk.sandbox.lazada.rendering import reverse_id
from entrosdk.sandbox.orders import Order, Parcel, Stage
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["file", "table"]

_MOST = 20
_SHIPPABLE = {Stage.TO_SHIP, Stage.RETRY_SHIP}
_REASONS = {
    "10000019": "Sourcing Delay",
    "10000021": "Out of Stock",
    "10000023": "Wrong Price or Pricing Error",
}
_SOLD_OUT = {"10000021", "10000023"}  # these set the stock of the SKU to nothing; quirk 29
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 298 420]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
_FILES = "/oss/proxy/awb-"

_NOT_FOUND = ("600001", "package not found")
_NO_ORDER = ("700021", "order not found")


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/order/shipment/providers/get": Endpoint(_providers, shape="result"),
        "/order/fulfill/pack": Endpoint(_pack, shape="result"),
        "/order/package/rts": Endpoint(_ready, shape="result"),
        "/order/package/repack": Endpoint(_repack, shape="result"),
        "/order/package/sof/delivered": Endpoint(_not_own, shape="result"),
        "/order/package/sof/failed_delivery": Endpoint(_not_own, shape="result"),
        "/order/package/document/get": Endpoint(_document, shape="result"),
        "/order/document/get": Endpoint(_old_document),
        "/logistic/order/trace": Endpoint(_trace, shape="result"),
        "/shipment/providers/get": Endpoint(_old_providers),
        "/order/pack": Endpoint(_old_pack),
        "/order/rts": Endpoint(_old_ready),
        "/order/reverse/cancel/validate": Endpoint(_validate),
        "/order/reverse/cancel/create": Endpoint(_cancel),
        "/order/reverse/cancel/seller/decide": Endpoint(_decide),
    }


def file(call: Call) -> Reply | None:
    """Answer the link of a label; `None` for other addresses."""
    if call.path.startswith(_FILES) and call.method == "GET":
        return Reply(body=_PDF, kind="application/pdf")
    return None


def _layer(data: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "error_code": "", "error_msg": ""}


def _failure(code: str, text: str) -> dict[str, Any]:
    return {"success": False, "error_code": code, "error_msg": text, "data": None}


# The present calls


def _providers(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    for row in given.tree("getShipmentProvidersReq").get("orders", []):
        if str(row.get("order_id")) not in market.shop.orders:
            return _failure(*_NO_ORDER)
    data = {"platform_default": 1, "shipment_providers": [], "shipping_allocate_type": "TFS"}
    return _layer(data)


def _pack(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    wanted = given.tree("packReq").get("pack_order_list", [])
    if not isinstance(wanted, list) or not wanted:
        return _failure("700017", "param is null")
    if len(wanted) > _MOST:
        return _failure("700022", "batch size out of limit")
    rows = [_pack_order(market, row) for row in wanted if isinstance(row, dict)]
    return _layer({"pack_order_list": rows})


def _pack_order(market: LazadaMarket, row: dict[str, Any]) -> dict[str, Any]:
    name = str(row.get("order_id", ""))
    units = [str(one) for one in row.get("order_item_list", [])]
    order = market.shop.orders.get(name)
    code, text = _packed(market, order, units)
    result = {"item_err_code": code, "msg": text, "retry": False}
    if order is not None and code == "0":
        result |= {
            "tracking_number": order.tracking,
            "shipment_provider": "LEX VN",
            "package_id": order.package,
        }
    rows = [{"order_item_id": int(one) if one.isdecimal() else one, **result} for one in units]
    return {"order_id": int(name) if name.isdecimal() else name, "order_item_list": rows}


def _packed(market: LazadaMarket, order: Order | None, units: list[str]) -> tuple[str, str]:
    if order is None:
        return _NO_ORDER
    names = set(unit_ids(order)) - set(market.gone.get(order.id, ()))
    if set(units) - names:
        return "700025", "order item not found"
    if order.stage not in _SHIPPABLE:
        return "700026", "item current status not allow to pack"
    if set(units) != names:
        # The emulated world moves an order as a whole.
        return "700013", "unsupported: pack all units of an order together"
    now = market.world.now
    market.packed.add(order.id)
    market.repacked.discard(order.id)
    selling.pack(market.shop, order, now)
    market.labels[order.package] = now + market.profile.label_after_s
    return "0", "success"


def _parcels(
    market: LazadaMarket, given: Parameters, name: str, act: Callable[[Order], tuple[str, str]]
) -> dict[str, Any]:
    wanted = given.tree(name).get("packages", [])
    if not isinstance(wanted, list) or not wanted:
        return _failure("700017", "param is null")
    if len(wanted) > _MOST:
        return _failure("700022", "batch size out of limit")
    rows = []
    for row in wanted:
        package = str(row.get("package_id", "")) if isinstance(row, dict) else ""
        order = _of_package(market, package)
        code, text = act(order) if order else _NOT_FOUND
        rows.append({"package_id": package, "item_err_code": code, "msg": text, "retry": False})
    return _layer({"packages": rows})


def _of_package(market: LazadaMarket, package: str) -> Order | None:
    orders = market.shop.orders.values()
    return next((one for one in orders if one.package == package and one.tracked), None)


def _ready(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    def act(order: Order) -> tuple[str, str]:
        return _hand_over(market, order)

    return _parcels(market, given, "readyToShipReq", act)


def _hand_over(market: LazadaMarket, order: Order) -> tuple[str, str]:
    if order.stage is Stage.CANCELLED:
        return "600002", "package already cancelled"
    if order.stage is not Stage.PACKED or order.id not in market.packed:
        return "700000", "package status forbids this operation"
    now = market.world.now
    market.packed.discard(order.id)
    selling.hand_over(market.shop, order, now)
    market.moved(order, now)
    return "0", "success"


def _repack(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    def act(order: Order) -> tuple[str, str]:
        if order.stage is not Stage.PACKED or order.id not in market.packed:
            return "700000", "package status forbids this operation"
        market.packed.discard(order.id)
        market.repacked.add(order.id)
        order.tracked = False
        market.shop.touch(order, market.world.now, Stage.TO_SHIP, Parcel.READY)
        return "0", "success"

    return _parcels(market, given, "rePackReq", act)


def _not_own(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    return _failure("700009", "not a DBS order")


def _document(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    body = given.tree("getDocumentReq")
    kind = str(body.get("doc_type", "PDF"))
    if kind not in {"PDF", "HTML"}:
        raise Refusal("32", "E032: Document type is not valid")
    packages = [str(row.get("package_id")) for row in body.get("packages", [])]
    orders = [_of_package(market, name) for name in packages]
    if not orders or not all(orders):
        raise Refusal("30012", "package not found")
    if any(market.labels.get(name, 0) > market.world.now for name in packages):
        raise Refusal("700040", "no printable package")
    if kind == "HTML":
        page = f"<html><body><h1>{packages[0]}</h1></body></html>"
        return _layer({"file": b64encode(page.encode()).decode(), "doc_type": kind})
    link = f"http://{given.host}{_FILES}{packages[0]}.pdf?Expires={market.world.now + 600}"
    frame = f'<iframe src="{link}" width="100%" height="100%"></iframe>'
    data = {"file": b64encode(frame.encode()).decode(), "pdf_url": link, "doc_type": kind}
    return _layer(data)


def _trace(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    order = market.shop.orders.get(given.text("order_id"))
    if order is None:
        return {"success": False, "error_code": "LD_INPUT_PARAM_VALID", "error_msg": "order_id"}
    steps = [("Đã bàn giao", order.picked_up), ("Đã giao hàng", order.delivered)]
    details = [
        {"title": title, "event_time": moment * 1000, "detail_type": "INFO", "status_code": "INFO"}
        for title, moment in steps
        if moment
    ]
    package = {
        "ofc_package_id": order.package,
        "tracking_number": order.tracking,
        "logistic_detail_info_list": details,
    }
    module = [{"ofc_order_id": order.id, "package_detail_info_list": [package]}]
    return {"success": True, "error_code": {}, "module": module}


# The old calls, announced off and still in use; book 3.8


def _old_providers(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    return {"shipment_providers": [{"name": "LEX VN", "cod": 1, "is_default": 1}]}


def _of_units(market: LazadaMarket, given: Parameters) -> tuple[Order, list[str]]:
    units = given.ids("order_item_ids", "20", "E020: Invalid Order Item IDs")
    for order in market.shop.orders.values():
        if set(units) <= set(unit_ids(order)) and units:
            return order, units
    raise Refusal("20", f'E020: "{",".join(units)}" Invalid Order Item IDs')


def _old_rows(order: Order, units: list[str]) -> dict[str, Any]:
    rows = [
        {
            "order_item_id": int(one),
            "purchase_order_id": "",
            "purchase_order_number": "",
            "shipment_provider": "LEX VN",
            "tracking_number": order.tracking,
            "package_id": order.package,
        }
        for one in units
    ]
    return {"order_items": rows}


def _old_pack(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    order, units = _of_units(market, given)
    code, text = _packed(market, order, units)
    if code != "0":
        raise Refusal("21", f"E021: OMS Api Error Occurred: {text}")
    return _old_rows(order, units)


def _old_ready(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    order, units = _of_units(market, given)
    code, text = _hand_over(market, order)
    if code != "0":
        raise Refusal("21", f"E021: OMS Api Error Occurred: {text}")
    return _old_rows(order, units)


def _old_document(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    kind = given.text("doc_type")
    if kind not in {"invoice", "shippingLabel", "carrierManifest"}:
        raise Refusal("32", "E032: Document type is not valid")
    order, _ = _of_units(market, given)
    if not order.tracked:
        text = "E034: Order Item must be packed. Please call SetStatusToReadyToShip before"
        raise Refusal("34", text)
    page = b64encode(f"<html><body><h1>{order.tracking}</h1></body></html>".encode()).decode()
    return {"document": {"file": page, "mime_type": "text/html", "document_type": kind}}


# Cancelling


def _cancelled_units(market: LazadaMarket, given: Parameters) -> tuple[Order, str]:
    """Return the order and why not all that is asked for can be cancelled, if so."""
    order = found(market, given.text("order_id"))
    listed = loose(given.text("order_item_id_list"))
    names = {str(one) for one in listed} if isinstance(listed, list | tuple) else set()
    if not names or names - set(unit_ids(order)):
        raise Refusal("123", "E0123: invalid order lines")
    open_stages = {Stage.UNPAID, Stage.ON_HOLD, Stage.TO_SHIP, Stage.RETRY_SHIP, Stage.PACKED}
    if order.stage not in open_stages:
        return order, "Không thể hủy đơn hàng ở trạng thái này."
    if names & set(market.gone.get(order.id, ())):
        return order, "Sản phẩm đã được hủy."
    return order, ""


def _validate(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    _, wrong = _cancelled_units(market, given)
    if wrong:
        return {"tip_content": wrong, "tip_type": "error", "reason_options": []}
    options = [{"reason_id": code, "reason_name": text} for code, text in _REASONS.items()]
    tip = "Tồn kho của SKU có thể bị đặt về 0 sau khi hủy với lý do này."
    return {"tip_content": tip, "tip_type": "warning", "reason_options": options}


def _cancel(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    order, wrong = _cancelled_units(market, given)
    reason = given.text("reason_id")
    if reason not in _REASONS:
        raise Refusal("104", "E0104: reason is invalid")
    if wrong:
        return {"tip_content": wrong, "tip_type": "error"}
    names = {str(one) for one in loose(given.text("order_item_id_list"))}
    left = set(unit_ids(order)) - set(market.gone.get(order.id, ()))
    if names == left or order.stage is Stage.PACKED:  # a parcel is cancelled whole; quirk 28
        lines = order.lines if reason in _SOLD_OUT else ()
        sold_out = [(line.product, line.variant) for line in lines]
        now = market.world.now
        selling.seller_cancel(market.shop, order, now, _REASONS[reason], sold_out=sold_out)
    else:
        _cancel_some(market, order, names, reason)
    return {"tip_content": "Đã hủy sản phẩm trong đơn hàng.", "tip_type": "success"}


def _cancel_some(market: LazadaMarket, order: Order, names: set[str], reason: str) -> None:
    """Cancel units of an order that is not packed; the rest goes on."""
    now = market.world.now
    market.gone.setdefault(order.id, {}).update(dict.fromkeys(names, _REASONS[reason]))
    for line, name in zip(units(order), unit_ids(order), strict=True):
        if name in names:
            stock = line.variant.reserved if reason in _SOLD_OUT else line.variant.stock + 1
            market.shop.restock(line.product, line.variant, stock, now)
    market.moved(order, now)


def _decide(market: LazadaMarket, given: Parameters) -> None:
    name = given.text("reverse_order_id")
    orders = market.shop.orders.values()
    order = next((one for one in orders if str(reverse_id(one)) == name), None)
    if order is None:
        raise Refusal("105", "E0105: reverse order id is invalid")
    agree = given.text("agree_cancel").lower() == "true"
    try:
        selling.answer_cancellation(market.shop, order, market.world.now, agree=agree)
    except WriteRefused:
        raise Refusal("131", "E0131: nothing to decide") from None
