"""The long-running loop: hints are drained at once, queues pulled, polling is the safety net."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

from attrs import define, field

from entrosdk.client.async_shop import AsyncShop
from entrosdk.errors import EntroError, Revoked
from entrosdk.runtime import clock as machine
from entrosdk.runtime.ports import Clock
from entrosdk.spi.manifest import Capability
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import OnProgress, Report
from entrosdk.sync.realtime.desk import InboxDesk
from entrosdk.sync.realtime.drain import Drain
from entrosdk.sync.realtime.hints import ShopKey
from entrosdk.sync.realtime.inbox import Inbox
from entrosdk.sync.realtime.pace import Health, Plan, due, pause
from entrosdk.sync.realtime.queue import QUEUES, pull_queue
from entrosdk.sync.realtime.watch import Watch, missed
from entrosdk.sync.run import Check, sync_shop
from entrosdk.sync.sink import Sink, StreamKey
from entrosdk.sync.streams import STREAMS

__all__ = ["OnReport", "follow"]

OnReport = Callable[[AsyncShop, Report | EntroError], None]
"""Receives what each poll of a shop did, on the event loop."""

_SIDE_BY_SIDE = 8  # shops polled at a time; each has a page or two in memory
_TOLD = ("orders",)  # changes of orders are what every marketplace pushes
_SOON = timedelta(seconds=2)  # between looks into a queue that had something
_TIDY = timedelta(hours=1)


async def follow(
    shops: Sequence[AsyncShop],
    sink: Sink | Desk,
    inbox: Inbox | InboxDesk,
    *,
    plan: Plan | None = None,
    streams: Sequence[str] = STREAMS,
    since: datetime | None = None,
    history: datetime | None = None,
    check: Check = "all",
    queues: Collection[str] = QUEUES,
    on_report: OnReport = lambda _shop, _what: None,
    on_progress: Callable[[AsyncShop], OnProgress] | None = None,
    revive: Callable[[AsyncShop], bool] = lambda _: False,
    clock: Clock = machine.now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Keep a sink at the marketplaces' present until cancelled.

    Hints in `inbox` are followed at once; a `Receiver` with the same `InboxDesk` wakes this up.
    Each shop is polled by `sync_shop` as well: at the plan's pace, slower for orders while their
    pushes are healthy, and compared whole now and then. `since`, `history` and the `check` of the
    first poll are those of `sync_shop`.
    Queues of the marketplaces `queues` are pulled, with long pauses while they are empty.
    An inbox that fails is asked again: meanwhile pushes vouch for nothing, and polls go on.
    `revive` is asked when consent has ended, and says whether there may be a new one already.
    Cancel to stop: commits that were begun are finished, and hints in work come back.
    """
    desk = sink if isinstance(sink, Desk) else Desk(sink)
    mail = inbox if isinstance(inbox, InboxDesk) else InboxDesk(inbox)
    drain = Drain({_key(shop): shop for shop in shops}, desk, mail, clock=clock)
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)
    rhythm = plan or Plan()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(drain.run())
            group.create_task(_tidy(mail, rhythm, clock, sleep))
            for shop in shops:
                poll = _Poll(
                    shop, desk, mail, drain, rhythm, gate, clock, sleep,
                    streams=tuple(streams), since=since, history=history, check=check,
                    on_report=on_report, revive=revive,
                    on_progress=on_progress(shop) if on_progress else None,
                )  # fmt: skip
                group.create_task(poll.forever())
                if shop.marketplace in queues and shop.manifest.supports(Capability.EVENTS_PULL):
                    ours = {one.shop_id for one in shops if one.marketplace == shop.marketplace}
                    pulling = _pull(shop, mail, ours, plan=rhythm, clock=clock, sleep=sleep)
                    group.create_task(pulling)
    finally:
        if desk is not sink:
            desk.close()
        if mail is not inbox:
            mail.close()
    raise AssertionError("it ends only by being cancelled, or by an error")


@define
class _Poll:
    """The safety net of one shop."""

    shop: AsyncShop
    desk: Desk
    mail: InboxDesk
    drain: Drain
    plan: Plan
    gate: asyncio.Semaphore
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    streams: tuple[str, ...] = field(kw_only=True)
    since: datetime | None = field(kw_only=True)
    history: datetime | None = field(kw_only=True)
    check: Check = field(kw_only=True)
    on_report: OnReport = field(kw_only=True)
    on_progress: OnProgress | None = field(kw_only=True)
    revive: Callable[[AsyncShop], bool] = field(kw_only=True)
    last: dict[str, datetime] = field(factory=dict)
    health: dict[str, Health] = field(factory=dict)
    compared: dict[str, datetime] = field(factory=dict)

    async def forever(self) -> None:
        while True:
            paces = await self._paces()
            names = due(self.last, paces, self.clock())
            if names:
                await self._poll(names)
            paces = await self._paces()
            await self.sleep(pause(self.last, paces, self.clock()).total_seconds())

    async def _paces(self) -> dict[str, timedelta]:
        """How long each stream may rest; only orders are told of well enough to rest longer."""
        heard: dict[str, datetime] = {}
        with self.mail.surviving("tell when pushes came"):
            heard = await self.mail.ask(partial(self.mail.inbox.last_heard, _key(self.shop)))
        now, plan = self.clock(), self.plan
        return {
            name: self.health.get(name, Health()).pace(plan, heard.get(name), now)
            if name in _TOLD
            else plan.every
            for name in self.streams
        }

    async def _poll(self, names: Sequence[str]) -> None:
        watch = Watch()
        try:
            async with self.gate:
                report = await self._sync(names, watch)
                if _revoked(report) and self.revive(self.shop):
                    report = await self._sync(names, watch)
        except EntroError as error:
            self._polled(names)
            self.on_report(self.shop, error)
            return
        self._polled(names)
        await self._learn(report, watch)
        if report.ok:  # consent is there: what was parked can be followed
            with self.mail.surviving("take up parked hints"):  # or the next good poll will
                await self.drain.wake(_key(self.shop))
        self.on_report(self.shop, report)

    async def _sync(self, names: Sequence[str], watch: Watch) -> Report:
        overdue = self.check != "none" and self._overdue(names)
        report = await sync_shop(
            self.shop,
            self.desk.watched(watch),
            streams=names,
            since=self.since,
            history=self.history,
            check=self._check(overdue=overdue),
            on_progress=self.on_progress,
        )
        if overdue:
            now = self.clock()
            self.compared |= {one.stream: now for one in report.streams if one.ok}
        return report

    def _check(self, *, overdue: bool) -> Check:
        """Compare as it was wished the first time, then what is new, and all now and then."""
        if self.check == "none" or not self.compared:
            return self.check
        return "all" if overdue else "new"

    def _overdue(self, names: Sequence[str]) -> bool:
        now, never = self.clock(), datetime.min.replace(tzinfo=UTC)
        # One that seems to lie ahead was made before the clock was set back.
        ages = (now - self.compared.get(name, never) for name in names)
        return any(not timedelta(0) <= age < self.plan.whole for age in ages)

    def _polled(self, names: Sequence[str]) -> None:
        self.last |= dict.fromkeys(names, self.clock())

    async def _learn(self, report: Report, watch: Watch) -> None:
        """Compare what was found with what had been told."""
        for stream in report.streams:
            if stream.stream not in _TOLD or not stream.ok:
                continue
            found = watch.found.get(stream.stream, {})
            key = StreamKey(self.shop.marketplace, self.shop.shop_id, stream.stream)
            before = self.health.pop(stream.stream, Health())  # unproven, should this fail
            with self.mail.surviving("tell what pushes named"):
                told = await self.mail.ask(partial(self.mail.inbox.heard, key, found))
                self.health[stream.stream] = before.polled(missed(found, told))


async def _pull(
    shop: AsyncShop,
    mail: InboxDesk,
    ours: Collection[str],
    *,
    plan: Plan,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    rest = _SOON
    while True:
        taken = 0
        try:
            with mail.surviving("keep what a queue holds"):
                taken = await pull_queue(shop, mail, shops=ours, clock=clock)
        except EntroError:  # the polls of the shop tell of it
            pass
        rest = _SOON if taken else min(rest * 2, plan.queue)
        await sleep(rest.total_seconds())


async def _tidy(
    mail: InboxDesk, plan: Plan, clock: Clock, sleep: Callable[[float], Awaitable[None]]
) -> None:
    while True:
        with mail.surviving("forget old hints"):
            await mail.ask(partial(mail.inbox.forget, clock() - plan.remember))
        await sleep(_TIDY.total_seconds())


def _revoked(report: Report) -> bool:
    return any(isinstance(stream.error, Revoked) for stream in report.streams)


def _key(shop: AsyncShop) -> ShopKey:
    return ShopKey(shop.marketplace, shop.shop_id)
