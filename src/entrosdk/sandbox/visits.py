"""The log of requests: the last ones only, however many there were."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

from attrs import define

__all__ = ["Visit", "Visits", "visits"]

_KEPT = 20_000


@define(frozen=True)
class Visit:
    """A request in the log: what was asked and what came of it; never its tokens."""

    at: int
    method: str
    path: str
    verdict: str
    status: int
    shop: str = ""


Visits: TypeAlias = deque[Visit]


def visits() -> Visits:
    """Begin a log."""
    return deque(maxlen=_KEPT)
