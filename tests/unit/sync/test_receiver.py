"""The receiver: what it takes, what it refuses, and what it answers."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from entrosdk import App, AsyncShop, Grant, Secret, connect_async
from entrosdk.sync import SinkFailed
from entrosdk.sync.realtime import Door, Hint, MemoryInbox, Receiver, ShopKey, Tally
from entrosdk.sync.realtime.inbox import Position

URL = "https://erp.example.com/hooks"
PATH = "/shopee/2011881"
SHOP = ShopKey("shopee", "226518001")


@cache
def shop() -> AsyncShop:
    """A shop that only reads pushes."""
    app = App(key="2011881", secret=Secret("app key"), push_secret=Secret("push key"))
    grant = Grant(access_token=Secret("a"))
    return connect_async("shopee", app=app, shop_id="226518001", grant=grant)


def push(order: str = "A1", **rest: Any) -> bytes:
    """A Shopee push about an order."""
    told = {"code": 3, "shop_id": 226518001, "timestamp": 1795309503, "msg_id": f"m-{order}"}
    return json.dumps({**told, "data": {"ordersn": order, "status": "SHIPPED"}} | rest).encode()


def signed(body: bytes, url: str = f"{URL}{PATH}") -> dict[str, str]:
    """Headers that Shopee would send."""
    return {
        "Authorization": hmac.new(b"push key", f"{url}|".encode() + body, sha256).hexdigest(),
        "Content-Length": str(len(body)),
    }


class Bench:
    """A receiver with one door, called as a server calls it."""

    def __init__(self, inbox: MemoryInbox | None = None, **options: Any) -> None:
        self.inbox = inbox or MemoryInbox()
        door = Door(marketplace="shopee", events=shop().events, shops={"226518001"})
        given = {"public_url": URL, "doors": {PATH.strip("/"): door}} | options
        self.receiver = Receiver(given.pop("doors"), self.inbox, **given)
        self.headers: dict[str, str] = {}

    def send(
        self,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        path: str = PATH,
        query: str = "",
        root: str = "",
        parts: Sequence[bytes] = (),
    ) -> int:
        """Send a request; returns the status, and 0 when nothing is answered."""
        headers = signed(body) if headers is None else headers
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "root_path": root,
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        return asyncio.run(self._call(scope, list(parts) or [body]))

    async def _call(self, scope: dict[str, Any], parts: list[bytes]) -> int:
        sent: list[Any] = []

        async def receive() -> Any:
            if not parts:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.receiver(scope, receive, send)
        if not sent:
            return 0
        start, body = sent
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert body["body"] == b""
        return int(start["status"])

    def kept(self) -> set[tuple[str, str]]:
        """Streams and records that were hinted at."""
        return {(stream, record) for (_, _, stream, record) in self.inbox._entries}


def test_a_genuine_push_is_kept_and_answered_with_an_empty_200() -> None:
    """The hint is in the inbox, and only the hint."""
    bench = Bench()
    assert (bench.send(push()), bench.kept()) == (200, {("orders", "A1")})
    assert bench.headers["content-length"] == "0"
    assert bench.receiver.counts == {"accepted": 1}


def test_repeats_and_replays_are_one_entry() -> None:
    """The same delivery again is answered well and changes nothing."""
    bench = Bench()
    assert [bench.send(push()) for _ in range(3)] == [200, 200, 200]
    assert bench.inbox.tally() == Tally(open=1)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "00" * 32}, signed(push("B")), signed(b"")],
    ids=["none", "empty", "guess", "of another body", "of nothing"],
)
def test_a_forged_push_is_refused_and_logged_without_what_it_said(
    headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """401, counted, and a line in the log that quotes neither body nor headers nor address."""
    bench = Bench()
    with caplog.at_level(logging.DEBUG):
        status = bench.send(push("SECRET-ORDER"), headers)
    assert (status, bench.kept(), bench.receiver.counts) == (401, set(), {"forged": 1})
    (line,) = (one.getMessage() for one in caplog.records if one.name == "entrosdk.realtime")
    assert "shopee forged" in line
    quoted = ["SECRET-ORDER", "2011881", "226518001", headers.get("Authorization") or "SECRET"]
    assert [word for word in quoted if word in caplog.text] == []


def test_a_push_signed_for_another_address_is_refused() -> None:
    """Shopee's signature covers the configured address, whatever host the request names."""
    bench, body = Bench(), push()
    assert bench.send(body, signed(body, "https://other.example/shopee/2011881")) == 401


def test_the_query_belongs_to_the_address() -> None:
    """An address that was configured with a query verifies with it."""
    bench, body = Bench(), push()
    given = signed(body, f"{URL}{PATH}?tenant=7")
    assert bench.send(body, given, query="tenant=7") == 200


def test_a_trailing_slash_belongs_to_the_address() -> None:
    """The door is found with and without it, and the signature covers what was configured."""
    bench, body = Bench(), push()
    assert bench.send(body, signed(body, f"{URL}{PATH}/"), path=f"{PATH}/") == 200


@pytest.mark.parametrize(("root", "path"), [("/hooks", f"/hooks{PATH}"), ("/hooks", PATH)])
def test_it_can_be_mounted_under_any_path(root: str, path: str) -> None:
    """Whether the framework leaves the mount's path in `path` or not."""
    assert Bench().send(push(), root=root, path=path) == 200


def test_without_a_public_address_the_misconfiguration_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing can be verified, so the marketplace is told to come again, and we are told why."""
    bench = Bench(public_url="")
    assert (bench.send(push()), bench.receiver.counts) == (500, {"failed": 1})
    assert "console" in caplog.text


def test_an_unknown_address_is_not_found() -> None:
    """Neither is anything read there."""
    bench = Bench()
    assert [bench.send(push(), path=path) for path in ("/", "/shopee", "/x/2011881")] == [404] * 3


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_only_post_delivers(method: str) -> None:
    """Other methods are refused, naming the right one."""
    bench = Bench()
    assert (bench.send(push(), method=method), bench.kept()) == (405, set())
    assert bench.headers["allow"] == "POST, OPTIONS"


def test_options_tell_what_is_allowed() -> None:
    """An empty 204 with the methods."""
    bench = Bench()
    assert (bench.send(method="OPTIONS"), bench.headers) == (204, {"allow": "POST, OPTIONS"})


@pytest.mark.parametrize("told", [True, False], ids=["told", "streamed"])
def test_a_body_that_is_too_large_is_refused(told: bool) -> None:
    """Whether it says its size or just goes on."""
    bench, body = Bench(largest=100), b"x" * 60
    headers = {"Content-Length": "120"} if told else {"Transfer-Encoding": "chunked"}
    assert bench.send(headers=headers, parts=[body, body]) == 413


def test_a_body_may_come_in_parts() -> None:
    """The signature covers all of them."""
    body = push()
    assert Bench().send(body, parts=[body[:10], b"", body[10:]]) == 200


def test_somebody_who_hangs_up_gets_no_answer() -> None:
    """Half a delivery is nothing."""
    bench = Bench()

    async def gone() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": PATH, "headers": []}
        await bench.receiver(scope, receive, send)
        return sent

    assert (asyncio.run(gone()), bench.kept()) == ([], set())


def test_unknown_kinds_are_accepted_and_not_kept() -> None:
    """TikTok Shop and Shopee add kinds; a failure would count against us."""
    bench, body = Bench(), push(code=99, data={"x": 1})
    assert (bench.send(body), bench.kept(), bench.receiver.counts) == (200, set(), {"strange": 1})


def test_other_shops_of_the_app_are_not_ours() -> None:
    """A genuine push about a shop that is not connected here is answered and left."""
    bench, body = Bench(), push(shop_id=5)
    assert (bench.send(body), bench.kept()) == (200, set())


def test_a_genuine_push_that_cannot_be_read_is_not_sent_again() -> None:
    """It would be no better the next time."""
    bench, body = Bench(), b"hello"
    assert (bench.send(body), bench.receiver.counts) == (200, {"unreadable": 1})


def test_the_consoles_ping_is_answered() -> None:
    """Shopee verifies an address with a push that hints at nothing."""
    bench, body = Bench(), b'{"code":0,"data":{"verify_info":"hello"}}'
    assert (bench.send(body, {}), bench.kept()) == (200, set())


def test_a_withdrawn_consent_is_a_hint_too() -> None:
    """It makes the shop be asked."""
    bench = Bench()
    body = push(code=2, shop_id=None, data={"shop_id": 226518001, "authorize_type": "expiry"})
    assert (bench.send(body), bench.kept()) == (200, {("grants", "")})


class Broken(MemoryInbox):
    """An inbox whose database is away."""

    def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
        raise SinkFailed("the database failed")


def test_what_cannot_be_kept_is_sent_again() -> None:
    """An answer of success would lose it."""
    bench = Bench(Broken())
    assert (bench.send(push()), bench.receiver.counts) == (503, {"failed": 1})


def test_doors_may_come_and_go() -> None:
    """A function finds the door of the moment."""
    doors: dict[str, Door] = {}
    bench = Bench(doors=doors.get)
    before = bench.send(push())
    doors[PATH.strip("/")] = Door(marketplace="shopee", events=shop().events)
    assert (before, bench.send(push())) == (404, 200)


def test_a_burst_is_stored_in_few_transactions() -> None:
    """A hundred pushes at once wait for each other's transaction, not for a hundred."""
    calls: list[int] = []

    class Counting(MemoryInbox):
        def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
            calls.append(len(hints))
            return super().put(hints, position)

    bench = Bench(Counting())

    async def burst() -> list[int]:
        bodies = [push(f"A{number}") for number in range(100)]
        scopes = [
            {
                "type": "http",
                "method": "POST",
                "path": PATH,
                "headers": [(b"authorization", signed(body)["Authorization"].encode())],
            }
            for body in bodies
        ]
        sending = [bench._call(scope, [body]) for scope, body in zip(scopes, bodies, strict=True)]
        return await asyncio.gather(*sending)

    assert asyncio.run(burst()) == [200] * 100
    assert (sum(calls), len(calls) < 10, bench.inbox.tally()) == (100, True, Tally(open=100))


def test_the_lifespan_runs_what_is_alongside() -> None:
    """It begins with the server and is cancelled at its end."""
    seen: list[str] = []

    begun = asyncio.Event()

    async def alongside() -> None:
        seen.append("begun")
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    async def life() -> list[str]:
        coming = asyncio.Queue[str]()
        sent: list[str] = []

        async def receive() -> Any:
            return {"type": await coming.get()}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        bench = Bench(alongside=alongside)
        task = asyncio.create_task(bench.receiver({"type": "lifespan"}, receive, send))
        await coming.put("lifespan.startup")
        await begun.wait()
        await coming.put("lifespan.shutdown")
        await task
        return sent

    assert asyncio.run(life()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert seen == ["begun", "ended"]
