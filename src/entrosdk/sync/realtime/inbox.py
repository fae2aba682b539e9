"""Where hints wait: the protocol of an inbox, and one in memory.

A hint is open until it is done. Claiming one hides it for a while: what a dead process had
claimed comes back by itself, and nobody has to notice the death.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from attrs import define, frozen

from entrosdk.sync.realtime.hints import Hint, ShopKey
from entrosdk.sync.sink import StreamKey

__all__ = ["FARTHEST", "Claim", "Inbox", "MemoryInbox", "Position", "Tally"]

FARTHEST = timedelta(hours=1)
"""No hint is put off for longer: one due farther ahead was put there before a clock was set back,
and is due."""

Position: TypeAlias = tuple[ShopKey, str]
"""How far a shop's queue was read: stored together with the hints that it gave."""


@frozen(kw_only=True)
class Claim:
    """A hint that somebody works on. `attempt` counts from 1."""

    number: int
    hint: Hint
    attempt: int


@frozen
class Tally:
    """How many hints are open, parked until consent is given anew, and done but remembered."""

    open: int = 0
    parked: int = 0
    done: int = 0


class Inbox(Protocol):
    """Keeps hints. Calls come from one thread at a time; trouble is raised as `SinkFailed`.

    Any number of processes may share one that is durable.
    A hint that would be due more than `FARTHEST` from now is due.
    """

    def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
        """Store hints, and a queue's position with them; returns how many are new.

        What `put` has returned from is never lost. Repeats of a delivery that is remembered
        change nothing.
        """
        ...

    def due(self, now: datetime) -> tuple[StreamKey, ...]:
        """Return the streams that have open hints which nobody has claimed, longest wait first."""
        ...

    def claim(
        self, key: StreamKey, limit: int, *, now: datetime, until: datetime
    ) -> tuple[Claim, ...]:
        """Take up to `limit` hints of a stream, oldest first; nobody else has them till `until`."""
        ...

    def done(self, claims: Sequence[Claim], now: datetime) -> None:
        """Close hints; they are remembered, so that repeats are known."""
        ...

    def later(self, claims: Sequence[Claim], due: datetime) -> None:
        """Leave hints open, and give them to nobody before `due`."""
        ...

    def park(self, shop: ShopKey) -> None:
        """Keep all open hints of a shop until `unpark`."""
        ...

    def unpark(self, shop: ShopKey, now: datetime) -> int:
        """Make parked hints due; returns how many there were."""
        ...

    def heard(self, key: StreamKey, ids: Collection[str]) -> dict[str, datetime]:
        """Map those of `ids` that were hinted at to the newest moment told or received."""
        ...

    def last_heard(self, shop: ShopKey) -> dict[str, datetime]:
        """Map streams of a shop to the moment the last hint about them was received."""
        ...

    def position(self, shop: ShopKey) -> str | None:
        """Return how far the shop's queue was read."""
        ...

    def tally(self, shop: ShopKey | None = None) -> Tally:
        """Count hints, of all shops or of one."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop hints that were closed before then; returns how many."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@define
class _Entry:
    number: int
    hint: Hint
    due: datetime | None  # none: parked, or done
    attempts: int = 0
    done: datetime | None = None


class MemoryInbox:
    """An inbox for tests and experiments: what it holds ends with the process."""

    def __init__(self) -> None:
        self._entries: dict[tuple[ShopKey, str, str, str], _Entry] = {}
        self._positions: dict[ShopKey, str] = {}
        self._number = 0

    def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
        """Store hints; returns how many are new."""
        before = self._number
        for hint in hints:
            place = (hint.shop, hint.delivery_id, hint.stream, hint.record_id)
            if place not in self._entries:
                self._number += 1
                self._entries[place] = _Entry(self._number, hint, hint.received_at)
        if position is not None:
            self._positions[position[0]] = position[1]
        return self._number - before

    def due(self, now: datetime) -> tuple[StreamKey, ...]:
        """Return the streams that have something to do."""
        return tuple(dict.fromkeys(entry.hint.key for entry in self._due(now)))

    def claim(
        self, key: StreamKey, limit: int, *, now: datetime, until: datetime
    ) -> tuple[Claim, ...]:
        """Take up to `limit` hints of a stream."""
        mine = [entry for entry in self._due(now) if entry.hint.key == key]
        taken = sorted(mine, key=lambda entry: entry.number)[:limit]
        for entry in taken:
            entry.due, entry.attempts = until, entry.attempts + 1
        return tuple(Claim(number=e.number, hint=e.hint, attempt=e.attempts) for e in taken)

    def done(self, claims: Sequence[Claim], now: datetime) -> None:
        """Close hints."""
        for entry in self._of(claims):
            entry.due, entry.done = None, now

    def later(self, claims: Sequence[Claim], due: datetime) -> None:
        """Leave hints open until `due`."""
        for entry in self._of(claims):
            entry.due = due if entry.done is None else None

    def park(self, shop: ShopKey) -> None:
        """Keep all open hints of a shop until `unpark`."""
        for entry in self._open(shop):
            entry.due = None

    def unpark(self, shop: ShopKey, now: datetime) -> int:
        """Make parked hints due."""
        parked = [entry for entry in self._open(shop) if entry.due is None]
        for entry in parked:
            entry.due = now
        return len(parked)

    def heard(self, key: StreamKey, ids: Collection[str]) -> dict[str, datetime]:
        """Map ids that were hinted at to the newest moment."""
        found: dict[str, datetime] = {}
        for entry in self._entries.values():
            hint = entry.hint
            if hint.key == key and hint.record_id in ids:
                moment = max(hint.received_at, hint.occurred_at or hint.received_at)
                found[hint.record_id] = max(moment, found.get(hint.record_id, moment))
        return found

    def last_heard(self, shop: ShopKey) -> dict[str, datetime]:
        """Map streams of a shop to the moment the last hint about them was received."""
        mine = [e.hint for e in self._entries.values() if e.hint.shop == shop]
        return {hint.stream: hint.received_at for hint in sorted(mine, key=_received)}

    def position(self, shop: ShopKey) -> str | None:
        """Return how far the shop's queue was read."""
        return self._positions.get(shop)

    def tally(self, shop: ShopKey | None = None) -> Tally:
        """Count hints."""
        mine = [e for e in self._entries.values() if shop is None or e.hint.shop == shop]
        done = sum(entry.done is not None for entry in mine)
        parked = sum(entry.done is None and entry.due is None for entry in mine)
        return Tally(open=len(mine) - done - parked, parked=parked, done=done)

    def forget(self, before: datetime) -> int:
        """Drop hints that were closed before then."""
        entries = self._entries.items()
        old = [place for place, entry in entries if entry.done and entry.done < before]
        for place in old:
            del self._entries[place]
        return len(old)

    def close(self) -> None:
        """Nothing to give back."""

    def _due(self, now: datetime) -> list[_Entry]:
        due = [
            entry
            for entry in self._entries.values()
            if entry.due and not now < entry.due <= now + FARTHEST
        ]
        return sorted(due, key=lambda entry: (entry.due or now, entry.number))

    def _open(self, shop: ShopKey) -> list[_Entry]:
        mine = (entry for entry in self._entries.values() if entry.hint.shop == shop)
        return [entry for entry in mine if entry.done is None]

    def _of(self, claims: Sequence[Claim]) -> list[_Entry]:
        numbers = {claim.number for claim in claims}
        return [entry for entry in self._entries.values() if entry.number in numbers]


def _received(hint: Hint) -> datetime:
    return hint.received_at
