"""Progress while a sync runs: bars on a terminal, plain lines elsewhere. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from entrosdk.cli.telling import say
from entrosdk.sync.progress import OnProgress, Phase, Progress

__all__ = ["Display", "displayed"]

_PAUSE = 1.0  # seconds between two plain lines of one stream
_ENDED = {Phase.DONE, Phase.FAILED}


class Display(Protocol):
    """Shows the progress of several shops."""

    def of(self, name: str) -> OnProgress:
        """Return what receives the progress of the shop called `name`."""
        ...


@contextmanager
def displayed() -> Iterator[Display]:
    """Show progress while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainLines()
        return
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        yield TerminalBars(bars)


class PlainLines:
    """A line for each stream now and then, and one at its end."""

    def __init__(
        self,
        write: Callable[[str], None] = say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}

    def of(self, name: str) -> OnProgress:
        """Return what receives the progress of the shop called `name`."""

        def show(progress: Progress) -> None:
            place, now = (name, progress.key.stream), self._clock()
            ended = progress.phase in _ENDED
            if ended or now - self._last.get(place, -_PAUSE) >= _PAUSE:
                self._last[place] = now
                self._write(f"{name} {progress.key.stream}: {words(progress)}")

        return show


class TerminalBars:
    """A bar for each store and stream."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def of(self, name: str) -> OnProgress:
        """Return what receives the progress of the shop called `name`."""

        def show(progress: Progress) -> None:
            place = (name, progress.key.stream)
            if place not in self._tasks:
                title = escape(f"{name} · {progress.key.stream}")
                self._tasks[place] = self._bars.add_task(title, told="")
            done, total = parts(progress)
            task = self._tasks[place]
            self._bars.update(task, completed=done, total=total, told=words(progress))

        return show


def parts(progress: Progress) -> tuple[float, float | None]:
    """Return how much of how much is done: records where the total is known, else windows."""
    if progress.phase in _ENDED:
        return 1, 1
    if progress.total and progress.windows == 1:
        return min(progress.records, progress.total), progress.total
    if progress.windows > 1:
        return progress.window - 1, progress.windows
    return 0, None


def words(progress: Progress) -> str:
    """Say where a stream stands."""
    if progress.phase is Phase.DONE:
        return f"done, {progress.records} records read"
    if progress.phase is Phase.FAILED:
        return f"failed after {progress.records} records"
    known = progress.total is not None and progress.windows == 1
    of = f" of {progress.total}" if known else ""
    verb = "compared" if progress.phase is Phase.CHECKING else "records"
    window = f", window {progress.window} of {progress.windows}" if progress.windows > 1 else ""
    return f"{progress.records}{of} {verb}{window}"
