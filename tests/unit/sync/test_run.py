"""A run of sync over shelves in memory: what is stored, told, resumed, compared."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from entrosdk.errors import ConfigError, Forbidden, Invalid, Refused, Revoked, Unavailable
from entrosdk.spi.manifest import Capability, Support
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import Completeness, Phase, Progress, Report
from entrosdk.sync.run import sync, sync_shop
from entrosdk.sync.sink import Checkpoint, Commit, Opening, StreamKey
from entrosdk.sync.sinks.memory import MemorySink
from tests import shelf
from tests.shelf import DAY, Shelves
from tests.toymarket import NOON

ORDERS = StreamKey("toy", "1", "orders")


def stocked(orders: int = 8) -> Shelves:
    """Shelves with some records of every kind, the orders two days apart."""
    shelves = Shelves()
    shelves.orders.put(*(shelf.order(f"o{n}", NOON - (2 * n + 1) * DAY) for n in range(orders)))
    shelves.products.put(*(shelf.product(f"p{n}") for n in range(5)))
    shelves.payments.put(*shelf.payments("o1", 300, -20, at=NOON - DAY))
    shelves.payments.put(*shelf.payments("o2", 500, at=NOON - 20 * DAY))
    shelves.payout.put(shelf.payout("t1", NOON - DAY))
    shelves.returns.put(*(shelf.a_return(f"r{n}", NOON - n * DAY) for n in range(1, 5)))
    return shelves


def names(sink: MemorySink, stream: str) -> list[str]:
    """The ids a sink has of a stream."""
    return sorted(name for key, name in sink.records if key.stream == stream)


def test_every_stream_is_stored_and_compared() -> None:
    """A first run stores what the marketplace shows and proves it stream by stream."""
    shelves, sink = stocked(), MemorySink()
    report = sync(shelves.shop(), sink)
    assert report.ok
    assert {s.stream: s.completeness for s in report.streams} == {
        "orders": Completeness(8, 8),
        "products": Completeness(5, 5),
        "payments": Completeness(2, 2),
        "payouts": Completeness(1, 1),
        "returns": Completeness(4, 4),
    }
    assert names(sink, "orders") == [f"o{n}" for n in range(8)]


def test_only_the_asked_streams_are_read() -> None:
    """Streams are read in a fixed order, and payments bring payouts along."""
    report = sync(stocked().shop(), MemorySink(), streams=["payments", "orders"])
    assert [s.stream for s in report.streams] == ["orders", "payments", "payouts"]


def test_an_unknown_stream_is_refused() -> None:
    """A stream that does not exist is a mistake of the caller."""
    with pytest.raises(ConfigError, match="'chats'"):
        sync(stocked().shop(), MemorySink(), streams=["chats"])


def test_a_second_run_asks_only_for_what_is_new() -> None:
    """The next run begins an overlap before the last bound and ends at the new one."""
    shelves, sink = stocked(), MemorySink()
    sync(shelves.shop(), sink, streams=["orders"])
    shelves.orders.asked.clear()
    shelves.orders.put(shelf.order("o1", NOON + timedelta(minutes=1), raw_status="paid"))
    shelves.now = NOON + timedelta(hours=1)
    report = sync(shelves.shop(), sink, streams=["orders"])
    query = shelves.orders.asked[0][1]
    bounds = (query.updated_from, query.updated_to)
    assert bounds == (NOON - timedelta(minutes=5), NOON + timedelta(hours=1))
    assert report.streams[0].written.changed == 1
    assert sink.records[ORDERS, "o1"][0].raw_status == "paid"  # type: ignore[union-attr]


def test_the_upper_bound_is_frozen() -> None:
    """Orders that change while their window is read do not move its end."""
    shelves = stocked()

    def later(number: int) -> None:
        shelves.now = NOON + timedelta(minutes=number)

    shelves.orders.before = later
    sync(shelves.shop(), MemorySink(), streams=["orders"], check="none")
    assert {query.updated_to for _, query, _ in shelves.orders.asked[-2:]} == {NOON}


def test_windows_respect_the_marketplaces_span() -> None:
    """Sixty days are read in windows of at most fifteen."""
    shelves = stocked()
    sync(shelves.shop(), MemorySink(), streams=["orders"], since=NOON - 60 * DAY)
    spans = {q.updated_to - q.updated_from for _, q, _ in shelves.orders.asked}
    assert spans == {15 * DAY}


def test_an_earlier_beginning_fills_in_history() -> None:
    """A later run that is asked to begin earlier reads the older part, marked as history."""
    shelves, commits = stocked(orders=30), Recorder()
    sync(shelves.shop(), commits, streams=["orders"], since=NOON - 10 * DAY)
    commits.kept.clear()
    report = sync(shelves.shop(), commits, streams=["orders"], since=NOON - 40 * DAY)
    assert {c.history for c in commits.kept if c.records} == {True}
    assert report.streams[0].completeness == Completeness(20, 20)


def test_unreadable_records_are_counted_and_the_run_goes_on() -> None:
    """A record nobody can read stands in quarantine and does not make the run fail."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.broken.add("o3")
    report = sync(shelves.shop(), sink, streams=["orders"])
    assert report.ok
    assert report.streams[0].completeness == Completeness(8, 7, 1)
    assert list(sink.quarantine) == [(ORDERS, "o3")]


def test_rows_that_slipped_between_pages_are_fetched_by_id() -> None:
    """What the listing lost and the list of ids shows is fetched, not only reported."""
    shelves, sink = stocked(), MemorySink()
    for rack in (shelves.orders, shelves.products, shelves.payments, shelves.returns):
        rack.hidden = {"o2", "p3", "r1"}
    report = sync(shelves.shop(), sink)
    found = {s.stream: s.completeness.fetched for s in report.streams if s.completeness}
    assert report.ok
    assert found == {"orders": 1, "products": 1, "payments": 1, "payouts": 0, "returns": 1}


def test_lost_payouts_are_taken_from_the_listing() -> None:
    """Transfers cannot be fetched by id, so the comparison stores what its own listing shows."""
    shelves, sink = stocked(), MemorySink()

    def late(number: int) -> None:
        if number == 2:  # both windows have been read
            shelves.payout.put(shelf.payout("t2", NOON - DAY))

    shelves.payout.before = late
    report = sync(shelves.shop(), sink, streams=["payments"])
    assert report.streams[1].completeness == Completeness(2, 2, fetched=1)
    assert names(sink, "payouts") == ["t1", "t2"]


def test_what_cannot_be_fetched_is_missing() -> None:
    """A record that is listed and cannot be had by any way makes the run not ok."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.hidden = shelves.orders.lost = {"o2"}
    report = sync(shelves.shop(), sink, streams=["orders"])
    assert not report.ok
    assert report.streams[0].completeness == Completeness(8, 7, 0, 1)


def test_a_part_with_something_missing_is_compared_again() -> None:
    """The mark of what was compared moves only when nothing is missing."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.hidden = shelves.orders.lost = {"o2"}
    sync(shelves.shop(), sink, streams=["orders"])
    shelves.orders.lost = set()
    shelves.now = NOON + DAY
    report = sync(shelves.shop(), sink, streams=["orders"])
    assert report.streams[0].completeness == Completeness(8, 8, fetched=1)


@pytest.mark.parametrize("dated", [False, True])
def test_an_update_that_slipped_between_pages_is_fetched(dated: bool) -> None:
    """A stored order that is listed under a newer window is stale, so it is fetched by id."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.dated = dated
    sync(shelves.shop(), sink, streams=["orders"])
    shelves.orders.put(shelf.order("o1", NOON + timedelta(minutes=1), raw_status="paid"))
    shelves.orders.hidden = {"o1"}
    shelves.now = NOON + timedelta(hours=1)
    report = sync(shelves.shop(), sink, streams=["orders"])
    assert report.streams[0].completeness == Completeness(1, 1, fetched=1)
    assert sink.records[ORDERS, "o1"][0].raw_status == "paid"  # type: ignore[union-attr]


def test_a_source_without_movements_is_not_missing() -> None:
    """A settled order that holds no money at all is answered for."""
    shelves = stocked()
    shelves.payments.records["o9"] = (NOON - DAY, ())
    report = sync(shelves.shop(), MemorySink(), streams=["payments"])
    assert report.ok


def test_a_row_on_two_pages_counts_once() -> None:
    """A row that shifts while ids are listed does not make the marketplace's count larger."""
    shelves = stocked()
    seen = []

    def shift(number: int) -> None:
        seen.append(number)
        shelves.products.records["p0"] = (NOON + len(seen) * DAY, shelves.products.records["p0"][1])

    shelves.products.before = shift
    report = sync(shelves.shop(), MemorySink(), streams=["products"])
    assert report.streams[0].completeness is not None
    assert report.streams[0].completeness.marketplace == 5


def test_everything_can_be_compared_again() -> None:
    """A whole comparison finds what somebody deleted here and brings it back."""
    shelves, sink = stocked(), MemorySink()
    sync(shelves.shop(), sink, streams=["orders"])
    del sink.records[ORDERS, "o7"]
    shelves.now = NOON + DAY
    report = sync(shelves.shop(), sink, streams=["orders"], check="all")
    assert report.streams[0].completeness == Completeness(8, 8, fetched=1)


def test_a_failing_stream_does_not_stop_the_others() -> None:
    """Its typed error is in the report, with the shop's name; the others are complete."""
    shelves = stocked()
    shelves.orders.error = Forbidden("no permission for orders")
    report = sync(shelves.shop(), MemorySink())
    failed, *others = report.streams
    assert isinstance(failed.error, Forbidden)
    assert failed.error.context.shop == "1"
    assert not report.ok
    assert all(stream.ok for stream in others)


@pytest.mark.parametrize("error", [Revoked("consent ended"), Refused("nobody listens")])
def test_what_ends_the_shop_ends_its_streams(error: Any) -> None:
    """A revoked grant is told for every stream that had not come to its end."""
    shelves = stocked()
    shelves.products.error = error
    report = sync(shelves.shop(), MemorySink())
    assert [type(stream.error) for stream in report.streams] == [type(error)] * 5


def test_a_shop_that_cannot_be_reached_asks_for_no_stream() -> None:
    """What ends the shop before its streams began is told for each, and nothing more is asked."""
    shelves = stocked()
    shop = shelves.shop()

    def nobody(number: int) -> None:
        raise AssertionError("no stream may be asked for")

    shelves.orders.before = nobody
    shelves.gone = Refused("nobody listens")
    report = sync(shop, MemorySink(), streams=["orders", "returns"])
    assert [type(stream.error) for stream in report.streams] == [Refused, Refused]


def test_streams_the_marketplace_has_not_are_no_failure() -> None:
    """A capability that is not declared is reported as unsupported and asked for by nobody."""
    shelves = stocked()
    offered = dict(shelves.manifest.capabilities) | {
        Capability.PAYMENTS_PAYOUTS: Support("no", "toys are free")
    }
    shelves.manifest = evolve(shelves.manifest, capabilities=offered)
    report = sync(shelves.shop(), MemorySink())
    assert report.ok
    assert [s.stream for s in report.streams if s.unsupported] == ["payouts"]


def test_a_position_that_grew_old_begins_the_window_again() -> None:
    """A stored cursor the marketplace no longer accepts costs its window, not the run."""
    shelves, sink = stocked(), MemorySink()
    window = (NOON - 15 * DAY, NOON)
    sink.checkpoints[ORDERS] = Checkpoint(open=(Opening(window=window, cursor="6"),))

    def refuse(number: int) -> None:
        shelves.orders.error = Invalid("bad cursor") if number == 0 else None

    shelves.orders.before = refuse
    report = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 15 * DAY)
    assert report.ok
    assert names(sink, "orders") == [f"o{n}" for n in range(8)]


def test_a_refusal_in_the_middle_of_a_window_is_an_error() -> None:
    """Only a resumed position may be old; later refusals are told."""
    shelves = stocked()

    def refuse(number: int) -> None:
        shelves.orders.error = Invalid("bad cursor") if number else None

    shelves.orders.before = refuse
    report = sync(shelves.shop(), MemorySink(), streams=["orders"], since=NOON - 10 * DAY)
    assert isinstance(report.streams[0].error, Invalid)


def test_progress_tells_windows_pages_and_the_marketplaces_count() -> None:
    """Each page is told with its place, then the comparison, then the end."""
    told: list[Progress] = []
    sync(stocked(4).shop(), MemorySink(), streams=["orders"], on_progress=told.append)
    assert [(p.phase, p.window, p.windows, p.records, p.total) for p in told] == [
        (Phase.READING, 2, 2, 0, 4),
        (Phase.READING, 2, 2, 3, 4),
        (Phase.READING, 2, 2, 4, 4),
        (Phase.CHECKING, 2, 2, 0, None),
        (Phase.CHECKING, 2, 2, 3, None),
        (Phase.CHECKING, 2, 2, 4, None),
        (Phase.DONE, 0, 0, 4, None),
    ]


def test_the_span_of_a_report_is_what_is_stored() -> None:
    """A run that could read nothing claims nothing, and a backfill counts once it is whole."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.error = Unavailable("down")
    report = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 60 * DAY, history=NOON)
    assert report.streams[0].span is None
    shelves.orders.error = None
    first = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 10 * DAY)
    assert first.streams[0].span == (NOON - 10 * DAY, NOON)
    shelves.now, shelves.orders.error = NOON + DAY, Unavailable("down")
    shelves.orders.put(*(shelf.order(f"p{n}", NOON - (30 + n) * DAY) for n in range(8)))
    behind = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 60 * DAY)
    assert behind.streams[0].span == (NOON - 10 * DAY, NOON)
    shelves.orders.error = None
    whole = sync(shelves.shop(), sink, streams=["orders"], since=NOON - 60 * DAY)
    assert whole.streams[0].span == (NOON - 60 * DAY, NOON + DAY)


def test_an_id_that_is_refused_keeps_no_other_from_being_fetched() -> None:
    """It is missing; the others are mended."""
    shelves, sink = stocked(), MemorySink()
    shelves.orders.hidden = {"o2", "o5"}
    shelves.orders.refuse = lambda ids: Invalid("no such order") if "o2" in ids else None
    report = sync(shelves.shop(), sink, streams=["orders"])
    assert report.streams[0].error is None
    assert report.streams[0].completeness == Completeness(8, 7, missing=1, fetched=1)
    assert "o5" in names(sink, "orders")


def test_shops_share_a_sink_side_by_side() -> None:
    """Several shops at once through one desk each end complete."""

    async def both(desk: Desk) -> list[Report]:
        shops = [stocked().shop(), stocked(5).shop()]
        return list(await asyncio.gather(*(sync_shop(shop, desk) for shop in shops)))

    desk = Desk(MemorySink())
    reports = asyncio.run(both(desk))
    desk.close()
    assert [report.ok for report in reports] == [True, True]


def test_records_without_an_id_are_kept_apart() -> None:
    """Two unreadable rows without an id are two rows in quarantine."""
    shelves, sink = stocked(0), Recorder()
    shelves.orders.records = {"": (NOON - DAY, ())}
    shelves.orders.broken = {""}
    sync(shelves.shop(), sink, streams=["orders"], check="none")
    ids = [bad.id for commit in sink.kept for bad in commit.unreadable]
    assert [name.partition(":")[0] for name in ids] == ["sha256"]


class Recorder(MemorySink):
    """Remembers commits in the order they came."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Commit] = []

    def commit(self, commit: Commit) -> Any:
        self.kept.append(commit)
        return super().commit(commit)


def test_trouble_of_the_marketplace_keeps_what_was_stored() -> None:
    """After an error in the middle, a later run goes on from the last stored page."""
    shelves, sink = stocked(), MemorySink()

    def trouble(number: int) -> None:
        shelves.orders.error = Unavailable("busy") if number == 3 else None

    shelves.orders.before = trouble
    shop = shelves.shop()
    first = sync(shop, sink, streams=["orders"])
    left = sink.checkpoints[ORDERS]
    shelves.orders.before = lambda number: None
    shelves.orders.error = None
    shelves.orders.asked.clear()
    second = sync(shelves.shop(), sink, streams=["orders"])
    assert (first.ok, second.ok) == (False, True)
    assert shelves.orders.asked[0][2] == left.open[0].cursor
