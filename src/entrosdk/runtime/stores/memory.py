"""Grants in memory: for tests, examples and processes that get their tokens from elsewhere."""

from __future__ import annotations

import threading

from entrosdk.domain.credentials import Grant
from entrosdk.spi.effects import Stored

__all__ = ["MemoryStore"]


class MemoryStore:
    """Forgets everything when the process ends; refresh tokens that rotated are lost with it."""

    shared = False  # no other process can win a race for these grants

    def __init__(self) -> None:
        self._grants: dict[str, Stored] = {}
        self._guard = threading.Lock()

    def load(self, key: str) -> Stored | None:
        """Return the grant under `key`, or `None`."""
        return self._grants.get(key)

    def save(self, key: str, grant: Grant, expected: int) -> Stored | None:
        """Replace version `expected` (0: none yet); `None` when another version is there."""
        with self._guard:
            present = self._grants.get(key)
            if (present.version if present else 0) != expected:
                return None
            stored = self._grants[key] = Stored(grant, expected + 1)
            return stored

    def delete(self, key: str) -> None:
        """Forget the grant under `key`."""
        with self._guard:
            self._grants.pop(key, None)
