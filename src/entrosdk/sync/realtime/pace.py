"""How often to poll while pushes tell of changes, as arithmetic: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from attrs import evolve, frozen

__all__ = ["Health", "Plan"]

_PROVEN = 3  # polls in a row that found nothing new, before pushes are relied on


@frozen(kw_only=True)
class Plan:
    """The rhythm of `follow`.

    A stream is polled every `every`, and every `slowly` while its pushes are healthy.
    `whole` is the time between comparisons of all that is stored with the marketplace's ids.
    A verified delivery vouches for its stream during `fresh`.
    `queue` is the longest pause between looks into a queue that was empty.
    Deliveries are remembered for `remember`, so that repeats are known.
    """

    every: timedelta = timedelta(seconds=60)
    slowly: timedelta = timedelta(minutes=10)
    whole: timedelta = timedelta(hours=6)
    fresh: timedelta = timedelta(minutes=15)
    queue: timedelta = timedelta(seconds=30)
    remember: timedelta = timedelta(days=3)


@frozen
class Health:
    """Whether the pushes of one stream can be relied on.

    They can when one was verified lately, and polling has found, three times in a row, nothing
    that no push had told.
    """

    clean: int = 0
    """Polls in a row that found no change which pushes had missed."""

    def polled(self, missed: int) -> Health:
        """Learn what a poll found."""
        return evolve(self, clean=0 if missed else self.clean + 1)

    def pace(self, plan: Plan, heard_at: datetime | None, now: datetime) -> timedelta:
        """Return the pause before the stream is polled again; `heard_at` is its last delivery."""
        # One far ahead of now was heard before the clock was set back: nobody knows when.
        fresh = heard_at is not None and abs(now - heard_at) <= plan.fresh
        return max(plan.every, plan.slowly) if fresh and self.clean >= _PROVEN else plan.every


def due(last: Mapping[str, datetime], paces: Mapping[str, timedelta], now: datetime) -> list[str]:
    """Name the streams whose pause is over; those never polled are due.

    So are those polled later than `now`, as it seems after the clock was set back.
    """
    return [
        name
        for name, pace in paces.items()
        if name not in last or not last[name] <= now < last[name] + pace
    ]


def pause(last: Mapping[str, datetime], paces: Mapping[str, timedelta], now: datetime) -> timedelta:
    """Return the time until the next stream falls due, which is no longer than its pace."""
    ends: Iterable[timedelta] = (
        min(pace, last[name] + pace - now) for name, pace in paces.items() if name in last
    )
    return max(timedelta(0), min(ends, default=timedelta(0)))
