"""Shopee's money as time goes by: escrows released, the wallet, withdrawals (book 5.2-5.4)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from attrs import define, field

from entrosdk.sandbox.orders import DAY, HOUR, Order
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.shopee.money import payment_parts, signed_parts
from entrosdk.sandbox.trade import Ids, Trade

__all__ = ["Wallet", "WalletRow", "trade"]

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_AHEAD_OF_UTC = 7 * HOUR
_DAYS = 400  # planned ahead: longer than any test moves the clock


@define
class WalletRow:
    """A movement of the seller's wallet; amounts in dong."""

    at: int
    kind: str
    amount: int
    balance: int
    order: str = ""
    withdrawal: int = 0
    status: str = "COMPLETED"


@define
class Wallet:
    """The seller's wallet; `released` pairs moments with orders whose escrow was released."""

    rows: list[WalletRow] = field(factory=list)
    released: list[tuple[int, str]] = field(factory=list)

    def begin(self, shop: ShopWorld, start: int) -> None:
        """Plan daily advertising and weekly withdrawals."""
        for day in range(_DAYS):
            moment = start + day * DAY
            shop.plan(moment + 20 * HOUR, "ledger:ads", "")
            if day % 7 == 6:
                shop.plan(moment + 21 * HOUR, "ledger:withdraw", "")

    def happen(self, shop: ShopWorld, moment: int, what: str) -> None:
        """Charge, withdraw, or see a withdrawal arrive."""
        if what == "ads":
            self._pay("PAID_ADS_CHARGE", moment, -(50_000 + moment // DAY % 7 * 5_000))
        elif what == "withdraw":
            self._withdraw(shop, moment)
        else:
            number = int(what.partition(":")[2])
            self._pay("WITHDRAWAL_COMPLETED", moment, 0, withdrawal=number)

    def release(self, shop: ShopWorld, order: Order, moment: int) -> None:
        """Pay an order's escrow into the wallet."""
        del shop
        self.released.append((moment, order.id))
        amount = sum(signed_parts(order).values())
        kind = "ESCROW_VERIFIED_ADD" if amount >= 0 else "ESCROW_VERIFIED_MINUS"
        self._pay(kind, moment, amount, order=order.id)

    def correct(self, shop: ShopWorld, order: Order, moment: int, amount: int) -> None:
        """Take a late refund out of the wallet."""
        del shop
        self._pay("ADJUSTMENT_FOR_RR_AFTER_ESCROW_VERIFIED", moment, amount, order=order.id)

    def payments(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return the parts of every released order, and the wallet's own rows."""
        found = [
            {"id": name, "order_id": order, "amount_minor": amount}
            for _, order in self.released
            for name, amount in payment_parts(shop.orders[order])
        ]
        own = [row for row in self.rows if not row.order and not row.kind.startswith("WITHDRAWAL")]
        return found + [
            {
                "id": f"wallet:{row.at}:{row.kind}:{row.amount}:{row.balance}",
                "order_id": "",
                "amount_minor": row.amount,
            }
            for row in own
        ]

    def payouts(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return every withdrawal."""
        del shop
        created = [row for row in self.rows if row.kind == "WITHDRAWAL_CREATED"]
        return [{"id": str(row.withdrawal), "amount_minor": -row.amount} for row in created]

    def between(self, start: int, end: int) -> list[WalletRow]:
        """Return the rows of a span, both ends included."""
        first = bisect_left(self.rows, start, key=lambda row: row.at)
        return self.rows[first : bisect_right(self.rows, end, key=lambda row: row.at)]

    def _withdraw(self, shop: ShopWorld, moment: int) -> None:
        balance = self.rows[-1].balance if self.rows else 0
        amount = balance // 100_000 * 100_000
        if amount > 0:
            number = 770_000_000 + moment // HOUR % 10_000_000
            self._pay("WITHDRAWAL_CREATED", moment, -amount, withdrawal=number)
            shop.plan(moment + 6 * HOUR, f"ledger:withdrawn:{number}", "")

    def _pay(
        self, kind: str, moment: int, amount: int, *, order: str = "", withdrawal: int = 0
    ) -> None:
        balance = (self.rows[-1].balance if self.rows else 0) + amount
        self.rows.append(WalletRow(moment, kind, amount, balance, order, withdrawal))


def trade() -> Trade:
    """Return how Shopee does business."""
    return Trade(ids=_IDS, ledger=Wallet())


def _dated(length: int) -> Any:
    """Make ids that begin with the local day, as Shopee's do."""

    def draw(chance: Random, moment: int) -> str:
        return _day((moment + _AHEAD_OF_UTC) // DAY) + "".join(chance.choices(_ALPHABET, k=length))

    return draw


@cache
def _day(number: int) -> str:
    """Print a local day by its number; a history has few of them and many orders."""
    return f"{datetime.fromtimestamp(number * DAY, UTC):%y%m%d}"


def _variant(product: int, place: int, alone: bool) -> int:  # noqa: FBT001 - a callback
    return 0 if alone else product * 10 + 1 + place


_IDS = Ids(
    product=lambda chance, number: 24_000_000_000 + number * 1_000_003 + chance.randrange(900_000),
    variant=_variant,
    order=_dated(8),
    package=lambda chance: f"OFG{chance.randrange(10**14, 10**15)}",
    tracking=lambda chance: f"SPXVN0{chance.randrange(10**10, 10**11)}",
    returned=_dated(10),
)
