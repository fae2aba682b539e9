"""What all listings share: windows as Shopee wants them, cursors, and ids asked for again alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from entrosdk.adapters.shopee.manifest import SPAN
from entrosdk.errors import ConfigError
from entrosdk.spi import windows
from entrosdk.spi.request import Request, get, post
from entrosdk.spi.toolkit import Seconds
from entrosdk.spi.windows import TwoClocks, number

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
    start, end = windows.bounds((start, end), names)
    if end - start > span:
        raise ConfigError(
            f"the window from `{names[0]}` to `{names[1]}` is too long for Shopee",
            advice="Ask for less than 15 days, or use `list`, which splits windows by itself.",
        )
    return Seconds(start, end)


def clock(query: TwoClocks) -> tuple[str, Seconds]:
    """Choose the clock of an order or return query: "update_time" or "create_time"."""
    word, (start, end), names = windows.clock(query)
    return f"{word.removesuffix('d')}_time", window(start, end, names)


def bounds(asked: Seconds) -> tuple[int, int]:
    """Return the inclusive bounds to send for a half-open window.

    Ours ends before `end`, Shopee's includes its end: the last whole second before `end` is sent.
    The two must differ (section 3.2), so a window of one second is asked with the second before
    it, and rows of that second are left out on reading.
    """
    return (asked.first if asked.last > asked.first else asked.first - 1), asked.last
