"""One window: what it lets through, what lateness costs, what it learns."""

from __future__ import annotations

from itertools import pairwise

import pytest

from entrosdk.engine.limits import Window


def filled(count: int, of: int, at: float = 100.0, per: float = 1.0) -> Window:
    """A window of `of` through which `count` went at the same moment."""
    window = Window(of, per)
    for _ in range(count):
        window.take(at, at)
    return window


@pytest.mark.parametrize(("count", "per"), [(0, 1.0), (1, 0.0)])
def test_impossible_limits_are_refused(count: int, per: float) -> None:
    """A window lets something through, in some time."""
    with pytest.raises(ValueError, match="at least one"):
        Window(count, per)


@pytest.mark.parametrize(("per", "slack"), [(1.0, 0.015), (0.1, 0.005), (60.0, 0.1)])
def test_a_full_window_opens_a_little_after_its_time(per: float, slack: float) -> None:
    """What the way to the marketplace takes varies, so `per` is kept with a slack."""
    assert filled(2, of=2, per=per).opens == pytest.approx(100.0 + per + slack)


def test_a_window_with_room_is_open() -> None:
    """Below the count nothing waits."""
    assert filled(1, of=2).opens < 100.0


def test_small_lateness_is_forgiven() -> None:
    """A timer that fires some milliseconds late books the moment it was due."""
    window = filled(1, of=1)
    assert window.take(101.020, 100.0) == pytest.approx(101.015)
    assert window.take(102.080, 100.0) == pytest.approx(102.080 - window.forgiven)


def test_nothing_is_booked_before_it_asked() -> None:
    """Lateness is forgiven to those who waited, not to those who just came."""
    assert Window(5).take(100.0, 100.0) == 100.0


def test_a_turn_given_back_is_free_again() -> None:
    """What did not go is not counted."""
    window = filled(1, of=1)
    window.give_back(100.0)
    assert window.opens < 100.0


def test_after_tells_when_the_next_but_many_may_go() -> None:
    """Estimates follow the window's own spacing, round after round."""
    window = filled(2, of=2)
    assert [window.after(n, 100.0) for n in range(4)] == pytest.approx(
        [101.015, 101.015, 102.03, 102.03]
    )


def test_refusals_lower_the_count_to_what_was_let_through() -> None:
    """A burst of fifty of which thirty were refused shows a limit of twenty."""
    window = filled(50, of=50)
    for _ in range(30):
        window.refused(100.0, 100.1)
    assert window.count == 20


def test_one_burst_of_refusals_never_cuts_deeper_than_to_a_third() -> None:
    """Somebody else may have used the limit up; that alone does not stop us."""
    window = filled(60, of=60)
    for _ in range(60):
        window.refused(100.0, 100.1)
    assert window.count == 20


def test_a_single_refusal_costs_one() -> None:
    """At the edge of the limit the count gives way by one."""
    window = filled(20, of=20)
    window.refused(100.0, 100.1)
    assert window.count == 19


def test_a_lowered_count_grows_back_in_steps_while_there_is_work() -> None:
    """After half a minute without refusals a little more is tried, then more than that."""
    window = filled(20, of=20)
    for _ in range(10):
        window.refused(100.0, 100.1)
    assert window.count == 10
    counts = []
    for moment in range(101, 400):
        for _ in range(window.count):
            window.take(moment, moment)
        counts.append(window.count)
    assert counts[0] == 10
    assert counts[-1] == 20
    assert sorted(counts) == counts


def test_each_refused_trial_makes_the_next_one_later() -> None:
    """A limit that stays low is tried less and less often."""
    window = filled(20, of=20)
    window.refused(100.0, 100.0)
    trials, moment = [], 100.0
    while len(trials) < 3:
        moment += 1.0
        for _ in range(window.count):
            window.take(moment, moment)
        if window.count == 20:
            trials.append(moment)
            window.refused(moment, moment + 0.1)
    gaps = [later - earlier for earlier, later in pairwise(trials)]
    assert gaps[1] > gaps[0] * 1.5


def test_a_reply_lowers_and_lifts_a_count_within_what_was_stated() -> None:
    """A stated maximum is never raised."""
    window = Window(20)
    window.correct(5)
    assert window.count == 5
    window.correct(50)
    assert window.count == 20


def test_a_reply_may_raise_a_guess() -> None:
    """An adapter's own figure is no maximum."""
    window = Window(20, firm=False)
    window.correct(50)
    assert window.count == 50


@pytest.mark.parametrize("nonsense", [0, -3, 2001])
def test_nonsense_corrects_nothing(nonsense: int) -> None:
    """Nothing stops a shop for ever, and nothing lets it loose."""
    window = Window(20, firm=False)
    window.correct(nonsense)
    assert window.count == 20
