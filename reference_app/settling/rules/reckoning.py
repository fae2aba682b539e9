"""What an order should pay, what it paid, and why the two differ (domain rules, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from reference_app.settling.rules.fees import Rate, fee

__all__ = [
    "Cause",
    "Found",
    "Mark",
    "Part",
    "Reckoning",
    "Seller",
    "State",
    "Terms",
    "due_at",
    "reckon",
    "state_of",
]

# What a shop pays, each at most once in the same amount for one order.
FEES = frozenset({
    "commission", "payment_fee", "service_fee", "order_processing", "shipping_protection",
    "affiliate", "fulfilment", "campaign", "penalty", "tax_vat_withheld", "tax_pit_withheld",
})  # fmt: skip
TAXES = frozenset({"tax_vat_withheld", "tax_pit_withheld"})
_GOODS = "item_price"
# What the price the fees are taken from is made of: the goods less what the seller gave.
_BASE = frozenset({"item_price", "seller_discount", "seller_voucher"})
_SHIPPING = ("actual_shipping", "buyer_shipping", "shipping_rebate")
DUE_AFTER = timedelta(days=7)


class State(StrEnum):
    """Where an order's money stands."""

    NO_MONEY = "no_money"  # cancelled, and nothing moved
    NOT_DUE = "not_due"  # not with the buyer yet
    WAITING = "waiting"
    OVERDUE = "overdue"
    COMPUTED = "computed"  # the marketplace tells no settlements; nothing to compare with
    MATCHED = "matched"
    SHORT = "short"
    OVER = "over"
    DISPUTED = "disputed"
    WRITTEN_OFF = "written_off"


class Mark(StrEnum):
    """What a person decided about a difference."""

    NONE = ""
    DISPUTED = "disputed"
    WRITTEN_OFF = "written_off"


class Cause(StrEnum):
    """Why a payout differs."""

    TWICE = "twice"  # the same kind, in the same amount, taken twice
    NO_REBATE = "no_rebate"
    WEIGHT = "weight"  # carried for more than the buyer and the marketplace paid
    RATE = "rate"  # more than the table says
    COMPANY_TAX = "company_tax"  # withheld from a company, which pays its own
    NO_RETURN = "no_return"  # refunded, and no return is known
    ADJUSTMENT = "adjustment"  # a correction that no difference here explains
    UNEXPLAINED = "unexplained"


class Seller(StrEnum):
    """What the shop is for the tax office; empty where nobody said."""

    UNKNOWN = ""
    COMPANY = "company"
    HOUSEHOLD = "household"
    INDIVIDUAL = "individual"


@frozen
class Part:
    """One movement of an order."""

    kind: str
    amount: int
    settled: bool = True
    raw_kind: str = ""
    derived: bool = False


@frozen(kw_only=True)
class Terms:
    """What is known about the shop and the order beside the movements.

    `returned` says that a return is known, `refunded` what its buyer got back.
    Without `rates` a fee is taken to be right unless it was taken twice. `shipping_cancels` says
    that what the carrier costs is covered by the buyer and the marketplace.
    """

    seller: Seller = Seller.UNKNOWN
    rates: Mapping[str, Rate] = field(factory=dict)
    returned: bool = True
    refunded: int = 0
    shipping_cancels: bool = False


@frozen
class Found:
    """One reason and its share of the difference; minus is to the seller's loss."""

    cause: Cause
    kind: str
    amount: int


@frozen(kw_only=True)
class Reckoning:
    """`paid` adds up the movements, `expected` what they should be; causes explain the rest."""

    paid: int
    expected: int
    causes: tuple[Found, ...]
    settled: bool
    derived: bool

    @property
    def difference(self) -> int:
        """Return what was paid too much; below zero, what is missing."""
        return self.paid - self.expected


def reckon(parts: Sequence[Part], terms: Terms) -> Reckoning:
    """Recompute an order's payout from its parts. The causes add up to the difference."""
    twice = _twice(parts)
    again = {cause.kind: cause.amount for cause in twice}
    causes = [*twice, *_taxed(parts, terms, again), *_above(parts, terms, again)]
    causes += [*_shipping(parts, terms), *_refunds(parts, terms), *_corrections(parts, terms)]
    paid = sum(part.amount for part in parts)
    return Reckoning(
        paid=paid,
        expected=paid - sum(cause.amount for cause in causes),
        causes=tuple(causes),
        settled=bool(parts) and all(part.settled for part in parts),
        derived=any(part.derived for part in parts),
    )


def _corrections(parts: Sequence[Part], terms: Terms) -> list[Found]:
    """Add up what was paid or taken afterwards: it outweighs a difference, or makes one.

    Money taken back for a return that is refunded is as expected, whether it is called a refund
    or an adjustment.
    """
    rest = _sum(parts, "adjustment")
    if rest < 0:
        owed = max(0, terms.refunded + _sum(parts, "refund"))
        rest = min(0, rest + owed)
    return [Found(Cause.ADJUSTMENT, "adjustment", rest)] if rest else []


def _sum(parts: Sequence[Part], kind: str) -> int:
    return sum(part.amount for part in parts if part.kind == kind)


def _twice(parts: Sequence[Part]) -> list[Found]:
    """Find fees that stand there more often than the goods they are taken from.

    Some marketplaces account for an order line by line: as many rows of goods as there are, as
    often may a fee stand there, in the same amount where lines cost the same.
    """
    goods = max(1, sum(part.kind == _GOODS for part in parts))
    rows = Counter((p.kind, p.raw_kind) for p in parts if p.kind in FEES and p.amount)
    extra: Counter[str] = Counter()
    for (kind, raw_kind), count in rows.items():
        same = Counter(p.amount for p in parts if (p.kind, p.raw_kind) == (kind, raw_kind))
        repeats = sorted((Counter(same) - Counter(set(same))).elements())
        extra[kind] += sum(repeats[: max(0, count - goods)])
    return [Found(Cause.TWICE, kind, extra[kind]) for kind in sorted(extra) if extra[kind]]


def _taxed(parts: Sequence[Part], terms: Terms, again: Mapping[str, int]) -> list[Found]:
    """Find tax withheld from a company: only households and individuals are withheld from."""
    if terms.seller is not Seller.COMPANY:
        return []
    sums = [(kind, _sum(parts, kind) - again.get(kind, 0)) for kind in sorted(TAXES)]
    return [Found(Cause.COMPANY_TAX, kind, amount) for kind, amount in sums if amount]


def _above(parts: Sequence[Part], terms: Terms, again: Mapping[str, int]) -> list[Found]:
    """Compare fees with the table; a missing fee is a difference to the seller's gain."""
    goods = sum(part.amount for part in parts if part.kind in _BASE)
    shipping = _sum(parts, "buyer_shipping")
    found = []
    for kind, rate in sorted(terms.rates.items()):
        if kind in TAXES and terms.seller is Seller.COMPANY:
            continue
        extra = _sum(parts, kind) - again.get(kind, 0) + fee(rate, goods=goods, shipping=shipping)
        if extra:
            cause = Cause.RATE if extra < 0 else Cause.UNEXPLAINED
            found.append(Found(cause, kind, extra))
    return found


def _shipping(parts: Sequence[Part], terms: Terms) -> list[Found]:
    """Find shipping that the shop pays though buyer and marketplace should."""
    sums = {kind: _sum(parts, kind) for kind in _SHIPPING}
    lost = sum(sums.values())
    if not terms.shipping_cancels or lost >= 0:
        return []
    cause = Cause.WEIGHT if sums["shipping_rebate"] else Cause.NO_REBATE
    return [Found(cause, "actual_shipping", lost)]


def _refunds(parts: Sequence[Part], terms: Terms) -> list[Found]:
    """Find refunds of orders that nobody sends back."""
    refunded = _sum(parts, "refund")
    known = terms.returned or refunded >= 0
    return [] if known else [Found(Cause.NO_RETURN, "refund", refunded)]


def state_of(
    reckoning: Reckoning | None,
    *,
    over: bool,
    delivered_at: datetime | None,
    mark: Mark = Mark.NONE,
) -> State:
    """Say where an order stands, but for the clock: `WAITING` turns overdue at `due_at`.

    `over` marks an order that ended without a delivery.
    """
    if reckoning is not None and reckoning.settled:
        return _compared(reckoning.difference, mark)
    if reckoning is not None and reckoning.derived:
        return State.COMPUTED
    if over and reckoning is None:
        return State.NO_MONEY
    return State.WAITING if delivered_at else State.NOT_DUE


def _compared(difference: int, mark: Mark) -> State:
    # A correction in a later period closes the case, whatever somebody decided before.
    if difference == 0:
        return State.MATCHED
    if mark:
        return State(mark)
    return State.SHORT if difference < 0 else State.OVER


def due_at(delivered_at: datetime | None, after: timedelta = DUE_AFTER) -> datetime | None:
    """Return when a delivered order's money is late."""
    return None if delivered_at is None else delivered_at + after
