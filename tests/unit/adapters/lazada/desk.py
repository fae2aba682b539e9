"""What the tests of the Lazada adapter share: a shop, example bodies, and a way to answer flows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from entrosdk.adapters.lazada import LazadaAdapter
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.money import Money
from entrosdk.domain.secret import Secret
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Response, get
from entrosdk.testing.play import Played, play

T = TypeVar("T")

FIXTURES = Path(__file__).parents[3] / "fixtures" / "lazada"
NOW = datetime(2026, 3, 4, 3, 0, 5, tzinfo=UTC)
DATE = "Wed, 04 Mar 2026 03:00:05 GMT"
KEY = "998001"
SECRET = "EntroMadeUpSecretVN000000000000A1"
SHOP = "200987654321"


def shop(region: str = "VN", **parts: Any) -> LazadaAdapter:
    """The adapter of the demo shop."""
    access = Access(
        app=App(key=KEY, secret=Secret(SECRET)),
        region=LazadaAdapter.manifest.regions[region],
        **{"shop_id": SHOP, "base_url": "http://127.0.0.1:9102", **parts},
    )
    return LazadaAdapter(access)


def grant(**parts: Any) -> Grant:
    """A grant of the demo shop."""
    return Grant(**{"access_token": Secret("token"), "refresh_token": Secret("again"), **parts})


def fixture(name: str) -> bytes:
    """An example body as bytes."""
    return (FIXTURES / f"{name}.json").read_bytes()


def parsed(name: str) -> Any:
    """An example body as values, to change before it is answered."""
    return json.loads(fixture(name))


def ok(payload: Any) -> bytes:
    """A successful reply with this payload."""
    return json.dumps({"data": payload, "code": "0", "request_id": "r"}).encode()


def failed(code: str, message: str = "", kind: str = "ISP") -> bytes:
    """A reply that reports an error."""
    body = {"type": kind, "code": code, "message": message, "request_id": "r"}
    return json.dumps(body).encode()


def answer(flow: Flow[T], *bodies: bytes | Any) -> Played[T]:
    """Answer a flow's requests in turn, with errors thrown where the engine would throw them."""
    adapter = shop()
    replies: list[Response | Exception] = []
    for body in bodies:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = Response(status=200, headers={"date": DATE}, body=raw)
        replies.append(adapter.classify(get("/rest/test"), reply) or reply)
    return play(flow, replies)


def asked(played: Played[Any], number: int = 0) -> dict[str, str]:
    """The parameters of a request, as values."""
    return dict(played.requests[number].query)


def paths(played: Played[Any]) -> list[str]:
    """The paths that were asked for, in order."""
    return [request.path for request in played.requests]


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")
