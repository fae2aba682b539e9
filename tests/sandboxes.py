"""Sandboxes for tests: in this process on a clock of their own, or as a server on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from entrosdk import App, AsyncShop, Grant, Secret, Shop, connect, connect_async
from entrosdk.sandbox import Sandbox
from entrosdk.sandbox.control import truth
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import AsyncSandboxTransport, SandboxTransport

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


class Table:
    """A sandbox and its only clock: waiting moves it, nothing sleeps."""

    def __init__(self, name: str = "shopee", *, profile: Any = None, **world: Any) -> None:
        self.moment = NOON
        self.slept: list[float] = []
        self.name = name
        self.box = Sandbox(
            wall=self.wall,
            marketplaces=[name],
            profiles={name: profile} if profile else {},
            **world,
        )
        self.market: Any = self.box.markets[name]

    def wall(self) -> float:
        """The same time in epoch seconds."""
        return self.moment.timestamp()

    def clock(self) -> datetime:
        """Our time, which is the sandbox's too."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    async def nap(self, seconds: float) -> None:
        """Let time pass, on asyncio."""
        self.sleep(seconds)

    def truth(self) -> dict[str, Any]:
        """What the shop really holds."""
        self.box.world.settle()
        return truth(self.market)

    def fault(self, effect: str, **rule: Any) -> None:
        """Put one rule in force."""
        call = json.dumps({"effect": effect, **rule}).encode()
        assert self.control("POST", "/control/faults", call).status == 200

    def control(self, method: str, path: str, body: bytes = b"") -> Any:
        """Use the control API."""
        bare, _, query = path.partition("?")
        return self.box.control(Call.of(method, bare, query, {}, body))

    def asked(self) -> list[str]:
        """The addresses that were requested, in order."""
        return [visit.path.removeprefix("/api/v2/") for visit in self.market.visits]

    def shop(self, **rest: Any) -> Shop:
        """A connected shop of this sandbox."""
        transport = SandboxTransport(self.box, self.sleep)
        return connect(self.name, **self._store(rest), transport=transport, sleep=self.sleep)

    def async_shop(self, **rest: Any) -> AsyncShop:
        """The same shop, for asyncio."""
        given = {"transport": AsyncSandboxTransport(self.box, self.sleep), **self._store(rest)}
        return connect_async(self.name, **given, sleep=self.nap)

    def _store(self, rest: dict[str, Any]) -> dict[str, Any]:
        given = self.box.stores()[0]
        common = {"clock": self.clock, "jitter": lambda: 0.0, "base_url": given["base_url"]}
        return {**common, **connecting(given), **rest}


def connecting(store: dict[str, str]) -> dict[str, Any]:
    """Keywords of `connect` for a store of `GET /control/stores`."""
    return {
        "app": App(
            key=store["app_key"],
            secret=Secret(store["app_secret"]),
            push_secret=Secret(store["push_secret"]),
        ),
        "shop_id": store["shop_id"],
        "grant": Grant(
            access_token=Secret(store["access_token"]), refresh_token=Secret(store["refresh_token"])
        ),
    }


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Serve a sandbox on free ports; yields the control API's address."""
    command = [sys.executable, "-m", "entrosdk.sandbox", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["control"]
        finally:
            process.terminate()


def ask(url: str, body: Any = None) -> Any:
    """GET or POST JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as reply:
        return json.loads(reply.read())
