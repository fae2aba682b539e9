"""How long to wait before the next request, as arithmetic.

A window never lets more through than it says: it remembers when the last `count` requests were
due, so the one after them is due `per` seconds after the first of them.
A bucket that refills evenly would let twice the rate through in its first second.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from entrosdk.spi.manifest import Limit

__all__ = ["Limiter", "Window"]


class Window:
    """At most `count` requests in any `per` seconds."""

    def __init__(self, count: int, per: float = 1.0) -> None:
        if count < 1 or per <= 0:
            raise ValueError("a limit allows at least one request in a positive time")
        self._per = per
        self._due: deque[float] = deque(maxlen=count)
        self._closed_until = 0.0

    def next(self, now: float) -> float:
        """Return the earliest moment the next request may go."""
        full = len(self._due) == self._due.maxlen
        freed = self._due[0] + self._per if full else now
        last = self._due[-1] if self._due else now
        return max(now, freed, last, self._closed_until)

    def take(self, due: float) -> None:
        """Book a request at `due`."""
        self._due.append(due)

    def close(self, until: float) -> None:
        """Let nothing through before `until`: the marketplace said so."""
        self._closed_until = max(self._closed_until, until)

    def reset(self) -> None:
        """Forget everything: the clock was set back, so old moments mean nothing."""
        self._due.clear()
        self._closed_until = 0.0


class Limiter:
    """The limits of one app, shared by its shops; safe from any thread.

    Pass one limiter to every `connect` of the same app, so that their requests are counted
    together.
    """

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        self._limits = tuple(limits)
        self._windows: dict[tuple[int, str], Window] = {}
        self._guard = threading.Lock()
        self._latest = 0.0

    def reserve(self, shop: str, operation: str, now: float) -> float:
        """Book the next request of `shop` and return the seconds to wait for it."""
        with self._guard:
            self._notice(now)
            windows = self._of(shop, operation)
            due = max((window.next(now) for window in windows), default=now)
            for window in windows:
                window.take(due)
            return due - now

    def refused(self, shop: str, operation: str, scope: str, until: float) -> None:
        """Stop requests that share a refused one's limit until `until`."""
        with self._guard:
            for limit in self._matching(operation):
                if scope in {limit.scope, "day"}:
                    self._window(limit, shop).close(until)

    def _notice(self, now: float) -> None:
        if now < self._latest - 1.0:  # a clock set back would make every wait enormous
            for window in self._windows.values():
                window.reset()
            self._latest = now
        self._latest = max(now, self._latest)

    def _matching(self, operation: str) -> list[Limit]:
        return [
            limit
            for limit in self._limits
            if not limit.operations or operation.startswith(limit.operations)
        ]

    def _of(self, shop: str, operation: str) -> list[Window]:
        return [self._window(limit, shop) for limit in self._matching(operation)]

    def _window(self, limit: Limit, shop: str) -> Window:
        key = (self._limits.index(limit), shop if limit.scope == "shop" else "")
        if key not in self._windows:
            self._windows[key] = Window(limit.count, limit.per)
        return self._windows[key]
