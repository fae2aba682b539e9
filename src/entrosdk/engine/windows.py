"""Cutting a span of time into windows a marketplace accepts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

__all__ = ["Window", "split"]

Window: TypeAlias = tuple[datetime, datetime]
"""A half-open span of time: [from, to)."""


def split(start: datetime, end: datetime, span: timedelta | None) -> Iterator[Window]:
    """Tile [start, end) with windows no longer than `span`, oldest first."""
    while start < end:
        stop = end if span is None else min(start + span, end)
        yield start, stop
        start = stop
