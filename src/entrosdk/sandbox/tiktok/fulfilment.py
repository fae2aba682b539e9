"""Package endpoints (book 3.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.orders import HOUR, Order, Stage
from entrosdk.sandbox.paper import pdf
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.orders import found
from entrosdk.sandbox.tiktok.paging import page_of
from entrosdk.sandbox.tiktok.parameters import Parameters, Refusal
from entrosdk.sandbox.tiktok.rendering import CARRIER, package_body

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["document", "table"]

_DOCUMENTS = (
    "SHIPPING_LABEL",
    "PACKING_SLIP",
    "SHIPPING_LABEL_AND_PACKING_SLIP",
    "SHIPPING_LABEL_PICTURE",
)
_SHIPPED = {Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED, Stage.COMPLETED, Stage.RETURNING}


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope = "seller.fulfillment.basic"
    package = "/fulfillment/v/packages/{}"
    return [
        Endpoint("POST", "/fulfillment/v/packages/search", _search, scope),
        Endpoint("GET", package, _detail, scope),
        Endpoint("GET", f"{package}/handover_time_slots", _slots, scope),
        Endpoint("POST", f"{package}/ship", _ship, scope),
        Endpoint("POST", "/fulfillment/v/packages/ship", _ship_many, scope),
        Endpoint("GET", f"{package}/shipping_documents", _document, scope),
        Endpoint("GET", "/fulfillment/v/orders/{}/tracking", _tracking, scope),
        Endpoint(
            "POST", "/fulfillment/v/orders/{}/packages", _not_here, scope, ("202610", "202309")
        ),
    ]


def _package(market: TikTokMarket, name: str) -> Order:
    for order in market.shop.orders.values():
        if order.package == name:
            return order
    raise Refusal(21011028, "The package does not belong to this shop.")


def _search(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    size = given.page_size(1, 50)
    field = given.word("sort_field", "create_time", "update_time", "order_pay_time")
    descending = given.word("sort_order", "DESC", "ASC") == "DESC"
    created = given.window(given.body, "create_time")
    updated = given.window(given.body, "update_time")
    wanted = given.body.get("package_status")
    bodies = [package_body(one, masking=True) for one in market.shop.orders.values()]
    rows = [
        body
        for body in bodies
        if created[0] <= body["create_time"] < created[1]
        and updated[0] <= body["update_time"] < updated[1]
        and wanted in {None, body["package_status"]}
    ]
    clock = "update_time" if field == "update_time" else "create_time"
    page, token = page_of(
        given, rows, lambda row: (row[clock], row["package_id"]), size, descending=descending
    )
    shown = [{"id": row["package_id"], "status": row["package_status"], **row} for row in page]
    return {"packages": shown, "next_page_token": token, "total_count": len(rows)}


def _detail(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    return package_body(_package(market, given.ids[0]), masking=market.profile.masking)


def _slots(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    _package(market, given.ids[0])
    start = market.world.now // HOUR * HOUR + 2 * HOUR
    # The last key is misspelt in the API (quirk 22).
    slots = [
        {
            "start_time": start + number * 4 * HOUR,
            "end_time": start + (number + 1) * 4 * HOUR,
            "avaliable": number > 0,
        }
        for number in range(3)
    ]
    return {"can_pickup": True, "can_drop_off": True, "pickup_slots": slots}


def _ship(market: TikTokMarket, given: Parameters) -> None:
    _arrange(market, given.ids[0], given.body)


def _ship_many(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    """Ship several packages: those that fail are told beside a code of 0."""
    errors = []
    for row in given.rows("packages"):
        name = str(row.get("id", ""))
        try:
            _arrange(market, name, row)
        except Refusal as refusal:
            detail = {"package_id": name}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
    return {"errors": errors} if errors else {}


def _arrange(market: TikTokMarket, name: str, body: dict[str, Any]) -> None:
    order = _package(market, name)
    if order.stage is Stage.CANCELLING:
        text = "Package item has after-sale request, please process the after-sale request first."
        raise Refusal(21008044, text)
    if order.stage is Stage.CANCELLED:
        raise Refusal(21011041, "The order is cancelled.")
    if order.stage in _SHIPPED or order.parcel == "REQUESTED":
        raise Refusal(21008099, "The package has been shipped already.")
    if order.stage is not Stage.TO_SHIP:
        raise Refusal(21001001, "The order cannot be shipped in its current status.")
    if body.get("handover_method") not in {None, "PICKUP", "DROP_OFF"}:
        raise Refusal(21001001, "HandoverMethod is invalid")
    selling.arrange(market.shop, order, market.world.now, answer_after=0)


def _document(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    given.needed("document_type", *_DOCUMENTS)
    order = _package(market, given.ids[0])
    if order.stage in {Stage.SHIPPED, Stage.DELIVERED, Stage.COMPLETED, Stage.RETURNING}:
        raise Refusal(21042102, "The document cannot be fetched after the pickup.")
    if order.stage is not Stage.PACKED:
        raise Refusal(21023035, "The package has to be shipped before its document is made.")
    host = given.call.headers.get("host", "tiktok.sandbox")
    url = f"http://{host}/document/{order.package}.pdf"
    return {"doc_url": url, "tracking_number": order.tracking}


def document(market: TikTokMarket, call: Call) -> Reply | None:
    """Answer a link to a label. `None` for other addresses."""
    if call.method != "GET" or not call.path.startswith("/document/"):
        return None
    package = call.path.removeprefix("/document/").removesuffix(".pdf")
    number = next((o.tracking for o in market.shop.orders.values() if o.package == package), "")
    return Reply(body=pdf((CARRIER[1], f"Package {package}", number)), kind="application/pdf")


def _tracking(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    order = found(market, given.ids[0])
    told = (
        (order.picked_up, "Parcel was picked up"),
        (order.delivered, "Parcel was delivered"),
    )
    rows = [
        {"description": f"{text} ({CARRIER[1]})", "update_time_millis": at * 1000}
        for at, text in told
        if at
    ]
    return {"tracking": rows}


def _not_here(market: TikTokMarket, given: Parameters) -> None:
    del market, given
    raise Refusal(21008106, "Marking packages as shipped is not supported in this region.")
