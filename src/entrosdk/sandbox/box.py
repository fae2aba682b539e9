"""The sandbox: one world, its marketplaces, its faults and its control API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from attrs import evolve

from entrosdk.errors import ConfigError
from entrosdk.sandbox import control
from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.markets import KINDS, Market
from entrosdk.sandbox.world import World

__all__ = ["Sandbox"]


class Sandbox:
    """Everything emulated, as pure handlers.

    `wall` is the real clock in epoch seconds; tests pass their own.
    `profiles` holds the switches of marketplaces by name (`ShopeeProfile`, …).
    `marketplaces` are all, unless some are named.
    `shops` of Shopee share one app, each with its own token and `orders` orders; the other
    marketplaces have one shop.
    `delay` is how many seconds after its arrival every request to a marketplace is answered.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        orders: int = 200,
        products: int = 72,
        wall: Callable[[], float] = time.time,
        arrivals_per_hour: float = 0.0,
        arrivals_from: int = 0,
        profiles: Mapping[str, Any] | None = None,
        marketplaces: Sequence[str] = (),
        shops: int = 1,
        delay: float = 0.0,
    ) -> None:
        strange = [name for name in marketplaces if name not in KINDS]
        if strange:
            raise ConfigError(
                f"no sandbox emulates {strange[0]!r}", advice=f"Known are: {', '.join(KINDS)}."
            )
        chosen = {name: KINDS[name] for name in KINDS if name in marketplaces or not marketplaces}
        if shops < 1:
            raise ConfigError(f"{shops} shops are none", advice="Ask for one shop at least.")
        self.world = World(
            {
                place: trade
                for name, kind in chosen.items()
                for place, trade in kind.trades(name, shops).items()
            },
            seed=seed,
            orders=orders,
            products=products,
            wall=wall,
            arrivals_per_hour=arrivals_per_hour,
            arrivals_from=arrivals_from,
        )
        self.faults = Faults(str(seed))
        self.delay = delay
        switches = profiles or {}
        self.markets: dict[str, Market] = {
            name: kind.market(self.world, self.faults, switches.get(name))
            for name, kind in chosen.items()
        }
        self.base_urls = {name: f"http://{name}.sandbox" for name in self.markets}

    def handle(self, marketplace: str, call: Call) -> Reply:
        """Answer a request to a marketplace; its Date is the world's, and it takes its time."""
        market = self.markets[marketplace]
        reply = market.handle(call)
        headers = {**reply.headers, **market.limits.told(), "Date": _date(self.world.now)}
        return evolve(reply, headers=headers, delay=max(reply.delay, self.delay))

    def control(self, call: Call) -> Reply:
        """Answer a request to the control API."""
        reply = control.handle(self, call)
        return evolve(reply, headers={**reply.headers, "Date": _date(self.world.now)})

    def stores(self) -> list[dict[str, str]]:
        """Return what `[[store]]` tables hold, one for each shop."""
        return [
            branch.store(self.base_urls[name])
            for name, market in self.markets.items()
            for branch in market.branches.values()
        ]


@lru_cache(maxsize=2)
def _date(now: int) -> str:
    """Print a moment as the header `Date`; many replies leave in one second."""
    return formatdate(now, usegmt=True)
