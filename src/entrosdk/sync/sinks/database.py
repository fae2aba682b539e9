"""Opening the database of the SQL sink: SQLite or PostgreSQL, its pragmas, its schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    text,
)
from sqlalchemy import select as sql_select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from entrosdk.errors import ConfigError
from entrosdk.sync.sink import SinkFailed
from entrosdk.sync.sinks import migrations, tables

__all__ = ["hold", "open_database", "prepare", "trouble"]

_OWNER_ONLY = 0o600
_PATIENCE_MS = 30_000  # another process may be storing a page
_SCHEMA_LOCK = "entrosdk schema"


def open_database(url: str) -> Engine:
    """Connect to `url`; raises `ConfigError` for an address that cannot be used."""
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    try:
        # A record's values must not reach an error text.
        return create_engine(address, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the driver of {address.drivername} is not installed",
            advice="Install it: pip install 'psycopg[binary]'.",
        ) from error


def prepare(engine: Engine) -> None:
    """Create the tables, or bring them to the present schema; what fails leaves them as they were.

    Raises `ConfigError` for a schema that is not ours or newer than ours.
    """
    with trouble(), engine.execution_options(writes=True).begin() as connection:
        hold(connection, _SCHEMA_LOCK)
        present = set(inspect(connection).get_table_names())
        if tables.SCHEMA_STAMP.name not in present:
            _refuse_strangers(present)
            tables.METADATA.create_all(connection)
            connection.execute(insert(tables.SCHEMA_STAMP).values(version=tables.SCHEMA))
            return
        version = connection.execute(sql_select(tables.SCHEMA_STAMP.c.version)).scalar_one()
        if version < tables.SCHEMA:
            migrations.upgrade(connection, version)
    if version > tables.SCHEMA:
        raise ConfigError(
            f"the database has schema {version}, this version of entrosdk writes {tables.SCHEMA}",
            advice="Upgrade entrosdk to the version that made it, or sync into a new database.",
        )


def hold(connection: Connection, name: str) -> None:
    """Keep other writers of `name` out until the transaction ends.

    SQLite has one writer anyway, since its transactions begin IMMEDIATE.
    """
    if connection.dialect.name == "postgresql":
        lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": name})


@contextmanager
def trouble() -> Iterator[None]:
    """Turn the database's errors into `SinkFailed`, without any value of a record."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        # Only the first line: what follows may quote the row.
        words = (str(cause).splitlines() or [""])[0] if isinstance(error, DBAPIError) else ""
        kind = type(cause).__name__
        raise SinkFailed(f"the database failed ({kind}{': ' if words else ''}{words})") from None


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        if address.drivername in {"postgres", "postgresql"}:
            address = address.set(drivername="postgresql+psycopg")
        backend = address.get_dialect().name
    except (ArgumentError, NoSuchModuleError):
        backend = ""
    if backend not in {"sqlite", "postgresql"}:
        raise ConfigError(
            "this is no address of a SQLite or PostgreSQL database",
            advice="Use sqlite:///shop.db, or postgresql://user@host/database.",
        )
    return address


def _sqlite(address: URL) -> Engine:
    in_memory = not address.database or address.database == ":memory:"
    options: dict[str, Any] = {}
    if in_memory:
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    else:
        _claim(Path(str(address.database)))
    engine = create_engine(address, hide_parameters=True, **options)
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def _claim(path: Path) -> None:
    """Make a new database file readable by its owner only: quarantine holds whole bodies.

    SQLite gives its side files the mode of the main one.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigError(
            f"the database file {path.name} cannot be created: {error.strerror}",
            advice="Check that its directory exists and can be written to.",
        ) from error


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    # A power cut may undo the last commits, whole: their checkpoints go with them.
    cursor.execute("PRAGMA synchronous=NORMAL")
    # The sink writes parts with their whole and removes them first; checking each line against
    # its order again takes a fifth of a commit's time.
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute("PRAGMA cache_size=-8000")  # KiB; indexes of a shop fit
    cursor.execute("PRAGMA wal_autocheckpoint=4000")  # pages: 16 MiB, copied once for many commits
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail when another wrote in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_strangers(present: set[str]) -> None:
    taken = sorted(present & set(tables.METADATA.tables))
    if taken:
        raise ConfigError(
            f"the database already has a table {taken[0]!r} that entrosdk did not make",
            advice="Sync into a database, or a PostgreSQL schema, of its own.",
        )
