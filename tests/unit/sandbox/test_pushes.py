"""Pushes that come of time, of a new address and of a choice; grants that end (book 1.3, 7)."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from entrosdk import GrantExpiring, GrantRevoked, OrderStatus
from entrosdk.domain.events import Event, Unrecognised
from entrosdk.sandbox import ShopeeProfile
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.orders import Stage
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.test_gateway import Client

DAY = 86_400
HOOK = "http://127.0.0.1:9/hook"
SHOP = "226518001"
CONFIGURE = "/api/v2/push/set_app_push_config"


def public(client: Client, path: str, method: str = "GET", body: Any = None) -> dict[str, Any]:
    """The answer to a call that is signed for no shop."""
    query = {"partner_id": client.store["app_key"], "timestamp": str(int(NOON.timestamp()))}
    base = f"{query['partner_id']}{path}{query['timestamp']}".encode()
    sign = hmac.new(client.secret.encode(), base, sha256).hexdigest()
    raw = b"" if body is None else json.dumps(body).encode()
    found: dict[str, Any] = json.loads(client.send(path, {**query, "sign": sign}, method, raw).body)
    return found


def configure(client: Client, **settings: Any) -> str:
    """Set the app's push configuration; returns the error."""
    return str(public(client, CONFIGURE, "POST", settings)["error"])


def sent(table: Table) -> list[Event]:
    """What is pushed now, as the SDK reads it."""
    pushes = table.market.pushes
    with table.shop() as shop:
        return [
            event
            for push in pushes.due(table.box.world.now)
            for event in shop.events.parse(
                headers=pushes.headers(push), body=push.body, url=pushes.url
            )
        ]


@pytest.fixture
def client() -> Client:
    """A client of a small shop."""
    return Client(Table(orders=3))


def test_a_new_address_is_checked_with_an_empty_key(client: Client) -> None:
    """The console's ping names no shop and is signed before there is a push key."""
    assert configure(client, callback_url=HOOK) == ""
    (push,) = client.table.market.pushes.due(int(NOON.timestamp()))
    base = HOOK.encode() + b"|" + push.body
    headers = client.table.market.pushes.headers(push)
    assert headers["authorization"] == hmac.new(b"", base, sha256).hexdigest()
    assert set(json.loads(push.body)) == {"code", "data"}
    with client.table.shop() as shop:
        (event,) = shop.events.parse(headers=headers, body=push.body, url=HOOK)
    assert isinstance(event, Unrecognised)


@pytest.mark.parametrize("url", ["http://example.com/hook", "nonsense", "http://192.0.2.1/"])
def test_pushes_never_leave_this_machine(client: Client, url: str) -> None:
    """An address elsewhere is refused, also by the marketplace's own call."""
    assert configure(client, callback_url=url) == "error_param"
    assert client.table.market.pushes.url == ""


def test_codes_can_be_switched_off(client: Client) -> None:
    """An app hears only of what it subscribed to."""
    configure(client, callback_url=HOOK, set_push_config_off=[3, 4, 30])
    shown = public(client, "/api/v2/push/get_app_push_config")["response"]
    assert shown["push_config_off_list"] == [3, 4, 30]
    client.table.market.shop.buy(client.table.box.world.now, cod=True)
    assert [event.raw_kind for event in sent(client.table)] == ["0"]
    configure(client, set_push_config_on=[3])
    client.table.market.shop.buy(client.table.box.world.now, cod=True)
    assert [event.raw_kind for event in sent(client.table)] == ["3"]


def test_the_end_of_a_grant_is_told_a_week_before_and_at_the_end() -> None:
    """Push 12 with the cut-off, then push 2 with the reason; each once."""
    table = Table(orders=3)
    table.market.pushes.aim(HOOK)
    table.market.subscribed = {2, 12}
    table.box.world.advance(358 * DAY)
    (soon,) = sent(table)
    assert isinstance(soon, GrantExpiring)
    assert soon.shop_ids == (SHOP,)
    assert sent(table) == []
    table.box.world.advance(7 * DAY)
    (over,) = sent(table)
    assert isinstance(over, GrantRevoked)
    assert (over.shop_ids, over.reason) == ((SHOP,), "expiry")
    assert sent(table) == []


def test_the_seller_says_for_how_long() -> None:
    """A grant of 30 days ends after 30 days."""
    table = Table(orders=3)
    query = f"partner_id={table.market.app.key}&redirect_uri=http://localhost/&days=30"
    reply = table.box.handle("shopee", Call.of("GET", "/auth", query, {}, b""))
    code = dict(parse_qsl(urlsplit(reply.headers["Location"]).query))["code"]
    body = {"code": code, "partner_id": int(table.market.app.key), "shop_id": int(SHOP)}
    assert public(Client(table), "/api/v2/auth/token/get", "POST", body)["error"] == ""
    since, until = table.market.grants.span(SHOP)
    assert until - since == 30 * DAY
    assert table.market.grants.linked(SHOP, until)
    assert not table.market.grants.linked(SHOP, until + 1)


def test_message_ids_can_be_left_out_everywhere() -> None:
    """The documentation shows no msg_id, so every push can do without."""
    table = Table(orders=3, profile=ShopeeProfile(message_ids=False))
    table.market.pushes.aim(HOOK)
    table.market.shop.buy(table.box.world.now, cod=True)
    table.market.revoke(SHOP)
    bodies = [json.loads(push.body) for push in table.market.pushes.due(table.box.world.now)]
    assert [body["code"] for body in bodies] == [3, 2]
    assert all("msg_id" not in body for body in bodies)


def refreshed(table: Table, token: str, shop: str = SHOP) -> tuple[str, str]:
    """Error and refresh token of a renewal."""
    body = {"refresh_token": token, "partner_id": 2011881, "shop_id": int(shop)}
    told = public(Client(table), "/api/v2/auth/access_token/get", "POST", body)
    return told["error"], told.get("refresh_token", "")


def test_a_spent_refresh_token_is_refused_or_repeats_its_pair() -> None:
    """The guide says refused; the profile of the FAQ gives the same pair again for four hours."""
    strict, lenient = (
        Table(orders=1),
        Table(orders=1, profile=ShopeeProfile(refresh_reuse="same_pair_4h")),
    )
    token = strict.market._first[1]
    assert refreshed(strict, token)[0] == ""
    assert refreshed(strict, token) == ("error_auth", "")
    first = refreshed(lenient, token)
    assert first[0] == ""
    lenient.box.world.advance(3 * 3600)
    assert refreshed(lenient, token) == first
    lenient.box.world.advance(3600)
    assert refreshed(lenient, token) == ("error_auth", "")


def test_a_main_accounts_refresh_token_works_once_for_each_shop() -> None:
    """One consent, two shops; afterwards each has a chain of its own."""
    other = "226518077"
    table = Table(orders=1, profile=ShopeeProfile(more_shops=(other,)))
    query = f"partner_id={table.market.app.key}&redirect_uri=http://localhost/&account=main"
    reply = table.box.handle("shopee", Call.of("GET", "/auth", query, {}, b""))
    back = dict(parse_qsl(urlsplit(reply.headers["Location"]).query))
    body = {"code": back["code"], "partner_id": 2011881, "main_account_id": 3300777}
    told = public(Client(table), "/api/v2/auth/token/get", "POST", body)
    assert told["shop_id_list"] == [int(SHOP), int(other)]
    first = [refreshed(table, told["refresh_token"], shop) for shop in (SHOP, other)]
    again = [refreshed(table, told["refresh_token"], shop) for shop in (SHOP, other)]
    third = [
        refreshed(table, token, shop) for (_, token), shop in zip(first, (SHOP, other), strict=True)
    ]
    assert [error for error, _ in (*first, *again, *third)] == [
        "", "", "error_auth", "error_auth", "", "",
    ]  # fmt: skip
    assert first[0][1] != first[1][1]


LIST = "/api/v2/order/get_order_list"
DETAIL = "/api/v2/order/get_order_detail"


def test_held_orders_are_invisible_unless_asked_for() -> None:
    """The platform holds an order back: no push, no row, no detail, except with the flag."""
    table = Table(orders=1)
    shop, now = table.market.shop, table.box.world.now
    order = shop.buy(now, cod=False)
    table.market.pushes.aim(HOOK)
    shop.touch(order, now, Stage.ON_HOLD)
    assert sent(table) == []
    client = Client(table)
    span = {"time_range_field": "update_time", "time_from": now - 9, "time_to": now + 9}

    def seen(**flag: str) -> tuple[list[str], list[str]]:
        rows = client.get(LIST, **span, page_size=9, **flag)["response"]["order_list"]
        got = client.get(DETAIL, order_sn_list=order.id, **flag).get("response", {})
        statuses = [one["order_status"] for one in got.get("order_list", [])]
        return [row["order_sn"] for row in rows], statuses

    assert seen() == ([], [])
    assert seen(request_order_status_pending="true") == ([order.id], ["PENDING"])
    with table.shop() as connected:
        assert connected.orders.get(order.id).status is OrderStatus.ON_HOLD
