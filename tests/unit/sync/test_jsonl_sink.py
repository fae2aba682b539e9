"""The JSON Lines sink: what its lines tell, and what it does with files it did not leave so."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from entrosdk.domain.order import Recipient
from entrosdk.spi.page import Unreadable
from entrosdk.sync.run import sync
from entrosdk.sync.sink import Checkpoint, Commit, Opening, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks.jsonl import JsonLinesSink
from tests import shelf
from tests.shelf import DAY, Shelves
from tests.toymarket import NOON

FULL = Path("/dev/full")
ORDERS, PAYMENTS = StreamKey("toy", "1", "orders"), StreamKey("toy", "1", "payments")


def page(*records: Any, key: StreamKey = ORDERS, hour: int = 0, **rest: Any) -> Commit:
    """A commit."""
    return Commit(key=key, records=records, read_at=NOON + timedelta(hours=hour), **rest)


def lines(folder: Path, stream: str = "orders") -> list[dict[str, Any]]:
    """What a stranger's script reads."""
    text = (folder / f"toy-1-{stream}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def fill_up(file: Any) -> None:
    """Let the file be on a disk without room."""
    file.handle.close()
    file.handle = FULL.open("r+b")


def half_append(file: Any, block: Sequence[bytes]) -> None:
    """Fail as a disk does that fills up: a part is in the file, the rest is in the buffer."""
    whole = b"".join(block)
    file.handle.seek(file.length)
    file.handle.write(whole[:100])
    file.handle.flush()
    file.handle.write(whole[100:])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def sink(tmp_path: Path) -> Any:
    """A sink in a directory."""
    sink = JsonLinesSink(tmp_path)
    yield sink
    sink.close()


def test_a_line_tells_its_version_and_the_kind_of_change(sink: Any, tmp_path: Path) -> None:
    """New, read again without a change, changed; each commit ends with its own line."""
    order = shelf.order("o1")
    later = evolve(order, updated_at=NOON + timedelta(minutes=5), raw_status="packed")
    for hour, one in enumerate((order, order, later)):
        sink.commit(page(one, hour=hour))
    found = lines(tmp_path)
    assert [line["change"] for line in found] == [
        "new", "commit", "same", "commit", "changed", "commit"
    ]  # fmt: skip
    assert found[4]["updated_at"] == "2026-11-24T05:05:00.000000Z"
    assert found[4]["record"]["raw_status"] == "packed"
    assert found[0]["record"]["lines"][1]["unit_price"] == {"minor": 100_000, "currency": "VND"}


def test_older_versions_are_not_written(sink: Any, tmp_path: Path) -> None:
    """The last line of an id is always its newest version."""
    newer = shelf.order("o1", NOON + timedelta(minutes=1))
    told = [sink.commit(page(one)) for one in (newer, shelf.order("o1"))]
    assert told == [Written(new=1), Written(ignored=1)]
    assert [line["change"] for line in lines(tmp_path)] == ["new", "commit", "commit"]


def test_payments_are_written_by_source(sink: Any, tmp_path: Path) -> None:
    """A source's movements are one record; when they were settled is not forgotten."""
    listed = shelf.payments("s1", 300, -20)
    fetched = tuple(evolve(one, settled_at=None) for one in shelf.payments("s1", 300, -30))
    told = [sink.commit(page(*found, key=PAYMENTS, hour=hour))
            for hour, found in enumerate((listed, fetched))]  # fmt: skip
    last = lines(tmp_path, "payments")[-2]["record"]["payments"]
    assert told == [Written(new=2), Written(changed=2)]
    assert [(one["amount"]["minor"], one["settled_at"]) for one in last] == [
        (300, "2026-11-24T05:00:00Z"),
        (-30, "2026-11-24T05:00:00Z"),
    ]


@pytest.mark.parametrize("personal", [False, True])
def test_people_are_written_only_when_asked_for(tmp_path: Path, personal: bool) -> None:
    """Names, phones, addresses, notes and whole bodies stay out; the province does not."""
    who = Recipient(name="Nguyễn Thị Hoa", phone="+84912345678", province="Hà Nội", address="12 P")
    order = evolve(shelf.order("o1"), recipient=who, buyer_note="gọi", source={"tel": who.phone})
    sink = JsonLinesSink(tmp_path, personal=personal)
    sink.commit(page(order))
    sink.close()
    record = lines(tmp_path)[0]["record"]
    assert record["recipient"]["province"] == "Hà Nội"
    for told in ("phone", "name", "address"):
        assert (told in record["recipient"]) == personal
    assert ("source" in record, "buyer_note" in record) == (personal, personal)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_quarantine_is_kept_and_cleared(sink: Any, tmp_path: Path) -> None:
    """What cannot be read is kept whole until it reads well, unless that was later."""
    bad = Unreadable(id="o1", reason="no price", body=b'{"id": 1}')
    assert sink.commit(page(unreadable=(bad, bad), hour=1)) == Written(quarantined=1)
    assert lines(tmp_path)[0]["body"] == '{"id": 1}'
    assert sink.quarantined(ORDERS, ["o1", "o2"]) == {"o1"}
    sink.commit(page(shelf.order("o1"), hour=2))
    sink.commit(page(unreadable=(bad,), hour=1))
    assert sink.quarantined(ORDERS, ["o1"]) == set()


def test_a_record_that_is_no_json_goes_to_quarantine(sink: Any) -> None:
    """One unfit record does not stop its page."""
    broken = shelf.order("o1", number="\ud800")
    assert sink.commit(page(broken, shelf.order("o2"))) == Written(new=1, quarantined=1)
    assert sink.known(ORDERS, ["o1", "o2"]) == {"o2"}


def test_more_shops_than_open_files(sink: Any) -> None:
    """Files are closed and opened again when there are many; none of them forgets anything."""
    keys = [StreamKey("toy", str(number), "orders") for number in range(230)]
    for key in keys:
        sink.commit(page(shelf.order("o1"), key=key))
    assert len(sink._files) <= 100
    assert all(sink.known(key, ["o1", "o2"]) == {"o1"} for key in keys)


def test_a_second_process_is_refused(sink: Any, tmp_path: Path) -> None:
    """Two writers would mix their lines."""
    with pytest.raises(SinkFailed, match="locked") as caught:
        JsonLinesSink(tmp_path)
    assert "Only one process" in caught.value.advice


def test_the_index_may_be_lost(tmp_path: Path) -> None:
    """It is made again from the files: records, quarantine, checkpoint."""
    at = Checkpoint(since=NOON, done_to=NOON, open=(Opening(window=(NOON, NOON), cursor="2"),))
    bad = Unreadable(id="o3", reason="x", body=b"{}")
    sink = JsonLinesSink(tmp_path)
    order = shelf.order("o1", NOON + timedelta(hours=3))
    sink.commit(page(order, shelf.order("o2"), unreadable=(bad,), checkpoint=at))
    sink.commit(page(order, hour=1))
    sink.close()
    for file in tmp_path.glob("index.db*"):
        file.unlink()
    sink = JsonLinesSink(tmp_path)
    assert sink.checkpoint(ORDERS) == at
    assert sink.known(ORDERS, ["o1", "o2", "o3"]) == {"o1", "o2"}
    assert sink.quarantined(ORDERS, ["o3"]) == {"o3"}
    assert sink.commit(page(shelf.order("o1"), hour=2)) == Written(ignored=1)
    sink.close()


def test_a_record_that_reads_well_and_badly_in_one_commit(tmp_path: Path) -> None:
    """It is stored and stands in quarantine, and stays so when the index is made again."""
    bad = Unreadable(id="o1", reason="x", body=b"{}")
    told = []
    for index_is_lost in (False, True):
        if index_is_lost:
            (tmp_path / "index.db").unlink()
        sink = JsonLinesSink(tmp_path)
        if not index_is_lost:
            sink.commit(page(shelf.order("o1"), unreadable=(bad,)))
        told.append((sink.known(ORDERS, ["o1"]), sink.quarantined(ORDERS, ["o1"])))
        sink.close()
    assert told == [({"o1"}, {"o1"})] * 2


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_takes_nothing_of_a_commit(tmp_path: Path) -> None:
    """Neither records nor checkpoint are told that were not written; with room it goes on."""
    sink, more = JsonLinesSink(tmp_path), StreamKey("toy", "2", "orders")
    first, second = Checkpoint(done_to=NOON), Checkpoint(done_to=NOON + DAY)
    sink.commit(page(shelf.order("o1"), checkpoint=first))
    sink.commit(page(shelf.order("o1"), key=more))
    for file in sink._files.values():
        fill_up(file)
    with pytest.raises(SinkFailed, match="No space left"):
        sink.commit(page(shelf.order("o2"), checkpoint=second))
    assert sink.checkpoint(ORDERS) == first
    assert sink.known(ORDERS, ["o1", "o2"]) == {"o1"}
    assert sink.commit(page(shelf.order("o2"), checkpoint=second)) == Written(new=1)
    assert sink.known(more, ["o1"]) == {"o1"}
    sink.close()
    sink = JsonLinesSink(tmp_path)
    assert sink.checkpoint(ORDERS) == second
    assert sink.known(ORDERS, ["o1", "o2"]) == {"o1", "o2"}
    sink.close()


def test_what_a_failed_write_left_in_the_buffer_is_not_written_later(
    sink: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that was told to have failed does not come back once the disk has room again."""
    sink.commit(page(shelf.order("o1")))
    path = tmp_path / "toy-1-orders.jsonl"
    before, (file,) = path.read_bytes(), sink._files.values()
    monkeypatch.setattr(type(file), "append", half_append)
    with pytest.raises(SinkFailed, match="No space left"):
        sink.commit(page(shelf.order("o2")))
    assert sink.known(ORDERS, ["o1", "o2"]) == {"o1"}
    assert path.read_bytes() == before


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_disk_that_fails_at_the_end_does_not_keep_the_directory(tmp_path: Path) -> None:
    """The failure is told, another process may have the files, and they are read again."""
    sink = JsonLinesSink(tmp_path)
    sink.commit(page(shelf.order("o1")))
    for file in sink._files.values():
        fill_up(file)  # which cannot be brought to disk either
    with pytest.raises(SinkFailed):
        sink.close()
    sink = JsonLinesSink(tmp_path)
    assert sink._index.length("toy-1-orders") == 0
    assert sink.known(ORDERS, ["o1"]) == {"o1"}
    sink.close()


def test_a_file_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    """A line that was edited is no write cut short: nothing behind it is thrown away."""
    sink = JsonLinesSink(tmp_path)
    for hour in range(3):
        sink.commit(page(shelf.order(f"o{hour}"), hour=hour))
    sink.close()
    path = tmp_path / "toy-1-orders.jsonl"
    path.write_text(path.read_text().replace("SKU-1", "SKU-9", 1))
    (tmp_path / "index.db").unlink()
    before, sink = path.read_bytes(), JsonLinesSink(tmp_path)
    with pytest.raises(SinkFailed, match="changed by somebody else"):
        sink.known(ORDERS, ["o1"])
    sink.close()
    assert path.read_bytes() == before


def test_sync_runs_into_it(sink: Any, tmp_path: Path) -> None:
    """A run of every stream, and a second one that finds nothing to write."""
    shelves = Shelves()
    shelves.orders.put(*(shelf.order(f"o{n}", NOON - n * DAY) for n in range(1, 9)))
    shelves.products.put(shelf.product("p1"))
    shelves.payments.put(*shelf.payments("o1", 300, at=NOON - DAY))
    assert sync(shelves.shop(), sink).ok
    shelves.now += DAY
    assert sync(shelves.shop(), sink).ok
    assert [line["change"] for line in lines(tmp_path, "orders")].count("new") == 8
    assert [line["change"] for line in lines(tmp_path, "products")].count("new") == 1


WRITER = """
import sys
from datetime import timedelta
from entrosdk.sync.sink import Checkpoint, Commit, StreamKey
from entrosdk.sync.sinks.jsonl import JsonLinesSink
from tests import shelf
from tests.toymarket import NOON
sink, key = JsonLinesSink(sys.argv[1]), StreamKey("toy", "1", "orders")
for n in range(10_000):
    orders = tuple(shelf.order(f"o{n}-{m}") for m in range(5))
    at = Checkpoint(done_to=NOON + timedelta(seconds=n))
    sink.commit(Commit(key=key, records=orders, read_at=NOON, checkpoint=at))
    print(n, flush=True)
"""


@pytest.mark.parametrize("told", [1, 90])
def test_a_killed_process_loses_nothing(tmp_path: Path, told: int) -> None:
    """After kill -9 all that was committed is there, and the checkpoint fits the records."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= told:
            break
    writer.kill()
    writer.wait()
    writer.stdout.close()
    sink = JsonLinesSink(tmp_path)
    at = sink.checkpoint(ORDERS)
    assert at is not None
    assert at.done_to is not None
    last = (at.done_to - NOON).seconds
    names = [f"o{n}-{m}" for n in range(last + 2) for m in range(5)]
    assert last >= told
    assert sink.known(ORDERS, names) == set(names[:-5])
    sink.close()
