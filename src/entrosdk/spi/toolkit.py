"""Small pure tools that adapters share: signing, whole seconds, batches. Standard library only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TypeVar

from attrs import frozen

__all__ = ["Seconds", "batches", "hmac_hex", "matches", "moment"]

T = TypeVar("T")


def hmac_hex(key: str, message: str | bytes) -> str:
    """Return the HMAC-SHA256 of `message` as lower-case hex; the key is used as UTF-8 text."""
    raw = message.encode() if isinstance(message, str) else message
    return hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()


def matches(given: str, expected: str) -> bool:
    """Compare two signatures in constant time, whatever characters `given` has."""
    return hmac.compare_digest(given.encode(), expected.encode())


def moment(seconds: int) -> datetime:
    """Turn epoch seconds into an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)


@frozen
class Seconds:
    """A half-open window [start, end), as marketplaces with a one-second clock ask for it.

    `first` and `last` are the first and the last whole second in it, both inclusive.
    """

    start: datetime
    end: datetime

    @property
    def first(self) -> int:
        """The first whole second at or after the start."""
        return ceil(self.start.timestamp())

    @property
    def last(self) -> int:
        """The last whole second before the end."""
        return ceil(self.end.timestamp()) - 1

    @property
    def span(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def __bool__(self) -> bool:
        return self.first <= self.last

    def __contains__(self, seconds: int) -> bool:
        return self.first <= seconds <= self.last


def batches(ids: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """Cut `ids` into runs of at most `size`, without repeats, in their order."""
    unique = tuple(dict.fromkeys(ids))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]
