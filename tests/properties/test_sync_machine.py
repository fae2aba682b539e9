"""The promise of sync against whole emulated marketplaces, whatever happens in whatever order.

Buyers buy and orders move between any two requests, requests fail, tokens run out, pages come
short or twice, records are broken, processes are killed at any call of the sink; and still:
when a run reports that it is done, the sink holds what the marketplace holds.
`PROFILE=campaign` runs it two thousand times and more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from attrs import define
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import entrosdk.adapters.lazada.orders
import entrosdk.adapters.lazada.returns
import entrosdk.adapters.shopee.orders
import entrosdk.adapters.shopee.returns
import entrosdk.adapters.tiki.pages
import entrosdk.adapters.tiktok.orders
import entrosdk.adapters.tiktok.returns
from entrosdk.errors import Revoked
from entrosdk.runtime.stores.memory import MemoryStore
from entrosdk.sandbox.transport import AsyncSandboxTransport
from entrosdk.spi.request import Request, Response
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import Report
from entrosdk.sync.run import sync_shop
from entrosdk.sync.sink import Commit, StreamKey, Written
from entrosdk.sync.sinks.memory import MemorySink
from tests.properties.test_sync_crashes import Killed, Mortal
from tests.sandboxes import NOON, Table

EXAMPLES = {"quick": 15, "campaign": 600, "long": 3000}[os.environ.get("PROFILE", "quick")]
SINCE = NOON - timedelta(days=60)
TROUBLE = ("429", "500", "timeout", "drop_reply", "truncated_json")
ODDITIES = ("duplicate_page_row", "late_update", "unknown_enum", "malformed_record")
SMALL = {  # pages so small that a dozen orders fill several
    entrosdk.adapters.shopee.orders: {"_PAGE": 4, "_BATCH": 2},
    entrosdk.adapters.shopee.returns: {"_PAGE": 2},
    entrosdk.adapters.lazada.orders: {"_PAGE": 4, "_BATCH": 2},
    entrosdk.adapters.lazada.returns: {"_PAGE": 2},
    entrosdk.adapters.tiktok.orders: {"_PAGE": 10, "_BATCH": 2},  # fewer are refused
    entrosdk.adapters.tiktok.returns: {"_PAGE": 10},
    entrosdk.adapters.tiki.pages: {"PAGE": 4},
}


@pytest.fixture(autouse=True, scope="module")
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, sizes in SMALL.items():
            for name, size in sizes.items():
                patch.setattr(module, name, size)
        yield


class Watched(MemorySink):
    """A sink that notices a record going back to an older version."""

    def commit(self, commit: Commit) -> Written:
        """Store, and compare what is stored with what was."""
        before = dict(self.records)
        written = super().commit(commit)
        for place, records in before.items():
            then, now = _updated(records), _updated(self.records[place])
            assert now >= then, f"{place} went back from {then} to {now}"
        return written


@define
class Between:
    """A transport that lets something happen in the shop before its `number`-th request."""

    table: Table
    number: int
    happen: Callable[[], None]
    count: int = 0

    async def send(self, request: Request, timeout: float) -> Response:
        """Let things happen, let others have their turn, then answer."""
        self.count += 1
        if self.count == self.number:
            self.happen()
        await asyncio.sleep(0)
        transport = AsyncSandboxTransport(self.table.box, self.table.sleep)
        return await transport.send(request, timeout)

    async def aclose(self) -> None:
        """Nothing to give back."""


class SyncMachine(RuleBasedStateMachine):
    """One shop, its buyers, its troubles, and a sink that is synced now and then."""

    marketplace: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(self.marketplace, orders=12, seed=3)
        self.sink, self.store = Watched(), MemoryStore()
        self.odd = False
        self.done_to: datetime | None = None

    # What happens in the shop

    @rule(count=st.integers(1, 5), cod=st.booleans())
    def buy(self, count: int, cod: bool) -> None:
        """Buyers buy in one and the same second."""
        body = f'{{"count": {count}, "cod": {str(cod).lower()}}}'
        assert self.table.control("POST", "/control/orders", body.encode()).status == 201

    @rule(seconds=st.sampled_from([1, 2, 59, 301, 3600, 86_400, 3 * 86_400]))
    def pass_time(self, seconds: int) -> None:
        """Orders are paid, shipped, delivered, returned and settled meanwhile."""
        self.table.moment += timedelta(seconds=seconds)

    @rule(effect=st.sampled_from(TROUBLE), times=st.integers(1, 4), nth=st.integers(0, 3))
    def fail(self, effect: str, times: int, nth: int) -> None:
        """Some of the next requests fail."""
        rule = {"nth": nth} if nth else {"times": times}
        self.table.fault(effect, **rule)

    @rule(nth=st.integers(1, 9))
    def expire(self, nth: int) -> None:
        """The access token runs out in the middle of what follows."""
        self.table.fault("expire_token", nth=nth)

    @precondition(lambda self: not self.odd)
    @rule(effect=st.sampled_from(ODDITIES))
    def misbehave(self, effect: str) -> None:
        """The marketplace sends odd pages or odd records from now on."""
        self.odd = True
        self.table.fault(effect, probability=0.3)

    # What we do

    @rule(number=st.integers(1, 25), count=st.integers(1, 4), wait=st.integers(0, 2))
    def sync_while_buyers_buy(self, number: int, count: int, wait: int) -> None:
        """A run during which orders come in and time passes, between any two requests."""

        def happen() -> None:
            self.table.moment += timedelta(seconds=wait)
            self.buy(count, cod=bool(count % 2))

        self.judge(self.run(Between(self.table, number, happen)))

    @rule(number=st.integers(1, 25), days=st.integers(1, 3))
    def sync_while_orders_move(self, number: int, days: int) -> None:
        """A run during which orders that were listed move on."""

        def happen() -> None:
            self.table.moment += timedelta(days=days)

        self.judge(self.run(Between(self.table, number, happen)))

    @rule(life=st.integers(1, 40), after=st.booleans())
    def sync_killed(self, life: int, after: bool) -> None:
        """A run whose process is killed at a call of the sink, before it or after it."""
        quiet = Between(self.table, 0, lambda: None)
        with suppress(Killed):
            self.judge(self.run(quiet, Mortal(self.sink, life, after)))

    @invariant()
    def nothing_is_claimed_that_is_not_there(self) -> None:
        """What the checkpoint calls complete is stored, whatever run said so."""
        if self.odd:
            return
        for key, at in self.sink.checkpoints.items():
            if key.stream == "orders" and at.checked_to is not None and not at.open:
                self.compare(at.checked_to)

    def teardown(self) -> None:
        """After all that, one quiet hour and one run: the sink is the marketplace's truth."""
        self.table.control("DELETE", "/control/faults")
        self.table.moment += timedelta(hours=1)
        report = self.run(Between(self.table, 0, lambda: None))
        if _revoked(report):  # a month away: the tokens of the beginning may do
            self.store = MemoryStore()
            report = self.run(Between(self.table, 0, lambda: None))
        if _revoked(report):  # the reply to a renewal was lost, and with it the seller's consent
            return
        assert report.ok, [(s.stream, s.error, s.completeness) for s in report.streams]
        span = report.streams[0].span
        assert span is not None
        self.compare(span[1])
        self.compare_ids()

    # Judging

    def run(self, transport: Any, sink: Any = None) -> Report:
        """Sync orders, payments and returns."""
        return asyncio.run(self._run(transport, sink or self.sink))

    async def _run(self, transport: Any, sink: Any) -> Report:
        shop = self.table.async_shop(store=self.store, transport=transport, hooks=())
        async with shop:
            return await sync_shop(
                shop,
                Desk(sink, threaded=False),
                streams=["orders", "payments", "returns"],
                since=SINCE,
            )

    def judge(self, report: Report) -> None:
        """A run that says it is done has nothing missing of what it covers."""
        orders = report.streams[0]
        if report.ok and orders.span is not None and not self.odd:
            self.compare(orders.span[1])

    def compare(self, upper: datetime) -> None:
        """Each order that last changed before `upper` is stored in that version."""
        for order in self.table.truth()["orders"]:
            updated = datetime.fromtimestamp(order["updated_at"], UTC)
            if SINCE <= updated < upper and not self.quarantined("orders", order["id"]):
                stored = self.stored("orders", order["id"])
                assert stored is not None, f"order {order['id']} is lost"
                assert stored.updated_at >= updated, f"order {order['id']} is old"
                if stored.updated_at == updated and not self.odd:
                    assert order["status"] in {stored.status.value, stored.raw_status}

    def compare_ids(self) -> None:
        """Nothing is there that the marketplace does not know, and nothing twice in effect."""
        truth = self.table.truth()
        for stream in ("orders", "returns", "payments"):
            there = {row["id"] for row in truth[stream]}
            records = [
                one.id
                for (key, _), group in self.sink.records.items()
                if key.stream == stream
                for one in group
            ]
            assert len(records) == len(set(records))
            assert stream == "payments" or set(records) <= there

    def stored(self, stream: str, name: str) -> Any:
        """The record as the sink has it."""
        return next(iter(self.sink.records.get((self.key(stream), name), [])), None)

    def quarantined(self, stream: str, name: str) -> bool:
        """Does the record stand in quarantine?"""
        return (self.key(stream), name) in self.sink.quarantine

    def key(self, stream: str) -> StreamKey:
        """The stream's key."""
        return StreamKey(self.marketplace, self.table.box.stores()[0]["shop_id"], stream)


def _updated(records: list[Any]) -> datetime:
    return getattr(records[0], "updated_at", None) or datetime.min.replace(tzinfo=NOON.tzinfo)


def _revoked(report: Report) -> bool:
    return any(isinstance(stream.error, Revoked) for stream in report.streams)


def machine(name: str) -> Any:
    """The machine of one marketplace, as a test case."""
    kind = type(f"{name.title()}Machine", (SyncMachine,), {"marketplace": name})
    case = kind.TestCase
    case.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=12,
        deadline=None,
        # CI plays the same histories each time; `PROFILE=long` looks for new ones.
        derandomize=os.environ.get("PROFILE", "quick") != "long",
        database=None,
        suppress_health_check=list(HealthCheck),
        # A history is its own best report; making it shorter takes minutes.
        phases=[phase for phase in Phase if phase is not Phase.shrink],
    )
    case.runTest.__doc__ = "Whatever happens, a run that is done leaves the marketplace's truth."
    return case


TestShopee = machine("shopee")
TestLazada = machine("lazada")
TestTikTok = machine("tiktok")
TestTiki = machine("tiki")
