"""One run of incremental sync: every stream of a shop into a sink, resumable at any page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

from attrs import define, evolve, field

from entrosdk.client.async_shop import AsyncShop
from entrosdk.engine.windows import Window
from entrosdk.errors import BadSignature, EntroError, Refused, Rejected, Revoked
from entrosdk.spi.page import Batch, Page, Unreadable
from entrosdk.sync.completeness import Comparison
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import (
    Completeness,
    OnProgress,
    Phase,
    Progress,
    Report,
    StreamReport,
)
from entrosdk.sync.sink import Checkpoint, Commit, Sink, Written
from entrosdk.sync.streams import STREAMS, Feed, chosen, feed, offered
from entrosdk.sync.windows import Step, finished, paused, settled, steps, unchecked

__all__ = ["FIRST_SPAN", "Check", "Options", "sync", "sync_shop"]

FIRST_SPAN = timedelta(days=30)
"""How far back a stream begins when nobody says."""

Check: TypeAlias = Literal["new", "all", "none"]
"""What is compared with the marketplace's ids: what was read since the last comparison, all that
is covered, or nothing."""

# Other streams of the shop would meet the same end.
_ENDS_SHOP = (Revoked, BadSignature, Refused)


class Options(TypedDict, total=False):
    """The keywords of `sync_shop`, for those who pass them on."""

    streams: Sequence[str]
    since: datetime | None
    history: datetime | None
    check: Check
    on_progress: OnProgress | None


async def sync_shop(
    shop: AsyncShop,
    sink: Sink | Desk,
    *,
    streams: Sequence[str] = STREAMS,
    since: datetime | None = None,
    history: datetime | None = None,
    check: Check = "new",
    on_progress: OnProgress | None = None,
) -> Report:
    """Bring a shop's streams up to the marketplace's present time and prove it.

    `since` begins streams that were never read (30 days back by default) and, when it lies
    before what is stored, asks for a backfill.
    Records of windows before `history`, and of backfills, are committed as history.
    Errors of a stream are in its report, and all that was committed stays; a revoked grant, a
    refused signature and a host that is not there end the run of the shop.
    Several shops may share a sink at the same time through one `Desk`.
    """
    desk = sink if isinstance(sink, Desk) else Desk(sink)
    reports: list[StreamReport] = []
    try:
        for name in chosen(streams):
            ended = _end(reports)
            if not offered(shop, name):
                reports.append(StreamReport(stream=name, unsupported=True))
            elif ended is not None:
                reports.append(StreamReport(stream=name, error=ended))
            else:
                job = _Job(shop, feed(shop, name), desk, since, history, check, on_progress)
                reports.append(await job.run())
    finally:
        if desk is not sink:
            desk.close()
    return Report(marketplace=shop.marketplace, shop_id=shop.shop_id, streams=tuple(reports))


def sync(shop: AsyncShop, sink: Sink, **options: Unpack[Options]) -> Report:
    """Do what `sync_shop` does from code without an event loop, such as a job.

    The shop is closed at the end: connect it for each call.
    """

    async def once() -> Report:
        async with shop:
            return await sync_shop(shop, sink, **options)

    return asyncio.run(once())


def _end(reports: list[StreamReport]) -> EntroError | None:
    return next((r.error for r in reports if isinstance(r.error, _ENDS_SHOP)), None)


@define
class _Job:
    """One stream on its way."""

    shop: AsyncShop
    feed: Feed
    desk: Desk
    since: datetime | None
    history: datetime | None
    check: Check
    on_progress: OnProgress | None
    at: Checkpoint = field(factory=Checkpoint)
    read_at: datetime | None = None
    written: Written = field(factory=Written)
    completeness: Completeness | None = None
    pages: int = 0
    records: int = 0

    async def run(self) -> StreamReport:
        error: EntroError | None = None
        try:
            await self._read()
            await self._check()
            self._tell(Phase.DONE)
        except EntroError as caught:
            error = caught.at(marketplace=self.shop.marketplace, shop=self.shop.shop_id)
            self._tell(Phase.FAILED)
        return StreamReport(
            stream=self.feed.key.stream,
            span=_span(self.at),
            pages=self.pages,
            written=self.written,
            completeness=self.completeness,
            error=error,
        )

    async def _read(self) -> None:
        stream = self.feed.stream
        self.at = at = await self.desk.checkpoint(self.feed.key)
        upper = settled(await self._now(), stream)
        since = self.since or at.since or upper - FIRST_SPAN
        if at.since is not None and since < at.since:  # a backfill is history
            self.history = max(at.since, self.history or at.since)
        plan = steps(stream, at, since=since, upper=upper, history=self.history)
        for number, step in enumerate(plan, 1):
            await self._window(step, number, len(plan))

    async def _window(self, step: Step, number: int, of: int) -> None:
        before, cursor = self.records, step.cursor
        while True:
            await self._now()
            page = await self._page(step.window, cursor)
            at = _after(self.at, step, page)
            self.written += await self._store(page, history=step.history, checkpoint=at)
            self.at = at  # only now is it true
            self.pages += 1
            self.records += len(page.items) + len(page.unreadable)
            total = None if page.total is None else before + page.total
            self._tell(Phase.READING, total=total, window=number, windows=of)
            cursor = page.next
            if cursor is None:
                return

    async def _page(self, window: Window, cursor: str | None) -> Page[Any]:
        try:
            return await self.feed.page(window, cursor)
        except Rejected:
            # Positions grow old: a run that resumes days later begins its window again.
            if cursor is None or self.pages:
                raise
            return await self.feed.page(window, None)

    async def _check(self) -> None:
        if self.check == "none":
            return
        await self._now()
        comparison = Comparison(self.feed, self.desk, self._fetched)
        windows = unchecked(
            self.at, self.feed.stream, whole=self.check == "all", history=self.history
        )
        pages = 0
        for number, window in enumerate(windows, 1):
            async for sofar in comparison.pages(window):
                pages += 1
                place = {"window": number, "windows": len(windows), "pages": pages}
                self._tell(Phase.CHECKING, records=sofar.marketplace, **place)
        self.completeness = comparison.result
        if windows and not comparison.result.missing:
            self.at = evolve(self.at, checked_to=self.at.done_to)
            await self._store(Batch(items=()), checkpoint=self.at)

    async def _fetched(self, batch: Batch[Any], window: Window) -> None:
        old = self.history is not None and window[0] < window[1] <= self.history
        self.written += await self._store(batch, history=old)

    async def _store(
        self,
        found: Page[Any] | Batch[Any],
        *,
        history: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> Written:
        # The time taken last is a little early for what was fetched since, never late.
        read_at = self.read_at or await self._now()
        return await self.desk.commit(
            Commit(
                key=self.feed.key,
                records=found.items,
                unreadable=tuple(map(_named, found.unreadable)),
                checkpoint=checkpoint,
                read_at=read_at,
                history=history,
            )
        )

    async def _now(self) -> datetime:
        """The marketplace's time; it is told in whole seconds, so keep it from going back."""
        now = await self.shop.now()
        self.read_at = now if self.read_at is None else max(now, self.read_at)
        return self.read_at

    def _tell(self, phase: Phase, **facts: Any) -> None:
        if self.on_progress is not None:
            counted = {"pages": self.pages, "records": self.records} | facts
            self.on_progress(Progress(key=self.feed.key, phase=phase, **counted))


def _after(at: Checkpoint, step: Step, page: Page[Any]) -> Checkpoint:
    return finished(at, step.window) if page.next is None else paused(at, step, page.next)


def _named(bad: Unreadable) -> Unreadable:
    """Give a record without an id one made of its body, so that several can be kept."""
    return bad if bad.id else evolve(bad, id=f"sha256:{sha256(bad.body).hexdigest()[:32]}")


def _span(at: Checkpoint) -> Window | None:
    return None if at.since is None or at.done_to is None else (at.since, at.done_to)
