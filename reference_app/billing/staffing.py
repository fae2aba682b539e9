"""What our own staff does to bills, each with a line in the merchant's audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing import book, changing, coming, invoicing, notices, paid, standing
from reference_app.billing.clock import day_of
from reference_app.billing.engine.changes import NotPossible
from reference_app.billing.engine.events import Event, Kind
from reference_app.billing.models import (
    BillingAccount,
    CreditNote,
    Invoice,
    PlanVersion,
    Subscription,
)
from reference_app.billing.plans import newest
from reference_app.tenants.models import User

__all__ = ["correct", "extend", "mark_paid", "move", "take_back", "unpark"]


def mark_paid(invoice: Invoice, actor: User, now: datetime) -> paid.Settled:
    """Record that an invoice was paid by a way we do not see; raises `ValueError` if it is not due.

    Doing it twice records it once.
    """
    with transaction.atomic():
        rest = invoicing.rest_of(invoice)
        if not rest or invoice.state == Invoice.State.VOID:
            raise ValueError("nothing is left to pay")
        done = paid.record_payment(
            invoice_id=invoice.pk,
            amount=rest,
            way="manual",
            provider_id=f"invoice-{invoice.pk}",
            at=now,
            actor=actor,
        )
        _told(invoice, actor, Entry.Verb.MARK_PAID, f"{rest} VND")
    return done


def take_back(invoice: Invoice, actor: User, now: datetime) -> None:
    """Void an open invoice; raises `Changed` for a paid one."""
    with transaction.atomic():
        account = book.lock(invoice.merchant_id)
        invoice = Invoice.objects.get(pk=invoice.pk)
        invoicing.void(invoice, now)
        if invoice.subscription is not None:
            voided = Event(kind=Kind.VOIDED, day=day_of(now), invoice=invoice.pk)
            course = book.course_of_log(invoice.subscription)
            book.append(invoice.subscription, course, [voided], now, actor)
        standing.refresh(account, now)
        _told(invoice, actor, Entry.Verb.VOID, "")


def correct(invoice: Invoice, net: int, reason: str, actor: User, now: datetime) -> CreditNote:
    """Write a credit note over `net` dong; an open invoice uses the credit at once.

    Raises `ValueError` for more than is left and `Changed` for an invoice that asks for nothing.
    """
    with transaction.atomic():
        account = book.lock(invoice.merchant_id)
        invoice = Invoice.objects.get(pk=invoice.pk)
        made = invoicing.note(invoice, net, reason, now)
        if invoice.is_open and invoicing.use_credit(invoice, now) and not invoice.is_open:
            paid.settled(invoice, now, actor)
        standing.refresh(account, now)
        _told(invoice, actor, Entry.Verb.CREDIT, f"{made.number}: {made.total} VND")
    return made


def extend(subscription: Subscription, days: int, actor: User, now: datetime) -> None:
    """Let a trial last `days` longer; raises `NotPossible`."""
    with transaction.atomic():
        end = book.course_of_log(subscription).trial_end or day_of(now)
        changing.extend_trial(subscription.merchant, end + timedelta(days=days), now, actor)
        note(subscription.merchant, actor, Entry.Verb.TERMS, f"+{days}")


def move(subscription: Subscription, actor: User, now: datetime) -> PlanVersion:
    """Plan the newest version of a customer's plan for its next period, and tell the owner.

    Raises `NotPossible` for a subscription that ends, or has that version already.
    """
    with transaction.atomic():
        account = book.lock(subscription.merchant_id)
        course = book.course_of_log(subscription)
        plan = newest(PlanVersion.objects.get(pk=course.plan.id))
        if course.canceled_on is not None or course.ends_on is not None:
            raise NotPossible("ending")
        if plan.pk == course.plan.id:
            raise NotPossible("same")
        planned = Event(kind=Kind.PLAN_PLANNED, day=day_of(now), plan=plan.terms())
        book.append(subscription, course, [planned], now, actor)
        notices.moved(account, coming.charge_of(plan, course.billed_to))
        note(subscription.merchant, actor, Entry.Verb.TERMS, str(plan))
    return plan


def unpark(account: BillingAccount, actor: User) -> None:
    """Let billing go on after a person has looked."""
    with transaction.atomic():
        locked = book.lock(account.merchant_id)
        locked.parked_at, locked.parked_because = None, ""
        locked.save(update_fields=["parked_at", "parked_because"])
        note(locked.merchant, actor, Entry.Verb.TERMS, "billing goes on")


def _told(invoice: Invoice, actor: User, verb: str, detail: str) -> None:
    address = f"/billing/invoices/{invoice.pk}/"
    note(invoice.merchant, actor, verb, invoice.number, detail=detail, address=address)
