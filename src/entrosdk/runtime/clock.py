"""The machine's clock, chance and ids; pass others in tests."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["jitter", "now", "steady_beside"]


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def steady_beside(clock: Callable[[], datetime]) -> Callable[[], float] | None:
    """Return what counts seconds while `clock` may be set; a clock of somebody's own does both."""
    return time.monotonic if clock is now else None


def jitter() -> float:
    """Return a number in [0, 1) that spreads retries."""
    return random.random()  # noqa: S311 - not for secrets
