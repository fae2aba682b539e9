"""A sink behind an asyncio counter: one thread serves it, one call at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from copy import copy
from datetime import datetime
from typing import Any, TypeVar

from entrosdk.sync.sink import Checkpoint, Commit, Dated, Grouping, Sink, StreamKey, Written

__all__ = ["Desk"]

T = TypeVar("T")
_AT_ONCE = 16  # commits in one transaction; others wait no longer than that


class Desk:
    """Lets any number of streams and shops share a blocking sink.

    The event loop stays free while the sink works.
    A caller that is cancelled leaves its commit whole: the thread finishes it first.
    Commits that move a stream's checkpoint are stored in the order they came, each or none from
    the first that failed on: a later checkpoint says that the earlier pages are there.
    With `threaded=False` the sink is called on the event loop, as fits one that never waits.
    """

    def __init__(self, sink: Sink, *, threaded: bool = True) -> None:
        self._sink = sink
        self._thread: Executor = _Here()
        if threaded:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="entrosdk-sink")
        self._waiting: deque[tuple[Commit, Future[Written]]] = deque()
        self._at_once = _AT_ONCE if isinstance(sink, Grouping) else 1
        self._broken: dict[StreamKey, BaseException] = {}
        self.seen: Callable[[Commit], None] = lambda _: None

    def watched(self, seen: Callable[[Commit], None]) -> Desk:
        """Return the same counter, which also shows `seen` each commit once it is stored."""
        view = copy(self)
        view.seen = seen
        return view

    async def checkpoint(self, key: StreamKey) -> Checkpoint:
        """Return where the stream stands; a stream never read stands at the beginning.

        What failed before is over: commits that go on from here are stored.
        """
        return await self._ask(lambda: self._begin(key)) or Checkpoint()

    async def commit(self, commit: Commit) -> Written:
        """Store everything or nothing; commits that wait together are stored together."""
        future: Future[Written] = Future()
        self._waiting.append((commit, future))
        self._thread.submit(self._store_waiting)
        written = await asyncio.wrap_future(future)
        self.seen(commit)
        return written

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
        self._thread.shutdown()

    def _store_waiting(self) -> None:
        """Runs once for each commit that came; finds nothing when an earlier call took it along."""
        group: list[tuple[Commit, Future[Written]]] = []
        while self._waiting and len(group) < self._at_once:
            commit, future = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                self._break(commit, CancelledError())
            elif (error := self._reason(commit)) is not None:
                future.set_exception(copy(error))
            else:
                group.append((commit, future))
        if not group:
            return
        try:
            told = self._store([commit for commit, _ in group])
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
            for commit, future in group:
                self._break(commit, error)
                # Each stream writes its own name into its error.
                future.set_exception(copy(error))
        else:
            for (_, future), written in zip(group, told, strict=True):
                future.set_result(written)

    def _begin(self, key: StreamKey) -> Checkpoint | None:
        self._broken.pop(key, None)  # in the sink's thread: behind all that was asked before
        return self._sink.checkpoint(key)

    def _break(self, commit: Commit, error: BaseException) -> None:
        if commit.checkpoint is not None:
            self._broken.setdefault(commit.key, error)

    def _reason(self, commit: Commit) -> BaseException | None:
        """Return what keeps a commit from being stored: one before it was not."""
        return None if commit.checkpoint is None else self._broken.get(commit.key)

    def _store(self, commits: list[Commit]) -> list[Written]:
        if len(commits) > 1 and isinstance(self._sink, Grouping):
            return self._sink.commit_all(commits)
        return [self._sink.commit(commit) for commit in commits]

    async def _ask(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


class _Here(Executor):
    """Calls what it is given at once."""

    def submit(self, call: Callable[..., T], /, *args: Any, **rest: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(call(*args, **rest))
        except BaseException as error:  # noqa: BLE001 - it belongs to the one who waits
            future.set_exception(error)
        return future
