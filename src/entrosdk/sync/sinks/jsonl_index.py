"""What the files of the JSON Lines sink hold: which ids, in which versions, up to which byte.

It is derived: when it is missing or behind, the files are read again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from entrosdk.sync.sink import SinkFailed

__all__ = ["Entry", "Index"]


@frozen
class Entry:
    """One stored id: its version, a digest of its content, and where its last whole line begins.

    `updated_at` is empty for records that tell none; both times are fixed-width ISO text.
    """

    name: str
    updated_at: str
    read_at: str
    digest: int
    offset: int


class Index:
    """A SQLite file that one process holds at a time; memory does not grow with the records."""

    def __init__(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = self._open(path)
        except sqlite3.OperationalError as error:
            raise SinkFailed(
                f"the index {path.name} cannot be opened: {error}",
                advice="Only one process may write to a directory: end the other one.",
            ) from None
        except sqlite3.DatabaseError:  # derived, so a damaged one is made anew
            path.unlink()
            self._connection = self._open(path)

    def length(self, file: str) -> int:
        """Return up to which byte the index knows `file`."""
        row = self._one("SELECT length FROM files WHERE file = ?", file)
        return int(row[0]) if row else 0

    def checkpoint(self, file: str) -> str | None:
        """Return the last checkpoint of `file`, as its line tells it."""
        row = self._one("SELECT checkpoint FROM files WHERE file = ?", file)
        return row[0] if row else None

    def entries(self, file: str, names: Iterable[str]) -> dict[str, Entry]:
        """Return those of `names` that are stored."""
        columns = "name, updated_at, read_at, digest, offset"
        query = f"SELECT {columns} FROM entries {_AMONG}"  # noqa: S608 - our own words
        rows = self._connection.execute(query, (file, json.dumps(list(names))))
        return {row[0]: Entry(*row) for row in rows}

    def quarantined(self, file: str, names: Iterable[str]) -> set[str]:
        """Return those of `names` that could not be read."""
        query = f"SELECT name FROM unreadable {_AMONG}"  # noqa: S608 - our own words
        rows = self._connection.execute(query, (file, json.dumps(list(names))))
        return {row[0] for row in rows}

    def put(self, file: str, entries: Iterable[Entry]) -> None:
        """Remember stored versions; what reads well leaves quarantine."""
        rows = [(file, e.name, e.updated_at, e.read_at, e.digest, e.offset) for e in entries]
        self._connection.executemany("REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
        clear = "DELETE FROM unreadable WHERE file = ? AND name = ? AND read_at <= ?"
        self._connection.executemany(clear, [(row[0], row[1], row[3]) for row in rows])

    def put_unreadable(self, file: str, names: Iterable[str], read_at: str) -> None:
        """Remember what could not be read."""
        text = (
            "INSERT INTO unreadable VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET read_at = max(read_at, excluded.read_at)"
        )
        self._connection.executemany(text, [(file, name, read_at) for name in names])

    def move(self, file: str, length: int, checkpoint: str | None) -> None:
        """Remember that `file` is known up to byte `length`; no checkpoint leaves the last one."""
        text = (
            "INSERT INTO files VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
            " length = excluded.length, checkpoint = coalesce(excluded.checkpoint, checkpoint)"
        )
        self._connection.execute(text, (file, length, checkpoint))

    def forget(self, file: str) -> None:
        """Know nothing of `file`, so that it is read again from its beginning."""
        for table in ("files", "entries", "unreadable"):
            self._connection.execute(f"DELETE FROM {table} WHERE file = ?", (file,))  # noqa: S608

    def keep(self) -> None:
        """Make what was put last; the bytes of the files must be on disk before."""
        self._connection.commit()

    def drop(self) -> None:
        """Go back to what was kept last."""
        self._connection.rollback()

    def close(self) -> None:
        """Let another process have it."""
        self._connection.close()

    def _one(self, query: str, file: str) -> tuple[str, ...] | None:
        row: tuple[str, ...] | None = self._connection.execute(query, (file,)).fetchone()
        return row

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=0, check_same_thread=False)
        try:
            # Held until it is closed; the system lets go of it when the process is killed.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLES)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


_AMONG = "WHERE file = ? AND name IN (SELECT value FROM json_each(?))"
_TABLES = """
CREATE TABLE IF NOT EXISTS files (file TEXT PRIMARY KEY, length INTEGER, checkpoint TEXT);
CREATE TABLE IF NOT EXISTS entries (
    file TEXT, name TEXT, updated_at TEXT, read_at TEXT, digest INTEGER, offset INTEGER,
    PRIMARY KEY (file, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unreadable (
    file TEXT, name TEXT, read_at TEXT, PRIMARY KEY (file, name)
) WITHOUT ROWID;
BEGIN EXCLUSIVE;
COMMIT;
"""
