"""What a worker does now and then beside its jobs: pulse, samples, reminders, mails."""

from __future__ import annotations

import time

from django.utils import timezone

from reference_app.status.sampling import beat, sample
from reference_app.support.keeping import remind
from reference_app.support.mails import deliver

__all__ = ["Rounds"]

_PAUSES = {"beat": 15.0, "sample": 20.0, "remind": 60.0, "deliver": 2.0}  # seconds


class Rounds:
    """Does each of them when its time has come; `look` is cheap in between."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._done = dict.fromkeys(_PAUSES, float("-inf"))

    def look(self) -> None:
        """Do what is due; raises `DatabaseError` when the database is away."""
        if self._is_due("beat"):
            beat("worker", self._name, timezone.now())
        if self._is_due("sample"):
            sample(timezone.now())
        if self._is_due("remind"):
            remind(timezone.now())
        if self._is_due("deliver"):
            deliver(timezone.now())

    def _is_due(self, what: str) -> bool:
        now = time.monotonic()
        if now - self._done[what] < _PAUSES[what]:
            return False
        self._done[what] = now
        return True
