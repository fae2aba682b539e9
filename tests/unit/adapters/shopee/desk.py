"""What the tests of the Shopee adapter share: a shop, example bodies, and a way to answer flows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from entrosdk.adapters.shopee import ShopeeAdapter
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.secret import Secret
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Response, get
from entrosdk.testing.play import Played, play

T = TypeVar("T")

FIXTURES = Path(__file__).parents[3] / "fixtures" / "shopee"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 08:00:00 GMT"
URL = "https://erp.tiemmoclan.example/webhooks/shopee"


def shop(region: str = "VN", **parts: Any) -> ShopeeAdapter:
    """The adapter of the demo shop."""
    access = Access(
        app=App(
            key="2011881",
            secret=Secret("shpk_demo_key_0123456789abcdef_NOT_REAL"),
            push_secret=Secret("shpush_demo_key_fedcba9876543210_NOT_REAL"),
        ),
        region=ShopeeAdapter.manifest.regions[region],
        **{"shop_id": "226518001", "base_url": "http://127.0.0.1:9101", **parts},
    )
    return ShopeeAdapter(access)


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
    return json.dumps({"error": "", "message": "", "request_id": "r", "response": payload}).encode()


def failed(error: str, message: str = "") -> bytes:
    """A reply that reports an error."""
    return json.dumps({"error": error, "message": message, "request_id": "r"}).encode()


def answer(flow: Flow[T], *bodies: bytes | Any) -> Played[T]:
    """Answer a flow's requests in turn, with errors thrown where the engine would throw them.

    An exception is thrown and a whole response answered as it is.
    """
    adapter = shop()
    replies: list[Response | Exception] = []
    for body in bodies:
        if isinstance(body, Exception | Response):
            replies.append(body)
            continue
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = Response(status=200, headers={"date": DATE}, body=raw)
        replies.append(adapter.classify(get("/api/v2/test"), reply) or reply)
    return play(flow, replies)


def asked(played: Played[Any], number: int = 0) -> dict[str, str]:
    """The query of a request, as values."""
    return dict(played.requests[number].query)


def told(played: Played[Any], number: int = -1) -> Any:
    """The JSON body of a request, as values."""
    return json.loads(played.requests[number].body or b"null")


def paths(played: Played[Any]) -> list[str]:
    """Where a flow's requests went, in order, without what all paths begin with."""
    return [request.path.removeprefix("/api/v2/") for request in played.requests]
