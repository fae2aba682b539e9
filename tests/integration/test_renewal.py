"""One expired token, many who need it, the sandbox's server over real HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrosdk import (
    App,
    MemoryStore,
    Secret,
    authorize_url,
    connect,
    connect_async,
    exchange_code,
    grant_key,
)
from entrosdk.runtime.stores.file import FileStore
from entrosdk.runtime.stores.seal import new_key
from tests.sandboxes import ask, connecting, serving

RENEWAL = "/api/v2/auth/access_token/get"
NAME = "Tiệm Mộc Lan Demo"

# One of several processes that share a file of grants and begin at the same moment.
PROCESS = """
import sys
from entrosdk import App, Secret, connect
from entrosdk.runtime.stores.file import FileStore
path, sealing, base_url, key, secret, shop_id = sys.argv[1:]
store = FileStore(path, [Secret(sealing)])
app = App(key=key, secret=Secret(secret))
with connect("shopee", app=app, shop_id=shop_id, store=store, base_url=base_url) as shop:
    print("ready", flush=True)
    sys.stdin.readline()
    print(shop.info().name)
"""


@pytest.fixture(scope="module")
def control() -> Iterator[str]:
    """A small sandbox server."""
    with serving("--orders", "5") as control:
        yield control


@pytest.fixture
def store(control: str) -> dict[str, str]:
    """The store of a sandbox whose access tokens have just run out."""
    facts: dict[str, str] = ask(f"{control}/control/stores")[0]
    consent(control, facts)
    ask(f"{control}/control/clock", {"advance_s": 5 * 3600})
    return facts


def consent(control: str, facts: dict[str, str]) -> None:
    """Put fresh tokens into `facts`: each test spends its refresh token."""
    app = App(key=facts["app_key"], secret=Secret(facts["app_secret"]))
    given = {"app": app, "base_url": facts["base_url"], "auth_url": facts["auth_url"]}
    link = authorize_url("shopee", **given, redirect_uri="http://127.0.0.1/back", state="s")
    back = came_back(link)
    (grant,) = exchange_code("shopee", app=app, callback=back, base_url=facts["base_url"])
    assert grant.refresh_token is not None
    facts["access_token"] = grant.access_token.reveal()
    facts["refresh_token"] = grant.refresh_token.reveal()


def came_back(link: str) -> str:
    """Where the consent page sends the browser."""
    return httpx.get(link).headers["location"]


def renewals(control: str) -> list[str]:
    """What the marketplace said to each renewal that it was asked for."""
    rows = ask(f"{control}/control/requests")["requests"]
    return [row["verdict"] for row in rows if row["path"] == RENEWAL]


def given(facts: dict[str, str]) -> dict[str, Any]:
    """Keywords of `connect`."""
    return {**connecting(facts), "base_url": facts["base_url"], "store": MemoryStore()}


def test_sixteen_threads_renew_once(control: str, store: dict[str, str]) -> None:
    """All meet the refusal at once; the marketplace sees one renewal."""
    before, start = renewals(control), threading.Barrier(16)
    with connect("shopee", **given(store)) as shop, ThreadPoolExecutor(16) as pool:

        def name() -> str:
            start.wait()
            return shop.info().name

        names = [future.result() for future in [pool.submit(name) for _ in range(16)]]
    assert names == [NAME] * 16
    assert renewals(control)[len(before) :] == ["ok"]


def test_sixteen_tasks_renew_once(control: str, store: dict[str, str]) -> None:
    """The same on asyncio."""
    before = renewals(control)

    async def names() -> list[str]:
        async with connect_async("shopee", **given(store)) as shop:
            return [info.name for info in await asyncio.gather(*(shop.info() for _ in range(16)))]

    assert asyncio.run(names()) == [NAME] * 16
    assert renewals(control)[len(before) :] == ["ok"]


def test_processes_that_lose_the_race_use_the_winners_grant(
    control: str, store: dict[str, str], tmp_path: Path
) -> None:
    """Four processes, one file of grants: whoever wins, all four go on, and one renewal counted."""
    before, sealing, path = renewals(control), new_key(), tmp_path / "grants.json"
    grant = connecting(store)["grant"]
    app = connecting(store)["app"]
    FileStore(path, [sealing]).save(grant_key("shopee", app, store["shop_id"]), grant, 0)
    facts = [store["base_url"], store["app_key"], store["app_secret"], store["shop_id"]]
    command = [sys.executable, "-c", PROCESS, str(path), sealing.reveal(), *facts]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in processes]
    assert told == [f"{NAME}\n"] * 4
    assert renewals(control)[len(before) :].count("ok") == 1
