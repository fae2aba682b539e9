"""Pushes of the emulated Lazada: signed, one for each unit, in mixed units of time."""

from __future__ import annotations

import json
from typing import Any

from entrosdk import GrantExpiring, OrderChanged, ProductChanged, ReturnChanged
from entrosdk.sandbox.pushes import Push
from tests.sandboxes import Table
from tests.unit.sandbox.lazada.desk import table
from tests.unit.sandbox.lazada.test_writes import bought, returning

URL = "http://127.0.0.1:9/hook"


def listening(**parts: Any) -> Table:
    """A sandbox that sends to a URL."""
    at = table(**parts)
    body = json.dumps({"url": URL, "marketplace": "lazada"}).encode()
    assert at.control("POST", "/control/webhooks", body).status == 200
    return at


def sent(at: Table) -> list[Push]:
    """What is due."""
    at.box.world.settle()
    found: list[Push] = at.market.pushes.due(at.box.world.now)
    return found


def parsed(at: Table, push: Push) -> Any:
    """The event a push is read as, verified by the SDK."""
    with at.shop() as shop:
        (event,) = shop.events.parse(headers=at.market.pushes.headers(push), body=push.body)
    return event


def test_an_order_is_news_for_each_unit() -> None:
    """Signed with the app's key and secret; envelope in milliseconds, data in seconds."""
    at = listening()
    name = bought(at)
    pushes = [push for push in sent(at) if json.loads(push.body)["message_type"] == 0]
    rows = [json.loads(push.body) for push in pushes]
    units = sum(line.quantity for line in at.market.shop.orders[name].lines)
    assert len({row["data"]["trade_order_line_id"] for row in rows}) == units
    assert rows[0]["timestamp"] > 10**12 > rows[0]["data"]["status_update_time"]
    event = parsed(at, pushes[0])
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status) == (name, "pending")


def test_shipping_tells_packed_and_ready() -> None:
    """Both steps are news."""
    at = listening()
    name = bought(at)
    sent(at)
    with at.shop() as shop:
        shop.orders.ship(name)
    words = [
        row["data"]["order_status"]
        for push in sent(at)
        if (row := json.loads(push.body))["message_type"] == 0
    ]
    assert list(dict.fromkeys(words)) == ["packed", "ready_to_ship"]


def test_returns_and_listings_are_news() -> None:
    """With a vocabulary of their own."""
    at = listening()
    _, asked = returning(at)
    events = [parsed(at, push) for push in sent(at)]
    assert asked in {event.return_id for event in events if isinstance(event, ReturnChanged)}
    product = at.market.shop.products[0]
    with at.shop() as shop:
        shop.products.unpublish([str(product.id)])
    changed = [event for push in sent(at) if isinstance(event := parsed(at, push), ProductChanged)]
    assert [event.product_id for event in changed] == [str(product.id)]


def test_a_consent_that_ends_soon_is_told_every_day() -> None:
    """From two days before; the envelope names nobody."""
    at = listening(orders=1)
    told = []
    for _ in range(32):
        at.sleep(86_400)
        events = [parsed(at, push) for push in sent(at)]
        told.append([event for event in events if isinstance(event, GrantExpiring)])
    assert [len(events) for events in told[26:]] == [0, 1, 1, 1, 0, 0]
    (warning,) = told[27]
    assert warning.shop_ids == (at.market.seller_id,)
    assert warning.before is not None


def test_pushes_stop_when_most_of_them_fail() -> None:
    """Below half of them Lazada gives up on an address."""
    at = listening(orders=1)
    queue = at.market.pushes
    for number in range(700):
        push = Push(number, 0, b"{}")
        queue.result(push, 0, 200 if number % 5 < 2 else 500, empty=True)
    assert queue.suspended


def test_a_push_is_repeated_every_half_hour_and_then_forgotten() -> None:
    """Twelve times."""
    at = listening()
    bought(at)
    push = sent(at)[0]
    for _ in range(13):
        at.market.pushes.result(push, at.box.world.now, 500, empty=True)
    assert (push.tries, len(at.market.pushes.lost)) == (12, 1)
    assert push.due - at.box.world.now == 1800
