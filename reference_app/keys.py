"""The key that everything secret in the database is sealed with."""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from entrosdk import Secret
from entrosdk.runtime.stores.seal import new_key

_OWNER_ONLY = 0o600


def secret_keys(data_dir: Path) -> list[Secret]:
    """Return the key ring, newest first: from ENTRO_SECRETS_KEY, or from a file made here.

    Several keys are separated by commas while an old one is being replaced.
    """
    given = os.environ.get("ENTRO_SECRETS_KEY", "")
    if given:
        return [Secret(part.strip()) for part in given.split(",") if part.strip()]
    return [_from_file(data_dir / "secrets.key")]


def derived(key: Secret, purpose: str) -> str:
    """Return another secret made from `key`, for one named purpose."""
    return hmac.new(key.reveal().encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _from_file(path: Path) -> Secret:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY), "w") as file:
            file.write(new_key().reveal())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(fresh, path)
        fresh.unlink()
    return Secret(path.read_text().strip())
