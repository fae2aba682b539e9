"""A sink behind an asyncio counter: one thread serves it, one call at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from entrosdk.sync.sink import Checkpoint, Commit, Dated, Sink, StreamKey, Written

__all__ = ["Desk"]

T = TypeVar("T")


class Desk:
    """Lets any number of streams and shops share a blocking sink.

    The event loop stays free while the sink works.
    A caller that is cancelled leaves its commit whole: the thread finishes it first.
    With `threaded=False` the sink is called on the event loop, as fits one that never waits.
    """

    def __init__(self, sink: Sink, *, threaded: bool = True) -> None:
        self._sink = sink
        self._thread: ThreadPoolExecutor | None = None
        if threaded:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="entrosdk-sink")

    async def checkpoint(self, key: StreamKey) -> Checkpoint:
        """Return where the stream stands; a stream never read stands at the beginning."""
        return await self._ask(lambda: self._sink.checkpoint(key)) or Checkpoint()

    async def commit(self, commit: Commit) -> Written:
        """Store everything or nothing."""
        return await self._ask(lambda: self._sink.commit(commit))

    async def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored."""
        return await self._ask(lambda: self._sink.known(key, ids))

    async def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map stored ids to their update times, where the sink can tell."""
        sink = self._sink
        return await self._ask(lambda: sink.dates(key, ids)) if isinstance(sink, Dated) else {}

    async def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        return await self._ask(lambda: self._sink.quarantined(key, ids))

    def close(self) -> None:
        """Let the thread finish and end; the sink itself stays open."""
        if self._thread is not None:
            self._thread.shutdown()

    async def _ask(self, call: Callable[[], T]) -> T:
        if self._thread is None:
            return call()
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
