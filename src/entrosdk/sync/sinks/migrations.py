"""From older schemas of the SQL sink to the present one: forward, one step after the other.

A step is written once and never changed: it knows the tables as they were, not as `tables` has
them today. `database.prepare` runs what is missing in one transaction, under the schema lock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from entrosdk.sync.sinks.tables import SCHEMA, SCHEMA_STAMP, UtcTime

__all__ = ["STEPS", "upgrade"]

Step: TypeAlias = Callable[[Connection], None]


def upgrade(connection: Connection, version: int) -> None:
    """Bring the tables from schema `version` to `SCHEMA`; the transaction is the caller's."""
    for number in range(version, SCHEMA):
        STEPS[number](connection)
    connection.execute(update(SCHEMA_STAMP).values(version=SCHEMA))


def _open_windows(connection: Connection) -> None:
    """Let checkpoints name any number of open windows, in a JSON column, instead of one."""
    before, after = _checkpoints(_ONE_WINDOW), _checkpoints([("open", JSON(none_as_null=True))])
    rows = connection.execute(select(before)).all()
    before.drop(connection)
    after.create(connection)
    if rows:
        connection.execute(insert(after), [_opened(row) for row in rows])


_ONE_WINDOW = [("window_from", UtcTime), ("window_to", UtcTime), ("cursor", Text)]
_BOUNDS = ("since", "done_to", "checked_to")
_KEPT = ("marketplace", "shop_id", "stream", *_BOUNDS, "read_at")


def _checkpoints(middle: list[tuple[str, Any]]) -> Table:
    return Table(
        "checkpoints",
        MetaData(),
        *(Column(name, Text, primary_key=True) for name in ("marketplace", "shop_id", "stream")),
        *(Column(name, UtcTime) for name in _BOUNDS),
        *(Column(name, kind) for name, kind in middle),
        Column("read_at", UtcTime, nullable=False),
    )


def _opened(row: Row[Any]) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in _KEPT}
    if row.window_from is None:
        return kept | {"open": []}
    start, end = row.window_from, row.window_to
    # A window that ends before what is covered begins was a backfill.
    backfill = row.since is not None and start < end <= row.since
    left = {
        "from": f"{start:%Y-%m-%dT%H:%M:%S.%fZ}",
        "to": f"{end:%Y-%m-%dT%H:%M:%S.%fZ}",
        "cursor": row.cursor,
        "history": backfill,
    }
    return kept | (_covering(row, start, end) if start < end else {}) | {"open": [left]}


def _covering(row: Row[Any], start: datetime, end: datetime) -> dict[str, Any]:
    """What is covered reaches round its open windows now; it used to end where they began."""
    earlier = row.since is None or start < row.since
    return {
        "since": start if earlier else row.since,
        "done_to": max(end, row.done_to or end),
        "checked_to": None if earlier else row.checked_to,
    }


STEPS: dict[int, Step] = {1: _open_windows}
"""What takes a database from the schema of that number to the next one."""
