"""Confirming and refusing orders: by operation model, on a fresh read, never blindly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.domain.writing import CancelReason, Handover, PickupSlot, ShipRequest
from entrosdk.errors import (
    BadReply,
    ConfigError,
    Conflict,
    Invalid,
    NotFound,
    OutcomeUnknown,
)
from entrosdk.spi.request import Safety
from tests.unit.adapters.tiki.desk import answer, fixture, parsed, reply, sent, shop

DROPSHIP = parsed("order_detail_queueing_cod")
DELIVERS = parsed("order_detail_complete_seller_delivery")
CODE = DROPSHIP["code"]
SLOTS = fixture("expected_pickup_slots")
PLACES = fixture("seller_inventories")
DONE = fixture("confirm_response")
LOST = OutcomeUnknown("the reply was lost")
GONE = reply({"errors": ["order not found"]}, 404)


def waiting(model: str = "dropship", word: str = "waiting", **changes: Any) -> Any:
    """The example order with two lines, under a model, its lines in one state."""
    items = parsed("order_detail_queueing_cod")["items"]
    for item in items:
        item["confirmation"]["status"] = word
    return {**DROPSHIP, "fulfillment_type": model, "items": items, **changes}


CONFIRMED = waiting(word="seller_confirmed", status="picking")
REFUSED = waiting(word="seller_canceled", status="canceled")


def ship(*bodies: Any, **wish: Any) -> Any:
    """Ship the example order."""
    return answer(shop().orders.ship(ShipRequest(order_id=CODE, **wish)), *bodies)


# Shipping


def test_a_dropship_order_is_confirmed_with_a_pickup() -> None:
    """The warehouse Tiki assigned, the first time Tiki can come; then the order is read again."""
    played = ship(waiting(), SLOTS, DONE, CONFIRMED)
    assert sent(played, 2) == parsed("dropship_confirm_request")
    confirmation = played.requests[2]
    assert confirmation.label == "POST /integration/v2/orders/:code/dropship/confirm-available"
    assert confirmation.safety is Safety.UNSAFE
    assert (played.result.order_id, played.result.raw_status) == (CODE, "picking")


def test_a_wished_pickup_and_warehouse_are_taken() -> None:
    """Nobody is asked for what is told."""
    slot = PickupSlot(id="2026-11-19 12:00:00")
    played = ship(waiting(), DONE, CONFIRMED, slot=slot, warehouse_id="402116")
    assert sent(played, 1) == {
        "confirmation_status": "seller_confirmed",
        "seller_inventory_id": 402116,
        "expected_pickup_time": "2026-11-19 12:00:00",
    }


def test_without_any_pickup_tiki_chooses() -> None:
    """The time is optional."""
    played = ship(waiting(), {"pickup_slots": []}, DONE, CONFIRMED)
    assert "expected_pickup_time" not in sent(played, 2)


def test_where_pickups_cannot_be_asked_for_tiki_chooses_too() -> None:
    """One client alone knows that call, so an order does not hang on it."""
    gone = reply({"message": "no Route matched"}, 404)
    played = ship(waiting(), gone, DONE, CONFIRMED)
    assert "expected_pickup_time" not in sent(played, 2)
    options = answer(shop().orders.shipping_options(CODE, ""), waiting(), gone, PLACES).result
    assert options.slots == ()


@pytest.mark.parametrize("model", ["tiki_delivery", "seller_delivery", "cross_border"])
def test_other_models_confirm_their_lines(model: str) -> None:
    """All of them: what is left out would be cancelled."""
    played = ship(waiting(model), DONE, waiting(model, "seller_confirmed"))
    assert sent(played, 1) == {
        "available_item_ids": [318220411, 318220412],
        "seller_inventory_id": 402115,
    }
    assert played.requests[1].path == f"/integration/v2/orders/{CODE}/confirm-available"


def test_the_warehouse_is_looked_for_where_none_is_assigned() -> None:
    """By the code of Tiki's own warehouse (section 3.7)."""
    order = waiting("seller_delivery", seller_warehouse=None)
    for item in order["items"]:
        item["seller_inventory_id"] = None
    played = ship(order, PLACES, DONE, CONFIRMED)
    assert dict(played.requests[1].query) == {"tiki_warehouse_codes": "sgn3"}
    assert sent(played, 2)["seller_inventory_id"] == 402115
    with pytest.raises(Conflict, match="warehouses"):
        ship({**order, "tiki_warehouse": None})


def test_a_lost_confirmation_is_settled_by_looking() -> None:
    """Nothing waits any more: it took effect, and nothing is sent twice."""
    played = ship(waiting("seller_delivery"), LOST, CONFIRMED, CONFIRMED)
    assert [request.method for request in played.requests] == ["GET", "POST", "GET", "GET"]
    assert played.result.raw_status == "picking"


def test_a_lost_confirmation_that_is_not_seen_stays_unknown() -> None:
    """It may still take effect."""
    with pytest.raises(OutcomeUnknown):
        ship(waiting("seller_delivery"), LOST, waiting("seller_delivery"))


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ({"line_ids": ("318220411",)}, "whole"),
        ({"method": Handover.DROP_OFF}, "PICKUP"),
        ({"tracking_number": "X1"}, "tracking"),
    ],
)
def test_what_tiki_cannot_do_is_refused_before_it_is_sent(wish: Any, names: str) -> None:
    """A part of an order, another way, a number of the seller's."""
    with pytest.raises(Conflict, match=names):
        ship(waiting(), **wish)


def test_all_lines_by_name_are_the_whole() -> None:
    """Naming them changes nothing."""
    played = ship(
        waiting(), SLOTS, DONE, CONFIRMED, line_ids=("318220412", "318220411"),
        method=Handover.PICKUP,
    )  # fmt: skip
    assert played.result.raw_status == "picking"


@pytest.mark.parametrize(
    "order",
    [
        CONFIRMED,
        REFUSED,
        waiting(word="ready_to_pick"),
        waiting(status="processing"),
        waiting("instant_delivery"),
    ],
)
def test_an_order_that_does_not_wait_cannot_be_shipped(order: Any) -> None:
    """Confirmed, ended, not accepted by Tiki yet, or not the seller's at all."""
    with pytest.raises(Conflict):
        ship(order)


def test_an_unknown_order_is_not_found() -> None:
    """Whether Tiki says so or the code cannot be one of Tiki's."""
    with pytest.raises(NotFound):
        ship(GONE)
    with pytest.raises(NotFound):
        answer(shop().orders.ship(ShipRequest(order_id="no/code")))


def test_an_order_that_cannot_be_read_is_not_written() -> None:
    """The reason names the field."""
    with pytest.raises(BadReply, match="created_at"):
        ship({**waiting(), "created_at": None})


def test_a_refusal_of_the_platform_comes_through() -> None:
    """In its own words."""
    wrong = reply(fixture("error_400_dropship_wrong_api"), 400)
    with pytest.raises(Conflict, match="dropship"):
        ship(waiting("seller_delivery"), wrong)


def test_a_warehouse_is_a_number() -> None:
    """Anything else is our mistake."""
    with pytest.raises(ConfigError, match="whole numbers"):
        ship(waiting(), SLOTS, warehouse_id="kho")


def test_the_options_of_a_dropship_order_are_the_pickups() -> None:
    """A slot is told by its end, in local time."""
    played = answer(shop().orders.shipping_options(CODE, ""), waiting(), SLOTS, PLACES)
    options = played.result
    assert (options.methods, options.warehouse_ids) == ((Handover.PICKUP,), ("402115",))
    assert options.slots[0] == PickupSlot(
        id="2026-11-18 18:00:00",
        end=datetime(2026, 11, 18, 11, tzinfo=UTC),
        text="Chiều 18/11 (trước 18h)",
        recommended=True,
    )
    assert not options.slots[1].recommended


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("tiki_delivery", Handover.DROP_OFF),
        ("seller_delivery", Handover.OWN),
        ("cross_border", Handover.OWN),
    ],
)
def test_the_options_of_other_models(model: str, method: Handover) -> None:
    """There is no pickup to choose."""
    options = answer(shop().orders.shipping_options(CODE, ""), waiting(model), PLACES).result
    assert (options.methods, options.slots) == ((method,), ())


# Labels


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("dropship", "dropship"),
        ("tiki_delivery", "tiki-delivery"),
        ("seller_delivery", "seller-delivery"),
        ("cross_border", "cross-border"),
    ],
)
def test_each_model_has_its_label(model: str, path: str) -> None:
    """A link to a page; the only documented format."""
    order = waiting(model, "seller_confirmed")
    played = answer(shop().orders.label(CODE, ""), order, fixture("dropship_labels"))
    assert played.requests[1].path == f"/integration/v2/orders/{CODE}/{path}/labels"
    assert dict(played.requests[1].query) == {"format": "html"}
    assert (played.result.kind, played.result.content) == ("text/html", b"")
    assert played.result.url.endswith("example-label.html")
    assert "example-label" not in repr(played.result)


@pytest.mark.parametrize(
    "body", [{"po_label_url": "https://x/po"}, {"label": 1, "a_url": "https://x/po"}]
)
def test_a_link_under_another_name_is_found(body: Any) -> None:
    """Only one model's key is established (section 12)."""
    order = waiting("tiki_delivery", "seller_confirmed")
    assert answer(shop().orders.label(CODE, ""), order, body).result.url == "https://x/po"


def test_a_label_without_a_link_is_a_bad_reply() -> None:
    """There is nothing to print."""
    with pytest.raises(BadReply):
        answer(shop().orders.label(CODE, ""), CONFIRMED, {"shipping_label_url": None})


@pytest.mark.parametrize("order", [waiting(), waiting("instant_delivery")])
def test_a_label_before_its_time_is_a_conflict(order: Any) -> None:
    """Before the confirmation, and for what is never sent."""
    with pytest.raises(Conflict):
        answer(shop().orders.label(CODE, ""), order)


@pytest.mark.parametrize(
    ("status", "text"),
    [(403, "you don't have permission print order"), (400, "Please confirm order first!")],
)
def test_tikis_refusals_of_a_label_are_conflicts(status: int, text: str) -> None:
    """Whatever the status says."""
    with pytest.raises(Conflict):
        answer(shop().orders.label(CODE, ""), CONFIRMED, reply({"errors": [text]}, status))


# Cancelling


def test_a_dropship_order_is_refused_as_a_whole() -> None:
    """The confirmation says no; a reason does not travel."""
    played = answer(shop().orders.cancel(CODE, "seller_canceled", ()), waiting(), DONE)
    assert sent(played, 1) == {
        "confirmation_status": "seller_canceled",
        "seller_inventory_id": 402115,
    }
    with pytest.raises(Conflict, match="whole"):
        answer(shop().orders.cancel(CODE, "", ("318220411",)), waiting())


@pytest.mark.parametrize("lines", [(), ("318220411", "318220412")])
def test_other_models_are_refused_by_naming_no_line(lines: tuple[str, ...]) -> None:
    """An empty list rejects the order (section 3.7)."""
    played = answer(shop().orders.cancel(CODE, "", lines), waiting("tiki_delivery"), DONE)
    assert sent(played, 1)["available_item_ids"] == []


def test_some_lines_are_refused_by_confirming_the_others() -> None:
    """Tiki has one call for both."""
    flow = shop().orders.cancel(CODE, "", ("318220411",))
    played = answer(flow, waiting("seller_delivery"), DONE)
    assert sent(played, 1)["available_item_ids"] == [318220412]


def test_lines_that_are_not_in_the_order_never_travel() -> None:
    """They would cancel everything (#233, #270)."""
    with pytest.raises(Invalid, match="not in order"):
        answer(shop().orders.cancel(CODE, "", ("1",)), waiting("tiki_delivery"))


def delivering(**changes: Any) -> Any:
    """An order on the seller's own way."""
    return {**DELIVERS, "status": "handover_to_partner", **changes}


@pytest.mark.parametrize("reason", ["out_of_needs", "out_of_stock"])
def test_an_order_the_seller_delivers_ends_with_a_reason(reason: str) -> None:
    """It is reported as a failed delivery."""
    played = answer(shop().orders.cancel(DELIVERS["code"], reason, ()), delivering(), DONE)
    assert sent(played, 1) == {"status": "failed_delivery", "failure_cause": reason}
    assert played.requests[1].path.endswith("/seller-delivery/update-delivery")


def test_a_reason_tiki_does_not_know_is_refused_with_the_known_ones() -> None:
    """Before anything is sent."""
    with pytest.raises(Invalid, match="out_of_stock"):
        answer(shop().orders.cancel(DELIVERS["code"], "bored", ()), delivering())


@pytest.mark.parametrize("order", [CONFIRMED, REFUSED, DELIVERS])
def test_after_the_confirmation_it_is_too_late(order: Any) -> None:
    """A seller cannot cancel any more (section 3.5)."""
    with pytest.raises(Conflict):
        answer(shop().orders.cancel(order["code"], "", ()), order)
    assert answer(shop().orders.cancel_reasons(order["code"]), order).result == ()


def test_reasons_depend_on_how_far_the_order_is() -> None:
    """One word before the confirmation, two while the seller delivers."""
    before = answer(shop().orders.cancel_reasons(CODE), waiting()).result
    assert [one.code for one in before] == ["seller_canceled"]
    later = answer(shop().orders.cancel_reasons(DELIVERS["code"]), delivering()).result
    assert [one.code for one in later] == ["out_of_needs", "out_of_stock"]
    assert all(isinstance(one, CancelReason) and one.text for one in (*before, *later))


def test_a_lost_refusal_is_settled_by_looking() -> None:
    """The order has ended, or it is not known."""
    answer(shop().orders.cancel(CODE, "", ()), waiting(), LOST, REFUSED)
    with pytest.raises(OutcomeUnknown):
        answer(shop().orders.cancel(CODE, "", ()), waiting(), LOST, waiting())
    flow = shop().orders.cancel(DELIVERS["code"], "out_of_stock", ())
    with pytest.raises(OutcomeUnknown):
        answer(flow, delivering(), LOST, delivering())
