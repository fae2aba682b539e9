"""Shipping, labels, cancelling, and answering returns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.domain.writing import CancelReason, Handover, Image, PickupSlot, ShipRequest
from entrosdk.errors import ConfigError, Conflict, Invalid, NotFound, OutcomeUnknown, Unsupported
from entrosdk.spi.request import Response, Safety
from entrosdk.testing.play import play
from tests.unit.adapters.tiktok.desk import answer, asked, failed, fixture, ok, parsed, sent, shop

ORDER, PACKAGE = "579220418835842101", "1158374420199082165"
LOST = OutcomeUnknown("a write was sent and its reply was lost")
DONE = ok({})
SLOTS = ok(
    {
        "can_pickup": True,
        "can_drop_off": True,
        "pickup_slots": [
            {"start_time": 1794880000, "end_time": 1794890000, "avaliable": False},
            {"start_time": 1794898800, "end_time": 1794913200, "avaliable": True},
        ],
    }
)


def order(**facts: Any) -> bytes:
    """The example order with other facts."""
    body = parsed("order_detail")["data"]["orders"][0] | facts
    if body["status"] == "AWAITING_SHIPMENT":
        for row in body["line_items"]:
            row["package_status"] = "TO_FULFILL"
    return ok({"orders": [body]})


WAITING = order(status="AWAITING_SHIPMENT")
SHIPPED = order(status="AWAITING_COLLECTION")


# Shipping


def test_the_ways_to_hand_over_are_told() -> None:
    """Slots that are taken are left out."""
    options = answer(shop().orders.shipping_options(ORDER, ""), WAITING, SLOTS).result
    assert options.methods == (Handover.PICKUP, Handover.DROP_OFF)
    (slot,) = options.slots
    assert slot.start == datetime.fromtimestamp(1794898800, UTC)
    assert (slot.id, slot.recommended) == ("1794898800-1794913200", True)


def test_a_seller_who_ships_alone_chooses_a_carrier() -> None:
    """The delivery option tells which there are."""
    played = answer(
        shop().orders.shipping_options(ORDER, ""),
        order(shipping_type="SELLER"),
        fixture("shipping_providers"),
    )
    assert "/delivery_options/7091147003148174085/" in played.requests[1].path
    assert played.result.methods == (Handover.OWN,)
    assert ("6841743441349722625", "GHN") in played.result.carriers


def test_shipping_chooses_what_was_left_open() -> None:
    """The waiting package, pick-up, the first free slot; the order is read again at the end."""
    played = answer(
        shop().orders.ship(ShipRequest(order_id=ORDER)),
        WAITING,
        SLOTS,
        fixture("package_ship_ok"),
        SHIPPED,
    )
    ship = played.requests[2]
    assert ship.path == f"/fulfillment/202309/packages/{PACKAGE}/ship"
    assert ship.safety is Safety.UNSAFE
    assert sent(played, 2) == {
        "handover_method": "PICKUP",
        "pickup_slot": {"start_time": 1794898800, "end_time": 1794913200},
    }
    assert played.result.raw_status == "AWAITING_COLLECTION"
    assert [package.id for package in played.result.packages] == [PACKAGE]


def test_a_wish_is_followed() -> None:
    """Package, method and slot."""
    start, end = datetime.fromtimestamp(5, UTC), datetime.fromtimestamp(9, UTC)
    slot = PickupSlot(id="x", start=start, end=end)
    wish = ShipRequest(order_id=ORDER, package_id="7", method=Handover.PICKUP, slot=slot)
    played = answer(shop().orders.ship(wish), WAITING, DONE, SHIPPED)
    assert played.requests[1].path.endswith("/packages/7/ship")
    assert sent(played, 1)["pickup_slot"] == {"start_time": 5, "end_time": 9}
    dropped = ShipRequest(order_id=ORDER, method=Handover.DROP_OFF)
    played = answer(shop().orders.ship(dropped), WAITING, DONE, SHIPPED)
    assert sent(played, 1) == {"handover_method": "DROP_OFF"}


def test_an_own_parcel_needs_its_carrier_and_its_number() -> None:
    """Both are told to TikTok Shop."""
    own = order(status="AWAITING_SHIPMENT", shipping_type="SELLER")
    wish = ShipRequest(order_id=ORDER, carrier="6841743441349722625", tracking_number="GHN1")
    played = answer(shop().orders.ship(wish), own, DONE, SHIPPED)
    assert sent(played, 1) == {
        "self_shipment": {
            "tracking_number": "GHN1",
            "shipping_provider_id": "6841743441349722625",
        }
    }
    with pytest.raises(ConfigError, match="tracking number"):
        answer(shop().orders.ship(ShipRequest(order_id=ORDER)), own)


def test_lines_alone_are_not_shipped() -> None:
    """Packages are."""
    with pytest.raises(Unsupported):
        answer(shop().orders.ship(ShipRequest(order_id=ORDER, line_ids=("1",))))


def test_a_shipment_whose_reply_was_lost_is_looked_for() -> None:
    """It is never arranged twice."""
    wish = ShipRequest(order_id=ORDER, method=Handover.DROP_OFF)
    found = answer(shop().orders.ship(wish), WAITING, LOST, SHIPPED, SHIPPED).result
    assert found.raw_status == "AWAITING_COLLECTION"
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.ship(wish), WAITING, LOST, WAITING)


def test_one_of_several_packages_is_looked_for_by_its_own_state() -> None:
    """The order itself may still wait for the others."""
    body = json.loads(WAITING)
    body["data"]["orders"][0]["status"] = "PARTIALLY_SHIPPING"
    body["data"]["orders"][0]["line_items"][0]["package_status"] = "PROCESSING"
    wish = ShipRequest(order_id=ORDER, method=Handover.DROP_OFF)
    found = answer(shop().orders.ship(wish), WAITING, LOST, body, body).result
    assert found.raw_status == "PARTIALLY_SHIPPING"


@pytest.mark.parametrize("code", [21008099, 21011020, 21008044, 21011041])
def test_an_order_that_cannot_be_shipped_is_a_conflict(code: int) -> None:
    """Shipped already, or stopped by the buyer."""
    wish = ShipRequest(order_id=ORDER, method=Handover.DROP_OFF)
    with pytest.raises(Conflict):
        answer(shop().orders.ship(wish), WAITING, failed(code))


def test_an_order_without_a_package_cannot_be_shipped() -> None:
    """And an unknown one is not found."""
    with pytest.raises(Conflict):
        answer(shop().orders.ship(ShipRequest(order_id=ORDER)), order(packages=[]))
    with pytest.raises(NotFound):
        answer(shop().orders.ship(ShipRequest(order_id="1")), ok({"orders": []}))


def test_a_label_is_a_link_for_a_day() -> None:
    """Counted from the reply's own time; its address is in no repr."""
    date = {"date": "Wed, 18 Nov 2026 03:15:02 GMT"}
    reply = Response(status=200, headers=date, body=fixture("package_shipping_document"))
    played = play(shop().orders.label(ORDER, PACKAGE), [reply])
    label = played.result
    assert asked(played)["document_type"] == "SHIPPING_LABEL"
    assert label.url.startswith("https://open-fs-sg.example-cdn.test/")
    assert label.valid_until == datetime(2026, 11, 19, 3, 15, 2, tzinfo=UTC)
    assert label.url not in repr(label)


def test_without_a_package_the_orders_own_is_meant() -> None:
    """And without a time in the reply its end is unknown."""
    label = answer(
        shop().orders.label(ORDER, ""), SHIPPED, fixture("package_shipping_document")
    ).result
    assert (label.package_id, label.valid_until) == (PACKAGE, None)


@pytest.mark.parametrize(
    "reply", [failed(21023035), failed(21042104), failed(11034037), ok({"doc_url": ""})]
)
def test_a_label_that_is_not_there_yet_is_a_conflict(reply: bytes) -> None:
    """Before the shipment, or still being made."""
    with pytest.raises(Conflict):
        answer(shop().orders.label(ORDER, PACKAGE), reply)


# Cancelling


def test_reasons_go_by_the_orders_state() -> None:
    """The fact book's, with texts; after the hand-over there are none."""
    (first, *_) = answer(shop().orders.cancel_reasons(ORDER), WAITING).result
    assert first == CancelReason(code="seller_cancel_reason_out_of_stock", text="Hết hàng")
    unpaid = answer(shop().orders.cancel_reasons(ORDER), order(status="UNPAID")).result
    assert all("unpaid" in reason.code for reason in unpaid)
    assert answer(shop().orders.cancel_reasons(ORDER), order()).result == ()


def test_an_order_is_cancelled_with_a_reason() -> None:
    """As a whole; lines are told by their units."""
    reason = "seller_cancel_reason_out_of_stock"
    played = answer(shop().orders.cancel(ORDER, reason, ()), fixture("cancel_order_ok"))
    assert sent(played) == {"order_id": ORDER, "cancel_reason": reason}
    line = ("579220418836104245",)
    played = answer(shop().orders.cancel(ORDER, reason, line), WAITING, fixture("cancel_order_ok"))
    assert sent(played, 1)["order_line_item_ids"] == [
        "579220418836104245",
        "579220418836169781",
    ]
    with pytest.raises(ConfigError, match="no line"):
        answer(shop().orders.cancel(ORDER, reason, ("1",)), WAITING)


def test_a_cancellation_whose_reply_was_lost_is_looked_for() -> None:
    """The order tells."""
    gone = order(status="CANCELLED")
    answer(shop().orders.cancel(ORDER, "r", ()), LOST, gone)
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.cancel(ORDER, "r", ()), LOST, WAITING)


def test_what_vietnam_does_not_allow_is_told() -> None:
    """Lines alone."""
    with pytest.raises(Invalid):
        answer(shop().orders.cancel(ORDER, "r", ()), failed(25005010))


ASKING = "579222905710936698"


def test_a_buyers_request_is_found_and_answered() -> None:
    """Its id is looked up by the order's."""
    asking = fixture("cancellations_search_page")
    played = answer(shop().orders.accept_cancellation(ASKING), asking, DONE)
    assert sent(played) == {
        "order_ids": [ASKING],
        "cancel_status": ["CANCELLATION_REQUEST_PENDING"],
    }
    assert played.requests[1].label.endswith("/cancellations/{cancel_id}/approve")
    assert played.requests[1].body == b"{}"
    reason = "seller_reject_apply_product_has_been_packed"
    played = answer(shop().orders.refuse_cancellation(ASKING, reason, "Đã đóng gói"), asking, DONE)
    assert played.requests[1].path.endswith("/4035912200481964026/reject")
    assert sent(played, 1) == {"reject_reason": reason, "comment": "Đã đóng gói"}


def test_a_refusal_needs_a_reason() -> None:
    """Nothing is sent without one."""
    with pytest.raises(ConfigError, match="reason"):
        answer(shop().orders.refuse_cancellation(ASKING, "", ""))


def test_an_order_nobody_asks_to_cancel_is_a_conflict() -> None:
    """There is nothing to answer."""
    with pytest.raises(Conflict, match="no buyer asks"):
        answer(shop().orders.accept_cancellation("1"), ok({}))


def test_an_answer_that_was_lost_is_looked_for() -> None:
    """The request is not open any more, or nobody knows."""
    asking = fixture("cancellations_search_page")
    answer(shop().orders.accept_cancellation(ASKING), asking, LOST, ok({}))
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.refuse_cancellation(ASKING, "r", ""), asking, LOST, asking)


# Returns

DONE_RETURN, OPEN_RETURN = parsed("returns_search_page")["data"]["return_orders"]


def returned(**facts: Any) -> bytes:
    """A return as a search finds it."""
    return ok({"return_orders": [OPEN_RETURN | facts]})


NAME = OPEN_RETURN["return_id"]


@pytest.mark.parametrize(
    ("facts", "yes", "no"),
    [
        ({}, "APPROVE_REFUND", "REJECT_REFUND"),
        (
            {"seller_next_action_response": [{"action": "SELLER_RESPOND_RETURN"}]},
            "APPROVE_RETURN",
            "REJECT_RETURN",
        ),
        (
            {
                "seller_next_action_response": [],
                "return_type": "RETURN_AND_REFUND",
                "return_status": "BUYER_SHIPPED_ITEM",
            },
            "APPROVE_RECEIVED_PACKAGE",
            "REJECT_RECEIVED_PACKAGE",
        ),
        (
            {"seller_next_action_response": [], "return_type": "REPLACEMENT"},
            "APPROVE_REPLACEMENT",
            "REJECT_REPLACEMENT",
        ),
        (
            {"seller_next_action_response": [], "return_type": "NEW"},
            "APPROVE_REFUND",
            "REJECT_REFUND",
        ),
    ],
)
def test_a_return_is_answered_with_what_is_asked(facts: dict[str, Any], yes: str, no: str) -> None:
    """The seller's next action tells the words; else kind and state do."""
    agreed = answer(shop().returns.accept(NAME, ""), returned(**facts), DONE)
    assert sent(agreed, 1) == {"decision": yes}
    assert agreed.requests[1].label == ("POST /return_refund/202309/returns/{return_id}/approve")
    refused = answer(shop().returns.dispute(NAME, "r", "", ()), returned(**facts), DONE)
    assert sent(refused, 1) == {"decision": no, "reject_reason": "r"}


def test_a_decision_of_ones_own_is_sent() -> None:
    """Such as an offer of a part."""
    played = answer(shop().returns.accept(NAME, "DIRECT_REFUND"), returned(), DONE)
    assert sent(played, 1) == {"decision": "DIRECT_REFUND"}


def test_evidence_is_uploaded_first() -> None:
    """The refusal names the pictures."""
    played = answer(
        shop().returns.dispute(NAME, "r", "ảnh", (Image(content=b"x"),)),
        returned(),
        ok({"uri": "tos-9"}),
        DONE,
    )
    assert sent(played, 2)["images"] == [{"image_id": "tos-9"}]
    assert sent(played, 2)["comment"] == "ảnh"


def test_reasons_to_refuse_are_asked_for() -> None:
    """In Vietnamese."""
    reply = ok({"reasons": [{"name": "reverse_reject_request_reason_1", "text": "Đã gửi đúng"}]})
    played = answer(shop().returns.dispute_reasons(NAME), reply)
    assert asked(played) == {"return_or_cancel_id": NAME, "locale": "vi-VN"}
    assert played.result == (
        CancelReason(code="reverse_reject_request_reason_1", text="Đã gửi đúng"),
    )


def test_an_answer_to_a_return_that_was_lost_is_looked_for() -> None:
    """A return that moved on was answered."""
    moved = returned(return_status="RETURN_OR_REFUND_REQUEST_SUCCESS")
    answer(shop().returns.accept(NAME, ""), returned(), LOST, moved)
    with pytest.raises(OutcomeUnknown):
        answer(shop().returns.accept(NAME, ""), returned(), LOST, returned())


def test_an_unknown_return_is_not_found() -> None:
    """Nothing is sent about it."""
    with pytest.raises(NotFound):
        answer(shop().returns.accept("1", ""), ok({}))


@pytest.mark.parametrize("code", [25020003, 25020009, 25020010, 25011025])
def test_a_decision_that_does_not_fit_is_refused(code: int) -> None:
    """By TikTok Shop."""
    with pytest.raises((Conflict, Invalid)):
        answer(shop().returns.accept(NAME, ""), returned(), failed(code))
