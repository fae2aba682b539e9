"""The machine's clock, chance and ids; pass others in tests."""

from __future__ import annotations

import random
from datetime import UTC, datetime

__all__ = ["jitter", "now"]


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def jitter() -> float:
    """Return a number in [0, 1) that spreads retries."""
    return random.random()  # noqa: S311 - not for secrets
