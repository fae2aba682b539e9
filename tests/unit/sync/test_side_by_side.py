"""Windows, streams and details read side by side: how many at once, and that nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from entrosdk.errors import Unavailable
from entrosdk.spi.manifest import Manifest, Stream
from entrosdk.sync.lanes import Lanes, ended, gathered
from entrosdk.sync.progress import Completeness, Progress
from entrosdk.sync.reading import LANES
from entrosdk.sync.run import Options, sync
from entrosdk.sync.sink import StreamKey, Written
from entrosdk.sync.sinks.memory import MemorySink
from tests import shelf
from tests.properties.test_sync_crashes import Killed, Mortal
from tests.shelf import DAY, Rack, Shelves, TwoStepRack
from tests.toymarket import NOON

ORDERS = StreamKey("toy", "1", "orders")
HOUR = timedelta(hours=1)
LONG = Stream(name="orders", clock="updated", span=15 * DAY, grain=HOUR)


def manifest(*streams: Stream) -> Manifest:
    """A manifest in which some streams are other than usual."""
    names = {stream.name for stream in streams}
    usual = [stream for stream in shelf.STREAMS if stream.name not in names]
    return shelf.manifest(streams=(*streams, *usual))


def busy(rack: Rack, stream: Stream = LONG, orders: int = 60) -> Shelves:
    """A shop with orders every three hours of the last days, whose requests take their time."""
    shelves = Shelves(orders=rack, manifest=manifest(stream), sleep=Meeting())
    rack.put(*(shelf.order(f"o{n}", NOON - (3 * n + 1) * HOUR) for n in range(orders)))
    rack.slow = True
    return shelves


class Meeting:
    """Waiting that counts how many wait at once."""

    def __init__(self) -> None:
        self.here = self.most = 0

    async def __call__(self, seconds: float) -> None:
        self.here += 1
        self.most = max(self.most, self.here)
        for _ in range(10):
            await asyncio.sleep(0)
        self.here -= 1


def held(sink: MemorySink) -> set[str]:
    """The orders a sink has."""
    return {name for key, name in sink.records if key == ORDERS}


def test_a_long_window_is_cut_and_listed_side_by_side() -> None:
    """Four windows are under way at once, and their orders are all there."""
    rack, sink = Rack(), MemorySink()
    shelves = busy(rack)
    report = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY)
    assert report.streams[0].completeness == Completeness(60, 60)
    assert shelves.sleep.most == 4
    assert held(sink) == set(rack.records)


def test_records_of_a_window_that_is_cut_are_counted_once() -> None:
    """Its first page is left to its pieces, which bring it again."""
    rack, told = Rack(), list[Progress]()
    shelves = busy(rack)
    report = sync(
        shelves.shop(),
        MemorySink(),
        streams=["orders"],
        since=NOON - 10 * DAY,
        check="none",
        on_progress=told.append,
    )
    assert len({query.updated_from for _, query, _ in rack.asked}) > 1
    assert max(one.records for one in told) == told[-1].records == 60
    assert report.streams[0].written == Written(new=60)


def test_a_window_of_one_page_is_not_cut() -> None:
    """What fits one page costs one request."""
    rack = Rack()
    shelves = busy(rack, orders=3)
    sync(shelves.shop(), MemorySink(), streams=["orders"], since=NOON - 10 * DAY, check="none")
    assert [kind for kind, _, _ in rack.asked] == ["page"]


def test_a_marketplace_that_names_no_grain_is_read_as_it_lists() -> None:
    """Without a grain, windows have the marketplace's own length."""
    rack = Rack()
    shelves = busy(rack, evolve(LONG, grain=None))
    sync(shelves.shop(), MemorySink(), streams=["orders"], since=NOON - 10 * DAY, check="none")
    assert shelves.sleep.most == 1
    assert len({query.updated_from for _, query, _ in rack.asked}) == 1


def test_a_listing_by_offset_is_cut_until_it_fits_a_page() -> None:
    """Where rows shift while one pages, no second page is asked for."""
    rack, sink = Rack(), MemorySink()
    shelves = busy(rack, evolve(LONG, paging="offset"))
    sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY, check="none")
    assert {cursor for _, _, cursor in rack.asked} == {None}
    assert held(sink) == set(rack.records)


def test_a_window_shorter_than_the_grain_is_paged_by_offset() -> None:
    """What cannot be cut any more is read page by page."""
    rack, sink = Rack(), MemorySink()
    shelves = Shelves(orders=rack, manifest=manifest(evolve(LONG, paging="offset")))
    rack.put(*(shelf.order(f"o{n}", NOON - timedelta(seconds=n + 1)) for n in range(8)))
    sync(shelves.shop(), sink, streams=["orders"], since=NOON - HOUR, check="none")
    assert held(sink) == set(rack.records)
    assert {cursor for _, _, cursor in rack.asked} == {None, "3", "6"}


def test_the_next_ids_are_asked_for_while_details_are_on_their_way() -> None:
    """In one window, a list of ids and the details of the page before are under way at once."""
    rack, sink = TwoStepRack(size=4), MemorySink()
    shelves = busy(rack, evolve(LONG, grain=None, batch=2))
    sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY, check="none")
    assert shelves.sleep.most == 3  # two batches of two, and the next list
    assert held(sink) == set(rack.records)


def test_unreadable_details_are_put_aside() -> None:
    """A record that its details make unreadable stands in quarantine, beside the good ones."""
    rack, sink = TwoStepRack(), MemorySink()
    shelves = busy(rack)
    rack.broken = {"o7"}
    report = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY)
    assert report.streams[0].completeness == Completeness(60, 59, 1)
    assert list(sink.quarantine) == [(ORDERS, "o7")]


def test_streams_are_read_side_by_side() -> None:
    """All streams of a shop are under way at once."""
    shelves = busy(Rack(), evolve(LONG, grain=None), orders=2)
    for rack in (shelves.products, shelves.returns, shelves.payments, shelves.payout):
        rack.slow = True
    assert sync(shelves.shop(), MemorySink(), since=NOON - 10 * DAY).ok
    assert shelves.sleep.most == 5


def test_windows_left_open_by_an_error_are_gone_on_with() -> None:
    """When a window fails, what the others had stored stays, and the next run asks for the rest."""
    rack, sink = Rack(), MemorySink()
    shelves = busy(rack)

    def fail(number: int) -> None:
        rack.error = Unavailable("out of order") if number == 12 else None

    rack.before = fail
    first = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY)
    stored = held(sink)
    asked = len(rack.asked)
    assert isinstance(first.streams[0].error, Unavailable)
    assert 0 < len(stored) < 60
    assert sync(shelves.shop(), sink, streams=["orders"]).ok
    again = [c for kind, _, c in rack.asked[asked:] if kind == "page"]
    assert any(cursor is not None for cursor in again[:4])
    assert held(sink) == set(rack.records)


@pytest.mark.parametrize("life", range(3, 24, 4))
def test_a_crash_repeats_at_most_one_page_of_each_window(life: int) -> None:
    """Of the pages that were asked for before a kill, four at most are asked for once more."""
    rack, sink = Rack(), MemorySink()
    shelves = busy(rack)
    options: Options = {"streams": ["orders"], "since": NOON - 10 * DAY, "check": "none"}
    with pytest.raises(Killed):
        sync(shelves.shop(), Mortal(sink, life, after=False), **options)
    before = pages(rack)
    rack.asked.clear()
    assert sync(shelves.shop(), sink, **options).ok
    assert len(before & pages(rack)) <= LANES
    assert held(sink) == set(rack.records)


def pages(rack: Rack) -> set[Any]:
    """Which pages were asked for, by window and position."""
    return {(query.updated_from, query.updated_to, at) for _, query, at in rack.asked}


def test_counts_are_told_window_by_window() -> None:
    """The report has both sides of every window that was compared; their sum is the whole."""
    shelves = busy(Rack())
    report = sync(shelves.shop(), MemorySink(), streams=["orders"], since=NOON - 10 * DAY)
    stream = report.streams[0]
    assert len(stream.windows) > 1
    assert sum((found for _, found in stream.windows), Completeness()) == stream.completeness
    assert stream.windows[0][0][0] == NOON - 10 * DAY


def test_the_first_error_ends_what_is_on_its_way() -> None:
    """Work that a failure leaves behind is cancelled before the error is raised."""
    ended: list[int] = []

    async def work(number: int) -> list[int]:
        if number == 1:
            raise ValueError
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)
        return []

    async def lanes() -> None:
        await Lanes(3, work).run([0, 1, 2, 3])

    async def both() -> Any:
        return await gathered(work(5), work(1))

    for go in (lanes, both):
        with pytest.raises(ValueError):  # noqa: PT011 - our own, just above
            asyncio.run(go())
    assert sorted(ended) == [0, 2, 5]


def test_whoever_is_told_twice_to_stop_still_cleans_up() -> None:
    """A second cancellation reaches the one that waits, not the task that gives things back."""
    told: list[str] = []

    async def work(begun: asyncio.Event) -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            told.append("given back")

    async def go() -> bool:
        begun = asyncio.Event()
        task = asyncio.create_task(work(begun))
        await begun.wait()
        waiting = asyncio.create_task(ended(task))
        for _ in range(3):  # it has begun to give things back
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert (asyncio.run(go()), told) == (True, ["given back"])
