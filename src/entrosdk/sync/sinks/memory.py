"""A sink in memory: for tests and examples, and to show how little a sink is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from entrosdk.sync.sink import Checkpoint, Commit, Record, StreamKey, Written
from entrosdk.sync.sinks.units import BEGINNING, grouped, version

__all__ = ["MemorySink"]

_Place: TypeAlias = tuple[StreamKey, str]


class MemorySink:
    """Keeps records by stream and id; payments by stream and source.

    `records`, `quarantine` and `checkpoints` are there to be looked at.
    """

    def __init__(self) -> None:
        self.records: dict[_Place, list[Record]] = {}
        self.quarantine: dict[_Place, str] = {}
        self.checkpoints: dict[StreamKey, Checkpoint] = {}
        self._versions: dict[_Place, Any] = {}

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        return self.checkpoints.get(key)

    def commit(self, commit: Commit) -> Written:
        """Store everything; nothing can fail in between."""
        written = Written()
        for name, records in grouped(commit).items():
            written += self._keep((commit.key, name), records, commit)
        for bad in commit.unreadable:
            self.quarantine[commit.key, bad.id] = bad.reason
        if commit.checkpoint is not None:
            self.checkpoints[commit.key] = commit.checkpoint
        return written + Written(quarantined=len(commit.unreadable))

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored (for payments: source ids)."""
        return {name for name in ids if (key, name) in self.records}

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map those of `ids` that are stored to their update times."""
        told = {name: self._versions[key, name][0] for name in self.known(key, ids)}
        return {name: moment for name, moment in told.items() if moment != BEGINNING}

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        return {name for name in ids if (key, name) in self.quarantine}

    def close(self) -> None:
        """Nothing to give back."""

    def _keep(self, place: _Place, records: list[Record], commit: Commit) -> Written:
        known, newest = place in self.records, version(records[-1], commit)
        if known and self._versions[place] > newest:
            return Written(ignored=len(records))
        self.records[place], self._versions[place] = records, newest
        self.quarantine.pop(place, None)
        return Written(changed=len(records)) if known else Written(new=len(records))
