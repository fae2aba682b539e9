"""Work side by side on one event loop: bounded, and nothing is left running behind an error."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

__all__ = ["Lanes", "ended", "gathered"]

T = TypeVar("T")
R = TypeVar("R")

_PIECES = 2  # for each lane, so that lanes whose pieces held little find more to do


class Lanes(Generic[T]):
    """Works off a list of things, at most `width` at a time; each may bring further ones.

    The first error cancels what is on its way and is raised when all of it has ended.
    """

    def __init__(self, width: int, visit: Callable[[T], Coroutine[Any, Any, Iterable[T]]]) -> None:
        self._width = width
        self._visit = visit
        self._given: tuple[T, ...] = ()
        self._todo: deque[T] = deque()
        self._running: set[asyncio.Task[Iterable[T]]] = set()

    def pieces(self, thing: T) -> int:
        """Into how many pieces to cut a long thing, so that no lane runs dry while others work.

        Things that were given together are cut alike, however many pieces wait already: else one
        that is left whole goes on alone when all others have ended.
        """
        spare = max(0, self._width - len(self._running) - len(self._todo))
        fill = _PIECES * (spare + 1) if spare else 1
        given = any(thing is one for one in self._given)
        return max(fill, -(-_PIECES * self._width // len(self._given)) if given else 1)

    async def run(self, things: Iterable[T]) -> None:
        """Work off `things` and all that they bring."""
        self._given = tuple(things)
        self._todo.extend(self._given)
        try:
            while self._todo or self._running:
                self._start()
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                for task in [one for one in self._running if one.done()]:
                    self._todo.extend(task.result())
                    self._running.discard(task)
        finally:
            await ended(*self._running)

    def _start(self) -> None:
        while self._todo and len(self._running) < self._width:
            self._running.add(asyncio.create_task(self._visit(self._todo.popleft())))


async def gathered(*work: Coroutine[Any, Any, R]) -> list[R]:
    """Do all of `work` side by side; the first error cancels the rest and is raised."""
    if len(work) == 1:
        return [await work[0]]
    tasks = [asyncio.create_task(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await ended(*tasks)


async def ended(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel what still runs and wait until it has ended; its outcome interests nobody.

    Cancelled meanwhile, it waits all the same: a task that is cancelled a second time while it
    cleans up would leave its connection open.
    """
    begun = {task for task in tasks if task is not None}
    for task in begun:
        task.cancel()
    stopped = False
    while any(not task.done() for task in begun):
        try:
            await asyncio.wait(begun)
        except asyncio.CancelledError:
            stopped = True
    for task in begun:
        if not task.cancelled():
            task.exception()  # looked at, so that nothing is said of it later
    if stopped:
        raise asyncio.CancelledError
