"""From transactions and withdrawals to payments and payouts: pure, and no sign is flipped (5.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiktok.fees import (
    ADJUSTMENTS,
    GOODS,
    INFORMATIVE,
    WITHDRAWAL_STATUS,
    kind_of,
)
from entrosdk.adapters.tiktok.manifest import NAME
from entrosdk.adapters.tiktok.mapping import money
from entrosdk.adapters.tiktok.wire_money import (
    Blocks,
    OrderMoney,
    Transaction,
    Unsettled,
    Withdrawal,
)
from entrosdk.domain.money import Money, total
from entrosdk.domain.payment import Payment, PaymentKind, Payout, PayoutStatus
from entrosdk.spi.adapter import Access
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import Misfit

__all__ = ["Source", "expected", "news", "of_order", "payout", "transaction", "transfer"]


@frozen
class Source:
    """The record that movements are read from: an id of its own, its order, when it settled."""

    access: Access
    id: str
    order_id: str
    currency: str
    at: datetime
    settled: datetime | None

    def movement(self, name: str, kind: PaymentKind, amount: Money, raw_kind: str = "") -> Payment:
        """Return one movement of this record."""
        return Payment(
            marketplace=NAME,
            shop_id=self.access.shop_id,
            id=f"{self.id}:{name}",
            source_id=self.id,
            order_id=self.order_id,
            kind=kind,
            raw_kind=raw_kind or name,
            amount=amount,
            occurred_at=self.at,
            settled_at=self.settled,
        )


def transaction(row: Transaction, source: Source) -> tuple[Payment, ...]:
    """Map a row of a statement to movements that add up to its own settlement, to the dong.

    What is put into reserve is paid out later, so it is a movement beside the settlement: the
    sum of a statement is what TikTok Shop calls payable (section 5.4).
    """
    movements = list(_blocks(row, source))
    adjustment = _told(row.adjustment_amount, source, "adjustment_amount")
    if adjustment or row.type not in {"ORDER", "RESERVE", ""}:
        kind = ADJUSTMENTS.get(row.type, PaymentKind.ADJUSTMENT)
        raw = "adjustment_amount" if row.type == "ORDER" else row.type
        movements.append(source.movement("adjustment", kind, adjustment, raw))
    _check(row, movements, source)
    reserve = _told(row.reserve_amount, source, "reserve_amount")
    if reserve:
        movements.append(source.movement("reserve_amount", PaymentKind.OTHER, reserve))
    if not movements:
        movements.append(source.movement(GOODS, PaymentKind.ITEM_PRICE, adjustment))
    return tuple(movements)


def of_order(
    body: OrderMoney, order_id: str, access: Access, dates: Mapping[str, datetime]
) -> tuple[Payment, ...]:
    """Map the transactions of one order; raises `Misfit` when they miss its settlement.

    `dates` tells when statements were made.
    """
    currency = body.currency or access.region.currency
    ordered = moment(body.order_create_time) if body.order_create_time else None
    movements: list[Payment] = []
    for row in body.sku_transactions:
        settled = dates.get(row.statement_id)
        at = settled or ordered
        if at is None:
            raise Misfit("neither the statement's nor the order's time is known")
        name = f"{row.statement_id}:{order_id}:{row.sku_id}"
        source = Source(access, name, order_id, currency, at, settled)
        own = list(_blocks(row, source))
        _check(row, own, source)
        movements += own
    if body.settlement_amount is not None:
        told = money(body.settlement_amount, currency, "settlement_amount")
        if total((one.amount for one in movements), currency) != told:
            raise Misfit("rows do not add up to the order's settlement_amount")
    return tuple(movements)


def expected(row: Unsettled, currency: str, access: Access) -> tuple[Payment, ...]:
    """Map what an order is expected to bring: one movement, not settled."""
    if row.est_settlement_amount is None or not row.order_create_time:
        return ()
    at = moment(row.order_create_time)
    source = Source(access, f"unsettled:{row.order_id}", row.order_id, currency, at, None)
    name = "est_settlement_amount"
    amount = money(row.est_settlement_amount, currency, name)
    return (source.movement(name, PaymentKind.OTHER, amount),)


def _blocks(row: Blocks, source: Source) -> Iterator[Payment]:
    """Tell the parts of the three blocks whose sum, with corrections, is the settlement."""
    breakdown = row.fee_tax_breakdown
    fees = {**breakdown.fee, **breakdown.tax} if breakdown else {}
    yield from _block("revenue_amount", row.revenue_amount, row.revenue_breakdown, source)
    shipping = _with_supplement(row.shipping_cost_breakdown)
    yield from _block("shipping_cost_amount", row.shipping_cost_amount, shipping, source)
    yield from _block("fee_tax_amount", row.fee_tax_amount, fees, source)


def _with_supplement(block: Mapping[str, Any]) -> dict[str, Any]:
    """Add the one part that an order's own record tells a level deeper (section 5.6)."""
    deeper = block.get("supplementary_component")
    name = "shipping_fee_guarantee_reimbursement"
    extra = {name: deeper[name]} if isinstance(deeper, dict) and name in deeper else {}
    return {**extra, **block}


def _block(
    name: str, told: Decimal | None, parts: Mapping[str, Any], source: Source
) -> Iterator[Payment]:
    """Tell the parts of one block; raises `Misfit` when they do not make its total."""
    amounts = {
        part: money(_decimal(value, part), source.currency, part)
        for part, value in parts.items()
        if not isinstance(value, dict | list)
    }
    if told is not None:
        amounts = _fitting(name, money(told, source.currency, name), amounts)
    for part, amount in amounts.items():
        if amount or part == GOODS:
            kind = kind_of(part) or PaymentKind.OTHER
            yield source.movement(part, kind, amount)


def _fitting(name: str, whole: Money, amounts: dict[str, Money]) -> dict[str, Money]:
    """Choose the parts that make the block's total: some names may only repeat others."""
    doubtful = [part for part in amounts if part in INFORMATIVE and amounts[part]]
    plain = {part: amount for part, amount in amounts.items() if part not in doubtful}
    choices = [plain, amounts, *({**plain, part: amounts[part]} for part in doubtful)]
    for choice in choices:
        if total(choice.values(), whole.currency) == whole:
            return choice
    if not amounts:  # nothing but the total is told
        return {name: whole}
    raise Misfit(f"{name}: its parts do not add up")


def _check(row: Blocks, movements: Iterable[Payment], source: Source) -> None:
    if row.settlement_amount is None:
        return
    told = money(row.settlement_amount, source.currency, "settlement_amount")
    if total((one.amount for one in movements), source.currency) != told:
        raise Misfit("settlement_amount: its blocks do not add up")


def _told(amount: Decimal | None, source: Source, place: str) -> Money:
    return money(amount or Decimal(0), source.currency, place)


def _decimal(value: Any, place: str) -> Decimal:
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool):
        raise Misfit(f"{place}: no amount")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Misfit(f"{place}: no amount") from None


def news(movements: Sequence[Payment]) -> Counter[str]:
    """Count names of fees and types of corrections that this version does not know."""
    names = (one.raw_kind for one in movements)
    return Counter(f"data.transactions.{name}" for name in names if not _known(name))


def _known(name: str) -> bool:
    told = {"adjustment_amount", "reserve_amount", "revenue_amount", "shipping_cost_amount"}
    return kind_of(name) is not None or name in ADJUSTMENTS or name in told


# The balance


def transfer(row: Withdrawal, access: Access) -> Payment:
    """Map a subsidy or deduction of the platform that no statement tells of (section 5.8)."""
    currency = row.currency or access.region.currency
    at = moment(row.create_time)
    done = WITHDRAWAL_STATUS.get(row.status) is PayoutStatus.PAID
    name = f"transfer:{row.create_time}:{row.id}"
    source = Source(access, name, "", currency, at, at if done else None)
    return source.movement(
        "amount", PaymentKind.ADJUSTMENT, _amount(row, currency), row.type or "TRANSFER"
    )


def payout(row: Withdrawal, access: Access) -> Payout:
    """Map a transfer to the bank; when it arrived is not told."""
    currency = row.currency or access.region.currency
    return Payout(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=row.id,
        amount=abs(_amount(row, currency)),
        currency=currency,
        status=WITHDRAWAL_STATUS.get(row.status, PayoutStatus.UNKNOWN),
        raw_status=row.status,
        requested_at=moment(row.create_time),
    )


def _amount(row: Withdrawal, currency: str) -> Money:
    if row.amount is None:
        raise Misfit("amount: missing")
    return money(row.amount, currency, "amount")
