"""What the status page says, as values that HTML and JSON share."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from attrs import frozen
from django.db.models import Q

from reference_app.status import signals
from reference_app.status.components import codes, title
from reference_app.status.models import DayUptime, Incident, State
from reference_app.web.moments import local

__all__ = ["DAYS", "Component", "Day", "Overview", "overview", "percent"]

DAYS = 90
_PAST = 20  # incidents shown of those that are over


@frozen
class Day:
    """One local day of a component; `hundredths` of a percent of the measured minutes it worked."""

    day: date
    hundredths: int | None

    @property
    def tone(self) -> str:
        """The colour of the day: 99.9 % is good, 98 % is not bad."""
        if self.hundredths is None:
            return "none"
        return "good" if self.hundredths >= 9_990 else "warn" if self.hundredths >= 9_800 else "bad"


@frozen
class Component:
    """A component now and over the last days, oldest first."""

    code: str
    title: str
    state: State
    since: datetime | None
    days: list[Day]
    hundredths: int | None


@frozen
class Overview:
    """The whole page. `state` is that of the worst component."""

    state: State
    at: datetime
    components: list[Component]
    going_on: list[Incident]
    planned: list[Incident]
    past: list[Incident]


def overview(now: datetime) -> Overview:
    """Gather what is known at an instant; raises `DatabaseError` when nothing is."""
    going_on = signals.running(now)
    rows = _rows(local(now).date())
    components = []
    for code, (measured, since) in signals.current(now).items():
        state = signals.judged(measured, code, going_on)
        days, whole = rows[code]
        components.append(
            Component(code, title(code), state, since if state == measured else None, days, whole)
        )
    unplanned = [one.state for one in components if one.state is not State.UNKNOWN]
    order = [State.GOOD, State.MAINTENANCE, State.DEGRADED, State.DOWN]
    incidents = Incident.objects.prefetch_related("updates")
    ids = [one.pk for one in going_on]
    return Overview(
        state=max(unplanned, key=order.index, default=State.GOOD),
        at=now,
        components=components,
        going_on=list(incidents.filter(pk__in=ids).order_by("-starts_at")),
        planned=list(incidents.filter(starts_at__gt=now).order_by("starts_at")),
        past=list(incidents.filter(Q(ends_at__lte=now)).order_by("-starts_at")[:_PAST]),
    )


def _rows(today: date) -> dict[str, tuple[list[Day], int | None]]:
    first = today - timedelta(days=DAYS - 1)
    kept = {
        (row.component, row.day): row
        for row in DayUptime.objects.filter(day__gte=first, day__lte=today)
    }
    found = {}
    for code in codes():
        dates = [first + timedelta(days=n) for n in range(DAYS)]
        rows = [kept.get((code, day)) for day in dates]
        measured = sum(row.measured for row in rows if row)
        working = sum(row.working for row in rows if row)
        days = [
            Day(day, _share(row.working, row.measured) if row else None)
            for day, row in zip(dates, rows, strict=True)
        ]
        found[code] = (days, _share(working, measured))
    return found


def _share(working: int, measured: int) -> int | None:
    """Return hundredths of a percent, rounded down: an outage never looks like none."""
    return working * 10_000 // measured if measured else None


def percent(hundredths: int | None) -> str:
    """Write a share with two decimals and a point, such as `99.98`; empty for none."""
    return "" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"
