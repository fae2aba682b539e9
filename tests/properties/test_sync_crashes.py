"""The promise of sync: wherever it is killed, the next run ends with the marketplace's truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from entrosdk.sync.run import Options, sync
from entrosdk.sync.sink import Checkpoint, Commit, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks.memory import MemorySink
from entrosdk.sync.sinks.sql import SqlSink
from tests import shelf
from tests.shelf import DAY, Shelves
from tests.toymarket import NOON


class Killed(Exception):
    """The process ends here."""


@define
class Mortal:
    """A sink whose process is killed at one of its calls, before the call or after it."""

    sink: MemorySink
    life: int
    after: bool
    calls: int = 0

    def _pass(self, *, after: bool) -> None:
        self.calls += not after
        if self.calls == self.life and after == self.after:
            raise Killed

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        self._pass(after=False)
        found = self.sink.checkpoint(key)
        self._pass(after=True)
        return found

    def commit(self, commit: Commit) -> Written:
        self._pass(after=False)
        written = self.sink.commit(commit)
        self._pass(after=True)
        return written

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        self._pass(after=False)
        found = self.sink.known(key, ids)
        self._pass(after=True)
        return found

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        self._pass(after=False)
        found = self.sink.dates(key, ids)
        self._pass(after=True)
        return found

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        self._pass(after=False)
        found = self.sink.quarantined(key, ids)
        self._pass(after=True)
        return found

    def close(self) -> None:
        pass


def stocked() -> Shelves:
    """A few records of every kind, some of them unreadable or slipping between pages."""
    shelves = Shelves()
    shelves.orders.put(*(shelf.order(f"o{n}", NOON - (3 * n + 1) * DAY) for n in range(9)))
    shelves.orders.hidden, shelves.orders.broken = {"o2"}, {"o4"}
    shelves.products.put(*(shelf.product(f"p{n}") for n in range(4)))
    shelves.payments.put(*shelf.payments("o1", 300, -20, at=NOON - DAY))
    shelves.payments.put(*shelf.payments("o2", 500, at=NOON - 20 * DAY))
    shelves.payout.put(shelf.payout("t1", NOON - DAY))
    shelves.returns.put(*(shelf.a_return(f"r{n}", NOON - n * DAY) for n in range(1, 5)))
    return shelves


def truth(shelves: Shelves) -> dict[str, set[str]]:
    """What the marketplace holds and a sink can read."""
    racks = {
        "orders": shelves.orders,
        "products": shelves.products,
        "payments": shelves.payments,
        "payouts": shelves.payout,
        "returns": shelves.returns,
    }
    return {name: set(rack.records) - rack.broken for name, rack in racks.items()}


def held(sink: MemorySink) -> dict[str, set[str]]:
    """What a sink holds."""
    result: dict[str, set[str]] = {name: set() for name in truth(Shelves())}
    for key, name in sink.records:
        result[key.stream].add(name)
    return result


def calls_of_a_whole_run() -> int:
    """How many calls a run makes when nothing happens to it."""
    counter = Mortal(MemorySink(), life=0, after=False)
    sync(stocked().shop(), counter)
    return counter.calls


LIVES = [(life, after) for life in range(1, calls_of_a_whole_run() + 1) for after in (False, True)]


@pytest.mark.parametrize(("life", "after"), LIVES)
def test_a_run_killed_anywhere_is_completed_by_the_next(life: int, after: bool) -> None:
    """Killed before or after any call to the sink, the next run ends complete."""
    shelves, sink = stocked(), MemorySink()
    with pytest.raises(Killed):
        sync(shelves.shop(), Mortal(sink, life, after))
    report = sync(shelves.shop(), sink)
    assert report.ok
    assert held(sink) == truth(shelves)
    assert [name for _, name in sink.quarantine] == ["o4"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("life", range(2, 4))
def test_a_crash_repeats_at_most_one_page(life: int, after: bool) -> None:
    """Pages asked for by both runs together are at most one more than without the crash."""
    whole, shelves, sink = stocked(), stocked(), MemorySink()
    options: Options = {"streams": ["orders"], "check": "none", "since": NOON - 15 * DAY}
    sync(whole.shop(), MemorySink(), **options)
    with pytest.raises(Killed):
        sync(shelves.shop(), Mortal(sink, life, after), **options)
    sync(shelves.shop(), sink, **options)
    repeated = len(shelves.orders.asked) - len(whole.orders.asked)
    assert repeated == (0 if after else 1)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.integers(0, 40)), max_size=5))
def test_runs_killed_while_orders_change_end_with_the_truth(
    history: list[tuple[int, bool, int]],
) -> None:
    """Any sequence of buyers' updates and crashes ends, after one quiet run, with the newest."""
    shelves, sink = stocked(), MemorySink()
    for number, (life, after, which) in enumerate(history):
        shelves.now = NOON + (number + 1) * DAY
        changed = shelf.order(f"o{which}", shelves.now - DAY / 2, raw_status=f"v{number}")
        shelves.orders.put(changed)
        try:
            sync(shelves.shop(), Mortal(sink, life, after))
        except Killed:
            continue
    shelves.now += DAY
    assert sync(shelves.shop(), sink).ok
    assert held(sink) == truth(shelves)
    assert statuses_held(sink) == statuses_listed(shelves)


def statuses_held(sink: MemorySink) -> dict[str, Any]:
    """The version of each order the sink holds."""
    orders = [records[0] for (key, _), records in sink.records.items() if key.stream == "orders"]
    return {order.id: getattr(order, "raw_status", None) for order in orders}


def statuses_listed(shelves: Shelves) -> dict[str, Any]:
    """The version of each order on the shelf."""
    readable = set(shelves.orders.records) - shelves.orders.broken
    return {name: shelves.orders.records[name][1][0].raw_status for name in readable}


@pytest.mark.parametrize("table", ["order_lines", "quarantine", "checkpoints"])
def test_a_commit_is_whole_or_not_at_all(table: str) -> None:
    """Whatever table fails, neither records nor the checkpoint of the page are kept."""
    sink = SqlSink("sqlite://")
    shelves = stocked()
    with sink._engine.begin() as connection:
        connection.execute(text(f"alter table {table} rename to away"))
    report = sync(shelves.shop(), sink, streams=["orders"])
    with sink._engine.connect() as connection:
        kept = connection.execute(text("select count(*) from orders")).scalar()
    sink.close()
    assert kept == 0
    assert isinstance(report.streams[0].error, SinkFailed)


def test_a_sink_gone_and_back_costs_one_page() -> None:
    """A database that fails once ends the stream with its error; the next run completes it."""
    shelves, failing = stocked(), _FailsOnce()
    first = sync(shelves.shop(), failing, streams=["orders"])
    second = sync(shelves.shop(), failing, streams=["orders"])
    assert isinstance(first.streams[0].error, SinkFailed)
    assert second.ok


class _FailsOnce(MemorySink):
    def __init__(self) -> None:
        super().__init__()
        self._left = 2

    def commit(self, commit: Commit) -> Written:
        self._left -= 1
        if self._left == 0:
            raise SinkFailed("the database is gone")
        return super().commit(commit)
