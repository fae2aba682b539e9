"""Which windows a run reads, as arithmetic over a checkpoint: no clock, no I/O.

The covered span of a stream is [`since`, `done_to`); every finished window extends it.
Windows are half-open, no longer than the marketplace allows, and touch what is covered already.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve, frozen

from entrosdk.engine.windows import Window, split
from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint, Opening

__all__ = ["Step", "finished", "paused", "settled", "steps", "unchecked"]


@frozen(kw_only=True)
class Step:
    """A window to read, from `cursor` on; `history` marks what lies before the shop's start."""

    window: Window
    cursor: str | None = None
    history: bool = False


def settled(now: datetime, stream: Stream) -> datetime:
    """Return the upper bound to freeze: the marketplace's time, whole seconds, less the settling.

    Marketplaces tell update times in whole seconds, so a second that is not over may still fill.
    """
    return now.replace(microsecond=0) - stream.settle


def steps(
    stream: Stream,
    at: Checkpoint,
    *,
    since: datetime,
    upper: datetime,
    history: datetime | None = None,
) -> tuple[Step, ...]:
    """Plan a run: the window a crash left open, then the new ones, then older ones asked for.

    `since` begins a stream that was never read, and asks for a backfill when it lies before what
    is covered. Windows never straddle `history`.
    """
    plan: list[Step] = []
    for left in at.open:
        old = left.history or _old(left.window, at, history)
        plan.append(Step(window=left.window, cursor=left.cursor, history=old))
        at = finished(at, left.window)
    if stream.clock == "none":
        return (*plan, *_whole(stream, at, upper, resumed=bool(plan)))
    plan += [
        Step(window=w, history=_old(w, at, history))
        for w in _ahead(stream, at, since, upper, history)
    ]
    plan += [Step(window=w, history=True) for w in _behind(stream, at, since)]
    return tuple(plan)


def paused(at: Checkpoint, step: Step, cursor: str) -> Checkpoint:
    """Return the checkpoint to store with a page that is not the last of its window."""
    left = Opening(window=step.window, cursor=cursor, history=step.history)
    return evolve(at, open=(left,))


def finished(at: Checkpoint, window: Window | None = None) -> Checkpoint:
    """Return the checkpoint once `window` (by default the open one) is stored to its end."""
    start, end = window or (at.open[0].window if at.open else _nothing())
    # A backfill reaches back before what was checked, so the check starts again from there.
    checked = at.checked_to if at.since is None or start >= at.since else None
    return Checkpoint(
        since=min(start, at.since or start),
        done_to=max(end, at.done_to or end),
        checked_to=checked,
    )


def unchecked(
    at: Checkpoint, stream: Stream, *, whole: bool, history: datetime | None = None
) -> tuple[Window, ...]:
    """Return the windows to compare with the marketplace: all that is covered, or the new part."""
    if at.since is None or at.done_to is None:
        return ()
    if stream.clock == "none":
        return ((at.done_to, at.done_to),)
    start = at.since
    if not whole and at.checked_to is not None:
        start = max(at.since, at.checked_to - stream.overlap)
    return tuple(_cut(start, at.done_to, stream, history))


def _ahead(
    stream: Stream, at: Checkpoint, since: datetime, upper: datetime, history: datetime | None
) -> Iterator[Window]:
    if at.done_to is None:
        start = since
    else:
        start = max(at.done_to - stream.overlap, at.since or at.done_to)
    if upper <= (at.done_to or since):
        return
    yield from _cut(start, upper, stream, history)


def _cut(start: datetime, end: datetime, stream: Stream, at: datetime | None) -> Iterator[Window]:
    """Tile a span with windows that do not straddle the moment `at`."""
    if at is not None and start < at < end:
        yield from split(start, at, stream.span)
        start = at
    yield from split(start, end, stream.span)


def _behind(stream: Stream, at: Checkpoint, since: datetime) -> list[Window]:
    # Newest first: each finished window touches what is covered, so a crash leaves no hole.
    return [] if at.since is None else list(split(since, at.since, stream.span))[::-1]


def _whole(stream: Stream, at: Checkpoint, upper: datetime, *, resumed: bool) -> tuple[Step, ...]:
    # A listing that was resumed soon after its crash is fresh; an old one is read once more.
    fresh = resumed and at.done_to is not None and upper - at.done_to <= stream.overlap
    return () if fresh else (Step(window=(upper, upper)),)


def _old(window: Window, at: Checkpoint, history: datetime | None) -> bool:
    backfill = at.since is not None and window[1] <= at.since and window[0] < window[1]
    return backfill or (history is not None and window[1] <= history)


def _nothing() -> Window:
    raise ValueError("no window is open in this checkpoint")
