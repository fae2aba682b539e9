"""Databases of older releases: what is in them stays, and sync goes on where it stopped."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from entrosdk.sync.run import sync
from entrosdk.sync.sink import Checkpoint, Opening, SinkFailed, StreamKey
from entrosdk.sync.sinks import migrations, tables
from entrosdk.sync.sinks.sql import SqlSink
from tests import shelf
from tests.shelf import DAY, Shelves
from tests.toymarket import NOON

ORDERS = StreamKey("toy", "1", "orders")
SCHEMA_1 = Path(__file__).parents[2] / "fixtures" / "sql" / "schema_1_sqlite.sql"


def at(moment: Any) -> str:
    """An instant as schema 1 stored it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.fixture
def old(tmp_path: Path) -> str:
    """The address of a database of schema 1, left in the middle of two windows."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_1.read_text())
    checkpoint = "insert into checkpoints values ('toy', '1', ?, ?, ?, ?, ?, ?, ?, ?)"
    covered = (at(NOON - 15 * DAY), at(NOON - 5 * DAY), at(NOON - 6 * DAY))
    live = (at(NOON - 5 * DAY), at(NOON), "3")
    backfill = (at(NOON - 30 * DAY), at(NOON - 15 * DAY), None)
    connection.execute(checkpoint, ("orders", *covered, *live, at(NOON)))
    connection.execute(checkpoint, ("returns", *covered, *backfill, at(NOON)))
    connection.execute(checkpoint, ("products", *covered, None, None, None, at(NOON)))
    connection.execute(
        "insert into quarantine values ('toy', '1', 'orders', 'bad', 'no price', x'7b7d', 1, ?, ?)",
        (at(NOON), at(NOON)),
    )
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_an_open_window_is_carried_over(old: str) -> None:
    """The one window of schema 1 becomes a list of one, within what is covered.

    A backfill stays history, and what is covered is compared again from its beginning.
    """
    sink = SqlSink(old)
    found = [sink.checkpoint(StreamKey("toy", "1", name)) for name in ("orders", "returns")]
    sink.close()
    live = Opening(window=(NOON - 5 * DAY, NOON), cursor="3")
    backfill = Opening(window=(NOON - 30 * DAY, NOON - 15 * DAY), history=True)
    assert found == [
        Checkpoint(since=NOON - 15 * DAY, done_to=NOON, checked_to=NOON - 6 * DAY, open=(live,)),
        Checkpoint(since=NOON - 30 * DAY, done_to=NOON - 5 * DAY, open=(backfill,)),
    ]


def test_sync_goes_on_from_the_window_that_was_open(old: str) -> None:
    """After the upgrade the first page asked for is the next one of the open window."""
    shelves, sink = Shelves(), SqlSink(old)
    shelves.orders.put(*(shelf.order(f"o{n}", NOON - (n + 1) * DAY / 4) for n in range(9)))
    report = sync(shelves.shop(), sink, streams=["orders"], check="none")
    with sink._engine.connect() as connection:
        stored = connection.execute(text("select count(*) from orders")).scalar()
    sink.close()
    assert report.ok
    assert shelves.orders.asked[0][2] == "3"
    assert stored == len(shelves.orders.records) - 3  # the old process had stored those


def test_what_was_stored_stays(old: str) -> None:
    """Rows of tables that did not change are left as they are."""
    sink = SqlSink(old)
    assert sink.quarantined(ORDERS, ["bad"]) == {"bad"}
    sink.close()


def test_an_upgraded_database_is_like_a_new_one(old: str, tmp_path: Path) -> None:
    """Columns, keys and indexes are those of a database that was just made."""
    new = f"sqlite:///{tmp_path}/new.db"
    for url in (old, new):
        SqlSink(url).close()
    assert shape(old) == shape(new)


def shape(url: str) -> dict[str, Any]:
    """What a database looks like."""
    engine = create_engine(url)
    seen = inspect(engine)
    found = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(name)],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted((i["name"], i["column_names"]) for i in seen.get_indexes(name)),
        )
        for name in seen.get_table_names()
    }
    engine.dispose()
    return found


def test_a_step_that_fails_leaves_the_old_database_whole(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of an upgrade stays when one of its steps fails; it can be tried again."""

    def failing(connection: Any) -> None:
        migrations._open_windows(connection)
        connection.execute(text("insert into nowhere values (1)"))

    before = shape(old)
    with monkeypatch.context() as patched:
        patched.setitem(migrations.STEPS, 1, failing)
        with pytest.raises(SinkFailed, match="nowhere"):
            SqlSink(old)
    assert shape(old) == before
    sink = SqlSink(old)
    assert sink.checkpoint(ORDERS) is not None
    sink.close()


def test_two_at_once_upgrade_once(old: str) -> None:
    """Whoever comes second finds the work done."""
    start, made = threading.Barrier(2), list[SqlSink]()

    def run() -> None:
        start.wait()
        made.append(SqlSink(old))

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    found = [sink.checkpoint(ORDERS) for sink in made]
    for sink in made:
        sink.close()
    assert len(found) == 2
    assert None not in found


def test_there_is_a_step_from_every_older_schema() -> None:
    """No release's database is left behind."""
    assert sorted(migrations.STEPS) == list(range(1, tables.SCHEMA))
