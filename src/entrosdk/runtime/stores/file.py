"""Grants in one encrypted file, readable by its owner only (needs `entrosdk[sql]`)."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.runtime.stores.seal import Seal, new_key, pack, unpack
from entrosdk.spi.effects import Stored

__all__ = ["FileStore"]

_OWNER_ONLY = 0o600


class FileStore:
    """Several processes of one machine may share it: every change happens under a file lock.

    Without `keys`, a key file `<path>.key` is made beside it with mode 0600; keep them apart in
    backups.
    """

    shared = True

    def __init__(self, path: str | Path, keys: Sequence[Secret] | None = None) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._seal = Seal(keys or [_key_beside(self._path)])

    def load(self, key: str) -> Stored | None:
        """Return the grant under `key`, or `None`."""
        entry = self._read().get(key)
        if entry is None:
            return None
        return Stored(unpack(self._seal.open(entry["sealed"], key)), entry["version"])

    def save(self, key: str, grant: Grant, expected: int) -> Stored | None:
        """Replace version `expected` (0: none yet); `None` when another version is there."""
        with self._locked():
            entries = self._read()
            if entries.get(key, {"version": 0})["version"] != expected:
                return None
            sealed = self._seal.seal(pack(grant), key)
            entries[key] = {"version": expected + 1, "sealed": sealed}
            self._write(entries)
        return Stored(grant, expected + 1)

    def delete(self, key: str) -> None:
        """Forget the grant under `key`."""
        with self._locked():
            entries = self._read()
            if entries.pop(key, None):
                self._write(entries)

    def _read(self) -> dict[str, Any]:
        try:
            entries: dict[str, Any] = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ConfigError(
                f"{self._path.name} is no credential file",
                advice="Restore it from a backup, or remove it and authorise again.",
            ) from error
        return entries

    def _write(self, entries: dict[str, Any]) -> None:
        # A new file, flushed and then renamed: a crash leaves the old content or the new.
        fresh = self._path.with_name(self._path.name + ".new")
        with _private(fresh, os.O_TRUNC) as file:
            file.write(json.dumps(entries, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._guard, _private(self._path.with_name(self._path.name + ".lock"), 0) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _private(path: Path, flags: int) -> Any:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | flags, _OWNER_ONLY), "r+b")


def _key_beside(path: Path) -> Secret:
    place = path.with_name(path.name + ".key")
    if not place.exists():
        fresh = place.with_name(f"{place.name}.{os.getpid()}.{threading.get_ident()}")
        with _private(fresh, os.O_TRUNC) as file:
            file.write(new_key().reveal().encode())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(fresh, place)
        fresh.unlink()
    return Secret(place.read_text().strip())
