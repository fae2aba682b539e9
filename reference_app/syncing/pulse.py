"""Writes a run's progress to the database, in a thread of its own.

Progress arrives on the event loop, which must not wait for a database.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from django.db import connections
from django.utils import timezone

from entrosdk.sync.progress import Phase, Progress
from reference_app.syncing.models import RunState, StreamRun, SyncRun

__all__ = ["Pulse"]

_STATES = {
    Phase.READING: RunState.RUNNING,
    Phase.CHECKING: RunState.RUNNING,
    Phase.DONE: RunState.DONE,
    Phase.FAILED: RunState.FAILED,
}


class Pulse:
    """Takes progress at any rate and writes the newest of each stream every `every` seconds."""

    def __init__(self, run: SyncRun, every: float = 0.5) -> None:
        self._run = run
        self._every = every
        self._newest: dict[str, Progress] = {}
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{run.pk}", daemon=True)

    def __call__(self, progress: Progress) -> None:
        with self._guard:
            self._newest[progress.key.stream] = progress

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self.write()

    def _beat(self) -> None:
        try:
            while not self._over.wait(self._every):
                self.write()
        finally:
            connections.close_all()  # this thread's own

    def write(self) -> None:
        """Write what came since the last time, and that the run lives."""
        with self._guard:
            newest, self._newest = self._newest, {}
        for progress in newest.values():
            self._note(progress)
        SyncRun.objects.filter(pk=self._run.pk).update(heartbeat_at=timezone.now())

    def _note(self, progress: Progress) -> None:
        values = {
            "state": _STATES[progress.phase],
            "checking": progress.phase is Phase.CHECKING,
            "window": progress.window,
            "windows": progress.windows,
        }
        if progress.phase is Phase.READING:
            values |= {"done": progress.records, "total": progress.total}
        StreamRun.objects.filter(run=self._run, stream=progress.key.stream).update(**values)
