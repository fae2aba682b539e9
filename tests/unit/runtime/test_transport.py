"""The transports against a real socket on loopback."""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from attrs import evolve

from entrosdk.errors import EntroError, Refused, Timeout, TLSError, Unreachable
from entrosdk.runtime.ports import AsyncTransport
from entrosdk.runtime.transport import quickest
from entrosdk.runtime.transport.aiohttp import AsyncAiohttpTransport
from entrosdk.runtime.transport.httpx import AsyncHttpxTransport, HttpxTransport
from entrosdk.spi.request import Request, Response, post

SECRET = "token-never-logged-0001"
OK = b"HTTP/1.1 200 OK\r\nX-Kind: Toy\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Accept connections, keep what they send, answer `answer` (`None`: never) and hang up."""
    heard: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    heard.append(_request(connection))
                    if answer is None:
                        done.wait()
                    else:
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
        finally:
            done.set()
            thread.join()


def _request(connection: socket.socket) -> bytes:
    """Read one request: head and body may come in separate pieces."""
    read = b""
    while piece := connection.recv(65536):
        read += piece
        head, end, body = read.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        tls = read.startswith(b"\x16")  # a handshake: no HTTP will follow
        if tls or (end and len(body) >= int(length[1] if length else 0)):
            break
    return read


def blocking(request: Request, timeout: float) -> Response:
    """Send by the blocking transport."""
    transport = HttpxTransport()
    try:
        return transport.send(request, timeout)
    finally:
        transport.close()


Way = Callable[[Request, float], Response]


def waiting(make: Callable[[], AsyncTransport]) -> Way:
    """Send by an asyncio transport."""

    async def go(request: Request, timeout: float) -> Response:
        transport = make()
        try:
            return await transport.send(request, timeout)
        finally:
            await transport.aclose()

    return lambda request, timeout: asyncio.run(go(request, timeout))


WAYS = {
    "threads": blocking,
    "asyncio": waiting(AsyncHttpxTransport),
    "fast": waiting(AsyncAiohttpTransport),
}


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    """All transports keep the same law."""
    chosen: Way = request.param
    return chosen


def ask(base: str) -> Request:
    """A signed request."""
    return Request(
        method="GET", path="/api/v2/x", query=(("sign", SECRET), ("q", "ấ &+")), base=base
    )


def test_request_and_reply_arrive_whole(way: Way) -> None:
    """Query, header and body are sent as given; names of reply headers are lower-case."""
    with server(OK) as (base, heard):
        reply = way(_on(post("/api/v2/x", {"tên": "Ấm"}), base), 5)
    assert (reply.status, reply.headers["x-kind"], reply.json()) == (200, "Toy", {})
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v2/x HTTP/1.1\r\n")
    assert body.decode() == '{"tên":"Ấm"}'


def test_query_is_encoded(way: Way) -> None:
    """Spaces, ampersands, plus signs and Vietnamese survive a query."""
    with server(OK) as (base, heard):
        way(ask(base), 5)
    assert b"q=%E1%BA%A5+%26%2B " in heard[0]


def test_path_is_encoded_and_stands_below_the_base(way: Way) -> None:
    """What is encoded already stays so; a sandbox may live below a path."""
    with server(OK) as (base, heard):
        way(Request(method="GET", path="/a b/ấ/%2F;x=1", base=f"{base}/below"), 5)
    assert heard[0].startswith(b"GET /below/a%20b/%E1%BA%A5/%2F;x=1 HTTP/1.1\r\n")


def test_compressed_replies_are_opened(way: Way) -> None:
    """Gzip is asked for and undone."""
    body = gzip.compress(b'{"a": 1}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with server(head.encode() + body) as (base, _):
        assert way(ask(base), 5).json() == {"a": 1}


def test_redirects_are_not_followed(way: Way) -> None:
    """A signed request goes where it was meant to, or nowhere."""
    with server(
        b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    ) as (
        base,
        heard,
    ):
        assert way(ask(base), 5).status == 302
    assert len(heard) == 1


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"nonsense\r\n\r\n"]
)
def test_half_a_reply_is_unreachable_and_may_have_acted(way: Way, answer: bytes) -> None:
    """A connection that breaks after the request was sent leaves its effect open."""
    with server(answer) as (base, _), pytest.raises(Unreachable, match="broke off") as caught:
        way(ask(base), 5)
    assert caught.value.sent is True


def test_a_request_is_sent_once(way: Way) -> None:
    """Whether to repeat one whose connection broke is not for a transport to decide."""
    with server(b"") as (base, heard), pytest.raises(Unreachable):
        way(ask(base), 5)
    assert len(heard) == 1


def test_closed_port_is_refused_and_surely_did_nothing(way: Way) -> None:
    """Nobody listens: the error names the address and `base_url`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(Refused, match="base_url") as caught:
        way(ask(base), 5)
    assert caught.value.sent is False


def test_silence_is_a_timeout(way: Way) -> None:
    """A server that never answers costs the timeout and no more."""
    with server(None) as (base, _), pytest.raises(Timeout) as caught:
        way(ask(base), 0.2)
    assert caught.value.sent is True


def test_plain_server_under_https_is_a_tls_error(way: Way) -> None:
    """A wrong scheme is told apart from a closed port."""
    with server(OK) as (base, _), pytest.raises(TLSError):
        way(ask(base.replace("http://", "https://")), 5)


@pytest.mark.parametrize("base", ["", "nowhere", "ftp://127.0.0.1:1"])
def test_addresses_that_are_none_are_refused(way: Way, base: str) -> None:
    """A missing scheme or host is our mistake, said plainly."""
    with pytest.raises(Refused):
        way(ask(base), 5)


def test_nothing_secret_is_logged_or_told(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG, no line and no error carries the signed address."""
    caplog.set_level(logging.DEBUG)
    told: list[EntroError] = []
    for answer in (OK, b"", b"nonsense\r\n\r\n"):
        with server(answer) as (base, _):
            try:
                way(ask(base), 5)
            except EntroError as error:
                told.append(error)
    assert len(told) == 2
    assert SECRET not in caplog.text + "".join(f"{error!r} {error}" for error in told)


def test_the_quickest_transport_is_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aiohttp's with `entrosdk[fast]`, else httpx's."""
    assert isinstance(quickest(), AsyncAiohttpTransport)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert isinstance(quickest(), AsyncHttpxTransport)


def _on(request: Request, base: str) -> Request:
    return evolve(request, base=base)
