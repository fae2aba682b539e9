"""Which windows a run reads, as arithmetic over a checkpoint: no clock, no I/O.

A run declares at its beginning all the windows it is going to read: they are *open*.
The covered span of a stream is [`since`, `done_to`) without what lies in open windows, so any
number of them can be read side by side, in any order, and a crash leaves no hole that is not
written down.
Windows are half-open and no longer than the marketplace allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import evolve

from entrosdk.engine.windows import Window, split
from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint, Opening

__all__ = ["begun", "cut", "finished", "paused", "replaced", "settled", "unchecked"]


def settled(now: datetime, stream: Stream) -> datetime:
    """Return the upper bound to freeze: the marketplace's time, whole seconds, less the settling.

    Marketplaces tell update times in whole seconds, so a second that is not over may still fill.
    """
    return now.replace(microsecond=0) - stream.settle


def begun(
    stream: Stream,
    at: Checkpoint,
    *,
    since: datetime,
    upper: datetime,
    history: datetime | None = None,
) -> Checkpoint:
    """Open what a run has to read: what a crash left open, then what is new, then what is older.

    `since` begins a stream that was never read, and asks for a backfill when it lies before what
    is covered. Windows never straddle `history`.
    """
    if stream.clock == "none":
        return evolve(at, open=(*at.open, *_whole(stream, at, upper)))
    ahead = [
        Opening(window=window, history=history is not None and window[1] <= history)
        for window in _ahead(stream, at, since, upper, history)
    ]
    # Newest first: what a seller is likelier to look at comes first.
    behind = [] if at.since is None else [*split(since, at.since, stream.span)][::-1]
    found = [*ahead, *(Opening(window=window, history=True) for window in behind)]
    if not found:
        return at
    return Checkpoint(
        since=min([at.since or since, *(new.window[0] for new in found)]),
        done_to=max([at.done_to or since, *(new.window[1] for new in found)]),
        # A backfill reaches back before what was checked, so the check starts again from there.
        checked_to=None if behind else at.checked_to,
        open=(*at.open, *found),
    )


def paused(at: Checkpoint, window: Window, cursor: str) -> Checkpoint:
    """Return the checkpoint to store with a page that is not the last of its window."""
    return replaced(at, window, (evolve(_opening(at, window), cursor=cursor),))


def finished(at: Checkpoint, window: Window) -> Checkpoint:
    """Return the checkpoint once `window` is stored to its end."""
    closed = replaced(at, window, ())
    if window[0] < window[1]:
        return closed
    return evolve(
        closed,
        since=min(window[0], at.since or window[0]),
        done_to=max(window[1], at.done_to or window[1]),
    )


def replaced(at: Checkpoint, window: Window, parts: Sequence[Opening]) -> Checkpoint:
    """Return the checkpoint with other openings in the place of the one over `window`."""
    place = at.open.index(_opening(at, window))
    return evolve(at, open=(*at.open[:place], *parts, *at.open[place + 1 :]))


def cut(opening: Opening, parts: int, grain: timedelta | None) -> tuple[Opening, ...]:
    """Cut a window into up to `parts` of whole seconds, none shorter than `grain`.

    Without a grain, or when it is too short, the window stays whole.
    """
    start, end = opening.window
    if grain is None or parts < 2:
        return (opening,)
    seconds = -(-int((end - start).total_seconds()) // parts)
    span = max(timedelta(seconds=seconds), grain)
    windows = tuple(split(start, end, span))
    return tuple(evolve(opening, window=window, cursor=None) for window in windows)


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
    return tuple(_apart(start, at.done_to, stream, history))


def _ahead(
    stream: Stream, at: Checkpoint, since: datetime, upper: datetime, history: datetime | None
) -> Iterator[Window]:
    if at.done_to is None:
        start = since
    else:
        start = max(at.done_to - stream.overlap, at.since or at.done_to)
    if upper <= (at.done_to or since):
        return
    yield from _apart(start, upper, stream, history)


def _apart(start: datetime, end: datetime, stream: Stream, at: datetime | None) -> Iterator[Window]:
    """Tile a span with windows that do not straddle the moment `at`."""
    if at is not None and start < at < end:
        yield from split(start, at, stream.span)
        start = at
    yield from split(start, end, stream.span)


def _whole(stream: Stream, at: Checkpoint, upper: datetime) -> tuple[Opening, ...]:
    # A listing that was left open shortly ago is fresh; an old one is read once more from its
    # beginning, after its end.
    fresh = any(upper - opening.window[1] <= stream.overlap for opening in at.open)
    return () if fresh else (Opening(window=(upper, upper)),)


def _opening(at: Checkpoint, window: Window) -> Opening:
    return next(opening for opening in at.open if opening.window == window)
