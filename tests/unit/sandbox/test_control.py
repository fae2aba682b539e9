"""The control API, in process and over HTTP; pushes on their way."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from entrosdk import OrderChanged, connect
from entrosdk.sandbox.pushes import PushQueue
from tests.sandboxes import Table, ask, connecting, serving


def call(table: Table, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of a control request."""
    data = b"" if body is None else json.dumps(body).encode()
    reply = table.control(method, path, data)
    return reply.status, json.loads(reply.body)


def test_stores_can_be_connected_as_given() -> None:
    """The list and the file say the same, with every key a client needs."""
    table = Table(orders=1)
    _, stores = call(table, "GET", "/control/stores")
    text = table.control("GET", "/control/stores.toml").body.decode()
    written = tomllib.loads(text)["store"]
    assert [{k: v for k, v in store.items() if k != "limits"} for store in written] == stores
    assert set(stores[0]) == {
        "marketplace", "name", "shop_id", "base_url", "auth_url", "app_key", "app_secret",
        "push_secret", "access_token", "refresh_token",
    }  # fmt: skip


def test_the_file_states_what_is_allowed() -> None:
    """A client that reads the file keeps to the limits in force, and uses them whole."""
    table = Table(orders=1)

    def stated() -> dict[str, int]:
        text = table.control("GET", "/control/stores.toml").body.decode()
        return dict(tomllib.loads(text)["store"][0]["limits"])

    free = stated()
    call(table, "POST", "/control/limits", {"marketplace": "shopee", "app": 20})
    whole = stated()
    call(table, "POST", "/control/limits", {"marketplace": "shopee", "app": 20, "shop": 5})
    assert (free, whole, stated()) == (
        {"app": 500, "shop": 100},
        {"app": 20, "shop": 20},
        {"app": 20, "shop": 5},
    )


def test_truth_has_its_promised_shape() -> None:
    """Other people's scripts read these keys."""
    status, truth = call(Table(orders=60), "GET", "/control/truth?marketplace=shopee")
    assert status == 200
    assert set(truth) >= {"orders", "products", "payments", "returns"}
    assert set(truth["orders"][0]) >= {"id", "status", "updated_at", "total_minor"}
    assert set(truth["products"][0]["variants"][0]) == {"id", "sku", "sellable"}
    assert set(truth["payments"][0]) == {"id", "order_id", "amount_minor"}
    assert set(truth["returns"][0]) >= {"id", "order_id"}


def test_parts_of_the_truth_can_be_asked_for() -> None:
    """All of a big shop is a lot."""
    table = Table(orders=60)
    _, whole = call(table, "GET", "/control/truth?marketplace=shopee")
    _, some = call(table, "GET", "/control/truth?marketplace=shopee&only=orders,returns")
    assert some == {"orders": whole["orders"], "returns": whole["returns"]}


def test_the_clock_moves_the_world() -> None:
    """Advancing lets things happen."""
    table = Table(orders=60)
    before = call(table, "GET", "/control/truth?marketplace=shopee")[1]
    _, clock = call(table, "POST", "/control/clock", {"advance_s": 5 * 86_400})
    after = call(table, "GET", "/control/truth?marketplace=shopee")[1]
    assert clock["ahead_s"] == 5 * 86_400
    assert len(after["payments"]) > len(before["payments"])


def test_buyers_buy_on_order() -> None:
    """Count, SKU, quantity and cash on delivery are obeyed."""
    table = Table(orders=1)
    sku = table.market.shop.products[0].variants[0].sku
    status, bought = call(
        table, "POST", "/control/orders", {"count": 3, "sku": sku, "quantity": 2, "cod": True}
    )
    orders = [table.market.shop.orders[row["id"]] for row in bought["orders"]]
    assert (status, len(orders)) == (201, 3)
    assert {
        (order.cod, order.lines[0].variant.sku, order.lines[0].quantity) for order in orders
    } == {(True, sku, 2)}


def test_orders_are_put_into_a_status() -> None:
    """And unknown orders or statuses are refused with a hint."""
    table = Table(orders=1)
    name = call(table, "POST", "/control/orders", {"cod": True})[1]["orders"][0]["id"]
    path = f"/control/orders/shopee/{name}/status"
    assert call(table, "POST", path, {"status": "SHIPPED"})[1]["status"] == "SHIPPED"
    assert call(table, "POST", path, {"status": "LOST"})[0] == 400
    assert call(table, "POST", "/control/orders/shopee/x/status", {"status": "SHIPPED"})[0] == 404


def test_campaigns_lock_stock() -> None:
    """Locked units show as reserved and are not for sale twice."""
    table = Table(orders=1)
    variant = table.market.shop.products[0].variants[0]
    lock = {"marketplace": "shopee", "sku": variant.sku, "units": 5}
    assert call(table, "POST", "/control/campaigns", lock)[0] == 201
    assert variant.reserved == 5
    assert call(table, "POST", "/control/campaigns", {**lock, "units": 10_000})[0] == 400


def test_requests_are_logged_with_verdicts_and_without_tokens() -> None:
    """What was asked, what came of it, and nothing secret."""
    table = Table(orders=1)
    with table.shop() as shop:
        shop.info()
    _, log = call(table, "GET", "/control/requests")
    assert [(row["path"], row["verdict"]) for row in log["requests"]] == [
        ("/api/v2/shop/get_shop_info", "ok")
    ]
    assert table.box.stores()[0]["access_token"] not in json.dumps(log)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/control/truth?marketplace=ebay", None),
        ("POST", "/control/orders", {"sku": "no such"}),
        ("POST", "/control/orders", [1]),
        ("POST", "/control/clock", {"advance_s": -5}),
        ("POST", "/control/clock", {"advance_s": "soon"}),
        ("POST", "/control/webhooks", {"url": "http://192.0.2.1/hook"}),
        ("GET", "/control/truth?marketplace=shopee&only=gold", None),
        ("POST", "/control/delay", {"ms": -1}),
        ("GET", "/control/requests?last=all", None),
        ("GET", "/control/nothing", None),
    ],
)
def test_wrong_requests_are_explained(method: str, path: str, body: Any) -> None:
    """Bad input gets a 4xx with a sentence."""
    status, answer = call(Table(orders=1), method, path, body)
    assert status in {400, 404}
    assert len(answer["error"]) > 10


def queue() -> PushQueue:
    """A queue to nowhere in particular."""
    made = PushQueue("7", lambda url, body: {"authorization": "x"})
    made.aim("http://127.0.0.1:1/hook")
    return made


def test_pushes_are_retried_then_lost_then_confirmed() -> None:
    """After 300, 1800 and 10800 s a push is lost, kept for three days, and consumed by number."""
    pushes, now = queue(), 1000
    pushes.add(now, {"code": 3, "data": {}})
    waits = []
    for _ in range(4):
        (push,) = pushes.due(now)
        pushes.result(push, now, 500, empty=True)
        if pushes.waiting:
            waits.append(pushes.waiting[0].due - now)
            now = pushes.waiting[0].due
    assert waits == [300, 1800, 10_800]
    assert [push.number for push in pushes.lost_since(now)] == [1]
    assert pushes.lost_since(now + 4 * 86_400) == []


def test_lost_messages_are_confirmed_by_watermark() -> None:
    """Everything up to the number is forgotten."""
    pushes = queue()
    pushes.mischief.lose = 1.0
    for _ in range(3):
        pushes.add(10, {"code": 3})
    pushes.confirm(2)
    assert [push.number for push in pushes.lost_since(11)] == [3]


def test_bad_success_rates_suspend_pushes() -> None:
    """Below 30 per cent after 600 deliveries nothing is sent any more."""
    pushes = queue()
    for number in range(700):
        pushes.add(number, {"code": 3})
        for push in pushes.due(number):
            pushes.result(push, number, 500, empty=True)
    assert pushes.suspended


def test_mischief_loses_doubles_and_reorders() -> None:
    """Shares of deliveries go wrong as ordered."""
    pushes = queue()
    pushes.aim(pushes.url, {"lose": 0.1, "duplicate": 0.2, "reorder": 0.3})
    for number in range(500):
        pushes.add(number, {"code": 3, "number": number})
    sent = [json.loads(push.body)["number"] for push in pushes.due(10_000)]
    assert 20 < 500 - len(set(sent)) < 90
    assert len(sent) - len(set(sent)) > 50
    assert sent != sorted(sent)


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        """Answer 200 with an empty body."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server that takes pushes."""
    got: list[tuple[dict[str, str], bytes]] = []
    handler = type("Keeping", (Receiver,), {"got": got})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_purchase_arrives_as_a_push_the_sdk_verifies(
    receiver: tuple[str, list[tuple[dict[str, str], bytes]]],
) -> None:
    """Over HTTP: signed by the sandbox, verified and read by the adapter."""
    url, got = receiver
    with serving("--orders", "5") as control:
        store = ask(f"{control}/control/stores")[0]
        ask(f"{control}/control/webhooks", {"url": url, "marketplace": "shopee"})
        bought = ask(f"{control}/control/orders", {"cod": True})["orders"][0]["id"]
        deadline = time.monotonic() + 10
        while not got and time.monotonic() < deadline:
            threading.Event().wait(0.02)
    headers, body = got[0]
    with connect("shopee", **connecting(store), base_url=store["base_url"]) as shop:
        (event,) = shop.events.parse(headers=headers, body=body, url=url)
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.raw_status) == (bought, "READY_TO_SHIP")


def test_a_taken_port_is_one_sentence() -> None:
    """Starting twice on one port names the port and the way out."""
    with serving("--orders", "1") as control:
        port = control.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "entrosdk.sandbox", "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_dropped_replies_break_the_connection() -> None:
    """Over HTTP the effect takes place and no answer comes."""
    with serving("--orders", "1") as control:
        store = ask(f"{control}/control/stores")[0]
        ask(f"{control}/control/faults", {"effect": "drop_reply"})
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"{store['base_url']}/api/v2/shop/get_shop_info", timeout=5)
        log = ask(f"{control}/control/requests")["requests"]
    assert len(log) == 1


def test_a_served_delay_holds_for_each_request_and_blocks_no_other() -> None:
    """Twenty requests at once take as long as one, and none less than it should."""
    with serving("--orders", "1", "--delay-ms", "300", "--only", "shopee") as control:
        url = ask(f"{control}/control/stores")[0]["base_url"]
        took: list[float] = []

        def visit() -> None:
            begun = time.monotonic()
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(url, timeout=10)
            took.append(time.monotonic() - begun)

        threads = [threading.Thread(target=visit) for _ in range(20)]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - begun < 20 * 0.3 / 2
        assert min(took) > 0.299
