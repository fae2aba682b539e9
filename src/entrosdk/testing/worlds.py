"""Our own sandboxes as emulators for the kit: `emulator("shopee")` and its siblings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import define, field

from entrosdk.sandbox.box import Sandbox
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.markets import KINDS
from entrosdk.sandbox.transport import SandboxTransport
from entrosdk.spi.request import Request, Response
from entrosdk.testing.bench import Emulator, MakeEmulator

__all__ = ["SandboxEmulator", "emulated", "emulator"]

_HOOK = "http://127.0.0.1:9/hooks"  # nobody listens: pushes are taken from the queue


@define
class SandboxEmulator:
    """One marketplace of a sandbox in this process."""

    name: str
    box: Sandbox
    _door: SandboxTransport = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._door = SandboxTransport(self.box)
        self.box.markets[self.name].pushes.aim(_HOOK)

    def store(self) -> Mapping[str, str]:
        """Return what connects the shop."""
        return next(each for each in self.box.stores() if each["marketplace"] == self.name)

    def send(self, request: Request, timeout: float) -> Response:
        """Answer a request."""
        return self._door.send(request, timeout)

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Answer the control API."""
        bare, _, query = path.partition("?")
        data = b"" if body is None else json.dumps(body).encode()
        reply = self.box.control(Call.of(method, bare, query, {}, data))
        return reply.status, json.loads(reply.body)

    def pushes(self) -> Iterable[tuple[Mapping[str, str], bytes, str]]:
        """Take what is due to be pushed now, signed."""
        queue = self.box.markets[self.name].pushes
        for push in queue.due(self.box.world.now):
            yield queue.headers(push), push.body, queue.url


def emulated() -> tuple[str, ...]:
    """Return the names of the marketplaces our sandbox emulates."""
    return tuple(KINDS)


def emulator(name: str) -> MakeEmulator:
    """Return a maker of the emulated marketplace called `name`."""

    def make(clock: Callable[[], datetime], seed: int, orders: int) -> Emulator:
        box = Sandbox(
            seed=seed, orders=orders, wall=lambda: clock().timestamp(), marketplaces=[name]
        )
        return SandboxEmulator(name, box)

    return make
