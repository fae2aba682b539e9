"""What all listings share: routes, windows as Tiki wants them, page numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from attrs import evolve, frozen

from entrosdk.adapters.tiki.wire_scalars import LOCAL
from entrosdk.errors import ConfigError
from entrosdk.spi.request import Request, get, post

__all__ = ["PAGE", "Window", "ask", "clock", "number", "tell", "window"]

PAGE = 50
"""Rows of a page: 100 may be allowed, 50 is on every route (section 2.1)."""

_SECOND = timedelta(seconds=1)


def ask(path: str, query: Mapping[str, Any] | None = None, **rest: Any) -> Request:
    """Build a read below `/integration/`; the version is part of `path`, it differs by route."""
    return get(f"/integration/{path}", query, **rest)


def tell(path: str, body: Any, method: str = "POST", template: str = "") -> Request:
    """Build a write below `/integration/`; all bodies are JSON, forms are refused (4.3)."""
    named = f"/integration/{template}" if template else ""
    request = post(f"/integration/{path}", body, template=named)
    return evolve(request, method=method)


@frozen
class Window:
    """A half-open window [start, end) over the clock of one column."""

    column: str
    start: datetime
    end: datetime

    def __bool__(self) -> bool:
        return self.start < self.end

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def asked(self) -> dict[str, str]:
        """The bounds to send: local time, and strictly greater and less (section 3.2).

        So the second before the first one is sent. Rows that a laxer server adds are left out
        on reading.
        """
        name = self.column.removesuffix("_at")
        return {
            f"{name}_from_date": _text(ceil(self.start.timestamp()) - 1),
            f"{name}_to_date": _text(ceil(self.end.timestamp())),
        }


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def window(start: datetime | None, end: datetime | None, names: tuple[str, str]) -> Window:
    """Check the two bounds of a listing, called `names`; raises `ConfigError` naming the fault."""
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
    column = "created_at" if names[0].startswith("created") else "updated_at"
    return Window(column, start, end)


def clock(query: Any) -> Window:
    """Choose the clock of an order query and check its bounds."""
    created = query.created_from is not None or query.created_to is not None
    updated = query.updated_from is not None or query.updated_to is not None
    if created and updated:
        raise ConfigError(
            "a listing runs over one clock", advice="Pass `updated_…` or `created_…`, not both."
        )
    if created:
        return window(query.created_from, query.created_to, ("created_from", "created_to"))
    return window(query.updated_from, query.updated_to, ("updated_from", "updated_to"))


def number(cursor: str | None) -> int:
    """Read a page number we put into a cursor; 1 without one. Raises `ConfigError`."""
    if cursor is None:
        return 1
    if not cursor.isdecimal() or int(cursor) < 1:
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the `next` of a page of the same listing.",
        )
    return int(cursor)
