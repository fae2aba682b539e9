"""TikTok Shop's money as time goes by: daily statements, the balance, withdrawals (book 5)."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import define, field

from entrosdk.sandbox.catalogue import Product
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import DAY, HOUR, Order, Step, story
from entrosdk.sandbox.selling import set_listed
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.tiktok.money import Blocks, parts
from entrosdk.sandbox.trade import Ids, Trade

__all__ = ["Books", "Entry", "Statement", "Withdrawal", "trade"]

_DAYS = 400  # planned ahead: longer than any test moves the clock
_PAID_AFTER = 27 * HOUR
_EMPTY = Blocks({}, {}, {}, {})


@define
class Entry:
    """A transaction: an order's settlement, or a correction of `adjustment` dong."""

    id: str
    type: str
    order: str
    created: int  # of the order; 0 for a correction
    blocks: Blocks = _EMPTY
    adjustment: int = 0

    @property
    def settlement(self) -> int:
        """What it brings."""
        return self.blocks.total + self.adjustment

    def named(self) -> list[tuple[str, int]]:
        """Return its movements as the SDK names them."""
        if self.type != "ORDER":
            return [("adjustment", self.adjustment)]
        kept = {"subtotal_before_discount_amount"}
        return [(name, sum_) for name, sum_ in self.blocks.all.items() if sum_ or name in kept]


@define
class Statement:
    """What settled in a day."""

    id: str
    at: int
    entries: list[Entry]
    payment: str = ""
    paid: int = 0

    @property
    def settlement(self) -> int:
        """What it comes to."""
        return sum(entry.settlement for entry in self.entries)


@define
class Withdrawal:
    """A movement of the seller's balance."""

    id: str
    type: str
    amount: int
    created: int
    status: str = "SUCCESS"


@define
class Books:
    """Statements made so far, what waits for the next one, and the balance."""

    statements: list[Statement] = field(factory=list)
    waiting: list[Entry] = field(factory=list)
    withdrawals: list[Withdrawal] = field(factory=list)
    balance: int = 0
    _number: int = 0

    def begin(self, shop: ShopWorld, start: int) -> None:
        """Plan a statement for each day at 00:00 UTC, advertising, subsidies, withdrawals."""
        for day in range(1, _DAYS):
            midnight = start // DAY * DAY + day * DAY
            shop.plan(midnight - 4 * HOUR, "ledger:ads", "")
            shop.plan(midnight, "ledger:statement", "")
            if day % 10 == 4:
                shop.plan(midnight + 2 * HOUR, "ledger:subsidy", "")
            if day % 7 == 6:
                shop.plan(midnight + 9 * HOUR, "ledger:withdraw", "")

    def happen(self, shop: ShopWorld, moment: int, what: str) -> None:
        """Let something happen that was planned."""
        word, _, rest = what.partition(":")
        if word == "ads":
            amount = -(50_000 + moment // DAY % 7 * 5_000)
            self._wait("GMV_PAYMENT_FOR_ADS", "", amount=amount)
        elif word == "statement":
            shop.tell(Change("day", moment))
            self._state(shop, moment)
        elif word == "paid":
            self._pay(int(rest), moment)
        elif word == "subsidy":
            self._move("TRANSFER", 25_000, moment)
        elif word == "withdraw":
            self._withdraw(shop, moment)
        elif word == "withdrawn":
            self.withdrawals[int(rest)].status = "SUCCESS"
        elif word == "review":
            _reviewed(shop, int(rest), moment)

    def release(self, shop: ShopWorld, order: Order, moment: int) -> None:
        """Put an order's settlement into the next statement."""
        del shop, moment
        entry = Entry(self._id(), "ORDER", order.id, order.created, parts(order))
        self.waiting.append(entry)

    def correct(self, shop: ShopWorld, order: Order, moment: int, amount: int) -> None:
        """Put a late refund into the next statement."""
        del shop, moment
        self._wait("DEDUCTIONS_INCURRED_BY_SELLER", order.id, amount=amount)

    def payments(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return the movements of every statement, and the platform's subsidies."""
        del shop
        found = [
            {
                "id": f"{statement.id}:{entry.id}:{name}",
                "order_id": entry.order,
                "amount_minor": amount,
            }
            for statement in self.statements
            for entry in statement.entries
            for name, amount in entry.named()
        ]
        rows = [row for row in self.withdrawals if row.type == "TRANSFER"]
        return found + [
            {
                "id": f"transfer:{row.created}:{row.id}:amount",
                "order_id": "",
                "amount_minor": row.amount,
            }
            for row in rows
        ]

    def payouts(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return every withdrawal to the bank."""
        del shop
        rows = [row for row in self.withdrawals if row.type == "WITHDRAW"]
        return [{"id": row.id, "amount_minor": row.amount} for row in rows]

    def of_order(self, order: str) -> list[tuple[Statement, Entry]]:
        """Return the settlements of one order, with their statements."""
        return [
            (statement, entry)
            for statement in self.statements
            for entry in statement.entries
            if entry.order == order and entry.type == "ORDER"
        ]

    def _wait(self, kind: str, order: str, *, amount: int) -> None:
        self.waiting.append(Entry(self._id(), kind, order, 0, adjustment=amount))

    def _state(self, shop: ShopWorld, moment: int) -> None:
        if self.waiting:
            statement = Statement(self._id(), moment, self.waiting)
            self.statements.append(statement)
            self.waiting = []
            shop.plan(moment + _PAID_AFTER, f"ledger:paid:{len(self.statements) - 1}", "")

    def _pay(self, place: int, moment: int) -> None:
        statement = self.statements[place]
        row = self._move("SETTLE", statement.settlement, moment)
        statement.payment, statement.paid = row.id, moment

    def _withdraw(self, shop: ShopWorld, moment: int) -> None:
        amount = self.balance // 100_000 * 100_000
        if amount > 0:
            row = self._move("WITHDRAW", -amount, moment)
            row.amount, row.status = amount, "PROCESSING"
            place = len(self.withdrawals) - 1
            shop.plan(moment + 6 * HOUR, f"ledger:withdrawn:{place}", "")

    def _move(self, kind: str, amount: int, moment: int) -> Withdrawal:
        self.balance += amount
        row = Withdrawal(self._id(), kind, amount, moment)
        self.withdrawals.append(row)
        return row

    def _id(self) -> str:
        self._number += 1
        return str(7_573_012_284_405_450_497 + self._number * 65_536)


def _reviewed(shop: ShopWorld, product: int, moment: int) -> None:
    found: Product | None = shop.by_product.get(product)
    if found is not None and not found.listed:
        set_listed(shop, found, moment, listed=True)


def trade() -> Trade:
    """Return how TikTok Shop does business."""
    return Trade(ids=_IDS, ledger=Books(), story=_story)


def _story(chance: Random, created: int, *, cod: bool) -> list[Step]:
    """Draw up an order's life; a carrier that found no parcel has no state of its own here."""
    return [step for step in story(chance, created, cod=cod) if step[1] != "pickup_failed"]


def _variant(product: int, place: int, alone: bool) -> int:  # noqa: FBT001 - a callback
    del alone  # every listing has a variant with an id
    return product + 65_537 * (place + 1)


def _numbers(start: str, length: int) -> Any:
    def draw(chance: Random, moment: int = 0) -> str:
        del moment
        rest = length - len(start)
        return f"{start}{chance.randrange(10**rest):0{rest}d}"

    return draw


_IDS = Ids(
    product=lambda chance, number: (
        1_731_904_420_000_000_000 + number * 10_000_019 + chance.randrange(9_000_000)
    ),
    variant=_variant,
    order=_numbers("5792", 18),
    package=_numbers("1158", 19),
    tracking=_numbers("8612", 12),
    returned=_numbers("4035", 19),
)
