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
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import Request, get
from entrosdk.spi.toolkit import Seconds, moment

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
    for bound, name in zip((start, end), names, strict=True):
        if bound is None:
            raise ConfigError(f"this listing needs `{name}`", advice=f"Pass `{name}`.")
        if bound.tzinfo is None:
            raise ConfigError(
                f"`{name}` has no time zone",
                advice="Pass an aware datetime, such as datetime(2026, 11, 1, tzinfo=UTC).",
            )
    assert start is not None and end is not None  # noqa: PT018, S101 - for the type checker
    if end < start:
        raise ConfigError(f"`{names[1]}` is before `{names[0]}`")
    if span is not None and end - start > span:
        raise ConfigError(
            f"the window from `{names[0]}` to `{names[1]}` is too long for Lazada",
            advice=f"Ask for {span.days} days at most, or use `list`, which splits windows.",
        )
    return Seconds(start, end)


def clock(query: Any) -> tuple[str, Seconds]:
    """Choose the clock of an order or return query: "updated" or "created"."""
    created = query.created_from is not None or query.created_to is not None
    updated = query.updated_from is not None or query.updated_to is not None
    if created and updated:
        raise ConfigError(
            "a listing runs over one clock", advice="Pass `updated_…` or `created_…`, not both."
        )
    if created:
        names = ("created_from", "created_to")
        return "created", window(query.created_from, query.created_to, names)
    names = ("updated_from", "updated_to")
    return "updated", window(query.updated_from, query.updated_to, names)


def number(cursor: str | None, first: int) -> int:
    """Read a number we put into a cursor; `first` without one. Raises `ConfigError`."""
    if cursor is None:
        return first
    if not (cursor.isascii() and cursor.isdecimal()):
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the `next` of a page of the same listing.",
        )
    return int(cursor)
