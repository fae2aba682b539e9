"""The long-running loop: hints at once, polls at their pace, queues without loss."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from entrosdk.errors import EntroError, Revoked, Unavailable
from entrosdk.sync import MemorySink, Report, SinkFailed, StreamKey
from entrosdk.sync.realtime import Hint, InboxDesk, MemoryInbox, ShopKey, follow, pull_queue
from tests import shelf
from tests.sandboxes import Table
from tests.shelf import Shelves
from tests.toymarket import NOON

SHOP, ORDERS = ShopKey("toy", "1"), StreamKey("toy", "1", "orders")
HOUR = 3600.0


class Life:
    """A follower of one shop, whose naps end when the test says so."""

    def __init__(
        self, streams: tuple[str, ...] = ("orders",), inbox: MemoryInbox | None = None
    ) -> None:
        self.shelves, self.sink = Shelves(), MemorySink()
        self.mail = InboxDesk(inbox or MemoryInbox())
        self.streams = streams
        self.reports: list[Report | EntroError] = []
        self.after_report: Callable[[], None] = lambda: None
        self._naps: asyncio.Queue[tuple[float, asyncio.Future[None]]] = asyncio.Queue()
        self.revived: list[bool] = []

    def clock(self) -> datetime:
        """The shelves' time."""
        return self.shelves.now

    async def sleep(self, seconds: float) -> None:
        """Wait for the test; tidying up once an hour is none of its business."""
        end = asyncio.get_running_loop().create_future()
        if seconds != HOUR:
            await self._naps.put((seconds, end))
        await end

    async def nap(self) -> float:
        """Wait until the poll rests, let it rest, and return how many seconds it took."""
        seconds, end = await self._naps.get()
        self.shelves.now += timedelta(seconds=seconds)
        end.set_result(None)
        return seconds

    async def hear(self, order: str, number: int) -> None:
        """A push about an order arrives."""
        hint = Hint(
            shop=SHOP,
            stream="orders",
            record_id=order,
            delivery_id=f"d{number}",
            occurred_at=self.shelves.now,
            received_at=self.shelves.now,
        )
        await self.mail.put([hint])

    def report(self, what: Report | EntroError) -> None:
        """A poll tells what it did."""
        self.reports.append(what)
        self.after_report()

    def live(self, story: Callable[[Life], Awaitable[Any]]) -> Any:
        """Follow while the story goes on; returns what it returns."""

        async def both() -> Any:
            task = asyncio.create_task(
                follow(
                    [self.shelves.shop()],
                    self.sink,
                    self.mail,
                    streams=self.streams,
                    since=NOON - timedelta(days=3),
                    on_report=lambda _, what: self.report(what),
                    revive=lambda _: self.revived.pop() if self.revived else False,
                    clock=self.clock,
                    sleep=self.sleep,
                )
            )
            try:
                return await story(self)
            finally:
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()
                self.mail.close()

        return asyncio.run(asyncio.wait_for(both(), 20))


def test_polls_slow_down_while_pushes_tell_and_speed_up_at_the_first_miss() -> None:
    """Three clean polls with a push lately: ten minutes; a change nobody told: one minute."""
    life = Life()

    async def story(life: Life) -> list[float]:
        naps = [await life.nap(), await life.nap()]
        life.shelves.orders.put(shelf.order("o1", life.shelves.now))
        await life.hear("o1", 1)
        naps.append(await life.nap())
        life.shelves.orders.put(shelf.order("o2", life.shelves.now - timedelta(minutes=5)))
        naps += [await life.nap(), await life.nap()]
        return naps

    assert life.live(story) == [60, 60, 600, 60, 60]
    assert {name for _, name in life.sink.records} == {"o1", "o2"}


def test_streams_that_no_push_covers_keep_their_pace() -> None:
    """While orders rest, returns are polled every minute, alone."""
    life = Life(("orders", "returns"))

    async def story(life: Life) -> list[list[str]]:
        life.shelves.orders.put(shelf.order("o1", life.shelves.now))
        await life.hear("o1", 1)
        for _ in range(5):
            await life.nap()
        return [[one.stream for one in report.streams] for report in life.reports]  # type: ignore[union-attr]

    seen = life.live(story)
    assert seen[:3] == [["orders", "returns"]] * 3
    assert seen[-1] == ["returns"]


def test_all_is_compared_now_and_then() -> None:
    """The first poll compares all, then what is new; six hours later all again."""
    life = Life()

    async def story(life: Life) -> list[int]:
        life.shelves.orders.put(shelf.order("o1", NOON - timedelta(days=2)))
        await life.nap()
        await life.nap()
        life.shelves.now += timedelta(hours=6)
        await life.nap()
        await life.nap()
        return [_compared(report) for report in life.reports[:4]]

    assert life.live(story) == [1, 0, 1, 0]


def _compared(report: Any) -> int:
    return int(report.streams[0].completeness.marketplace)


def test_trouble_of_a_poll_is_told_and_the_next_one_comes() -> None:
    """An error of a stream is in its report."""
    life = Life()
    life.shelves.orders.error = Unavailable("down")

    async def story(life: Life) -> list[bool]:
        await life.nap()
        life.shelves.orders.error = None
        await life.nap()
        await life.nap()
        return [isinstance(one, Report) and one.ok for one in life.reports]

    assert life.live(story)[:2] == [False, True]


def test_new_consent_is_tried_at_once() -> None:
    """When somebody knows of a new grant, the poll is repeated with it."""
    life = Life()
    life.revived = [True]
    life.shelves.orders.error = Revoked("withdrawn")

    async def story(life: Life) -> tuple[int, int]:
        await life.nap()
        return len(life.reports), len(life.revived)

    assert life.live(story) == (1, 0)
    assert [call[0] for call in life.shelves.orders.asked].count("page") == 2


def test_parked_hints_are_taken_up_by_a_good_poll() -> None:
    """Once consent is there again, what pushes had told is followed."""
    life = Life()
    life.mail.inbox.put(
        [Hint(shop=SHOP, stream="orders", record_id="o1", delivery_id="d", received_at=NOON)]
    )
    life.shelves.orders.refuse = lambda _: Revoked("withdrawn")
    life.shelves.orders.put(shelf.order("o1", NOON))

    async def story(life: Life) -> int:
        await life.nap()
        life.shelves.orders.refuse = lambda _: None
        while life.mail.inbox.tally().done == 0:
            await life.nap()
        return life.mail.inbox.tally().done

    assert life.live(story) == 1


def test_a_clock_that_was_set_back_holds_up_no_poll() -> None:
    """The nap is no longer than the pace, and the stream is polled after it as ever."""
    life = Life()

    def set_back() -> None:
        if len(life.reports) == 2:
            life.shelves.now -= timedelta(days=1)

    life.after_report = set_back

    async def story(life: Life) -> tuple[list[float], int]:
        return [await life.nap() for _ in range(5)], len(life.reports)

    assert life.live(story) == ([60] * 5, 5)


class Down(MemoryInbox):
    """An inbox whose database is away for the first call of each of `calls`."""

    def __init__(self, *calls: str) -> None:
        super().__init__()
        self.failed: list[str] = []
        self._calls = set(calls)

    def _fail(self, call: str) -> None:
        if call in self._calls:
            self._calls.discard(call)
            self.failed.append(call)
            raise SinkFailed("the database failed")

    def due(self, now: datetime) -> tuple[StreamKey, ...]:
        self._fail("due")
        return super().due(now)

    def heard(self, key: StreamKey, ids: Collection[str]) -> dict[str, datetime]:
        self._fail("heard")
        return super().heard(key, ids)

    def last_heard(self, shop: ShopKey) -> dict[str, datetime]:
        self._fail("last_heard")
        return super().last_heard(shop)

    def unpark(self, shop: ShopKey, now: datetime) -> int:
        self._fail("unpark")
        return super().unpark(shop, now)

    def forget(self, before: datetime) -> int:
        self._fail("forget")
        return super().forget(before)


@pytest.mark.parametrize("call", ["due", "heard", "last_heard", "unpark", "forget"])
def test_an_inbox_that_fails_ends_nothing(call: str, caplog: pytest.LogCaptureFixture) -> None:
    """Polls go on at their pace, hints are followed later, and the log tells of it once."""
    inbox = Down(call)
    life = Life(inbox=inbox)

    async def story(life: Life) -> list[float]:
        naps = [await life.nap() for _ in range(3)]
        life.shelves.orders.put(shelf.order("o1", life.shelves.now))
        await life.hear("o1", 1)
        while inbox.tally().done == 0:
            await life.nap()
        return naps

    assert life.live(story) == [60] * 3
    assert inbox.failed == [call]
    assert all(isinstance(one, Report) and one.ok for one in life.reports)
    warnings = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "the database failed" in warnings[0]


def test_an_outage_of_the_inbox_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """However long it lasts; then the log tells that it is over, and of the next one."""
    desk = InboxDesk(MemoryInbox())
    with caplog.at_level(logging.INFO, "entrosdk"):
        for fails in (True, True, True, False, False, True):
            with desk.surviving("look for hints"):
                if fails:
                    raise SinkFailed("the database failed")
    desk.close()
    assert [one.levelname for one in caplog.records] == ["WARNING", "INFO", "WARNING"]


def test_a_mistake_of_an_inbox_is_not_survived() -> None:
    """Only an outage is: what is wrong in the program ends it, so that somebody mends it."""
    desk = InboxDesk(MemoryInbox())
    with pytest.raises(RuntimeError), desk.surviving("look for hints"):
        raise RuntimeError("a bug")
    desk.close()


# Tiki's queue


@pytest.fixture
def tiki() -> Table:
    """Tiki's sandbox with a queue that has begun to fill."""
    return Table("tiki", orders=5, products=3)


def pulled(table: Table, inbox: MemoryInbox, **rest: Any) -> int:
    """Pull the queue once."""

    async def once() -> int:
        async with table.async_shop(**rest) as shop:
            return await pull_queue(shop, inbox, clock=table.clock)

    return asyncio.run(once())


def test_queue_events_become_hints(tiki: Table) -> None:
    """New orders are named by the queue, and only once."""
    inbox = MemoryInbox()
    pulled(tiki, inbox)
    tiki.moment += timedelta(minutes=1)
    tiki.control("POST", "/control/orders", b'{"count": 2}')
    tiki.moment += timedelta(minutes=30)
    taken = pulled(tiki, inbox)
    again = pulled(tiki, inbox)
    told = {record for (_, _, stream, record) in inbox._entries if stream == "orders"}
    assert taken > 0
    assert again == 0
    assert len(told) >= 2
    assert told <= {order["id"] for order in tiki.truth()["orders"]}


class Dying(MemoryInbox):
    """An inbox that fails before anything is stored."""

    def put(self, hints: Any, position: Any = None) -> int:
        raise Unavailable("the process ends here")


def test_events_are_confirmed_only_once_they_are_stored(tiki: Table) -> None:
    """A puller that dies before its hints are stored finds the same events again."""
    inbox = MemoryInbox()
    pulled(tiki, inbox)
    tiki.control("POST", "/control/orders", b'{"count": 2}')
    tiki.moment += timedelta(minutes=30)
    dying = Dying()
    dying._positions = inbox._positions
    with pytest.raises(Unavailable):
        pulled(tiki, dying)
    assert pulled(tiki, inbox) > 0
    assert inbox.tally().open > 0
