"""Proof that nothing is missing: the marketplace's ids, page by page, against the sink's.

What is missing is fetched by id and stored before it is counted, so a listing that lost rows
while they moved is mended and not merely reported.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from attrs import define, evolve, field

from entrosdk.engine.windows import Window
from entrosdk.errors import BadReply
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.sync.desk import Desk
from entrosdk.sync.lanes import Lanes
from entrosdk.sync.progress import Completeness
from entrosdk.sync.reading import LANES, parts
from entrosdk.sync.sink import Opening
from entrosdk.sync.streams import Feed, by_ids

__all__ = ["Comparison", "Store"]

Store: TypeAlias = Callable[[Batch[Any], Window, datetime], Awaitable[object]]
"""Commits records that were fetched for a window, with the time before they were asked for."""

Listed: TypeAlias = dict[str, datetime | None]
"""Ids as the marketplace lists them, with the least update time their records must have."""

_REMEMBERED = 1000  # rows move by a page or two while a listing is read, not by ten


@define
class Comparison:
    """Compares windows of a stream, some of them side by side.

    Memory is bounded by a page of ids and a short memory of ids for each of these.
    """

    feed: Feed
    desk: Desk
    store: Store
    now: Callable[[], datetime]
    told: Callable[[Completeness, int, int], None]
    windows: list[tuple[Window, Completeness]] = field(factory=list)
    result: Completeness = field(factory=Completeness)
    _planned: int = field(default=0, init=False)
    _lanes: Lanes[Opening] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._lanes = Lanes(LANES, self._window)

    async def run(self, windows: Sequence[Window]) -> Completeness:
        """Compare `windows`, telling the result so far after each page."""
        self._planned = len(windows)
        await self._lanes.run([Opening(window=window) for window in windows])
        return self.result

    async def _window(self, opening: Opening) -> Iterable[Opening]:
        window = opening.window
        page = await self.feed.stubs(window, None)
        pieces = parts(opening, page, self.feed, self._lanes.pieces(opening))
        if len(pieces) > 1:
            self._planned += len(pieces) - 1
            return pieces
        seen, sum_, cursor = _Seen(self._least(window)), Completeness(), None
        while True:
            found = await self._compare(window, cursor, seen.fresh(page))
            sum_ += found
            self.result += found
            if page.next is None:
                self.windows.append((window, sum_))
            self.told(self.result, len(self.windows), self._planned)
            if page.next is None:
                return ()
            if page.next == cursor:
                raise BadReply("the marketplace repeated a page position")
            cursor = page.next
            page = await self.feed.stubs(window, cursor)

    def _least(self, window: Window) -> datetime | None:
        # A record listed by its update time has changed since the window began.
        return window[0] if self.feed.stream.clock == "updated" else None

    async def _compare(self, window: Window, cursor: str | None, listed: Listed) -> Completeness:
        ids = list(listed)
        found = await self._count(ids)
        lost = [name for name in ids if name not in found] + await self._stale(listed, found)
        if not lost:
            return _tally(ids, found)
        read_at = self.now()
        batch = await self._fetch(window, cursor, lost)
        await self.store(batch, window, read_at)
        found |= await self._count(lost)
        found |= self._empty(batch, lost)
        fetched = sum(name in found for name in lost)
        return evolve(_tally(ids, found), fetched=fetched)

    async def _stale(self, listed: Listed, found: dict[str, bool]) -> list[str]:
        """Name what is stored in an older version than it is listed in: its update slipped by."""
        sound = [name for name in listed if found.get(name) is False]
        dates = await self.desk.dates(self.feed.key, sound)
        moments = ((name, listed[name]) for name in sound if name in dates)
        return [name for name, moment in moments if moment is not None and dates[name] < moment]

    async def _count(self, ids: Sequence[str]) -> dict[str, bool]:
        """Map the ids we have to whether they stand in quarantine."""
        known = await self.desk.known(self.feed.key, ids)
        bad = await self.desk.quarantined(self.feed.key, ids)
        return {name: name in bad for name in known | bad}

    async def _fetch(self, window: Window, cursor: str | None, ids: Sequence[str]) -> Batch[Any]:
        if self.feed.many is not None:
            return await by_ids(self.feed.many, ids)
        page = await self.feed.page(window, cursor)
        wanted = set(ids)
        return Batch(
            items=tuple(record for record in page.items if record.id in wanted),
            unreadable=tuple(bad for bad in page.unreadable if bad.id in wanted),
        )

    def _empty(self, batch: Batch[Any], ids: Sequence[str]) -> dict[str, bool]:
        """Sources that exist and hold no movement: answered for, with nothing to store."""
        if self.feed.key.stream != "payments":
            return {}
        unread = {bad.id for bad in batch.unreadable} | set(batch.missing)
        sources = {payment.source_id for payment in batch.items}
        return {name: False for name in ids if name not in unread | sources}


@define
class _Seen:
    """The ids a listing has shown lately: rows shift while one pages, and are seen again."""

    least: datetime | None
    _recent: dict[str, None] = field(factory=dict)

    def fresh(self, page: Page[Stub]) -> Listed:
        """Take a page's ids, but for rows that were on the page before."""
        listed = {stub.id: stub.updated_at or self.least for stub in page.items}
        listed |= {bad.id: None for bad in page.unreadable}
        fresh = {name: moment for name, moment in listed.items() if name not in self._recent}
        self._recent.update(dict.fromkeys(fresh))
        for name in list(islice(self._recent, max(0, len(self._recent) - _REMEMBERED))):
            del self._recent[name]
        return fresh


def _tally(ids: Sequence[str], found: dict[str, bool]) -> Completeness:
    quarantined = sum(found.values())
    return Completeness(
        marketplace=len(ids),
        local=len(found) - quarantined,
        quarantined=quarantined,
        missing=len(ids) - len(found),
    )
