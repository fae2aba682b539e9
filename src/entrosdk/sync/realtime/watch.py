"""Sees what a poll found, to tell whether pushes had told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from entrosdk.sync.sink import Commit

__all__ = ["Watch"]

_MOST = 1000  # records of a stream: when polling finds more, pushes are not what brings them
_ON_ITS_WAY = timedelta(seconds=30)  # a push of so young a change may still arrive
_SLACK = timedelta(seconds=10)  # between our clock and the marketplace's


class Watch:
    """Notes the update times of records that a poll stored."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, datetime]] = {}

    def __call__(self, commit: Commit) -> None:
        """Note what came, but for history."""
        if commit.history:
            return
        found = self.found.setdefault(commit.key.stream, {})
        for record in commit.records:
            moment = getattr(record, "updated_at", None)
            if moment is None or moment > commit.read_at - _ON_ITS_WAY or len(found) >= _MOST:
                continue
            found[record.id] = max(moment, found.get(record.id, moment))


def missed(found: Mapping[str, datetime], heard: Mapping[str, datetime]) -> int:
    """Count records that changed later than the last push about them."""
    return sum(name not in heard or heard[name] + _SLACK < moment for name, moment in found.items())
