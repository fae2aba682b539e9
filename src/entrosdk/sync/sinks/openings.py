"""Open windows of a checkpoint as JSON values, the same in every sink that stores JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from entrosdk.sync.sink import Opening
from entrosdk.sync.sinks.instants import from_text, to_text

__all__ = ["OpenRow", "from_json", "to_json"]

# `from` is a word of Python's, so the functional form.
OpenRow = TypedDict("OpenRow", {"from": str, "to": str, "cursor": str | None, "history": bool})
"""One open window; `from` and `to` are instants such as `2026-11-24T05:00:00.000000Z`."""


def to_json(windows: Iterable[Opening]) -> list[OpenRow]:
    """Write open windows as JSON values."""
    return [
        {
            "from": to_text(one.window[0]),
            "to": to_text(one.window[1]),
            "cursor": one.cursor,
            "history": one.history,
        }
        for one in windows
    ]


def from_json(rows: Iterable[OpenRow]) -> tuple[Opening, ...]:
    """Read what `to_json` wrote."""
    return tuple(
        Opening(
            window=(from_text(row["from"]), from_text(row["to"])),
            cursor=row["cursor"],
            history=row["history"],
        )
        for row in rows
    )
