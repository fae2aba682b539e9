"""Law of the JSON Lines sink: wherever a write is cut short, records and checkpoint agree."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sync.sink import Checkpoint, Commit, StreamKey
from entrosdk.sync.sinks.jsonl import JsonLinesSink
from entrosdk.sync.sinks.memory import MemorySink
from tests import shelf
from tests.toymarket import NOON

ORDERS = StreamKey("toy", "1", "orders")
minutes = st.integers(0, 4)
pages = st.lists(
    st.tuples(st.lists(st.tuples(minutes, st.sampled_from("abc")), max_size=3), minutes),
    min_size=1,
    max_size=6,
)
crashes = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1), st.booleans()), max_size=3)


def commit(number: int, rows: list[tuple[int, str]], read: int) -> Commit:
    """A page whose checkpoint tells its number."""
    orders = (
        shelf.order(name, NOON + timedelta(minutes=updated), raw_status=f"{updated}.{read}")
        for updated, name in rows
    )
    at = Checkpoint(done_to=NOON + timedelta(seconds=number))
    moment = NOON + timedelta(minutes=read)
    return Commit(key=ORDERS, records=tuple(orders), read_at=moment, checkpoint=at)


def killed(sink: JsonLinesSink, path: Path, before: int, share: float) -> None:
    """End as a killed process does, with only a share of the last write in the file."""
    for file in sink._files.values():
        file.handle.close()
    sink._index._connection.close()
    size = path.stat().st_size
    os.truncate(path, before + int((size - before) * share))


@given(pages, crashes)
def test_a_write_cut_short_is_as_if_it_never_was(
    pages: list[Any], crashes: list[tuple[int, float, bool]]
) -> None:
    """Killed at any byte of any commits, then going on from its checkpoint, it ends with all."""
    commits = [commit(number, *page) for number, page in enumerate(pages)]
    left = {place: (share, kept) for place, share, kept in crashes}
    with tempfile.TemporaryDirectory() as folder:
        path, number = Path(folder) / "toy-1-orders.jsonl", 0
        sink = JsonLinesSink(folder)
        while number < len(commits):
            if number in left and left[number][1]:
                sink._keep()
            before = path.stat().st_size if path.exists() else 0
            sink.commit(commits[number])
            number += 1
            if number - 1 in left:
                share, _ = left.pop(number - 1)
                killed(sink, path, before, share)
                sink = JsonLinesSink(folder)
                at = sink.checkpoint(ORDERS)
                number = 0 if at is None else (at.done_to - NOON).seconds + 1  # type: ignore[operator]
        found = told(sink)
        sink.close()
    memory = MemorySink()
    for one in commits:
        memory.commit(one)
    expected = {name: evolve(r[0]).raw_status for (_, name), r in memory.records.items()}  # type: ignore[union-attr]
    assert found == expected


def told(sink: JsonLinesSink) -> dict[str, str]:
    """The versions the index points at, as the file tells them."""
    (file,) = sink._files.values()
    entries = sink._index.entries(file.name, "abc")
    records = {name: file.line_at(entry.offset)["record"] for name, entry in entries.items()}
    return {name: record["raw_status"] for name, record in records.items()}
