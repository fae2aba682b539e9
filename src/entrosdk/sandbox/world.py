"""The emulated world: one clock, one shop for each marketplace, or more.

The same seed and the same day give the same ids and values.
History is anchored to the start of the day (UTC) on which the world starts, so a sandbox that is
killed and started again the same day shows the same shops, moved on to the present.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrosdk.sandbox.orders import DAY
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.trade import Trade

__all__ = ["World"]


class World:
    """All emulated shops on one clock: `shopee`, and `shopee:1` and so on where there are more.

    `wall` tells the real time in epoch seconds; the world's clock is ahead of it by what was
    advanced.
    Buyers arrive from the epoch second `arrivals_from` on (by default the start), at a steady
    rate: a sandbox that is started again with the same moment draws the same ones.
    """

    def __init__(
        self,
        trades: Mapping[str, Trade],
        *,
        seed: int = 7,
        orders: int = 200,
        products: int = 72,
        wall: Callable[[], float],
        arrivals_per_hour: float = 0.0,
        arrivals_from: int = 0,
    ) -> None:
        self.seed = seed
        self.wall = wall
        self.started = int(wall())
        self.anchor = self.started // DAY * DAY
        self.offset = 0
        self._gap = 3600 / arrivals_per_hour if arrivals_per_hour else 0.0
        self._arrivals_from = arrivals_from or self.started
        self._arrived = 0
        self.shops = {
            name: ShopWorld(f"{seed}:{name}", self.anchor, orders, products, trade)
            for name, trade in trades.items()
        }
        self.settle()

    def shops_of(self, marketplace: str) -> list[ShopWorld]:
        """Return the shops of a marketplace, the first one first."""
        named = ((name.partition(":")[0], shop) for name, shop in self.shops.items())
        return [shop for name, shop in named if name == marketplace]

    @property
    def now(self) -> int:
        """The world's time in epoch seconds."""
        return int(self.wall()) + self.offset

    def advance(self, seconds: int) -> int:
        """Move the clock on and let everything happen; returns the new time."""
        if seconds < 0:
            raise ValueError("time runs forwards only")
        self.offset += seconds
        self.settle()
        return self.now

    def settle(self) -> None:
        """Let everything happen that is due."""
        now = self.now
        if self._gap:
            self._let_buyers_in(now)
        for shop in self.shops.values():
            shop.settle(now)

    def _let_buyers_in(self, now: int) -> None:
        due = int((now - self._arrivals_from) / self._gap)
        while self._arrived < due:
            self._arrived += 1
            moment = self._arrivals_from + int(self._arrived * self._gap)
            for shop in self.shops.values():
                shop.settle(moment)
                shop.buy(moment, key=f"arrival:{self._arrived}")
