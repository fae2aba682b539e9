"""By hand: httpx, json and sqlite3 on asyncio; one cursor, details of 50 side by side."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from benchmarks import shopee
from benchmarks.job import Job, begin

IN_FLIGHT = 8
TRIES = 6


async def main(job: Job) -> None:
    """Walk the list; details follow in tasks of their own and are stored as they come."""
    shelf, pace, room = shopee.Shelf(job.path), shopee.Pace(job.rate), asyncio.Semaphore(IN_FLIGHT)

    async def ask(path: str, query: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(TRIES):
            await asyncio.sleep(pace.wait())
            try:
                reply = await http.get(shopee.address(job, path, query))
                body = reply.json() if reply.status_code < 500 else {"error": "error_server"}
            except (httpx.TransportError, ValueError):
                body = {"error": "error_server"}
            if not body["error"]:
                return body["response"]
            if body["error"] not in shopee.AGAIN:
                break
            await asyncio.sleep(0.1 * 2**attempt)
        raise RuntimeError(f"{path}: {body['error']}")

    async def fetch(ids: list[str]) -> None:
        try:
            found = await ask(shopee.DETAIL, shopee.detail_query(ids))
        finally:
            room.release()
        shopee.stored(shelf, job.shop_id, found["order_list"])

    async with httpx.AsyncClient(timeout=30) as http, asyncio.TaskGroup() as tasks:
        for window in shopee.windows(job.since, job.until):
            cursor, more = "", True
            while more:
                listed = await ask(shopee.LIST, shopee.list_query(window, cursor))
                for ids in shopee.batches(shopee.ids_of(listed)):
                    await room.acquire()
                    tasks.create_task(fetch(ids))
                cursor = shopee.next_cursor(listed)
                more = bool(cursor)
    shelf.close()


if __name__ == "__main__":
    asyncio.run(main(begin()))
