"""Sync against the Shopee sandbox in this process: whatever it does, the tables hold its truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from entrosdk import Limiter, MemoryStore
from entrosdk.errors import Revoked
from entrosdk.sync import Progress, Report, SqlSink, sync
from tests.sandboxes import NOON, Table


@pytest.fixture
def sink() -> Iterator[SqlSink]:
    """A database in memory."""
    sink = SqlSink("sqlite://")
    yield sink
    sink.close()


def small(orders: int = 40, **world: Any) -> Table:
    """A sandbox with few products, since each costs a request."""
    return Table(orders=orders, products=6, **world)


def rows(sink: SqlSink, query: str) -> set[Any]:
    """Ask the sink's database."""
    with sink._engine.connect() as connection:
        return {tuple(row) for row in connection.execute(text(query))}


def stored(sink: SqlSink) -> dict[str, set[Any]]:
    """What the tables hold, in the shape of `listed`."""
    orders = rows(sink, "select id, raw_status, updated_at, total_minor from orders")
    return {
        "orders": {(id, status, _epoch(at), total) for id, status, at, total in orders},
        "variants": rows(sink, "select product_id, variant_id, sku, sellable from variants"),
        "payments": rows(sink, "select id, order_id, amount_minor from payments"),
        "payouts": rows(sink, "select id, amount_minor from payouts"),
        "returns": rows(sink, "select id, order_id, status from returns"),
    }


def listed(table: Table) -> dict[str, set[Any]]:
    """What the marketplace really holds."""
    truth = table.truth()
    return {
        "orders": {
            (o["id"], o["status"], o["updated_at"], o["total_minor"]) for o in truth["orders"]
        },
        "variants": {
            (p["id"], v["id"], v["sku"], v["sellable"])
            for p in truth["products"]
            for v in p["variants"]
        },
        "payments": {(p["id"], p["order_id"], p["amount_minor"]) for p in truth["payments"]},
        "payouts": {(p["id"], p["amount_minor"]) for p in truth["payouts"]},
        "returns": {(r["id"], r["order_id"], r["status"]) for r in truth["returns"]},
    }


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def test_everything_the_shop_holds_is_in_the_tables(sink: SqlSink) -> None:
    """Ids, states, money and stock are the sandbox's own, row by row."""
    table = Table()
    report = sync(table.async_shop(), sink)
    assert report.ok
    assert stored(sink) == listed(table)


def test_lines_add_up_to_what_the_buyer_pays(sink: SqlSink) -> None:
    """Every stored order has lines, and quantities are positive."""
    sync(small().async_shop(), sink, streams=["orders"])
    bare = rows(sink, "select id from orders where id not in (select order_id from order_lines)")
    assert bare == set()
    assert rows(sink, "select quantity from order_lines where quantity < 1") == set()


def test_a_day_later_only_the_changes_are_read(sink: SqlSink) -> None:
    """The second run ends with the new truth and reads far fewer orders than the first."""
    table, store = small(orders=120), MemoryStore()
    first = sync(table.async_shop(store=store), sink)
    table.control("POST", "/control/orders", b'{"count": 5}')
    table.moment += timedelta(days=1)
    second = sync(table.async_shop(store=store), sink)
    read = [_sum(report.streams[0]) for report in (first, second)]
    assert second.ok
    assert read[1] < read[0] / 2
    assert stored(sink) == listed(table)


def _sum(stream: Any) -> int:
    return int(stream.written.new + stream.written.changed + stream.written.ignored)


def test_malformed_records_stand_in_quarantine(sink: SqlSink) -> None:
    """They are counted, kept whole, and do not make the run fail."""
    table = small()
    table.fault("malformed_record", match="get_order_detail", times=1)
    report = sync(table.async_shop(), sink, streams=["orders"])
    found = report.streams[0].completeness
    assert report.ok
    assert found is not None
    assert found.local + found.quarantined == 40
    held = rows(sink, "select count(*), min(length(body)) > 100 from quarantine")
    assert held == {(found.quarantined, 1)} != {(0, None)}


def test_unknown_words_are_stored_as_they_came(sink: SqlSink) -> None:
    """A status nobody knows is kept raw and does not stop the run."""
    table = small()
    table.fault("unknown_enum", match="get_order_detail", times=1)
    report = sync(table.async_shop(), sink, streams=["orders"])
    assert report.ok
    assert rows(sink, "select count(*) from orders where status = 'UNKNOWN'") != {(0,)}


def test_rows_that_repeat_are_stored_and_counted_once(sink: SqlSink) -> None:
    """A page that shows a row of the page before changes no count."""
    table = small(orders=150)
    table.fault("duplicate_page_row")
    report = sync(table.async_shop(), sink)
    assert report.ok
    assert stored(sink) == listed(table)
    assert report.streams[0].completeness is not None
    assert report.streams[0].completeness.marketplace == 150


def test_orders_that_change_while_they_are_read_are_caught(sink: SqlSink) -> None:
    """After one quiet run, updates that moved rows between pages are all here."""
    table = small(orders=150)
    table.fault("late_update", probability=0.5)
    sync(table.async_shop(), sink)
    table.control("DELETE", "/control/faults")
    table.moment += timedelta(minutes=10)
    assert sync(table.async_shop(), sink).ok
    assert stored(sink) == listed(table)


def test_tokens_that_expire_in_the_middle_are_renewed(sink: SqlSink) -> None:
    """A run outlives its access token."""
    table = small()
    table.fault("expire_token", nth=4)
    assert sync(table.async_shop(), sink).ok
    assert stored(sink) == listed(table)


def test_a_revoked_shop_says_so_and_asks_no_more(sink: SqlSink) -> None:
    """Consent that ends in the middle ends the run with the advice to authorise again."""
    table = small()
    table.fault("revoke", nth=3)
    report = sync(table.async_shop(), sink)
    errors = {type(stream.error) for stream in report.streams}
    assert errors == {Revoked}
    assert "consent" in str(report.streams[0].error)


@pytest.mark.parametrize("effect", ["429", "500", "timeout", "drop_reply", "truncated_json"])
def test_bad_weather_loses_nothing(sink: SqlSink, effect: str) -> None:
    """With one answer in ten going wrong, one or a few runs end complete."""
    table = small()
    table.fault(effect, probability=0.1)
    reports = [sync(table.async_shop(), sink)]
    while not reports[-1].ok and len(reports) < 4:
        reports.append(sync(table.async_shop(), sink))
    assert reports[-1].ok
    assert stored(sink) == listed(table)


BEFORE_ALL = NOON - timedelta(days=60)
"""Before the first order of a world, however long a story lets time pass."""


class Killed(Exception):
    """The process ends here."""


def killed_after(pages: int) -> Any:
    """Progress that ends the process after so many pages."""
    left = [pages]

    def count(progress: Progress) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return count


def run(table: Table, sink: SqlSink, store: MemoryStore, pages: int = 0) -> Report | None:
    """One run, killed after so many pages; none kills no run."""
    # Without limits no time passes, so the truth is still the one the run began with.
    shop = table.async_shop(store=store, limiter=Limiter())
    try:
        return sync(shop, sink, since=BEFORE_ALL, on_progress=killed_after(pages))
    except Killed:
        return None


weather = st.lists(
    st.tuples(
        st.integers(0, 25),  # killed after so many pages
        st.integers(0, 8),  # orders bought before
        st.integers(0, 30),  # hours passed before
        st.sampled_from(["", "429", "500", "drop_reply", "duplicate_page_row", "late_update"]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=12 if settings().max_examples < 1000 else 300)
@given(weather, st.integers(0, 3))
def test_any_weather_ends_with_the_truth(story: list[tuple[int, int, int, str]], seed: int) -> None:
    """Buyers, faults and crashes in any order: one quiet run later the tables hold the truth."""
    table, sink, store = small(orders=30, seed=seed), SqlSink("sqlite://"), MemoryStore()
    for pages, bought, hours, fault in story:
        table.moment += timedelta(hours=hours)
        if bought:
            table.control("POST", "/control/orders", f'{{"count": {bought}}}'.encode())
        if fault:
            table.fault(fault, probability=0.2)
        run(table, sink, store, pages)
        table.control("DELETE", "/control/faults")
    table.moment += timedelta(minutes=10)
    report = run(table, sink, store)
    held, true = stored(sink), listed(table)
    sink.close()
    assert report is not None
    assert report.ok
    assert held == true
