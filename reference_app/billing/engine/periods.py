"""Periods of a subscription: counted from its anchor, never from the one before (domain 8.2)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from attrs import frozen

from reference_app.billing.engine.plans import Interval

__all__ = ["Period", "month_around", "months_after", "period", "starting"]


@frozen(order=True)
class Period:
    """A half-open range of local days."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def months_after(anchor: date, months: int) -> date:
    """Return the anchor's day `months` later, or that month's last day where it has no such day.

    >>> [str(months_after(date(2026, 1, 31), n)) for n in (1, 2, 3)]
    ['2026-02-28', '2026-03-31', '2026-04-30']
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def period(anchor: date, interval: Interval, n: int) -> Period:
    """Return the n-th period, counted from 0."""
    start = months_after(anchor, n * interval.months)
    return Period(start, months_after(anchor, (n + 1) * interval.months))


def starting(anchor: date, interval: Interval, start: date) -> Period | None:
    """Return the period that starts on `start`; `None` when the anchor has no such day."""
    months = (start.year - anchor.year) * 12 + start.month - anchor.month
    if months_after(anchor, months) != start:
        return None
    return Period(start, months_after(anchor, months + interval.months))


def month_around(anchor: date, day: date) -> Period:
    """Return the month from the anchor that `day` is in: what orders are counted by."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if months_after(anchor, months) > day:
        months -= 1
    return Period(months_after(anchor, months), months_after(anchor, months + 1))
