"""Limits that a person states, and the one limiter that all shops of an app share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from attrs import define, field

from entrosdk.engine.limits import Limiter
from entrosdk.errors import ConfigError
from entrosdk.registry import find
from entrosdk.spi.manifest import Limit

__all__ = ["Limiters", "limiter_beside", "limiter_for", "stated", "stated_in"]

Scope: TypeAlias = Literal["app", "shop"]

_SCOPES: tuple[Scope, ...] = ("app", "shop")


@define
class Limiters:
    """One limiter for each app: pass `of(…)` to every `connect` of its shops."""

    _limiters: dict[tuple[str, str], Limiter] = field(factory=dict, init=False)

    def of(self, marketplace: str, app_key: str, limits: Iterable[Limit] = ()) -> Limiter:
        """Return the app's limiter, made at first with `limits` and the adapter's guesses."""
        limiter = self._limiters.get((marketplace, app_key))
        if limiter is None:
            limiter = limiter_for(marketplace, limits)
        return self._limiters.setdefault((marketplace, app_key), limiter)


def limiter_for(marketplace: str, limits: Iterable[Limit] = ()) -> Limiter:
    """Return a limiter with `limits`, and the adapter's guess where they say nothing.

    What an adapter knows of single operations stays in force.
    """
    return limiter_beside(limits, find(marketplace).manifest.limits)


def limiter_beside(limits: Iterable[Limit], guessed: Iterable[Limit]) -> Limiter:
    """Return a limiter with `limits`, and what is `guessed` of other scopes and operations."""
    given = tuple(limits)
    told = {(limit.scope, limit.operations) for limit in given}
    kept = [limit for limit in guessed if (limit.scope, limit.operations) not in told]
    return Limiter(given, guessed=kept)


def stated(rates: Mapping[str, object]) -> tuple[Limit, ...]:
    """Read requests per second for "app" and "shop"; raises `ValueError` with what is wrong."""
    for scope, rate in rates.items():
        if scope not in _SCOPES:
            raise ValueError(f"`{scope}` is no limit; there are app and shop")
        if isinstance(rate, bool) or not isinstance(rate, int) or rate < 1:
            raise ValueError(f"`{scope}` is not a whole number of requests per second")
    return tuple(
        Limit(scope=scope, count=rate)
        for scope in _SCOPES
        if isinstance(rate := rates.get(scope), int)
    )


def stated_in(text: str) -> tuple[Limit, ...]:
    """Read `shop=20,app=100`; raises `ConfigError`."""
    try:
        pairs = [part.split("=") for part in text.split(",") if part.strip()]
        return stated({name.strip(): int(rate) for name, rate in pairs})
    except ValueError:
        raise ConfigError(
            f"limits {text!r} are not understood",
            advice="Write requests per second: shop=20,app=100.",
        ) from None
