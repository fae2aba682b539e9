"""Laws of windows: whatever runs and crashes follow each other, no moment is left out."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.engine.windows import Window
from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint
from entrosdk.sync.windows import Step, finished, paused, settled, steps, unchecked
from tests.toymarket import NOON

HOUR = timedelta(hours=1)
hours = st.integers(0, 60)
streams = st.builds(
    lambda span, overlap, settle: Stream(
        name="orders",
        clock="updated",
        span=span and span * HOUR,
        overlap=overlap * HOUR / 4,
        settle=settle * HOUR / 4,
    ),
    st.none() | st.integers(1, 20),
    st.integers(0, 5),
    st.integers(0, 3),
)
# One run: hours since the last one, how far back it is asked to begin, after how many pages of
# its windows (two each) it is killed.
runs = st.lists(st.tuples(hours, hours, st.integers(1, 30)), min_size=1, max_size=5)


class History:
    """Plays runs against the arithmetic and notes which windows were read to their end."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.at, self.now = stream, Checkpoint(), NOON
        self.read: list[Window] = []
        self.planned: list[tuple[Step, ...]] = []

    def run(self, wait: int, back: int, pages: int) -> None:
        """Read two pages a window until `pages` are used up, as a process that is killed would."""
        self.now += wait * HOUR
        upper = settled(self.now, self.stream)
        plan = steps(self.stream, self.at, since=NOON - back * HOUR, upper=upper)
        self.planned.append(plan)
        for step in plan:
            positions = ["2", None] if step.cursor is None else [None]
            for cursor in positions:
                if pages == 0:
                    return
                pages -= 1
                self.keep(step, cursor)

    def keep(self, step: Step, cursor: str | None) -> None:
        """Store a page with its checkpoint."""
        if cursor is not None:
            self.at = paused(self.at, step, cursor)
        else:
            self.at = finished(self.at, step.window)
            self.read.append(step.window)


def covers(windows: list[Window], start: datetime, end: datetime) -> bool:
    """Say whether the windows leave no gap in [start, end)."""
    for window in sorted(windows):
        if window[0] <= start < window[1]:
            start = window[1]
    return start >= end


@given(streams, runs)
def test_what_a_checkpoint_claims_was_read(stream: Stream, ran: list[tuple[int, int, int]]) -> None:
    """After any runs and crashes, [since, done_to) is tiled by windows read to their end."""
    history = History(stream)
    for run in ran:
        history.run(*run)
        at = history.at
        if at.since is not None and at.done_to is not None:
            assert covers(history.read, at.since, at.done_to)


@given(streams, runs)
def test_windows_stay_within_what_the_marketplace_allows(
    stream: Stream, ran: list[tuple[int, int, int]]
) -> None:
    """Every window has a length, and none is longer than the stream's span."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    lengths = [s.window[1] - s.window[0] for plan in history.planned for s in plan]
    assert all(timedelta(0) < length <= (stream.span or length) for length in lengths)


@given(streams, runs, hours)
def test_an_undisturbed_run_reaches_the_present(
    stream: Stream, ran: list[tuple[int, int, int]], back: int
) -> None:
    """Whatever happened before, a run that is let through covers all from `since` to now."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    history.run(1, back, 10_000)
    upper = settled(history.now, stream)
    begun = history.at.since is not None
    assert not begun or covers(history.read, NOON - back * HOUR, upper)
    assert begun or NOON - back * HOUR >= upper


@given(streams, runs)
def test_a_run_goes_on_inside_the_open_window(
    stream: Stream, ran: list[tuple[int, int, int]]
) -> None:
    """The first step after a crash is the open window, from the stored position."""
    history = History(stream)
    for run in ran:
        left = history.at.open
        history.run(*run)
        first = history.planned[-1][0] if history.planned[-1] else None
        assert not left or (first and (first.window, first.cursor)) == (
            left[0].window,
            left[0].cursor,
        )


@given(streams, runs)
def test_new_windows_overlap_what_was_read(stream: Stream, ran: list[tuple[int, int, int]]) -> None:
    """Reading goes on a margin before the last bound, but never before the beginning."""
    history = History(stream)
    for run in ran:
        history.run(*run)
    at, upper = history.at, history.now + HOUR
    if not at.open and at.since is not None and at.done_to is not None:
        first, *_ = steps(stream, at, since=at.since, upper=upper)
        assert first.window[0] == max(at.since, at.done_to - stream.overlap)


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
