"""Handing Shopee's orders over, cancelling them, and answering buyers who want to cancel."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.adapters.shopee.errors import failure
from entrosdk.domain.writing import Handover, PickupSlot, ShipRequest
from entrosdk.errors import (
    ConfigError,
    Conflict,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from entrosdk.spi.request import Response, get
from tests.unit.adapters.shopee.desk import answer, failed, fixture, ok, parsed, paths, shop, told

NAME, PACKAGE = "261122V9H3CBKE", "OFG210004601120455"
LOST = OutcomeUnknown("the reply was lost")
READY = fixture("order_detail_ready_to_ship_unmasked")
PARAMETERS = fixture("shipping_parameter")
DONE = fixture("ship_order_ok")
WISH = ShipRequest(order_id=NAME)


def order(status: str, package: str, *, packages: int = 1, tracking: str = "") -> Any:
    """The example order in another state."""
    body = parsed("order_detail_ready_to_ship_unmasked")
    row = body["response"]["order_list"][0]
    row["order_status"] = status
    one = {**row["package_list"][0], "logistics_status": package, "tracking_number": tracking}
    numbered = [{**one, "package_number": f"{PACKAGE[:-1]}{n}"} for n in range(packages)]
    row["package_list"] = [one] if packages == 1 else numbered
    return body


def needing(**ways: list[str]) -> Any:
    """Shipping parameters with these ways open."""
    body = parsed("shipping_parameter")
    body["response"]["info_needed"] = ways
    return body


SHIPPED = order("PROCESSED", "LOGISTICS_REQUEST_CREATED", tracking="SPXVN061234567890")


# What is possible


def test_ways_come_from_info_needed() -> None:
    """The example offers pick-up at two times and drop-off."""
    played = answer(shop().orders.shipping_options(NAME, ""), PARAMETERS)
    found = played.result
    assert found.methods == (Handover.PICKUP, Handover.DROP_OFF)
    assert [(slot.id, slot.address_id, slot.recommended) for slot in found.slots] == [
        ("1795323600_1", "200145588", True),
        ("1795410000_1", "200145588", False),
    ]
    assert dict(played.requests[0].query) == {"order_sn": NAME}


def test_what_is_filled_and_not_needed_is_no_way() -> None:
    """VN SPX fills the drop-off object always (quirk 22)."""
    found = answer(shop().orders.shipping_options(NAME, ""), needing(dropoff=[])).result
    assert (found.methods, found.slots) == ((Handover.DROP_OFF,), ())


def test_an_order_that_is_screened_has_no_ways_yet() -> None:
    """Cash on delivery is screened first: a state to wait for."""
    reply = fixture("shipping_parameter_cod_screening_error")
    with pytest.raises(Conflict, match="ready to be shipped"):
        answer(shop().orders.shipping_options(NAME, ""), reply)


# Shipping


def test_the_recommended_time_is_taken() -> None:
    """An empty wish is pick-up, at the time Shopee recommends."""
    played = answer(shop().orders.ship(WISH), PARAMETERS, DONE, SHIPPED)
    assert paths(played)[:2] == ["logistics/get_shipping_parameter", "logistics/ship_order"]
    assert told(played, 1) == {
        "order_sn": NAME,
        "pickup": {"address_id": 200145588, "pickup_time_id": "1795323600_1"},
    }
    (package,) = played.result.packages
    assert (played.result.raw_status, package.tracking_number) == (
        "PROCESSED",
        "SPXVN061234567890",
    )


@pytest.mark.parametrize(
    ("wish", "ways", "expected"),
    [
        ({"method": Handover.DROP_OFF}, {"dropoff": []}, {"dropoff": {}}),
        ({}, {"dropoff": ["branch_id"]}, {"dropoff": {"branch_id": 70011}}),
        (
            {"method": Handover.DROP_OFF, "carrier": "seven"},
            {"dropoff": []},
            {"dropoff": {"slug": "seven"}},
        ),
        (
            {"slot": PickupSlot(id="t9", address_id="7")},
            {"pickup": ["address_id", "pickup_time_id"], "dropoff": []},
            {"pickup": {"address_id": 7, "pickup_time_id": "t9"}},
        ),
        (
            {"method": Handover.OWN, "tracking_number": "X1"},
            {"non_integrated": ["tracking_no"]},
            {"non_integrated": {"tracking_number": "X1"}},
        ),
        ({}, {"non_integrated": []}, {"non_integrated": {}}),
        ({}, {"pickup": []}, {"pickup": {}}),
    ],
)
def test_a_way_says_what_it_needs(
    wish: dict[str, Any], ways: dict[str, list[str]], expected: dict[str, Any]
) -> None:
    """Exactly one way is sent, with what info_needed asks for and `{}` when it asks nothing."""
    played = answer(
        shop().orders.ship(ShipRequest(order_id=NAME, **wish)), needing(**ways), DONE, SHIPPED
    )
    assert told(played, 1) == {"order_sn": NAME, **expected}


def test_without_a_time_the_parcel_is_brought() -> None:
    """Pick-up without any slot is not chosen while another way is open."""
    body = needing(pickup=["address_id", "pickup_time_id"], dropoff=[])
    body["response"]["pickup"]["address_list"][0]["time_slot_list"] = []
    played = answer(shop().orders.ship(WISH), body, DONE, SHIPPED)
    assert told(played, 1)["dropoff"] == {}
    wanted = ShipRequest(order_id=NAME, method=Handover.PICKUP)
    with pytest.raises(Conflict, match="no time"):
        answer(shop().orders.ship(wanted), body)


def test_a_way_that_is_closed_is_refused_before_shipping() -> None:
    """The error names what is open."""
    wish = ShipRequest(order_id=NAME, method=Handover.OWN)
    with pytest.raises(Conflict, match="open: PICKUP, DROP_OFF"):
        answer(shop().orders.ship(wish), PARAMETERS)


@pytest.mark.parametrize(
    ("wish", "ways"),
    [
        ({"method": Handover.OWN}, {"non_integrated": ["tracking_no"]}),
        ({"method": Handover.DROP_OFF}, {"dropoff": ["tracking_no"]}),
        ({"method": Handover.DROP_OFF}, {"dropoff": ["sender_real_name"]}),
    ],
)
def test_what_only_the_seller_knows_is_asked_for(
    wish: dict[str, Any], ways: dict[str, list[str]]
) -> None:
    """A number or a name that is missing is no guess of ours."""
    with pytest.raises(ConfigError):
        answer(shop().orders.ship(ShipRequest(order_id=NAME, **wish)), needing(**ways))


def test_lines_are_no_packages() -> None:
    """A shipment of some lines needs a split first."""
    with pytest.raises(ConfigError, match="whole packages"):
        answer(shop().orders.ship(ShipRequest(order_id=NAME, line_ids=("1",))))


def test_a_package_is_named_only_in_a_split_order() -> None:
    """The one package of an order is never named, one of two is (quirk 22)."""
    wish = ShipRequest(order_id=NAME, package_id=PACKAGE)
    alone = answer(shop().orders.ship(wish), READY, PARAMETERS, DONE, SHIPPED)
    assert "package_number" not in told(alone, 2)
    two = order("READY_TO_SHIP", "LOGISTICS_READY", packages=2)
    wish = ShipRequest(order_id=NAME, package_id=f"{PACKAGE[:-1]}1")
    split = answer(shop().orders.ship(wish), two, PARAMETERS, DONE, two)
    assert dict(split.requests[1].query)["package_number"] == wish.package_id
    assert told(split, 2)["package_number"] == wish.package_id


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("ship_order_error_not_ready", Conflict),
        ("ship_order_error_package_number_not_needed", Rejected),
    ],
)
def test_refusals_of_shipping_are_typed(reply: str, error: type[Exception]) -> None:
    """The manual's error bodies."""
    with pytest.raises(error):
        answer(shop().orders.ship(WISH), PARAMETERS, fixture(reply))


def test_an_unsplit_request_for_a_split_order_says_what_is_missing() -> None:
    """Shopee's own misspelling is understood (quirk 1)."""
    reply = failed("logistics.ship_order_need_pacakge_number", "package_number is needed")
    with pytest.raises(Rejected) as caught:
        answer(shop().orders.ship(WISH), PARAMETERS, reply)
    assert "package_id" in caught.value.advice


def test_a_lost_reply_is_settled_by_the_package() -> None:
    """What was arranged is told as shipped; what was not stays unknown. Nothing is sent twice."""
    played = answer(shop().orders.ship(WISH), PARAMETERS, LOST, SHIPPED)
    assert played.result.raw_status == "PROCESSED"
    assert paths(played).count("logistics/ship_order") == 1
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.ship(WISH), PARAMETERS, LOST, READY)


def test_a_shipment_is_told_even_when_it_cannot_be_read() -> None:
    """Trouble after the fact does not hide the fact."""
    played = answer(shop().orders.ship(WISH), PARAMETERS, DONE, Unavailable("trouble"))
    assert (played.result.order_id, played.result.packages) == (NAME, ())


# Labels

DOCUMENT = [
    fixture("shipping_document_parameter"),
    fixture("create_shipping_document_ok"),
    fixture("shipping_document_result"),
]
PDF = b"%PDF-1.4 label"


def result(status: str) -> bytes:
    """How far a document is."""
    return ok({"result_list": [{"order_sn": NAME, "status": status}]})


def test_a_label_is_made_and_fetched_in_one_kind() -> None:
    """Suggested kind in all calls, tracking number where it is made, bytes at the end."""
    played = answer(shop().orders.label(NAME, ""), SHIPPED, *DOCUMENT, PDF)
    assert (played.result.kind, played.result.content) == ("application/pdf", PDF)
    assert played.result.package_id == PACKAGE
    kind = "THERMAL_AIR_WAYBILL"
    assert told(played, 2) == {
        "order_list": [
            {
                "order_sn": NAME,
                "shipping_document_type": kind,
                "tracking_number": "SPXVN061234567890",
            }
        ]
    }
    assert told(played, 4) == {"shipping_document_type": kind, "order_list": [{"order_sn": NAME}]}
    assert b"PDF" not in repr(played.result).encode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"PK\x03\x04zip", "application/zip"), (b"<html>label", "text/html")],
)
def test_a_label_is_what_its_first_bytes_say(content: bytes, kind: str) -> None:
    """Some channels answer a page or an archive."""
    file = Response(status=200, body=content)
    assert shop().classify(get("/api/v2/logistics/download_shipping_document"), file) is None
    played = answer(shop().orders.label(NAME, PACKAGE), SHIPPED, *DOCUMENT, file)
    assert played.result.kind == kind


def test_a_label_waits_for_its_document() -> None:
    """Still processing: looked at again after some seconds, then fetched."""
    played = answer(
        shop().orders.label(NAME, ""),
        SHIPPED,
        *DOCUMENT[:2],
        result("PROCESSING"),
        DOCUMENT[2],
        PDF,
    )
    assert (played.result.content, played.slept) == (PDF, (1.0,))


def test_a_document_that_never_comes_is_a_state() -> None:
    """After ten seconds the caller is told to ask again; a failed one is told at once."""
    waiting = [result("PROCESSING")] * 5
    with pytest.raises(Conflict, match="still making"):
        answer(shop().orders.label(NAME, ""), SHIPPED, *DOCUMENT[:2], *waiting)
    with pytest.raises(Conflict, match="could not make"):
        answer(shop().orders.label(NAME, ""), SHIPPED, *DOCUMENT[:2], result("FAILED"))


def test_no_label_without_a_tracking_number() -> None:
    """The number is asked for where the order has none yet."""
    arranged = order("READY_TO_SHIP", "LOGISTICS_REQUEST_CREATED")
    with pytest.raises(Conflict, match="no tracking number"):
        answer(shop().orders.label(NAME, ""), arranged, fixture("tracking_number_pending"))
    played = answer(
        shop().orders.label(NAME, ""), arranged, fixture("tracking_number"), *DOCUMENT, PDF
    )
    assert played.result.content == PDF


def test_rows_fail_alone_inside_a_batch() -> None:
    """All of a batch of one failed: the row's own error is raised (quirk 24)."""
    reply = fixture("create_shipping_document_all_failed")
    with pytest.raises(Invalid, match="tracking number is invalid"):
        answer(shop().orders.label(NAME, ""), SHIPPED, DOCUMENT[0], reply)
    row = {"order_sn": NAME, "fail_error": "logistics.package_can_not_print", "fail_message": "no"}
    with pytest.raises(Conflict):
        answer(shop().orders.label(NAME, ""), SHIPPED, ok({"result_list": [row]}))


def test_a_download_that_fails_answers_json() -> None:
    """A refusal is no label (quirk 37)."""
    reply = failed("logistics.shipping_document_should_print_first", "print first")
    with pytest.raises(Conflict):
        answer(shop().orders.label(NAME, ""), SHIPPED, *DOCUMENT, reply)


def test_one_of_several_packages_must_be_named() -> None:
    """A label is of one package."""
    two = order("PROCESSED", "LOGISTICS_REQUEST_CREATED", packages=2, tracking="T1")
    with pytest.raises(ConfigError, match="2 packages"):
        answer(shop().orders.label(NAME, ""), two)
    one = f"{PACKAGE[:-1]}1"
    played = answer(shop().orders.label(NAME, one), two, *DOCUMENT, PDF)
    assert told(played, 4)["order_list"] == [{"order_sn": NAME, "package_number": one}]


# Cancelling


def test_reasons_are_the_manuals() -> None:
    """Three in Vietnam, one more where the manual says so; nobody is asked."""
    reasons = answer(shop().orders.cancel_reasons(NAME)).result
    assert [reason.code for reason in reasons] == [
        "OUT_OF_STOCK",
        "CUSTOMER_REQUEST",
        "COD_NOT_SUPPORTED",
    ]
    assert len(answer(shop("TW").orders.cancel_reasons(NAME)).result) == 4


def test_what_is_out_of_stock_is_named() -> None:
    """The manual wants the items with this reason, and with no other."""
    done = ok({"update_time": 1})
    plain = answer(shop().orders.cancel(NAME, "CUSTOMER_REQUEST", ()), done)
    assert told(plain) == {"order_sn": NAME, "cancel_reason": "CUSTOMER_REQUEST"}
    sold_out = answer(shop().orders.cancel(NAME, "OUT_OF_STOCK", ()), READY, done)
    assert told(sold_out)["item_list"] == [{"item_id": 25100998812, "model_id": 0}]


def two_lines() -> Any:
    """The example order with a second line."""
    body = parsed("order_detail_ready_to_ship_unmasked")
    row = body["response"]["order_list"][0]
    second = {**row["item_list"][0], "item_id": 7, "model_id": 8, "line_item_id": 99}
    row["item_list"].append(second)
    return body


def test_some_lines_are_cancelled_in_part() -> None:
    """Ids of lines become item, model and quantity; all lines are the whole order."""
    done = ok({"update_time": 1})
    part = answer(shop().orders.cancel(NAME, "OUT_OF_STOCK", ["99"]), two_lines(), done)
    assert told(part)["partial_cancel_item_list"] == [
        {"item_id": 7, "model_id": 8, "model_quantity": 3}
    ]
    with pytest.raises(NotFound, match="no line 100"):
        answer(shop().orders.cancel(NAME, "OUT_OF_STOCK", ["100"]), two_lines())
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.cancel(NAME, "OUT_OF_STOCK", ["99"]), two_lines(), LOST)


def test_a_lost_cancellation_is_settled_by_the_order() -> None:
    """Cancelled is done; an order that goes on may be cancelled yet."""
    gone = order("CANCELLED", "LOGISTICS_INVALID")
    answer(shop().orders.cancel(NAME, "CUSTOMER_REQUEST", ()), LOST, gone)
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.cancel(NAME, "CUSTOMER_REQUEST", ()), LOST, READY)


def test_too_late_to_cancel() -> None:
    """The order's own limit is a state, not the day's quota."""
    with pytest.raises(Conflict):
        answer(
            shop().orders.cancel(NAME, "CUSTOMER_REQUEST", ()),
            failed("order.error_limit", "Can not cancel this order"),
        )


def test_buyers_are_answered() -> None:
    """Two words, nothing else."""
    done = ok({"update_time": 1})
    yes = answer(shop().orders.accept_cancellation(NAME), done)
    assert told(yes) == {"order_sn": NAME, "operation": "ACCEPT"}
    no = answer(shop().orders.refuse_cancellation(NAME, "", "sent already"), done)
    assert told(no) == {"order_sn": NAME, "operation": "REJECT"}


def test_lost_answers_to_buyers_are_settled() -> None:
    """Cancelled means agreed, going on means refused, still waiting means unknown."""
    gone, waiting = order("CANCELLED", "LOGISTICS_INVALID"), order("IN_CANCEL", "LOGISTICS_READY")
    answer(shop().orders.accept_cancellation(NAME), LOST, gone)
    answer(shop().orders.refuse_cancellation(NAME, "", ""), LOST, READY)
    for state in (waiting, READY):
        with pytest.raises(OutcomeUnknown):
            answer(shop().orders.accept_cancellation(NAME), LOST, state)
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.refuse_cancellation(NAME, "", ""), LOST, waiting)


def test_nobody_asks_to_cancel() -> None:
    """An answer without a question is refused as a state."""
    reply = failed(
        "order.order_status_invalid",
        "Invalid order_status.The order status should be IN_CANCEL.",
    )
    with pytest.raises(Conflict):
        answer(shop().orders.accept_cancellation(NAME), reply)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("logistics.package_already_shipped", Conflict),
        ("logistics.no_available_time_slot", Conflict),
        ("logistics.error_booking_order", Conflict),
        ("logistics.package_can_not_print", Conflict),
        ("order.cancel_order_invalid_status", Conflict),
        ("error_archived_order_update", Conflict),
        ("logistics.ship_order_pickup_time_invalid", Invalid),
        ("logistics.shipping_document_type_invalid", Invalid),
        ("logistics.package_not_exist", NotFound),
        ("logistics.order_not_exist", NotFound),
        ("logistics.order not found", NotFound),
        ("logistics.ship_order_unsupport_dropoff", Rejected),
        ("logistics.invalid_address_version", Rejected),
        ("order.order_cannot_split", Rejected),
        ("logistics.download_later", Unavailable),
    ],
)
def test_every_refusal_of_the_manual_has_its_class(code: str, error: type[Exception]) -> None:
    """As one call's answer and as one row's of a batch."""
    with pytest.raises(error) as caught:
        answer(shop().orders.ship(WISH), PARAMETERS, failed(code, "no"))
    assert type(caught.value) is error
    assert type(failure(code, "no")) is error


def test_changes_are_never_repeated_by_the_engine() -> None:
    """Whatever acts is marked unsafe; making a document again is not."""
    done = ok({"update_time": 1})
    acts = [
        answer(shop().orders.ship(WISH), PARAMETERS, DONE, SHIPPED).requests[1],
        answer(shop().orders.cancel(NAME, "CUSTOMER_REQUEST", ()), done).requests[0],
        answer(shop().orders.accept_cancellation(NAME), done).requests[0],
    ]
    assert {request.safety for request in acts} == {"unsafe"}
