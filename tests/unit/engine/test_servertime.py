"""The marketplace's time between replies."""

from __future__ import annotations

from datetime import timedelta

from attrs import define

from entrosdk.engine.servertime import ServerTime
from entrosdk.runtime import clock
from tests.toymarket import NOON


@define
class Seconds:
    """A clock that is moved by hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def test_nothing_is_known_before_the_first_reply() -> None:
    """Nobody guesses."""
    assert ServerTime(Seconds()).now is None


def test_what_a_reply_told_is_carried_on() -> None:
    """By a clock that this machine's time of day cannot move."""
    steady = Seconds()
    server = ServerTime(steady)
    server.learn(NOON)
    steady.at += 60
    assert server.now == NOON + timedelta(minutes=1)


def test_a_machine_that_slept_is_behind_until_the_next_reply() -> None:
    """Behind is harmless; ahead would leave a hole."""
    steady = Seconds()
    server = ServerTime(steady)
    server.learn(NOON)
    server.learn(NOON + timedelta(hours=2))
    assert server.now == NOON + timedelta(hours=2)


def test_a_clock_of_somebodys_own_counts_the_seconds_too() -> None:
    """A sandbox's clock, or one of a test, stands still or runs ahead as a whole."""
    assert clock.steady_beside(clock.now) is not None
    assert clock.steady_beside(lambda: NOON) is None
