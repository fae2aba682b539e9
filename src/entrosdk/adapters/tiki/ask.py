"""What all listings share: routes, windows as Tiki wants them, page numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from attrs import evolve, frozen

from entrosdk.adapters.tiki.wire_scalars import LOCAL
from entrosdk.spi import windows
from entrosdk.spi.request import Request, get, post
from entrosdk.spi.windows import TwoClocks

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
    start, end = windows.bounds((start, end), names)
    column = "created_at" if names[0].startswith("created") else "updated_at"
    return Window(column, start, end)


def clock(query: TwoClocks) -> Window:
    """Choose the clock of an order query and check its bounds."""
    _, (start, end), names = windows.clock(query)
    return window(start, end, names)


def number(cursor: str | None) -> int:
    """Read a page number we put into a cursor; 1 without one. Raises `ConfigError`."""
    return windows.number(cursor, 1)
