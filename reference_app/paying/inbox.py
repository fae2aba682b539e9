"""The inbox of transfers: each is stored once, and matched with what was owed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import define
from django.db import transaction
from django.db.models import QuerySet

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing.models import Invoice
from reference_app.billing.paid import record_payment
from reference_app.paying.codes import codes_in
from reference_app.paying.matching import Why, match
from reference_app.paying.models import Transfer
from reference_app.tenants.models import User
from reference_app.web.statements import Credit

__all__ = ["Handled", "Taken", "assign", "payable", "set_aside", "take"]

_WAY = "transfer"


class Handled(Exception):
    """Somebody, or a code in the memo, was quicker: the transfer is not open any more."""


@define
class Taken:
    """How many transfers were new, by what became of them, and how many were known before."""

    paid: int = 0
    kept: int = 0
    unmatched: int = 0
    repeated: int = 0


def payable() -> QuerySet[Invoice]:
    """Return the invoices that money can be put on: whatever was ever sent to a customer."""
    return Invoice.objects.exclude(state=Invoice.State.DRAFT)


def take(told: Iterable[Credit], source: str, now: datetime) -> Taken:
    """Store transfers and settle what they name; one that was told before changes nothing."""
    taken = Taken()
    for credit in told:
        state = _take(credit, source, now)
        name = {Transfer.State.PAID: "paid", Transfer.State.KEPT: "kept", None: "repeated"}
        field = name.get(state, "unmatched")
        setattr(taken, field, getattr(taken, field) + 1)
    return taken


def _take(credit: Credit, source: str, now: datetime) -> str | None:
    with transaction.atomic():
        found = match(credit.memo, _known(credit.memo))
        row, new = Transfer.objects.get_or_create(
            bank_id=credit.id,
            defaults={
                "at": credit.at,
                "amount": credit.amount,
                "memo": credit.memo,
                "source": source,
                "why": found.why,
                "told_at": now,
            },
        )
        if not new:
            return None
        if found.invoice_id is not None:
            _settle(row, found.invoice_id, None)
        return row.state


def _known(memo: str) -> dict[str, int]:
    """Return the invoices whose codes stand in a memo, by code."""
    codes = codes_in(memo)
    if not codes:
        return {}
    return dict(payable().filter(pay_code__in=codes).values_list("pay_code", "pk"))


def _settle(row: Transfer, invoice_id: int, by: User | None) -> None:
    """Put a transfer on an invoice; what does not fit becomes credit, as billing says."""
    invoice = Invoice.objects.get(pk=invoice_id)
    settled = record_payment(
        invoice_id=invoice_id,
        amount=row.amount,
        way=_WAY,
        provider_id=row.bank_id,
        at=row.at,
        actor=by,
    )
    row.invoice, row.merchant = invoice, invoice.merchant
    row.state = Transfer.State.KEPT if settled.outcome == "kept" else Transfer.State.PAID
    row.applied, row.credit = settled.applied, settled.credit
    row.save()


def _open(pk: int) -> Transfer:
    """Return a transfer that waits for a person, locked."""
    row = Transfer.objects.select_for_update(no_key=True).get(pk=pk)
    if row.state != Transfer.State.UNMATCHED:
        raise Handled
    return row


def assign(pk: int, invoice: Invoice, by: User, now: datetime) -> Transfer:
    """Put an unmatched transfer on an invoice by hand.

    Raises `Handled`, and `Transfer.DoesNotExist`.
    """
    with transaction.atomic():
        row = _open(pk)
        row.why, row.handled_by, row.handled_at = Why.BY_HAND, by, now
        _settle(row, invoice.pk, by)
        detail = f"{row.amount} VND, {row.bank_id}"
        note(invoice.merchant, by, Entry.Verb.ASSIGN, invoice.number, detail=detail)
        return row


def set_aside(pk: int, words: str, by: User, now: datetime) -> Transfer:
    """Say that an unmatched transfer pays no invoice, and why. Raises as `assign` does."""
    with transaction.atomic():
        row = _open(pk)
        row.state, row.note = Transfer.State.ASIDE, words[:200]
        row.handled_by, row.handled_at = by, now
        row.save()
        return row
