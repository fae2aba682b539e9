"""Laws of sinks: whatever order versions and replays arrive in, the newest is what stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text

from entrosdk.domain.order import Order
from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Commit, Sink, StreamKey, Written
from entrosdk.sync.sinks.memory import MemorySink
from entrosdk.sync.sinks.sql import SqlSink
from entrosdk.sync.sinks.tables import METADATA
from tests import shelf
from tests.toymarket import NOON

ORDERS = StreamKey("toy", "1", "orders")
PAYMENTS = StreamKey("toy", "1", "payments")

minutes = st.integers(0, 4)
arrivals = st.lists(st.tuples(minutes, minutes, st.sampled_from("ab")), min_size=1, max_size=7)


@pytest.fixture(scope="module")
def database() -> Iterator[SqlSink]:
    """One database for all examples: making the tables takes longer than an example."""
    sink = SqlSink("sqlite://")
    yield sink
    sink.close()


@contextmanager
def emptied(sink: SqlSink) -> Iterator[SqlSink]:
    """Empty the database for one example."""
    with sink._engine.execution_options(writes=True).begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
    yield sink


def rows(sink: SqlSink, query: str) -> list[Any]:
    """Ask the sink's database."""
    with sink._engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def after(number: int) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)


def version(updated: int, read: int, name: str) -> Commit:
    """A commit of one order whose lines tell its version."""
    order = shelf.order(name, after(updated), raw_status=f"{updated}.{read}")
    lines = tuple(evolve(line, sku=order.raw_status) for line in order.lines[: 1 + updated % 2])
    return Commit(key=ORDERS, records=(evolve(order, lines=lines),), read_at=after(read))


@given(arrivals)
def test_any_order_of_versions_ends_at_the_newest(
    database: SqlSink, arrived: list[tuple[int, int, str]]
) -> None:
    """Of all versions of an order the newest stays, by update time and then by reading time."""
    newest = {name: max((u, r) for u, r, n in arrived if n == name) for _, _, name in arrived}
    with emptied(database) as sink:
        for updated, read, name in arrived:
            sink.commit(version(updated, read, name))
        stored = rows(sink, "select id, raw_status from orders order by id")
    assert stored == [(name, f"{u}.{r}") for name, (u, r) in sorted(newest.items())]


@given(arrivals)
def test_lines_always_belong_to_the_stored_version(
    database: SqlSink, arrived: list[tuple[int, int, str]]
) -> None:
    """No line of another version survives beside its order."""
    with emptied(database) as sink:
        for updated, read, name in arrived:
            sink.commit(version(updated, read, name))
        stored = rows(
            sink,
            "select distinct o.raw_status = l.sku, o.updated_at = o.created_at"
            " from orders o join order_lines l on l.order_id = o.id",
        )
        counts = rows(
            sink,
            "select cast(substr(o.raw_status, 1, 1) as int) % 2 + 1, count(*) from orders o"
            " join order_lines l on l.order_id = o.id group by o.id",
        )
    assert stored == [(1, 1)]
    assert all(expected == actual for expected, actual in counts)


@given(arrivals)
def test_memory_and_sql_sinks_agree(database: SqlSink, arrived: list[tuple[int, int, str]]) -> None:
    """Both sinks tell the same about every commit and keep the same versions."""
    memory = MemorySink()
    with emptied(database) as sink:
        told = [
            (sink.commit(version(*arrival)), memory.commit(version(*arrival)))
            for arrival in arrived
        ]
        stored = dict(rows(sink, "select id, raw_status from orders"))
    kept = {name: records[0].raw_status for (_, name), records in memory.records.items()}  # type: ignore[union-attr]
    assert all(one == other for one, other in told)
    assert kept == stored


@given(arrivals)
def test_replays_are_harmless(database: SqlSink, arrived: list[tuple[int, int, str]]) -> None:
    """Commits that arrive again change nothing."""
    commits = [version(*arrival) for arrival in arrived]
    query = "select id, raw_status, updated_at, read_at from orders order by id"
    with emptied(database) as sink:
        for commit in commits:
            sink.commit(commit)
        before = rows(sink, query)
        for commit in commits:
            sink.commit(commit)
        assert rows(sink, query) == before


@given(st.lists(st.tuples(minutes, st.integers(0, 3)), min_size=1, max_size=6))
def test_a_sources_movements_are_replaced_as_a_whole(
    database: SqlSink, reads: list[tuple[int, int]]
) -> None:
    """After any order of readings a source has the movements of the newest reading, no others."""
    reads = list({read: (read, count) for read, count in reads}.values())
    with emptied(database) as sink:
        for read, count in reads:
            found = shelf.payments("s1", *[1000 + read] * (count + 1))
            sink.commit(Commit(key=PAYMENTS, records=found, read_at=after(read)))
        stored = rows(sink, "select amount_minor from payments")
    read, count = max(reads)
    assert stored == [(1000 + read,)] * (count + 1)


@given(st.permutations([(0, False), (1, True), (2, False), (3, True)]))
def test_quarantine_holds_exactly_what_cannot_be_read_now(
    database: SqlSink, reads: list[tuple[int, bool]]
) -> None:
    """Whatever order good and bad readings arrive in, the newest says if it is in quarantine."""
    with emptied(database) as sink:
        for read, good in reads:
            sink.commit(_reading(read, good))
        assert sink.quarantined(ORDERS, ["a"]) == set()
        sink.commit(_reading(5, good=False))
        assert sink.quarantined(ORDERS, ["a"]) == {"a"}
        sink.commit(_reading(6, good=True))
        assert sink.quarantined(ORDERS, ["a"]) == set()


def _reading(read: int, good: bool) -> Commit:
    bad = Unreadable(id="a", reason="no price", body=b"{}")
    records: tuple[Order, ...] = (shelf.order("a"),) if good else ()
    unread = () if good else (bad,)
    return Commit(key=ORDERS, records=records, unreadable=unread, read_at=after(read))


@pytest.mark.parametrize("make", [MemorySink, lambda: SqlSink("sqlite://")])
def test_a_page_that_repeats_a_row_counts_it_once(make: Callable[[], Sink]) -> None:
    """Of a row that is on a page twice, the newer one is stored and counted."""
    sink = make()
    older, newer = shelf.order("a", after(1)), shelf.order("a", after(2))
    written = sink.commit(Commit(key=ORDERS, records=(newer, older), read_at=NOON))
    again = sink.commit(Commit(key=ORDERS, records=(older,), read_at=NOON))
    sink.close()
    assert (written, again) == (Written(new=1), Written(ignored=1))
