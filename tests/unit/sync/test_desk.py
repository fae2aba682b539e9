"""The counter in front of a sink: what waits together is stored together."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from entrosdk.sync.desk import Desk, Line
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


def lines() -> defaultdict[str, Line]:
    """A line for each shop's stream, as one run has it."""
    return defaultdict(Line)


async def behind(sink: Slow, *numbers: int, gone: int | None = None) -> dict[int, object]:
    """Let pages wait behind a busy sink, of which one is given up; returns what became of each."""
    desk, line = Desk(sink), lines()

    def task(n: int) -> asyncio.Task[Written]:
        page = moving(n)
        return asyncio.create_task(desk.commit(page, line[page.key.shop_id]))

    tasks = {0: task(0)}
    await asyncio.to_thread(sink.busy.wait)
    tasks |= {n: task(n) for n in numbers}
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
    assert [type(told[n]) for n in (3, 6)] == [asyncio.CancelledError, SinkFailed]
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


def test_another_run_of_the_stream_goes_on() -> None:
    """What one run could not store or gave up is nothing to a run that began elsewhere."""
    sink = Picky()

    async def run() -> list[object]:
        desk, one, other = Desk(sink), Line(), Line()
        first = asyncio.create_task(desk.commit(moving(0), one))
        await asyncio.to_thread(sink.busy.wait)
        tasks = [
            asyncio.create_task(desk.commit(moving(n), line))
            for n, line in ((3, one), (9, other), (6, one))
        ]
        asked = asyncio.create_task(desk.checkpoint(moving(0).key))
        late = asyncio.create_task(desk.commit(moving(12), one))
        await asyncio.sleep(0)
        sink.go.set()
        told = await asyncio.gather(first, *tasks, late, return_exceptions=True)
        assert (await asked).done_to == moving(9).read_at
        desk.close()
        return [one if isinstance(one, Written) else type(one) for one in told]

    new = Written(new=1)
    assert asyncio.run(run()) == [new, SinkFailed, new, SinkFailed, SinkFailed]
    assert {name for _, name in sink.records} == {"o0", "o9"}


class Odd(Exception):
    """An error that cannot be copied."""

    def __init__(self, text: str, *, row: int) -> None:
        super().__init__(text, row)


class Odder(MemorySink):
    """A sink of somebody's own."""

    def commit(self, commit: Commit) -> Written:
        raise Odd("no", row=1)


class Forgetful(Slow):
    """Tells too little of what it stored."""

    def commit_all(self, commits: Sequence[Commit]) -> list[Written]:
        return super().commit_all(commits)[1:]


def test_an_error_that_cannot_be_copied_is_told_all_the_same() -> None:
    """Nobody waits for ever."""

    async def run() -> list[object]:
        desk = Desk(Odder())
        told = await asyncio.gather(
            *(desk.commit(commit(n)) for n in (1, 2)), return_exceptions=True
        )
        desk.close()
        return [type(one) for one in told]

    assert asyncio.run(run()) == [Odd, Odd]


def test_a_sink_that_tells_too_little_has_failed() -> None:
    """Which of the commits it left out, nobody can know."""
    first, *rest = asyncio.run(race(Forgetful(), 3))
    assert (first, [type(one) for one in rest]) == (Written(new=1), [SinkFailed] * 2)
