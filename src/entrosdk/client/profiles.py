"""Shops named in a file: `stores.toml`, one `[[store]]` table each.

Errors name the file, the table's number and the key, never a value.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import urlsplit

from attrs import field, frozen

from entrosdk.client.async_shop import AsyncShop
from entrosdk.client.connect import Settings, connect, connect_async, grant_key
from entrosdk.client.limiting import limiter_for, stated
from entrosdk.client.shop import Shop
from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.runtime.ports import AsyncTransport, Store
from entrosdk.spi.manifest import Limit

__all__ = ["Profile", "Profiles", "load_profiles", "read_profiles"]

_REQUIRED = ("marketplace", "shop_id", "app_key", "app_secret")
_OPTIONAL = (
    "name",
    "region",
    "base_url",
    "auth_url",
    "push_secret",
    "service_id",
    "access_token",
    "refresh_token",
    "limits",
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Profile:
    """One shop of the file. `grant` is the seed: the tokens as the file has them.

    `limits` are the file's; where it has none, the adapter's guess counts.
    """

    marketplace: str
    shop_id: str
    name: str
    app: App
    region: str = "VN"
    base_url: str | None = None
    auth_url: str | None = None
    grant: Grant | None = field(default=None, repr=False)
    limits: tuple[Limit, ...] = ()

    @property
    def key(self) -> str:
        """The key under which a store keeps this shop's grant."""
        return grant_key(self.marketplace, self.app, self.shop_id)

    def connect(self, store: Store, **settings: Unpack[Settings]) -> Shop:
        """Connect with the grant in `store`, seeded from the file where that is newer."""
        self.seed(store)
        place = self._place(settings)
        return connect(self.marketplace, app=self.app, shop_id=self.shop_id, store=store, **place)

    def connect_async(
        self,
        store: Store,
        *,
        transport: AsyncTransport | None = None,
        **settings: Unpack[Settings],
    ) -> AsyncShop:
        """Do what `connect` does, for asyncio."""
        self.seed(store)
        place = self._place(settings)
        return connect_async(
            self.marketplace,
            app=self.app,
            shop_id=self.shop_id,
            store=store,
            transport=transport,
            **place,
        )

    def seed(self, store: Store, *, again: bool = False) -> bool:
        """Put the file's tokens into `store`; says whether it did.

        They count when the store has none for this shop, and when the file's tokens changed
        since they were last taken: the seller authorised anew.
        A store that has newer, rotated ones keeps them, unless `again` asks for the file's.
        """
        if self.grant is None:
            return False
        mark, seen = _fingerprint(self.grant), store.load(self._mark_key)
        unchanged = seen is not None and seen.grant.access_token == mark
        if unchanged and not again and store.load(self.key) is not None:
            return False
        _put(store, self.key, self.grant)
        _put(store, self._mark_key, Grant(access_token=mark))
        return True

    @property
    def _mark_key(self) -> str:
        return f"seed:{self.key}"

    def _place(self, settings: Settings) -> Settings:
        place: Settings = {
            "region": self.region,
            "base_url": self.base_url,
            "auth_url": self.auth_url,
        }
        if self.limits and not {"limiter", "limits"} & settings.keys():
            place["limiter"] = limiter_for(self.marketplace, self.limits)
        return place | settings


@frozen
class Profiles:
    """The shops of a file, and the keys in it that mean nothing."""

    shops: tuple[Profile, ...]
    unknown: tuple[str, ...] = ()


def load_profiles(place: str | Path, environ: Mapping[str, str] = os.environ) -> Profiles:
    """Read a file, or an address such as a sandbox's `…/control/stores.toml`."""
    text = _fetch(str(place)) if _is_address(place) else _open(Path(place))
    return read_profiles(text, _called(place), environ)


def read_profiles(text: str, source: str, environ: Mapping[str, str] = os.environ) -> Profiles:
    """Read the text of a `stores.toml`; `source` is its name in errors."""
    try:
        tables = tomllib.loads(text).get("store")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not TOML: {error}") from None
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"{source} has no [[store]] table", advice="Add one for each shop.")
    shops = tuple(_profile(_Table(source, n, table, environ)) for n, table in enumerate(tables, 1))
    _refuse_twins(shops, source)
    _refuse_contradictions(shops, source)
    return Profiles(shops, tuple(_unknown(tables, source)))


@frozen
class _Table:
    """One `[[store]]` table and where it stands."""

    source: str
    number: int
    values: Any
    environ: Mapping[str, str] = field(repr=False)

    def text(self, key: str) -> str | None:
        """Return the value of `key`, from the environment if it says so; `None` when absent."""
        value = self.values.get(key)
        if isinstance(value, dict):
            return self._from_environment(key, value.get("env"))
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise self.wrong(key, "is not text", 'Write "…", or { env = "NAME" }.')
        return None if value is None or value == "" else str(value)

    def secret(self, key: str) -> Secret | None:
        """Return the value of `key` as a secret."""
        value = self.text(key)
        return None if value is None else Secret(value)

    def required(self, key: str) -> str:
        """Return the value of `key`; raises `ConfigError` when there is none."""
        value = self.text(key)
        if value is None:
            raise self.wrong(key, "is missing", "Add it to the table.")
        return value

    def limits(self) -> tuple[Limit, ...]:
        """Return the requests per second that the table states for app and shop."""
        rates = self.values.get("limits", {})
        advice = "Write { shop = 20, app = 100 }: requests per second."
        if not isinstance(rates, dict):
            raise self.wrong("limits", "is not a table", advice)
        try:
            return stated(rates)
        except ValueError as error:
            raise self.wrong("limits", f"is wrong: {error}", advice) from None

    def wrong(self, key: str, trouble: str, advice: str) -> ConfigError:
        """Say what is wrong with a key, and where."""
        place = f"{self.source}, [[store]] table {self.number}"
        return ConfigError(f"{place}: `{key}` {trouble}", advice=advice)

    def _from_environment(self, key: str, name: Any) -> str:
        if not isinstance(name, str):
            raise self.wrong(key, "is a table without `env`", 'Write { env = "NAME" }.')
        value = self.environ.get(name)
        if not value:
            trouble = f"names the environment variable {name}, which is not set"
            raise self.wrong(key, trouble, f"Set {name}, or write the value into the file.")
        return value


def _profile(table: _Table) -> Profile:
    if not isinstance(table.values, dict):
        raise ConfigError(f"{table.source}: `store` is not a list of [[store]] tables")
    marketplace, shop_id, key, secret = map(table.required, _REQUIRED)
    app = App(
        key=key,
        secret=Secret(secret),
        push_secret=table.secret("push_secret"),
        service_id=table.text("service_id"),
    )
    return Profile(
        marketplace=marketplace,
        shop_id=shop_id,
        name=table.text("name") or f"{marketplace} {shop_id}",
        app=app,
        region=table.text("region") or "VN",
        base_url=table.text("base_url"),
        auth_url=table.text("auth_url"),
        grant=_grant(table, shop_id),
        limits=table.limits(),
    )


def _grant(table: _Table, shop_id: str) -> Grant | None:
    access, refresh = table.secret("access_token"), table.secret("refresh_token")
    if access is None and refresh is None:
        return None
    if access is None:  # renewed before the first request
        return Grant(Secret(""), refresh, expires_at=_LONG_AGO, shop_id=shop_id)
    return Grant(access, refresh, shop_id=shop_id)


def _fingerprint(grant: Grant) -> Secret:
    tokens = (grant.access_token, grant.refresh_token)
    text = "\n".join(token.reveal() if token else "" for token in tokens)
    return Secret(sha256(text.encode()).hexdigest())


def _put(store: Store, key: str, grant: Grant) -> None:
    present = store.load(key)
    if store.save(key, grant, present.version if present else 0) is None:
        raise ConfigError(
            f"another process changed the grant of {key} at the same moment", advice="Run again."
        )


def _refuse_twins(shops: tuple[Profile, ...], source: str) -> None:
    seen: dict[str, int] = {}
    for number, shop in enumerate(shops, 1):
        first = seen.setdefault(shop.key, number)
        if first != number:
            raise ConfigError(f"{source}: tables {first} and {number} name the same shop")


def _refuse_contradictions(shops: tuple[Profile, ...], source: str) -> None:
    """The shops of an app share its limits, so they cannot have different ones."""
    seen: dict[tuple[str, str], tuple[int, tuple[Limit, ...]]] = {}
    for number, shop in enumerate(shops, 1):
        first, limits = seen.setdefault((shop.marketplace, shop.app.key), (number, shop.limits))
        if limits != shop.limits:
            raise ConfigError(
                f"{source}: tables {first} and {number} are shops of one app with different limits",
                advice="Give all shops of an app the same `limits`.",
            )


def _unknown(tables: list[Any], source: str) -> list[str]:
    return [
        f"{source}, [[store]] table {number}: `{key}` means nothing here"
        for number, table in enumerate(tables, 1)
        for key in table
        if key not in (*_REQUIRED, *_OPTIONAL)
    ]


def _is_address(place: str | Path) -> bool:
    return isinstance(place, str) and place.startswith(("http://", "https://"))


def _called(place: str | Path) -> str:
    return Path(urlsplit(str(place)).path).name if _is_address(place) else Path(place).name


def _open(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"{path.name} cannot be read: {cause}", advice="Check `--stores`, or the path you gave."
        ) from None


def _fetch(address: str) -> str:
    import httpx  # noqa: PLC0415 - import budget

    try:
        reply = httpx.get(address, timeout=10.0)
        reply.raise_for_status()
    except httpx.HTTPError as error:
        raise ConfigError(
            f"{urlsplit(address).netloc} did not give its stores ({type(error).__name__})",
            advice="Check the address, and that the sandbox is running.",
        ) from None
    return reply.text
