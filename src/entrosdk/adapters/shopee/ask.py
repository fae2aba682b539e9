"""What all listings share: windows as Shopee wants them, cursors, and ids asked for again alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from entrosdk.adapters.shopee.manifest import SPAN
from entrosdk.errors import ConfigError
from entrosdk.spi.request import Request, get, post
from entrosdk.spi.toolkit import Seconds

__all__ = ["ask", "bounds", "clock", "number", "tell", "window"]


def ask(path: str, query: Mapping[str, Any] | None = None) -> Request:
    """Build a signed read below `/api/v2/`; lists travel comma-joined (section 1.6)."""
    return get(f"/api/v2/{path}", query)


def tell(path: str, body: Mapping[str, Any]) -> Request:
    """Build a signed POST below `/api/v2/`; ids in its body are numbers (section 2.3)."""
    return post(f"/api/v2/{path}", body)


def window(
    start: datetime | None,
    end: datetime | None,
    names: tuple[str, str],
    span: timedelta = SPAN,
) -> Seconds:
    """Check the two bounds of a listing, called `names`; raises `ConfigError` naming what is wrong.

    Shopee refuses windows of 15 days and more; splitting longer ones is the caller's affair.
    """
    for moment, name in zip((start, end), names, strict=True):
        if moment is None:
            raise ConfigError(f"this listing needs `{name}`", advice=f"Pass `{name}`.")
        if moment.tzinfo is None:
            raise ConfigError(
                f"`{name}` has no time zone",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
    assert start is not None and end is not None  # noqa: PT018, S101 - for the type checker
    if end < start:
        raise ConfigError(f"`{names[1]}` is before `{names[0]}`")
    if end - start > span:
        raise ConfigError(
            f"the window from `{names[0]}` to `{names[1]}` is too long for Shopee",
            advice="Ask for less than 15 days, or use `list`, which splits windows by itself.",
        )
    return Seconds(start, end)


def clock(query: Any) -> tuple[str, Seconds]:
    """Choose the clock of an order or return query: "update_time" or "create_time"."""
    created = query.created_from is not None or query.created_to is not None
    updated = query.updated_from is not None or query.updated_to is not None
    if created and updated:
        raise ConfigError(
            "a listing runs over one clock", advice="Pass `updated_…` or `created_…`, not both."
        )
    if created:
        names = ("created_from", "created_to")
        return "create_time", window(query.created_from, query.created_to, names)
    names = ("updated_from", "updated_to")
    return "update_time", window(query.updated_from, query.updated_to, names)


def bounds(asked: Seconds) -> tuple[int, int]:
    """Return the inclusive bounds to send for a half-open window.

    Ours ends before `end`, Shopee's includes its end: the last whole second before `end` is sent.
    The two must differ (section 3.2), so a window of one second is asked with the second before
    it, and rows of that second are left out on reading.
    """
    return (asked.first if asked.last > asked.first else asked.first - 1), asked.last


def number(cursor: str | None, first: int, prefix: str = "") -> int:
    """Read a page number we put into a cursor; `first` without one. Raises `ConfigError`."""
    if cursor is None:
        return first
    text = cursor.removeprefix(prefix)
    if not text.isdecimal():
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the `next` of a page of the same listing.",
        )
    return int(text)
