"""Limits as arithmetic: never more than allowed, and no less than could be."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.engine.limits import Limiter, Window
from entrosdk.spi.manifest import Limit


def times(limiter: Limiter, arrivals: list[float], shop: str = "1") -> list[float]:
    """When each arrival may go."""
    return [now + limiter.reserve(shop, "orders.list", now) for now in arrivals]


@given(
    st.integers(1, 8),
    st.floats(0.1, 10),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_span_of_the_window_holds_more_than_allowed(
    count: int, per: float, gaps: list[float]
) -> None:
    """Whatever the arrivals, any `per` seconds hold at most `count` requests."""
    now, arrivals = 1000.0, []
    for gap in gaps:
        now += gap
        arrivals.append(now)
    went = times(Limiter([Limit(scope="app", count=count, per=per)]), arrivals)
    assert went == sorted(went)
    for number, moment in enumerate(went):
        inside = bisect_left(went, moment + per - 1e-6) - number
        assert inside <= count


def test_a_full_second_is_used_whole() -> None:
    """Waiting work is let through at exactly the rate allowed."""
    went = times(Limiter([Limit(scope="app", count=10)]), [0.0] * 50)
    assert [went.count(float(second)) for second in range(5)] == [10] * 5


def test_shops_have_their_own_window_and_share_the_apps() -> None:
    """One shop's limit does not slow another; the app's limit does."""
    limiter = Limiter([Limit(scope="shop", count=1), Limit(scope="app", count=2)])
    assert times(limiter, [0.0], "1") == [0.0]
    assert times(limiter, [0.0], "2") == [0.0]
    assert times(limiter, [0.0], "3") == [1.0]


def test_operations_narrow_a_limit() -> None:
    """A limit for payments does not touch orders."""
    limiter = Limiter([Limit(scope="app", count=1, operations=("payments.",))])
    assert limiter.reserve("1", "payments.list", 0.0) == 0.0
    assert limiter.reserve("1", "orders.list", 0.0) == 0.0
    assert limiter.reserve("1", "payments.list", 0.0) == 1.0


def test_refusal_closes_only_its_scope() -> None:
    """A shop's refusal leaves other shops alone."""
    limiter = Limiter([Limit(scope="shop", count=9)])
    limiter.refused("1", "orders.list", "shop", 5.0)
    assert limiter.reserve("1", "orders.list", 0.0) == 5.0
    assert limiter.reserve("2", "orders.list", 0.0) == 0.0


def test_clock_set_back_does_not_freeze_us() -> None:
    """Moments of a clock that was wrong are forgotten."""
    limiter = Limiter([Limit(scope="app", count=1)])
    limiter.reserve("1", "orders.list", 10_000.0)
    assert limiter.reserve("1", "orders.list", 100.0) == 0.0


@pytest.mark.parametrize(("count", "per"), [(0, 1.0), (1, 0.0)])
def test_impossible_limits_are_refused(count: int, per: float) -> None:
    """A window lets something through, in some time."""
    with pytest.raises(ValueError, match="at least one"):
        Window(count, per)
