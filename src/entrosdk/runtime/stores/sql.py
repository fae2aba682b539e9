"""Grants in a database table, sealed (needs `entrosdk[sql]`)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.runtime.stores.seal import Seal, pack, unpack
from entrosdk.spi.effects import Stored

__all__ = ["SqlStore"]

_metadata = MetaData()
_credentials = Table(
    "credentials",
    _metadata,
    Column("key", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
)


class SqlStore:
    """Any number of processes on any number of machines may share it."""

    shared = True

    def __init__(self, url: str | Engine, keys: Sequence[Secret]) -> None:
        self._engine = create_engine(url) if isinstance(url, str) else url
        self._seal = Seal(keys)
        self._make_table()

    def _make_table(self) -> None:
        try:
            _metadata.create_all(self._engine)
        except DBAPIError:  # several first workers at once: one of them makes the table
            if not inspect(self._engine).has_table(_credentials.name):
                raise

    def load(self, key: str) -> Stored | None:
        """Return the grant under `key`, or `None`."""
        query = select(_credentials).where(_credentials.c.key == key)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Stored(unpack(self._seal.open(row.sealed, key)), row.version)

    def save(self, key: str, grant: Grant, expected: int) -> Stored | None:
        """Replace version `expected` (0: none yet); `None` when another version is there."""
        values = {"version": expected + 1, "sealed": self._seal.seal(pack(grant), key)}
        mine = (_credentials.c.key == key) & (_credentials.c.version == expected)
        try:
            with self._engine.begin() as connection:
                if expected:
                    change = update(_credentials).where(mine).values(**values)
                    won = connection.execute(change).rowcount == 1
                else:
                    connection.execute(insert(_credentials).values(key=key, **values))
                    won = True
        except IntegrityError:  # somebody else stored the first version
            return None
        return Stored(grant, expected + 1) if won else None

    def delete(self, key: str) -> None:
        """Forget the grant under `key`."""
        with self._engine.begin() as connection:
            connection.execute(delete(_credentials).where(_credentials.c.key == key))

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()
