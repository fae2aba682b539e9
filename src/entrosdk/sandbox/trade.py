"""What differs between marketplaces in how they do business: ids, stories, money.

The world knows buyers, stock, time and neutral stages; a `Trade` tells it the rest.
How a marketplace prints any of it is the business of its own package.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve, frozen

from entrosdk.sandbox.orders import Order, Stage, Step, story

if TYPE_CHECKING:
    from entrosdk.sandbox.shop import ShopWorld

__all__ = ["Ids", "Ledger", "Trade", "WriteRefused", "Wrong"]

_ROOM = 10_000  # products of one shop


class Wrong(StrEnum):
    """Why the world refuses what a seller wants; each marketplace has its own words for it."""

    STAGE = "STAGE"  # not in a stage that allows this
    LOCKED = "LOCKED"  # a campaign holds units
    VALUE = "VALUE"
    MISSING = "MISSING"


class WriteRefused(Exception):
    """A write the world does not let happen; nothing was changed."""

    def __init__(self, why: Wrong, text: str) -> None:
        super().__init__(text)
        self.why = why


@frozen(kw_only=True)
class Ids:
    """How a marketplace numbers things, drawn from the seed.

    `variant` is given the product's id, the place among its variants, and whether it is the only
    one of a product without options (Shopee has no id for that one: 0).
    """

    product: Callable[[Random, int], int]
    variant: Callable[[int, int, bool], int]
    order: Callable[[Random, int], str]
    package: Callable[[Random], str]
    tracking: Callable[[Random], str]
    returned: Callable[[Random, int], str]


class Ledger(Protocol):
    """A marketplace's money: told what happens, it keeps what the platform would show."""

    def begin(self, shop: ShopWorld, start: int) -> None:
        """Plan what happens regularly: `shop.plan(moment, "ledger:…", "")`."""
        ...

    def happen(self, shop: ShopWorld, moment: int, what: str) -> None:
        """Let something happen that was planned as `ledger:` + `what`."""
        ...

    def release(self, shop: ShopWorld, order: Order, moment: int) -> None:
        """The order is completed: its money is the seller's now."""
        ...

    def correct(self, shop: ShopWorld, order: Order, moment: int, amount: int) -> None:
        """The order's money changed by `amount` after its release."""
        ...

    def payments(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return settled movements as `{"id", "order_id", "amount_minor"}`, ids as the SDK's."""
        ...

    def payouts(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return every transfer to the bank as `{"id", "amount_minor"}`."""
        ...


@frozen(kw_only=True)
class Trade:
    """How one marketplace does business.

    `first` and `paid` are the stages of a fresh order (paid at the door or in advance) and of one
    that was paid; `story` draws up an order's life.
    """

    ids: Ids
    ledger: Ledger
    story: Callable[..., list[Step]] = story
    first: Callable[[bool], Stage] = lambda cod: Stage.TO_SHIP if cod else Stage.UNPAID
    paid: Stage = Stage.TO_SHIP

    def apart(self, number: int) -> Trade:
        """Return the same for a further shop, whose products have ids of their own."""
        product = self.ids.product
        ids = evolve(self.ids, product=lambda chance, at: product(chance, at + number * _ROOM))
        return evolve(self, ids=ids)
