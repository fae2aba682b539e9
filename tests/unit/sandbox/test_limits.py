"""What a marketplace allows in a second, and how it is told from the server's side."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.limits import Limits
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.test_gateway import Client

INFO = "/api/v2/shop/get_shop_info"

arrivals = st.lists(st.floats(0, 5, allow_nan=False), max_size=60).map(sorted)


def limited(table: Table, **given: Any) -> dict[str, Any]:
    """Set limits; returns what is in force at Shopee."""
    reply = table.control("POST", "/control/limits", json.dumps(given).encode())
    found: dict[str, Any] = json.loads(reply.body)["marketplaces"]["shopee"]
    return found


def shown(table: Table) -> dict[str, Any]:
    """What the control API tells of Shopee's limits."""
    body = json.loads(table.control("GET", "/control/limits").body)
    found: dict[str, Any] = body["marketplaces"]["shopee"]
    return found


@given(st.integers(1, 6), arrivals)
def test_a_request_is_refused_exactly_when_a_full_second_lies_behind_it(
    most: int, moments: list[float]
) -> None:
    """Wherever a second begins; and what was refused takes nobody's place."""
    limits = Limits(app=most)
    allowed: list[float] = []
    for moment in moments:
        within = sum(one > moment - 1.0 for one in allowed)
        assert (limits.allow("", moment) is not None) == (within >= most)
        if within < most:
            allowed.append(moment)


def test_a_shop_that_is_refused_uses_nothing_of_the_apps_limit() -> None:
    """Others get all of it."""
    limits = Limits(app=3, shop=1)
    verdicts = [limits.allow(shop, 0.5) for shop in ("greedy", "greedy", "greedy", "two", "three")]
    assert verdicts == [None, "second", "second", None, None]


def test_tallies_tell_what_was_allowed_and_when_the_last_refusal_was() -> None:
    """For the app and for each shop, in the moments of arrival."""
    limits = Limits(app=1)
    for moment, shop in ((1.0, "one"), (1.2, "two"), (2.5, "one")):
        limits.allow(shop, moment)
    told = limits.shown()
    assert (told["allowed"], told["refused"], told["last_refused_at"]) == (2, 1, 1.2)
    assert (told["first_at"], told["last_at"]) == (1.0, 2.5)
    assert told["shops"]["one"]["allowed"] == 2
    assert told["shops"]["two"]["refused"] == 1


def test_the_control_api_shows_limits_and_begins_to_count_when_they_change() -> None:
    """So a measurement starts by setting them."""
    client = Client(Table(orders=1))
    client.get(INFO)
    assert shown(client.table)["allowed"] == 1
    assert limited(client.table, shop=2)["allowed"] == 0
    for _ in range(3):
        client.get(INFO)
    told = shown(client.table)
    assert (told["shop"], told["allowed"], told["refused"]) == (2, 2, 1)
    assert told["last_refused_at"] == NOON.timestamp()
    assert limited(client.table, shop=2)["refused"] == 0
    client.get(INFO)  # in the same second: it begins anew as well
    assert shown(client.table)["refused"] == 0


def test_the_moment_of_arrival_counts_not_that_of_its_turn() -> None:
    """A request that waited in a queue belongs to the second in which it came."""
    limits = Limits(app=1)
    assert limits.allow("", 10.0) is None
    assert limits.allow("", 10.9) == "second"
    assert limits.allow("", 11.0) is None


def test_replies_tell_the_limit_when_they_are_asked_to() -> None:
    """The tightest of the app's and the shop's, also with a refusal."""
    client = Client(Table(orders=1))
    limited(client.table, app=9, shop=2, headers=True)
    replies = [client.send(INFO, client.query(INFO)) for _ in range(3)]
    told = [
        [reply.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
        for reply in replies
    ]
    assert told == [["2", "1", "1"], ["2", "0", "1"], ["2", "0", "1"]]


def test_replies_tell_no_limit_by_default() -> None:
    """No marketplace documents such headers."""
    client = Client(Table(orders=1))
    limited(client.table, shop=2)
    assert not [name for name in client.send(INFO, client.query(INFO)).headers if "Rate" in name]


@pytest.mark.parametrize("given", [{"app": -1}, {"shop": "many"}])
def test_limits_that_are_none_are_refused(given: dict[str, Any]) -> None:
    """And change nothing."""
    table = Table(orders=1)
    reply = table.control("POST", "/control/limits", json.dumps(given).encode())
    assert reply.status == 400
    assert (shown(table)["app"], shown(table)["shop"]) == (0, 0)


def test_every_reply_takes_its_time() -> None:
    """The delay holds for all addresses; a slower fault is slower still."""
    client = Client(Table(orders=1))
    assert client.table.control("POST", "/control/delay", b'{"ms": 30}').status == 200
    assert client.send(INFO, client.query(INFO)).delay == 0.03
    client.table.fault("slow", seconds=2)
    assert client.send(INFO, client.query(INFO)).delay == 2
    client.table.control("POST", "/control/delay", b'{"ms": 0}')
    client.table.control("DELETE", "/control/faults")
    assert client.send(INFO, client.query(INFO)).delay == 0


def test_the_log_of_requests_shows_the_last_ones() -> None:
    """It is bounded, and its end is what a test looks at."""
    client = Client(Table(orders=1))
    for path in (INFO, INFO, "/api/v2/shop/get_profile"):
        client.get(path)
    log = json.loads(client.table.control("GET", "/control/requests?last=2").body)["requests"]
    assert [row["path"] for row in log] == [INFO, "/api/v2/shop/get_profile"]
    assert log[0]["shop"] == client.store["shop_id"]
    assert client.table.market.visits.maxlen == 20_000
