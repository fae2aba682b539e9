"""An inbox behind an asyncio counter: one thread serves it, and a bell tells of new hints."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from entrosdk.sync.realtime.hints import Hint
from entrosdk.sync.realtime.inbox import Inbox, Position
from entrosdk.sync.sink import SinkFailed

__all__ = ["InboxDesk"]

T = TypeVar("T")
_log = logging.getLogger("entrosdk.realtime")


class InboxDesk:
    """Lets receivers, drains and pullers of one process share a blocking inbox.

    `news` is set whenever something new was stored here, so that a drain beside the receiver
    need not look again and again.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.news = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="entrosdk-inbox")
        self._arrived: list[Hint] = []
        self._storing: asyncio.Task[int] | None = None
        self._failing: set[str] = set()

    async def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
        """Store hints; returns how many are new once they are safe."""
        new = await self.ask(lambda: self.inbox.put(hints, position))
        if new:
            self.news.set()
        return new

    async def post(self, hints: Sequence[Hint]) -> None:
        """Store hints together with those that arrive meanwhile: one transaction for a burst.

        When a courier scans a bag, a hundred pushes arrive at once.
        """
        self._arrived += hints
        waiting = self._storing
        if waiting is not None and not waiting.done():
            # That one may have begun before ours came; the next one has them.
            await asyncio.wait([waiting])
        if self._storing is waiting or self._storing is None:
            arrived, self._arrived = self._arrived, []
            self._storing = asyncio.create_task(self.put(arrived))
        # Somebody who hangs up must not take the others' hints along.
        await asyncio.shield(self._storing)

    async def ask(self, call: Callable[[], T]) -> T:
        """Call the inbox in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    @contextmanager
    def surviving(self, what: str) -> Iterator[None]:
        """Leave the rest of the block undone when the inbox fails.

        `what` completes "the inbox cannot ..." in the log, which tells of an outage when it
        begins and when it is over: calls come every second.
        """
        try:
            yield
        except SinkFailed as error:
            if what not in self._failing:
                self._failing.add(what)
                _log.warning("the inbox cannot %s: %s", what, error.message)
        else:
            if what in self._failing:
                self._failing.discard(what)
                _log.info("the inbox can %s again", what)

    def close(self) -> None:
        """Let the thread finish and end; the inbox itself stays open."""
        self._thread.shutdown()
