"""The job that bills: for every subscription that is due, oldest first, as often as it takes."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import connection, transaction

from reference_app.billing import book, invoicing, notices, standing, storing
from reference_app.billing.clock import day_of
from reference_app.billing.engine.agenda import Bill, Close, Step, events_of, next_step
from reference_app.billing.engine.changes import Line
from reference_app.billing.engine.events import Course, Event, Kind
from reference_app.billing.engine.periods import Period
from reference_app.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceLine,
    PeriodCharge,
    Subscription,
)
from reference_app.billing.terms import TERMS, class_of

__all__ = ["bring", "catch_up", "charge", "renew_all"]

_log = logging.getLogger(__name__)


def renew_all(now: datetime, limit: int = 500) -> int:
    """Do what is due at `now`; returns how many steps were taken.

    Any number of workers may run it beside each other: one account is one worker's at a time,
    and what one has done the next finds done.
    """
    due = Subscription.objects.filter(closed_on=None, look_on__lte=day_of(now))
    due = due.filter(merchant__billing__parked_at=None)
    steps = 0
    for merchant in due.order_by("look_on", "id").values_list("merchant_id", flat=True)[:limit]:
        try:
            steps += bring(merchant, now)
        except Exception:  # noqa: BLE001 - one account's trouble must not keep others from their bills
            _log.exception("could not bill merchant %s", merchant)
    for account in BillingAccount.objects.filter(usage_changed_at__isnull=False)[:limit]:
        _look_at_usage(account, now)
    return steps


def bring(merchant: int, now: datetime) -> int:
    """Bring a merchant's subscription up to `now`; returns how many steps it took."""
    with transaction.atomic():
        BillingAccount.objects.get_or_create(merchant_id=merchant)
        mine = BillingAccount.objects.filter(merchant_id=merchant)
        account = mine.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked, no_key=True
        ).first()
        if account is None or account.parked_at is not None:
            return 0  # another worker is at it, or a person has to look first
        subscription = book.live_of(merchant)
        if subscription is None:
            return 0
        return _bring(account, subscription, now)


def catch_up(account: BillingAccount, subscription: Subscription, now: datetime) -> None:
    """Do what is due before a person changes anything; the caller holds the account's lock."""
    if account.parked_at is None:
        _bring(account, subscription, now)


def _bring(account: BillingAccount, subscription: Subscription, now: datetime) -> int:
    day = day_of(now)
    course = book.course_of_log(subscription)
    steps = 0
    while (step := next_step(course, day, TERMS)) is not None:
        if isinstance(step, Bill) and _lines_on(account, day) >= TERMS.lines_per_day:
            account.parked_at, account.parked_because = now, "too many lines in a day"
            account.save(update_fields=["parked_at", "parked_because"])
            _log.error("billing of merchant %s is parked: too many lines", account.merchant_id)
            break
        course = _do(step, account, subscription, course, now)
        steps += 1
    if not steps:  # nothing was due after all: look again when something is
        book.append(subscription, course, [], now)
    standing.refresh(account, now)
    return steps


def _do(
    step: Step,
    account: BillingAccount,
    subscription: Subscription,
    course: Course,
    now: datetime,
) -> Course:
    day = day_of(now)
    if isinstance(step, Bill):
        return _bill(step, account, subscription, course, now)
    if isinstance(step, Close):
        for invoice in Invoice.objects.filter(pk__in=step.void):
            invoicing.void(invoice, now)
        for invoice in Invoice.objects.filter(pk__in=step.write_off):
            invoicing.write_off(invoice)
        notices.ended(account, step.reason)
    else:
        notices.remind(account, Invoice.objects.get(pk=step.invoice), step.step)
    return book.append(subscription, course, events_of(step, course, day), now)


def _bill(
    step: Bill,
    account: BillingAccount,
    subscription: Subscription,
    course: Course,
    now: datetime,
) -> Course:
    day, plan = day_of(now), step.plan
    span = step.period
    lines = [Line(kind="plan", plan=plan, amount=plan.price, start=span.start, end=span.end)]
    off = subscription.coupon().off(plan.price)
    if off:
        lines.append(Line(kind="discount", plan=plan, amount=-off, start=span.start, end=span.end))
    subscription.use_coupon()
    invoice = invoicing.make(
        account,
        subscription,
        lines,
        tax_class=class_of(plan.tax_class, day),
        due=step.due,
        at=now,
    )
    if not charge(subscription, span, invoice):
        raise RuntimeError("this period is billed already")
    events = events_of(step, course, day, invoice.pk, plan.price - off)
    if invoice.state == Invoice.State.PAID:
        events.append(Event(kind=Kind.SETTLED, day=day, invoice=invoice.pk))
    elif step.due > day:  # else the reminder of the due day says the same
        notices.issued(account, invoice)
    changed = plan != course.plan
    course = book.append(subscription, course, events, now)
    if changed:
        storing.fit(account.merchant_id, plan.stores, subscription.keep_stores)
    return course


def charge(subscription: Subscription, span: Period, invoice: Invoice) -> bool:
    """Note that a period is billed; returns whether `invoice` is what bills it now.

    An invoice that was voided gives its place to another one; any other keeps it.
    """
    row, new = PeriodCharge.objects.get_or_create(
        subscription=subscription,
        period_start=span.start,
        kind="period",
        defaults={"period_end": span.end, "invoice": invoice},
    )
    if not new and row.invoice.state == Invoice.State.VOID:
        row.invoice, row.period_end = invoice, span.end
        row.save(update_fields=["invoice", "period_end"])
    return row.invoice == invoice


def _lines_on(account: BillingAccount, day: date) -> int:
    return InvoiceLine.objects.filter(
        invoice__merchant=account.merchant_id, invoice__issued_on=day
    ).count()


def _look_at_usage(account: BillingAccount, now: datetime) -> None:
    with transaction.atomic():
        locked = book.lock(account.merchant_id)
        locked.usage_changed_at = None
        locked.save(update_fields=["usage_changed_at"])
        standing.refresh(locked, now)
        notices.usage(locked, now)
