"""The seam between the app and whatever runs its jobs.

Asking is a change of the store's row, in the asker's own transaction: connecting a store and its
first sync happen together or not at all, and the web process needs no job engine.
The worker hands stores that are due to a `Jobs` engine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from attrs import frozen
from django.db.models import Max
from django.utils import timezone

from reference_app.records.models import Quarantined
from reference_app.stores.models import Delivery, Store

__all__ = [
    "HINTS",
    "Chores",
    "Errands",
    "Job",
    "Jobs",
    "Work",
    "ask",
    "ask_retry",
    "hand_over",
    "hand_over_hints",
    "postpone",
    "take",
]

HINTS = "hints"
"""The trigger of a job that fetches what pushes named, and nothing else."""


@frozen
class Job:
    """One run of one store. Equal ids are one job, however often they are handed over."""

    id: str
    store_id: int
    trigger: str


Work: TypeAlias = Callable[[Job], None]
Errands: TypeAlias = Callable[[int], None]
Chores: TypeAlias = Callable[[str, int], None]


class Jobs(Protocol):
    """Runs jobs to their end, whatever happens to a process; one at a time for each store."""

    def start(self, work: Work, errands: Errands, chores: Chores) -> None:
        """Begin to take jobs, first those that a dead process left behind."""
        ...

    def enqueue(self, job: Job) -> None:
        """Take a job; a repeat of its id does nothing."""
        ...

    def enqueue_errand(self, errand: int) -> None:
        """Take a piece of work that is no sync; a repeat does nothing."""
        ...

    def enqueue_chore(self, kind: str, pk: int) -> None:
        """Take long work that nobody waits for, such as an export; `kind` says which table's."""
        ...

    def status(self, job_id: str) -> str | None:
        """Return "waiting", "running", "done", "failed" or "cancelled"; `None` if not known."""
        ...

    def cancel(self, job_id: str) -> None:
        """Do not start a job that waits."""
        ...

    def tidy(self) -> None:
        """Forget jobs that ended long ago."""
        ...

    def stop(self) -> None:
        """Take no more jobs."""
        ...


def ask(store: Store, trigger: str) -> None:
    """Ask for a run of `store` as soon as may be."""
    Store.objects.filter(pk=store.pk, state=Store.State.ACTIVE).update(
        next_run_at=timezone.now(), next_trigger=trigger
    )


def ask_retry(held: Quarantined) -> datetime:
    """Ask for another try with a record that could not be read; returns when."""
    now = timezone.now()
    Quarantined.objects.filter(pk=held.pk).update(retry_asked_at=now)
    ask(held.store, "retry")
    return now


# A job is handed over once; should it vanish, the store falls due again after this.
_LOST_AFTER = timedelta(minutes=15)


def hand_over(jobs: Jobs) -> int:
    """Give every store that is due to the engine; returns how many.

    Any number of workers may do this at once: who moves `next_run_at` first has the store.
    """
    now = timezone.now()
    due = Store.objects.filter(state=Store.State.ACTIVE, next_run_at__lte=now)
    due = due.exclude(merchant__billing__may_sync=False)  # waits, and goes on where it stopped
    handed = 0
    for store in due.order_by("next_run_at")[:100]:
        won = Store.objects.filter(pk=store.pk, next_run_at=store.next_run_at).update(
            next_run_at=now + _LOST_AFTER, next_trigger="schedule"
        )
        if won:
            stamp = int(store.next_run_at.timestamp() * 1000)
            jobs.enqueue(Job(f"sync-{store.pk}-{stamp}", store.pk, store.next_trigger))
            handed += 1
    return handed


def hand_over_hints(jobs: Jobs) -> int:
    """Give the engine a short job for every store with open pushes; returns how many.

    The job's id names the newest push, so it is handed over once however many workers look; what
    it could not fetch is left to the next push, or to the next whole run. A plan without real
    time leaves all of them to its schedule.
    """
    waiting = Delivery.objects.filter(handled_at=None, store__state=Store.State.ACTIVE)
    waiting = waiting.exclude(store__merchant__billing__may_sync=False)
    waiting = waiting.exclude(store__merchant__billing__sync_seconds__isnull=False)
    newest = waiting.values("store_id").annotate(newest=Max("id"))
    for row in newest:
        store_id = row["store_id"]
        jobs.enqueue(Job(f"hints-{store_id}-{row['newest']}", store_id, HINTS))
    return len(newest)


def take(store: Store) -> None:
    """Note that a run begins: only what is asked for from now on asks for another one."""
    now = timezone.now()
    Store.objects.filter(pk=store.pk, next_run_at__lte=now).update(
        next_run_at=now + _LOST_AFTER, next_trigger="schedule"
    )


def postpone(store: Store, by: timedelta) -> None:
    """Plan the next scheduled run, unless somebody asked for an earlier one meanwhile."""
    now = timezone.now()
    Store.objects.filter(pk=store.pk).exclude(next_run_at__lte=now).update(
        next_run_at=now + by, next_trigger="schedule"
    )
