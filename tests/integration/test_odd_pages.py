"""Pages that go on from nothing, stand still or come again: no listing is cut short or endless."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from entrosdk.errors import BadReply
from entrosdk.sandbox.http import Reply
from tests.sandboxes import NOON, Table

SINCE = NOON - timedelta(days=29)


def bend(table: Table, path: str, change: Callable[[Any], None]) -> None:
    """Let `change` bend every good reply of the addresses that end with `path`."""
    straight = table.market.handle

    def handle(call: Any) -> Reply:
        reply: Reply = straight(call)
        if not call.path.endswith(path):
            return reply
        body = json.loads(reply.body)
        change(body)
        return evolve(reply, body=json.dumps(body).encode())

    table.market.handle = handle


def without(call: Any, name: str) -> Any:
    """The same call as if a parameter had been overlooked."""
    return evolve(call, query=tuple(pair for pair in call.query if pair[0] != name))


def test_a_cursor_of_shopee_that_stands_still_is_refused() -> None:
    """It is a fault of the marketplace's, noticed with the second page."""
    table = Table(orders=120)
    straight = table.market.handle

    def stuck(call: Any) -> Reply:
        reply: Reply = straight(without(call, "cursor"))
        if not call.path.endswith("get_order_list"):
            return reply
        body = json.loads(reply.body)
        body["response"].update(more=True, next_cursor="9")
        return evolve(reply, body=json.dumps(body).encode())

    table.market.handle = stuck
    with table.shop() as shop, pytest.raises(BadReply, match="repeated"):
        list(shop.orders.list(updated_from=NOON - timedelta(days=10), updated_to=NOON))
    assert table.asked().count("order/get_order_list") == 2


def test_an_empty_page_of_shopee_with_a_cursor_goes_on() -> None:
    """Only `more` ends a listing."""
    table = Table(orders=250)
    emptied: list[str] = []

    def empty_first(body: Any) -> None:
        if body["response"]["more"] and not emptied:
            emptied.extend(row["order_sn"] for row in body["response"].pop("order_list"))
            body["response"]["order_list"] = []

    bend(table, "get_order_list", empty_first)
    with table.shop() as shop:
        seen = {order.id for order in shop.orders.list(updated_from=SINCE)}
    assert emptied
    assert seen == {one["id"] for one in table.truth()["orders"]} - set(emptied)


@pytest.mark.parametrize("stream", ["orders", "products"])
def test_tiki_giving_the_same_page_again_is_refused(stream: str) -> None:
    """A page that is not the one asked for would hide all the others."""
    table = Table("tiki", orders=120)
    straight = table.market.handle
    table.market.handle = lambda call: straight(without(call, "page"))
    window = {"updated_from": SINCE} if stream == "orders" else {}
    with table.shop() as shop, pytest.raises(BadReply, match="came for page"):
        list(getattr(shop, stream).list(**window))


def test_an_empty_page_of_tiki_in_the_middle_goes_on() -> None:
    """The number of pages decides, not how full one is."""
    table = Table("tiki", orders=180)
    emptied: list[str] = []

    def empty_second(body: Any) -> None:
        if body.get("paging", {}).get("current_page") == 2 and not emptied:
            emptied.extend(row["code"] for row in body["data"])
            body["data"] = []

    bend(table, "v2/orders", empty_second)
    with table.shop() as shop:
        seen = {order.id for order in shop.orders.list(updated_from=SINCE)}
    assert emptied
    assert seen == {one["id"] for one in table.truth()["orders"]} - set(emptied)
