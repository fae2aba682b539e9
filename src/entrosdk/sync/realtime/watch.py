"""Sees what a poll found, to tell whether pushes had told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from entrosdk.sync.desk import Desk
from entrosdk.sync.sink import Commit, Written

__all__ = ["Watch"]

_MOST = 1000  # records of a stream: when polling finds more, pushes are not what brings them
_ON_ITS_WAY = timedelta(seconds=30)  # a push of so young a change may still arrive
_SLACK = timedelta(seconds=10)  # between our clock and the marketplace's


class Watch(Desk):
    """The same counter as `desk`, which notes the update times of records that pass over it."""

    def __init__(self, desk: Desk) -> None:  # it shares the desk's thread: nothing to begin
        vars(self).update(vars(desk))
        self.found: dict[str, dict[str, datetime]] = {}

    async def commit(self, commit: Commit) -> Written:
        """Store everything or nothing, and note what came."""
        written = await super().commit(commit)
        if not commit.history:
            self._note(commit)
        return written

    def _note(self, commit: Commit) -> None:
        found = self.found.setdefault(commit.key.stream, {})
        for record in commit.records:
            moment = getattr(record, "updated_at", None)
            if moment is None or moment > commit.read_at - _ON_ITS_WAY or len(found) >= _MOST:
                continue
            found[record.id] = max(moment, found.get(record.id, moment))


def missed(found: Mapping[str, datetime], heard: Mapping[str, datetime]) -> int:
    """Count records that changed later than the last push about them."""
    return sum(name not in heard or heard[name] + _SLACK < moment for name, moment in found.items())
