"""Copies of a database that is in use: SQLite by its online backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import frozen

__all__ = ["Database", "Trouble", "app_database", "jobs_database"]

_SCHEMAS = ("public", "dbos")  # the app's tables and the job engine's
_ASIDE = "before_restore"


class Trouble(Exception):
    """Something that whoever runs the command can mend."""


@frozen(kw_only=True)
class Database:
    """One database: a file, or what PostgreSQL's programs need to reach it."""

    name: str  # of the copy in the archive
    file: Path | None = None
    reach: Mapping[str, str] = {}

    @property
    def is_there(self) -> bool:
        """Whether anything would be overwritten."""
        if self.file is not None:
            return self.file.exists() and self.file.stat().st_size > 0
        return _has_tables(self.reach)

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy; whoever uses the database goes on."""
        if self.file is None:
            schemas = [f"--schema={name}" for name in _SCHEMAS]
            options = ("--format=custom", "--no-owner", "--no-privileges", *schemas)
            _run(_tool("pg_dump"), self.reach, *options, f"--file={target}")
            return
        with (
            closing(sqlite3.connect(self.file, timeout=60)) as here,
            closing(sqlite3.connect(target)) as there,
        ):
            here.backup(there)  # in one step: in smaller ones each write would start it anew
            there.execute("PRAGMA journal_mode=DELETE")

    def check(self, copy: Path) -> None:
        """See that a copy is whole; raises `Trouble`."""
        if self.file is None:
            _run(_tool("pg_restore"), {}, "--list", str(copy))
            return
        try:
            with closing(sqlite3.connect(copy)) as there:
                (told,) = there.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.DatabaseError as error:
            told = str(error)
        if told != "ok":
            raise Trouble(f"the copy of {self.name} is damaged: {told}")

    def put_back(self, copy: Path) -> None:
        """Put a copy in the database's place; what stood there is kept beside it, once."""
        if self.file is None:
            _set_aside(self.reach)
            options = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
            _run(_tool("pg_restore"), self.reach, *options, f"--dbname={self.reach['PGDATABASE']}",
                 "--exit-on-error", str(copy))  # fmt: skip
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        for ending in ("", "-wal", "-shm"):
            old = self.file.with_name(self.file.name + ending)
            if old.exists():
                old.replace(old.with_name(f"{self.file.name}.before-restore{ending}"))
        fresh = self.file.with_name(f"{self.file.name}.restoring")
        shutil.copyfile(copy, fresh)
        fresh.chmod(0o600)
        fresh.replace(self.file)


def app_database(settings: Mapping[str, Any]) -> Database:
    """Return the app's database from Django's settings."""
    if "sqlite3" in settings["ENGINE"]:
        return Database(name="app.sqlite3", file=Path(str(settings["NAME"])))
    reach = {
        "PGDATABASE": str(settings["NAME"]),
        "PGUSER": str(settings["USER"]),
        "PGPASSWORD": str(settings["PASSWORD"]),
        "PGHOST": str(settings["HOST"]),
        "PGPORT": str(settings["PORT"]),
    }
    return Database(name="app.dump", reach={name: text for name, text in reach.items() if text})


def jobs_database(url: str, app: Database) -> Database | None:
    """Return the job engine's database; `None` when it is within the app's."""
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return Database(name="jobs.sqlite3", file=Path(unquote(parts.path.removeprefix("/"))))
    reach = {
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGHOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
        "PGPORT": str(parts.port or ""),
    }
    reach = {name: text for name, text in reach.items() if text}
    if reach == dict(app.reach):
        return None
    return Database(name="jobs.dump", reach=reach)


def _tool(name: str) -> str:
    folder = os.environ.get("ENTRO_PG_BIN")
    found = shutil.which(name, path=folder) if folder else shutil.which(name)
    if found is None:
        raise Trouble(
            f"{name} was not found. Next step: install PostgreSQL's client programs (on Debian the"
            " package postgresql-client), or name their folder in ENTRO_PG_BIN."
        )
    return found


def _connect(reach: Mapping[str, str]) -> Any:
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used

    names = {
        "PGDATABASE": "dbname", "PGHOST": "host", "PGPORT": "port", "PGUSER": "user",
        "PGPASSWORD": "password",
    }  # fmt: skip
    try:
        return psycopg.connect(**{names[name]: text for name, text in reach.items()})
    except psycopg.Error as error:
        lines = str(error).strip().splitlines()
        raise Trouble(f"PostgreSQL does not answer: {lines[0] if lines else ''}") from None


def _has_tables(reach: Mapping[str, str]) -> bool:
    with _connect(reach) as connection:
        asked = "SELECT 1 FROM pg_tables WHERE schemaname = ANY(%s) LIMIT 1"
        return connection.execute(asked, [list(_SCHEMAS)]).fetchone() is not None


def _set_aside(reach: Mapping[str, str]) -> None:
    """Rename what is there, so that a restore neither mixes with it nor destroys it."""
    if not _has_tables(reach):
        return
    with _connect(reach) as connection:
        for name in _SCHEMAS:
            there = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
            if connection.execute(there, [name]).fetchone():
                connection.execute(f"DROP SCHEMA IF EXISTS {_ASIDE}_{name} CASCADE")
                connection.execute(f"ALTER SCHEMA {name} RENAME TO {_ASIDE}_{name}")
        connection.execute("CREATE SCHEMA public")


def _run(command: str, reach: Mapping[str, str], *options: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, never shown."""
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
        [command, *options],
        env={**os.environ, **reach},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        told = done.stderr.strip().replace("\n", "; ")
        raise Trouble(f"{Path(command).name} failed: {told[:500] or done.returncode}")
