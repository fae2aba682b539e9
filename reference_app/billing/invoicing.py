"""Invoices: made, finalised, voided, corrected. All of it under the account's lock."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from reference_app.billing.clock import day_of
from reference_app.billing.engine.changes import Line
from reference_app.billing.engine.money import tax_on
from reference_app.billing.engine.settling import Taken, noted
from reference_app.billing.models import (
    BillingAccount,
    Changed,
    CreditEntry,
    CreditNote,
    Invoice,
    InvoiceLine,
    PlanVersion,
    Subscription,
)
from reference_app.billing.numbering import next_number
from reference_app.billing.wording import text_of
from reference_app.paying.codes import new_code
from reference_app.tenants.models import Membership, Merchant

__all__ = [
    "credit_of",
    "draft",
    "finalise",
    "make",
    "note",
    "owner_emails",
    "rest_of",
    "use_credit",
    "void",
    "write_off",
]


_DICE = random.SystemRandom()


def make(
    account: BillingAccount,
    subscription: Subscription | None,
    lines: Sequence[Line],
    *,
    tax_class: str,
    due: date,
    at: datetime,
    replaces: int | None = None,
) -> Invoice:
    """Make and finalise an invoice of an engine's lines."""
    invoice = draft(account, subscription, lines, tax_class=tax_class, replaces=replaces)
    return finalise(invoice, due=due, at=at, account=account)


def draft(
    account: BillingAccount,
    subscription: Subscription | None,
    lines: Sequence[Line],
    *,
    tax_class: str,
    replaces: int | None = None,
) -> Invoice:
    """Make an invoice that can still change and has no number."""
    net = sum(line.amount for line in lines)
    tax = tax_on(net, tax_class)
    invoice = Invoice.objects.create(
        merchant_id=account.merchant_id,
        subscription=subscription,
        tax_class=tax_class,
        net=net,
        tax=tax,
        total=net + tax,
        replaces_id=replaces,
    )
    plans = PlanVersion.objects.in_bulk({line.plan.id for line in lines})
    texts = [text_of(line, plans[line.plan.id]) for line in lines]
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            text_vi=texts[position - 1][0],
            text_en=texts[position - 1][1],
            unit_price=line.amount,
            amount=line.amount,
            period_start=line.start,
            period_end=line.end,
        )
        for position, line in enumerate(lines, start=1)
    )
    return invoice


def finalise(
    invoice: Invoice, *, due: date, at: datetime, account: BillingAccount | None = None
) -> Invoice:
    """Give a draft its number and its code, and use what credit there is; raises `Changed`.

    From here on lines, tax and buyer stay as they are. Nothing to pay is paid.
    """
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        if invoice.state != Invoice.State.DRAFT:
            raise Changed("only a draft is finalised")
        account = account or BillingAccount.objects.get(merchant=invoice.merchant_id)
        invoice.issued_on, invoice.due_on = day_of(at), due
        invoice.buyer = buyer_of(account)
        invoice.pay_code = _fresh_code()
        invoice.state, invoice.finalised_at = Invoice.State.FINALISED, at
        invoice.number = next_number("INV", invoice.issued_on.year)
        invoice.save()
        use_credit(invoice, at)
    return invoice


def buyer_of(account: BillingAccount) -> dict[str, str]:
    """Return who is billed, as the invoice keeps it."""
    return {
        "name": account.name or account.merchant.name,
        "tax_id": account.tax_id,
        "address": account.address,
        "email": account.email or next(iter(owner_emails(account.merchant)), ""),
    }


def owner_emails(merchant: Merchant) -> list[str]:
    """Return where a merchant's owners are reached."""
    owners = Membership.objects.filter(merchant=merchant, role=Membership.Role.OWNER)
    return list(owners.order_by("id").values_list("user__email", flat=True))


def credit_of(merchant: Merchant | int) -> int:
    """Return a merchant's account credit."""
    rows = CreditEntry.objects.filter(merchant=merchant)
    return sum(rows.values_list("amount", flat=True))


def rest_of(invoice: Invoice) -> int:
    """Return what was never paid of an invoice, also of one that was written off."""
    return max(0, invoice.total - invoice.credits_used() - invoice.payments_made())


def use_credit(invoice: Invoice, at: datetime) -> int:
    """Pay what an invoice still asks from account credit, as far as it goes; returns how much."""
    if invoice.state not in {Invoice.State.FINALISED, Invoice.State.UNCOLLECTIBLE}:
        return 0
    rest = rest_of(invoice)
    used = min(rest, max(0, credit_of(invoice.merchant_id)))
    if used:
        CreditEntry.objects.create(
            merchant_id=invoice.merchant_id,
            invoice=invoice,
            amount=-used,
            kind=CreditEntry.Kind.USED,
            at=at,
        )
    if used == rest:
        invoice.state, invoice.paid_at = Invoice.State.PAID, at
        invoice.save(update_fields=["state", "paid_at"])
    return used


def void(invoice: Invoice, at: datetime) -> None:
    """Take an open invoice back; it keeps its number, and credit it used returns.

    Raises `Changed` for one that is paid: a credit note corrects that.
    """
    if invoice.state not in {Invoice.State.FINALISED, Invoice.State.DRAFT}:
        raise Changed("a paid invoice is corrected by a credit note")
    used = invoice.credits_used()
    if used:
        CreditEntry.objects.create(
            merchant_id=invoice.merchant_id,
            invoice=invoice,
            amount=used,
            kind=CreditEntry.Kind.RETURNED,
            at=at,
        )
    invoice.state, invoice.voided_at = Invoice.State.VOID, at
    invoice.save(update_fields=["state", "voided_at"])


def write_off(invoice: Invoice) -> None:
    """Give an open invoice up."""
    if invoice.state != Invoice.State.FINALISED:
        raise Changed("only an open invoice is written off")
    invoice.state = Invoice.State.UNCOLLECTIBLE
    invoice.save(update_fields=["state"])


def note(invoice: Invoice, net: int, reason: str, at: datetime) -> CreditNote:
    """Take `net` dong of an invoice back, with its tax; it becomes account credit.

    All notes of an invoice make the whole to the dong. Raises `ValueError` for more than is left
    and `Changed` for an invoice that never asked for anything. An open invoice uses the credit.
    """
    if invoice.state not in {Invoice.State.PAID, Invoice.State.FINALISED}:
        raise Changed("only a finalised invoice is corrected by a credit note")
    before = list(invoice.credit_notes.values_list("net", "tax"))
    taken = noted(
        Taken(invoice.net, invoice.tax),
        Taken(sum(one for one, _ in before), sum(tax for _, tax in before)),
        net,
    )
    day = day_of(at)
    made = CreditNote.objects.create(
        merchant_id=invoice.merchant_id,
        invoice=invoice,
        number=next_number("CN", day.year),
        issued_on=day,
        net=taken.net,
        tax=taken.tax,
        total=taken.net + taken.tax,
        reason=reason,
    )
    CreditEntry.objects.create(
        merchant_id=invoice.merchant_id,
        credit_note=made,
        amount=made.total,
        kind=CreditEntry.Kind.NOTE,
        at=at,
    )
    return made


def _fresh_code() -> str:
    while True:
        code = new_code(_DICE)
        if not Invoice.objects.filter(pay_code=code).exists():
            return code
