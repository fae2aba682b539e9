"""How often to poll while pushes tell."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sync.realtime import Health, Plan
from entrosdk.sync.realtime.pace import due, pause
from tests.toymarket import NOON

PLAN = Plan()
JUST = NOON - timedelta(minutes=1)
missed = st.integers(0, 3)


def test_pushes_are_relied_on_once_proven() -> None:
    """Heard lately, and three polls in a row found nothing that was not told."""
    health, seen = Health(), []
    for _ in range(4):
        seen.append(health.pace(PLAN, JUST, NOON))
        health = health.polled(0)
    assert seen == [PLAN.every] * 3 + [PLAN.slowly]


def test_a_single_miss_ends_it() -> None:
    """A change that no push told brings the normal pace back."""
    assert Health(clean=50).polled(1).pace(PLAN, JUST, NOON) == PLAN.every


def test_silence_ends_it() -> None:
    """Without a delivery in the last quarter of an hour nothing vouches for pushes."""
    told = [NOON - PLAN.fresh, NOON - PLAN.fresh - timedelta(seconds=1), None]
    paces = [Health(clean=9).pace(PLAN, heard, NOON) for heard in told]
    assert paces == [PLAN.slowly, PLAN.every, PLAN.every]


@given(st.lists(missed, min_size=1, max_size=12))
def test_the_slow_pace_needs_three_clean_polls_in_a_row(polls: list[int]) -> None:
    """Whatever came before, the last three decide."""
    health = Health()
    for found in polls:
        health = health.polled(found)
    clean = len(polls) >= 3 and not any(polls[-3:])
    assert (health.pace(PLAN, NOON, NOON) == PLAN.slowly) == clean


def test_a_clock_that_was_set_back_does_not_make_a_pause_longer() -> None:
    """What was polled later than now is due, and no pause is longer than its pace."""
    paces = {"orders": PLAN.every}
    ahead = {"orders": NOON + timedelta(days=1)}
    assert (due(ahead, paces, NOON), pause(ahead, paces, NOON)) == (["orders"], PLAN.every)


def test_a_delivery_from_the_future_vouches_for_nothing() -> None:
    """It was received before the clock was set back: nobody knows how long ago that was."""
    heard = NOON + PLAN.fresh + timedelta(seconds=1)
    assert Health(clean=9).pace(PLAN, heard, NOON) == PLAN.every


def test_a_plan_slower_than_slow_stays_as_it_is() -> None:
    """Healthy pushes never make polling quicker."""
    plan = Plan(every=timedelta(hours=1))
    assert Health(clean=9).pace(plan, JUST, NOON) == timedelta(hours=1)
