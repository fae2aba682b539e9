"""From escrows and wallet rows to payments and payouts: pure, signs flipped in this one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from entrosdk.adapters.shopee.fees import FORMULA, GOODS, WALLET
from entrosdk.adapters.shopee.manifest import NAME
from entrosdk.adapters.shopee.mapping import money
from entrosdk.adapters.shopee.wire_money import Escrow, Income, WalletRow
from entrosdk.domain.money import Money, total
from entrosdk.domain.payment import Payment, PaymentKind, Payout, PayoutStatus
from entrosdk.spi.adapter import Access
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import Misfit, instant

__all__ = ["corrects", "escrow", "is_payment", "is_withdrawal", "payout", "wallet", "whole"]


def escrow(
    body: Escrow, access: Access, *, released: datetime | None, ordered: datetime | None = None
) -> tuple[Payment, ...]:
    """Map what one order earns to movements that add up to Shopee's own figure, to the dong.

    `released` is when the money became the seller's, `None` before that; `ordered` then says when
    the order was placed.
    Raises `Misfit` when the parts do not add up.
    """
    income = body.order_income
    if income is None:
        raise Misfit("order_income: missing")
    parts = _Parts(body.order_sn, access, income, released, ordered)
    movements = (*(parts.converted() if _affiliate(income) else parts.formula()), *parts.adjusted())
    _check(income, movements, parts.currency)
    return movements


def _affiliate(income: Income) -> bool:
    """Say whether this is a cross-border affiliate's order.

    Its amounts are converted from the primary shop's currency, so parts need not add up (5.3).
    """
    return bool(income.pri_currency and income.aff_currency)


class _Parts:
    """The movements of one escrow."""

    def __init__(
        self,
        order_sn: str,
        access: Access,
        income: Income,
        released: datetime | None,
        ordered: datetime | None,
    ) -> None:
        self.currency = income.aff_currency or access.region.currency
        self._order_sn = order_sn
        self._shop_id = access.shop_id
        self._income = income
        self._released = released
        self._ordered = ordered

    def formula(self) -> list[Payment]:
        """One movement for each part of the published sum that is not zero, and for the goods."""
        return [
            self._movement(name, name, kind, self._money(name) * sign)
            for name, (sign, kind) in FORMULA.items()
            if getattr(self._income, name) or name == GOODS
        ]

    def converted(self) -> list[Payment]:
        """The whole escrow as one movement."""
        name = "escrow_amount"
        if self._income.escrow_amount is None:
            raise Misfit("escrow_amount: missing")
        return [self._movement(name, name, PaymentKind.OTHER, self._money(name))]

    def adjusted(self) -> list[Payment]:
        """One movement for each correction after the release, each a source of its own.

        Corrections come later than the escrow, in windows of their own.
        """
        found = []
        for number, row in enumerate(self._income.order_adjustment):
            if row.currency not in {"", self.currency}:
                raise Misfit(f"order_adjustment.{number}.currency: another than the order's")
            amount = money(row.amount, self.currency, f"order_adjustment.{number}.amount")
            found.append(
                self._movement(
                    f"adjustment:{number}",
                    "order_adjustment",
                    PaymentKind.ADJUSTMENT,
                    amount,
                    instant(row.date) or self._released or self._ordered,
                )
            )
        return found

    def _money(self, name: str) -> Money:
        return money(getattr(self._income, name), self.currency, f"order_income.{name}")

    def _movement(
        self,
        name: str,
        raw_kind: str,
        kind: PaymentKind,
        amount: Money,
        date: datetime | None = None,
    ) -> Payment:
        occurred = date or self._released or self._ordered
        if occurred is None:
            raise Misfit("neither the release nor the order's time is known")
        # A correction is settled when it happens, though not before the release.
        settled = max(date, self._released) if date and self._released else self._released or date
        return Payment(
            marketplace=NAME,
            shop_id=self._shop_id,
            id=f"{self._order_sn}:{name}",
            source_id=f"{self._order_sn}:{name}" if date else self._order_sn,
            order_id=self._order_sn,
            kind=kind,
            raw_kind=raw_kind,
            amount=amount,
            occurred_at=occurred,
            settled_at=settled,
        )


def _check(income: Income, movements: Sequence[Payment], currency: str) -> None:
    """Compare with Shopee's figures: the escrow, and the escrow after adjustment where told."""
    added = total((one.amount for one in movements), currency)
    corrections = total(
        (one.amount for one in movements if one.raw_kind == "order_adjustment"), currency
    )
    told = []
    if income.escrow_amount is not None:
        escrowed = money(income.escrow_amount, currency, "escrow_amount")
        told.append(escrowed + corrections)
        if income.total_adjustment_amount is not None:
            rest = money(income.total_adjustment_amount, currency, "total_adjustment_amount")
            told.append(escrowed + rest)
    if income.escrow_amount_after_adjustment is not None:
        name = "escrow_amount_after_adjustment"
        told.append(money(income.escrow_amount_after_adjustment, currency, name))
    if not told:
        raise Misfit("escrow_amount: missing")
    if any(figure != added for figure in told):
        raise Misfit("parts do not add up to the escrow amount")


# The wallet


def is_withdrawal(row: WalletRow) -> bool:
    """Say whether a row belongs to a transfer to the bank."""
    return row.kind.startswith("WITHDRAWAL_")


def is_payment(row: WalletRow) -> bool:
    """Say whether a row is money that nothing else tells of; a failed row moved nothing."""
    return _moved(row) and not row.order_sn


def corrects(row: WalletRow) -> bool:
    """Say whether a row tells that a released order's money changed afterwards."""
    return _moved(row) and bool(row.order_sn)


def _moved(row: WalletRow) -> bool:
    told = row.kind in WALLET and WALLET[row.kind] is None  # as an escrow or a payout
    return not (told or is_withdrawal(row) or row.status == "FAILED")


def wallet(row: WalletRow, access: Access) -> Payment:
    """Map a wallet row; one that is still pending is not settled."""
    created = moment(row.create_time)
    return Payment(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=row.name,
        source_id=row.name,
        order_id=row.order_sn,
        kind=WALLET.get(row.kind) or PaymentKind.OTHER,
        raw_kind=row.kind,
        amount=money(row.amount, access.region.currency, "amount"),
        occurred_at=created,
        settled_at=created if row.status == "COMPLETED" else None,
    )


# Payouts

_STAGES = ("WITHDRAWAL_CREATED", "WITHDRAWAL_CANCELLED", "WITHDRAWAL_COMPLETED")
_ENDS = {
    "WITHDRAWAL_COMPLETED": PayoutStatus.PAID,
    "WITHDRAWAL_CANCELLED": PayoutStatus.FAILED,
    "WITHDRAWAL_CREATED": PayoutStatus.PENDING,
}


def whole(rows: Iterable[WalletRow]) -> bool:
    """Say whether the rows of one withdrawal tell both its beginning and its end."""
    kinds = {row.kind for row in rows}
    return _STAGES[0] in kinds and bool(kinds & set(_STAGES[1:]))


def payout(rows: Sequence[WalletRow], access: Access) -> Payout:
    """Map the rows of one withdrawal; its latest stage says how far it got."""
    first, last = min(rows, key=_stage), max(rows, key=_stage)
    amount = abs(money(first.amount or last.amount, access.region.currency, "amount"))
    status = _status(last)
    return Payout(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=last.withdrawal_id,
        amount=amount,
        currency=amount.currency,
        status=status,
        raw_status=last.kind,
        requested_at=moment(first.create_time),
        paid_at=moment(last.create_time) if status is PayoutStatus.PAID else None,
    )


def _stage(row: WalletRow) -> tuple[int, int]:
    return (_STAGES.index(row.kind) if row.kind in _STAGES else 0), row.create_time


def _status(row: WalletRow) -> PayoutStatus:
    """A stage counts once its own row is completed; its failure leaves the money with Shopee."""
    if row.status == "FAILED":
        return PayoutStatus.FAILED
    if row.status in {"PENDING", "INITIAL"}:
        return PayoutStatus.PENDING
    return _ENDS.get(row.kind, PayoutStatus.UNKNOWN)
