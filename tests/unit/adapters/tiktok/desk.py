"""What the tests of the TikTok Shop adapter share: a shop, example bodies, answers to flows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from entrosdk.adapters.tiktok import TikTokAdapter
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.money import Money
from entrosdk.domain.secret import Secret
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Response, get
from entrosdk.testing.play import Played, play

T = TypeVar("T")

FIXTURES = Path(__file__).parents[3] / "fixtures" / "tiktok"
NOW = datetime.fromtimestamp(1794970800, UTC)
SHOP_ID = "7496180245913377201"
CIPHER = "ROW_EmuDemoAAAAAkQx7vTn2pLrWzBs9"
HOST = "http://127.0.0.1:9103"


def shop(region: str = "VN", *, service_id: str | None = None, **parts: Any) -> TikTokAdapter:
    """The adapter of the demo shop."""
    access = Access(
        app=App(key="emu8k2ap9q", secret=Secret("e2f0b6d4c8a911d7f30a5b7c"), service_id=service_id),
        region=TikTokAdapter.manifest.regions[region],
        **{"shop_id": SHOP_ID, "base_url": HOST, **parts},
    )
    return TikTokAdapter(access)


def grant(**parts: Any) -> Grant:
    """A grant of the demo shop."""
    known = {"access_token": Secret("token"), "refresh_token": Secret("again"), "shop_ref": CIPHER}
    return Grant(**{**known, **parts})


def fixture(name: str) -> bytes:
    """An example body as bytes."""
    return (FIXTURES / f"{name}.json").read_bytes()


def parsed(name: str) -> Any:
    """An example body as values, to change before it is answered."""
    return json.loads(fixture(name))


def ok(data: Any) -> bytes:
    """A successful reply with this payload."""
    return json.dumps({"code": 0, "message": "Success", "request_id": "r", "data": data}).encode()


def failed(code: int, message: str = "") -> bytes:
    """A reply that reports an error."""
    return json.dumps({"code": code, "message": message, "request_id": "r", "data": None}).encode()


def answer(flow: Flow[T], *bodies: bytes | Any) -> Played[T]:
    """Answer a flow's requests in turn, with errors thrown where the engine would throw them."""
    adapter = shop()
    replies: list[Response | Exception] = []
    for body in bodies:
        if isinstance(body, Exception):
            replies.append(body)
            continue
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = Response(status=200, body=raw)
        replies.append(adapter.classify(get("/test/202309/test"), reply) or reply)
    return play(flow, replies)


def asked(played: Played[Any], number: int = 0) -> dict[str, str]:
    """The query of a request, as values."""
    return dict(played.requests[number].query)


def sent(played: Played[Any], number: int = 0) -> Any:
    """The body of a request, as values."""
    return json.loads(played.requests[number].body or b"null")


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")
