"""Connections at rest: who gets which, and which are closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from entrosdk.errors import Timeout
from entrosdk.runtime.transport import idle
from entrosdk.runtime.transport.httpx import AsyncHttpxTransport, HttpxTransport
from entrosdk.runtime.transport.idle import KEEP_ALIVE, Idle
from entrosdk.spi.request import Request


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(idle.time, "monotonic", lambda: now[0])
    return now


def pool(most: int = 9) -> Idle[int]:
    """Connections are numbers."""
    return Idle(count().__next__, most)


def test_the_one_used_last_is_taken_first() -> None:
    """So the others can grow old."""
    some = pool()
    first, second = some.take("a"), some.take("a")
    some.put("a", first)
    some.put("a", second)
    assert (some.take("a"), some.take("a"), some.take("a")) == (second, first, 2)


def test_a_host_takes_over_anothers_only_when_there_are_no_more() -> None:
    """A connection that already speaks with the host is worth having."""
    some = pool(2)
    some.put("a", some.take("a"))
    assert some.take("b") == 1
    assert some.take("b") == 0


def test_those_that_rested_too_long_are_given_out_once(clock: list[float]) -> None:
    """And their places are free again."""
    some = pool(2)
    both = some.take("a"), some.take("a")
    some.put("a", both[0])
    clock[0] += KEEP_ALIVE / 2
    some.put("a", both[1])
    clock[0] += KEEP_ALIVE / 2
    assert (some.old(), some.old()) == ([both[0]], [])
    assert some.take("b") == 2
    assert some.all() == [both[1]]


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.opened += 1  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        self.server.asked.set()  # type: ignore[attr-defined]
        self.server.gate.wait(10)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Counts the connections that were opened; answers once its gate is open."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as made:
        made.opened = 0  # type: ignore[attr-defined]
        made.asked, made.gate = threading.Event(), threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.gate.set()  # type: ignore[attr-defined]
        made.shutdown()
        thread.join()


def request(server: ThreadingHTTPServer) -> Request:
    """Ask the server."""
    return Request(method="GET", path="/", base=f"http://127.0.0.1:{server.server_address[1]}")


@pytest.mark.parametrize("kind", [HttpxTransport, AsyncHttpxTransport])
def test_a_wrong_proxy_is_refused_at_once(kind: Callable[..., object]) -> None:
    """Not by the first request, hours later."""
    with pytest.raises(ValueError, match="ftp"):
        kind(proxy="ftp://proxy:3128")


def test_requests_one_after_another_use_one_connection(server: ThreadingHTTPServer) -> None:
    """By threads and by tasks alike."""
    server.gate.set()  # type: ignore[attr-defined]
    wire = HttpxTransport()
    for _ in range(5):
        wire.send(request(server), 5)
    wire.close()

    async def go() -> None:
        wire = AsyncHttpxTransport()
        for _ in range(5):
            await wire.send(request(server), 5)
        await wire.aclose()

    asyncio.run(go())
    assert server.opened == 2  # type: ignore[attr-defined]


def test_no_more_connections_are_opened_than_allowed(server: ThreadingHTTPServer) -> None:
    """Who finds none free waits for one, as long as its timeout says; nothing was sent then."""

    async def go() -> None:
        wire = AsyncHttpxTransport(connections=2)
        two = [asyncio.create_task(wire.send(request(server), 10)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Timeout, match=r"no connection to 127\.0\.0\.1:\d+ in time") as caught:
            await wire.send(request(server), 0.01)
        assert not caught.value.sent
        server.gate.set()  # type: ignore[attr-defined]
        await asyncio.gather(*two, wire.send(request(server), 10))
        await wire.aclose()

    asyncio.run(go())
    assert server.opened == 2  # type: ignore[attr-defined]


def test_threads_wait_for_a_free_connection_too(server: ThreadingHTTPServer) -> None:
    """The same promise without asyncio."""
    wire = HttpxTransport(connections=1)
    thread = threading.Thread(target=wire.send, args=(request(server), 10))
    thread.start()
    assert server.asked.wait(10)  # type: ignore[attr-defined]
    with pytest.raises(Timeout) as caught:
        wire.send(request(server), 0.01)
    server.gate.set()  # type: ignore[attr-defined]
    assert not caught.value.sent
    thread.join()
    wire.close()
