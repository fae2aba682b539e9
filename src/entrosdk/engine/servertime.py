"""The marketplace's time, as its replies tell it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define

__all__ = ["ServerTime"]

_SAME_CLOCK = timedelta(seconds=5)


@define
class ServerTime:
    """What replies told, carried on by a clock that nobody sets.

    `steady` counts seconds. It must not be this machine's time of day: that jumps when it is set,
    and a run of sync that takes a moment for the present which has not come yet leaves a hole.
    One that stands still while the machine sleeps is good enough: a time that is behind makes a
    run read less, and the next reply puts it right.
    """

    steady: Callable[[], float]
    _told: tuple[datetime, float] | None = None

    @property
    def now(self) -> datetime | None:
        """The present time there; `None` before the first reply."""
        if self._told is None:
            return None
        told, at = self._told
        return told + timedelta(seconds=self.steady() - at)

    def learn(self, told: datetime) -> None:
        """Take over the time of a reply that has just come."""
        known = self.now
        # Whole seconds are told, and the reply took its time: of readings that are close together
        # the latest moment is the truest, so the time we tell does not go back either.
        if known is None or not timedelta(0) <= known - told < _SAME_CLOCK:
            self._told = (told, self.steady())
