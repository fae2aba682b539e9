"""A sink behind an asyncio counter: one thread serves it, one call at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from copy import copy
from datetime import datetime
from typing import Any, TypeVar

from attrs import define, frozen

from entrosdk.sync.sink import (
    Checkpoint,
    Commit,
    Dated,
    Grouping,
    Sink,
    SinkFailed,
    StreamKey,
    Written,
)

__all__ = ["Desk", "Line"]

T = TypeVar("T")
_AT_ONCE = 16  # commits in one transaction; others wait no longer than that


@define(eq=False)
class Line:
    """Commits of one run of a stream, in the order they came.

    Those that move the checkpoint are stored each after all before it, or none from the first
    that failed on: a later checkpoint says that the earlier pages are there.
    """

    broken: BaseException | None = None


@frozen(eq=False)
class _Waiting:
    commit: Commit
    line: Line
    future: Future[Written]

    @property
    def moves(self) -> bool:
        """Does it move the checkpoint?"""
        return self.commit.checkpoint is not None

    def give_up(self, error: BaseException) -> None:
        """Let nothing be stored behind it on its line."""
        if self.moves and self.line.broken is None:
            self.line.broken = error

    def fail(self, error: BaseException) -> None:
        """Tell whoever waits."""
        self.give_up(error)
        # Each stream writes its own name into its error.
        self.future.set_exception(_copied(error))


class Desk:
    """Lets any number of streams and shops share a blocking sink.

    The event loop stays free while the sink works.
    A caller that is cancelled leaves its commit whole: the thread finishes it first.
    Commits are stored in the order they came; those of one `Line` depend on each other.
    With `threaded=False` the sink is called on the event loop, as fits one that never waits.
    """

    def __init__(self, sink: Sink, *, threaded: bool = True) -> None:
        self._sink = sink
        self._thread: Executor = _Here()
        if threaded:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="entrosdk-sink")
        self._waiting: deque[_Waiting] = deque()
        self._at_once = _AT_ONCE if isinstance(sink, Grouping) else 1
        self.seen: Callable[[Commit], None] = lambda _: None

    def watched(self, seen: Callable[[Commit], None]) -> Desk:
        """Return the same counter, which also shows `seen` each commit once it is stored."""
        view = copy(self)
        view.seen = seen
        return view

    async def checkpoint(self, key: StreamKey) -> Checkpoint:
        """Return where the stream stands; a stream never read stands at the beginning."""
        return await self._ask(lambda: self._sink.checkpoint(key)) or Checkpoint()

    async def commit(self, commit: Commit, line: Line | None = None) -> Written:
        """Store everything or nothing; commits that wait together are stored together."""
        waiting = _Waiting(commit, line or Line(), Future())
        self._waiting.append(waiting)
        self._thread.submit(self._store_waiting)
        written = await asyncio.wrap_future(waiting.future)
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
        group: list[_Waiting] = []
        while self._waiting and len(group) < self._at_once:
            one = self._waiting.popleft()
            if not one.future.set_running_or_notify_cancel():
                one.give_up(SinkFailed("an earlier page of this run was given up"))
            elif one.moves and one.line.broken is not None:
                one.fail(one.line.broken)
            else:
                group.append(one)
        if not group:
            return
        try:
            told = self._store([one.commit for one in group])
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
            for one in group:
                one.fail(error)
        else:
            for one, written in zip(group, told, strict=True):
                one.future.set_result(written)

    def _store(self, commits: list[Commit]) -> list[Written]:
        if len(commits) > 1 and isinstance(self._sink, Grouping):
            told = self._sink.commit_all(commits)
            if len(told) != len(commits):
                raise SinkFailed(
                    f"the sink told of {len(told)} commits, and was given {len(commits)}"
                )
            return told
        return [self._sink.commit(commit) for commit in commits]

    async def _ask(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _copied(error: BaseException) -> BaseException:
    """Return an error of one's own; one that cannot be copied is shared."""
    try:
        return copy(error)
    except Exception:  # noqa: BLE001 - a constructor of somebody else's
        return error


class _Here(Executor):
    """Calls what it is given at once."""

    def submit(self, call: Callable[..., T], /, *args: Any, **rest: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(call(*args, **rest))
        except BaseException as error:  # noqa: BLE001 - it belongs to the one who waits
            future.set_exception(error)
        return future
