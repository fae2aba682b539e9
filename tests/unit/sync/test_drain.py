"""The drain: hints in, newest records out, whatever the marketplace and the sink do."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from entrosdk.errors import BadReply, Invalid, Revoked, Unavailable
from entrosdk.sync import Commit, MemorySink, SinkFailed, StreamKey, Written
from entrosdk.sync.realtime import Drain, Drained, Hint, InboxDesk, MemoryInbox, ShopKey, Tally
from tests import shelf
from tests.shelf import Shelves
from tests.toymarket import NOON

SHOP = ShopKey("toy", "1")
ORDERS = StreamKey("toy", "1", "orders")
SECOND = timedelta(seconds=1)


class Bench:
    """Shelves, a sink, an inbox and a drain on one clock."""

    def __init__(self, sink: MemorySink | None = None, **options: Any) -> None:
        self.shelves = Shelves()
        self.sink = sink or MemorySink()
        self.inbox = MemoryInbox()
        shops = options.pop("shops", {SHOP: self.shelves.shop()})
        self.drain = Drain(shops, self.sink, self.inbox, clock=self.clock, **options)
        self.sent = 0

    def clock(self) -> datetime:
        """The shelves' time is ours."""
        return self.shelves.now

    def hint(self, *records: str, stream: str = "orders", at: datetime | None = None) -> None:
        """Put hints into the inbox, each of a delivery of its own."""
        for record in records:
            self.sent += 1
            told = Hint(
                shop=SHOP,
                stream=stream,
                record_id=record,
                delivery_id=f"d{self.sent}",
                occurred_at=at,
                received_at=self.shelves.now,
            )
            self.inbox.put([told])

    def once(self, after: timedelta = timedelta(0)) -> Drained:
        """Drain what is due after some time."""
        self.shelves.now += after
        return asyncio.run(self.drain.once())

    def held(self, stream: str = "orders") -> set[str]:
        """Ids in the sink."""
        return {name for key, name in self.sink.records if key.stream == stream}


def test_what_is_hinted_at_is_fetched_and_stored() -> None:
    """Each stream by its own ids; nothing else is asked for."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1"), shelf.order("o2"))
    bench.shelves.products.put(shelf.product("p1"))
    bench.shelves.returns.put(shelf.a_return("r1"))
    bench.hint("o1")
    bench.hint("p1", stream="products")
    bench.hint("r1", stream="returns")
    done = bench.once()
    assert (done.done, done.written.new, bench.inbox.tally()) == (3, 3, Tally(done=3))
    assert [bench.held(name) for name in ("orders", "products", "returns")] == [
        {"o1"},
        {"p1"},
        {"r1"},
    ]
    assert bench.sink.checkpoints == {}


def test_repeats_are_fetched_once() -> None:
    """However many deliveries name a record, one request asks for it."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1"), shelf.order("o2"))
    bench.hint("o1", "o2", "o1", "o1")
    bench.once()
    assert bench.shelves.orders.asked == [("many", ("o1", "o2"), None)]


def test_a_late_hint_never_brings_back_an_older_version() -> None:
    """What a slow fetch brings is older than what a poll stored meanwhile, and is ignored."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1", NOON))
    bench.hint("o1")
    newer = shelf.order("o1", NOON + SECOND, raw_status="newer")
    commit = Commit(key=ORDERS, records=(newer,), read_at=NOON + SECOND)
    bench.sink.commit(commit)
    assert bench.once().written == Written(ignored=1)
    assert bench.sink.records[ORDERS, "o1"] == [newer]


def test_a_hint_ahead_of_the_api_is_looked_at_again() -> None:
    """The old state is stored, the new one once the API shows it."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1", NOON - SECOND))
    bench.hint("o1", at=NOON)
    first = bench.once()
    bench.shelves.orders.put(shelf.order("o1", NOON, raw_status="paid"))
    second = bench.once(2 * SECOND)
    assert [(one.done, one.later) for one in (first, second)] == [(0, 1), (1, 0)]
    (stored,) = bench.sink.records[ORDERS, "o1"]
    assert getattr(stored, "raw_status", "") == "paid"


def test_a_record_that_is_not_there_is_given_up_after_a_while() -> None:
    """It is looked for three times; polling will find it, should it come."""
    bench = Bench()
    bench.hint("ghost")
    results = [bench.once(pause * SECOND) for pause in (0, 2, 20)]
    assert [(one.done, one.later) for one in results] == [(0, 1), (0, 1), (1, 0)]


def test_an_unreadable_record_goes_to_quarantine() -> None:
    """It is kept with its reason, and its hint is done."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1"), shelf.order("o2"))
    bench.shelves.orders.broken = {"o1"}
    bench.hint("o1", "o2")
    assert bench.once().done == 2
    assert (bench.held(), [name for _, name in bench.sink.quarantine]) == ({"o2"}, ["o1"])


def test_one_refused_id_does_not_keep_others_from_coming() -> None:
    """A marketplace that refuses the whole request over one id is asked in halves."""
    bench = Bench()
    bench.shelves.orders.put(*(shelf.order(f"o{n}") for n in range(5)))
    odd = Invalid("order bad is malformed")
    bench.shelves.orders.refuse = lambda ids: odd if "bad" in ids else None
    bench.hint("o0", "o1", "bad", "o3", "o4")
    assert (bench.once().done, bench.held()) == (4, {"o0", "o1", "o3", "o4"})


@pytest.fixture
def bench() -> Bench:
    """A bench with one order that is hinted at."""
    bench = Bench()
    bench.shelves.orders.put(shelf.order("o1"))
    bench.hint("o1")
    return bench


def breaking(bench: Bench, error: Exception | None) -> None:
    """Make every fetch of orders by id raise, or none."""
    bench.shelves.orders.refuse = lambda _: error


def test_a_shop_in_trouble_is_left_alone_for_longer_and_longer(bench: Bench) -> None:
    """Nothing is lost, and the pauses grow; success ends them."""
    breaking(bench, Unavailable("down"))
    tries = [bench.once(pause * SECOND).later for pause in (0, 0, 1, 1, 2)]
    assert tries == [1, 0, 1, 0, 1]
    breaking(bench, None)
    assert bench.once(4 * SECOND).done == 1
    bench.hint("o1")
    assert bench.once().done == 1


@pytest.mark.parametrize("error", [BadReply("odd"), RuntimeError("a bug")])
def test_one_shops_trouble_stops_no_other(bench: Bench, error: Exception) -> None:
    """Neither a strange reply nor a mistake of ours ends the drain."""
    other, there = ShopKey("toy", "2"), Shelves()
    there.orders.put(shelf.order("x"))
    bench.inbox.put(
        [Hint(shop=other, stream="orders", record_id="x", delivery_id="d", received_at=NOON)]
    )
    bench.drain = Drain(
        {SHOP: bench.shelves.shop(), other: there.shop()},
        bench.sink,
        bench.inbox,
        clock=bench.clock,
    )
    breaking(bench, error)
    assert (bench.once().done, bench.inbox.tally(SHOP)) == (1, Tally(open=1))


def test_withdrawn_consent_parks_the_shops_hints(bench: Bench) -> None:
    """They wait until consent is there again, without asking meanwhile."""
    breaking(bench, Revoked("withdrawn"))
    bench.once()
    parked = bench.inbox.tally()
    breaking(bench, None)
    idle = bench.once(timedelta(hours=1))
    asyncio.run(bench.drain.wake())
    assert (parked, idle, bench.once().done) == (Tally(parked=1), Drained(), 1)


def test_a_later_success_takes_up_what_was_parked(bench: Bench) -> None:
    """Without anybody's help: the next hint shows that consent is back."""
    breaking(bench, Revoked("withdrawn"))
    bench.once()
    breaking(bench, None)
    bench.shelves.now += timedelta(hours=1)
    bench.hint("o1")
    assert (bench.once().done, bench.inbox.tally()) == (2, Tally(done=2))


def test_a_success_takes_up_what_another_process_parked(bench: Bench) -> None:
    """A drain that was started after consent came back asks nobody which shops there are."""
    breaking(bench, Revoked("withdrawn"))
    bench.once()
    breaking(bench, None)
    shop = bench.shelves.shop()
    bench.drain = Drain(lambda _: shop, bench.sink, bench.inbox, clock=bench.clock)
    bench.hint("o1")
    assert (bench.once().done, bench.inbox.tally()) == (2, Tally(done=2))


def test_what_another_drain_parks_later_is_taken_up_as_well(bench: Bench) -> None:
    """A drain that has no trouble of its own looks for parked hints now and then."""
    bench.once()
    bench.hint("o1")
    bench.inbox.park(SHOP)
    bench.hint("o1")
    assert (bench.once().done, bench.inbox.tally().parked) == (1, 1)
    bench.hint("o1")
    assert bench.once(timedelta(minutes=15)).done == 2


def test_trouble_does_not_use_up_the_looks_again(bench: Bench) -> None:
    """A hint that is ahead of the API is looked at again, however often its shop was down."""
    bench.inbox.done(bench.inbox.claim(ORDERS, 1, now=NOON, until=NOON), NOON)
    bench.shelves.orders.put(shelf.order("o1", NOON - SECOND))
    bench.hint("o1", at=NOON)
    breaking(bench, Unavailable("down"))
    trouble = [bench.once(pause * SECOND).later for pause in (0, 1)]
    breaking(bench, None)
    looks = [bench.once(pause * SECOND) for pause in (2, 2)]
    bench.shelves.orders.put(shelf.order("o1", NOON, raw_status="paid"))
    last = bench.once(20 * SECOND)
    assert (trouble, [(one.done, one.later) for one in looks]) == ([1, 1], [(0, 1), (0, 1)])
    assert (last.done, last.written.new + last.written.changed) == (1, 1)


def test_a_clock_that_was_set_back_ends_a_rest(bench: Bench) -> None:
    """A rest never lasts longer than it was meant to; old hints and new ones are followed."""
    breaking(bench, Unavailable("down"))
    bench.once()
    breaking(bench, None)
    bench.hint("o1")
    bench.shelves.now -= timedelta(days=1)
    bench.hint("o1")
    assert (bench.once().done, bench.inbox.tally()) == (3, Tally(done=3))


class Failing(MemorySink):
    """A sink whose database goes away for some commits."""

    failures = 1

    def commit(self, commit: Commit) -> Written:
        if self.failures:
            self.failures -= 1
            raise SinkFailed("the database failed")
        return super().commit(commit)


def test_a_sink_that_fails_loses_nothing() -> None:
    """The hints come again."""
    bench = Bench(Failing())
    bench.shelves.orders.put(shelf.order("o1"))
    bench.hint("o1")
    results = [bench.once(), bench.once(SECOND)]
    assert [one.done for one in results] == [0, 1]
    assert bench.held() == {"o1"}


def test_hints_of_a_shop_that_is_not_ours_are_left_to_others() -> None:
    """They stay open and untouched."""
    bench = Bench(shops={})
    bench.hint("o1")
    assert (bench.once(), bench.inbox.tally()) == (Drained(), Tally(open=1))


def test_what_was_claimed_and_not_committed_comes_back(bench: Bench) -> None:
    """A drain that dies between the two leaves its hints to the next."""
    bench.inbox.claim(ORDERS, 10, now=NOON, until=NOON + timedelta(minutes=3))
    assert (bench.once().done, bench.once(timedelta(minutes=3)).done) == (0, 1)


class Telling(MemorySink):
    """A sink that tells the event loop of each commit."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stored: asyncio.Queue[str]) -> None:
        super().__init__()
        self._tell = lambda name: loop.call_soon_threadsafe(stored.put_nowait, name)

    def commit(self, commit: Commit) -> Written:
        written = super().commit(commit)
        for record in commit.records:
            self._tell(record.id)
        return written


def test_it_runs_until_cancelled_and_wakes_at_news() -> None:
    """A hint that is put beside it is followed although it looks only once an hour."""

    async def story() -> list[str]:
        stored = asyncio.Queue[str]()
        bench = Bench(Telling(asyncio.get_running_loop(), stored))
        bench.shelves.orders.put(shelf.order("o1"), shelf.order("o2"))
        bench.hint("o1")
        mail, shops = InboxDesk(bench.inbox), {SHOP: bench.shelves.shop()}
        drain = Drain(shops, bench.sink, mail, poll=3600, clock=bench.clock)
        task = asyncio.create_task(drain.run())
        seen = [await stored.get()]
        await mail.put([evolve(told(), record_id="o2", delivery_id="n")])
        seen.append(await stored.get())
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        mail.close()
        return seen

    assert asyncio.run(asyncio.wait_for(story(), 10)) == ["o1", "o2"]


class Away(MemoryInbox):
    """An inbox whose database is away for the first calls of `unpark` and `due`."""

    def __init__(self, unparks: int, dues: int) -> None:
        super().__init__()
        self._unparks, self._dues = unparks, dues

    def unpark(self, shop: ShopKey, now: datetime) -> int:
        self._unparks -= 1
        if self._unparks >= 0:
            raise SinkFailed("the database failed")
        return super().unpark(shop, now)

    def due(self, now: datetime) -> tuple[StreamKey, ...]:
        self._dues -= 1
        if self._dues >= 0:
            raise SinkFailed("the database failed")
        return super().due(now)


def test_it_runs_on_when_the_inbox_comes_back() -> None:
    """What an earlier process parked is taken up then, as if nothing had been."""

    async def story() -> Tally:
        stored = asyncio.Queue[str]()
        shelves, inbox = Shelves(), Away(unparks=2, dues=2)
        shelves.orders.put(shelf.order("o1"))
        inbox.put([told()])
        inbox.park(SHOP)
        sink = Telling(asyncio.get_running_loop(), stored)
        shops = {SHOP: shelves.shop()}
        drain = Drain(shops, sink, inbox, poll=0.001, clock=lambda: shelves.now)
        task = asyncio.create_task(drain.run())
        seen = asyncio.create_task(stored.get())
        await asyncio.wait([task, seen], return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        drain.close()
        return inbox.tally()

    assert asyncio.run(asyncio.wait_for(story(), 10)).parked == 0


def told() -> Hint:
    """A hint at an order."""
    return Hint(shop=SHOP, stream="orders", record_id="o1", delivery_id="d", received_at=NOON)
