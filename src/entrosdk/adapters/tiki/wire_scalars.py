"""Scalars of Tiki's bodies: local times, and values that may be absent in several ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

from entrosdk.spi.wire import Lenient

__all__ = ["LOCAL", "Moment", "When", "when"]

LOCAL = timezone(timedelta(hours=7))
"""Vietnam's time, all year: what every time text without a zone is in (section 3.2)."""

_MILLISECONDS = 10**11
_LAST_SECOND = 4_294_967_295


def when(value: Any) -> Any:
    """Read a local time text; epochs and zoned texts were seen too (section 3.2)."""
    if value is None or value in ("", 0, "0"):
        return None
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("no time")
    return _of_epoch(value) if isinstance(value, int) else _of_text(value)


def _of_epoch(value: int) -> datetime:
    seconds = value / 1000 if value >= _MILLISECONDS else value
    if not 0 < seconds <= _LAST_SECOND:
        raise ValueError("no time")
    return datetime.fromtimestamp(seconds, UTC)


def _of_text(value: str) -> datetime | None:
    if value.startswith("0000"):  # a database's way to say "never"
        return None
    told = datetime.fromisoformat(value)
    try:
        return (told if told.tzinfo else told.replace(tzinfo=LOCAL)).astimezone(UTC)
    except OverflowError:
        raise ValueError("no time") from None


When = Annotated[datetime | None, Lenient(when)]
"""An instant in UTC; null and empty text mean "not yet"."""

Moment = Annotated[datetime, Lenient(when)]
"""An instant in UTC that must be told."""
