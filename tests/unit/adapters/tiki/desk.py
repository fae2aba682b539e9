"""What the tests of the Tiki adapter share: a shop, example bodies, and a way to answer flows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from entrosdk.adapters.tiki import TikiAdapter
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.money import Money
from entrosdk.domain.secret import Secret
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Request, Response, get
from entrosdk.testing.play import Played, play

T = TypeVar("T")

FIXTURES = Path(__file__).parents[3] / "fixtures" / "tiki"
NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
DATE = "Wed, 18 Nov 2026 08:00:00 GMT"
SID = "5C1E07B4A96D23F8E0417B9AC2D65F3810EB7A4D"


def shop(**parts: Any) -> TikiAdapter:
    """The adapter of the demo seller."""
    given = {
        "app": App(key="7700000000000001", secret=Secret("tiki-secret-NOT-REAL")),
        "region": TikiAdapter.manifest.regions["VN"],
        "shop_id": "418207",
        "base_url": "http://127.0.0.1:9104",
    }
    return TikiAdapter(Access(**{**given, **parts}))


def grant(**parts: Any) -> Grant:
    """A grant of the demo seller."""
    return Grant(**{"access_token": Secret("token"), "refresh_token": Secret("again"), **parts})


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")


def fixture(name: str) -> bytes:
    """An example body as bytes."""
    return (FIXTURES / f"{name}.json").read_bytes()


def parsed(name: str) -> Any:
    """An example body as values, to change before it is answered."""
    return json.loads(fixture(name))


def page(*rows: Any, total: int | None = None, last_page: int = 1, current: int = 1) -> bytes:
    """A page of a listing."""
    paging = {
        "total": len(rows) if total is None else total,
        "per_page": 50,
        "current_page": current,
        "last_page": last_page,
        "from": 0,
        "to": len(rows),
    }
    return json.dumps({"data": rows, "paging": paging}).encode()


def reply(body: Any, status: int = 200, **headers: str) -> Response:
    """A reply as it arrives."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers={"date": DATE, **named}, body=raw)


def answer(
    flow: Flow[T], *bodies: bytes | Response | Exception | Any, asked: Request | None = None
) -> Played[T]:
    """Answer a flow's requests in turn, with errors thrown where the engine would throw them."""
    adapter = shop()
    request = asked or get("/integration/v2/test")
    replies: list[Response | Exception] = []
    for body in bodies:
        if isinstance(body, Exception):
            replies.append(body)
            continue
        one = body if isinstance(body, Response) else reply(body)
        replies.append(adapter.classify(request, one) or one)
    return play(flow, replies)


def asked(played: Played[Any], number: int = 0) -> dict[str, str]:
    """The query of a request, as values."""
    return dict(played.requests[number].query)


def sent(played: Played[Any], number: int = 0) -> Any:
    """The JSON body of a request."""
    return json.loads(played.requests[number].body or b"null")
