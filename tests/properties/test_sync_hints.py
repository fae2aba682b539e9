"""The promise of real time: whatever becomes of hints, the sink ends with the newest versions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk import Limiter, MemoryStore
from entrosdk.sync import Commit, MemorySink, StreamKey, Written, sync
from entrosdk.sync.realtime import Door, Drain, Hint, MemoryInbox, Receiver, ShopKey
from entrosdk.sync.sinks.sql import SqlSink
from tests import shelf
from tests.integration.test_sync_sandbox import BEFORE_ALL, listed, small, stored
from tests.shelf import Shelves
from tests.toymarket import NOON

SHOP, KEY = ShopKey("toy", "1"), StreamKey("toy", "1", "orders")
ORDERS = [f"o{number}" for number in range(4)]

# A life: buyers change orders, deliveries arrive late, twice or never, drains and polls come
# when they come, and a drain may die between its claim and its commit.
step = st.one_of(
    st.tuples(st.just("change"), st.sampled_from(ORDERS)),
    st.tuples(st.just("deliver"), st.integers(0, 30)),
    st.tuples(st.just("drain"), st.just(0)),
    st.tuples(st.just("die"), st.just(0)),
    st.tuples(st.just("poll"), st.just(0)),
)


class Forward(MemorySink):
    """A sink that sees whether a version went backwards."""

    def commit(self, commit: Commit) -> Written:
        before = {place: rows[0] for place, rows in self.records.items()}
        written = super().commit(commit)
        for place, rows in self.records.items():
            old: Any = before.get(place)
            new: Any = rows[0]
            assert old is None or new.updated_at is None or new.updated_at >= old.updated_at
        return written


@given(st.lists(step, max_size=25))
def test_any_life_of_hints_ends_with_the_truth(life: list[tuple[str, Any]]) -> None:
    """Versions never go back, and one poll later the sink holds the newest of every order."""
    shelves, sink, inbox = Shelves(), Forward(), MemoryInbox()
    told: list[Hint] = []

    def clock() -> datetime:
        return shelves.now

    def drain() -> None:
        running = Drain({SHOP: shelves.shop()}, sink, inbox, clock=clock)
        asyncio.run(running.once())
        running.close()

    for number, (what, which) in enumerate(life):
        shelves.now = NOON + timedelta(minutes=number + 1)
        match what:
            case "change":
                shelves.orders.put(shelf.order(which, shelves.now, raw_status=f"v{number}"))
                told.append(_hint(which, shelves.now, number))
            case "deliver" if told:
                inbox.put([told[which % len(told)]])
            case "drain":
                drain()
            case "die":
                inbox.claim(KEY, 2, now=shelves.now, until=shelves.now + timedelta(minutes=3))
            case "poll":
                sync(shelves.shop(), sink, streams=["orders"])
    shelves.now += timedelta(hours=1)
    drain()
    assert inbox.tally().open == 0
    assert sync(shelves.shop(), sink, streams=["orders"]).ok
    assert _held(sink) == {name: at for name, (at, _) in shelves.orders.records.items()}


def _hint(record: str, at: datetime, number: int) -> Hint:
    return Hint(
        shop=SHOP,
        stream="orders",
        record_id=record,
        delivery_id=f"d{number}",
        occurred_at=at,
        received_at=at,
    )


def _held(sink: MemorySink) -> dict[str, Any]:
    return {name: getattr(rows[0], "updated_at", None) for (_, name), rows in sink.records.items()}


# The same against an emulated marketplace, with its own signed pushes

fate = st.sampled_from(["arrives", "arrives", "lost", "twice", "late", "forged"])


@settings(max_examples=8 if settings().max_examples < 1000 else 300)
@given(st.lists(st.tuples(st.integers(1, 3), fate), min_size=1, max_size=6), st.randoms())
def test_any_fate_of_pushes_ends_with_the_truth(story: list[tuple[int, str]], chance: Any) -> None:
    """Lost, repeated, late and forged pushes: after a drain and a poll the tables are right."""
    table, sink, store, inbox = small(orders=3), SqlSink("sqlite://"), MemoryStore(), MemoryInbox()
    url = "http://127.0.0.1/hooks"
    table.control("POST", "/control/webhooks", json.dumps({"url": f"{url}/shopee"}).encode())
    shop = table.async_shop(store=store, limiter=Limiter())
    doors = {"shopee": Door(marketplace="shopee", events=shop.events, shops={shop.shop_id})}
    receiver = Receiver(doors, inbox, public_url=url, clock=table.clock)
    late: list[tuple[bytes, str]] = []
    forged = 0
    for bought, what in story:
        table.moment += timedelta(minutes=7)
        table.control("POST", "/control/orders", json.dumps({"count": bought}).encode())
        pushes = _sent(table)
        chance.shuffle(pushes)
        arriving = {"lost": [], "twice": pushes * 2, "late": [], "forged": _forged(pushes)}
        late += pushes if what == "late" else []
        forged += len(pushes) if what == "forged" else 0
        asyncio.run(_deliver(receiver, arriving.get(what, pushes)))
        asyncio.run(_drained(shop, sink, inbox, table))
    asyncio.run(_deliver(receiver, late))
    asyncio.run(_drained(shop, sink, inbox, table))
    table.moment += timedelta(minutes=10)
    assert _poll(table, sink, store).ok
    held, true = stored(sink)["orders"], listed(table)["orders"]
    sink.close()
    assert _settled(true, table) - held == set()
    assert {order[0] for order in held} <= {order[0] for order in true}
    assert receiver.counts["forged"] == forged


def _settled(orders: set[Any], table: Any) -> set[Any]:
    """Leave out what changed in the very second of the poll: the next one reads it."""
    return {order for order in orders if order[2] < int(table.moment.timestamp())}


def _poll(table: Any, sink: SqlSink, store: MemoryStore) -> Any:
    shop = table.async_shop(store=store, limiter=Limiter())
    return sync(shop, sink, streams=["orders"], since=BEFORE_ALL)


def _sent(table: Any) -> list[tuple[bytes, str]]:
    """What the marketplace sends now: bodies with their signatures."""
    table.box.world.settle()
    pushes = table.market.pushes
    due = pushes.due(table.box.world.now)
    return [(push.body, _signature(pushes.headers(push))) for push in due]


def _signature(headers: Mapping[str, str]) -> str:
    return next(value for name, value in headers.items() if name.lower() == "authorization")


def _forged(pushes: Sequence[tuple[bytes, str]]) -> list[tuple[bytes, str]]:
    return [(body, "0" * len(signature)) for body, signature in pushes]


async def _deliver(receiver: Receiver, pushes: Sequence[tuple[bytes, str]]) -> None:
    for body, signature in pushes:
        await _post(receiver, body, signature)


async def _post(receiver: Receiver, body: bytes, signature: str) -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        assert message.get("status", 200) in {200, 401}

    headers = [(b"authorization", signature.encode())]
    scope = {"type": "http", "method": "POST", "path": "/shopee", "headers": headers}
    await receiver(scope, receive, send)


async def _drained(shop: Any, sink: SqlSink, inbox: MemoryInbox, table: Any) -> None:
    drain = Drain({ShopKey(shop.marketplace, shop.shop_id): shop}, sink, inbox, clock=table.clock)
    await drain.once()
    drain.close()
