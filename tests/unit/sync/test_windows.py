"""Cases of window arithmetic that laws do not spell out."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve

from entrosdk.spi.manifest import Stream
from entrosdk.sync.sink import Checkpoint, Opening
from entrosdk.sync.windows import begun, cut, finished, paused, replaced, settled, unchecked
from tests.toymarket import NOON

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
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
    at = begun(ORDERS, DONE, since=NOON - 50 * DAY, upper=NOON)
    older = [(NOON - 35 * DAY, NOON - 30 * DAY), (NOON - 50 * DAY, NOON - 35 * DAY)]
    assert at.open[1:] == tuple(Opening(window=window, history=True) for window in older)
    assert not at.open[0].history
    assert (at.since, at.done_to) == (NOON - 50 * DAY, NOON)


def test_windows_do_not_straddle_the_shops_start() -> None:
    """What lies before the moment the shop joined is history, what lies after is not."""
    start = NOON - 10 * DAY
    at = begun(ORDERS, Checkpoint(), since=NOON - 12 * DAY, upper=NOON, history=start)
    assert at.open == (
        Opening(window=(NOON - 12 * DAY, start), history=True),
        Opening(window=(start, NOON)),
    )


def test_backfill_left_open_by_a_crash_is_history_still() -> None:
    """A resumed backfill is recognised without being asked for again."""
    left = Opening(window=(NOON - 40 * DAY, NOON - 30 * DAY), cursor="7", history=True)
    at = begun(
        ORDERS,
        evolve(DONE, since=NOON - 40 * DAY, open=(left,)),
        since=NOON - 40 * DAY,
        upper=NOON,
    )
    assert at.open[0] == left
    assert len(at.open) == 2


def test_nothing_new_means_nothing_to_read() -> None:
    """A run at the very moment of the last one opens nothing."""
    assert begun(ORDERS, DONE, since=NOON - 30 * DAY, upper=NOON - DAY) == DONE


def test_whole_listing_is_read_each_time() -> None:
    """A stream without a clock has one window, marked by the moment of the run."""
    at = begun(PRODUCTS, Checkpoint(since=NOON - DAY, done_to=NOON - DAY), since=NOON, upper=NOON)
    assert at.open == (Opening(window=(NOON, NOON)),)
    assert at.done_to == NOON - DAY
    assert finished(at, (NOON, NOON)) == Checkpoint(since=NOON - DAY, done_to=NOON)


@pytest.mark.parametrize(("age", "passes"), [(timedelta(minutes=1), 1), (DAY, 2)])
def test_whole_listing_resumed_late_is_read_once_more(age: timedelta, passes: int) -> None:
    """Rows read before an old crash are stale, so the listing follows again; fresh ones are not."""
    left = Opening(window=(NOON - age, NOON - age), cursor="300")
    at = begun(PRODUCTS, Checkpoint(open=(left,)), since=NOON, upper=NOON)
    assert len(at.open) == passes


def test_a_window_goes_on_where_it_was_paused() -> None:
    """Each window keeps its own position, whatever the others do."""
    at = begun(ORDERS, Checkpoint(), since=NOON - 20 * DAY, upper=NOON)
    first, second = at.open
    at = paused(paused(at, second.window, "5"), first.window, "9")
    assert [one.cursor for one in at.open] == ["9", "5"]
    assert finished(at, first.window).open == (evolve(second, cursor="5"),)


def test_what_lies_behind_an_open_window_is_complete() -> None:
    """Completeness ends at the first gap; a backfill is no gap of the present."""
    at = begun(ORDERS, DONE, since=NOON - 50 * DAY, upper=NOON)
    assert at.complete_to == NOON - DAY - ORDERS.overlap
    assert finished(at, at.open[0].window).complete_to == NOON
    assert Checkpoint().complete_to is None


def test_a_window_is_cut_into_whole_seconds() -> None:
    """Pieces touch each other, cover the window, and begin at whole seconds."""
    opening = Opening(window=(NOON - DAY, NOON), history=True)
    pieces = cut(opening, 7, HOUR)
    assert len(pieces) == 7
    assert pieces[0].window[0] == NOON - DAY
    assert pieces[-1].window[1] == NOON
    assert all(a.window[1] == b.window[0] for a, b in pairwise(pieces))
    assert all(piece.history and not piece.window[0].microsecond for piece in pieces)


@pytest.mark.parametrize(("grain", "pieces"), [(None, 1), (DAY, 1), (6 * HOUR, 4), (HOUR, 8)])
def test_no_piece_is_shorter_than_the_grain(grain: timedelta | None, pieces: int) -> None:
    """What a marketplace cannot tell apart is not cut."""
    assert len(cut(Opening(window=(NOON - DAY, NOON)), 8, grain)) == pieces


def test_pieces_take_the_place_of_their_window() -> None:
    """A window that turned out to be long is open as its pieces."""
    at = begun(ORDERS, Checkpoint(), since=NOON - 20 * DAY, upper=NOON)
    pieces = cut(at.open[0], 3, HOUR)
    assert replaced(at, at.open[0].window, pieces).open == (*pieces, at.open[1])


def test_only_the_new_part_is_compared() -> None:
    """What was compared once is left alone, but for the overlap."""
    at = evolve(DONE, checked_to=NOON - 2 * DAY)
    assert unchecked(at, ORDERS, whole=False) == ((NOON - 2 * DAY - ORDERS.overlap, NOON - DAY),)
    assert len(unchecked(at, ORDERS, whole=True)) == 2


def test_backfill_is_compared_again_from_its_beginning() -> None:
    """A window before what was checked takes the mark back."""
    at = begun(
        ORDERS,
        evolve(DONE, checked_to=NOON - DAY),
        since=NOON - 31 * DAY,
        upper=NOON - DAY,
    )
    assert (at.since, at.checked_to) == (NOON - 31 * DAY, None)
