"""A storm of pushes over real HTTP on loopback: what becomes of them, and how soon.

    python -m tools.storm [--pushes 1000] [--seconds 10] [--marketplace shopee] [--to URL]

An emulated marketplace pushes to a receiver and a drain in this process: some pushes are lost,
some come twice, some late, and some are forged. Then one poll; in the end every order is compared
with the marketplace's own. Exit 0 when everything is right.
Push to row is measured from the arrival of a push to the end of the transaction that closes its
hint, after the record was fetched and stored.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field, frozen
from sqlalchemy import create_engine, text

from entrosdk import App, AsyncShop, Grant, Limiter, Secret, connect_async
from entrosdk.sync.desk import Desk
from entrosdk.sync.realtime import Door, Drain, InboxDesk, Receiver, ShopKey, SqlInbox
from entrosdk.sync.realtime.serving import listening
from entrosdk.sync.run import sync_shop
from entrosdk.sync.sinks.sql import SqlSink
from tools.killing import sandbox

_LATE = 31  # seconds: the sandbox delays what it reorders by up to 30
_PATIENCE = 120.0
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Weather:
    """How many pushes in how many seconds, and which shares of them go wrong."""

    pushes: int = 1000
    seconds: float = 10.0
    lose: float = 0.05
    duplicate: float = 0.05
    reorder: float = 0.05
    forge: float = 0.01
    marketplace: str = "shopee"
    seed: int = 7


@frozen(kw_only=True)
class Figures:
    """What became of a storm. Times are in milliseconds, from push to row."""

    sent: int
    lost: int
    accepted: int
    hints: int
    forged_sent: int
    forged_refused: int
    seconds: float
    median: float
    p95: float
    worst: float
    found_by_polling: int
    wrong_at_the_end: int
    open_hints: int

    @property
    def ok(self) -> bool:
        """Is everything right?"""
        forged = self.forged_sent == self.forged_refused
        return forged and not self.wrong_at_the_end and not self.open_hints


async def storm(weather: Weather, place: Path, to: str = "") -> Figures:
    """Let it rage; `place` is a folder for the database, unless `to` names one."""
    url = to or f"sqlite:///{place / 'storm.db'}"
    async with AsyncExitStack() as stack:
        control = stack.enter_context(sandbox(20, weather.seed))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        scene = await _scene(weather, url, control, client, stack)
        return await scene.play()


async def _scene(
    weather: Weather, url: str, control: str, client: httpx.AsyncClient, stack: AsyncExitStack
) -> _Scene:
    stores = (await client.get(f"{control}/control/stores")).json()
    facts = next(one for one in stores if one["marketplace"] == weather.marketplace)
    shop = await stack.enter_async_context(_connected(facts))
    sink, inbox = SqlSink(url), SqlInbox(url)
    desk, mail = Desk(sink), InboxDesk(inbox)
    for thing in (sink, inbox, desk, mail):
        stack.callback(thing.close)
    doors = {"door": Door(marketplace=shop.marketplace, events=shop.events, shops={shop.shop_id})}
    receiver = Receiver(doors, mail)
    address = await stack.enter_async_context(listening(receiver, "127.0.0.1", 0))
    receiver.public_url = address
    drain = Drain({ShopKey(shop.marketplace, shop.shop_id): shop}, desk, mail)
    return _Scene(weather, url, control, client, shop, desk, mail, receiver, drain, address)


def _connected(facts: dict[str, str]) -> AsyncShop:
    return connect_async(
        facts["marketplace"],
        app=App(
            key=facts["app_key"],
            secret=Secret(facts["app_secret"]),
            push_secret=Secret(facts["push_secret"]) if facts.get("push_secret") else None,
        ),
        shop_id=facts["shop_id"],
        grant=Grant(
            access_token=Secret(facts["access_token"]), refresh_token=Secret(facts["refresh_token"])
        ),
        base_url=facts["base_url"],
        auth_url=facts["auth_url"],
        limiter=Limiter(),  # the emulated marketplace has no limits here
    )


@define
class _Scene:
    weather: Weather
    url: str
    control: str
    client: httpx.AsyncClient
    shop: AsyncShop
    desk: Desk
    mail: InboxDesk
    receiver: Receiver
    drain: Drain
    address: str
    forged: int = 0
    refused: int = 0
    began: float = field(factory=time.monotonic)

    async def play(self) -> Figures:
        """Sync once, let the storm rage, wait for its tail, poll, compare."""
        await self._poll()
        await self._aim(on=True)
        draining = asyncio.create_task(self.drain.run())
        self.began = time.monotonic()
        await asyncio.gather(self._rage(), self._forge())
        seconds = time.monotonic() - self.began
        await self._tail()
        sent = await self._pushes()
        before = await self._wrong(_NEVER)
        await self._aim(on=False)
        wrong = await self._settled()
        draining.cancel()
        await asyncio.wait([draining])
        return self._figures(sent, seconds, before, wrong)

    async def _rage(self) -> None:
        """Let buyers buy, evenly, until enough pushes are on their way."""
        started, bought = time.monotonic(), 0
        while (sent := sum((await self._pushes()).values())) < self.weather.pushes:
            passed = (time.monotonic() - started) / (self.weather.seconds or 0.001)
            due = min(1.0, passed + 0.02) * self.weather.pushes
            per_order = sent / bought if bought and sent else 2
            count = max(0, min(25, round((due - sent) / per_order)))
            if count:
                order = {"marketplace": self.weather.marketplace, "count": count, "cod": True}
                await self._control("orders", order)
                bought += count
            await asyncio.sleep(0.02 if self.weather.seconds else 0)

    async def _forge(self) -> None:
        """Send pushes that nobody signed, among the genuine ones."""
        number = max(1, round(self.weather.pushes * self.weather.forge))
        body = json.dumps({"code": 3, "shop_id": self.shop.shop_id, "data": {"ordersn": "FORGED"}})
        for _ in range(number):
            await asyncio.sleep(self.weather.seconds / number)
            headers = {"authorization": "0" * 64}
            reply = await self.client.post(f"{self.address}/door", content=body, headers=headers)
            self.forged += 1
            self.refused += reply.status_code == 401

    async def _tail(self) -> None:
        """Let time pass for what was delayed, until all that was not lost has been followed."""
        end = time.monotonic() + _PATIENCE
        await self._control("clock", {"advance_s": _LATE})
        while time.monotonic() < end:
            waiting = (await self._pushes())["waiting"]
            tally = await self.mail.ask(self.mail.inbox.tally)
            if not waiting and not tally.open:
                return
            await asyncio.sleep(0.05)

    async def _settled(self) -> int:
        """Poll once, as a schedule would; returns how many orders are wrong afterwards."""
        await self._control("clock", {"advance_s": 1})
        report = await self._poll()
        span = report.streams[0].span
        return await self._wrong(span[1] if span else _NEVER)

    async def _poll(self) -> Any:
        report = await sync_shop(self.shop, self.desk, streams=["orders"], check="none")
        assert report.ok, report
        return report

    async def _wrong(self, before: datetime) -> int:
        """Count orders that changed before a moment and are not here, or not as they are there."""
        query = f"truth?marketplace={self.weather.marketplace}"
        truth = (await self.client.get(f"{self.control}/control/{query}")).json()["orders"]
        here = await asyncio.to_thread(self._stored)
        end = before.timestamp()
        since = time.time() - timedelta(days=29).total_seconds()
        return sum(
            here.get(one["id"]) != one["status"] for one in truth if since < one["updated_at"] < end
        )

    def _stored(self) -> dict[str, str]:
        return dict(self._rows("select id, raw_status from orders"))

    def _rows(self, query: str) -> list[Any]:
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://", 1))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()

    async def _aim(self, *, on: bool) -> None:
        wish = {
            "marketplace": self.weather.marketplace,
            "url": f"{self.address}/door" if on else "",
        }
        names = ("lose", "duplicate", "reorder")
        await self._control(
            "webhooks", wish | {name: getattr(self.weather, name) for name in names}
        )

    async def _pushes(self) -> dict[str, int]:
        shown = (await self.client.get(f"{self.control}/control/webhooks")).json()
        counts: dict[str, int] = shown[self.weather.marketplace]
        return {name: counts[name] for name in ("waiting", "delivered", "lost")}

    async def _control(self, path: str, body: Any) -> None:
        (await self.client.post(f"{self.control}/control/{path}", json=body)).raise_for_status()

    def _figures(self, sent: dict[str, int], seconds: float, before: int, wrong: int) -> Figures:
        rows = self._rows("select received_at, done_at from inbox where done_at is not null")
        times = sorted(
            (_moment(done) - _moment(came)).total_seconds() * 1000 for came, done in rows
        )
        tally = self.mail.inbox.tally()
        return Figures(
            sent=sent["delivered"],
            lost=sent["lost"],
            accepted=self.receiver.counts["accepted"],
            hints=len(times),
            forged_sent=self.forged,
            forged_refused=self.refused,
            seconds=seconds,
            median=statistics.median(times),
            p95=times[int(len(times) * 0.95)],
            worst=times[-1],
            found_by_polling=before - wrong,
            wrong_at_the_end=wrong,
            open_hints=tally.open + tally.parked,
        )


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def told(figures: Figures) -> None:
    """Print what became of it."""
    f, rate = figures, figures.sent / figures.seconds
    print(f"pushes   {f.sent} delivered in {f.seconds:.1f} s ({rate:.0f}/s), {f.lost} lost")
    print(f"forged   {f.forged_refused} of {f.forged_sent} refused")
    print(f"hints    {f.hints} different ones followed, {f.open_hints} left")
    print(f"to row   median {f.median:.0f} ms, 95 % {f.p95:.0f} ms, worst {f.worst:.0f} ms")
    print(f"polling  {f.found_by_polling} orders found that pushes had missed")
    print(f"truth    {f.wrong_at_the_end} orders wrong at the end")


def main() -> int:
    """Let a storm rage and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pushes", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--marketplace", default="shopee", choices=("shopee", "lazada", "tiktok"))
    parser.add_argument("--to", default="", help="a database; a SQLite file of its own by default")
    options = parser.parse_args()
    weather = Weather(
        pushes=options.pushes, seconds=options.seconds, marketplace=options.marketplace
    )
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(storm(weather, Path(place), options.to))
    told(figures)
    return 0 if figures.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
