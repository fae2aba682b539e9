"""What differs between SQLite and PostgreSQL: how values are bound, how many rows go in at once.

Statements are written once and run by the driver: compiling them, and converting each value of
wide rows, costs more than the databases themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from attrs import frozen
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from entrosdk.sync.sink import StreamKey
from entrosdk.sync.sinks import statements
from entrosdk.sync.sinks.instants import from_text, naive, to_text

__all__ = ["Backend", "Postgres", "Row", "Sqlite", "StreamRows"]

Row: TypeAlias = tuple[Any, ...]
"""All columns of a table in their order, as the driver binds them."""


class Backend(Protocol):
    """One kind of database."""

    mark: str
    among: str

    def when(self, moment: datetime) -> Any:
        """Return an instant as it is bound; raises `ValueError` when it has no time zone."""
        ...

    def moment(self, value: Any) -> datetime:
        """Return a stored instant as aware UTC."""
        ...

    def names(self, ids: Iterable[str]) -> Any:
        """Return ids as the one value that `among` takes."""
        ...

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Store rows whose keys are new."""
        ...

    def merge(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Store rows, or overwrite the same ones except where a newer version is stored."""
        ...

    def learn(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Help the database to plan look-ups in tables that just grew."""
        ...


class Sqlite:
    """Text for times, because SQLite has no type for them; plain `executemany`."""

    mark = "?"
    among = "IN (SELECT value FROM json_each(?))"  # one statement for any number of ids

    def when(self, moment: datetime) -> str:
        return to_text(moment)

    def moment(self, value: str) -> datetime:
        return from_text(value)

    def names(self, ids: Iterable[str]) -> str:
        return json.dumps(list(ids))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        connection.exec_driver_sql(statements.insert(table, self.mark), list(rows))

    def merge(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        source = f"VALUES ({', '.join([self.mark] * len(table.columns))})"
        text = statements.merge(table, source, "'1970-01-01T00:00:00.000000Z'")
        connection.exec_driver_sql(text, list(rows))

    def learn(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Nothing: SQLite finds the primary key by itself."""


class Postgres:
    """Binary COPY: into the table where rows are new, else into a staging table."""

    mark = "%s"
    among = "= ANY(%s)"

    def when(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise naive()
        return moment

    def moment(self, value: datetime) -> datetime:
        return value.astimezone(UTC)

    def names(self, ids: Iterable[str]) -> list[str]:
        return list(ids)

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        self._copy(connection, table, table.name, rows)

    def merge(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        # One statement may not touch a row twice; of repeated keys the last counts.
        columns = list(table.columns)
        key = itemgetter(*(columns.index(column) for column in table.primary_key))
        rows = list({key(row): row for row in rows}.values())
        stage = f"entrosdk_{table.name}"
        staged = f"{stage} (LIKE {table.name}) ON COMMIT DELETE ROWS"
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged}")
        self._copy(connection, table, stage, rows)
        query = f"SELECT {statements.columns_of(table)} FROM {stage}"  # noqa: S608 - our own names
        connection.exec_driver_sql(statements.merge(table, query, "timestamptz 'epoch'"))
        connection.exec_driver_sql(f"TRUNCATE {stage}")

    def learn(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Count tables that the planner believes to be small.

        Otherwise it finds a row of a new table through any index that begins with the shop,
        and reads the whole shop for each: 13 times slower until the next autovacuum.
        """
        for table in tables:
            query = "SELECT reltuples < %s FROM pg_class WHERE oid = to_regclass(%s)"
            if connection.exec_driver_sql(query, (_SMALL, table.name)).scalar():
                connection.exec_driver_sql(f"ANALYZE {table.name}")

    def _copy(self, connection: Connection, table: Table, target: str, rows: Sequence[Row]) -> None:
        driver: Any = connection.connection.driver_connection
        types = [_TYPES[type(column.type).__name__] for column in table.columns]
        text = f"COPY {target} ({statements.columns_of(table)}) FROM STDIN (FORMAT BINARY)"
        with _wrapped(connection), driver.cursor() as cursor, cursor.copy(text) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


_SMALL = 2000  # rows
_TYPES = {
    "BigInteger": "int8",
    "Boolean": "bool",
    "Integer": "int4",
    "JSON": "json",
    "LargeBinary": "bytea",
    "Text": "text",
    "UtcTime": "timestamptz",
}


@frozen
class StreamRows:
    """The rows of one stream: looked up, removed, added."""

    backend: Backend
    connection: Connection
    key: StreamKey

    def find(self, table: Table, column: str, ids: Iterable[str], *wanted: str) -> Iterator[Row]:
        """Yield `column` and the `wanted` ones of the rows whose `column` is one of `ids`."""
        where = f'AND "{column}" {self.backend.among}'
        text = statements.select(table, (column, *wanted), self.backend.mark, where)
        yield from map(tuple, self.run(text, *self.of(table), self.backend.names(ids)))

    def remove(self, table: Table, column: str, ids: Iterable[str]) -> None:
        """Delete the rows whose `column` is one of `ids`."""
        where = f'AND "{column}" {self.backend.among}'
        text = statements.remove(table, self.backend.mark, where)
        self.run(text, *self.of(table), self.backend.names(ids))

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows whose keys are new."""
        if rows:
            self.backend.insert(self.connection, table, rows)

    def merge(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, or overwrite the same ones except where a newer version is stored."""
        if rows:
            self.backend.merge(self.connection, table, rows)

    def of(self, table: Table) -> Row:
        """Return the values that name the stream in `table`."""
        return statements.key_of(table, self.key)

    def run(self, text: str, *values: Any) -> Any:
        """Run a statement of `statements`."""
        return self.connection.exec_driver_sql(text, values)


@contextmanager
def _wrapped(connection: Connection) -> Iterator[None]:
    """Let errors of the driver look like those of every other statement."""
    errors: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except errors.Error as error:
        raise DBAPIError.instance(
            "COPY",
            None,
            error,
            errors.Error,
            hide_parameters=True,
            dialect=connection.dialect,
        ) from None
