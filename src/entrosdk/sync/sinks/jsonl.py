"""Records as JSON Lines: one append-only file for each stream of each shop.

The last line of an id tells what holds; nothing that was written is changed.
Each commit is a block of lines that ends with a `commit` line, which carries the checkpoint and a
checksum of the block: what a killed process left without one is cut off when the file is opened.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from urllib.parse import quote
from zlib import crc32

from attrs import define, evolve, field

from entrosdk.domain.payment import Payment
from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Commit, Record, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks import lines
from entrosdk.sync.sinks.instants import from_text, to_text
from entrosdk.sync.sinks.jsonl_index import Entry, Index
from entrosdk.sync.sinks.lines import Json, Version
from entrosdk.sync.sinks.units import BEGINNING, grouped, version

__all__ = ["JsonLinesSink"]

_KEPT_EVERY = 64  # commits; a restart reads at most so many again
_OPEN_FILES = 100  # a process may open about a thousand; shops may be more
_NEVER = to_text(BEGINNING)


class JsonLinesSink:
    """Appends to `DIRECTORY/MARKETPLACE-SHOP-STREAM.jsonl`.

    Lines tell `change` (`new`, `changed`, `same`, `unreadable` or `commit`), `id`, `updated_at`,
    `read_at`, and the `record`; payments come by source, since a source is replaced as a whole.
    People's data is written only with `personal=True`; files are readable by their owner only,
    since bodies that cannot be read are kept whole.
    A killed process loses nothing; a power cut may take back the last commits, whole.
    A second process is refused with `SinkFailed`.
    """

    def __init__(self, directory: str | Path, *, personal: bool = False) -> None:
        self._directory, self._personal = Path(directory), personal
        self._files: dict[str, _File] = {}
        self._commits = 0
        with _trouble():
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._index = Index(self._directory / "index.db")

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        with self._opened(key) as file:
            text = self._index.checkpoint(file.name)
        return None if text is None else lines.checkpoint_from(json.loads(text))

    def commit(self, commit: Commit) -> Written:
        """Append everything or nothing; a record that is no JSON goes to quarantine."""
        with self._opened(commit.key) as file:
            block = _Block(file, self._index, commit, self._personal)
            block.fill()
            file.append(block.lines)
            self._commits += 1
            if self._commits % _KEPT_EVERY == 0:
                self._keep()
        return block.written

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored (for payments: source ids)."""
        with self._opened(key) as file:
            return set(self._index.entries(file.name, ids))

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map those of `ids` that are stored with an update time to that time."""
        with self._opened(key) as file:
            found = self._index.entries(file.name, ids).values()
        return {e.name: from_text(e.updated_at) for e in found if e.updated_at != _NEVER}

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        with self._opened(key) as file:
            return self._index.quarantined(file.name, ids)

    def close(self) -> None:
        """Close the files, and let another process have them, also when the disk fails."""
        with _trouble():
            try:
                self._keep()
            finally:
                self._let_go()
                self._index.close()

    def _keep(self) -> None:
        for file in self._files.values():
            os.fsync(file.handle.fileno())
        self._index.keep()

    def _make_room(self) -> None:
        if len(self._files) >= _OPEN_FILES:
            self._keep()
            self._let_go()

    def _let_go(self) -> None:
        """Close the files; what the index learned of them must be kept before or dropped after."""
        files = list(self._files.values())
        self._files.clear()
        for file in files:
            file.let_go()

    @contextmanager
    def _opened(self, key: StreamKey) -> Iterator[_File]:
        name = "-".join(quote(part, safe="") for part in (key.marketplace, key.shop_id, key.stream))
        with _trouble():
            try:
                if name not in self._files:
                    self._make_room()
                    self._open(name)
                yield self._files[name]
            except BaseException:
                # The index may know more than the files hold: read their ends again.
                self._let_go()
                self._index.drop()
                raise

    def _open(self, name: str) -> None:
        path = self._directory / f"{name}.jsonl"
        handle = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
        file = self._files[name] = _File(name, handle, self._index.length(name))
        if handle.seek(0, os.SEEK_END) < file.length:  # another file in its place
            self._index.forget(name)
            file.length = 0
        file.catch_up(self._index)


@define
class _File:
    """An open file; what lies beyond `length` is not valid."""

    name: str
    handle: BufferedRandom
    length: int

    def append(self, block: Sequence[bytes]) -> None:
        self.handle.seek(self.length)
        self.handle.write(b"".join(block))
        self.handle.flush()
        self.length += sum(map(len, block))

    def let_go(self) -> None:
        """Close it; never fails."""
        # Only a write that failed leaves bytes in the buffer, and closing the handle itself would
        # write them once more: the commit was told to have failed, so they are thrown away.
        with suppress(OSError):
            self.handle.raw.close()

    def line_at(self, offset: int) -> Json:
        self.handle.seek(offset)
        found: Json = json.loads(self.handle.readline())
        return found

    def catch_up(self, index: Index) -> None:
        """Let the index learn the whole blocks it does not know; cut off what follows them."""
        self.handle.seek(self.length)
        block: list[bytes] = []
        for line in self.handle:
            block.append(line)
            if not lines.is_ending(line):
                continue
            if not lines.is_whole(block):
                self._refuse_changes()
                break
            self._learn(index, block)
            block = []
        self.handle.truncate(self.length)

    def _refuse_changes(self) -> None:
        """A damaged block at the end is a write that was cut short; before the end it is not."""
        if any(map(lines.is_ending, self.handle)):
            raise SinkFailed(
                f"{self.name}.jsonl was changed by somebody else after byte {self.length}",
                advice="Put back a copy of it, or move it away and sync again.",
            )

    def _learn(self, index: Index, block: Sequence[bytes]) -> None:
        entries, unreadable = [], []
        for line in block[:-1]:
            told = json.loads(line)
            if told["change"] == "unreadable":
                unreadable.append(told)
            else:
                moments = told["updated_at"], told["read_at"]
                offset = told.get("offset", self.length)
                entries.append(Entry(told["id"], *moments, told["crc"], offset))
            self.length += len(line)
        self.length += len(block[-1])
        index.put(self.name, entries)
        for told in unreadable:  # after the records, as when they were written
            index.put_unreadable(self.name, [told["id"]], told["read_at"])
        at = json.loads(block[-1]).get("checkpoint")
        index.move(self.name, self.length, None if at is None else json.dumps(at))


@define
class _Block:
    """The lines of one commit; the index learns of them as they are written."""

    file: _File
    index: Index
    commit: Commit
    personal: bool
    lines: list[bytes] = field(factory=list)
    position: int = field(default=0)
    written: Written = field(factory=Written)

    def fill(self) -> None:
        """Write every line; the index is dropped again when the file cannot take them."""
        units, read_at = grouped(self.commit), to_text(self.commit.read_at)
        self.position = self.file.length
        stored = self.index.entries(self.file.name, units)
        entries, unfit = [], []
        for name, records in units.items():
            try:
                entry = self._record(name, records, stored.get(name))
            except ValueError as error:
                reason = f"the file cannot hold it: {type(error).__name__}"
                unfit.append(Unreadable(id=name, reason=reason, body=b""))
            else:
                entries += [] if entry is None else [entry]
        self.index.put(self.file.name, entries)
        self._unreadable((*self.commit.unreadable, *unfit), read_at)
        at = self.commit.checkpoint
        self._add(lines.ending(self.lines, at, read_at))
        told = None if at is None else json.dumps(json.loads(self.lines[-1])["checkpoint"])
        self.index.move(self.file.name, self.position, told)

    def _record(self, name: str, records: list[Record], old: Entry | None) -> Entry | None:
        mine = Version(*map(to_text, version(records[-1], self.commit)))
        if old is not None and Version(old.updated_at, old.read_at) > mine:
            self.written += Written(ignored=len(records))
            return None
        body = lines.write(self._settled(records, old), personal=self.personal)
        entry = Entry(name, mine.updated_at, mine.read_at, crc32(body), self.position)
        if old is not None and old.digest == entry.digest:
            self._add(lines.same(name, mine, old.digest, old.offset))
            self.written += Written(ignored=len(records))
            return evolve(entry, offset=old.offset)
        change, history = "changed" if old else "new", self.commit.history
        self._add(lines.changed(change, name, mine, body, history=history))
        self.written += Written(**{change: len(records)})
        return entry

    def _settled(self, records: list[Record], old: Entry | None) -> list[Record]:
        """Keep when money was settled, where a source that was fetched by id cannot tell it."""
        if old is None or not any(isinstance(r, Payment) and r.settled_at is None for r in records):
            return records
        told = {one["id"]: one for one in self.file.line_at(old.offset)["record"]["payments"]}
        return [_filled(record, told.get(record.id)) for record in records]

    def _unreadable(self, bad: Sequence[Unreadable], read_at: str) -> None:
        """Keep what cannot be read, unless it was read well later than this page."""
        found = self.index.entries(self.file.name, [one.id for one in bad])
        kept = {
            one.id: one for one in bad if one.id not in found or found[one.id].read_at <= read_at
        }
        for one in kept.values():
            self._add(lines.unreadable(one, read_at))
        self.index.put_unreadable(self.file.name, kept, read_at)
        self.written += Written(quarantined=len(kept))

    def _add(self, line: bytes) -> None:
        self.lines.append(line)
        self.position += len(line)


def _filled(record: Record, told: Json | None) -> Record:
    if not isinstance(record, Payment) or record.settled_at or not (told and told["settled_at"]):
        return record
    occurred, settled = (from_text(told[name]) for name in ("occurred_at", "settled_at"))
    return evolve(record, occurred_at=occurred, settled_at=settled)


@contextmanager
def _trouble() -> Iterator[None]:
    """Turn errors of the disk into `SinkFailed`, without any value of a record."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        words = getattr(error, "strerror", None) or type(error).__name__
        raise SinkFailed(
            f"the files could not be written: {words}", advice="Check the disk, then run again."
        ) from None
