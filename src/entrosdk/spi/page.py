"""Positions, pages and the records that could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Generic, TypeVar

from attrs import field, frozen

__all__ = ["Batch", "Page", "Stub", "Unreadable"]

T = TypeVar("T")


@frozen(kw_only=True)
class Unreadable:
    """A record the adapter could not map: kept whole, never dropped.

    `id` is the id the record is listed under; `reason` names the fields, never their values.
    """

    id: str
    reason: str
    body: bytes = field(default=b"", repr=False)


@frozen(kw_only=True)
class Stub:
    """A record as a cheap listing shows it: enough to count and compare, not to store."""

    id: str
    updated_at: datetime | None = None


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page. `next` is an opaque position the caller may store; `None` ends the listing.

    An empty page with a `next` goes on.
    `total` is the marketplace's own count of the whole listing, where it gives one.
    `drift` counts unknown fields and enum words by path.
    """

    items: tuple[T, ...]
    next: str | None = None
    unreadable: tuple[Unreadable, ...] = ()
    total: int | None = None
    drift: Mapping[str, int] = field(factory=dict)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@frozen(kw_only=True)
class Batch(Generic[T]):
    """Records fetched by id. `missing` are ids the marketplace did not answer for."""

    items: tuple[T, ...]
    missing: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    drift: Mapping[str, int] = field(factory=dict)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
