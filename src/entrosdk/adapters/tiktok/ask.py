"""What all listings share: windows as TikTok Shop wants them, and batches one bad id spoils."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil
from typing import Any, TypeVar

from entrosdk.errors import ConfigError, NotFound, Rejected
from entrosdk.spi.effects import Flow
from entrosdk.spi.wire import Mapped

__all__ = ["clock", "empty", "halving", "window"]

T = TypeVar("T")


def window(
    start: datetime | None, end: datetime | None, names: tuple[str, str], field: str
) -> dict[str, int]:
    """Return the half-open bounds of a listing as `<field>_ge` and `<field>_lt`, in whole seconds.

    Either bound may be absent: TikTok Shop reads from the beginning, up to now.
    Raises `ConfigError` naming what is wrong.
    """
    for moment, name in zip((start, end), names, strict=True):
        if moment is not None and moment.tzinfo is None:
            raise ConfigError(
                f"`{name}` has no time zone",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
    if start is not None and end is not None and end < start:
        raise ConfigError(f"`{names[1]}` is before `{names[0]}`")
    bounds = {f"{field}_ge": start, f"{field}_lt": end}
    return {name: ceil(at.timestamp()) for name, at in bounds.items() if at is not None}


def clock(query: Any) -> tuple[str, dict[str, int]]:
    """Choose the clock of an order or return query: "update_time" or "create_time"."""
    created = query.created_from is not None or query.created_to is not None
    updated = query.updated_from is not None or query.updated_to is not None
    if created and updated:
        raise ConfigError(
            "a listing runs over one clock", advice="Pass `updated_…` or `created_…`, not both."
        )
    if created:
        names = ("created_from", "created_to")
        return "create_time", window(query.created_from, query.created_to, names, "create_time")
    names = ("updated_from", "updated_to")
    return "update_time", window(query.updated_from, query.updated_to, names, "update_time")


def empty(bounds: dict[str, int], field: str) -> bool:
    """Say whether no whole second lies in a window."""
    start, end = bounds.get(f"{field}_ge"), bounds.get(f"{field}_lt")
    return start is not None and end is not None and end <= start


def halving(
    fetch: Callable[[Sequence[str]], Flow[Mapped[T]]], ids: Sequence[str]
) -> Flow[Mapped[T]]:
    """Fetch records by id where one bad id spoils its batch: halve until only that one is left.

    Whether an unknown id is left out or refused is not established (sections 3.2 and 12).
    """
    try:
        return (yield from fetch(ids))
    except NotFound:
        if len(ids) <= 1:
            return Mapped()
    except Rejected:
        if len(ids) <= 1:
            raise
    middle = len(ids) // 2
    first = yield from halving(fetch, ids[:middle])
    return first + (yield from halving(fetch, ids[middle:]))
