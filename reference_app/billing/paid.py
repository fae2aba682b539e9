"""Money that arrives."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen
from django.db import transaction

from reference_app.billing import book, clock, invoicing, standing
from reference_app.billing.clock import day_of
from reference_app.billing.engine.events import Event, Kind
from reference_app.billing.engine.settling import received
from reference_app.billing.models import CreditEntry, Invoice, Payment
from reference_app.tenants.models import User

__all__ = ["Outcome", "Settled", "record_payment", "settled", "spend_credit"]

Outcome: TypeAlias = Literal["paid", "overpaid", "kept", "repeated"]


@frozen(kw_only=True)
class Settled:
    """What became of a payment.

    `paid`: it settled the invoice. `overpaid`: it did, and `credit` dong became account credit.
    `kept`: it did not fit, all of it became account credit and the owner is asked. `repeated`:
    this provider's id was known; nothing changed. `balance` is what the invoice still asks for.
    """

    outcome: Outcome
    payment_id: int
    applied: int = 0
    credit: int = 0
    balance: int = 0


def record_payment(
    *,
    invoice_id: int,
    amount: int,
    way: str,
    provider_id: str,
    at: datetime,
    actor: User | None = None,
) -> Settled:
    """Record `amount` dong for an invoice, once for each (`way`, `provider_id`).

    Several payments that were too small settle the invoice together once they are enough.
    A full payment restores service at once. Raises `ValueError` for an amount that is not
    positive or an invoice still in draft, and `Invoice.DoesNotExist`.
    """
    if amount <= 0:
        raise ValueError("a payment is a positive amount of dong")
    with transaction.atomic():
        merchant = Invoice.objects.values_list("merchant_id", flat=True).get(pk=invoice_id)
        account = book.lock(merchant)
        invoice = Invoice.objects.get(pk=invoice_id)
        if invoice.state == Invoice.State.DRAFT:
            raise ValueError("a draft cannot be paid")
        takes = invoice.state in {Invoice.State.FINALISED, Invoice.State.UNCOLLECTIBLE}
        rest = invoicing.rest_of(invoice) if takes else 0
        result = received(rest, amount)
        payment, new = Payment.objects.get_or_create(
            way=way,
            provider_id=provider_id,
            defaults={
                "merchant_id": merchant,
                "invoice": invoice,
                "amount": amount,
                "applied": result.applied,
                "at": at,
                "outcome": result.outcome,
                "actor": actor,
            },
        )
        if not new:
            return Settled(outcome="repeated", payment_id=payment.pk, balance=invoice.balance())
        if result.credit:
            _keep(invoice, payment, result.credit, at, over=bool(result.applied))
        if result.applied:
            invoice.state, invoice.paid_at = Invoice.State.PAID, at
            invoice.save(update_fields=["state", "paid_at"])
        elif takes and _kept_for(invoice) >= rest:
            invoicing.use_credit(invoice, at)
        outcome: Outcome = result.outcome
        if takes and invoice.state == Invoice.State.PAID:
            outcome = "overpaid" if result.outcome == "overpaid" else "paid"
            settled(invoice, at, actor)
        standing.refresh(account, max(at, clock.now()))  # a bank may tell late
    return Settled(
        outcome=outcome,
        payment_id=payment.pk,
        applied=result.applied,
        credit=result.credit,
        balance=invoice.balance(),
    )


def spend_credit(invoice_id: int, at: datetime, actor: User | None = None) -> int:
    """Use account credit for an open invoice, as its owner asked; returns how much was used."""
    with transaction.atomic():
        merchant = Invoice.objects.values_list("merchant_id", flat=True).get(pk=invoice_id)
        account = book.lock(merchant)
        invoice = Invoice.objects.get(pk=invoice_id)
        used = invoicing.use_credit(invoice, at)
        if used and invoice.state == Invoice.State.PAID:
            settled(invoice, at, actor)
            standing.refresh(account, max(at, clock.now()))  # a bank may tell late
    return used


def settled(invoice: Invoice, at: datetime, actor: User | None = None) -> None:
    """Write down that an invoice is paid; opens a subscription again that ended without it."""
    subscription = invoice.subscription
    if subscription is None:
        return
    day = day_of(at)
    course = book.course_of_log(subscription)
    events = [Event(kind=Kind.SETTLED, day=day, invoice=invoice.pk)]
    spans = [one.period.end for one in course.slices if one.invoice == invoice.pk]
    runs_on = any(end > day for end in spans) and course.canceled_because == "unpaid"
    if runs_on and book.live_of(invoice.merchant_id) is None:
        events.append(Event(kind=Kind.REOPENED, day=day))
    book.append(subscription, course, events, at, actor)


def _keep(invoice: Invoice, payment: Payment, amount: int, at: datetime, *, over: bool) -> None:
    CreditEntry.objects.create(
        merchant_id=invoice.merchant_id,
        payment=payment,
        amount=amount,
        kind=CreditEntry.Kind.OVERPAID if over else CreditEntry.Kind.KEPT,
        at=at,
    )


def _kept_for(invoice: Invoice) -> int:
    """Return what arrived for this very invoice and waits as credit."""
    kept = CreditEntry.objects.filter(
        payment__invoice=invoice, kind=CreditEntry.Kind.KEPT
    ).values_list("amount", flat=True)
    return min(sum(kept), invoicing.credit_of(invoice.merchant_id))
