"""Shipping documents (book 3.7, step 4): made in seconds, of one kind, while the parcel waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import define

from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.http import Reply
from entrosdk.sandbox.orders import Order, Parcel
from entrosdk.sandbox.paper import pdf
from entrosdk.sandbox.shopee.gateway import Endpoint, Warned
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["Paper", "table"]

_KINDS = ("NORMAL_AIR_WAYBILL", "THERMAL_AIR_WAYBILL")
_SUGGESTED = "THERMAL_AIR_WAYBILL"


@define(frozen=True)
class Paper:
    """A document that was asked for: its kind, and from when on it is ready."""

    kind: str
    ready: int


class _Fail(Exception):
    """Why one row fails."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.row = {"fail_error": code, "fail_message": text}


Row = dict[str, Any]
Handler = Callable[["ShopeeMarket", Parameters], Any]


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    paths: dict[str, Handler] = {
        "get_shipping_document_parameter": _batch(_parameter),
        "create_shipping_document": _batch(_create),
        "get_shipping_document_result": _batch(_result),
        "download_shipping_document": _download,
    }
    return {f"logistics/{name}": Endpoint("POST", "shop", each) for name, each in paths.items()}


def _batch(
    act: Callable[[ShopeeMarket, Order, Row], Row],
) -> Callable[[ShopeeMarket, Parameters], Warned]:
    """Answer row by row: all failed is an error with rows, some failed a warning (quirk 24)."""

    def answer(market: ShopeeMarket, given: Parameters) -> Warned:
        rows: list[Row] = []
        failed: list[Row] = []
        for row in given.rows("order_list"):
            ids: Row = {name: row[name] for name in ("order_sn", "package_number") if name in row}
            try:
                rows.append({**ids, **act(market, _order(market, row), row)})
            except _Fail as fail:
                rows.append({**ids, **fail.row})
                failed.append(ids)
        if len(failed) == len(rows):
            text = "Failed, please check result_list for more details."
            raise Refusal("common.batch_api_all_failed", text, response={"result_list": rows})
        return Warned({"result_list": rows}, failed or None)

    return answer


def _order(market: ShopeeMarket, row: Row) -> Order:
    order = market.shop.orders.get(str(row.get("order_sn", "")))
    if order is None:
        raise _Fail("logistics.order_not_exist", "The order is not exist.")
    if "package_number" in row:  # permanent, for an order of one package
        raise _Fail("error_param", "Wrong parameters, detail: invalid package_number/forder_id.")
    return order


def _printable(order: Order) -> None:
    if order.parcel is not Parcel.REQUESTED:
        text = "The package can not print now."
        raise _Fail("logistics.package_can_not_print", text)


def _parameter(market: ShopeeMarket, order: Order, row: Row) -> Row:
    del market, row
    _printable(order)
    return {
        "package_number": order.package,
        "suggest_shipping_document_type": _SUGGESTED,
        "selectable_shipping_document_type": list(_KINDS),
    }


def _create(market: ShopeeMarket, order: Order, row: Row) -> Row:
    _printable(order)
    kind = row.get("shipping_document_type", _KINDS[0])
    if kind not in _KINDS:
        text = "The shipping_document_type is invalid."
        raise _Fail("logistics.shipping_document_type_invalid", text)
    if not order.tracked or row.get("tracking_number") != order.tracking:
        text = "The tracking number is invalid. Please check the tracking number."
        raise _Fail("logistics.tracking_number_invalid", text)
    known = market.papers.get(order.id)
    if known is None or known.kind != kind:
        ready = market.world.now + market.profile.paper_after
        market.papers[order.id] = Paper(kind, ready)
        market.shop.tell(Change("document", ready, order, new="READY"))
    return {}


def _result(market: ShopeeMarket, order: Order, row: Row) -> Row:
    paper = _made(market, order, row.get("shipping_document_type", ""))
    status = "READY" if market.world.now >= paper.ready else "PROCESSING"
    return {"package_number": order.package, "status": status}


def _made(market: ShopeeMarket, order: Order, kind: str) -> Paper:
    paper = market.papers.get(order.id)
    if paper is None:
        text = "The package should print first."
        raise _Fail("logistics.shipping_document_should_print_first", text)
    if kind and kind != paper.kind:
        text = "The shipping_document_type is invalid."
        raise _Fail("logistics.shipping_document_type_invalid", text)
    return paper


def _download(market: ShopeeMarket, given: Parameters) -> Reply:
    kind = given.text("shipping_document_type", "")
    lines: list[str] = []
    for row in given.rows("order_list"):
        try:
            order = _order(market, row)
            _printable(order)
            paper = _made(market, order, kind)
        except _Fail as fail:
            raise Refusal(fail.row["fail_error"], fail.row["fail_message"]) from None
        if market.world.now < paper.ready:
            text = "The document is not yet ready, please download later."
            raise Refusal("logistics.download_later", text)
        lines += ["SPX EXPRESS (SANDBOX)", order.tracking, f"Order {order.id}", order.package, ""]
    return Reply(body=pdf(lines), kind="application/pdf")
