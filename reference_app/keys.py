"""The keys that everything secret in the database is sealed with.

Without ENTRO_SECRETS_KEY they stand in a file, one on each line, the newest first. The file is
looked at again whenever it changed, so a running process knows a new key as soon as it is there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from entrosdk import Secret
from entrosdk.runtime.stores.seal import new_key

_OWNER_ONLY = 0o600


def secret_keys(data_dir: Path) -> list[Secret]:
    """Return the key ring, newest first: from ENTRO_SECRETS_KEY, or from a file made here.

    Several keys are separated by commas while an old one is being replaced.
    """
    file = keys_file(data_dir)
    if file is None:
        given = os.environ["ENTRO_SECRETS_KEY"]
        return [Secret(part.strip()) for part in given.split(",") if part.strip()]
    return _from_file(file)


def keys_file(data_dir: Path) -> Path | None:
    """Return the file the keys stand in; `None` when the environment gives them."""
    return None if os.environ.get("ENTRO_SECRETS_KEY") else data_dir / "secrets.key"


def read_keys(file: Path) -> list[Secret]:
    """Return the ring as it stands in `file` now; an unchanged file is not read again."""
    stat = file.stat()
    return [Secret(key) for key in _lines(file, stat.st_mtime_ns, stat.st_ino)]


@lru_cache(maxsize=4)
def _lines(file: Path, _changed: int, _inode: int) -> tuple[str, ...]:
    return tuple(line.strip() for line in file.read_text().splitlines() if line.strip())


def write_keys(file: Path, keys: list[Secret]) -> None:
    """Replace the ring in `file`, whole or not at all."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w") as out:
        out.write("".join(f"{key.reveal()}\n" for key in keys))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def derived(key: Secret, purpose: str) -> str:
    """Return another secret made from `key`, for one named purpose."""
    return hmac.new(key.reveal().encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _from_file(path: Path) -> list[Secret]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY), "w") as file:
            file.write(new_key().reveal())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(fresh, path)
        fresh.unlink()
    return read_keys(path)
