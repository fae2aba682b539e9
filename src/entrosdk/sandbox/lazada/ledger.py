"""Lazada's money as time goes by: rows of the account, weekly statements, payouts (book 5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from attrs import define, field

from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import DAY, HOUR, Line, Order, Return, ReturnStage, Stage, Step, story
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.trade import Ids, Trade

__all__ = ["SHORT_CODE", "Account", "Statement", "Transaction", "shares", "trade", "unit_ids"]

SHORT_CODE = "VN2K7QX1"

_LOCAL = timezone(timedelta(hours=7))
_WEEKS = 60  # planned ahead: longer than any test moves the clock
_COMMISSION, _PAYMENT, _FREE_SHIPPING = 8, 5, 6  # percent; the percentages are guesses (book 11)

_NAMES = {
    "13": ("Orders-Sales", "Item Price Credit"),
    "14": ("Refunds-Sales", "Reversal Item Price"),
    "15": ("Refunds-Lazada Fees", "Reversal Commission"),
    "16": ("Orders-Lazada Fees", "Commission"),
    "3": ("Orders-Lazada Fees", "Payment Fee"),
    "7": ("Orders-Logistics", "Shipping Fee Paid by Seller"),
    "8": ("Orders-Logistics", "Shipping Fee (Paid By Customer)"),
    "112": ("Other Services-Lazada Fees", "Sponsored Product Fee"),
    "118": ("Orders-Marketing Fees", "Promotional Charges Vouchers"),
    "121": ("Refunds-Marketing Fees", "Reversal Promotional Charges Vouchers"),
    "211": ("Orders-Logistics", "Shipping Fee Voucher (by Lazada)"),
    "298": ("Orders-Marketing Fees", "Free Shipping Max Fee"),
}


@define
class Transaction:
    """A row of the account; amounts in dong, plus is towards the seller."""

    number: str
    at: int
    fee: str
    amount: int
    order: str = ""
    unit: str = ""
    sku: str = ""
    status: str = ""
    statement: Statement | None = field(default=None, repr=False)

    @property
    def names(self) -> tuple[str, str]:
        """Family and name of the fee."""
        return _NAMES[self.fee]


@define
class Statement:
    """A week's rows and what is paid for them; `last` is the local day it ends with."""

    last: datetime
    made: int
    opening: int
    rows: list[Transaction]
    paid: int = 0

    @property
    def number(self) -> str:
        """Short code and last day."""
        return f"{SHORT_CODE}-{self.last:%Y%m%d}"

    @property
    def closing(self) -> int:
        """What is left at its end."""
        return self.opening + sum(row.amount for row in self.rows)

    @property
    def payout(self) -> int:
        """What goes to the bank; a debt is carried over."""
        return max(self.closing, 0)


@define
class Account:
    """The seller's account: every row, and the statements made of them."""

    rows: list[Transaction] = field(factory=list)
    statements: list[Statement] = field(factory=list)
    gone: dict[str, dict[str, str]] = field(factory=dict)  # order, unit, why it was cancelled
    _delivered_orders: set[str] = field(factory=set)

    def begin(self, shop: ShopWorld, start: int) -> None:
        """Listen for deliveries and refunds; plan statements, payouts and advertising."""
        shop.listeners.append(self._hear)
        local = datetime.fromtimestamp(start, _LOCAL)
        monday = local.replace(hour=0, minute=0, second=0) - timedelta(days=local.weekday())
        for week in range(1, _WEEKS):
            begin = int((monday + timedelta(weeks=week)).timestamp())
            shop.plan(begin - 3 * DAY, "ledger:ads", "")
            shop.plan(begin + 3 * HOUR, "ledger:statement", "")
            shop.plan(begin + 4 * DAY + 9 * HOUR, "ledger:payout", "")  # Friday

    def happen(self, shop: ShopWorld, moment: int, what: str) -> None:
        """Charge for advertising, close a week, or pay it."""
        del shop
        if what == "ads":
            self._book(moment, "112", -(50_000 + moment // DAY % 7 * 5_000))
        elif what == "statement":
            self._close(moment)
        elif self.statements and not self.statements[-1].paid:
            self.statements[-1].paid = moment

    def release(self, shop: ShopWorld, order: Order, moment: int) -> None:
        """Do nothing: rows are booked when an order is delivered (book 10)."""

    def correct(self, shop: ShopWorld, order: Order, moment: int, amount: int) -> None:
        """Do nothing: the refund of a late return is booked like any other."""

    def payments(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return every row, by the ids the SDK makes of date and number."""
        del shop
        return [
            {
                "id": f"{datetime.fromtimestamp(row.at, _LOCAL):%Y%m%d}:{row.number}",
                "order_id": row.order,
                "amount_minor": row.amount,
            }
            for row in self.rows
        ]

    def payouts(self, shop: ShopWorld) -> list[dict[str, Any]]:
        """Return every statement."""
        del shop
        return [{"id": one.number, "amount_minor": one.payout} for one in self.statements]

    def period(self, row: Transaction) -> str:
        """Write the week a row belongs to."""
        local = datetime.fromtimestamp(row.at, _LOCAL)
        first = local - timedelta(days=local.weekday())
        return f"{first:%d %b %Y} - {first + timedelta(days=6):%d %b %Y}"

    # Booking

    def _hear(self, change: Change) -> None:
        if change.kind == "order" and change.new == Stage.DELIVERED and change.order:
            if change.order.id not in self._delivered_orders:
                self._delivered_orders.add(change.order.id)
                self._delivered(change.order, change.at)
        elif change.kind == "return" and change.new == ReturnStage.ACCEPTED:
            self._refunded(change.subject(Return), change.at)

    def _delivered(self, order: Order, moment: int) -> None:
        seller = shares(order, order.seller_voucher)
        names = unit_ids(order)
        subsidy = order.carrier_shipping - order.buyer_shipping
        gone = self.gone.get(order.id, {})
        left = [name for name in names if name not in gone]
        for at, (line, name) in enumerate(zip(units(order), names, strict=True)):
            if name in gone:
                continue
            price = line.unit_price
            first = name == left[0]
            parts = {
                "13": price,
                "16": -(price * _COMMISSION // 100),
                "3": -(price * _PAYMENT // 100),
                "118": -seller[at],
                "8": order.buyer_shipping if first else 0,
                "211": subsidy if first else 0,
                "7": -order.carrier_shipping if first else 0,
                "298": -(price * _FREE_SHIPPING // 100),
            }
            for fee, amount in parts.items():
                if amount:
                    self._book(moment, fee, amount, order, name, line.variant.sku, "delivered")

    def _refunded(self, returned: Return, moment: int) -> None:
        order = returned.order
        seller = shares(order, order.seller_voucher)
        for at, (line, name) in enumerate(zip(units(order), unit_ids(order), strict=True)):
            if line is not returned.line or name in self.gone.get(order.id, {}):
                continue
            price, sku = line.unit_price, line.variant.sku
            self._book(moment, "14", -price, order, name, sku, "returned")
            self._book(moment, "15", price * _COMMISSION // 100, order, name, sku, "returned")
            if seller[at]:
                self._book(moment, "121", seller[at], order, name, sku, "returned")

    def _book(  # noqa: PLR0917 - the columns of a row
        self,
        moment: int,
        fee: str,
        amount: int,
        order: Order | None = None,
        unit: str = "",
        sku: str = "",
        status: str = "",
    ) -> None:
        number = f"{SHORT_CODE}-{len(self.rows) + 0x1A0001:06X}"
        name = order.id if order else ""
        self.rows.append(Transaction(number, moment, fee, amount, name, unit, sku, status))

    def between(self, since: float, until: float) -> list[Transaction]:
        """Return the rows of a half-open span."""
        first, stop = (bisect_left(self.rows, at, key=lambda row: row.at) for at in (since, until))
        return self.rows[first:stop]

    def _close(self, moment: int) -> None:
        """Make the statement of the week that ended at the last midnight."""
        end = datetime.fromtimestamp(moment, _LOCAL).replace(hour=0, minute=0, second=0)
        stop = int(end.timestamp())
        opening = min(self.statements[-1].closing, 0) if self.statements else 0
        rows = [row for row in self.rows if row.at < stop and row.statement is None]
        made = Statement(end - timedelta(days=1), moment, opening, rows)
        self.statements.append(made)
        for row in rows:
            row.statement = made


def units(order: Order) -> Iterator[Line]:
    """Return the line of each unit of an order."""
    for line in order.lines:
        for _ in range(line.quantity):
            yield line


def unit_ids(order: Order) -> list[str]:
    """Return the ids of an order's units."""
    return [str(int(order.id) + 1 + at) for at, _ in enumerate(units(order))]


def shares(order: Order, amount: int) -> list[int]:
    """Spread an amount over the units by their prices, to the dong."""
    prices = [line.unit_price for line in units(order)]
    whole = sum(prices) or 1
    parts = [amount * price // whole // 100 * 100 for price in prices]
    parts[-1] += amount - sum(parts)
    return parts


def trade() -> Trade:
    """Return how Lazada does business."""
    return Trade(ids=_IDS, ledger=Account(), story=_story)


def _story(chance: Random, created: int, *, cod: bool) -> list[Step]:
    """Leave out failed pickups, and give unpaid orders half an hour (book 10).

    Parcels are packed four hours later than elsewhere, so that there is time to pack by hand.
    """
    steps: list[Step] = []
    skip = later = 0
    for at, what in story(chance, created, cod=cod):
        later = later or 4 * HOUR * (what == "ship")
        moment = at + later
        if what == "pickup_failed":
            skip = 2  # and the second shipping after it
        elif skip:
            skip -= 1
        else:
            steps.append((created + HOUR // 2 if what == "unpaid_timeout" else moment, what))
    return steps


def _returned(chance: Random, moment: int) -> str:
    del moment
    return str(chance.randrange(771_000_000_000, 772_000_000_000) * 1000)


def _order(chance: Random, moment: int) -> str:
    del moment
    return str(chance.randrange(450_000_000_000, 499_000_000_000) * 1000)


_IDS = Ids(
    product=lambda chance, number: 3_120_000_000 + number * 10_007 + chance.randrange(9_000),
    variant=lambda product, place, alone: product * 4 + 900_000_000 + place * 3 + int(alone),
    order=_order,
    package=lambda chance: f"FP{chance.randrange(10**14, 10**15)}",
    tracking=lambda chance: f"LEXVN{chance.randrange(10**9, 10**10)}",
    returned=_returned,
)
