"""Limits over real HTTP: a marketplace that counts, a client that waits no longer than it must."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from entrosdk import connect, connect_async
from entrosdk.engine.events import Sent, Signal
from entrosdk.spi.manifest import Limit
from tests.sandboxes import ask, connecting, serving

pytestmark = pytest.mark.alone
RATE = 20
SECONDS = 2.0


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """A Lazada store of a sandbox that allows twenty requests a second."""
    with serving("--orders", "20", "--only", "lazada") as control:
        ask(f"{control}/control/limits", {"app": RATE})
        yield ask(f"{control}/control/stores")[0]


class Outcomes:
    """A hook that keeps when each request came back, and how."""

    def __init__(self) -> None:
        self.fine: list[float] = []
        self.refused: list[float] = []

    def __call__(self, signal: Signal) -> None:
        if isinstance(signal, Sent):
            kept = self.fine if signal.outcome == "ok" else self.refused
            kept.append(time.monotonic())


def setting(store: dict[str, str], outcomes: Outcomes) -> dict[str, Any]:
    """How to reach the store."""
    return {
        "base_url": store["base_url"],
        "limits": [Limit(scope="app", count=RATE)],
        "hooks": (outcomes,),
        **connecting(store),
    }


def judge(run: Callable[[Outcomes], float]) -> None:
    """Nothing was refused, and 97 % of what is allowed was used.

    A machine that stands still for tenths of a second proves nothing: three tries.
    """
    told = []
    for _ in range(3):
        time.sleep(1.0)  # what was sent before is no longer counted
        outcomes = Outcomes()
        began = run(outcomes)
        inside = [at for at in outcomes.fine if began <= at < began + SECONDS]
        if not outcomes.refused and len(inside) >= 0.97 * RATE * SECONDS:
            return
        told.append((len(outcomes.refused), len(inside)))
    pytest.fail(f"refused and used in {SECONDS} s at {RATE}/s: {told}")


def test_threads_use_a_limit_whole_and_are_never_refused(store: dict[str, str]) -> None:
    """Eight threads, one shop, twenty requests a second."""

    def run(outcomes: Outcomes) -> float:
        with connect("lazada", **setting(store, outcomes)) as shop:
            began = time.monotonic()

            def work() -> None:
                while time.monotonic() < began + SECONDS:
                    shop.info()

            threads = [Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return began

    judge(run)


def test_asyncio_uses_a_limit_whole_and_is_never_refused(store: dict[str, str]) -> None:
    """The same with sixty tasks, in the background; a person's request is not kept waiting."""
    waited: list[float] = []

    async def go(outcomes: Outcomes) -> float:
        async with connect_async("lazada", **setting(store, outcomes)) as shop:
            behind, began = shop.in_background(), time.monotonic()

            async def work() -> None:
                while time.monotonic() < began + SECONDS:
                    await behind.info()

            async def click() -> None:
                await asyncio.sleep(1.3)
                asked = time.monotonic()
                await shop.info()
                waited.append(time.monotonic() - asked)

            await asyncio.gather(click(), *(work() for _ in range(60)))
            return began

    judge(lambda outcomes: asyncio.run(go(outcomes)))
    assert min(waited) < 1.2  # sixty others wait three seconds for their turn
