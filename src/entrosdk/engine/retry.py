"""Retry policy as data. tenacity's strategies say when and whether; the loop is the engine's."""

from __future__ import annotations

from typing import Any

import tenacity
from attrs import field, frozen

__all__ = ["Policy"]


@frozen
class _Attempt:
    """The part of tenacity's call state that stop and wait strategies read."""

    attempt_number: int
    seconds_since_start: float
    upcoming_sleep: float = 0.0
    outcome: None = None


@frozen(kw_only=True)
class Policy:
    """When to give up and how long to wait; any tenacity `stop` and `wait` strategy fits.

    Waits are in seconds.
    A marketplace that asks for more than `longest_wait` is not obeyed but reported: the wait is
    in the error's `retry_after`.
    """

    stop: Any = field(factory=lambda: tenacity.stop_after_attempt(6))
    wait: Any = field(factory=lambda: tenacity.wait_exponential(multiplier=0.5, max=30))
    longest_wait: float = 120.0

    def gives_up(self, attempt: int, elapsed: float) -> bool:
        """Say whether attempt number `attempt` was the last one."""
        return bool(self.stop(_Attempt(attempt, elapsed)))

    def pause(self, attempt: int, elapsed: float) -> float:
        """Return the seconds to wait after attempt number `attempt`, before jitter."""
        return float(self.wait(_Attempt(attempt, elapsed)))
