"""What all calls share: parameters as Lazada wants them, windows, cursors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import evolve

from entrosdk.adapters.lazada.manifest import ZONES
from entrosdk.adapters.lazada.sign import ROOT
from entrosdk.errors import ConfigError
from entrosdk.spi import windows
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import Request, get
from entrosdk.spi.toolkit import Seconds, moment
from entrosdk.spi.windows import TwoClocks, bounds, number

__all__ = ["array", "ask", "clock", "number", "tell", "text", "window", "zone"]


def ask(path: str, query: Mapping[str, Any] | None = None, **rest: Any) -> Request:
    """Build a call by GET; `None` values are left out."""
    return get(f"{ROOT}{path}", query, **rest)


def tell(path: str, parameters: Mapping[str, Any], **rest: Any) -> Request:
    """Build a call by POST, whose parameters become a form when it is signed."""
    return evolve(ask(path, parameters, **rest), method="POST")


def array(values: Iterable[str]) -> str:
    """Write a list as Lazada reads it: JSON text in one parameter (quirk 15).

    Ids go as numbers, words in quotes.
    """
    return json.dumps(
        [int(one) if one.isdecimal() else one for one in values], separators=(",", ":")
    )


def zone(access: Access) -> timezone:
    """Return the shop's local time."""
    return ZONES.get(access.region.code, ZONES["VN"])


def text(second: int, access: Access) -> str:
    """Write an instant as filters want it: ISO 8601 in local time with its offset (3.9)."""
    return moment(second).astimezone(zone(access)).isoformat()


def window(
    start: datetime | None,
    end: datetime | None,
    names: tuple[str, str],
    span: timedelta | None = None,
) -> Seconds:
    """Check the two bounds of a listing, called `names`; raises `ConfigError` naming what is wrong.

    `span` is the longest window there may be, where there is one.
    """
    start, end = bounds((start, end), names)
    if span is not None and end - start > span:
        raise ConfigError(
            f"the window from `{names[0]}` to `{names[1]}` is too long for Lazada",
            advice=f"Ask for {span.days} days at most, or use `list`, which splits windows.",
        )
    return Seconds(start, end)


def clock(query: TwoClocks) -> tuple[str, Seconds]:
    """Choose the clock of an order or return query: "updated" or "created"."""
    word, (start, end), names = windows.clock(query)
    return word, window(start, end, names)
