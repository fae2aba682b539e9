"""Sync of a TikTok Shop shop: whatever the sandbox does, the tables hold its truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import tenacity
from attrs import evolve

from entrosdk import App, Grant, MemoryStore, Policy, Secret, Shop
from entrosdk.errors import (
    BadReply,
    BadSignature,
    ConfigError,
    EntroError,
    Forbidden,
    NotFound,
    RateLimited,
    Revoked,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from entrosdk.sandbox import TikTokProfile
from entrosdk.sandbox.http import Reply
from entrosdk.sync import SqlSink, sync
from tests.integration.test_sync_sandbox import listed, rows, stored
from tests.sandboxes import NOON, Table

ONCE = Policy(stop=tenacity.stop_after_attempt(1))


@pytest.fixture
def sink() -> Iterator[SqlSink]:
    """A database in memory."""
    sink = SqlSink("sqlite://")
    yield sink
    sink.close()


def small(orders: int = 40, **world: Any) -> Table:
    """A sandbox with few products, since each costs a request."""
    return Table("tiktok", orders=orders, products=6, **world)


def test_everything_the_shop_holds_is_in_the_tables(sink: SqlSink) -> None:
    """Ids, states, money and stock are the sandbox's own, and nothing is missing."""
    table = Table("tiktok", orders=150)
    report = sync(table.async_shop(), sink)
    assert report.ok
    assert stored(sink) == listed(table)
    checked = [stream.completeness for stream in report.streams]
    assert [one.missing for one in checked if one] == [0] * 5


def test_days_later_only_the_changes_are_read(sink: SqlSink) -> None:
    """Statements that were made since, and withdrawals that ended, arrive too."""
    table, store = small(orders=120), MemoryStore()
    sync(table.async_shop(store=store), sink)
    for _ in range(3):
        table.control("POST", "/control/orders", b'{"count": 5}')
        table.moment += timedelta(days=2)
        assert sync(table.async_shop(store=store), sink).ok
        assert stored(sink) == listed(table)


@pytest.mark.parametrize("effect", ["malformed_record", "unknown_enum"])
def test_broken_records_do_not_stop_a_run(sink: SqlSink, effect: str) -> None:
    """Some stand in quarantine, unknown words are stored as they came; none is missing."""
    table = small(orders=100)
    table.fault(effect, probability=0.2)
    report = sync(table.async_shop(), sink)
    assert report.ok
    held = rows(sink, "select count(*) from quarantine")
    assert (held == {(0,)}) == (effect == "unknown_enum")
    if effect == "unknown_enum":
        words = rows(sink, "select distinct status from orders where raw_status = 'TELEPORTED'")
        assert words == {("UNKNOWN",)}


@pytest.mark.parametrize("effect", ["duplicate_page_row", "late_update"])
def test_listings_that_misbehave_lose_nothing(sink: SqlSink, effect: str) -> None:
    """Rows come twice, or late."""
    table, store = small(orders=80), MemoryStore()
    table.fault(effect)
    sync(table.async_shop(store=store), sink)
    table.control("DELETE", "/control/faults")
    table.moment += timedelta(hours=1)
    assert sync(table.async_shop(store=store), sink).ok
    assert stored(sink) == listed(table)


@pytest.mark.parametrize("effect", ["429", "500", "drop_reply", "truncated_json", "expire_token"])
def test_a_faulty_marketplace_costs_time_only(sink: SqlSink, effect: str) -> None:
    """Waited out or renewed, each record is stored once in effect."""
    table = small()
    rule = {"nth": 7} if effect == "expire_token" else {"probability": 0.2, "times": 15}
    table.fault(effect, **rule)
    assert sync(table.async_shop(), sink).ok
    assert stored(sink) == listed(table)


def test_a_revoked_consent_ends_the_run(sink: SqlSink) -> None:
    """The remaining streams are not tried."""
    table = small()
    table.fault("revoke", match="orders/search", times=1)
    report = sync(table.async_shop(), sink)
    assert {type(stream.error) for stream in report.streams} == {Revoked}


# Bad input


def wrong_secret() -> Shop:
    """The secret of another app."""
    table = small(2)
    return table.shop(app=App(key=table.market.app.key, secret=Secret("of_somebody_else")))


def wrong_app() -> Shop:
    """An app nobody registered."""
    table = small(2)
    return table.shop(app=App(key="1", secret=table.market.app.secret))


def clock_behind() -> Shop:
    """A machine whose clock is ten minutes behind."""
    table = small(2)
    return table.shop(clock=lambda: table.moment - timedelta(minutes=10))


def clock_ahead() -> Shop:
    """A machine whose clock is one minute ahead: too much here."""
    table = small(2)
    return table.shop(clock=lambda: table.moment + timedelta(minutes=1))


def revoked() -> Shop:
    """A seller who withdrew consent."""
    table = small(2)
    table.market.revoke()
    return table.shop()


def no_scope() -> Shop:
    """A consent that does not cover orders."""
    profile = TikTokProfile(scopes=("seller.authorization.info", "seller.logistics"))
    return small(2, profile=profile).shop()


def other_cipher() -> Shop:
    """The cipher of another shop."""
    table = small(2)
    return table.shop(grant=granted(table, shop_ref="ROW_another"))


def granted(table: Table, **parts: Any) -> Grant:
    """The store's grant with other parts."""
    store = table.box.stores()[0]
    grant = Grant(
        access_token=Secret(store["access_token"]), refresh_token=Secret(store["refresh_token"])
    )
    return evolve(grant, **parts)


def no_cipher() -> Shop:
    """A grant that can never be completed."""
    table = small(2)
    return table.shop(grant=granted(table, refresh_token=None))


def uncovered_shop() -> Shop:
    """A shop the consent does not cover."""
    return small(2).shop(shop_id="999")


def faulty(effect: str) -> Callable[[], Shop]:
    """A marketplace that misbehaves on every call."""

    def make() -> Shop:
        table = small(2)
        table.fault(effect)
        return table.shop(policy=ONCE)

    make.__name__ = effect
    return make


CASES = [
    (wrong_secret, BadSignature, "106001", "Check the"),
    (wrong_app, Unauthorised, "36009004", "app key"),
    (clock_behind, BadSignature, "36009004", "clock"),
    (clock_ahead, BadSignature, "36009004", "clock"),
    (revoked, Revoked, "36004005", "consent"),
    (no_scope, Forbidden, "105005", "scope"),
    (other_cipher, Forbidden, "101000", "consent"),
    (no_cipher, ConfigError, "", "shop_ref"),
    (uncovered_shop, Revoked, "", "consent"),
    (faulty("500"), Unavailable, "36009003", ""),
    (faulty("429"), RateLimited, "36009002", ""),
    (faulty("html"), BadReply, "", ""),
    (faulty("truncated_json"), BadReply, "", ""),
    (faulty("empty_body"), BadReply, "", ""),
    (faulty("drop_reply"), Unreachable, "", ""),
]


@pytest.mark.parametrize(
    ("make", "kind", "code", "hint"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_each_fault_is_typed_and_says_what_to_do(
    make: Callable[[], Shop], kind: type[EntroError], code: str, hint: str
) -> None:
    """Marketplace, shop, operation, request id where there was a reply, and the next step."""
    with make() as shop, pytest.raises(kind) as caught:
        list(shop.orders.list(updated_from=NOON - timedelta(days=3), updated_to=NOON))
    error = caught.value
    assert (error.context.marketplace, error.context.shop) == ("tiktok", shop.shop_id)
    assert error.context.operation in {"orders.list", "renew"}
    assert error.context.code == code
    assert bool(error.context.request_id) == bool(code)
    assert hint in error.advice
    assert "Next step: " in str(error)


def test_an_error_inside_a_success_is_an_error() -> None:
    """Status 200 with a code says no."""
    with small(2).shop() as shop, pytest.raises(NotFound) as caught:
        shop.payments.for_order("579200000000000000")
    assert caught.value.context.code == "21008111"


class Bent:
    """A sandbox whose search replies are bent before they are sent."""

    def __init__(self, table: Table, bend: Callable[[dict[str, Any]], None]) -> None:
        self.handle = table.market.handle
        self.bend = bend
        table.market.handle = self

    def __call__(self, call: Any) -> Reply:
        """Answer, and bend the data of a search for orders."""
        reply: Reply = self.handle(call)
        if not call.path.endswith("orders/search"):
            return reply
        body = json.loads(reply.body)
        if body["code"] == 0:
            self.bend(body["data"])
        return evolve(reply, body=json.dumps(body).encode())


def test_a_page_token_that_repeats_is_not_followed_for_ever() -> None:
    """It is a fault of the marketplace's."""
    table = small(5)
    Bent(table, lambda data: data.update(next_page_token="same"))
    with table.shop() as shop, pytest.raises(EntroError):
        list(shop.orders.list(updated_from=NOON - timedelta(days=40)))
    searches = [path for path in table.asked() if path.endswith("orders/search")]
    assert len(searches) < 6


def test_an_empty_page_with_a_next_token_goes_on() -> None:
    """Only a missing token ends a listing."""
    table = small(150)
    emptied: list[str] = []

    def empty_first(data: dict[str, Any]) -> None:
        if data.get("next_page_token") and not emptied:
            emptied.extend(order["id"] for order in data.pop("orders"))

    Bent(table, empty_first)
    with table.shop() as shop:
        seen = {order.id for order in shop.orders.list(updated_from=NOON - timedelta(days=29))}
    assert emptied
    everything = {one["id"] for one in table.truth()["orders"]}
    assert everything - set(emptied) <= seen
