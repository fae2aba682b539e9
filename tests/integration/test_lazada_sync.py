"""Sync against the emulated Lazada: whatever it does, the tables hold its truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from entrosdk import MemoryStore
from entrosdk.sandbox import LazadaProfile
from entrosdk.sync import SqlSink, sync
from tests.integration.test_sync_sandbox import listed, rows, stored
from tests.sandboxes import Table


@pytest.fixture
def sink() -> Iterator[SqlSink]:
    """A database in memory."""
    sink = SqlSink("sqlite://")
    yield sink
    sink.close()


def small(**world: Any) -> Table:
    """A Lazada shop with few listings."""
    return Table("lazada", **{"orders": 60, "products": 8, **world})


@pytest.mark.parametrize(
    "profile",
    [
        LazadaProfile(),
        LazadaProfile(times="naive", typing="doc"),
        LazadaProfile(ignores_limit=True),
    ],
)
def test_everything_the_shop_holds_is_in_the_tables(sink: SqlSink, profile: LazadaProfile) -> None:
    """Ids, states, money and stock are the sandbox's own, row by row; nothing is missing."""
    table = small(profile=profile)
    report = sync(table.async_shop(), sink)
    assert report.ok
    assert stored(sink) == listed(table)


def test_a_second_run_takes_over_what_moved(sink: SqlSink) -> None:
    """Two days later orders, money and statements stand as they are."""
    table = small()
    sync(table.async_shop(), sink)
    table.sleep(2 * 86_400)
    assert sync(table.async_shop(), sink).ok
    assert stored(sink) == listed(table)


def test_a_row_that_was_paid_later_is_settled(sink: SqlSink) -> None:
    """Statements are paid days after their rows were read."""
    table = small()
    sync(table.async_shop(), sink)
    before = rows(sink, "select id from payments where settled_at is null")
    table.sleep(12 * 86_400)
    sync(table.async_shop(), sink)
    after = rows(sink, "select id from payments where settled_at is null")
    assert before
    assert not before & after


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        ("malformed_record", {"probability": 0.2}),
        ("unknown_enum", {"probability": 0.2}),
        ("duplicate_page_row", {}),
        ("late_update", {"probability": 0.5}),
        ("expire_token", {"nth": 5}),
        ("500", {"probability": 0.1}),
        ("429", {"probability": 0.1}),
        ("drop_reply", {"probability": 0.1}),
        ("truncated_json", {"probability": 0.1}),
        ("html", {"probability": 0.1}),
    ],
)
def test_no_fault_loses_a_record(sink: SqlSink, effect: str, rule: dict[str, Any]) -> None:
    """Each record is stored or stands in quarantine."""
    table = small()
    table.fault(effect, **rule)
    store = MemoryStore()
    sync(table.async_shop(store=store), sink)
    table.control("DELETE", "/control/faults")
    table.sleep(600)
    report = sync(table.async_shop(store=store), sink)
    broken = rows(sink, "select record_id from quarantine")
    if effect == "malformed_record":
        assert broken
        return
    assert report.ok
    assert stored(sink)["payments"] == listed(table)["payments"]
    assert {row[0] for row in stored(sink)["orders"]} == {row[0] for row in listed(table)["orders"]}
