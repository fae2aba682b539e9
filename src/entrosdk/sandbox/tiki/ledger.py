"""How Tiki does business: its ids, its orders' lives, and money that only orders tell of."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, field

from entrosdk.sandbox.orders import DAY, HOUR, MINUTE, Order, Stage, Step
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.tiki.money import parts
from entrosdk.sandbox.trade import Ids, Trade

__all__ = ["Incomes", "story", "trade"]

_FINAL = {Stage.DELIVERED, Stage.COMPLETED, Stage.RETURNING}


@define
class Incomes:
    """No wallet and no statements (book 5): what orders earn is computed when asked for.

    `rejected` holds the places of lines that the seller refused, by order.
    `plans` are run at their moment: the world's agenda calls back here.
    """

    rejected: dict[str, set[int]] = field(factory=dict)
    plans: dict[str, Callable[[int], None]] = field(factory=dict)

    def begin(self, shop: ShopWorld, start: int) -> None:
        """Nothing happens regularly."""

    def happen(self, shop: ShopWorld, moment: int, what: str) -> None:
        """Run a plan, such as the review of a product."""
        del shop
        self.plans.pop(what)(moment)

    def plan(self, shop: ShopWorld, moment: int, name: str, do: Callable[[int], None]) -> None:
        """Let something happen later."""
        self.plans[name] = do
        shop.plan(moment, f"ledger:{name}", "")

    def release(self, shop: ShopWorld, order: Order, moment: int) -> None:
        """Nothing shows it."""

    def correct(self, shop: ShopWorld, order: Order, moment: int, amount: int) -> None:
        """Nothing shows it."""

    def payments(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return the parts of every order whose goods arrived."""
        return [
            {"id": f"{order.id}:{name}", "order_id": order.id, "amount_minor": amount}
            for order in shop.orders.values()
            if order.stage in _FINAL
            for name, amount in parts(order, self.rejected.get(order.id, set())).items()
        ]

    def payouts(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """There are none in the API."""
        del shop
        return []


def trade() -> Trade:
    """Return how Tiki does business."""
    return Trade(
        ids=_IDS,
        ledger=Incomes(),
        story=story,
        first=lambda cod: Stage.ON_HOLD if cod else Stage.UNPAID,
    )


def story(chance: Random, created: int, *, cod: bool) -> list[Step]:
    """Draw up what will happen to an order (book 3.5): returns are settled outside the API."""
    fate = chance.random()
    if not cod and fate > 0.97:
        return [(created + DAY, "unpaid_timeout")]
    start = created + 5 * MINUTE if cod else created + chance.randrange(60, 900)
    steps = [(start, "free" if cod else "pay")]
    if fate < 0.05:  # the buyer cancels, and asks nobody
        asked = start + chance.randrange(10, 50) * MINUTE
        return [*steps, (asked, "ask_cancel"), (asked, "accept_cancel")]
    if fate < 0.08:
        return [*steps, (start + chance.randrange(1, 20) * HOUR, "seller_cancel")]
    confirmed = start + chance.randrange(1, 20) * HOUR
    picked = confirmed + chance.randrange(2, 20) * HOUR
    steps += [(confirmed, "ship"), (confirmed + chance.randrange(1, 20) * MINUTE, "process")]
    steps.append((picked, "pickup"))
    delivered = picked + chance.randrange(18, 96) * HOUR
    if chance.random() < (0.06 if cod else 0.01):
        return [*steps, (delivered, "delivery_failed")]
    steps.append((delivered, "deliver"))
    if chance.random() < 0.04:
        return [*steps, (delivered + chance.randrange(2, 40) * HOUR, "return_goods")]
    return [*steps, (delivered + chance.randrange(48, 120) * HOUR, "complete")]


def _variant(product: int, place: int, alone: bool) -> int:  # noqa: FBT001 - a callback
    """Every variant is a product of its own at Tiki; the parent's id is the configurable one."""
    del alone
    return product + 1 + place


_IDS = Ids(
    product=lambda chance, number: 271_000_000 + number * 1_000 + chance.randrange(9) * 100,
    variant=_variant,
    order=lambda chance, moment: f"{moment // DAY % 9 + 1}{chance.randrange(10**9):09}",
    package=lambda chance: f"TKP{chance.randrange(10**11):011}",
    tracking=lambda chance: f"TKN{chance.randrange(10**11):011}",
    returned=lambda chance, moment: f"{moment % 1000}{chance.randrange(10**9):09}",
)
