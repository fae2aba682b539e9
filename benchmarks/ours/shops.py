"""Many shops of one app at once in one process, perhaps beside a greedy one.

    python -m benchmarks.ours.shops CONTROL_URL RATE alone|greedy FILE

Writes the seconds after which each shop (but the greedy one) had finished.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks.job import mark
from benchmarks.ours.sync import connected, shared_limiter
from entrosdk import AsyncShop
from entrosdk.runtime.transport.httpx import AsyncHttpxTransport
from entrosdk.sync import Desk, MemorySink, sync_shop

AT_ONCE = 50
"""How many syncs of the greedy shop run at the same time, each from the beginning."""


class Shared(AsyncHttpxTransport):
    """One pool of connections for all shops; closing a shop leaves it open."""

    async def aclose(self) -> None:
        """Leave the pool to the others."""


async def main(stores: list[dict[str, str]], rate: int, *, greedy: bool) -> list[float]:
    """Sync every shop but the last; that one is the greedy one, if it takes part."""
    limits, wires, desk = shared_limiter(rate), Shared(connections=100), Desk(MemorySink())
    async with AsyncExitStack() as stack:
        shops = [
            await stack.enter_async_context(connected(store, wires, limits)) for store in stores
        ]
        began = time.monotonic()
        tasks = [asyncio.create_task(_orders(shop, desk, began)) for shop in shops[:-1]]
        hungry = [asyncio.create_task(_eat(shops[-1])) for _ in range(AT_ONCE if greedy else 0)]
        finished = await asyncio.gather(*tasks)
        for task in hungry:
            task.cancel()
        await asyncio.gather(*hungry, return_exceptions=True)
    desk.close()
    return finished


async def _orders(shop: AsyncShop, desk: Desk, began: float) -> float:
    report = await sync_shop(shop, desk, streams=["orders"], check="none")
    for stream in report.streams:
        if stream.error is not None:
            raise stream.error
    return time.monotonic() - began


async def _eat(shop: AsyncShop) -> None:
    while True:
        await sync_shop(shop, MemorySink(), streams=["orders"], check="none")


def _stores(url: str) -> list[dict[str, str]]:
    with urllib.request.urlopen(f"{url}/control/stores") as reply:
        rows: list[dict[str, Any]] = json.loads(reply.read())
    return rows


if __name__ == "__main__":
    stores, rate, greedy = _stores(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "greedy"
    mark()
    seconds = asyncio.run(main(stores, rate, greedy=greedy))
    Path(sys.argv[4]).write_text(json.dumps(seconds))
