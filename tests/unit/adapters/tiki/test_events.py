"""Events: pulled from a queue, and the older pushes about product requests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.adapters.tiki.sign import basic
from entrosdk.adapters.tiki.words import EVENTS
from entrosdk.domain.credentials import App
from entrosdk.domain.events import (
    Event,
    OrderChanged,
    ProductChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, BadSignature, ConfigError, Conflict, OutcomeUnknown
from entrosdk.spi.adapter import Delivery
from entrosdk.spi.page import Page
from entrosdk.spi.request import Safety
from tests.unit.adapters.tiki.desk import (
    SID,
    answer,
    fixture,
    parsed,
    reply,
    sent,
    shop,
)

QUEUE = "b2a4c7de-0c51-4a6e-9f0b-3d3f8e1c5a77"
ACK = "4f5d1b88-7a6e-4c43-a2b1-9d8f6c1e2a01"
AT = f"{QUEUE}/{SID}/{ACK}"
TOKEN = {"access_token": "app-token", "expires_in": 3600, "token_type": "bearer"}
OWN = [{"code": QUEUE, "name": "entrosdk-418207", "status": "ACTIVE"}]
ALL = [{"event_type": kind, "sid": SID, "active": True, "code": "x"} for kind in EVENTS]
ME = fixture("seller_me")
PULLED = fixture("queue_pull_response")


def pull(body: Any, cursor: str = AT) -> Page[Event]:
    """One batch of a queue that stands already."""
    return answer(shop().events.pull(cursor), TOKEN, body).result


def event(kind: str, payload: Any, **parts: Any) -> Event:
    """One event as the queue brings it."""
    row = {"id": "e1", "sid": SID, "created_at": 1794968343120, "type": kind, "payload": payload}
    return pull({"events": [{**row, **parts}], "ack_id": "a"}).items[0]


# The queue


def test_the_example_batch_is_read() -> None:
    """An order came, stock was held for it, and it moved on."""
    created, stock, moved = pull(PULLED).items
    assert isinstance(created, OrderChanged)
    assert (created.order_id, created.raw_status) == ("518204736", "")
    assert isinstance(stock, StockChanged)
    assert stock.product_id == "271990115"
    assert isinstance(moved, OrderChanged)
    assert (moved.order_id, moved.raw_status) == ("518204736", "picking")


def test_an_event_says_whose_when_and_what() -> None:
    """Times are epoch milliseconds; the body is the event's own, the id tells repeats."""
    first = pull(PULLED).items[0]
    assert (first.marketplace, first.shop_id) == ("tiki", "418207")
    assert first.occurred_at == datetime(2026, 11, 18, 2, 19, 3, 120000, tzinfo=UTC)
    assert first.delivery_id == "0c1f8a52-6f0e-4f0b-8f5b-2d6a1b7c9e01"
    assert first.raw_kind == "ORDER_CREATED_SUCCESSFULLY"
    assert json.loads(first.body) == parsed("queue_pull_response")["events"][0]


def test_the_next_pull_confirms_the_batch() -> None:
    """The position names the queue and the batch's ack_id."""
    assert pull(PULLED).next == AT
    played = answer(shop().events.pull(AT), TOKEN, PULLED)
    assert sent(played, 1) == {"ack_id": ACK}
    assert played.requests[1].path == f"/integration/v1/queues/{QUEUE}/events/pull"
    assert played.requests[1].label == "POST /integration/v1/queues/:code/events/pull"


@pytest.mark.parametrize("ack", ["new", None])
def test_an_empty_batch_ends(ack: str | None) -> None:
    """Whether it has an ack_id is not established (section 11.7)."""
    page = pull({"events": [], "ack_id": ack})
    assert (page.items, page.next) == ((), None)


def test_a_queue_is_read_as_the_app() -> None:
    """The seller's token would be refused there (quirk 19)."""
    played = answer(shop().events.pull(AT), TOKEN, PULLED)
    assert played.requests[0].path == "/sc/oauth2/token"
    assert b"grant_type=client_credentials" in (played.requests[0].body or b"")
    pulling = played.requests[1]
    assert (pulling.auth, dict(pulling.headers)["authorization"]) == ("public", "Bearer app-token")


def test_the_shops_own_queue_is_found_and_pulled_from_its_beginning() -> None:
    """Without a position everything unconfirmed comes again."""
    played = answer(shop().events.pull(None), TOKEN, ME, OWN, ALL, PULLED)
    assert [request.label for request in played.requests[1:]] == [
        "GET /integration/v2/sellers/me",
        "GET /integration/v1/queues",
        "GET /integration/v1/queues/:code/subscriptions",
        "POST /integration/v1/queues/:code/events/pull",
    ]
    assert sent(played, 4) == {"ack_id": None}
    assert played.result.next == AT


def test_a_missing_queue_is_made_and_subscribed() -> None:
    """Made as the app, subscribed as the seller, to every type we read."""
    made = {"code": QUEUE, "name": "entrosdk-418207", "status": "ACTIVE"}
    given = [fixture("queue_subscribe_response")] * len(EVENTS)
    other = fixture("queue_list")
    played = answer(shop().events.pull(None), TOKEN, ME, other, made, [], *given, PULLED)
    assert sent(played, 3) == {"name": "entrosdk-418207"}
    assert played.requests[3].auth == "public"
    kinds = [sent(played, number)["event_type"] for number in range(5, 5 + len(EVENTS))]
    assert kinds == list(EVENTS)
    assert {played.requests[number].auth for number in range(5, 5 + len(EVENTS))} == {"shop"}


def test_a_queue_whose_making_is_not_known_is_looked_for() -> None:
    """Names are not unique, so it is not made twice."""
    lost = OutcomeUnknown("the reply was lost")
    played = answer(shop().events.pull(None), TOKEN, ME, [], lost, OWN, ALL, PULLED)
    assert [request.method for request in played.requests].count("POST") == 3
    assert played.requests[3].safety is Safety.UNSAFE
    with pytest.raises(OutcomeUnknown):
        answer(shop().events.pull(None), TOKEN, ME, [], lost, [])


def test_only_what_is_missing_is_subscribed() -> None:
    """Other sellers' subscriptions to a queue do not count."""
    foreign = {**ALL[4], "sid": "someone else"}
    one = fixture("queue_subscribe_response")
    played = answer(shop().events.pull(None), TOKEN, ME, OWN, [*ALL[:4], foreign], one, PULLED)
    assert sent(played, 4) == {"event_type": EVENTS[4]}


def test_a_list_of_subscriptions_that_is_not_there_does_no_harm() -> None:
    """Its route is an assumption; subscribing twice is the price."""
    given = [fixture("queue_subscribe_response")] * len(EVENTS)
    gone = reply({"message": "no Route matched"}, 404)
    played = answer(shop().events.pull(None), TOKEN, ME, OWN, gone, *given, PULLED)
    assert len(played.result.items) == 3


def test_a_queue_of_the_callers_may_serve_many_sellers() -> None:
    """Events of others carry their sid, which their grant knows as `shop_ref`."""
    body = parsed("queue_pull_response")
    body["events"][1]["sid"] = "OTHER"
    played = answer(shop().events.pull(f"queue:{QUEUE}"), TOKEN, ME, body)
    assert [one.shop_id for one in played.result.items] == ["418207", "OTHER", "418207"]
    assert played.result.next == AT


@pytest.mark.parametrize("cursor", ["", "x", "a/b", "/s/a", "q/s/"])
def test_a_strange_position_is_our_mistake(cursor: str) -> None:
    """It says what positions look like."""
    with pytest.raises(ConfigError, match="event queue"):
        answer(shop().events.pull(cursor), TOKEN)


def test_a_bad_event_costs_only_itself() -> None:
    """It is kept with its body, and the batch can still be confirmed."""
    body = parsed("queue_pull_response")
    body["events"][1]["payload"] = "half"
    page = pull(body)
    assert len(page.items) == 2
    assert [bad.id for bad in page.unreadable] == ["0c1f8a52-6f0e-4f0b-8f5b-2d6a1b7c9e02"]
    assert page.next == AT


def test_a_batch_without_events_is_a_bad_reply() -> None:
    """An envelope that lost its rows must not look like an empty queue."""
    with pytest.raises(BadReply):
        pull({"ack_id": "a"})


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("ORDER_CREATED_SUCCESSFULLY", {"order_code": "1", "status": "queueing"}, OrderChanged),
        ("ORDER_STATUS_UPDATED", {"orderCode": "1", "status": "picking"}, OrderChanged),
        ("PRODUCT_PRICE_UPDATED", {"product_id": 5, "price_from": "1"}, ProductChanged),
        ("PRODUCT_MARKET_PRICE_UPDATED", {"product_id": "5"}, ProductChanged),
        ("PRODUCT_INVENTORY_UPDATED", {"product_id": 5, "warehouse_id": 1}, StockChanged),
    ],
)
def test_every_type_of_the_book_is_read(
    kind: str, payload: dict[str, Any], expected: type[Event]
) -> None:
    """Order codes under either name, ids as numbers or text."""
    assert type(event(kind, payload)) is expected


@pytest.mark.parametrize("kind", [*EVENTS, "PRODUCT_ATTRIBUTES_UPDATED", ""])
def test_what_lacks_its_subject_or_is_unknown_stays_unrecognised(kind: str) -> None:
    """Its harmless facts are kept; free text is not."""
    found = event(kind, {"note": "gọi 0912345678", "state": "new", "x_id": 7, "y_code": True})
    assert isinstance(found, Unrecognised)
    assert found.facts == {"state": "new", "x_id": "7"}
    assert found.raw_kind == (kind or "?")


def test_an_unknown_type_counts_as_drift() -> None:
    """Types exist whose names were not seen."""
    row = {"id": "e1", "type": "MOON_ROSE", "payload": None}
    assert pull({"events": [row], "ack_id": "a"}).drift == {"events.type=MOON_ROSE": 1}


def test_an_event_without_seller_or_time_is_still_read() -> None:
    """It came from our queue."""
    found = event("ORDER_STATUS_UPDATED", {"order_code": "1"}, sid=None, created_at=None)
    assert (found.shop_id, found.occurred_at) == ("418207", None)


# Pushes

PUSH = fixture("webhook_legacy_event")


def pushing(secret: str | None = "hook:pass") -> App:
    """The demo app with a pair for pushes."""
    app = shop().access.app
    return App(key=app.key, secret=app.secret, push_secret=Secret(secret) if secret else None)


def pushed(body: bytes, name: str = "hook", word: str = "pass", **parts: Any) -> Event:
    """A push, verified and read."""
    adapter = shop(app=pushing(), **parts)
    header = dict([basic(name, word)])
    (found,) = adapter.events.parse(Delivery(headers=header, body=body))
    return found


def test_a_push_about_a_product_request_is_read() -> None:
    """Its time is local, its id tells repeats."""
    found = pushed(PUSH)
    assert isinstance(found, ProductChanged)
    assert found.product_id == "271998800"
    assert found.raw_kind == "product:request:rejected"
    assert found.delivery_id == "6a0a6d4e-9d0e-4a0e-9c1c-0c7e2f3a1b20"
    assert found.occurred_at == datetime(2026, 11, 18, 7, 2, 10, tzinfo=UTC)
    assert (found.shop_id, found.body) == ("418207", PUSH)


@pytest.mark.parametrize("state", ["approved", "rejected", "locked"])
def test_a_request_without_a_product_stays_unrecognised(state: str) -> None:
    """Before approval there is nothing to fetch."""
    body = {"event": f"product:request:{state}", "payload": {"state": state, "event_time": "soon"}}
    found = pushed(json.dumps(body).encode())
    assert isinstance(found, Unrecognised)
    assert (found.facts["state"], found.occurred_at) == (state, None)
    assert found.delivery_id.startswith("?")


def test_a_push_of_an_unbound_app_may_name_its_seller() -> None:
    """Rows of registered pushes carry a seller's id; a body may too."""
    body = {"event": "x", "payload": {"seller_id": 418207}}
    assert pushed(json.dumps(body).encode(), shop_id="").shop_id == "418207"
    assert pushed(b'{"event": "x", "payload": 3}', shop_id="").shop_id == ""


@pytest.mark.parametrize(("name", "word"), [("hook", "wrong"), ("other", "pass"), ("", "")])
def test_a_push_with_another_pair_is_refused(name: str, word: str) -> None:
    """The pair of HTTP Basic is all there is."""
    with pytest.raises(BadSignature):
        pushed(PUSH, name, word)


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer x"}, {"authorization": "đ"}])
def test_a_push_without_a_pair_is_refused(header: dict[str, str]) -> None:
    """Before its body is looked at."""
    with pytest.raises(BadSignature):
        shop(app=pushing()).events.parse(Delivery(headers=header, body=b"not json"))


def test_a_secret_without_a_colon_goes_with_the_apps_key() -> None:
    """And the app's own secret serves where no other was given; an empty one never does."""
    key = shop().access.app.key
    for secret in ("pass", None):
        word = secret or "tiki-secret-NOT-REAL"
        header = dict([basic(key, word)])
        delivery = Delivery(headers=header, body=PUSH)
        assert len(shop(app=pushing(secret)).events.parse(delivery)) == 1
    blank = App(key=key, secret=Secret(""))
    with pytest.raises(BadSignature):
        shop(app=blank).events.parse(Delivery(headers=dict([basic(key, "")]), body=PUSH))


def test_a_genuine_push_that_is_no_object_is_a_bad_reply() -> None:
    """The sender is known, the body is not."""
    with pytest.raises(BadReply):
        pushed(b"[]")


def test_subscribing_what_is_subscribed_does_no_harm() -> None:
    """Where the list was not to be had, a conflict only says that it is there."""
    gone = reply({"message": "no Route matched"}, 404)
    there = reply({"errors": ["already subscribed"]}, 409)
    given = [there] * len(EVENTS)
    played = answer(shop().events.pull(None), TOKEN, ME, OWN, gone, *given, PULLED)
    assert len(played.result.items) == 3
    assert isinstance(shop().classify(played.requests[4], there), Conflict)
