"""Runs flows in the calling thread. Share one driver among any number of threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from entrosdk.runtime.limits import Unshared
from entrosdk.runtime.ports import SharedLimits, Store, Transport
from entrosdk.spi.effects import Effect, Flow, Load, Locked, Reserve, Save, Send, Sleep

__all__ = ["ThreadDriver"]

T = TypeVar("T")


class ThreadDriver:
    """Performs effects by blocking."""

    def __init__(
        self,
        transport: Transport,
        store: Store,
        *,
        limits: SharedLimits | None = None,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self.closed = False
        self._store = store
        self._limits = limits or Unshared()
        self._timeout = timeout
        self._sleep = sleep
        self._locks: dict[str, threading.Lock] = {}

    def run(self, flow: Flow[T]) -> T:
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
                    reply = self._perform(effect)
                except Exception as caught:  # noqa: BLE001 - errors surface in the flow's own frame
                    error = caught
        finally:
            flow.close()

    def close(self) -> None:
        """Give back the transport's connections."""
        self.closed = True
        self._transport.close()

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Send(request):
                return self._transport.send(request, self._timeout)
            case Sleep(seconds):
                return self._sleep(seconds)
            case Locked(key, flow):
                with self._locks.setdefault(key, threading.Lock()):
                    return self.run(flow())
            case Load(key):
                return self._store.load(key)
            case Save(key, grant, expected):
                return self._store.save(key, grant, expected)
            case Reserve(claims, ahead):
                return self._limits.reserve(claims, ahead)
