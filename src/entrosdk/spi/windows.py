"""What a caller asks a listing for, checked the same way for every marketplace.

Everything here raises `ConfigError`, before any request, with the name of what is wrong.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from entrosdk.errors import ConfigError

__all__ = ["TwoClocks", "bounds", "clock", "number", "ordered"]


class TwoClocks(Protocol):
    """A query that may ask over the update time or over the creation time."""

    @property
    def updated_from(self) -> datetime | None: ...
    @property
    def updated_to(self) -> datetime | None: ...
    @property
    def created_from(self) -> datetime | None: ...
    @property
    def created_to(self) -> datetime | None: ...


Bounds = tuple[datetime | None, datetime | None]


def clock(query: TwoClocks) -> tuple[str, Bounds, tuple[str, str]]:
    """Choose the clock of a query: "updated" or "created", its two bounds, and their names."""
    created, updated = (
        (query.created_from, query.created_to),
        (query.updated_from, query.updated_to),
    )
    asked = any(bound is not None for bound in created)
    if asked and any(bound is not None for bound in updated):
        raise ConfigError(
            "a listing runs over one clock", advice="Pass `updated_…` or `created_…`, not both."
        )
    if asked:
        return "created", created, ("created_from", "created_to")
    return "updated", updated, ("updated_from", "updated_to")


def ordered(given: Bounds, names: tuple[str, str]) -> None:
    """Refuse bounds without time zone, and an end before the start; either may be absent."""
    for bound, name in zip(given, names, strict=True):
        if bound is not None and bound.tzinfo is None:
            raise ConfigError(
                f"`{name}` has no time zone",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
    start, end = given
    if start is not None and end is not None and end < start:
        raise ConfigError(f"`{names[1]}` is before `{names[0]}`")


def bounds(given: Bounds, names: tuple[str, str]) -> tuple[datetime, datetime]:
    """Return both bounds of a listing that wants both, called `names`."""
    start, end = given
    if start is None or end is None:
        name = names[0] if start is None else names[1]
        raise ConfigError(f"this listing needs `{name}`", advice=f"Pass `{name}`.")
    ordered(given, names)
    return start, end


def number(cursor: str | None, first: int, prefix: str = "") -> int:
    """Read a number that an adapter put into a cursor after `prefix`; `first` without one.

    A smaller number than `first` was never put there.
    """
    if cursor is None:
        return first
    text = cursor.removeprefix(prefix)
    if not (text.isascii() and text.isdecimal() and int(text) >= first):
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the `next` of a page of the same listing.",
        )
    return int(text)
