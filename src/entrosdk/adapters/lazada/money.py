"""From rows of the account and statements to payments and payouts: pure."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from entrosdk.adapters.lazada import wire_money as wire
from entrosdk.adapters.lazada.ask import zone
from entrosdk.adapters.lazada.fees import FEES
from entrosdk.adapters.lazada.manifest import NAME
from entrosdk.adapters.lazada.mapping import money
from entrosdk.adapters.lazada.times import day, maybe, when
from entrosdk.domain.payment import Payment, PaymentKind, Payout, PayoutStatus
from entrosdk.spi.adapter import Access
from entrosdk.spi.wire import Misfit

__all__ = ["booked", "payment", "payout", "source_id"]

_Paid: TypeAlias = bool | None

_PAID = {"paid": True, "yes": True, "1": True, "not paid": False, "no": False, "0": False}
_NO_ORDER = {"", "0", "null"}


def booked(row: wire.Transaction, access: Access) -> datetime:
    """Return when a row was booked: the local midnight its date begins with; it has no time."""
    return day(row.transaction_date, zone(access), "transaction_date")


def source_id(row: wire.Transaction, access: Access) -> str:
    """Name a row by its date and number: rows can only be asked for by date."""
    local = booked(row, access).astimezone(zone(access))
    return f"{local:%Y%m%d}:{row.transaction_number}"


def payment(row: wire.Transaction, access: Access) -> Payment:
    """Map a row; it is settled once its statement is paid.

    Lazada signs amounts as we do, towards the seller.
    """
    at, name = booked(row, access), source_id(row, access)
    return Payment(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=name,
        source_id=name,
        order_id="" if row.order_no in _NO_ORDER else row.order_no,
        kind=FEES.get(row.fee_type, PaymentKind.OTHER),
        raw_kind=row.fee_type,
        amount=money(row.amount, access.region.currency, "amount"),
        occurred_at=at,
        settled_at=at if _paid(row.paid_status) else None,
        payout_id=_statement(row, access),
    )


def _paid(word: str) -> _Paid:
    return _PAID.get(word.strip().lower())


def _statement(row: wire.Transaction, access: Access) -> str | None:
    """Name the statement that a row belongs to.

    Rows tell its period as text, payouts its number: the shop's short code and the last day,
    which is how every example has it (sections 5.1 and 5.2; the rule itself is our reading).
    """
    _, dash, last = row.statement.partition(" - ")
    code, parted, _ = row.transaction_number.partition("-")
    if not (dash and parted):
        return row.statement or None
    try:
        end = day(last, zone(access), "statement")
    except Misfit:
        return row.statement
    return f"{code}-{end.astimezone(zone(access)):%Y%m%d}"


def payout(row: wire.Payout, access: Access) -> Payout:
    """Map a statement; when it was paid, its last update says when."""
    local = zone(access)
    amount = money(row.payout, access.region.currency, "payout")
    paid = _paid(row.paid)
    status = PayoutStatus.UNKNOWN if paid is None else _STATUS[paid]
    return Payout(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=row.statement_number,
        amount=amount,
        currency=amount.currency,
        status=status,
        raw_status=row.paid,
        requested_at=when(row.created_at, local, "created_at"),
        paid_at=maybe(row.updated_at, local, "updated_at") if paid else None,
    )


_STATUS = {True: PayoutStatus.PAID, False: PayoutStatus.PENDING}
