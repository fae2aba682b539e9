"""Real time: pushes and queues become hints, hints become rows, and polling stays the safety net.

The names load on first use: an inbox in memory needs no database library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrosdk._lazy import homes, loader

if TYPE_CHECKING:
    from entrosdk.sync.realtime.desk import InboxDesk as InboxDesk
    from entrosdk.sync.realtime.drain import Drain as Drain
    from entrosdk.sync.realtime.drain import Drained as Drained
    from entrosdk.sync.realtime.follow import follow as follow
    from entrosdk.sync.realtime.hints import Hint as Hint
    from entrosdk.sync.realtime.hints import ShopKey as ShopKey
    from entrosdk.sync.realtime.hints import hints_of as hints_of
    from entrosdk.sync.realtime.inbox import Claim as Claim
    from entrosdk.sync.realtime.inbox import Inbox as Inbox
    from entrosdk.sync.realtime.inbox import MemoryInbox as MemoryInbox
    from entrosdk.sync.realtime.inbox import Tally as Tally
    from entrosdk.sync.realtime.pace import Health as Health
    from entrosdk.sync.realtime.pace import Plan as Plan
    from entrosdk.sync.realtime.queue import pull_queue as pull_queue
    from entrosdk.sync.realtime.receiver import Door as Door
    from entrosdk.sync.realtime.receiver import Receiver as Receiver
    from entrosdk.sync.realtime.sql import SqlInbox as SqlInbox
    from entrosdk.sync.realtime.watch import Watch as Watch

_HOMES = {
    "desk": "InboxDesk",
    "drain": "Drain Drained",
    "follow": "follow",
    "hints": "Hint ShopKey hints_of",
    "inbox": "Claim Inbox MemoryInbox Tally",
    "pace": "Health Plan",
    "queue": "pull_queue",
    "receiver": "Door Receiver",
    "sql": "SqlInbox",
    "watch": "Watch",
}
_HOME_OF = homes(_HOMES)

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - a list, made from the table above
__getattr__ = loader(__name__, _HOME_OF)


def __dir__() -> list[str]:
    return __all__
