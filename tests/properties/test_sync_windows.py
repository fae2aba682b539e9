"""Laws of windows: whatever runs and crashes follow each other, no moment is left out."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.engine.windows import Window
from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint, Opening
from entrosdk.sync.windows import begun, cut, finished, paused, replaced, settled, unchecked
from tests.toymarket import NOON

HOUR = timedelta(hours=1)
hours = st.integers(0, 60)
streams = st.builds(
    lambda span, overlap, settle, grain: Stream(
        name="orders",
        clock="updated",
        span=span and span * HOUR,
        overlap=overlap * HOUR / 4,
        settle=settle * HOUR / 4,
        grain=grain and grain * HOUR,
    ),
    st.none() | st.integers(1, 20),
    st.integers(0, 5),
    st.integers(0, 3),
    st.none() | st.integers(1, 9),
)
# One run: hours since the last one, how far back it is asked to begin, after how many pages it is
# killed.
runs = st.lists(st.tuples(hours, hours, st.integers(1, 30)), min_size=1, max_size=5)


class History:
    """Plays runs against the arithmetic and notes which windows were read to their end."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.at, self.now = stream, Checkpoint(), NOON
        self.read: list[Window] = []
        self.opened: list[tuple[Opening, ...]] = []

    def run(self, wait: int, back: int, pages: int) -> None:
        """Read pages here and there until `pages` are used up, as a killed process would."""
        self.now += wait * HOUR
        upper = settled(self.now, self.stream)
        at = begun(self.stream, self.at, since=NOON - back * HOUR, upper=upper)
        self.opened.append(at.open)
        while at.open and pages:
            pages -= 1
            self.at = at = self.keep(at, at.open[pages * 7 % len(at.open)])

    def keep(self, at: Checkpoint, opening: Opening) -> Checkpoint:
        """Store a page of a window: the first one cuts it, the second pauses it, the third ends."""
        if opening.cursor is None and len(pieces := cut(opening, 2, self.stream.grain)) > 1:
            return replaced(at, opening.window, pieces)
        if opening.cursor is None:
            return paused(at, opening.window, "2")
        self.read.append(opening.window)
        return finished(at, opening.window)


def covers(windows: list[Window], start: datetime, end: datetime) -> bool:
    """Say whether the windows leave no gap in [start, end)."""
    for window in sorted(windows):
        if window[0] <= start < window[1]:
            start = window[1]
    return start >= end


def gaps(at: Checkpoint) -> list[Window]:
    """What a checkpoint says is still to be read."""
    return [opening.window for opening in at.open]


@given(streams, runs)
def test_what_a_checkpoint_claims_was_read(stream: Stream, ran: list[tuple[int, int, int]]) -> None:
    """After any runs and crashes, [since, done_to) is tiled by what was read and what is open."""
    history = History(stream)
    for run in ran:
        history.run(*run)
        at = history.at
        if at.since is not None and at.done_to is not None:
            assert covers(history.read + gaps(at), at.since, at.done_to)


@given(streams, runs)
def test_windows_stay_within_what_the_marketplace_allows(
    stream: Stream, ran: list[tuple[int, int, int]]
) -> None:
    """Every window has a length, and none is longer than the stream's span."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    windows = [opening.window for opened in history.opened for opening in opened]
    lengths = [end - start for start, end in windows + history.read]
    assert all(timedelta(0) < length <= (stream.span or length) for length in lengths)


@given(streams, runs, hours)
def test_an_undisturbed_run_reaches_the_present(
    stream: Stream, ran: list[tuple[int, int, int]], back: int
) -> None:
    """Whatever happened before, a run that is let through covers all from `since` to now."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    history.run(1, back, 100_000)
    upper = settled(history.now, stream)
    begun_ = history.at.since is not None
    assert history.at.open == ()
    assert not begun_ or covers(history.read, NOON - back * HOUR, upper)
    assert begun_ or NOON - back * HOUR >= upper


@given(streams, runs)
def test_a_run_goes_on_inside_every_open_window(
    stream: Stream, ran: list[tuple[int, int, int]]
) -> None:
    """After a crash, the next run begins with the open windows, from their stored positions."""
    history = History(stream)
    for run in ran:
        left = history.at.open
        history.run(*run)
        assert history.opened[-1][: len(left)] == left


@given(streams, runs)
def test_new_windows_overlap_what_was_read(stream: Stream, ran: list[tuple[int, int, int]]) -> None:
    """Reading goes on a margin before the last bound, but never before the beginning."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    at, upper = history.at, history.now + HOUR
    if at.since is not None and at.done_to is not None:
        new = begun(stream, at, since=at.since, upper=upper).open[len(at.open) :]
        assert new[0].window[0] == max(at.since, at.done_to - stream.overlap)


@given(streams, runs)
def test_checked_windows_tile_what_is_covered(
    stream: Stream, ran: list[tuple[int, int, int]]
) -> None:
    """A whole comparison looks at every moment that is claimed to be stored."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    at = history.at
    windows = list(unchecked(at, stream, whole=True))
    if at.since is None or at.done_to is None:
        assert windows == []
    else:
        assert covers(windows, at.since, at.done_to)
        assert windows == list(unchecked(at, stream, whole=False))


@given(
    st.integers(1, 400_000), st.integers(1, 40), st.none() | st.integers(1, 90_000), st.booleans()
)
def test_pieces_tile_their_window(
    seconds: int, parts: int, grain: int | None, history: bool
) -> None:
    """Cutting loses no moment, makes no piece shorter than the grain but the last, nor too many."""
    span = timedelta(seconds=seconds)
    opening = Opening(window=(NOON, NOON + span), history=history)
    pieces = cut(opening, parts, grain and timedelta(seconds=grain))
    windows = [piece.window for piece in pieces]
    assert windows[0][0] == NOON
    assert windows[-1][1] == NOON + span
    assert all(a[1] == b[0] for a, b in itertools.pairwise(windows))
    assert len(pieces) <= parts
    assert all(end - start >= timedelta(seconds=grain or 0) for start, end in windows[:-1])
