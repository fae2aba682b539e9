"""Connections that wait for work, so that a request finds one without looking at the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field, frozen

__all__ = ["KEEP_ALIVE", "Idle"]

KEEP_ALIVE = 30.0
"""Seconds for which an idle connection is kept."""

C = TypeVar("C")


@frozen
class _Resting(Generic[C]):
    connection: C
    since: float


@define
class Idle(Generic[C]):
    """Connections, of which each serves one request at a time or rests here; for any thread.

    The one that rested last is taken first, so that what only a burst needed grows old and goes.
    A pool that looks at every connection for every request, as httpcore's does, costs a
    millisecond a request once a dozen are open, and most of the processor once a hundred are.
    Whoever takes one sees to it that no more than `most` are taken at once.
    """

    make: Callable[[], C]
    most: int
    _made: int = 0
    _resting: dict[str, list[_Resting[C]]] = field(factory=dict)
    _guard: threading.Lock = field(factory=threading.Lock)

    def take(self, host: str) -> C:
        """Return a connection that last spoke with `host`, or a new one, or else another's."""
        with self._guard:
            mine = self._resting.get(host)
            if not mine and self._made >= self.most:
                mine = next((some for some in self._resting.values() if some), None)
            if mine:
                return mine.pop().connection
            self._made += 1
        return self.make()

    def put(self, host: str, connection: C) -> None:
        """Let a connection rest until `host` is asked again."""
        with self._guard:
            self._resting.setdefault(host, []).append(_Resting(connection, time.monotonic()))

    def old(self) -> list[C]:
        """Take out connections that rested too long: they are to be closed."""
        rested = time.monotonic() - KEEP_ALIVE
        found: list[C] = []
        with self._guard:
            for resting in self._resting.values():
                while resting and resting[0].since <= rested:
                    found.append(resting.pop(0).connection)
            self._made -= len(found)
        return found

    def all(self) -> list[C]:
        """Take out every connection that rests: they are to be closed."""
        with self._guard:
            found = [one.connection for resting in self._resting.values() for one in resting]
            self._resting.clear()
            self._made -= len(found)
        return found
