"""One stream on its way into the sink: windows side by side, pages one after another in each.

    open windows ──> lanes ──> list a page ──> details, in batches ──> commit with checkpoint
                       ^          └─> the next list is asked for meanwhile
                       └── a window that turns out to be long is cut

A page is in memory until it is committed, and a window has one page (and the ids of the next).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeAlias

from attrs import define, field

from entrosdk.engine.windows import Window
from entrosdk.errors import Rejected
from entrosdk.spi.page import Batch, Page
from entrosdk.sync.desk import Desk, Line
from entrosdk.sync.lanes import Lanes, ended
from entrosdk.sync.progress import OnProgress, Phase, Progress
from entrosdk.sync.sink import Checkpoint, Commit, Opening, Written, identified
from entrosdk.sync.streams import Feed, Listing
from entrosdk.sync.windows import cut, finished, paused, replaced

__all__ = ["LANES", "Reader", "parts"]

LANES = 4
"""How many windows of a stream are read side by side: enough to keep one processor busy."""

Change: TypeAlias = Callable[[Checkpoint], Checkpoint]


@define
class Reader:
    """Reads the open windows of a stream, and stores records with the checkpoint they bring.

    `now` tells the marketplace's time. `stored` is the checkpoint that the sink has.
    """

    feed: Feed
    desk: Desk
    now: Callable[[], datetime]
    on_progress: OnProgress | None = None
    at: Checkpoint = field(factory=Checkpoint)
    stored: Checkpoint = field(factory=Checkpoint)
    written: Written = field(factory=Written)
    pages: int = 0
    records: int = 0
    _windows: int = field(default=0, init=False)
    _totals: dict[Window, int] = field(factory=dict, init=False)
    _ahead: Checkpoint = field(factory=Checkpoint, init=False)  # once all that waits is stored
    _line: Line = field(factory=Line, init=False)
    _lanes: Lanes[Opening] = field(init=False)

    def __attrs_post_init__(self) -> None:
        # A listing without a clock is read from its beginning only after its old reading ended.
        self._lanes = Lanes(1 if self.feed.stream.clock == "none" else LANES, self._window)

    async def read(self, at: Checkpoint) -> None:
        """Read every window that is open in `at`, to its end."""
        self.at = self._ahead = at
        self._windows = len(at.open)
        await self._lanes.run(at.open)

    async def store(
        self,
        found: Page[Any] | Batch[Any],
        read_at: datetime,
        *,
        history: bool = False,
        change: Change = lambda at: at,
    ) -> None:
        """Commit records, and the checkpoint as `change` makes it of the one before.

        Pages of several windows may wait for the sink together; it keeps their order.
        """
        before = self._ahead
        self._ahead = stored = change(before)
        written = await self.desk.commit(
            Commit(
                key=self.feed.key,
                records=found.items,
                unreadable=tuple(map(identified, found.unreadable)),
                checkpoint=None if stored is before else stored,
                read_at=read_at,
                history=history,
            ),
            self._line,
        )
        self.written += written
        self.at = self.stored = stored  # only now is it true

    # One window

    async def _window(self, opening: Opening) -> Iterable[Opening]:
        """Read a window to its end, or cut it when it is long."""
        window, listing = opening.window, await self._begin(opening)
        pieces = parts(opening, listing.page, self.feed, self._lanes.pieces(opening))
        if len(pieces) > 1:
            self._windows += len(pieces) - 1
            # The pieces bring the records of this page again: stored now, they would be counted
            # as new here and as changed there.
            await self.store(
                Page(items=()), listing.read_at, change=lambda at: replaced(at, window, pieces)
            )
            return pieces
        if listing.page.total is not None:
            self._totals[window] = listing.page.total
        while True:
            early = self._early(window, listing)
            try:
                page = await self.feed.complete(listing)
                await self._keep(page, opening, listing, _closing(window, page.next))
                if page.next is None:
                    return ()
                listing = await (early or self._list(window, page.next))
            finally:
                await ended(early)

    async def _begin(self, opening: Opening) -> Listing:
        try:
            return await self._list(opening.window, opening.cursor)
        except Rejected:
            # Positions grow old: a run that resumes days later begins its window again.
            if opening.cursor is None:
                raise
            return await self._list(opening.window, None)

    async def _list(self, window: Window, cursor: str | None) -> Listing:
        return await self.feed.listing(window, cursor, self.now())

    def _early(self, window: Window, listing: Listing) -> asyncio.Task[Listing] | None:
        """Ask for the next list of ids while the details of this one are on their way.

        A page of whole records is not asked for early: a crash would repeat more than one.
        """
        if listing.whole or listing.page.next is None:
            return None
        return asyncio.create_task(self._list(window, listing.page.next))

    async def _keep(
        self, page: Page[Any], opening: Opening, listing: Listing, change: Change
    ) -> None:
        await self.store(page, listing.read_at, history=opening.history, change=change)
        self.pages += 1
        self.records += len(page.items) + len(page.unreadable)
        if self.on_progress is not None:
            self.on_progress(self._progress())

    def _progress(self) -> Progress:
        known = len(self._totals) == self._windows
        return Progress(
            key=self.feed.key,
            phase=Phase.READING,
            pages=self.pages,
            records=self.records,
            total=sum(self._totals.values()) if known else None,
            window=min(self._windows - len(self.at.open) + 1, self._windows),
            windows=self._windows,
        )


def parts(opening: Opening, page: Page[Any], feed: Feed, pieces: int) -> tuple[Opening, ...]:
    """Decide whether a window whose first page has come is read as it is or in so many pieces.

    Pieces are listed side by side; a listing by offset, where rows shift while one pages, is cut
    until each piece fits one page.
    """
    if page.next is None or opening.cursor is not None:
        return (opening,)
    shifting = feed.stream.paging == "offset"
    if page.total is not None and page.items:
        needed = -(-page.total // len(page.items))
        pieces = 2 * needed if shifting else min(pieces, needed)
    elif shifting:
        pieces = max(pieces, 2)
    return cut(opening, pieces, feed.stream.grain)


def _closing(window: Window, following: str | None) -> Change:
    if following is None:
        return lambda at: finished(at, window)
    return lambda at: paused(at, window, following)
