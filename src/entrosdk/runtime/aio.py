"""Runs flows on asyncio. Differs from the threads driver by `await` alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from entrosdk.runtime.limits import Unshared
from entrosdk.runtime.ports import AsyncTransport, SharedLimits, Store
from entrosdk.spi.effects import Effect, Flow, Load, Locked, Reserve, Save, Send, Sleep

__all__ = ["AsyncDriver"]

T = TypeVar("T")


class AsyncDriver:
    """Performs effects by awaiting; what other processes share is called in a thread."""

    def __init__(
        self,
        transport: AsyncTransport,
        store: Store,
        *,
        limits: SharedLimits | None = None,
        timeout: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self.closed = False
        self._store = store
        self._limits = limits or Unshared()
        self._timeout = timeout
        self._sleep = sleep
        self._locks: dict[str, asyncio.Lock] = {}
        self._waits = getattr(store, "shared", True)  # memory answers at once

    async def run(self, flow: Flow[T]) -> T:
        """Drive `flow` to its end and return its value."""
        reply: Any = None
        error: Exception | None = None
        try:
            while True:
                try:
                    effect = flow.throw(error) if error else flow.send(reply)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                reply, error = None, None
                try:
                    reply = await self._perform(effect)
                except Exception as caught:  # noqa: BLE001 - errors surface in the flow's own frame
                    error = caught
        finally:
            flow.close()

    async def aclose(self) -> None:
        """Give back the transport's connections."""
        self.closed = True
        await self._transport.aclose()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Send(request):
                return await self._transport.send(request, self._timeout)
            case Sleep(seconds):
                return await self._sleep(seconds)
            case Locked(key, flow):
                # Made on first use, inside the running loop; no await between look and make.
                async with self._locks.setdefault(key, asyncio.Lock()):
                    return await self.run(flow())
            case Load(key):
                return await self._ask(self._store.load, key)
            case Save(key, grant, expected):
                # A cancelled caller must not lose a grant that replaces a spent one.
                return await asyncio.shield(self._ask(self._store.save, key, grant, expected))
            case Reserve(claims, ahead):
                return await asyncio.to_thread(self._limits.reserve, claims, ahead)

    async def _ask(self, call: Callable[..., T], *args: Any) -> T:
        """Call the store."""
        return await asyncio.to_thread(call, *args) if self._waits else call(*args)
