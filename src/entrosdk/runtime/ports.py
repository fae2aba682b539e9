"""The seams between the SDK and the machine it runs on. Implement them to plug in your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from entrosdk.domain.credentials import Grant
from entrosdk.spi.effects import Claim, Stored
from entrosdk.spi.request import Request, Response

__all__ = ["AsyncTransport", "Clock", "SharedLimits", "Store", "Transport"]

Clock: TypeAlias = Callable[[], datetime]
"""Tells the time as an aware UTC instant."""


class Transport(Protocol):
    """Sends complete requests from any thread.

    Raises only `Unreachable` and its kinds; never follows redirects; never logs a query, a header
    or a body.
    """

    def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply, waiting at most `timeout` seconds."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class AsyncTransport(Protocol):
    """`Transport` for asyncio."""

    async def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply, waiting at most `timeout` seconds."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...


class Store(Protocol):
    """Keeps grants by key; safe to use from several threads and processes."""

    def load(self, key: str) -> Stored | None:
        """Return the grant under `key`, or `None`."""
        ...

    def save(self, key: str, grant: Grant, expected: int) -> Stored | None:
        """Replace version `expected` (0: none yet); `None` when another version is there."""
        ...

    def delete(self, key: str) -> None:
        """Forget the grant under `key`."""
        ...


class SharedLimits(Protocol):
    """Counts requests for several processes; safe to use from several threads and processes."""

    def reserve(self, claims: Sequence[Claim], ahead: float) -> tuple[float, ...]:
        """Return the seconds until each claim lets one more request go.

        If none is above `ahead`, the request is booked for the latest of them; else nothing is.
        """
        ...
