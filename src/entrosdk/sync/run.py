"""One run of incremental sync: every stream of a shop into a sink, resumable at any page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

from attrs import define, evolve, field

from entrosdk.client.async_shop import AsyncShop
from entrosdk.engine.windows import Window
from entrosdk.errors import BadSignature, EntroError, Refused, Revoked
from entrosdk.spi.page import Batch
from entrosdk.sync.completeness import Comparison
from entrosdk.sync.desk import Desk
from entrosdk.sync.lanes import ended
from entrosdk.sync.progress import (
    Completeness,
    OnProgress,
    Phase,
    Progress,
    Report,
    StreamReport,
)
from entrosdk.sync.reading import Reader
from entrosdk.sync.sink import Checkpoint, Sink
from entrosdk.sync.streams import STREAMS, Feed, chosen, feed, offered
from entrosdk.sync.windows import begun, settled, unchecked

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
    shop = shop.in_background()  # people's own requests go before these
    names = chosen(streams)
    desk = sink if isinstance(sink, Desk) else Desk(sink)
    try:
        offer = [name for name in names if offered(shop, name)]
        jobs = [
            _Job(shop, feed(shop, name), desk, since, history, check, on_progress) for name in offer
        ]
        done = {report.stream: report for report in await _side_by_side(shop, jobs)}
    finally:
        if desk is not sink:
            desk.close()
    reports = (done.get(name) or StreamReport(stream=name, unsupported=True) for name in names)
    return Report(marketplace=shop.marketplace, shop_id=shop.shop_id, streams=tuple(reports))


def sync(shop: AsyncShop, sink: Sink, **options: Unpack[Options]) -> Report:
    """Do what `sync_shop` does from code without an event loop, such as a job.

    The shop is closed at the end: connect it for each call.
    """

    async def once() -> Report:
        async with shop:
            return await sync_shop(shop, sink, **options)

    return asyncio.run(once())


async def _side_by_side(shop: AsyncShop, jobs: Sequence[_Job]) -> list[StreamReport]:
    """Run all streams of a shop at once; what ends the shop ends those still under way."""
    end: EntroError | None = None
    try:
        await shop.now()  # known to all of them from here on
    except EntroError as error:
        end = error
    running = set() if end else {asyncio.create_task(job.run()) for job in jobs}
    try:
        while running and end is None:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            end = next((r.error for r in (t.result() for t in done) if _ends(r)), None)
    finally:
        await ended(*running)
    return [job.report(end) for job in jobs]


def _ends(report: StreamReport) -> bool:
    return isinstance(report.error, _ENDS_SHOP)


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
    completeness: Completeness | None = None
    windows: tuple[tuple[Window, Completeness], ...] = ()
    error: EntroError | None = None
    over: bool = False
    _latest: datetime | None = None
    _reader: Reader = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._reader = Reader(self.feed, self.desk, self._now, self.on_progress)

    async def run(self) -> StreamReport:
        try:
            await self._read()
            await self._check()
        except EntroError as caught:
            self.error = caught.at(marketplace=self.shop.marketplace, shop=self.shop.shop_id)
        self.over = True
        self._tell(Phase.FAILED if self.error else Phase.DONE)
        return self.report()

    def report(self, end: EntroError | None = None) -> StreamReport:
        """Say what became of it; `end` is what ended the shop meanwhile."""
        read = self._reader
        return StreamReport(
            stream=self.feed.key.stream,
            span=_span(read.stored),
            pages=read.pages,
            written=read.written,
            completeness=self.completeness,
            windows=self.windows,
            error=self.error if self.over else end,
        )

    async def _read(self) -> None:
        stream = self.feed.stream
        at = self._reader.stored = await self.desk.checkpoint(self.feed.key)
        upper = settled(self._now(), stream)
        since = self.since or at.since or upper - FIRST_SPAN
        if at.since is not None and since < at.since:  # a backfill is history
            self.history = max(at.since, self.history or at.since)
        await self._reader.read(begun(stream, at, since=since, upper=upper, history=self.history))

    async def _check(self) -> None:
        if self.check == "none":
            return
        whole, read = self.check == "all", self._reader
        windows = unchecked(read.at, self.feed.stream, whole=whole, history=self.history)
        comparison = Comparison(self.feed, self.desk, self._fetched, self._now, self._compared)
        self.completeness = await comparison.run(windows)
        self.windows = tuple(sorted(comparison.windows))
        if windows and not self.completeness.missing:
            await read.store(
                Batch(items=()), self._now(), change=lambda at: evolve(at, checked_to=at.done_to)
            )

    async def _fetched(self, batch: Batch[Any], window: Window, read_at: datetime) -> None:
        old = self.history is not None and window[0] < window[1] <= self.history
        await self._reader.store(batch, read_at, history=old)

    def _compared(self, sofar: Completeness, done: int, windows: int) -> None:
        place = {"window": min(done + 1, windows), "windows": windows}
        self._tell(Phase.CHECKING, records=sofar.marketplace, **place)

    def _now(self) -> datetime:
        """The marketplace's time; it is told in whole seconds, so keep it from going back."""
        engine = self.shop.operations.engine
        now = engine.server_now or engine.local_now()
        self._latest = now if self._latest is None else max(now, self._latest)
        return self._latest

    def _tell(self, phase: Phase, **facts: Any) -> None:
        if self.on_progress is not None:
            counted = {"pages": self._reader.pages, "records": self._reader.records} | facts
            self.on_progress(Progress(key=self.feed.key, phase=phase, **counted))


def _span(at: Checkpoint) -> Window | None:
    """Return the span that is stored without gaps: a backfill under way is not."""
    done = at.complete_to
    if at.since is None or done is None:
        return None
    behind = [one.window for one in at.open if one.history]
    since = max([at.since, *(end for start, end in behind if start < end)])
    return (since, done) if since < done else None
