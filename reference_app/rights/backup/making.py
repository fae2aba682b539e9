"""Making a backup: copies of the databases and the data folder's files, in one archive.

The archive is a tar file: `manifest.json` first, then what it lists with sizes and SHA-256.
With a key it is sealed as a whole. The sealing keys of the installation are never in it:
whoever had the backup and the keys would have the shops.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from attrs import frozen

from reference_app.rights.backup.databases import Database
from reference_app.rights.boxes import Writer
from reference_app.rights.version import version

__all__ = ["FORMAT", "PREFIX", "Place", "digest_of", "make", "prune"]

FORMAT = 1
PREFIX = "entro-backup-"
# Made anew when it is needed, sealed under keys that die, somebody else's, or a secret.
_SKIPPED = {"static", "exports", "labels", "secrets.key", "ready.json"}
_SKIPPED_ENDINGS = (".log", "-wal", "-shm", ".restoring", ".before-restore", ".tar", ".tar.box")


@frozen(kw_only=True)
class Place:
    """What a backup is of: the databases and the folder of files."""

    databases: Sequence[Database]
    folder: Path


def make(place: Place, target: Path, now: datetime, key: bytes | None) -> Path:
    """Write a backup into the folder `target`; returns the file, which appears when it is whole."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending = "tar.box" if key else "tar"
    final = target / f"{PREFIX}{now:%Y%m%dT%H%M%SZ}.{ending}"
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target) as work:
        files = _collect(place, Path(work), target)
        manifest = _manifest(files, now)
        fresh = Path(work) / "archive"
        with fresh.open("wb") as raw, _boxed(raw, key) as out:
            _pack(out, manifest, files)
            out.flush()
        with fresh.open("rb") as done:
            os.fsync(done.fileno())
        fresh.chmod(0o600)
        fresh.replace(final)
    return final


def _collect(place: Place, work: Path, target: Path) -> dict[str, Path]:
    files = {}
    for database in place.databases:
        if database.file is not None and not database.file.exists():
            continue  # no worker ever ran
        copy = work / database.name
        database.copy_to(copy)
        database.check(copy)
        files[database.name] = copy
    live = {database.file for database in place.databases}
    for path in _files(place.folder, target):
        if path not in live:
            files[f"files/{path.relative_to(place.folder).as_posix()}"] = path
    return files


def _files(folder: Path, target: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if path.name in _SKIPPED or path.name.endswith(_SKIPPED_ENDINGS) or path.is_symlink():
            continue
        if path.is_dir():
            if path.resolve() != target.resolve():
                yield from _files(path, target)
        elif path.is_file() and not path.name.endswith(".sqlite3"):
            yield path


def _manifest(files: dict[str, Path], now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "app": version(),
        "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "files": {
            name: {"size": path.stat().st_size, "sha256": digest_of(path)}
            for name, path in files.items()
        },
    }


def digest_of(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _boxed(raw: IO[bytes], key: bytes | None) -> Iterator[Any]:
    if key is None:
        yield raw
        return
    with Writer(raw, key) as box:
        yield box


def _pack(out: Any, manifest: dict[str, Any], files: dict[str, Path]) -> None:
    with tarfile.open(fileobj=out, mode="w|") as archive:
        text = json.dumps(manifest, indent=2).encode()
        head = tarfile.TarInfo("manifest.json")
        head.size = len(text)
        archive.addfile(head, io.BytesIO(text))
        for name, path in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = manifest["files"][name]["size"]
            with path.open("rb") as file:
                archive.addfile(entry, file)


def prune(target: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of a folder; returns the deleted."""
    found = sorted(target.glob(f"{PREFIX}*.tar*"), key=lambda path: path.name.partition(".")[0])
    old = found[:-keep] if keep > 0 else []
    for path in old:
        path.unlink()
    return old
