"""Cases of window arithmetic that laws do not spell out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint, Opening
from entrosdk.sync.windows import Step, finished, settled, steps, unchecked
from tests.toymarket import NOON

DAY = timedelta(days=1)
ORDERS = Stream(name="orders", clock="updated", span=15 * DAY)
PRODUCTS = Stream(name="products", clock="none", paging="offset")
DONE = Checkpoint(since=NOON - 30 * DAY, done_to=NOON - DAY)


def test_upper_bound_is_a_whole_second_behind_the_settling() -> None:
    """The second that is not over may still fill, so it is left for the next run."""
    stream = evolve(ORDERS, settle=timedelta(seconds=30))
    now = NOON + timedelta(seconds=40, microseconds=999_999)
    assert settled(now, stream) == NOON + timedelta(seconds=10)


def test_backfill_is_read_newest_first_and_is_history() -> None:
    """An earlier beginning adds windows that touch what is covered, each marked as history."""
    plan = steps(ORDERS, DONE, since=NOON - 50 * DAY, upper=NOON)
    older = [(NOON - 35 * DAY, NOON - 30 * DAY), (NOON - 50 * DAY, NOON - 35 * DAY)]
    assert plan[1:] == tuple(Step(window=window, history=True) for window in older)
    assert not plan[0].history


def test_windows_do_not_straddle_the_shops_start() -> None:
    """What lies before the moment the shop joined is history, what lies after is not."""
    start = NOON - 10 * DAY
    plan = steps(ORDERS, Checkpoint(), since=NOON - 12 * DAY, upper=NOON, history=start)
    assert plan == (
        Step(window=(NOON - 12 * DAY, start), history=True),
        Step(window=(start, NOON)),
    )


def test_backfill_left_open_by_a_crash_is_history_still() -> None:
    """A resumed backfill is recognised without being asked for again."""
    left = Opening(window=(NOON - 40 * DAY, NOON - 30 * DAY), cursor="7", history=True)
    open_ = evolve(DONE, open=(left,))
    first, *_ = steps(ORDERS, open_, since=NOON - 30 * DAY, upper=NOON)
    assert first == Step(window=(NOON - 40 * DAY, NOON - 30 * DAY), cursor="7", history=True)


def test_nothing_new_means_nothing_to_read() -> None:
    """A run at the very moment of the last one asks for nothing."""
    assert steps(ORDERS, DONE, since=NOON - 30 * DAY, upper=NOON - DAY) == ()


def test_whole_listing_is_read_each_time() -> None:
    """A stream without a clock has one step, marked by the moment of the run."""
    at = Checkpoint(since=NOON - DAY, done_to=NOON - DAY)
    assert steps(PRODUCTS, at, since=NOON, upper=NOON) == (Step(window=(NOON, NOON)),)


@pytest.mark.parametrize(("age", "passes"), [(timedelta(minutes=1), 1), (DAY, 2)])
def test_whole_listing_resumed_late_is_read_once_more(age: timedelta, passes: int) -> None:
    """Rows read before an old crash are stale, so the listing follows again; fresh ones are not."""
    at = Checkpoint(open=(Opening(window=(NOON - age, NOON - age), cursor="300"),))
    assert len(steps(PRODUCTS, at, since=NOON, upper=NOON)) == passes


def test_only_the_new_part_is_compared() -> None:
    """What was compared once is left alone, but for the overlap."""
    at = evolve(DONE, checked_to=NOON - 2 * DAY)
    assert unchecked(at, ORDERS, whole=False) == ((NOON - 2 * DAY - ORDERS.overlap, NOON - DAY),)
    assert len(unchecked(at, ORDERS, whole=True)) == 2


def test_backfill_is_compared_again_from_its_beginning() -> None:
    """A window before what was checked takes the mark back."""
    at = finished(evolve(DONE, checked_to=NOON - DAY), (NOON - 31 * DAY, NOON - 30 * DAY))
    assert (at.since, at.checked_to) == (NOON - 31 * DAY, None)


def test_a_checkpoint_without_a_window_cannot_be_finished() -> None:
    """Finishing nothing is a mistake of ours and says so."""
    with pytest.raises(ValueError, match="no window is open"):
        finished(Checkpoint())
