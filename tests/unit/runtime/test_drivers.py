"""Threads and asyncio run the same flows with the same effects."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entrosdk import AsyncShop, MemoryStore, Shop, connect, connect_async
from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError, EntroError, Revoked, Unavailable
from entrosdk.runtime.aio import AsyncDriver
from entrosdk.runtime.ports import Store
from entrosdk.runtime.stores.file import FileStore
from entrosdk.runtime.stores.seal import new_key
from entrosdk.runtime.threads import ThreadDriver
from entrosdk.spi.effects import Flow, Stored, load, locked, save, sleep
from entrosdk.spi.request import Request, Response
from tests.toymarket import NOON, ToyAdapter, app, grant, reply

KEY = "k"


class ToyServer:
    """The toy market itself: rotating single-use refresh tokens, as a blocking transport."""

    def __init__(self) -> None:
        self.access = "access-0002"  # grant 1 has already run out
        self.refresh = "refresh-0001"
        self.renewals = 1
        self.log: list[tuple[str, str, str]] = []
        self.guard = threading.Lock()
        self.watch: Any = lambda request: None

    def send(self, request: Request, timeout: float) -> Response:
        """Answer a request."""
        with self.guard:
            token = dict(request.headers).get("x-token", "")
            self.log.append((request.method, request.path, token))
            self.watch(request)
            if request.path == "/renew":
                return self._renew(request)
            good = token == self.access
            return reply({"name": "Tiệm"} if good else {"error": "expired"})

    def _renew(self, request: Request) -> Response:
        spent = Response(status=200, body=request.body or b"").json()["refresh_token"]
        if spent != self.refresh:
            return reply({"error": "revoked"})
        self.renewals += 1
        self.access = f"access-{self.renewals:04}"
        self.refresh = f"refresh-{self.renewals:04}"
        return reply({"access": self.access, "refresh": self.refresh})

    def close(self) -> None:
        """Nothing to give back."""


class AsyncToyServer:
    """The same server for asyncio; it lets other tasks run before it answers."""

    def __init__(self, server: ToyServer) -> None:
        self.server = server

    async def send(self, request: Request, timeout: float) -> Response:
        """Answer a request."""
        await asyncio.sleep(0)
        return self.server.send(request, timeout)

    async def aclose(self) -> None:
        """Nothing to give back."""


def shop(server: ToyServer, store: Store, **rest: Any) -> Shop:
    """A shop on the toy server."""
    return connect(
        ToyAdapter, app=app(), shop_id=1, store=store, grant=grant(), transport=server, **rest
    )


def async_shop(server: ToyServer, store: Store, **rest: Any) -> AsyncShop:
    """A shop on the toy server, for asyncio."""
    return connect_async(
        ToyAdapter,
        app=app(),
        shop_id=1,
        store=store,
        grant=grant(),
        transport=AsyncToyServer(server),
        **rest,
    )


def renewals(server: ToyServer) -> int:
    """How often a renewal was asked for."""
    return sum(path == "/renew" for _, path, _ in server.log)


def test_sixteen_threads_with_one_expired_token_renew_once() -> None:
    """All see the token expire; one renews, the others take over its grant."""
    server = ToyServer()
    start = threading.Barrier(16)
    with shop(server, MemoryStore()) as toy, ThreadPoolExecutor(16) as pool:

        def ask() -> str:
            start.wait()
            return toy.info().name

        names = [future.result() for future in [pool.submit(ask) for _ in range(16)]]
    assert (names, renewals(server)) == (["Tiệm"] * 16, 1)


def test_sixteen_tasks_with_one_expired_token_renew_once() -> None:
    """The same on asyncio."""
    server = ToyServer()

    async def ask() -> list[str]:
        async with async_shop(server, MemoryStore()) as toy:
            infos = await asyncio.gather(*(toy.info() for _ in range(16)))
        return [info.name for info in infos]

    assert (asyncio.run(ask()), renewals(server)) == (["Tiệm"] * 16, 1)


def test_a_renewed_grant_is_stored_before_it_is_used() -> None:
    """When the marketplace first sees a new token, the store already has it."""
    server, store = ToyServer(), MemoryStore()
    seen: list[tuple[str, str]] = []

    def watch(request: Request) -> None:
        stored = store.load("toy:toy-app:1")
        assert stored is not None
        seen.append((dict(request.headers).get("x-token", ""), stored.grant.access_token.reveal()))

    server.watch = watch
    with shop(server, store) as toy:
        toy.info()
    assert [used for used in seen if used[0]] == [
        ("access-0001", "access-0001"),
        ("access-0002", "access-0002"),
    ]


def test_a_second_process_that_lost_the_race_uses_the_winners_grant(tmp_path: Path) -> None:
    """The loser's refresh token is spent; it waits until the winner has stored the new pair."""
    server, keys = ToyServer(), [new_key()]
    winner = shop(server, FileStore(tmp_path / "grants", keys))
    slept: list[float] = []

    def winner_stores_late(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            store.save("toy:toy-app:1", spent, 1)

    store = FileStore(tmp_path / "grants", keys)
    with shop(server, store, sleep=winner_stores_late) as loser, winner:
        server._renew(
            Request(method="POST", path="/renew", body=b'{"refresh_token": "refresh-0001"}')
        )
        spent = Grant(access_token=grant(2).access_token, refresh_token=grant(2).refresh_token)
        assert loser.info().name == "Tiệm"
        assert winner.info().name == "Tiệm"
    assert (renewals(server), slept) == (1, [0.2, 0.4])


def test_a_grant_nobody_won_is_revoked_after_some_waiting() -> None:
    """Without a winner, the seller has to be asked."""

    class Shared(MemoryStore):
        shared = True

    server, slept = ToyServer(), list[float]()
    server.refresh = "somebody else's"
    with (
        shop(server, Shared(), sleep=slept.append) as toy,
        pytest.raises(Revoked, match="consent link"),
    ):
        toy.info()
    assert sum(slept) < 10


def test_both_drivers_send_the_same_requests() -> None:
    """One flow, two drivers, one log."""
    blocking, waiting = ToyServer(), ToyServer()
    with shop(blocking, MemoryStore()) as toy:
        toy.info()
        toy.info()

    async def ask() -> None:
        async with async_shop(waiting, MemoryStore()) as toy:
            await toy.info()
            await toy.info()

    asyncio.run(ask())
    assert blocking.log == waiting.log


# The drivers themselves


def both(flow: Any, store: Store, slept: list[float]) -> list[Any]:
    """Run a fresh `flow()` under each driver; an error counts as its result."""

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    threads = ThreadDriver(ToyServer(), store, sleep=slept.append)
    tasks = AsyncDriver(AsyncToyServer(ToyServer()), store, sleep=nap)
    results: list[Any] = []
    for run in (lambda: threads.run(flow()), lambda: asyncio.run(tasks.run(flow()))):
        try:
            results.append(run())
        except EntroError as error:
            results.append(str(error))
    return results


def test_effects_give_the_same_results() -> None:
    """Sleep, lock, load and save mean the same under both."""

    def flow() -> Flow[Sequence[Stored | None]]:
        yield from sleep(2)
        yield from sleep(0)
        first = yield from save(KEY, grant(1), 0)
        second = yield from locked(KEY, lambda: load(KEY))
        return first, second

    slept: list[float] = []
    first, second = both(flow, MemoryStore(), slept)
    assert first[0] == first[1]
    assert second == (None, first[0])  # the second run finds the first's version
    assert slept == [2, 2]


def test_errors_are_thrown_into_the_flow() -> None:
    """A flow may recover from what an effect raised."""

    class Broken(MemoryStore):
        def load(self, key: str) -> Stored | None:
            raise Unavailable("disk")

    def flow() -> Flow[str]:
        try:
            yield from load(KEY)
        except Unavailable as error:
            return f"saw {error.message}"
        return "nothing"

    assert both(flow, Broken(), []) == ["saw disk", "saw disk"]


def test_an_error_nobody_catches_reaches_the_caller() -> None:
    """A flow's own error ends the run."""

    def flow() -> Flow[str]:
        yield from sleep(1)
        raise Unavailable("gone")

    assert {text[:4] for text in both(flow, MemoryStore(), [])} == {"gone"}


def test_cancelling_a_task_closes_its_flow() -> None:
    """What a flow opened is closed when its task is cancelled."""
    closed: list[bool] = []

    def flow() -> Flow[None]:
        try:
            yield from sleep(3600)
        finally:
            closed.append(True)

    async def cancel() -> None:
        driver = AsyncDriver(AsyncToyServer(ToyServer()), MemoryStore())
        task = asyncio.create_task(driver.run(flow()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert closed == [True]


def test_a_closed_shop_says_so() -> None:
    """Use after close is a clear error, not a hang."""
    toy = shop(ToyServer(), MemoryStore())
    toy.close()
    with pytest.raises(ConfigError, match="closed"):
        toy.info()


def test_locks_are_per_credential() -> None:
    """One shop's renewal does not hold up another's."""
    order: list[str] = []

    def inner(name: str) -> Flow[None]:
        order.append(f"{name} in")
        yield from sleep(0.01)
        order.append(f"{name} out")

    async def race() -> None:
        driver = AsyncDriver(AsyncToyServer(ToyServer()), MemoryStore())
        await asyncio.gather(
            driver.run(locked("a", lambda: inner("a"))), driver.run(locked("b", lambda: inner("b")))
        )

    asyncio.run(race())
    assert order[:2] == ["a in", "b in"]


def test_early_renewal_uses_the_clock_given() -> None:
    """No hidden clock: an injected one decides what is about to run out."""
    server = ToyServer()
    server.access = "access-0001"
    late = grant(expires_at=NOON + timedelta(hours=1))
    with connect(
        ToyAdapter, app=app(), shop_id=1, grant=late, transport=server, clock=lambda: NOON
    ) as toy:
        toy.info()
    assert renewals(server) == 0
