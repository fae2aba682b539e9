"""Incremental sync: windows, checkpoints, sinks, quarantine, completeness.

The names load on first use: a sink of one's own needs no database library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrosdk._lazy import homes, loader

if TYPE_CHECKING:
    from entrosdk.sync.desk import Desk as Desk
    from entrosdk.sync.progress import Completeness as Completeness
    from entrosdk.sync.progress import Phase as Phase
    from entrosdk.sync.progress import Progress as Progress
    from entrosdk.sync.progress import Report as Report
    from entrosdk.sync.progress import StreamReport as StreamReport
    from entrosdk.sync.run import sync as sync
    from entrosdk.sync.run import sync_shop as sync_shop
    from entrosdk.sync.sink import Checkpoint as Checkpoint
    from entrosdk.sync.sink import Commit as Commit
    from entrosdk.sync.sink import Opening as Opening
    from entrosdk.sync.sink import Sink as Sink
    from entrosdk.sync.sink import SinkFailed as SinkFailed
    from entrosdk.sync.sink import StreamKey as StreamKey
    from entrosdk.sync.sink import Written as Written
    from entrosdk.sync.sinks.jsonl import JsonLinesSink as JsonLinesSink
    from entrosdk.sync.sinks.memory import MemorySink as MemorySink
    from entrosdk.sync.sinks.sql import SqlSink as SqlSink
    from entrosdk.sync.streams import STREAMS as STREAMS

_HOMES = {
    "desk": "Desk",
    "progress": "Completeness Phase Progress Report StreamReport",
    "run": "sync sync_shop",
    "sink": "Checkpoint Commit Opening Sink SinkFailed StreamKey Written",
    "sinks.jsonl": "JsonLinesSink",
    "sinks.memory": "MemorySink",
    "sinks.sql": "SqlSink",
    "streams": "STREAMS",
}
_HOME_OF = homes(_HOMES)

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - a list, made from the table above
__getattr__ = loader(__name__, _HOME_OF)


def __dir__() -> list[str]:
    return __all__
