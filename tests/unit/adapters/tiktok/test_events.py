"""Webhooks: genuine or not, every type, and what is not told twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.adapters.tiktok.sign import webhook_signature
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    GrantRevoked,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.errors import BadReply, BadSignature
from entrosdk.spi.adapter import Delivery
from tests.unit.adapters.tiktok.desk import SHOP_ID, fixture, parsed, shop

HUGE = pytest.param(10**400, id="huge")
DELIVERIES = {row["name"]: row for row in parsed("webhooks")["deliveries"]}


def delivered(name: str) -> Event:
    """An example delivery, read."""
    row = DELIVERIES[name]
    headers = {"authorization": row["authorization_header"]}
    (event,) = shop().events.parse(Delivery(headers=headers, body=row["raw_body"].encode()))
    return event


def received(body: bytes) -> tuple[Event, ...]:
    """A genuine delivery of this body, read."""
    sign = webhook_signature("emu8k2ap9q", "e2f0b6d4c8a911d7f30a5b7c", body)
    return shop().events.parse(Delivery(headers={"authorization": sign}, body=body))


def told(kind: int, **data: Any) -> tuple[Event, ...]:
    """A genuine delivery of this type, read."""
    body = {"type": kind, "tts_notification_id": "9", "shop_id": SHOP_ID, "timestamp": 1794823377}
    return received(json.dumps({**body, "data": data}).encode())


def test_every_example_delivery_has_its_event() -> None:
    """Each of the nine is read as what it is about."""
    kinds = {name: type(delivered(name)) for name in DELIVERIES}
    assert kinds == {
        "order_status_change": OrderChanged,
        "order_cancelled": OrderChanged,
        "recipient_address_update": OrderChanged,
        "package_update": OrderChanged,
        "product_status_change": ProductChanged,
        "seller_deauthorization": GrantRevoked,
        "authorization_expiring": GrantExpiring,
        "cancellation_status_change": OrderChanged,
        "return_status_change": ReturnChanged,
    }


def test_an_order_tells_its_state_in_its_own_word() -> None:
    """The last state is spelled another way than in the API."""
    event = delivered("order_cancelled")
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status) == ("579218744051057392", "CANCEL")
    assert (event.shop_id, event.delivery_id) == (SHOP_ID, "7573698804117205761")
    assert event.occurred_at == datetime.fromtimestamp(1794823375, UTC)


def test_the_example_of_a_state_is_read() -> None:
    """The order, its state, and when it changed rather than when it was told."""
    (event,) = received(fixture("webhook_order_status"))
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status) == ("579220418835842101", "IN_TRANSIT")
    assert (event.shop_id, event.delivery_id) == (SHOP_ID, "7574012200451770113")
    assert event.occurred_at == datetime.fromtimestamp(1794920741, UTC)


def test_ids_beyond_what_a_float_holds_stay_exact() -> None:
    """Product ids come as numbers of nineteen digits."""
    event = delivered("product_status_change")
    assert isinstance(event, ProductChanged)
    assert event.product_id == "1731904420187440301"


def test_the_end_of_a_consent_comes_as_text() -> None:
    """An epoch in quotes."""
    event = delivered("authorization_expiring")
    assert isinstance(event, GrantExpiring)
    assert (event.shop_ids, event.before) == (
        (SHOP_ID,),
        datetime.fromtimestamp(1796860800, UTC),
    )


def test_a_consent_that_ended_names_its_shop() -> None:
    """In the envelope, or only inside a sentence."""
    event = delivered("seller_deauthorization")
    assert isinstance(event, GrantRevoked)
    assert event.shop_ids == (SHOP_ID,)
    body = {"type": 6, "data": {"message": "Shop_id {77} is deauthorized from your APP."}}
    (other,) = received(json.dumps(body).encode())
    assert isinstance(other, GrantRevoked)
    assert other.shop_ids == ("77",)


def test_packages_of_several_orders_are_an_event_for_each() -> None:
    """Each names its order and its package."""
    rows = [
        {"package_id": "p1", "order_id_list": ["1", "2"]},
        {"package_id": "p2", "order_id_list": ["3"]},
    ]
    events = told(4, sc_type="COMBINE", package_list=rows, update_time=5)
    pairs = [(e.order_id, e.package_id) for e in events if isinstance(e, OrderChanged)]
    assert pairs == [("1", "p1"), ("2", "p1"), ("3", "p2")]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (2, {"order_id": "1"}, OrderChanged),
        (15, {"product_id": "1", "changed_fields": ["title"]}, ProductChanged),
        (16, {"product_id": 1}, ProductChanged),
        (18, {"product_id": 1}, ProductChanged),
        (37, {"product_id": 1, "audit": {}}, ProductChanged),
        (50, {"product_id": "1", "skus": []}, ProductChanged),
        (27, {"product_id": "1", "sku_id": "2"}, StockChanged),
        (71, {"product_id": 1, "sku_id": 2}, StockChanged),
        (13, {"conversation_id": "1"}, Unrecognised),
        (64, {"aftersales_request_id": "1"}, Unrecognised),
        (999, {}, Unrecognised),
        (1, {"order_status": "UNPAID"}, Unrecognised),
        (4, {"package_list": "?"}, Unrecognised),
        (5, {"status": "PRODUCT_STATUS_CHANGED"}, Unrecognised),
        (12, {"return_id": ""}, Unrecognised),
        (27, {}, Unrecognised),
    ],
)
def test_every_type_has_its_event(kind: int, data: dict[str, Any], expected: type[Event]) -> None:
    """One that lacks what it needs, and one we do not act on, stay unrecognised."""
    (event,) = told(kind, **data)
    assert (type(event), event.raw_kind) == (expected, str(kind))


def test_an_unrecognised_one_keeps_harmless_facts_only() -> None:
    """Ids and states, no free text; the body is there as it came."""
    (event,) = told(14, message_id="7", content="gọi 0912345678", sender_role="BUYER")
    assert isinstance(event, Unrecognised)
    assert event.facts == {"message_id": "7", "sender_role": "BUYER"}
    assert b"0912345678" in event.body
    assert "0912345678" not in repr(event)


def test_a_delivery_without_an_id_gets_one_of_its_own() -> None:
    """A repeat has the same, whatever its timestamp says."""
    bodies = [
        {"type": 1, "shop_id": "1", "timestamp": at, "data": {"order_id": "1"}} for at in (5, 6)
    ]
    first, second = (received(json.dumps(body).encode())[0] for body in bodies)
    assert first.delivery_id == second.delivery_id
    assert len(first.delivery_id) == 32


@pytest.mark.parametrize("sign", ["", "0" * 64, "đ"])
def test_a_forged_delivery_is_refused(sign: str) -> None:
    """Whatever it says."""
    body = DELIVERIES["order_cancelled"]["raw_body"].encode()
    with pytest.raises(BadSignature):
        shop().events.parse(Delivery(headers={"authorization": sign}, body=body))


def test_one_changed_byte_is_a_forgery() -> None:
    """The check is over the raw bytes, not over what they mean."""
    row = DELIVERIES["order_cancelled"]
    headers = {"authorization": row["authorization_header"]}
    with pytest.raises(BadSignature):
        shop().events.parse(Delivery(headers=headers, body=row["raw_body"].encode() + b" "))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_a_genuine_one_that_is_no_object_is_a_bad_reply(body: bytes) -> None:
    """Signed, and still nothing to read."""
    with pytest.raises(BadReply):
        received(body)


@pytest.mark.parametrize("moment", [0, -5, "soon", True, None, 10**30, HUGE, "9" * 30, 2**42])
def test_a_strange_time_falls_back_to_the_envelope(moment: object) -> None:
    """Nothing is invented."""
    (event,) = told(1, order_id="1", update_time=moment)
    assert event.occurred_at == datetime.fromtimestamp(1794823377, UTC)
