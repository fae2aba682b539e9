"""What the engine tells its hooks. Nothing in an event is secret or personal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import field, frozen

__all__ = ["Drifting", "Hook", "Renewed", "Retrying", "Sent", "Signal", "Waiting", "log"]


@frozen(kw_only=True)
class Signal:
    """Where an event happened."""

    marketplace: str
    shop_id: str
    operation: str


@frozen(kw_only=True)
class Sent(Signal):
    """A request was sent; `outcome` is "ok" or the name of the error's class."""

    request: str
    host: str
    outcome: str
    seconds: float
    request_id: str = ""
    attempt: int = 1


@frozen(kw_only=True)
class Waiting(Signal):
    """A limit makes us wait before a request."""

    seconds: float


@frozen(kw_only=True)
class Retrying(Signal):
    """An attempt failed and another will follow after `seconds`."""

    reason: str
    attempt: int
    seconds: float


@frozen(kw_only=True)
class Renewed(Signal):
    """The grant was renewed (`own`), or another process's renewal was taken over."""

    own: bool


@frozen(kw_only=True)
class Drifting(Signal):
    """Replies had fields or words we do not know, counted by path."""

    paths: Mapping[str, int] = field(factory=dict)


Hook: TypeAlias = Callable[[Signal], None]
"""Receives every signal; must not raise and must not block."""

_logger = logging.getLogger("entrosdk")


def log(signal: Signal) -> None:
    """Write a signal to the logger `entrosdk`: the hook that is there from the start.

    Levels and handlers are left to the application.
    """
    where = (signal.marketplace, signal.shop_id, signal.operation)
    match signal:
        case Sent():
            parts = (signal.request, signal.host, signal.outcome, signal.seconds * 1000)
            _logger.debug(
                "%s %s %s: %s at %s, %s in %.0f ms, request %s, attempt %d",
                *where, *parts, signal.request_id or "-", signal.attempt,
            )  # fmt: skip
        case Retrying():
            _logger.info(
                "%s %s %s: %s, attempt %d, again in %.1f s",
                *where, signal.reason, signal.attempt, signal.seconds,
            )  # fmt: skip
        case Renewed():
            _logger.info("%s %s %s: grant renewed%s", *where, "" if signal.own else " elsewhere")
        case Waiting():
            _logger.debug("%s %s %s: limit, waiting %.2f s", *where, signal.seconds)
        case Drifting():
            _logger.warning("%s %s %s: unknown fields %s", *where, ", ".join(signal.paths))
        case _:
            _logger.debug("%s %s %s: %s", *where, type(signal).__name__)
