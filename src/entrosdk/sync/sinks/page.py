"""A commit on its way into the tables, inside the transaction that stores it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Self, TypeAlias

from attrs import define, field, frozen

from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Commit, Record, Written
from entrosdk.sync.sinks import openings, statements
from entrosdk.sync.sinks.backend import Row, StreamRows
from entrosdk.sync.sinks.rows import LAYOUTS, Layout, Stamp, dump
from entrosdk.sync.sinks.tables import CHECKPOINTS, PAYMENTS, QUARANTINE, RAW_BODIES

__all__ = ["Page", "Refusal"]

Units: TypeAlias = Mapping[str, list[Record]]
"""Records by the id they are versioned and replaced under."""


@frozen
class Refusal:
    """A record the database would not take, and the kind of its error."""

    name: str
    cause: type[BaseException]


@define
class Page:
    """Stores one commit. The stream's writers wait for each other, so what is read here holds."""

    rows: StreamRows
    commit: Commit
    stamp: Stamp
    layout: Layout
    units: Units
    written: Written = field(factory=Written)

    @classmethod
    def of(cls, rows: StreamRows, commit: Commit, *, personal: bool) -> Self:
        """Begin to store a commit."""
        when = rows.backend.when
        stamp = Stamp(when, when(commit.read_at), commit.history, personal)
        layout = LAYOUTS[commit.key.stream]
        return cls(rows, commit, stamp, layout, _units(commit, layout))

    def store(self) -> Written:
        """Store everything; raises the database's error at the first unfit record."""
        if self.units:
            self._keep(self.units, wary=False)
        return self.finish()

    def keep_warily(self, name: str) -> None:
        """Store one record, whatever of it is there already."""
        self._keep({name: self.units[name]}, wary=True)

    def finish(self, refusals: Sequence[Refusal] = ()) -> Written:
        """Store what could not be read or kept, and the checkpoint."""
        refused = [_refused(one, self.units[one.name]) for one in refusals]
        quarantined = self._quarantine((*self.commit.unreadable, *refused))
        self._move_checkpoint()
        return self.written + Written(quarantined=quarantined)

    def _keep(self, units: Units, *, wary: bool) -> None:
        stored = self._stored(units)
        fresh = self._fresh(units, stored) if stored else units
        again = fresh if wary else [name for name in fresh if name in stored]
        # In the order of the key: neighbours are found without a search from the root.
        records = list(chain.from_iterable(fresh[name] for name in sorted(fresh)))
        heads = [self.layout.head(record, self.stamp) for record in records]
        same = self._same(heads, again) if again else 0
        heads = self._keep_settled(heads)
        if self.layout.key != "id" and again:  # a source's movements come and go together
            self.rows.remove(self.layout.table, self.layout.key, again)
        self._put_heads(records, heads, again, wary=wary)
        self._put_parts(records, again)
        self._put_bodies(fresh)
        self._clear_quarantine(fresh)
        self.written += _tally(units, fresh, stored, same)

    def _stored(self, units: Units) -> dict[str, tuple[Any, Any]]:
        """Map the ids that are stored to their versions: update time and reading time, as bound."""
        told = ("read_at", "updated_at") if self.layout.dated else ("read_at",)
        rows = self.rows.find(self.layout.table, self.layout.key, units, *told)
        dated = self.layout.dated
        return {name: (found[-1] if dated else None, found[0]) for name, *found in rows}

    def _fresh(self, units: Units, stored: Mapping[str, tuple[Any, Any]]) -> Units:
        return {
            name: records
            for name, records in units.items()
            if name not in stored or not self._newer(stored[name], records[0])
        }

    def _newer(self, stored: tuple[Any, Any], record: Record) -> bool:
        """Is what is stored newer? A record without an update time is older than any with one."""
        mine = self.stamp.maybe(getattr(record, "updated_at", None))
        if mine == stored[0]:
            return bool(stored[1] > self.stamp.read_at)
        return mine is None or (stored[0] is not None and stored[0] > mine)

    def _same(self, heads: Sequence[Row], ids: Iterable[str]) -> int:
        """Count rows that say what is stored, where only their content tells a change."""
        table = self.layout.table
        if self.layout.dated:
            return 0
        names = [column.name for column in table.columns]
        told = [name for name in names if name not in {"history", "read_at"}]
        fact = itemgetter(names.index(self.layout.key), *map(names.index, told))
        before = set(self.rows.find(table, self.layout.key, ids, *told))
        return sum(fact(row) in before for row in heads)

    def _keep_settled(self, heads: list[Row]) -> list[Row]:
        """Fill in when money was settled, where a source that was fetched by id cannot tell it.

        Only listings tell the moment of a release; what they told once stays true.
        """
        if self.layout.table is not PAYMENTS:
            return heads
        names = [column.name for column in PAYMENTS.columns]
        key, occurred, settled = map(names.index, ("id", "occurred_at", "settled_at"))
        untold = {row[key]: place for place, row in enumerate(heads) if row[settled] is None}
        if not untold:
            return heads
        for name, *moments in self.rows.find(PAYMENTS, "id", untold, "occurred_at", "settled_at"):
            if moments[1] is not None:
                row = list(heads[untold[name]])
                row[occurred], row[settled] = moments
                heads[untold[name]] = tuple(row)
        return heads

    def _put_heads(
        self, records: Sequence[Record], heads: list[Row], again: Iterable[str], *, wary: bool
    ) -> None:
        table, old = self.layout.table, set(again)
        if not old or (self.layout.key != "id" and not wary):
            self.rows.insert(table, heads)
            return
        key = self.layout.key
        there = [getattr(record, key) in old for record in records]
        new = [row for row, known in zip(heads, there, strict=True) if not known]
        self.rows.insert(table, new)
        changed = [row for row, known in zip(heads, there, strict=True) if known]
        self.rows.merge(table, changed)

    def _put_parts(self, records: Sequence[Record], again: Iterable[str]) -> None:
        for part in self.layout.parts:
            if again:
                self.rows.remove(part.table, part.parent, again)
            rows = list(chain.from_iterable(map(part.rows, records)))
            self.rows.insert(part.table, rows)

    def _put_bodies(self, units: Units) -> None:
        if not self.stamp.personal:
            return
        place, read_at = self.rows.of(RAW_BODIES), self.stamp.read_at
        bodies = ((name, dump(records[0])) for name, records in units.items())
        rows = [(*place, name, body, read_at) for name, body in bodies if body is not None]
        self.rows.merge(RAW_BODIES, rows)

    def _clear_quarantine(self, ids: Iterable[str]) -> None:
        """Forget the quarantine of records that read well now; it is empty nearly always."""
        backend, key = self.rows.backend, self.rows.of(QUARANTINE)
        anything = statements.select(QUARANTINE, ("record_id",), backend.mark, "LIMIT 1")
        if self.rows.run(anything, *key).first() is None:
            return
        where = f"AND read_at <= {backend.mark} AND record_id {backend.among}"
        text = statements.remove(QUARANTINE, backend.mark, where)
        self.rows.run(text, *key, self.stamp.read_at, backend.names(ids))

    def _quarantine(self, unreadable: Sequence[Unreadable]) -> int:
        """Keep what cannot be read, whole, unless it was read well later than this page."""
        if not unreadable:
            return 0
        names, read_at = [record.id for record in unreadable], self.stamp.read_at
        rows = self.rows.find(self.layout.table, self.layout.key, names, "read_at")
        later = {name for name, moment in rows if moment > read_at}
        kept = {record.id: record for record in unreadable if record.id not in later}
        place = self.rows.of(QUARANTINE)
        bad = [
            (*place, record.id, record.reason, record.body, 1, read_at, read_at)
            for record in kept.values()
        ]
        self.rows.merge(QUARANTINE, bad)
        return len(kept)

    def _move_checkpoint(self) -> None:
        """The run that writes last is right: it alone knows its cursors."""
        at = self.commit.checkpoint
        if at is None:
            return
        key, maybe = self.rows.of(CHECKPOINTS), self.stamp.maybe
        moments = (maybe(at.since), maybe(at.done_to), maybe(at.checked_to))
        row = (*key, *moments, json.dumps(openings.to_json(at.open)), self.stamp.read_at)
        mark = self.rows.backend.mark
        self.rows.run(statements.remove(CHECKPOINTS, mark, ""), *key)
        self.rows.run(statements.insert(CHECKPOINTS, mark), *row)


def _units(commit: Commit, layout: Layout) -> Units:
    """Group records by what they are versioned under; of a repeated record the newest counts."""
    units: dict[str, list[Record]] = {}
    if layout.key != "id":
        for record in commit.records:
            units.setdefault(getattr(record, layout.key), []).append(record)
        return units
    for record in commit.records:
        group = units.setdefault(record.id, [record])
        if group[0] is not record and not _later(group[0], record):
            group[0] = record
    return units


def _later(one: Record, other: Record) -> bool:
    mine, theirs = (getattr(record, "updated_at", None) for record in (one, other))
    return mine is not None and (theirs is None or mine > theirs)


def _tally(units: Units, fresh: Units, stored: Mapping[str, Any], same: int) -> Written:
    """Count what was written; `same` are records read again that say what was stored."""
    new = sum(len(records) for name, records in fresh.items() if name not in stored)
    changed = sum(len(records) for name, records in fresh.items() if name in stored) - same
    total = sum(map(len, units.values()))
    return Written(new=new, changed=changed, ignored=total - new - changed)


def _refused(refusal: Refusal, records: Sequence[Record]) -> Unreadable:
    body = (dump(records[0]) or "").encode("utf-8", "surrogatepass")
    reason = f"the database refused it: {refusal.cause.__name__}"
    return Unreadable(id=refusal.name, reason=reason, body=body)
