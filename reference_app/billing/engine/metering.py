"""Limits of a plan: connected stores are a gauge, orders a counter (domain 8.6)."""

from __future__ import annotations

__all__ = ["CONFIRMED", "is_above", "may_connect", "warning"]

CONFIRMED = frozenset({"TO_SHIP", "PACKED", "SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"})
"""Statuses in which an order counts. One that asks to be cancelled counts if it counted before."""

_MARKS = (100, 80)


def warning(counted: int, limit: int | None) -> int | None:
    """Return the highest mark that was reached, in percent: 80, 100, or `None`.

    >>> warning(79, 100), warning(80, 100), warning(100, 100)
    (None, 80, 100)
    """
    if not limit:
        return None
    return next((mark for mark in _MARKS if counted * 100 >= limit * mark), None)


def is_above(counted: int, limit: int | None) -> bool:
    """Say whether orders are beyond the limit: they still arrive, only slower."""
    return limit is not None and counted > limit


def may_connect(connected: int, limit: int | None, counted: int, orders: int | None) -> bool:
    """Say whether one more store may be connected: below its limit, and orders within theirs."""
    return (limit is None or connected < limit) and not is_above(counted, orders)
