"""The closed set of effects a flow may yield, and the typed doorways to them.

A flow is a generator: it yields effects, is sent their results, and returns a value.
Errors are thrown into it, so it may recover with `try`.
A flow is driven once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

from entrosdk.domain.credentials import Grant
from entrosdk.spi.request import Request, Response

__all__ = [
    "Claim",
    "Effect",
    "Flow",
    "Load",
    "Locked",
    "Reserve",
    "Save",
    "Send",
    "Sleep",
    "Stored",
    "load",
    "locked",
    "reserve",
    "save",
    "send",
    "sleep",
]

T = TypeVar("T")


@frozen
class Stored:
    """A grant as a credential store holds it; every save raises `version`."""

    grant: Grant
    version: int


@frozen
class Claim:
    """One of a limit that processes share: at most `count` in any `per` seconds under `key`."""

    key: str
    count: int
    per: float


@frozen
class Send:
    """Send a request; the result is its `Response`."""

    request: Request


@frozen
class Sleep:
    """Wait. The result is `None`."""

    seconds: float


@frozen
class Locked:
    """Run `flow()` while nobody else in this process holds `key`; the result is the flow's."""

    key: str
    flow: Callable[[], Generator[Any, Any, Any]]


@frozen
class Load:
    """Read the grant of a credential; the result is `Stored` or `None`."""

    key: str


@frozen
class Save:
    """Compare-and-set a grant.

    Replaces version `expected` (0: none yet); the result is the new `Stored`, or `None` when
    another version is there.
    """

    key: str
    grant: Grant
    expected: int


@frozen
class Reserve:
    """Ask the limits that several processes share for one request.

    The result is the seconds until each claim lets it go, in their order.
    If none is above `ahead`, the request is booked for the latest of them; else nothing is: ask
    again `ahead` seconds before it.
    """

    claims: tuple[Claim, ...]
    ahead: float


Effect: TypeAlias = Send | Sleep | Locked | Load | Save | Reserve
Flow: TypeAlias = Generator[Effect, Any, T]


def send(request: Request) -> Flow[Response]:
    """Send a request and return its reply."""
    reply: Response = yield Send(request)
    return reply


def sleep(seconds: float) -> Flow[None]:
    """Wait for `seconds`; nothing is yielded for zero or less."""
    if seconds > 0:
        yield Sleep(seconds)


def locked(key: str, flow: Callable[[], Flow[T]]) -> Flow[T]:
    """Drive `flow()` while holding the lock of `key`."""
    result: T = yield Locked(key, flow)
    return result


def load(key: str) -> Flow[Stored | None]:
    """Read the stored grant of `key`."""
    stored: Stored | None = yield Load(key)
    return stored


def save(key: str, grant: Grant, expected: int) -> Flow[Stored | None]:
    """Store `grant` if the stored version still is `expected`."""
    stored: Stored | None = yield Save(key, grant, expected)
    return stored


def reserve(claims: tuple[Claim, ...], ahead: float) -> Flow[tuple[float, ...]]:
    """Ask shared limits for one request; the result is the seconds until each claim lets it go."""
    seconds: tuple[float, ...] = yield Reserve(claims, ahead)
    return seconds
