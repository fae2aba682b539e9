"""Receives pushes and keeps a database at the present: a buyer buys, and the order is there.

It needs `pip install 'entrosdk[push]'`. It asks the sandbox to push to this process.
"""

import asyncio
import contextlib

import httpx
from sandbox import CONTROL, settings

from entrosdk import connect_async
from entrosdk.sync import Report, SqlSink
from entrosdk.sync.realtime import Door, InboxDesk, Receiver, SqlInbox, follow
from entrosdk.sync.realtime.serving import listening

DATABASE = "sqlite:///pushed.db"


async def main() -> None:
    """Follow until the pushed order was fetched."""
    sink, inbox = SqlSink(DATABASE), InboxDesk(SqlInbox(DATABASE))
    polled = asyncio.Event()
    async with connect_async(**settings()) as shop, httpx.AsyncClient() as world:
        door = Door(marketplace=shop.marketplace, events=shop.events, shops={shop.shop_id})
        receiver = Receiver({"shopee": door}, inbox)
        async with listening(receiver, "127.0.0.1", 0) as address:
            receiver.public_url = address  # behind a proxy: the https address of the proxy

            def told(_: object, what: object) -> None:
                print("polled:", isinstance(what, Report) and what.ok)
                polled.set()

            work = follow([shop], sink, inbox, streams=["orders"], on_report=told)
            following = asyncio.create_task(work)
            await polled.wait()
            url = f"{address}/shopee"
            ours = {"marketplace": "shopee"}
            await world.post(f"{CONTROL}/control/webhooks", json={**ours, "url": url})
            await world.post(f"{CONTROL}/control/orders", json={**ours, "cod": True})
            while not (await inbox.ask(inbox.inbox.tally)).done:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            print("pushed and fetched:", receiver.counts["accepted"], "push")
            await world.post(f"{CONTROL}/control/webhooks", json={**ours, "url": ""})
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following


asyncio.run(main())
