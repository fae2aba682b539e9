"""Ours: `sync_shop` into `SqlSink`.

    python -m benchmarks.ours.sync JOB [httpx|fast] [check]

`check` compares ids with the marketplace afterwards, which the others cannot do at all.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib import import_module

# What a first request would import belongs to starting, not to the job.
import entrosdk.adapters.shopee  # noqa: F401
from benchmarks.job import Job, begin
from entrosdk import App, AsyncShop, Grant, Secret, connect_async
from entrosdk.engine.limits import Limiter
from entrosdk.runtime.heap import keep_imports
from entrosdk.runtime.ports import AsyncTransport
from entrosdk.spi.manifest import Limit
from entrosdk.sync import Report, SqlSink, sync_shop

TRANSPORTS = {
    "httpx": ("httpx", "AsyncHttpxTransport"),
    "fast": ("aiohttp", "AsyncAiohttpTransport"),
}


def transport(name: str) -> AsyncTransport:
    """Return a transport by the name it has in the results."""
    home, kind = TRANSPORTS[name]
    made: AsyncTransport = getattr(import_module(f"entrosdk.runtime.transport.{home}"), kind)()
    return made


def limiter(rate: int) -> Limiter:
    """Allow a shop what the job allows, instead of what Shopee is known to bear."""
    return Limiter([Limit(scope="shop", count=rate)] if rate else [])


def shared_limiter(rate: int) -> Limiter:
    """Allow all shops of an app `rate` requests a second together."""
    return Limiter([Limit(scope="app", count=rate)])


def connected(store: dict[str, str], wires: AsyncTransport, limits: Limiter) -> AsyncShop:
    """Connect a shop of the sandbox; `store` has the keys of `stores.toml`."""
    grant = Grant(
        access_token=Secret(store["access_token"]),
        refresh_token=Secret("unused"),
        expires_at=datetime.now(UTC) + timedelta(hours=4),
    )
    return connect_async(
        "shopee",
        app=App(key=store["app_key"], secret=Secret(store["app_secret"])),
        shop_id=store["shop_id"],
        grant=grant,
        base_url=store["base_url"],
        transport=wires,
        limiter=limits,
    )


async def main(job: Job, wires: AsyncTransport, *, check: bool) -> Report:
    """Sync the orders of one shop."""
    store = asdict(job) | {"app_key": job.partner_id, "app_secret": job.partner_key}
    keep_imports()  # as `entrosdk sync` does
    sink = SqlSink(f"sqlite:///{job.path}")
    async with connected(store, wires, limiter(job.rate)) as shop:
        report = await sync_shop(
            shop,
            sink,
            streams=["orders"],
            since=datetime.fromtimestamp(job.since, UTC),
            check="new" if check else "none",
        )
    sink.close()
    return report


async def run() -> None:
    """Make the transport, which loads its library, then begin."""
    wires = transport(sys.argv[2] if len(sys.argv) > 2 else "httpx")
    report = await main(begin(), wires, check="check" in sys.argv[3:])
    for stream in report.streams:
        if stream.error is not None:
            raise stream.error


if __name__ == "__main__":
    asyncio.run(run())
