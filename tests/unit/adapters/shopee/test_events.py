"""Shopee's pushes: verified on raw bytes, every code read, and the queue of lost ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.adapters.shopee import ShopeeAdapter
from entrosdk.adapters.shopee.sign import push_signature
from entrosdk.domain.credentials import App
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    GrantGiven,
    GrantRevoked,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, BadSignature, ConfigError
from entrosdk.spi.adapter import Access, Delivery
from tests.unit.adapters.shopee.desk import URL, answer, failed, fixture, ok, parsed, shop

KEY = "shpush_demo_key_fedcba9876543210_NOT_REAL"


def signed(body: bytes, url: str = URL, key: str = KEY) -> Delivery:
    """A delivery as Shopee sends it."""
    return Delivery(headers={"authorization": push_signature(key, url, body)}, body=body, url=url)


def pushed(body: Any) -> Event:
    """The one event of a genuine push."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (event,) = shop().events.parse(signed(raw))
    return event


def told(code: int, data: Any, **parts: Any) -> Event:
    """The event of a push with this code and data."""
    return pushed(
        {"data": data, "shop_id": 226518001, "code": code, "timestamp": 1795309503, **parts}
    )


# Verification


@pytest.mark.parametrize("vector", parsed("signature_vectors")["push_vectors"])
def test_the_worked_pushes_are_genuine(vector: dict[str, Any]) -> None:
    """Each worked example passes as it stands."""
    delivery = Delivery(
        headers={"authorization": vector["authorization_header"]},
        body=vector["raw_body"].encode(),
        url=vector["callback_url"],
    )
    (event,) = shop().events.parse(delivery)
    assert event.shop_id == "226518001"


@pytest.mark.parametrize(
    "delivery",
    [
        signed(fixture("push_03_order_status"), key="another"),
        signed(fixture("push_03_order_status"), key=""),
        Delivery(headers={}, body=fixture("push_03_order_status"), url=URL),
        Delivery(
            headers=signed(fixture("push_03_order_status")).headers,
            body=fixture("push_03_order_status") + b" ",
            url=URL,
        ),
        Delivery(
            headers=signed(fixture("push_03_order_status")).headers,
            body=fixture("push_03_order_status"),
            url=URL.replace("https", "http"),
        ),
        Delivery(headers={"authorization": "x"}, body=b"no JSON", url=URL),
    ],
)
def test_anything_else_is_refused(delivery: Delivery) -> None:
    """Wrong key, empty key, no header, another byte, another address, garbage."""
    with pytest.raises(BadSignature):
        shop().events.parse(delivery)


def test_without_an_address_nothing_can_be_verified() -> None:
    """The configured address is part of the signature, so it must be given."""
    body = fixture("push_03_order_status")
    with pytest.raises(ConfigError, match="address"):
        shop().events.parse(Delivery(headers=signed(body).headers, body=body))


def test_an_app_without_keys_accepts_nothing() -> None:
    """An empty push key is no key, even for a push signed with it."""
    app = App(key="1", secret=Secret(""))
    access = Access(app=app, region=ShopeeAdapter.manifest.regions["VN"])
    body = fixture("push_03_order_status")
    with pytest.raises(BadSignature):
        ShopeeAdapter(access).events.parse(signed(body, key=""))


def test_a_genuine_push_that_is_no_object_is_a_bad_reply() -> None:
    """Signed by Shopee and still no push."""
    with pytest.raises(BadReply):
        pushed(b"[]")


def test_the_consoles_check_is_unrecognised_whatever_its_signature() -> None:
    """The ping comes before the key exists; it says nothing and names no shop."""
    body = fixture("push_00_verify")
    for delivery in (signed(body, key=""), Delivery(headers={}, body=body), signed(body)):
        (event,) = shop().events.parse(delivery)
        assert isinstance(event, Unrecognised)
        assert (event.raw_kind, event.occurred_at, event.facts) == ("0", None, {})


@pytest.mark.parametrize(
    "change",
    [
        {"code": 3},
        {"shop_id": 226518001},
        {"data": {"verify_info": "x", "ordersn": "261122V9H3CBKE"}},
        {"data": {}},
    ],
)
def test_nothing_disguised_as_the_check_gets_through(change: dict[str, Any]) -> None:
    """A body with a shop, an order, or another code needs a real signature."""
    body = json.dumps({**parsed("push_00_verify"), **change}).encode()
    with pytest.raises(BadSignature):
        shop().events.parse(signed(body, key=""))


# Codes


def test_the_example_order_push() -> None:
    """Order, status, moment, delivery and shop of code 3."""
    event = pushed(fixture("push_03_order_status"))
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status, event.shop_id, event.raw_kind) == (
        "261122V9H3CBKE",
        "READY_TO_SHIP",
        "226518001",
        "3",
    )
    assert event.delivery_id == "c58dbe1e785aa9628b3fe614a64fd97e"
    assert event.occurred_at == datetime.fromtimestamp(1795309502, UTC)
    assert event.body == fixture("push_03_order_status")


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("push_04_order_trackingno", "OFG210004601120455"),
        ("push_15_shipping_document_status", "OFG210004601120455"),
        ("push_30_package_fulfillment_status", "OFG210004601120455"),
        ("push_03_order_status_completed", ""),
    ],
)
def test_the_other_example_order_pushes(name: str, package: str) -> None:
    """Tracking number, document, package: the order changed, in this package."""
    event = pushed(fixture(name))
    assert isinstance(event, OrderChanged)
    assert event.package_id == package


def test_a_package_change_spells_the_order_otherwise() -> None:
    """Code 47 writes order_sn."""
    event = told(47, {"order_sn": "A", "package_number": "P", "changed_fields": ["x"]})
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.package_id, event.raw_status) == ("A", "P", "")


def test_the_example_stock_push() -> None:
    """variation_id 0 is no variation; the order that reserved is named."""
    event = pushed(fixture("push_08_reserved_stock_change"))
    assert isinstance(event, StockChanged)
    assert (event.product_id, event.variant_id, event.order_id) == (
        "25100998812",
        "",
        "261122V9H3CBKE",
    )


@pytest.mark.parametrize("code", [7, 8, 9, 36])
def test_promotions_and_fulfilment_change_stock(code: int) -> None:
    """All pushes about stock name product and variant."""
    event = told(code, {"item_id": 5, "variation_id": 6})
    assert isinstance(event, StockChanged)
    assert (event.product_id, event.variant_id) == ("5", "6")


@pytest.mark.parametrize("name", ["push_16_violation_item", "push_22_item_price_update"])
def test_the_example_listing_pushes(name: str) -> None:
    """A violation and a price change are about a listing."""
    assert isinstance(pushed(fixture(name)), ProductChanged)


@pytest.mark.parametrize("code", [6, 16, 22, 27])
def test_listing_pushes_name_the_listing(code: int) -> None:
    """All of them carry item_id."""
    event = told(code, {"item_id": "5", "model_id": 6})
    assert isinstance(event, ProductChanged)
    assert (event.product_id, event.variant_id) == ("5", "6")


def test_the_example_return_push() -> None:
    """Return and order; the moment is that of the latest change."""
    event = pushed(fixture("push_29_return_updates"))
    assert isinstance(event, ReturnChanged)
    assert (event.return_id, event.order_id) == ("2611130Q7KDV4XB", "261105T3W8ZKQN")
    assert event.occurred_at == datetime.fromtimestamp(1794618060, UTC)


@pytest.mark.parametrize(
    ("data", "shops"),
    [
        (parsed("push_01_shop_authorization")["data"], ("226518001",)),
        (parsed("push_01_main_account_authorization")["data"], ("226518001", "226518077")),
        ({"authorize_type": "p-shop", "shop_id": "226518001", "success": "1"}, ("226518001",)),
        ({"authorize_type": "merchant authorization by user", "merchant_id": 7}, ()),
    ],
)
def test_a_new_consent_names_its_shops(data: dict[str, Any], shops: tuple[str, ...]) -> None:
    """One, several, as text, or none when a merchant consented."""
    event = pushed({"data": data, "partner_id": 2011881, "code": 1, "timestamp": 1780279201})
    assert isinstance(event, GrantGiven)
    assert event.shop_ids == shops
    assert event.shop_id == (shops[0] if len(shops) == 1 else "")


@pytest.mark.parametrize(
    ("data", "shops"),
    [
        (parsed("push_02_shop_authorization_canceled")["data"], ("226518001",)),
        (parsed("push_02_authorization_expired")["data"], ("226518077",)),
        ({"authorize_type": "expiry", "shop_id_list": [1, "2", 1]}, ("1", "2")),
        ({"authorize_type": "App status is abnormal", "extra": "-"}, ()),
    ],
)
def test_a_lost_consent_names_its_shops(data: dict[str, Any], shops: tuple[str, ...]) -> None:
    """In three members, or only inside a sentence."""
    event = pushed({"data": data, "partner_id": 2011881, "code": 2, "timestamp": 1795343400})
    assert isinstance(event, GrantRevoked)
    assert (event.shop_ids, event.reason) == (shops, data["authorize_type"])


def test_the_example_expiry_push() -> None:
    """A cut-off for all shops named, seven days ahead; no shop of its own."""
    event = pushed(fixture("push_12_auth_expiry"))
    assert isinstance(event, GrantExpiring)
    assert event.shop_ids == ("226518077",)
    assert event.before == datetime.fromtimestamp(1797267599, UTC)


@pytest.mark.parametrize(
    "code", [5, 10, 11, 13, 18, 19, 20, 21, 23, 24, 25, 28, 31, 33, 34, 35, 37, 38, 99]
)
def test_all_other_codes_are_unrecognised_and_kept(code: int) -> None:
    """They carry their code, their moment, harmless facts and the raw body."""
    event = told(code, {"booking_sn": "B1", "content": "Chào chị Ngân", "update_time": 1795309502})
    assert isinstance(event, Unrecognised)
    assert (event.raw_kind, event.shop_id) == (str(code), "226518001")
    assert event.facts == {"booking_sn": "B1", "update_time": "1795309502"}
    assert "Ngân" not in repr(event)


@pytest.mark.parametrize("code", [3, 4, 6, 7, 8, 9, 15, 16, 22, 27, 29, 30, 36, 47])
def test_a_push_without_its_id_is_unrecognised(code: int) -> None:
    """Nothing is guessed: without the id there is nothing to fetch."""
    assert isinstance(told(code, {"update_time": 1}), Unrecognised)


def test_data_may_come_as_text_or_in_a_list() -> None:
    """Tables and receivers disagree on its type."""
    data = {"ordersn": "A", "status": "SHIPPED"}
    events = [told(3, form) for form in (data, json.dumps(data), [data])]
    assert [getattr(event, "order_id", "") for event in events] == ["A", "A", "A"]
    assert isinstance(told(3, "no JSON"), Unrecognised)


def test_milliseconds_and_texts_are_times_too() -> None:
    """Push 28 counts milliseconds; test pushes send every value as text."""
    expected = datetime.fromtimestamp(1795309502, UTC)
    for value in (1795309502, "1795309502", 1795309502000, "1795309502000"):
        assert told(28, {"update_time": value}).occurred_at == expected
    assert told(28, {"update_time": 10**30}).occurred_at == datetime.fromtimestamp(1795309503, UTC)


@pytest.mark.parametrize(
    "data",
    [
        b'{"update_time": %s}' % (b"9" * 400),
        b'{"update_time": "%s"}' % (b"9" * 5000),
        b'{"return_sn": "A", "updated_values": 5}',
        rb'"\ud800"',
    ],
)
def test_nonsense_in_a_genuine_push_stops_nobody(data: bytes) -> None:
    """Numbers beyond any clock, a number for a list, half a letter: an event all the same."""
    event = pushed(b'{"code": 29, "shop_id": 226518001, "data": %s}' % data)
    assert (event.raw_kind, event.occurred_at) == ("29", None)


def test_a_delivery_without_an_id_is_named_by_what_it_says() -> None:
    """A retry with another envelope time has the same name; other facts have another."""
    data = {"ordersn": "A", "status": "SHIPPED", "update_time": 1}
    first, retry = told(3, data, timestamp=1), told(3, json.dumps(data), timestamp=2)
    assert first.delivery_id == retry.delivery_id
    assert first.delivery_id != told(3, {**data, "update_time": 2}).delivery_id


# Lost pushes


def lost(*bodies: str, last: int = 176610, more: bool = False) -> bytes:
    """A reply of get_lost_push_message."""
    rows = [{"code": 3, "timestamp": 1, "data": body} for body in bodies]
    return ok({"push_message_list": rows, "has_next_page": more, "last_message_id": last})


def test_lost_pushes_are_read_like_others() -> None:
    """The text of the whole original body is the event's body."""
    played = answer(shop().events.pull(None), fixture("get_lost_push_message"))
    (event,) = played.result
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.delivery_id) == (
        "261122V9H3CBKE",
        "c58dbe1e785aa9628b3fe614a64fd97e",
    )
    assert played.result.next == "176610"
    assert [request.auth for request in played.requests] == ["public"]


def test_pulling_the_next_page_confirms_the_last() -> None:
    """What was stored is confirmed by its watermark; an empty queue ends the listing."""
    played = answer(shop().events.pull("176610"), failed(""), lost(last=0))
    confirmed = json.loads(played.requests[0].body or b"")
    assert confirmed == {"last_message_id": 176610}
    assert (played.result.items, played.result.next) == ((), None)


def test_a_lost_push_that_is_no_json_is_kept() -> None:
    """It is unreadable, and the others are read."""
    body = json.dumps(parsed("push_03_order_status"))
    page = answer(shop().events.pull(None), lost("half a {", body)).result
    assert len(page.items) == 1
    assert [(bad.reason, bad.body) for bad in page.unreadable] == [("data: no JSON", b"half a {")]


def test_a_position_that_is_no_number_is_refused() -> None:
    """Only the `next` of a page of lost pushes is one."""
    with pytest.raises(ConfigError):
        answer(shop().events.pull("escrow:1"))
