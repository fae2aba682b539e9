"""What a run tells while it works, and what it reports at its end."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from entrosdk.engine.windows import Window
from entrosdk.errors import EntroError
from entrosdk.sync.sink import StreamKey, Written

__all__ = ["Completeness", "OnProgress", "Phase", "Progress", "Report", "StreamReport"]


class Phase(StrEnum):
    """What a stream is doing."""

    READING = "reading"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"


@frozen(kw_only=True)
class Progress:
    """Where a stream stands: sent after each page.

    `pages` and `records` count what this run stored (or, while checking, the ids it compared);
    `total` is the marketplace's own count of the listing, where it gives one.
    `window` of `windows` is being read.
    """

    key: StreamKey
    phase: Phase
    pages: int = 0
    records: int = 0
    total: int | None = None
    window: int = 0
    windows: int = 0


OnProgress: TypeAlias = Callable[[Progress], None]
"""Receives progress on the event loop; must not block."""


@frozen
class Completeness:
    """Both sides of a comparison, in records the marketplace lists.

    `marketplace` = `local` + `quarantined` + `missing`; `fetched` are those the run had missed
    and then got by id.
    """

    marketplace: int = 0
    local: int = 0
    quarantined: int = 0
    missing: int = 0
    fetched: int = 0

    def __add__(self, other: Completeness) -> Completeness:
        return Completeness(
            self.marketplace + other.marketplace,
            self.local + other.local,
            self.quarantined + other.quarantined,
            self.missing + other.missing,
            self.fetched + other.fetched,
        )


@frozen(kw_only=True)
class StreamReport:
    """What became of one stream.

    `span` is what is now stored; `completeness` compares it with the marketplace, `windows` does
    so window by window; `unsupported` says that the marketplace has no such stream.
    """

    stream: str
    span: Window | None = None
    pages: int = 0
    written: Written = field(factory=Written)
    completeness: Completeness | None = None
    windows: tuple[tuple[Window, Completeness], ...] = ()
    error: EntroError | None = None
    unsupported: bool = False

    @property
    def ok(self) -> bool:
        """Did it reach its end with nothing missing?"""
        missing = self.completeness.missing if self.completeness else 0
        return self.error is None and missing == 0


@frozen(kw_only=True)
class Report:
    """What a run of one shop did."""

    marketplace: str
    shop_id: str
    streams: tuple[StreamReport, ...]

    @property
    def ok(self) -> bool:
        """Did every stream reach its end with nothing missing?"""
        return all(stream.ok for stream in self.streams)
