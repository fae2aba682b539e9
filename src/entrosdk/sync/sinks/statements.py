"""The SQL of the sink: bulk upserts that never go back in time, replaced parts, look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Commit, StreamKey
from entrosdk.sync.sinks import openings
from entrosdk.sync.sinks.rows import Part, Row
from entrosdk.sync.sinks.tables import CHECKPOINTS, QUARANTINE

__all__ = [
    "BEGINNING",
    "among",
    "clear_quarantine",
    "fact",
    "facts",
    "keep_settled",
    "named",
    "of",
    "put_checkpoint",
    "put_in_quarantine",
    "replace_parts",
    "upsert",
]

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The version of a record that tells no update time of its own."""

_KEPT = {"history", "first_seen_at"}  # facts about the first time a record was seen
_IN_LIST = 500  # databases limit the parameters of one statement


def among(
    connection: Connection,
    table: Table,
    key: StreamKey,
    column: str,
    ids: Iterable[str],
    *wanted: str,
) -> Iterator[Any]:
    """Yield the distinct `wanted` columns of a shop's rows whose `column` is one of `ids`."""
    columns = [table.c[name] for name in (column, *wanted)]
    for some in _chunks(ids):
        query = select(*columns).where(of(table, key), table.c[column].in_(some)).distinct()
        yield from connection.execute(query)


def upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows or overwrite the same ones, except where a newer version is stored."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(table)
    change = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in _KEPT
    }
    if "attempts" in table.c:
        change["attempts"] = table.c.attempts + 1
    statement = statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_=change,
        where=_not_older(table, statement.excluded),
    )
    connection.execute(statement, rows)


def keep_settled(connection: Connection, table: Table, key: StreamKey, rows: list[Row]) -> None:
    """Fill in when money was settled, where a source that was fetched by id cannot tell it.

    Only listings tell the moment of a release; what they told once stays true.
    """
    untold = {row["id"]: row for row in rows if row["settled_at"] is None}
    for old in among(connection, table, key, "id", untold, "occurred_at", "settled_at"):
        if old.settled_at is not None:
            untold[old.id] |= {"occurred_at": old.occurred_at, "settled_at": old.settled_at}


def facts(
    connection: Connection, table: Table, key: StreamKey, column: str, ids: Iterable[str]
) -> set[tuple[Any, ...]]:
    """Return what rows say, but for when they were read: to tell a change from a repeat."""
    told = [name for name in _told(table) if name != column]
    rows = among(connection, table, key, column, ids, *told)
    return {fact(table, row._asdict()) for row in rows}


def fact(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what one row says, comparable with `facts`."""
    return tuple(row[name] for name in _told(table))


def _told(table: Table) -> list[str]:
    return [one.name for one in table.columns if one.name not in {*_KEPT, "read_at"}]


def replace_parts(
    connection: Connection, part: Part, key: StreamKey, ids: Iterable[str], rows: list[Row]
) -> None:
    """Put `rows` in the place of all parts of the records `ids`."""
    remove(connection, part.table, key, part.parent, ids)
    if rows:
        connection.execute(insert(part.table), rows)


def remove(
    connection: Connection, table: Table, key: StreamKey, column: str, ids: Iterable[str]
) -> None:
    """Delete a shop's rows whose `column` is one of `ids`."""
    for some in _chunks(ids):
        connection.execute(delete(table).where(of(table, key), table.c[column].in_(some)))


def clear_quarantine(connection: Connection, commit: Commit, ids: Iterable[str]) -> None:
    """Forget the quarantine of records that read well now."""
    older = QUARANTINE.c.read_at <= commit.read_at
    for some in _chunks(ids):
        mine = and_(of(QUARANTINE, commit.key), QUARANTINE.c.record_id.in_(some))
        connection.execute(delete(QUARANTINE).where(mine, older))


def put_in_quarantine(
    connection: Connection, commit: Commit, unreadable: Sequence[Unreadable]
) -> None:
    """Keep records that cannot be read, whole."""
    rows = [
        {
            **named(commit.key),
            "record_id": record.id,
            "reason": record.reason,
            "body": record.body,
            "attempts": 1,
            "first_seen_at": commit.read_at,
            "read_at": commit.read_at,
        }
        for record in unreadable
    ]
    upsert(connection, QUARANTINE, rows)


def put_checkpoint(
    connection: Connection, key: StreamKey, at: Checkpoint, read_at: datetime
) -> None:
    """Move the checkpoint. The run that writes last is right: it alone knows its cursor."""
    row = {
        **named(key),
        "since": at.since,
        "done_to": at.done_to,
        "checked_to": at.checked_to,
        "open": openings.to_json(at.open),
        "read_at": read_at,
    }
    connection.execute(delete(CHECKPOINTS).where(of(CHECKPOINTS, key)))
    connection.execute(insert(CHECKPOINTS), [row])


def _not_older(table: Table, new: Any) -> ColumnElement[bool]:
    read_later: ColumnElement[bool] = new.read_at >= table.c.read_at
    if "updated_at" not in table.c:
        return read_later
    mine = func.coalesce(table.c.updated_at, _beginning(table))
    theirs = func.coalesce(new.updated_at, _beginning(table))
    return or_(theirs > mine, and_(theirs == mine, read_later))


def _beginning(table: Table) -> ColumnElement[Any]:
    return literal(BEGINNING, table.c.updated_at.type)


def of(table: Table, key: StreamKey) -> ColumnElement[bool]:
    """Say that a row belongs to the shop (and the stream) of `key`."""
    mine = and_(table.c.marketplace == key.marketplace, table.c.shop_id == key.shop_id)
    return and_(mine, table.c.stream == key.stream) if "stream" in table.c else mine


def named(key: StreamKey) -> Row:
    """Return the columns that name a stream."""
    return {"marketplace": key.marketplace, "shop_id": key.shop_id, "stream": key.stream}


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _IN_LIST)):
        yield some
