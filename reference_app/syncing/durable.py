"""`Jobs` on DBOS: a SQLite file by default, PostgreSQL by address, the same code.

A worker that is killed leaves its workflow pending; the next start of the same executor runs it
again, and the sync engine goes on from its own checkpoints.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from django.conf import settings
from django.db import close_old_connections, connection

from reference_app.syncing.jobs import Chores, Errands, Job, Work

__all__ = ["DurableJobs", "jobs_url"]

_QUEUE = "sync"
_ERRANDS = "errands"
_CHORES = "chores"
_VERSION = "sync-1"  # raised only when pending jobs could not be run by newer code
_KEEP_SECONDS = 24 * 3600
_STATES = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
}


def jobs_url() -> str:
    """Return the engine's database: beside the app's file, or within its PostgreSQL."""
    if settings.JOBS_URL:
        return str(settings.JOBS_URL)
    if connection.vendor == "sqlite":
        file = Path(str(settings.DATABASES["default"]["NAME"]))
        return f"sqlite:///{file.with_suffix('.jobs.sqlite3')}"
    return os.environ["ENTRO_DATABASE_URL"]


class DurableJobs:
    """One worker process. `executor` must stay the same over restarts of the same worker."""

    def __init__(self, url: str, executor: str = "worker-1", at_once: int = 4) -> None:
        config: DBOSConfig = {
            "name": "entro",
            "system_database_url": url,
            "application_version": _VERSION,
            "executor_id": executor,
            "run_admin_server": False,
            "log_level": "WARNING",
        }
        DBOS(config=config)
        self._at_once = at_once
        self._workflow: Callable[[str, int, str], None] | None = None
        self._errand: Callable[[int], None] | None = None
        self._chore: Callable[[str, int], None] | None = None

    def start(self, work: Work, errands: Errands, chores: Chores) -> None:
        """Begin to take jobs, first those that a dead process left behind."""

        @DBOS.step(name="sync_store_step")
        def once(job_id: str, store_id: int, trigger: str) -> None:
            close_old_connections()
            try:
                work(Job(job_id, store_id, trigger))
            finally:
                close_old_connections()

        @DBOS.workflow(name="sync_store")
        def sync_store(job_id: str, store_id: int, trigger: str) -> None:
            once(job_id, store_id, trigger)

        @DBOS.step(name="errand_step")
        def errand_once(errand: int) -> None:
            close_old_connections()
            try:
                errands(errand)
            finally:
                close_old_connections()

        @DBOS.workflow(name="errand")
        def run_errand(errand: int) -> None:
            errand_once(errand)

        @DBOS.step(name="chore_step")
        def chore_once(kind: str, pk: int) -> None:
            close_old_connections()
            try:
                chores(kind, pk)
            finally:
                close_old_connections()

        @DBOS.workflow(name="chore")
        def run_chore(kind: str, pk: int) -> None:
            chore_once(kind, pk)

        self._workflow, self._errand, self._chore = sync_store, run_errand, run_chore
        DBOS.launch()
        # One at a time, so that no number of files keeps the syncs from writing.
        DBOS.register_queue(_ERRANDS, worker_concurrency=1, polling_interval_sec=0.5)
        DBOS.register_queue(_CHORES, worker_concurrency=1, polling_interval_sec=0.5)
        DBOS.register_queue(
            _QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._at_once,
            polling_interval_sec=0.5,
        )

    def enqueue(self, job: Job) -> None:
        """Take a job; a repeat of its id does nothing."""
        if self._workflow is None:
            raise RuntimeError("jobs are taken after start()")
        partition = SetEnqueueOptions(queue_partition_key=f"store-{job.store_id}")
        with SetWorkflowID(job.id), partition:
            DBOS.enqueue_workflow(_QUEUE, self._workflow, job.id, job.store_id, job.trigger)

    def enqueue_errand(self, errand: int) -> None:
        """Take a piece of work that is no sync; a repeat does nothing."""
        if self._errand is None:
            raise RuntimeError("jobs are taken after start()")
        with SetWorkflowID(f"errand-{errand}-{int(time.time() * 1000)}"):
            DBOS.enqueue_workflow(_ERRANDS, self._errand, errand)

    def enqueue_chore(self, kind: str, pk: int) -> None:
        """Take long work that nobody waits for, such as an export."""
        if self._chore is None:
            raise RuntimeError("jobs are taken after start()")
        with SetWorkflowID(f"{kind}-{pk}-{int(time.time() * 1000)}"):
            DBOS.enqueue_workflow(_CHORES, self._chore, kind, pk)

    def status(self, job_id: str) -> str | None:
        """Return where a job stands."""
        found = DBOS.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        return _STATES.get(found[0].status, "waiting") if found else None

    def cancel(self, job_id: str) -> None:
        """Do not start a job that waits."""
        DBOS.cancel_workflow(job_id)

    def tidy(self) -> None:
        """Forget jobs that ended more than a day ago."""
        horizon = (time.time() - _KEEP_SECONDS) * 1000
        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"], limit=500, load_input=False, load_output=False
        )
        old = [row.workflow_id for row in ended if (row.updated_at or 0) < horizon]
        if old:
            DBOS.delete_workflows(old)

    def stop(self) -> None:
        """Take no more jobs."""
        DBOS.destroy(workflow_completion_timeout_sec=5)
