"""Measuring: processes say that they live, and each minute one of them notes how all are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from reference_app.status import signals
from reference_app.status.components import SYNC
from reference_app.status.models import ComponentState, DayUptime, Heartbeat, State
from reference_app.web.moments import day_span, local

__all__ = ["EVERY", "beat", "beat_on", "sample"]

_log = logging.getLogger(__name__)
EVERY = timedelta(minutes=1)
_GAP = timedelta(minutes=3)  # a longer pause between samples was an outage of the worker
_KEPT = timedelta(days=90)
_WORKING = {State.GOOD, State.DEGRADED}


def beat(kind: str, name: str, now: datetime) -> None:
    """Say that a process lives."""
    Heartbeat.objects.update_or_create(kind=kind, name=name, defaults={"at": now})


def beat_on(kind: str, name: str, pause: float = 30.0) -> threading.Thread:
    """Say so again and again from a thread that ends with its process."""

    def go_on() -> None:
        while True:
            try:
                beat(kind, name, timezone.now())
            except DatabaseError:
                _log.warning("the database does not take the pulse of %s", kind)
            close_old_connections()
            pausing.wait(pause)

    pausing = threading.Event()
    thread = threading.Thread(target=go_on, name=f"pulse-{kind}", daemon=True)
    thread.start()
    return thread


def sample(now: datetime) -> bool:
    """Write down this minute, unless somebody did already; says whether it was written."""
    with transaction.atomic():
        last, ours = _claim(now)
        if not ours:
            return False
        if last is not None and now - last > _GAP:
            _note_gap(last + EVERY, now)
        going_on = signals.running(now)
        for code, measured in signals.measure(now).items():
            state = signals.judged(measured, code, going_on)
            _keep_state(code, state, now)
            if state in {State.UNKNOWN, State.MAINTENANCE}:  # announced work is no outage
                continue
            _add(code, local(now).date(), 1, int(state in _WORKING))
    return True


def _claim(now: datetime) -> tuple[datetime | None, bool]:
    row, new = Heartbeat.objects.get_or_create(kind="sampler", name="sampler", defaults={"at": now})
    if new:
        return None, True
    if now - row.at < EVERY:
        return row.at, False
    moved = Heartbeat.objects.filter(pk=row.pk, at=row.at).update(at=now)
    return row.at, bool(moved)


def _note_gap(start: datetime, end: datetime) -> None:
    """Count unmeasured minutes against what needs a worker; of the rest we know nothing."""
    start = max(start, end - _KEPT)
    known = set(
        ComponentState.objects.exclude(state=State.UNKNOWN).values_list("component", flat=True)
    )
    for day, minutes in _days(start, end):
        for code in known & {"worker", *SYNC}:
            _add(code, day, minutes, 0)


def _days(start: datetime, end: datetime) -> Iterator[tuple[date, int]]:
    """Yield each local day of [start, end) with its whole minutes in it."""
    while start < end:
        day = local(start).date()
        until = min(end, day_span(day)[1])
        yield day, int((until - start) / EVERY)
        start = until


def _keep_state(code: str, state: State, now: datetime) -> None:
    row, new = ComponentState.objects.get_or_create(
        component=code, defaults={"state": state, "since": now, "measured_at": now}
    )
    if not new:
        since = row.since if row.state == state else now
        ComponentState.objects.filter(pk=row.pk).update(state=state, since=since, measured_at=now)


def _add(code: str, day: date, measured: int, working: int) -> None:
    row, _new = DayUptime.objects.get_or_create(component=code, day=day)
    DayUptime.objects.filter(pk=row.pk).update(
        measured=F("measured") + measured, working=F("working") + working
    )
