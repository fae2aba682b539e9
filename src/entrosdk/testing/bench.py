"""What a rule works with: an adapter, an emulated marketplace, one clock, one driver."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Literal, Protocol, Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field

from entrosdk.client.connect import authorize_url, connect, connect_async, exchange_code, grant_key
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.secret import Secret
from entrosdk.engine.events import Hook
from entrosdk.registry import find
from entrosdk.spi.adapter import AdapterFactory
from entrosdk.spi.manifest import Capability, Manifest
from entrosdk.spi.request import Request, Response

__all__ = ["NOON", "Bench", "Driver", "Emulator", "MakeEmulator", "bench_of", "loaded"]

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""The moment every bench begins at: noon in Vietnam."""

Driver: TypeAlias = Literal["threads", "asyncio"]


class Emulator(Protocol):
    """An emulated marketplace in this process.

    `control` answers the sandbox's control API (see the reference): the kit asks for
    `GET /control/truth`, `POST /control/orders`, `POST /control/faults` (an empty list clears),
    `POST /control/campaigns` and, where pushes can be pulled later, `POST /control/webhooks`.
    """

    def store(self) -> Mapping[str, str]:
        """Return what connects the shop: the keys of a `[[store]]` table."""
        ...

    def send(self, request: Request, timeout: float) -> Response:
        """Answer a request, or raise what a network would raise."""
        ...

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Answer the control API: the status and the JSON."""
        ...

    def pushes(self) -> Iterable[tuple[Mapping[str, str], bytes, str]]:
        """Take what was pushed so far: headers, body, address. Empty where nothing is pushed."""
        ...


MakeEmulator: TypeAlias = Callable[[Callable[[], datetime], int, int], Emulator]
"""Makes an emulator from a clock, a seed and a number of orders."""


@define
class Bench:
    """One shop of one emulated marketplace, reached through one adapter and one driver."""

    adapter: AdapterFactory
    make: MakeEmulator
    driver: Driver = "threads"
    seed: int = 7
    orders: int = 60
    moment: datetime = NOON
    world: Emulator = field(init=False)
    sent: list[Request] = field(factory=list, init=False)
    log: list[Any] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.world = self.make(self.clock, self.seed, self.orders)

    @property
    def manifest(self) -> Manifest:
        """What the adapter declares."""
        return self.adapter.manifest

    def can(self, capability: Capability) -> bool:
        """Say whether the adapter declares this."""
        return self.manifest.supports(capability)

    # Time

    def clock(self) -> datetime:
        """Our time, which is the marketplace's too."""
        return self.moment

    def wait(self, seconds: float) -> None:
        """Let time pass; nothing sleeps."""
        self.moment += timedelta(seconds=seconds)

    async def _nap(self, seconds: float) -> None:
        self.wait(seconds)

    @property
    def since(self) -> datetime:
        """A moment before anything happened in the world."""
        return NOON - timedelta(days=60)

    # The marketplace

    def truth(self) -> dict[str, Any]:
        """What the shop really holds."""
        found: dict[str, Any] = self._control("GET", f"truth?marketplace={self.manifest.name}")
        return found

    def fault(self, effect: str, **rule: Any) -> None:
        """Let the marketplace misbehave from now on."""
        self._control("POST", "faults", [{"effect": effect, **rule}])

    def behave(self) -> None:
        """End all misbehaviour."""
        self._control("POST", "faults", [])

    def buy(self, **wish: Any) -> str:
        """Let a buyer buy; returns the order's id."""
        bought = self._control("POST", "orders", {"marketplace": self.manifest.name, **wish})
        return str(bought["orders"][0]["id"])

    def lock(self, sku: str, units: int) -> None:
        """Let a campaign hold units of a variant."""
        wish = {"marketplace": self.manifest.name, "sku": sku, "units": units}
        self._control("POST", "campaigns", wish)

    def lose_pushes(self) -> None:
        """Let every push from now on get lost on its way."""
        wish = {"marketplace": self.manifest.name, "url": "http://127.0.0.1:9/", "lose": 1.0}
        self._control("POST", "webhooks", wish)

    def asked(self) -> int:
        """How many requests the marketplace has seen."""
        return len(self.sent)

    def _control(self, method: str, what: str, body: Any = None) -> Any:
        status, answer = self.world.control(method, f"/control/{what}", body)
        assert status < 400, f"the emulator refused {method} {what}: {answer}"
        return answer

    # The shop

    def store(self) -> Mapping[str, str]:
        """What connects the shop."""
        return self.world.store()

    def secrets(self) -> set[str]:
        """Everything of the store that must never be seen."""
        names = ("app_secret", "push_secret", "access_token", "refresh_token")
        return {self.store()[name] for name in names if self.store().get(name)}

    def shop(self, **setting: Any) -> Any:
        """Connect the shop: a `Shop`, or an `AsyncShop` that is driven from here."""
        given = {**self._settings(), **self._credentials(), **setting}
        if self.driver == "threads":
            return connect(self.adapter, transport=self, sleep=self.wait, **given)
        transport = _AsyncDoor(self)
        runner = asyncio.Runner()
        shop = connect_async(self.adapter, transport=transport, sleep=self._nap, **given)
        return _Driven(shop, runner)

    def consent(self) -> str:
        """Send the seller through the consent link; returns where the browser came back to."""
        link = authorize_url(
            self.adapter,
            app=self.app,
            redirect_uri="https://erp.example.com/back",
            state="state-of-7",
            **self._settings(),
        )
        parts = urlsplit(link)
        base = f"{parts.scheme}://{parts.netloc}"
        query = tuple(parse_qsl(parts.query))
        reply = self.send(Request(method="GET", base=base, path=parts.path, query=query), 30)
        assert "location" in reply.headers, "the consent page does not lead back"
        return reply.headers["location"]

    def exchange(self, callback: str) -> tuple[Grant, ...]:
        """Turn what the redirect brought into grants."""
        return exchange_code(
            self.adapter,
            app=self.app,
            callback=callback,
            redirect_uri="https://erp.example.com/back",
            transport=self,
            sleep=self.wait,
            **self._settings(),
        )

    @property
    def app(self) -> App:
        """The app that the store belongs to."""
        store = self.store()
        push, service = store.get("push_secret"), store.get("service_id")
        return App(
            key=store["app_key"],
            secret=Secret(store["app_secret"]),
            push_secret=Secret(push) if push else None,
            service_id=service or None,
        )

    @property
    def key(self) -> str:
        """Under which a store keeps the shop's grant."""
        return grant_key(self.manifest.name, self.app, self.store()["shop_id"])

    def _credentials(self) -> dict[str, Any]:
        store = self.store()
        refresh = store.get("refresh_token")
        grant = Grant(
            access_token=Secret(store["access_token"]),
            refresh_token=Secret(refresh) if refresh else None,
            shop_id=store["shop_id"],
            shop_ref=store.get("shop_ref") or None,
        )
        return {"app": self.app, "shop_id": store["shop_id"], "grant": grant}

    def _settings(self) -> dict[str, Any]:
        store = self.store()
        return {
            "clock": self.clock,
            "jitter": lambda: 0.0,
            "base_url": store["base_url"],
            "auth_url": store.get("auth_url") or None,
            "hooks": (self.hook,),
        }

    @property
    def hook(self) -> Hook:
        """Collects what the engine tells."""
        return self.log.append

    # A transport

    def send(self, request: Request, timeout: float) -> Response:
        """Hand a request to the marketplace."""
        self.sent.append(request)
        return self.world.send(request, timeout)

    def close(self) -> None:
        """Nothing to give back."""


def bench_of(adapter: Any, world: Any, driver: Driver = "threads", orders: int = 60) -> Bench:
    """Return a fresh bench for an adapter and a world, by name or by object."""
    factory: AdapterFactory = find(adapter) if isinstance(adapter, str) else adapter
    make: MakeEmulator = loaded(world) if isinstance(world, str) else world
    return Bench(factory, make, driver, orders=orders)


def loaded(name: str) -> Any:
    """Import what `module:name` says."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


@define
class _AsyncDoor:
    """The bench's transport, for asyncio."""

    bench: Bench

    async def send(self, request: Request, timeout: float) -> Response:
        await asyncio.sleep(0)
        return self.bench.send(request, timeout)

    async def aclose(self) -> None:
        """Nothing to give back."""


class _Driven:
    """An AsyncShop that looks like a Shop: rules are written once and run under both drivers."""

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self._target = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if callable(found):
            return lambda *args, **words: self._come(found(*args, **words))
        shape = type(found).__name__
        return _Driven(found, self._runner) if shape.startswith("Async") else found

    def __iter__(self) -> Iterator[Any]:
        return self._drain(self._target.__aiter__())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._target.aclose())
        self._runner.close()

    def _come(self, found: Any) -> Any:
        if inspect.isawaitable(found):
            return self._runner.run(_awaited(found))
        if hasattr(found, "__aiter__"):
            inner = hasattr(found, "pages")
            return _Driven(found, self._runner) if inner else self._drain(found.__aiter__())
        return found

    def _drain(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        while True:
            try:
                yield self._runner.run(_awaited(anext(items)))
            except StopAsyncIteration:
                return


async def _awaited(found: Any) -> Any:
    return await found


def parsed(body: bytes) -> Any:
    """Read a JSON answer of a control API."""
    return json.loads(body) if body else None
