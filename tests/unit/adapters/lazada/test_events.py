"""Lazada's pushes: verified on raw bytes, every type read (fact book section 7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.lazada import LazadaAdapter
from entrosdk.adapters.lazada.events import event
from entrosdk.adapters.lazada.sign import push_signature
from entrosdk.domain.credentials import App
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, BadSignature, Unsupported
from entrosdk.spi.adapter import Access, Delivery
from tests.unit.adapters.lazada.desk import KEY, SECRET, SHOP, answer, parsed, shop

MESSAGES = {one["name"]: one for one in parsed("push_messages")["messages"]}
GENUINE = MESSAGES["trade_order_pending"]["raw_body"].encode()


def signed(body: bytes, secret: str = SECRET, key: str = KEY) -> Delivery:
    """A delivery as Lazada sends it."""
    return Delivery(headers={"authorization": push_signature(key, secret, body)}, body=body)


def example(name: str) -> Event:
    """The event of an example push, with its own signature."""
    message = MESSAGES[name]
    delivery = Delivery(
        headers={"authorization": message["headers"]["Authorization"]},
        body=message["raw_body"].encode(),
    )
    (event,) = shop().events.parse(delivery)
    return event


def told(kind: Any, data: Any, **parts: Any) -> Event:
    """The event of a push with this type and data."""
    body = {"seller_id": SHOP, "message_type": kind, "data": data, "timestamp": 1772550000, **parts}
    (event,) = shop().events.parse(signed(json.dumps(body).encode()))
    return event


# Verification


@pytest.mark.parametrize("name", MESSAGES)
def test_the_worked_pushes_are_genuine(name: str) -> None:
    """Each passes as it stands and names its shop."""
    assert example(name).shop_id == SHOP


@pytest.mark.parametrize(
    "delivery",
    [
        signed(GENUINE, secret="another"),
        signed(GENUINE, secret=""),
        signed(GENUINE, key="998002"),
        Delivery(headers={}, body=GENUINE),
        Delivery(headers=signed(GENUINE).headers, body=GENUINE + b" "),
        Delivery(
            headers={"authorization": f"Bearer {push_signature(KEY, SECRET, GENUINE)}"},
            body=GENUINE,
        ),
        Delivery(headers={"authorization": "ư"}, body=b"no JSON"),
    ],
)
def test_anything_else_is_refused(delivery: Delivery) -> None:
    """Wrong secret, another app, no header, another byte, a prefix, garbage."""
    with pytest.raises(BadSignature):
        shop().events.parse(delivery)


def test_an_app_without_a_secret_accepts_nothing() -> None:
    """An empty secret is none, even for a push signed with it."""
    region = LazadaAdapter.manifest.regions["VN"]
    access = Access(app=App(key=KEY, secret=Secret("")), region=region)
    with pytest.raises(BadSignature):
        LazadaAdapter(access).events.parse(signed(GENUINE, secret=""))


@pytest.mark.parametrize("body", [b"[]", b"no JSON", b""])
def test_a_genuine_push_that_is_no_object_is_a_bad_reply(body: bytes) -> None:
    """Signed by Lazada and still no push."""
    with pytest.raises(BadReply):
        shop().events.parse(signed(body))


# Types


def test_a_trade_order_names_order_and_state() -> None:
    """The time of the change counts, in seconds, while the envelope counts milliseconds."""
    event = example("trade_order_pending")
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status) == ("478120036614582", "pending")
    assert event.occurred_at == datetime.fromtimestamp(1772590365, UTC)


def test_each_line_of_an_order_is_a_delivery_of_its_own() -> None:
    """Repeats of one line are equal, whatever time their envelope has."""
    first, second = (
        example("trade_order_pending"),
        example("trade_order_second_line_same_order"),
    )
    assert first.delivery_id != second.delivery_id
    again = {**MESSAGES["trade_order_pending"]["body"], "timestamp": 1772592000000}
    assert event(again, b"").delivery_id == first.delivery_id


def test_a_returned_line_is_news_of_its_order() -> None:
    """The reverse order has a push of its own."""
    event = example("trade_order_returned")
    assert isinstance(event, OrderChanged)
    assert event.raw_status == "returned"


def test_odd_whitespace_is_read() -> None:
    """The signature is over the bytes, the reading over their sense."""
    event = example("odd_whitespace_and_key_order")
    assert isinstance(event, OrderChanged)
    assert event.raw_status == "packed"


def test_a_package_names_order_and_parcel() -> None:
    """Its steps are many and stay unread: the order is fetched anyway."""
    event = example("fulfilment_package")
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.package_id) == ("477998120713377", "FP102233441213377")


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("product_qc_rejected", "3120060044"),
        ("product_edited", "3120045517"),
        ("product_deleted", "3120060044"),
    ],
)
def test_listings_change(name: str, product: str) -> None:
    """Quality control spells the id in another way; times are milliseconds."""
    event = example(name)
    assert isinstance(event, ProductChanged)
    assert event.product_id == product
    assert event.occurred_at is not None
    assert event.occurred_at.year == 2026


def test_a_new_listing_may_tell_its_time_outside_of_its_data() -> None:
    """One sample has members beside `data`."""
    event = told(3, {"item_id": "7"}, action="PUBLISHED", status_update_time=1772410000555)
    assert isinstance(event, ProductChanged)
    assert event.occurred_at == datetime.fromtimestamp(1772410000.555, UTC)


def test_low_stock_names_the_variant() -> None:
    """No listing is named."""
    event = example("shallow_stock")
    assert isinstance(event, StockChanged)
    assert (event.product_id, event.variant_id) == ("", "13400275530")


def test_a_token_that_ends_soon_names_its_seller_and_its_end() -> None:
    """The envelope says "null"; the data knows."""
    event = example("token_expiry_alert")
    assert isinstance(event, GrantExpiring)
    assert (event.shop_id, event.shop_ids) == (SHOP, (SHOP,))
    assert event.before == datetime.fromtimestamp(1772700000, UTC)


def test_a_reverse_order_names_return_and_order() -> None:
    """Ids come as numbers."""
    event = example("reverse_order")
    assert isinstance(event, ReturnChanged)
    assert (event.return_id, event.order_id) == ("771200456014402", "477903355214402")


def test_a_cancellation_is_news_of_the_order() -> None:
    """Reverse orders are also cancellations; those are no returns."""
    data = {"reverse_order_id": 1, "trade_order_id": 2, "reverse_status": "CANCEL_SUCCESS"}
    event = told(10, data)
    assert isinstance(event, OrderChanged)
    assert event.order_id == "2"


@pytest.mark.parametrize("kind", [2, 7, 12, 13, 19, 21, 35, 46, 99, "x", None, True])
def test_other_types_are_unrecognised(kind: Any) -> None:
    """With their harmless values; texts are not repeated."""
    event = told(kind, {"status": "normal", "content": "hello", "session_id": 5})
    assert isinstance(event, Unrecognised)
    assert event.facts == {"status": "normal", "session_id": "5"}


def test_a_promotion_comes_without_an_envelope() -> None:
    """It is a bare object, and names its seller in another way."""
    body = {"promotionId": 5, "promotionType": "x", "sellerId": int(SHOP), "notifyTime": 1}
    (event,) = shop().events.parse(signed(json.dumps(body).encode()))
    assert isinstance(event, Unrecognised)
    assert (event.shop_id, event.raw_kind) == (SHOP, "?")


@pytest.mark.parametrize("kind", [0, 1, 3, 4, 5, 6, 10, 14])
@pytest.mark.parametrize("data", [{}, None, "x", [], {"item_id": None}])
def test_a_push_without_what_its_type_needs_is_unrecognised(kind: int, data: Any) -> None:
    """Nothing is made up, nothing fails."""
    assert isinstance(told(kind, data), Unrecognised)


def test_data_may_come_as_text() -> None:
    """JSON inside of JSON is read."""
    event = told(0, json.dumps({"trade_order_id": "5"}))
    assert isinstance(event, OrderChanged)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_KEYS = ["trade_order_id", "item_id", "sku_id", "reverse_order_id", "status_update_time", "date"]


@given(
    st.integers(0, 20),
    st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=5) | _JSON,
    st.dictionaries(st.sampled_from(["timestamp", "seller_id", "site"]), _JSON),
)
def test_any_genuine_object_becomes_one_event(kind: int, data: Any, parts: Any) -> None:
    """Whatever its values are."""
    body = {"message_type": kind, "data": data, **parts}
    (event,) = shop().events.parse(signed(json.dumps(body).encode()))
    assert event.marketplace == "lazada"


def test_there_is_no_queue() -> None:
    """Lazada repeats a push and then forgets it."""
    with pytest.raises(Unsupported, match="section 7"):
        answer(shop().events.pull(None))
