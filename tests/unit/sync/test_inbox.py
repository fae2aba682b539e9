"""What every inbox promises; in memory and in SQLite here, in PostgreSQL beside the other tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entrosdk.sync import StreamKey
from entrosdk.sync.realtime import Hint, Inbox, MemoryInbox, ShopKey, SqlInbox, Tally
from tests.toymarket import NOON

SHOP, OTHER = ShopKey("toy", "1"), ShopKey("toy", "2")
ORDERS, OTHERS = StreamKey("toy", "1", "orders"), StreamKey("toy", "2", "orders")
SECOND, LEASE = timedelta(seconds=1), timedelta(minutes=3)


def hint(delivery: str = "d1", record: str = "o1", shop: ShopKey = SHOP, **rest: Any) -> Hint:
    """A hint at an order, received at noon."""
    given = {"stream": "orders", "received_at": NOON} | rest
    return Hint(shop=shop, record_id=record, delivery_id=delivery, **given)


def claimed(inbox: Inbox, key: StreamKey = ORDERS, at: timedelta = timedelta(0)) -> list[str]:
    """Claim all of a stream's hints; returns the ids of their records."""
    claims = inbox.claim(key, 100, now=NOON + at, until=NOON + at + LEASE)
    return [claim.hint.record_id for claim in claims]


@pytest.fixture(params=["memory", "sqlite"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inbox]:
    """An empty inbox of each kind."""
    made: Inbox = (
        MemoryInbox() if request.param == "memory" else SqlInbox(f"sqlite:///{tmp_path / 'in.db'}")
    )
    yield made
    made.close()


def test_what_was_put_is_claimed_as_it_came(inbox: Inbox) -> None:
    """A hint goes in and comes out with every field, as the first attempt."""
    told = hint(raw_kind="3", occurred_at=NOON - SECOND)
    assert inbox.put([told]) == 1
    (claim,) = inbox.claim(ORDERS, 10, now=NOON, until=NOON + LEASE)
    assert (claim.hint, claim.attempt) == (told, 1)


def test_a_delivery_is_one_entry(inbox: Inbox) -> None:
    """A repeat changes nothing, not even after the hint was followed."""
    inbox.put([hint()])
    (claim,) = inbox.claim(ORDERS, 10, now=NOON, until=NOON + LEASE)
    inbox.done([claim], NOON)
    assert (inbox.put([hint(), hint()]), inbox.tally()) == (0, Tally(done=1))


def test_a_delivery_may_name_several_records(inbox: Inbox) -> None:
    """Records of one delivery are hints of their own."""
    assert inbox.put([hint(), hint(record="o2"), hint(stream="returns")]) == 3


def test_a_claim_hides_a_hint_until_it_runs_out(inbox: Inbox) -> None:
    """What a dead process had claimed is given out again, as the next attempt."""
    inbox.put([hint()])
    seen = [claimed(inbox), claimed(inbox, at=SECOND)]
    (again,) = inbox.claim(ORDERS, 10, now=NOON + LEASE, until=NOON + 2 * LEASE)
    assert (seen, again.attempt) == ([["o1"], []], 2)


def test_hints_are_taken_oldest_first_and_stream_by_stream(inbox: Inbox) -> None:
    """A claim takes a stream's own hints in the order of their coming, and no more than asked."""
    inbox.put([hint("d1", "o1"), hint("d2", "x", OTHER), hint("d3", "o2"), hint("d4", "o3")])
    claims = inbox.claim(ORDERS, 2, now=NOON, until=NOON + LEASE)
    assert [claim.hint.record_id for claim in claims] == ["o1", "o2"]
    assert (claimed(inbox), claimed(inbox, OTHERS)) == (["o3"], ["x"])


def test_streams_are_due_while_they_have_something(inbox: Inbox) -> None:
    """The stream that waits longest is named first; claimed and closed hints do not count."""
    inbox.put([hint("d1", "o1", OTHER, received_at=NOON), hint("d2", received_at=NOON - SECOND)])
    before = inbox.due(NOON)
    claimed(inbox)
    assert (before, inbox.due(NOON)) == ((ORDERS, OTHERS), (OTHERS,))


def test_a_hint_that_was_put_off_waits(inbox: Inbox) -> None:
    """Nobody gets it before its time."""
    inbox.put([hint()])
    inbox.later(inbox.claim(ORDERS, 1, now=NOON, until=NOON + LEASE), NOON + 5 * SECOND)
    assert (claimed(inbox, at=4 * SECOND), claimed(inbox, at=5 * SECOND)) == ([], ["o1"])


def test_a_hint_that_was_closed_by_another_stays_closed(inbox: Inbox) -> None:
    """A drain that comes late cannot put off what another has followed."""
    inbox.put([hint()])
    claims = inbox.claim(ORDERS, 1, now=NOON, until=NOON + LEASE)
    inbox.done(claims, NOON)
    inbox.later(claims, NOON)
    assert inbox.tally() == Tally(done=1)


def test_a_clock_that_was_set_back_hides_no_hint(inbox: Inbox) -> None:
    """What seems to be due a day from now is due; who claims it has it for the usual time."""
    inbox.put([hint(received_at=NOON + timedelta(days=1))])
    assert inbox.due(NOON) == (ORDERS,)
    assert (claimed(inbox), claimed(inbox), inbox.due(NOON)) == (["o1"], [], ())


def test_parked_hints_wait_for_consent(inbox: Inbox) -> None:
    """Parked hints of a shop are given to nobody until they are taken up again."""
    inbox.put([hint(), hint("d2", "x", OTHER)])
    inbox.park(SHOP)
    parked = (inbox.due(NOON + LEASE), inbox.tally(SHOP))
    assert parked == ((OTHERS,), Tally(parked=1))
    assert (inbox.unpark(SHOP, NOON), claimed(inbox)) == (1, ["o1"])


def test_what_was_heard_is_remembered_per_record(inbox: Inbox) -> None:
    """The newest moment, told or received, of each record that was hinted at."""
    later = NOON + 9 * SECOND
    inbox.put([hint("d1"), hint("d2", received_at=NOON + SECOND), hint("d3", "o2")])
    inbox.put([hint("d4", "o2", occurred_at=later), hint("d5", "o3", OTHER)])
    heard = inbox.heard(ORDERS, ["o1", "o2", "o3"])
    assert heard == {"o1": NOON + SECOND, "o2": later}
    assert inbox.last_heard(SHOP) == {"orders": NOON + SECOND}


def test_a_queue_position_is_kept_with_its_hints(inbox: Inbox) -> None:
    """The newest position of each shop is returned."""
    before = inbox.position(SHOP)
    inbox.put([hint()], (SHOP, "a"))
    inbox.put([], (SHOP, "b"))
    assert (before, inbox.position(SHOP), inbox.position(OTHER)) == (None, "b", None)


def test_old_deliveries_are_forgotten(inbox: Inbox) -> None:
    """Closed hints go when their time is over; open ones never do."""
    inbox.put([hint("d1"), hint("d2", "o2")])
    inbox.done(inbox.claim(ORDERS, 1, now=NOON, until=NOON + LEASE), NOON)
    assert (inbox.forget(NOON), inbox.forget(NOON + SECOND)) == (0, 1)
    assert inbox.tally() == Tally(open=1)


def test_a_database_inbox_outlives_its_process(tmp_path: Path) -> None:
    """A second inbox on the same file has the hints and the positions of the first."""
    url = f"sqlite:///{tmp_path / 'in.db'}"
    first = SqlInbox(url)
    first.put([hint()], (SHOP, "a"))
    first.close()
    second = SqlInbox(url)
    assert (claimed(second), second.position(SHOP)) == (["o1"], "a")
    second.close()


def test_a_sink_and_an_inbox_share_a_database(tmp_path: Path) -> None:
    """Either may be made first."""
    from entrosdk.sync import SqlSink

    for number, kinds in enumerate([(SqlSink, SqlInbox), (SqlInbox, SqlSink)]):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        for made in [kind(url) for kind in kinds]:
            made.close()
