"""Where records go: the protocol of a sink and the values that cross it.

A sink is small: remember a checkpoint, store a commit in one transaction, say which ids it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeAlias, runtime_checkable

from attrs import evolve, field, frozen

from entrosdk.domain.order import Order
from entrosdk.domain.payment import Payment, Payout
from entrosdk.domain.product import Product
from entrosdk.domain.returns import Return
from entrosdk.engine.windows import Window
from entrosdk.errors import EntroError
from entrosdk.spi.page import Unreadable

__all__ = [
    "Checkpoint",
    "Commit",
    "Dated",
    "Grouping",
    "Opening",
    "Record",
    "Sink",
    "SinkFailed",
    "StreamKey",
    "Written",
    "identified",
]

Record: TypeAlias = Order | Product | Payment | Payout | Return


@frozen
class StreamKey:
    """One stream of one shop. `stream` is orders, products, payments, payouts or returns."""

    marketplace: str
    shop_id: str
    stream: str


@frozen(kw_only=True)
class Opening:
    """A window that is being read: its half-open span, and the position of its next page.

    `history` says that its records are a backfill.
    The window of a listing without a clock is empty, at the moment of the run that began it.
    """

    window: Window
    cursor: str | None = None
    history: bool = False


@frozen(kw_only=True)
class Checkpoint:
    """How far a stream was read.

    Everything of [`since`, `done_to`) is stored, except what lies in `open`; [`since`,
    `checked_to`) was also compared with the marketplace's own list of ids.
    Windows are read side by side, so any number may be open; a restart goes on in each of them.
    """

    since: datetime | None = None
    done_to: datetime | None = None
    checked_to: datetime | None = None
    open: tuple[Opening, ...] = ()

    @property
    def complete_to(self) -> datetime | None:
        """The moment up to which nothing is missing, backfills left aside."""
        starts = [o.window[0] for o in self.open if not o.history and o.window[0] < o.window[1]]
        return self.done_to and min([self.done_to, *starts])


@frozen(kw_only=True)
class Commit:
    """What is stored in one transaction: a page of records, its unreadable rows, the checkpoint.

    `read_at` is the marketplace's time before the page was asked for.
    A record is versioned by its own update time, then by `read_at`; an older version never
    overwrites a newer one.
    Payments are replaced source by source.
    `history` marks a backfill, which moves no stock and counts for no plan.
    """

    key: StreamKey
    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...] = ()
    checkpoint: Checkpoint | None = None
    read_at: datetime
    history: bool = False


@frozen
class Written:
    """What a commit did, in records: new, changed, ignored because older, put in quarantine."""

    new: int = field(default=0)
    changed: int = field(default=0)
    ignored: int = field(default=0)
    quarantined: int = field(default=0)

    def __add__(self, other: Written) -> Written:
        return Written(
            self.new + other.new,
            self.changed + other.changed,
            self.ignored + other.ignored,
            self.quarantined + other.quarantined,
        )


def identified(bad: Unreadable) -> Unreadable:
    """Give a record without an id one made of its body, so that several stand in quarantine."""
    return bad if bad.id else evolve(bad, id=f"sha256:{sha256(bad.body).hexdigest()[:32]}")


class SinkFailed(EntroError):
    """The sink could not read or store; nothing of the commit was kept."""

    default_advice = "Check the database, then run again: everything committed before stays."


class Sink(Protocol):
    """Keeps records. Calls come from one thread at a time; trouble is raised as `SinkFailed`."""

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        ...

    def commit(self, commit: Commit) -> Written:
        """Store everything or nothing.

        A record that reads well clears its quarantine entry.
        """
        ...

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored (for payments: source ids)."""
        ...

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A sink that can also say how new its records are; offer it where you can.

    A record that is listed with a later update than the stored one, or under a later window,
    slipped between two pages when it changed, and is fetched by id.
    """

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map those of `ids` that are stored with an update time to that time."""
        ...


@runtime_checkable
class Grouping(Protocol):
    """A sink that can store several commits for little more than the price of one."""

    def commit_all(self, commits: Sequence[Commit]) -> list[Written]:
        """Store commits of any streams in one transaction, in their order, with their checkpoints.

        A record that cannot be stored takes nothing from the other commits.
        """
        ...
