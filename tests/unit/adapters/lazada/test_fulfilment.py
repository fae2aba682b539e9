"""Shipping, labels and cancelling (fact book sections 3.7 and 3.8)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.writing import CancelReason, Handover, ShipRequest
from entrosdk.errors import ConfigError, Conflict, NotFound, OutcomeUnknown, Rejected
from entrosdk.spi.request import Safety
from tests.unit.adapters.lazada.desk import (
    NOW,
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    paths,
    shop,
)
from tests.unit.adapters.lazada.test_selling import written

ORDER = "478120036614582"
PARCEL = "FP102251904714582"
ITEMS, PROVIDERS, PACK, RTS, HEADER = (
    "/orders/items/get",
    "/order/shipment/providers/get",
    "/order/fulfill/pack",
    "/order/package/rts",
    "/order/get",
)
LOST = OutcomeUnknown("the reply was lost")


def units(status: str = "pending", package: str = "", **parts: Any) -> bytes:
    """The three units of the example order, in some state."""
    rows = parsed("order_items_get")["data"]
    changed = [{**row, "status": status, "package_id": package, **parts} for row in rows]
    return ok([{"order_id": ORDER, "order_items": changed}])


def packing(code: str = "0", msg: str = "success") -> dict[str, Any]:
    """The reply to packing the three units."""
    rows = [
        {"order_item_id": row["order_item_id"], "item_err_code": code, "msg": msg}
        for row in parsed("order_items_get")["data"]
    ]
    if code == "0":
        rows = [{**row, "package_id": PARCEL} for row in rows]
    data = {"pack_order_list": [{"order_id": ORDER, "order_item_list": rows}]}
    return {"result": {"success": True, "data": data}, "code": "0", "request_id": "r9"}


def ready(code: str = "0", msg: str = "") -> dict[str, Any]:
    """The reply to ready-to-ship."""
    rows = [{"package_id": PARCEL, "item_err_code": code, "msg": msg}]
    return {"result": {"success": True, "data": {"packages": rows}}, "code": "0"}


SEEN = (
    (HEADER, fixture("order_get")),
    (ITEMS, units("ready_to_ship", PARCEL, tracking_code="LEXVN0104512206")),
)
WISH = ShipRequest(order_id=ORDER)


# Shipping


def test_an_order_is_packed_and_declared_ready() -> None:
    """Units, carrier's way of choosing, pack, ready: then the parcels are read."""
    played = written(
        shop().orders.ship(WISH),
        (ITEMS, units()),
        (PROVIDERS, fixture("shipment_providers_for_pack")),
        (PACK, packing()),
        (RTS, ready()),
        *SEEN,
    )
    assert json.loads(asked(played, 2)["packReq"]) == {
        "pack_order_list": [
            {
                "order_id": int(ORDER),
                "order_item_list": [478120036714582, 478120036814582, 478120036914582],
            }
        ],
        "delivery_type": "dropship",
        "shipping_allocate_type": "TFS",
    }
    assert json.loads(asked(played, 3)["readyToShipReq"]) == {"packages": [{"package_id": PARCEL}]}
    assert [request.safety for request in played.requests[2:4]] == [Safety.UNSAFE] * 2
    (package,) = played.result.packages
    assert (package.id, package.tracking_number) == (PARCEL, "LEXVN0104512206")
    assert played.result.raw_status == "ready_to_ship"


def test_some_lines_can_be_shipped_alone() -> None:
    """A line is all units that equal its first one."""
    wish = ShipRequest(order_id=ORDER, line_ids=("478120036714582",))
    played = written(
        shop().orders.ship(wish),
        (ITEMS, units()),
        (PROVIDERS, fixture("shipment_providers_for_pack")),
        (PACK, packing()),
        (RTS, ready()),
        *SEEN,
    )
    listed = json.loads(asked(played, 2)["packReq"])["pack_order_list"][0]["order_item_list"]
    assert listed == [478120036714582, 478120036814582]


def test_what_was_packed_before_is_only_declared_ready() -> None:
    """An attempt that stopped half way goes on."""
    played = written(
        shop().orders.ship(ShipRequest(order_id=ORDER, package_id=PARCEL)),
        (ITEMS, units("packed", PARCEL)),
        (RTS, ready()),
        *SEEN,
    )
    assert paths(played)[1] == "/rest/order/package/rts"


def test_a_wish_lazada_has_no_word_for_is_refused() -> None:
    """Its parcels have its own numbers, and its carriers deliver them."""
    with pytest.raises(ConfigError, match="tracking number"):
        written(
            shop().orders.ship(ShipRequest(order_id=ORDER, tracking_number="X")), (ITEMS, units())
        )
    own = ShipRequest(order_id=ORDER, method=Handover.OWN)
    with pytest.raises(Conflict, match="carriers"):
        written(shop().orders.ship(own), (ITEMS, units()))
    played = written(
        shop().orders.ship(own),
        (ITEMS, units("packed", PARCEL, delivery_option_sof=1)),
        (RTS, ready()),
        *SEEN,
    )
    assert played.result.packages


@pytest.mark.parametrize("status", ["shipped", "canceled", "unpaid", "ready_to_ship"])
def test_an_order_that_cannot_be_shipped_is_a_conflict(status: str) -> None:
    """Nothing is sent that changes anything."""
    with pytest.raises(Conflict, match="waits to be shipped"):
        written(shop().orders.ship(WISH), (ITEMS, units(status)))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("700026", Conflict),
        ("700027", Conflict),
        ("700029", Conflict),
        ("700030", Conflict),
        ("700021", NotFound),
        ("1003", Conflict),
        ("987654", Rejected),
    ],
)
def test_a_unit_that_fails_inside_a_success_is_told(code: str, kind: type[Exception]) -> None:
    """The third layer of errors: the call succeeds, its elements do not."""
    with pytest.raises(kind) as caught:
        written(
            shop().orders.ship(WISH),
            (ITEMS, units()),
            (PROVIDERS, fixture("shipment_providers_for_pack")),
            (PACK, packing(code, "not allowed")),
        )
    error: Any = caught.value
    assert (error.context.code, error.context.request_id) == (code, "r9")
    assert "not allowed" in error.message


def test_the_example_of_a_half_failed_packing_is_a_conflict() -> None:
    """One of three units does not allow it."""
    with pytest.raises(Conflict, match="not allow to pack"):
        written(
            shop().orders.ship(WISH),
            (ITEMS, units()),
            (PROVIDERS, fixture("shipment_providers_for_pack")),
            (PACK, fixture("fulfill_pack")),
        )


def test_a_parcel_that_cannot_be_declared_ready_is_told() -> None:
    """As in the example."""
    with pytest.raises(Conflict, match="already cancelled"):
        written(
            shop().orders.ship(WISH),
            (ITEMS, units("packed", PARCEL)),
            (RTS, fixture("package_rts")),
        )


def test_a_batch_that_fails_as_a_whole_is_an_error() -> None:
    """The second layer of errors."""
    with pytest.raises(Rejected, match="batch size"):
        written(
            shop().orders.ship(WISH),
            (ITEMS, units("packed", PARCEL)),
            (RTS, parsed("errors")["fulfilment_batch_failed"]),
        )


def test_lost_replies_are_answered_by_looking() -> None:
    """Packed is packed, ready is ready; nothing is sent twice."""
    played = written(
        shop().orders.ship(WISH),
        (ITEMS, units()),
        (PROVIDERS, fixture("shipment_providers_for_pack")),
        (PACK, LOST),
        (ITEMS, units("packed", PARCEL)),
        (RTS, LOST),
        (ITEMS, units("ready_to_ship", PARCEL)),
        *SEEN,
    )
    assert paths(played).count("/rest/order/fulfill/pack") == 1
    assert played.result.packages[0].id == PARCEL


def test_a_lost_packing_that_did_not_happen_stays_unknown() -> None:
    """It may still happen."""
    with pytest.raises(OutcomeUnknown):
        written(
            shop().orders.ship(WISH),
            (ITEMS, units()),
            (PROVIDERS, fixture("shipment_providers_for_pack")),
            (PACK, LOST),
            (ITEMS, units()),
        )


def test_options_name_who_chooses_the_carrier() -> None:
    """Lazada does, unless the seller delivers."""
    played = written(
        shop().orders.shipping_options(ORDER, ""),
        (ITEMS, units()),
        (PROVIDERS, fixture("shipment_providers_for_pack")),
    )
    assert played.result.methods == (Handover.PICKUP,)
    assert played.result.warehouse_ids == ("dropshipping",)
    own = written(
        shop().orders.shipping_options(ORDER, ""),
        (ITEMS, units(delivery_option_sof=1)),
        (PROVIDERS, fixture("shipment_providers_for_pack")),
    )
    assert own.result.methods == (Handover.OWN,)
    with pytest.raises(Conflict):
        written(shop().orders.shipping_options(ORDER, ""), (ITEMS, units("shipped")))


# Labels


def test_a_label_is_a_link_that_lives_ten_minutes() -> None:
    """Counted from the reply's own time."""
    played = answer(shop().orders.label(ORDER, PARCEL), fixture("package_document_get"))
    label = played.result
    assert label.url.endswith("example-awb.pdf?Expires=1772593805")
    assert (label.kind, label.valid_until) == ("application/pdf", NOW + timedelta(minutes=10))
    assert json.loads(asked(played)["getDocumentReq"])["packages"] == [{"package_id": PARCEL}]
    assert "awb" not in repr(label)


def test_a_label_may_be_a_page() -> None:
    """Where there is no link, the page's bytes are the label."""
    body = {"result": {"success": True, "data": {"file": "PGh0bWw+", "doc_type": "HTML"}}}
    label = answer(shop().orders.label(ORDER, PARCEL), {**body, "code": "0"}).result
    assert (label.kind, label.content) == ("text/html", b"<html>")


def test_the_parcel_of_a_label_is_found() -> None:
    """An order that was not packed has none."""
    played = answer(
        shop().orders.label(ORDER, ""),
        units("ready_to_ship", PARCEL),
        fixture("package_document_get"),
    )
    assert played.result.package_id == PARCEL
    with pytest.raises(Conflict, match="no parcel yet"):
        answer(shop().orders.label(ORDER, ""), units())


@pytest.mark.parametrize("code", ["34", "700040", "30012", "600001", "50008"])
def test_a_label_that_cannot_be_printed_yet_is_a_conflict(code: str) -> None:
    """Also when Lazada does not know the parcel right after packing."""
    with pytest.raises(Conflict) as caught:
        answer(shop().orders.label(ORDER, PARCEL), failed(code))
    assert caught.value.context.code == code


def test_an_empty_label_is_a_conflict() -> None:
    """Nothing is made up."""
    body = {"result": {"success": True, "data": {"file": "?"}}, "code": "0"}
    with pytest.raises(Conflict, match="no label"):
        answer(shop().orders.label(ORDER, PARCEL), body)


# Cancelling


def test_reasons_are_those_for_what_can_be_cancelled() -> None:
    """Asked for by unit."""
    played = answer(shop().orders.cancel_reasons(ORDER), units(), fixture("cancel_validate"))
    assert asked(played, 1)["order_item_id_list"] == (
        "[478120036714582,478120036814582,478120036914582]"
    )
    assert played.result[1] == CancelReason(code="10000021", text="Out of Stock")


def test_an_order_is_cancelled_by_a_get_that_is_a_write() -> None:
    """It is never repeated blindly."""
    played = answer(shop().orders.cancel(ORDER, "10000019", []), units(), fixture("cancel_create"))
    request = played.requests[1]
    assert (request.method, request.safety) == ("GET", Safety.UNSAFE)
    assert asked(played, 1)["reason_id"] == "10000019"


def test_a_line_is_cancelled_alone() -> None:
    """All of its units, and no other."""
    played = answer(
        shop().orders.cancel(ORDER, "1", ["478120036914582"]), units(), fixture("cancel_create")
    )
    assert asked(played, 1)["order_item_id_list"] == "[478120036914582]"


def test_a_refused_cancellation_says_why() -> None:
    """Inside of a success."""
    refusal = ok({"tip_type": "error", "tip_content": "Quá muộn"})
    with pytest.raises(Conflict, match="Quá muộn"):
        answer(shop().orders.cancel(ORDER, "1", []), units(), refusal)
    with pytest.raises(Conflict, match="Quá muộn"):
        answer(shop().orders.cancel_reasons(ORDER), units(), refusal)


def test_what_was_shipped_cannot_be_cancelled() -> None:
    """Nothing is sent then."""
    with pytest.raises(Conflict, match="any more"):
        answer(shop().orders.cancel(ORDER, "1", []), units("shipped"))


@pytest.mark.parametrize(("status", "known"), [("canceled", True), ("pending", False)])
def test_a_lost_cancellation_is_read_back(status: str, known: bool) -> None:
    """Cancelled is cancelled."""
    flow = shop().orders.cancel(ORDER, "1", [])
    bodies = ((ITEMS, units()), ("/order/reverse/cancel/create", LOST), (ITEMS, units(status)))
    if known:
        assert written(flow, *bodies).result is None
        return
    with pytest.raises(OutcomeUnknown):
        written(flow, *bodies)


PENDING = {"need_cancel_confirm": True, "reverse_order_id": 771100238813377}


def test_a_buyers_wish_to_cancel_shows_in_the_orders_state() -> None:
    """The units' words do not change."""
    order = answer(shop().orders.many([ORDER]), fixture("order_get"), units(**PENDING)).result
    assert (order.items[0].status, order.items[0].raw_status) == (OrderStatus.CANCELLING, "pending")


@pytest.mark.parametrize("agree", [True, False])
def test_a_buyers_wish_to_cancel_is_decided(agree: bool) -> None:
    """By the reverse order that the units name."""
    orders = shop().orders
    flow = (
        orders.accept_cancellation(ORDER)
        if agree
        else orders.refuse_cancellation(ORDER, "10000019", "sorry")
    )
    said = asked(answer(flow, units(**PENDING), {"code": "0", "data": None}), 1)
    assert said["reverse_order_id"] == "771100238813377"
    assert said["agree_cancel"] == str(agree).lower()
    assert said.get("reason_code") == (None if agree else "10000019")


def test_without_a_wish_there_is_nothing_to_decide() -> None:
    """Seen beforehand, or said by Lazada."""
    with pytest.raises(Conflict, match="no buyer asks"):
        answer(shop().orders.accept_cancellation(ORDER), units())
    with pytest.raises(Conflict):
        answer(shop().orders.accept_cancellation(ORDER), units(**PENDING), failed("131"))


def test_a_lost_decision_is_read_back() -> None:
    """The wish is gone."""
    played = written(
        shop().orders.accept_cancellation(ORDER),
        (ITEMS, units(**PENDING)),
        ("/order/reverse/cancel/seller/decide", LOST),
        (ITEMS, units("canceled")),
    )
    assert played.result is None


def test_an_id_that_is_none_is_not_found() -> None:
    """Nothing is asked."""
    with pytest.raises(NotFound):
        answer(shop().orders.label("x", ""))
