"""Lazada's ways to write a moment (fact book section 3.9), read into aware UTC instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timezone

from entrosdk.spi.wire import Misfit

__all__ = ["day", "epoch", "maybe", "when"]

_LAST = 4_294_967_295
_MILLISECONDS = 10**11
_OFFSET = re.compile(r"\s+([+-]\d{2}:?\d{2})$")
_DAY = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def epoch(value: int) -> datetime | None:
    """Read an epoch, in seconds or milliseconds by its size; 0 is no instant."""
    seconds = value / 1000 if value >= _MILLISECONDS else value
    if not 0 <= seconds <= _LAST:
        raise ValueError("an epoch beyond 2106")
    return datetime.fromtimestamp(seconds, UTC) if value else None


def maybe(text: str, zone: timezone, place: str) -> datetime | None:
    """Read a moment that may not be told; raises `Misfit` naming `place` for what is none."""
    text = text.strip()
    if text in {"", "0", "null"}:
        return None
    try:
        if text.isdecimal():
            return epoch(int(text))
        # The offset in the value counts; without one it is the shop's local time (quirk 8).
        told = datetime.fromisoformat(_OFFSET.sub(r"\1", text))
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misfit(f"{place}: no moment") from None


def when(text: str, zone: timezone, place: str) -> datetime:
    """Read a moment that must be told."""
    told = maybe(text, zone, place)
    if told is None:
        raise Misfit(f"{place}: missing")
    return told


def day(text: str, zone: timezone, place: str) -> datetime:
    """Read a date such as `27 Feb 2026` as the local midnight it begins with."""
    found = _DAY.fullmatch(text.strip())
    if found is None or found.group(2).lower() not in _MONTHS:
        return when(text, zone, place)
    month = _MONTHS.index(found.group(2).lower()) + 1
    try:
        told = datetime(int(found.group(3)), month, int(found.group(1)), tzinfo=zone)
        return told.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misfit(f"{place}: no date") from None
