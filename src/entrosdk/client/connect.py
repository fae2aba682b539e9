"""From a marketplace's name to a connected shop, and from a seller's consent to grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, Unpack
from urllib.parse import parse_qsl, urlsplit

from attrs import field, fields, frozen

from entrosdk.client.async_shop import AsyncShop
from entrosdk.client.limiting import limiter_beside
from entrosdk.client.operations import Operations
from entrosdk.client.shop import Shop
from entrosdk.domain.credentials import App, Grant
from entrosdk.engine.events import Hook, log
from entrosdk.engine.exchange import Engine
from entrosdk.engine.limits import Lane, Limiter
from entrosdk.engine.retry import Policy
from entrosdk.errors import ConfigError, EntroError
from entrosdk.registry import find
from entrosdk.runtime import clock as machine
from entrosdk.runtime.aio import AsyncDriver
from entrosdk.runtime.ports import AsyncTransport, Clock, SharedLimits, Store, Transport
from entrosdk.runtime.stores.memory import MemoryStore
from entrosdk.runtime.threads import ThreadDriver
from entrosdk.spi.adapter import Access, Adapter, AdapterFactory
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Limit

__all__ = [
    "authorize_url",
    "connect",
    "connect_async",
    "exchange_code",
    "exchange_code_async",
    "grant_key",
]

Marketplace: TypeAlias = str | AdapterFactory
"""An installed adapter's name, or an adapter itself."""


class Settings(TypedDict, total=False):
    """The keywords of `Setting`, for type checkers."""

    region: str
    base_url: str | None
    auth_url: str | None
    clock: Clock
    jitter: Callable[[], float]
    limits: Sequence[Limit] | None
    limiter: Limiter | None
    shared_limits: SharedLimits | None
    lane: Lane
    policy: Policy
    hooks: tuple[Hook, ...]
    timeout: float
    sleep: Any


@frozen(kw_only=True)
class Setting:
    """Where and how to reach a marketplace: the keywords `connect` and its siblings share.

    `base_url` and `auth_url` point at another host than the region's own, such as a sandbox.
    `limits` are what the marketplace allows this app, instead of the adapter's guess; what it
    knows of single operations stays in force.
    `limiter` counts the requests of one app; pass the same one for all its shops, made with
    their limits.
    `shared_limits` counts them together with other processes, such as
    `entrosdk.runtime.limits.sql.SqlLimits`.
    `lane` is "interactive" where somebody waits for the answer, and "background" where nobody
    does: the former goes first.
    `timeout` is in seconds, for each step of a request.
    `sleep` replaces waiting in tests.
    """

    region: str = "VN"
    base_url: str | None = None
    auth_url: str | None = None
    clock: Clock = machine.now
    jitter: Callable[[], float] = machine.jitter
    limits: Sequence[Limit] | None = None
    limiter: Limiter | None = None
    shared_limits: SharedLimits | None = None
    lane: Lane = "interactive"
    policy: Policy = field(factory=Policy)
    hooks: tuple[Hook, ...] = (log,)
    timeout: float = 30.0
    sleep: Any = None


def connect(
    marketplace: Marketplace,
    *,
    app: App,
    shop_id: str | int,
    grant: Grant | None = None,
    store: Store | None = None,
    transport: Transport | None = None,
    **setting: Unpack[Settings],
) -> Shop:
    """Connect a shop; use the result in a `with` block.

    Give the seller's `grant`, or a `store` that has it; a grant beside a store is kept there if
    the store has none for this shop yet.
    Other keywords are those of `Setting`: `base_url`, `auth_url`, `region`, `timeout`, `hooks`,
    `limits`, `limiter`, `shared_limits`, `lane`, `policy`, `clock`.
    Nothing is sent before the first operation.
    """
    chosen = _setting(setting)
    keeper = _store(store, grant)
    adapter = _bound(marketplace, app, str(shop_id), chosen)
    engine = _engine(adapter, chosen, keeper, grant)
    driver = ThreadDriver(transport or _httpx(), keeper, **_driving(chosen))
    return Shop(Operations(engine), driver)


def connect_async(
    marketplace: Marketplace,
    *,
    app: App,
    shop_id: str | int,
    grant: Grant | None = None,
    store: Store | None = None,
    transport: AsyncTransport | None = None,
    **setting: Unpack[Settings],
) -> AsyncShop:
    """Connect a shop for asyncio; use the result in an `async with` block.

    Arguments are those of `connect`.
    """
    chosen = _setting(setting)
    keeper = _store(store, grant)
    adapter = _bound(marketplace, app, str(shop_id), chosen)
    engine = _engine(adapter, chosen, keeper, grant)
    driver = AsyncDriver(transport or _async_httpx(), keeper, **_driving(chosen))
    return AsyncShop(Operations(engine), driver)


def authorize_url(
    marketplace: Marketplace,
    *,
    app: App,
    redirect_uri: str,
    state: str = "",
    **setting: Unpack[Settings],
) -> str:
    """Return the address to send a seller to, where the seller consents to `app`.

    The marketplace then calls `redirect_uri`; give what it brings to `exchange_code`.
    `state` comes back unchanged: bind it to the visitor's session.
    """
    chosen = _setting(setting)
    adapter = _bound(marketplace, app, "", chosen)
    return adapter.consent.authorize_url(redirect_uri, state, chosen.clock())


def exchange_code(
    marketplace: Marketplace,
    *,
    app: App,
    callback: str | Mapping[str, str] = "",
    redirect_uri: str = "",
    transport: Transport | None = None,
    **parameters: Any,
) -> tuple[Grant, ...]:
    """Turn what the consent redirect brought into grants, one for each shop.

    `callback` is the whole address the seller's browser came back to; its parameters may be
    given one by one instead (`code="…", shop_id="…"`), as may `base_url`, `auth_url`, `region`.
    Store the grants before anything else: a code works once.
    """
    chosen, flow = _exchange(marketplace, app, callback, redirect_uri, parameters)
    driver = ThreadDriver(transport or _httpx(), MemoryStore(), **_driving(chosen))
    try:
        return driver.run(flow)
    finally:
        driver.close()


async def exchange_code_async(
    marketplace: Marketplace,
    *,
    app: App,
    callback: str | Mapping[str, str] = "",
    redirect_uri: str = "",
    transport: AsyncTransport | None = None,
    **parameters: Any,
) -> tuple[Grant, ...]:
    """Do what `exchange_code` does, on asyncio."""
    chosen, flow = _exchange(marketplace, app, callback, redirect_uri, parameters)
    driver = AsyncDriver(transport or _async_httpx(), MemoryStore(), **_driving(chosen))
    try:
        return await driver.run(flow)
    finally:
        await driver.aclose()


def grant_key(marketplace: str, app: App, shop_id: str | int) -> str:
    """Return the key under which a store keeps a shop's grant."""
    return f"{marketplace}:{app.key}:{shop_id}"


_SETTINGS = frozenset(attribute.name for attribute in fields(Setting))


def _setting(given: Mapping[str, Any]) -> Setting:
    unknown = sorted(set(given) - _SETTINGS)
    if unknown:
        raise ConfigError(
            f"unknown setting {unknown[0]!r}", advice=f"Known are: {', '.join(sorted(_SETTINGS))}."
        )
    return Setting(**given)


def _driving(setting: Setting) -> dict[str, Any]:
    sleeping = {"sleep": setting.sleep} if setting.sleep else {}
    return {"timeout": setting.timeout, "limits": setting.shared_limits, **sleeping}


def _store(store: Store | None, grant: Grant | None) -> Store:
    if store is None and grant is None:
        raise ConfigError(
            "neither a grant nor a store was given",
            advice="Pass `grant=` with the shop's tokens, or `store=` that keeps them.",
        )
    return MemoryStore() if store is None else store


def _bound(marketplace: Marketplace, app: App, shop_id: str, setting: Setting) -> Adapter:
    factory = find(marketplace) if isinstance(marketplace, str) else marketplace
    region = factory.manifest.regions.get(setting.region)
    if region is None:
        known = ", ".join(sorted(factory.manifest.regions))
        raise ConfigError(
            f"{factory.manifest.title} has no region {setting.region!r}",
            advice=f"Its regions are: {known}.",
        )
    access = Access(
        app=app,
        region=region,
        shop_id=shop_id,
        base_url=_address(setting.base_url, "base_url"),
        auth_url=_address(setting.auth_url, "auth_url"),
    )
    return factory(access)


def _address(address: str | None, name: str) -> str:
    if address and not address.startswith(("http://", "https://")):
        raise ConfigError(f"`{name}` does not begin with http:// or https://")
    return address or ""


def _engine(adapter: Adapter, setting: Setting, store: Store, grant: Grant | None) -> Engine:
    app, shop_id = adapter.access.app, adapter.access.shop_id
    key = grant_key(adapter.manifest.name, app, shop_id)
    if grant is not None and store.load(key) is None:
        store.save(key, grant, 0)
    return Engine(
        adapter,
        key=key,
        clock=setting.clock,
        steady=machine.steady_beside(setting.clock),
        jitter=setting.jitter,
        limiter=_limiter(adapter, setting),
        policy=setting.policy,
        hooks=setting.hooks,
        shared_store=getattr(store, "shared", True),
        shared_limits=setting.shared_limits is not None,
        lane=setting.lane,
    )


def _limiter(adapter: Adapter, setting: Setting) -> Limiter:
    if setting.limiter is not None and setting.limits is not None:
        raise ConfigError(
            "both a limiter and limits were given",
            advice="Make the limiter with these limits: `Limiter(limits)`.",
        )
    guessed = adapter.manifest.limits
    if setting.limits is None:
        return setting.limiter or Limiter(guessed=guessed)
    # What was stated is to be used whole; of the guesses only those of operations stay.
    return limiter_beside(setting.limits, [limit for limit in guessed if limit.operations])


def _exchange(
    marketplace: Marketplace,
    app: App,
    callback: str | Mapping[str, str],
    redirect_uri: str,
    parameters: Mapping[str, Any],
) -> tuple[Setting, Flow[tuple[Grant, ...]]]:
    settings = {name: value for name, value in parameters.items() if name in _SETTINGS}
    rest = {name: str(value) for name, value in parameters.items() if name not in _SETTINGS}
    came = dict(parse_qsl(urlsplit(callback).query)) if isinstance(callback, str) else callback
    chosen = _setting(settings)
    adapter = _bound(marketplace, app, "", chosen)
    engine = Engine(
        adapter,
        key="",
        clock=chosen.clock,
        steady=machine.steady_beside(chosen.clock),
        jitter=chosen.jitter,
        limiter=_limiter(adapter, chosen),
        policy=chosen.policy,
        hooks=chosen.hooks,
        shared_limits=chosen.shared_limits is not None,
    )
    return chosen, _exchanging(engine, {**came, **rest}, redirect_uri)


def _exchanging(
    engine: Engine, callback: Mapping[str, str], redirect_uri: str
) -> Flow[tuple[Grant, ...]]:
    flow = engine.adapter.consent.exchange(callback, redirect_uri)
    try:
        return (yield from engine.run(flow, "exchange_code"))
    except EntroError as error:
        raise error.at(marketplace=engine.adapter.manifest.name) from error.__cause__


def _httpx() -> Transport:
    from entrosdk.runtime.transport.httpx import HttpxTransport  # noqa: PLC0415 - import budget

    return HttpxTransport()


def _async_httpx() -> AsyncTransport:
    from entrosdk.runtime.transport.httpx import (  # noqa: PLC0415 - import budget
        AsyncHttpxTransport,
    )

    return AsyncHttpxTransport()
