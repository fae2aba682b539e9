"""The SQL sink: SQLite out of the box, PostgreSQL by URL (needs `entrosdk[sql]`).

A commit is one transaction: a page's records, its quarantine and the checkpoint stand or fall
together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, StatementError

from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Commit, Record, StreamKey, Written
from entrosdk.sync.sinks import openings, statements
from entrosdk.sync.sinks.database import hold, open_database, prepare, trouble
from entrosdk.sync.sinks.rows import LAYOUTS, Layout, dump
from entrosdk.sync.sinks.tables import CHECKPOINTS, QUARANTINE, RAW_BODIES

__all__ = ["SqlSink"]

Units: TypeAlias = Mapping[str, list[Record]]
"""Records by the id they are versioned and replaced under."""


class SqlSink:
    """Keeps records in the tables of `entrosdk.sync.sinks.tables`.

    Names, phones, addresses, notes and whole bodies of records are stored only with
    `personal=True`; quarantine keeps the body of a record that cannot be read in any case, so a
    SQLite file that is made here is readable by its owner only.
    """

    def __init__(self, url: str, *, personal: bool = False) -> None:
        self._personal = personal
        self._engine = open_database(url)
        prepare(self._engine)

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        query = select(CHECKPOINTS).where(statements.of(CHECKPOINTS, key))
        with trouble(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Checkpoint(
            since=row.since,
            done_to=row.done_to,
            checked_to=row.checked_to,
            open=openings.from_json(row.open or ()),
        )

    def commit(self, commit: Commit) -> Written:
        """Store everything or nothing; a record the database refuses goes to quarantine."""
        with self._writing(commit.key) as connection:
            written, refused = self._keep_all(connection, commit)
            unreadable = (*commit.unreadable, *refused)
            quarantined = self._quarantine(connection, commit, unreadable)
            if commit.checkpoint is not None:
                statements.put_checkpoint(connection, commit.key, commit.checkpoint, commit.read_at)
        return written + Written(quarantined=quarantined)

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored (for payments: source ids)."""
        layout = LAYOUTS[key.stream]
        with trouble(), self._engine.connect() as connection:
            rows = statements.among(connection, layout.table, key, layout.key, ids)
            return {row[0] for row in rows}

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map those of `ids` that are stored with an update time to that time."""
        with trouble(), self._engine.connect() as connection:
            told = _versions(connection, LAYOUTS[key.stream], key, ids)
        return {name: told[name][0] for name in told if told[name][0] != statements.BEGINNING}

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        with trouble(), self._engine.connect() as connection:
            rows = statements.among(connection, QUARANTINE, key, "record_id", ids)
            return {row[0] for row in rows}

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()

    @contextmanager
    def _writing(self, key: StreamKey) -> Iterator[Connection]:
        with trouble(), self._engine.execution_options(writes=True).begin() as connection:
            hold(connection, f"{key.marketplace}:{key.shop_id}:{key.stream}")
            yield connection

    def _keep_all(self, connection: Connection, commit: Commit) -> tuple[Written, list[Unreadable]]:
        units = _units(commit)
        try:
            with connection.begin_nested():
                return self._keep(connection, commit, units), []
        except (StatementError, OverflowError, ValueError) as error:
            if not _about_data(error):
                raise
        return self._keep_each(connection, commit, units)

    def _keep_each(
        self, connection: Connection, commit: Commit, units: Units
    ) -> tuple[Written, list[Unreadable]]:
        """One record of the page is unfit for the database: find it, keep the others."""
        written, refused = Written(), []
        for name, records in units.items():
            try:
                with connection.begin_nested():
                    written += self._keep(connection, commit, {name: records})
            except (StatementError, OverflowError, ValueError) as error:
                if not _about_data(error):
                    raise
                refused.append(_refused(name, records, error))
        return written, refused

    def _keep(self, connection: Connection, commit: Commit, units: Units) -> Written:
        key, layout = commit.key, LAYOUTS[commit.key.stream]
        stored = _versions(connection, layout, key, units)
        fresh = {
            name: records
            for name, records in units.items()
            if name not in stored or stored[name] <= _version(records[0], commit)
        }
        records = [record for group in fresh.values() for record in group]
        heads = [layout.head(record, commit, self._personal) for record in records]
        undated = "updated_at" not in layout.table.c  # only their content tells a change
        before: set[tuple[Any, ...]] = set()
        if undated:
            before = statements.facts(connection, layout.table, key, layout.key, fresh)
        if layout.key != "id":
            statements.keep_settled(connection, layout.table, key, heads)
            statements.remove(connection, layout.table, key, layout.key, fresh)
        statements.upsert(connection, layout.table, heads)
        for part in layout.parts:
            rows = [row for record in records for row in part.rows(record)]
            statements.replace_parts(connection, part, key, fresh, rows)
        if self._personal:
            self._keep_bodies(connection, commit, fresh)
        statements.clear_quarantine(connection, commit, fresh)
        if not before:
            return _tally(units, fresh, stored)
        same = sum(statements.fact(layout.table, head) in before for head in heads)
        return _tally(units, fresh, stored, same=same)

    def _keep_bodies(self, connection: Connection, commit: Commit, units: Units) -> None:
        bodies = {name: dump(records[0]) for name, records in units.items()}
        rows = [
            {**statements.named(commit.key), "record_id": name, "body": body}
            | {"read_at": commit.read_at}
            for name, body in bodies.items()
            if body is not None
        ]
        statements.upsert(connection, RAW_BODIES, rows)

    def _quarantine(
        self, connection: Connection, commit: Commit, unreadable: Sequence[Unreadable]
    ) -> int:
        """Keep what cannot be read, unless it was read well later than this page."""
        key, layout = commit.key, LAYOUTS[commit.key.stream]
        names = [record.id for record in unreadable]
        rows = statements.among(connection, layout.table, key, layout.key, names, "read_at")
        later = {row[0] for row in rows if row.read_at > commit.read_at}
        kept = {record.id: record for record in unreadable if record.id not in later}
        statements.put_in_quarantine(connection, commit, list(kept.values()))
        return len(kept)


def _units(commit: Commit) -> Units:
    """Group records by what they are versioned under; of a repeated record the newest counts."""
    units: dict[str, list[Record]] = {}
    whole = LAYOUTS[commit.key.stream].key == "id"
    for record in commit.records:
        name = record.id if whole else getattr(record, LAYOUTS[commit.key.stream].key)
        group = units.setdefault(name, [])
        if whole and group and _version(group[0], commit) <= _version(record, commit):
            group.clear()
        if not (whole and group):
            group.append(record)
    return units


def _version(record: Record, commit: Commit) -> tuple[datetime, datetime]:
    return getattr(record, "updated_at", None) or statements.BEGINNING, commit.read_at


def _versions(
    connection: Connection, layout: Layout, key: StreamKey, ids: Iterable[str]
) -> dict[str, tuple[datetime, datetime]]:
    told = ["updated_at"] if "updated_at" in layout.table.c else []
    rows = statements.among(connection, layout.table, key, layout.key, ids, "read_at", *told)
    return {
        row[0]: ((row.updated_at if told else None) or statements.BEGINNING, row.read_at)
        for row in rows
    }


def _tally(units: Units, fresh: Units, stored: Mapping[str, Any], *, same: int = 0) -> Written:
    """Count what was written; `same` are records read again that say what was stored."""
    new = sum(len(records) for name, records in fresh.items() if name not in stored)
    changed = sum(len(records) for name, records in fresh.items() if name in stored) - same
    total = sum(len(records) for records in units.values())
    return Written(new=new, changed=changed, ignored=total - new - changed)


def _about_data(error: Exception) -> bool:
    """Is it about a value, so that other records may do better, or about the database?"""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError | InterfaceError)
    return True


def _refused(name: str, records: Sequence[Record], error: Exception) -> Unreadable:
    cause = getattr(error, "orig", None) or error
    body = (dump(records[0]) or "").encode("utf-8", "surrogatepass")
    return Unreadable(id=name, reason=f"the database refused it: {type(cause).__name__}", body=body)
