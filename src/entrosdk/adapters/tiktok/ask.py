"""What all listings share: windows as TikTok Shop wants them, and batches one bad id spoils."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil
from typing import TypeVar

from entrosdk.errors import NotFound, Rejected
from entrosdk.spi import windows
from entrosdk.spi.effects import Flow
from entrosdk.spi.windows import TwoClocks, ordered
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
    ordered((start, end), names)
    bounds = {f"{field}_ge": start, f"{field}_lt": end}
    return {name: ceil(at.timestamp()) for name, at in bounds.items() if at is not None}


def clock(query: TwoClocks) -> tuple[str, dict[str, int]]:
    """Choose the clock of an order or return query: "update_time" or "create_time"."""
    word, (start, end), names = windows.clock(query)
    field = f"{word.removesuffix('d')}_time"
    return field, window(start, end, names, field)


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
