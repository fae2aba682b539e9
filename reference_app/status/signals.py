"""The state of each component, from what its processes and jobs left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q

from reference_app.api.models import OutgoingDelivery
from reference_app.status.components import SYNC, codes
from reference_app.status.models import ComponentState, Heartbeat, Incident, State
from reference_app.syncing.models import RunState, SyncRun

__all__ = ["SILENCE", "alive", "current", "judged", "measure", "running"]

SILENCE = timedelta(minutes=2)
"""A process that said nothing for so long is taken for dead."""
_LOOKED_AT = timedelta(hours=1)  # runs of a marketplace that count for its state
_LATE = timedelta(minutes=15)  # a webhook that waits for longer is late
_STALE = timedelta(minutes=5)  # a measurement older than this says nothing any more

# A run that ends so tells of one merchant's credentials or shop, not of the service.
_OWN = {
    "Revoked", "Expired", "BadSignature", "Forbidden", "Unauthorised", "ConfigError", "NotFound",
    "Rejected", "Invalid", "Conflict", "Unsupported",
}  # fmt: skip
_GRAVITY = [State.UNKNOWN, State.GOOD, State.MAINTENANCE, State.DEGRADED, State.DOWN]


def alive(kind: str, now: datetime) -> bool | None:
    """Say whether a process of a kind lives; `None` when none was ever seen."""
    last = Heartbeat.objects.filter(kind=kind).order_by("-at").values_list("at", flat=True).first()
    return None if last is None else now - last <= SILENCE


def measure(now: datetime) -> dict[str, State]:
    """Return what the signals say of each component; for the sampler."""
    web, worker = _pulse("web", now), _pulse("worker", now)
    api = web
    if web is State.GOOD and _webhooks_wait(now):
        api = State.DEGRADED
    states = {"web": web, "worker": worker, "api": api, "payments": _worst([web, worker])}
    states |= _syncs(now)
    return {code: states[code] for code in codes()}


def current(now: datetime) -> dict[str, tuple[State, datetime | None]]:
    """Return state and since when, for a page that is being served.

    That it is served shows that web and database work; the worker is asked for its pulse; the
    rest is what the sampler measured, unless that is too old.
    """
    kept = {row.component: row for row in ComponentState.objects.all()}
    worker = _pulse("worker", now)
    found: dict[str, tuple[State, datetime | None]] = {}
    for code in codes():
        row = kept.get(code)
        fresh = row is not None and now - row.measured_at <= _STALE
        state = State(row.state) if row and fresh else State.UNKNOWN
        if code == "web" or (code in {"api", "payments"} and state is State.UNKNOWN):
            state = State.GOOD
        elif code == "worker" or (code in SYNC and worker is State.DOWN):
            state = worker
        found[code] = (state, row.since if row and row.state == state else None)
    return found


def judged(state: State, code: str, incidents: Iterable[Incident]) -> State:
    """Return a state as staff's word makes it: the worse of signal and running incidents."""
    said = [
        State.MAINTENANCE if one.kind == Incident.Kind.MAINTENANCE else State(one.impact)
        for one in incidents
        if code in one.components
    ]
    return _worst([state, *said])


def running(now: datetime) -> list[Incident]:
    """Return incidents and maintenance that go on at an instant."""
    open_ones = Q(ends_at=None) | Q(ends_at__gt=now)
    return list(Incident.objects.filter(open_ones, starts_at__lte=now).order_by("-starts_at"))


def _worst(states: Iterable[State]) -> State:
    return max(states, key=_GRAVITY.index)


def _pulse(kind: str, now: datetime) -> State:
    lives = alive(kind, now)
    return State.UNKNOWN if lives is None else State.GOOD if lives else State.DOWN


def _webhooks_wait(now: datetime) -> bool:
    waiting = OutgoingDelivery.objects.filter(state="waiting", webhook__active=True, attempts=0)
    return waiting.filter(next_at__lt=now - _LATE).exists()


def _syncs(now: datetime) -> dict[str, State]:
    ended = SyncRun.objects.filter(finished_at__gt=now - _LOOKED_AT, finished_at__lte=now)
    rows = ended.values_list("store__marketplace", "state", "trouble").annotate(n=Count("id"))
    good: dict[str, int] = defaultdict(int)
    bad: dict[str, int] = defaultdict(int)
    for marketplace, state, trouble, number in rows:
        if state == RunState.DONE:
            good[marketplace] += number
        elif state == RunState.FAILED and trouble not in _OWN:
            bad[marketplace] += number
    return {code: _share(good[place], bad[place]) for code, place in SYNC.items()}


def _share(good: int, bad: int) -> State:
    """Judge by the share of runs that ended well: nine in ten, half, or less."""
    runs = good + bad
    if not runs:
        return State.UNKNOWN
    if good * 10 >= runs * 9:
        return State.GOOD
    return State.DEGRADED if good * 2 >= runs else State.DOWN
