"""What a commit's records are versioned and replaced by: payments by source, others by id."""

from __future__ import annotations

from datetime import UTC, datetime

from entrosdk.sync.sink import Commit, Record

__all__ = ["BEGINNING", "grouped", "version"]

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The version of a record that tells no update time of its own."""


def grouped(commit: Commit) -> dict[str, list[Record]]:
    """Group records by the name they are stored under; of a repeated record the newest counts."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(commit.records, key=lambda record: version(record, commit)):
        if hasattr(record, "source_id"):
            groups.setdefault(record.source_id, []).append(record)
        else:
            groups[record.id] = [record]  # the newest comes last
    return groups


def version(record: Record, commit: Commit) -> tuple[datetime, datetime]:
    """Return what orders the versions of a record: its update time, then when it was read."""
    return getattr(record, "updated_at", None) or BEGINNING, commit.read_at
