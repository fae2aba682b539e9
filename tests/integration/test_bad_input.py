"""What a user does wrong, or the world does to a user: each a typed error with its next step."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import tenacity
from attrs import evolve

from entrosdk import App, MemoryStore, OrderStatus, Policy, Secret, Shop, connect
from entrosdk.errors import (
    BadReply,
    BadSignature,
    EntroError,
    Expired,
    Refused,
    Revoked,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from tests.sandboxes import NOON, Table, connecting

ONCE = Policy(stop=tenacity.stop_after_attempt(1))


def wrong_key() -> Shop:
    """The secret of another app."""
    table = Table(orders=2)
    return table.shop(app=App(key=table.market.app.key, secret=Secret("shpk_of_somebody_else")))


def wrong_shop() -> Shop:
    """A shop that never consented."""
    return Table(orders=2).shop(shop_id="999")


def wrong_partner() -> Shop:
    """An app nobody registered."""
    table = Table(orders=2)
    return table.shop(app=App(key="1", secret=table.market.app.secret))


def clock_off() -> Shop:
    """A machine whose clock is ten minutes ahead."""
    table = Table(orders=2)
    return table.shop(clock=lambda: table.moment + timedelta(minutes=10))


def revoked() -> Shop:
    """A seller who withdrew consent."""
    table = Table(orders=2)
    table.market.revoke("226518001")
    return table.shop()


def spent_refresh_token() -> Shop:
    """A grant whose refresh token somebody else used, with an access token that ran out."""
    table = Table(orders=2)
    shop = table.shop()
    table.market.grants.renew("226518001", table.market._first[1], int(NOON.timestamp()))
    table.sleep(5 * 3600)
    return shop


def faulty(effect: str) -> Callable[[], Shop]:
    """A marketplace that misbehaves on every call."""

    def make() -> Shop:
        table = Table(orders=2)
        table.fault(effect)
        return table.shop(policy=ONCE)

    make.__name__ = effect
    return make


CASES = [
    (wrong_key, BadSignature, "error_sign", "Check the"),
    (wrong_partner, Unauthorised, "invalid_partner_id", "Check"),
    (wrong_shop, Unauthorised, "error_auth", "consent"),
    (clock_off, BadSignature, "error_param", "clock"),
    (revoked, Revoked, "shop_no_linked", "consent"),
    (spent_refresh_token, Revoked, "error_auth", "consent"),
    (faulty("500"), Unavailable, "", ""),
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
    assert error.context.marketplace == "shopee"
    assert error.context.operation in {"orders.list", "renew"}
    assert error.context.shop == shop.shop_id
    assert code in error.context.code
    assert bool(error.context.request_id) == bool(code)
    assert hint in error.advice
    assert "Next step: " in str(error)


def test_a_clock_ten_minutes_off_is_measured() -> None:
    """The message says by how much, from the marketplace's own Date."""
    with clock_off() as shop, pytest.raises(BadSignature, match="clock is 600 s ahead of theirs"):
        shop.info()


def test_an_expired_token_without_refresh_token_asks_for_the_seller() -> None:
    """There is nothing to renew with."""
    table = Table(orders=2)
    store = connecting(table.box.stores()[0])
    lonely = evolve(store["grant"], refresh_token=None)
    table.sleep(5 * 3600)
    with table.shop(grant=lonely) as shop, pytest.raises((Revoked, Expired), match="consent"):
        shop.info()


def test_an_unknown_status_word_is_no_error() -> None:
    """The order is there, with its own word; nothing is lost."""
    table = Table(orders=8)
    table.fault("unknown_enum")
    with table.shop() as shop:
        orders = list(shop.orders.list(updated_from=NOON - timedelta(days=40)))
    assert len(orders) == 8
    assert {(order.status, order.raw_status) for order in orders} == {
        (OrderStatus.UNKNOWN, "TELEPORTED")
    }


def test_a_failed_call_loses_nothing_that_was_stored() -> None:
    """After any error the grant in the store is the one that works."""
    table, store = Table(orders=2), MemoryStore()
    with table.shop(store=store, policy=ONCE) as shop:
        table.sleep(4 * 3600)
        table.fault("drop_reply", match={"path": "order"}, times=1)
        with pytest.raises(Unreachable):
            list(shop.orders.list(updated_from=NOON, updated_to=NOON + timedelta(hours=1)))
    with table.shop(store=store, grant=None) as again:
        assert again.info().name
    assert table.asked().count("auth/access_token/get") == 1


@contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Something on loopback that is no Shopee."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        stop.set()
        thread.join()


def over_http(base_url: str) -> EntroError:
    """The error of one call to an address."""
    given = connecting(Table(orders=1).box.stores()[0])
    with (
        connect("shopee", **given, base_url=base_url, policy=ONCE, timeout=2) as shop,
        pytest.raises(EntroError) as caught,
    ):
        shop.info()
    context = caught.value.context
    assert (context.marketplace, context.shop, context.operation) == ("shopee", "226518001", "info")
    assert "Next step: " in str(caught.value)
    return caught.value


def test_a_closed_port_names_the_address() -> None:
    """Nobody listens at `base_url`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    error = over_http(base)
    assert isinstance(error, Refused)
    assert base.removeprefix("http://") in error.message
    assert "base_url" in error.advice


def test_half_a_reply_over_a_real_socket() -> None:
    """A connection that breaks in the middle is told from a closed port."""
    with raw_server(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"error"') as base:
        assert type(over_http(base)) is Unreachable


def test_a_web_page_instead_of_shopee() -> None:
    """HTML with success is no success."""
    page = b"<html><body>Welcome to your router</body></html>"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
    with raw_server(head + page) as base:
        error = over_http(base)
    assert isinstance(error, BadReply)
    assert "router" not in str(error)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"base_url": "localhost:9101"}, "http://"),
        ({"region": "XX"}, "regions are"),
        ({"grant": None}, "grant="),
        ({"timeouts": 3}, "Known are"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_any_request(
    given: dict[str, Any], hint: str
) -> None:
    """The message names the setting, the advice what is possible."""
    table = Table(orders=1)
    with pytest.raises(EntroError) as caught:
        table.shop(**given)
    assert hint in str(caught.value)
    assert json.dumps(table.asked()) == "[]"


def test_an_unknown_marketplace_lists_the_installed_ones() -> None:
    """A typing mistake is answered with the right names."""
    given = connecting(Table(orders=1).box.stores()[0])
    with pytest.raises(EntroError, match=r"Installed are: .*shopee"):
        connect("shoppe", **given)
