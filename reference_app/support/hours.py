"""Business hours: when somebody is there, and when an answer is due. Pure arithmetic.

A day of business is half-open, [opens, closes); there is no lunch break. Instants go in and come
out aware; `Calendar.zone` says in which zone the clock on the wall is read.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from attrs import field, frozen

__all__ = ["Calendar"]

_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST_REST = 60  # days; longer than any holiday, so a wrong calendar ends in an error


@frozen
class Calendar:
    """Monday to Friday between two times of day, except holidays.

    `holidays` are local days without business; `known_until` is the last day for which they are
    known, so that whoever plans beyond it can say so.
    """

    zone: tzinfo
    opens: time = time(9)
    closes: time = time(18)
    holidays: frozenset[date] = field(factory=frozenset, converter=frozenset)
    known_until: date | None = None

    def __attrs_post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a day of business must open before it closes")

    def is_business_day(self, day: date) -> bool:
        """Say whether anybody works on a local day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def is_open(self, moment: datetime) -> bool:
        """Say whether somebody is there at an instant."""
        there = moment.astimezone(self.zone)
        return self.is_business_day(there.date()) and self.opens <= there.time() < self.closes

    def next_opening(self, moment: datetime) -> datetime:
        """Return the first instant from `moment` on at which somebody is there."""
        if self.is_open(moment):
            return moment
        day = moment.astimezone(self.zone).date()
        for _ in range(_LONGEST_REST):
            start, _end = self._span(day)
            if self.is_business_day(day) and start >= moment:
                return start
            day += _DAY
        raise ValueError(f"no business day within {_LONGEST_REST} days of {day}")

    def closing(self, moment: datetime) -> datetime:
        """Return when the day of business that `moment` lies in ends."""
        return self._span(moment.astimezone(self.zone).date())[1]

    def due(self, asked: datetime, within: timedelta) -> datetime:
        """Return the earliest instant with `within` of business time between it and `asked`.

        That may be the very end of a day of business, never a moment outside of one.
        """
        if within <= timedelta(0):
            raise ValueError("an answer takes some time")
        start, left = self.next_opening(asked), within
        while start + left > (end := self.closing(start)):
            left -= end - start
            start = self.next_opening(end)
        return (start + left).astimezone(asked.tzinfo)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time within [start, end); zero when `end` is not later."""
        total = timedelta(0)
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            if self.is_business_day(day):
                opening, closing = self._span(day)
                total += max(timedelta(0), min(end, closing) - max(start, opening))
            day += _DAY
        return total

    def _span(self, day: date) -> tuple[datetime, datetime]:
        return (
            datetime.combine(day, self.opens, tzinfo=self.zone),
            datetime.combine(day, self.closes, tzinfo=self.zone),
        )
