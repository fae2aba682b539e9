"""What every emulated marketplace offers the rest of the sandbox, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.lazada import ledger as lazada_ledger
from entrosdk.sandbox.lazada.market import LazadaMarket
from entrosdk.sandbox.limits import Limits
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.pushes import PushQueue
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.shopee import ledger as shopee_ledger
from entrosdk.sandbox.shopee.market import ShopeeMarket
from entrosdk.sandbox.tiki import ledger as tiki_ledger
from entrosdk.sandbox.tiki.market import TikiMarket
from entrosdk.sandbox.tiktok import ledger as tiktok_ledger
from entrosdk.sandbox.tiktok.market import TikTokMarket
from entrosdk.sandbox.trade import Trade
from entrosdk.sandbox.visits import Visits
from entrosdk.sandbox.world import World

__all__ = ["KINDS", "Kind", "Market"]


class Market(Protocol):
    """One emulated marketplace over one shop of the world; `branches` are all its shops by id."""

    name: str
    shop: ShopWorld
    pushes: PushQueue
    limits: Limits
    visits: Visits

    @property
    def branches(self) -> Mapping[str, Market]:
        """Return the marketplace over each shop of the app, this one first."""
        ...

    def handle(self, call: Call) -> Reply:
        """Answer a request of a client."""
        ...

    def store(self, base_url: str) -> dict[str, str]:
        """Return the keys of one `[[store]]` table."""
        ...

    def order_truth(self, order: Order) -> dict[str, Any]:
        """Return `{"id", "status", "updated_at", "total_minor"}` as the SDK reports them."""
        ...

    def product_truth(self) -> list[dict[str, Any]]:
        """Return `{"id", "variants": [{"id", "sku", "sellable"}]}` as the SDK reports them."""
        ...

    def return_truth(self, returned: Return) -> dict[str, Any]:
        """Return `{"id", "order_id", "status"}` as the SDK reports them; empty if it cannot."""
        ...

    def stage_of(self, word: str) -> Stage | None:
        """Read one of the marketplace's own status words."""
        ...


@frozen
class Kind:
    """How one marketplace is made: its way of doing business, and its doors.

    `many` says whether it can hold more than one shop.
    """

    trade: Callable[[], Trade]
    market: Callable[[World, Faults, Any], Market]
    many: bool = False

    def trades(self, name: str, shops: int) -> dict[str, Trade]:
        """Return how each of its shops does business, by the shop's place in the world."""
        numbers = range(1, shops if self.many else 1)
        further = {f"{name}:{number}": self.trade().apart(number) for number in numbers}
        return {name: self.trade(), **further}


# In the order of their ports.
KINDS: Mapping[str, Kind] = {
    "shopee": Kind(shopee_ledger.trade, ShopeeMarket, many=True),
    "lazada": Kind(lazada_ledger.trade, LazadaMarket),
    "tiktok": Kind(tiktok_ledger.trade, TikTokMarket),
    "tiki": Kind(tiki_ledger.trade, TikiMarket),
}
