"""The counter in front of a sink: what waits together is stored together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from entrosdk.sync.desk import Desk
from entrosdk.sync.sink import Checkpoint, Commit, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks.memory import MemorySink
from tests import shelf
from tests.toymarket import NOON


class Slow(MemorySink):
    """A sink that is busy with its first commit until it is let go; it can store groups."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.go = threading.Event(), threading.Event()
        self.groups: list[int] = []
        self.broken = False

    def commit(self, commit: Commit) -> Written:
        if not self.busy.is_set():
            self.busy.set()
            self.go.wait()
            self.groups.append(1)
        return super().commit(commit)

    def commit_all(self, commits: Sequence[Commit]) -> list[Written]:
        if self.broken:
            raise SinkFailed("the database is gone")
        self.groups.append(len(commits))
        return [self.commit(commit) for commit in commits]


def commit(number: int) -> Commit:
    """One order of one of several shops."""
    order = shelf.order(f"o{number}")
    key = StreamKey("toy", str(number % 3), "orders")
    return Commit(key=key, records=(order,), read_at=NOON + timedelta(seconds=number))


async def race(sink: Slow, count: int) -> list[Written | BaseException]:
    """Commit while the sink is busy with the first."""
    desk = Desk(sink)
    first = asyncio.create_task(desk.commit(commit(0)))
    await asyncio.to_thread(sink.busy.wait)
    rest = [asyncio.create_task(desk.commit(commit(n))) for n in range(1, count)]
    await asyncio.sleep(0)  # all of them have asked
    sink.go.set()
    told = await asyncio.gather(first, *rest, return_exceptions=True)
    desk.close()
    return told


def test_commits_that_wait_are_stored_together() -> None:
    """While the sink is busy others queue up; a group is bounded."""
    sink = Slow()
    told = asyncio.run(race(sink, 20))
    assert told == [Written(new=1)] * 20
    assert sink.groups == [1, 16, 3]


def test_a_failed_group_fails_for_each_that_waited() -> None:
    """Everyone gets an error of their own, into which they may write where it happened."""
    sink = Slow()
    sink.broken = True
    first, *rest = asyncio.run(race(sink, 4))
    assert first == Written(new=1)
    assert [type(error) for error in rest] == [SinkFailed] * 3
    assert len({id(error) for error in rest}) == 3


def test_a_sink_that_stores_no_groups_gets_one_at_a_time() -> None:
    """Grouping is an offer, not a duty."""

    async def several() -> list[Written]:
        desk = Desk(MemorySink())
        told = await asyncio.gather(*(desk.commit(commit(n)) for n in range(5)))
        desk.close()
        return told

    assert asyncio.run(several()) == [Written(new=1)] * 5


def test_a_caller_that_gave_up_does_not_stop_the_others() -> None:
    """A commit that was cancelled while it waited is left out; the rest are stored."""
    sink = Slow()

    async def run() -> Written:
        desk = Desk(sink)
        first = asyncio.create_task(desk.commit(commit(0)))
        await asyncio.to_thread(sink.busy.wait)
        gone, stays = (asyncio.create_task(desk.commit(commit(n))) for n in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        sink.go.set()
        await first
        written = await stays
        desk.close()
        return written

    assert asyncio.run(run()) == Written(new=1)
    assert {name for _, name in sink.records} == {"o0", "o2"}


def moving(number: int) -> Commit:
    """A page that moves the checkpoint of its shop's stream to the second `number`."""
    plain = commit(number)
    return evolve(plain, checkpoint=Checkpoint(done_to=plain.read_at))


async def behind(sink: Slow, *numbers: int, gone: int | None = None) -> dict[int, object]:
    """Let pages wait behind a busy sink, of which one is given up; returns what became of each."""
    desk = Desk(sink)
    tasks = {0: asyncio.create_task(desk.commit(moving(0)))}
    await asyncio.to_thread(sink.busy.wait)
    tasks |= {n: asyncio.create_task(desk.commit(moving(n))) for n in numbers}
    await asyncio.sleep(0)
    if gone is not None:
        tasks[gone].cancel()
        await asyncio.wait([tasks[gone]])
    sink.go.set()
    told = await asyncio.gather(*tasks.values(), return_exceptions=True)
    desk.close()
    return dict(zip(tasks, told, strict=True))


def test_no_page_is_stored_ahead_of_one_that_was_given_up() -> None:
    """Its checkpoint would say that the other is there; other streams are not held back."""
    sink = Slow()
    told = asyncio.run(behind(sink, 3, 4, 6, gone=3))
    assert [told[n] for n in (0, 4)] == [Written(new=1)] * 2
    assert [type(told[n]) for n in (3, 6)] == [asyncio.CancelledError] * 2
    assert {name for _, name in sink.records} == {"o0", "o4"}


class Picky(Slow):
    """A sink that fails once, at one page; it takes one at a time."""

    commit_all = None  # type: ignore[assignment]
    refused = "o3"

    def commit(self, commit: Commit) -> Written:
        if commit.records[0].id == self.refused:
            self.refused = ""
            raise SinkFailed("the disk is full")
        return super().commit(commit)


def test_no_page_is_stored_ahead_of_one_that_failed() -> None:
    """The later pages of its stream fail for the same reason, until it is read anew."""
    sink = Picky()
    told = asyncio.run(behind(sink, 3, 4, 6))
    assert [type(told[n]) for n in (3, 6)] == [SinkFailed] * 2
    assert {name for _, name in sink.records} == {"o0", "o4"}


def test_a_stream_goes_on_once_its_checkpoint_was_read_again() -> None:
    """A run that begins after a failure knows what is stored."""
    sink = Picky()
    sink.busy.set()

    async def run() -> list[object]:
        desk = Desk(sink)
        told = await asyncio.gather(
            *(desk.commit(moving(n)) for n in (3, 6)), return_exceptions=True
        )
        at = await desk.checkpoint(moving(6).key)
        told = [*map(type, told), at, await desk.commit(moving(6))]
        desk.close()
        return told

    assert asyncio.run(run()) == [SinkFailed, SinkFailed, Checkpoint(), Written(new=1)]


def test_what_a_run_gave_up_does_not_stop_the_next_one() -> None:
    """A page that was given up is met by the sink only after the next run has begun."""
    sink = Slow()

    async def run() -> Written:
        desk = Desk(sink)
        first = asyncio.create_task(desk.commit(moving(0)))
        await asyncio.to_thread(sink.busy.wait)
        gone = asyncio.create_task(desk.commit(moving(3)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        begun = asyncio.create_task(desk.checkpoint(moving(3).key))
        await asyncio.sleep(0)
        sink.go.set()
        await asyncio.gather(first, begun)
        written = await desk.commit(moving(6))
        desk.close()
        return written

    assert asyncio.run(run()) == Written(new=1)
