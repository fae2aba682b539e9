"""From hints to rows: what notifications named is fetched by id and stored as a sync stores it.

A hint decides only what is asked for, never what is stored. Records are versioned by their own
update time and by the marketplace's time before the fetch, so no order, repetition or delay of
hints can put an older version over a newer one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from entrosdk.client.async_shop import AsyncShop
from entrosdk.errors import EntroError, Revoked, Unsupported
from entrosdk.runtime import clock as machine
from entrosdk.runtime.ports import Clock
from entrosdk.spi.page import Batch, Unreadable
from entrosdk.sync.desk import Desk
from entrosdk.sync.realtime.desk import InboxDesk
from entrosdk.sync.realtime.hints import GRANTS, Hint, ShopKey
from entrosdk.sync.realtime.inbox import Claim, Inbox
from entrosdk.sync.sink import Commit, Sink, StreamKey, Written, identified
from entrosdk.sync.streams import by_ids

__all__ = ["Drain", "Drained", "Shops"]

Shops: TypeAlias = Mapping[ShopKey, AsyncShop] | Callable[[ShopKey], AsyncShop | None]

_AT_ONCE = 200  # hints of one stream
_LEASE = timedelta(minutes=3)  # then a claim is taken for a dead process's
_LOOK_AGAIN = (timedelta(seconds=2), timedelta(seconds=20))  # a push may be ahead of the API
_LOOKS_KEPT = 10_000  # hints; others may close what is counted here, so the oldest go
_GIVE_UP = 20  # attempts; polling finds the record in any case
_LONGEST_REST = timedelta(minutes=15)
_LOOK_FOR_PARKED = timedelta(minutes=15)
_LONGEST_OUTAGE_PAUSE = 30.0  # seconds between tries while the inbox itself fails
_log = logging.getLogger("entrosdk.realtime")


@frozen
class Drained:
    """What a drain did: hints closed, put off and given up, and what was written."""

    done: int = 0
    later: int = 0
    given_up: int = 0
    written: Written = field(factory=Written)

    def __add__(self, other: Drained) -> Drained:
        return Drained(
            self.done + other.done,
            self.later + other.later,
            self.given_up + other.given_up,
            self.written + other.written,
        )


@frozen
class _Rest:
    """A shop in trouble is left alone for `pause`, until `until`."""

    until: datetime
    pause: timedelta
    failures: int

    def lasts(self, now: datetime) -> bool:
        """Is it not over? One that would last longer than it was meant to is: the clock was set."""
        return timedelta(0) < self.until - now <= self.pause


class Drain:
    """Empties an inbox into a sink.

    `shops` are the connected shops, or a function that finds one; hints of shops that are not
    ours are left to others.
    `poll` is the pause in seconds between looks into the inbox, for hints that another process
    received; those received in this process through the same `InboxDesk` are taken at once.
    Any number of drains may share an inbox and a sink.
    While the inbox itself fails, `run` tries again after longer and longer pauses, 30 s at most.
    """

    def __init__(
        self,
        shops: Shops,
        sink: Sink | Desk,
        inbox: Inbox | InboxDesk,
        *,
        poll: float = 1.0,
        clock: Clock = machine.now,
    ) -> None:
        self._shop = shops.get if isinstance(shops, Mapping) else shops
        self._known = tuple(shops) if isinstance(shops, Mapping) else ()
        self._sink = sink if isinstance(sink, Desk) else Desk(sink)
        self._inbox = inbox if isinstance(inbox, InboxDesk) else InboxDesk(inbox)
        self._own = [desk for desk in (self._sink, self._inbox) if desk not in (sink, inbox)]
        self._poll = poll
        self._clock = clock
        self._resting: dict[ShopKey, _Rest] = {}
        self._woken: dict[ShopKey, datetime] = {}
        self._looks: dict[int, int] = {}  # of hints ahead of the API; a new process begins anew
        self._busy: dict[StreamKey, asyncio.Task[None]] = {}
        self.total = Drained()

    async def run(self) -> None:
        """Drain until cancelled; what was begun then comes back when its claim runs out."""
        woken, failures = False, 0
        try:
            while True:
                self._inbox.news.clear()
                failures += 1
                with self._inbox.surviving("tell what is to be done"):
                    if not woken:
                        await self.wake()
                        woken = True
                    await self._begin()
                    failures = 0
                await self._pause(failures)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def once(self) -> Drained:
        """Drain what is due now; returns what became of it."""
        before = self.total
        while await self._begin():
            await asyncio.wait(self._busy.values())
        return Drained(
            self.total.done - before.done,
            self.total.later - before.later,
            self.total.given_up - before.given_up,
            _less(self.total.written, before.written),
        )

    async def wake(self, shop: ShopKey | None = None) -> None:
        """Take up again what was parked, of one shop or of all: consent may be there again."""
        now = self._clock()
        for key in (shop,) if shop else self._known:
            self._resting.pop(key, None)
            if await self._inbox.ask(partial(self._inbox.inbox.unpark, key, now)):
                self._inbox.news.set()
            self._woken[key] = now

    def close(self) -> None:
        """End the threads of its own; sink and inbox stay open."""
        for desk in self._own:
            desk.close()

    async def _begin(self) -> int:
        """Start on every stream that has something to do; returns how many are being drained."""
        now, inbox = self._clock(), self._inbox.inbox
        for key in await self._inbox.ask(lambda: inbox.due(now)):
            whose = ShopKey(key.marketplace, key.shop_id)
            rest = self._resting.get(whose)
            if key in self._busy or (rest is not None and rest.lasts(now)):
                continue
            shop = self._shop(whose)
            if shop is not None:
                task = asyncio.create_task(self._drain(key, shop))
                self._busy[key] = task
                task.add_done_callback(partial(self._end, key))
        return len(self._busy)

    def _end(self, key: StreamKey, task: asyncio.Task[None]) -> None:
        del self._busy[key]
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            # One shop's trouble stops no other; its claims come back by themselves.
            _log.error("hints of %s %s: %s", key.marketplace, key.shop_id, type(error).__name__)
            self._rest(ShopKey(key.marketplace, key.shop_id))
        else:
            self._inbox.news.set()  # more may have come for this stream meanwhile

    async def _pause(self, failures: int) -> None:
        """Wait for news; after so many `failures` in a row of the inbox, for longer and longer."""
        pause = self._poll
        if failures:
            pause = min(pause * 2.0 ** min(failures - 1, 12), _LONGEST_OUTAGE_PAUSE)
        try:
            async with asyncio.timeout(pause):
                await self._inbox.news.wait()
        except TimeoutError:
            return

    # One stream of a shop; slow details of products must not delay orders

    async def _drain(self, key: StreamKey, shop: AsyncShop) -> None:
        while claims := await self._claim(key):
            try:
                found = await self._follow(shop, key, claims)
            except EntroError as error:
                await self._trouble(ShopKey(key.marketplace, key.shop_id), claims, error)
                return
            self.total += found
            await self._recovered(ShopKey(key.marketplace, key.shop_id))

    async def _claim(self, key: StreamKey) -> Sequence[Claim]:
        now = self._clock()
        inbox = self._inbox.inbox
        return await self._inbox.ask(
            lambda: inbox.claim(key, _AT_ONCE, now=now, until=now + _LEASE)
        )

    async def _follow(self, shop: AsyncShop, key: StreamKey, claims: Sequence[Claim]) -> Drained:
        """Fetch what hints name, each record once, and store it; returns what became of them."""
        if key.stream == GRANTS:
            await shop.info()  # raises `Revoked` when consent has ended
            return await self._close(claims)
        ids = list(dict.fromkeys(claim.hint.record_id for claim in claims))
        read_at = await shop.now()
        try:
            batch = await by_ids(getattr(shop, key.stream).get_many, ids)
        except Unsupported:  # a kind of records that this marketplace does not give out
            return await self._close(claims)
        commit = Commit(
            key=key, records=batch.items, unreadable=_named(batch, ids), read_at=read_at
        )
        written = await self._sink.commit(commit) if batch.items or batch.unreadable else Written()
        return await self._settle(claims, batch) + Drained(written=written)

    async def _settle(self, claims: Sequence[Claim], batch: Batch[Any]) -> Drained:
        """Close hints whose change is stored; look again for those that are ahead of the API."""
        told = {record.id: getattr(record, "updated_at", None) for record in batch.items}
        early = [claim for claim in claims if _early(claim.hint, told, batch)]
        # Attempts do not tell: those that met trouble, or a dead process's, showed nothing.
        looks = {claim.number: self._looks.get(claim.number, 0) for claim in early}
        again = [
            claim
            for claim in early
            if looks[claim.number] < len(_LOOK_AGAIN) and claim.attempt < _GIVE_UP
        ]
        put_off = {claim.number for claim in again}
        closed = [claim for claim in claims if claim.number not in put_off]
        for look, pause in enumerate(_LOOK_AGAIN):
            some = [claim for claim in again if looks[claim.number] == look]
            await self._put_off(some, pause)
            self._looks |= {claim.number: look + 1 for claim in some}
        while len(self._looks) > _LOOKS_KEPT:
            del self._looks[next(iter(self._looks))]
        return await self._close(closed) + Drained(later=len(again))

    async def _close(self, claims: Sequence[Claim]) -> Drained:
        now, inbox = self._clock(), self._inbox.inbox
        await self._inbox.ask(lambda: inbox.done(claims, now))
        for claim in claims:
            self._looks.pop(claim.number, None)
        return Drained(done=len(claims))

    async def _put_off(self, claims: Sequence[Claim], pause: timedelta) -> None:
        if claims:
            due, inbox = self._clock() + pause, self._inbox.inbox
            await self._inbox.ask(lambda: inbox.later(claims, due))

    # A shop in trouble

    async def _trouble(self, key: ShopKey, claims: Sequence[Claim], error: EntroError) -> None:
        """Keep what could not be fetched for later, and leave the shop alone for a while."""
        words = (key.marketplace, key.shop_id, type(error).__name__)
        _log.warning("hints of %s %s wait: %s", *words)
        hopeless = [claim for claim in claims if claim.attempt >= _GIVE_UP]
        rest = [claim for claim in claims if claim.attempt < _GIVE_UP]
        pause = self._rest(key)
        if hopeless:
            await self._close(hopeless)
        if isinstance(error, Revoked):
            until = self._clock() + _LONGEST_REST
            self._resting[key] = evolve(self._resting[key], until=until, pause=_LONGEST_REST)
            await self._inbox.ask(lambda: self._inbox.inbox.park(key))
        else:
            await self._put_off(rest, pause)
        self.total += Drained(later=len(rest), given_up=len(hopeless))

    def _rest(self, key: ShopKey) -> timedelta:
        failures = self._resting[key].failures if key in self._resting else 0
        pause = min(timedelta(seconds=2.0 ** min(failures, 12)), _LONGEST_REST)
        self._resting[key] = _Rest(self._clock() + pause, pause, failures + 1)
        return pause

    async def _recovered(self, key: ShopKey) -> None:
        """Take up what was parked: by us, by a process before us, or by one beside us."""
        woken, now = self._woken.get(key), self._clock()
        lately = woken is not None and timedelta(0) <= now - woken < _LOOK_FOR_PARKED
        if key in self._resting or not lately:
            await self.wake(key)


def _named(batch: Batch[Any], ids: Sequence[str]) -> tuple[Unreadable, ...]:
    """Give a record that does not tell its id the only one left, or the one a listing gives it."""
    told = {record.id for record in (*batch.items, *batch.unreadable)} | set(batch.missing)
    left = [name for name in ids if name not in told]
    nameless = [bad for bad in batch.unreadable if not bad.id]
    only = left[0] if len(left) == len(nameless) == 1 else ""
    return tuple(identified(bad if bad.id else evolve(bad, id=only)) for bad in batch.unreadable)


def _early(hint: Hint, told: Mapping[str, datetime | None], batch: Batch[Any]) -> bool:
    """Is the hint ahead of what the API shows? Shopee's pushes may be (book 7.3)."""
    if hint.record_id in batch.missing:
        return True
    shown = told.get(hint.record_id)
    # Products change in ways that no update time tells.
    if hint.stream == "products" or shown is None or hint.occurred_at is None:
        return False
    return shown.replace(microsecond=0) < hint.occurred_at.replace(microsecond=0)


def _less(one: Written, other: Written) -> Written:
    return Written(
        one.new - other.new,
        one.changed - other.changed,
        one.ignored - other.ignored,
        one.quarantined - other.quarantined,
    )
