"""What an owner does to a subscription: change its plan, end it, take either back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from reference_app.billing import accounts, book, invoicing, notices, renewing, standing, storing
from reference_app.billing.clock import day_of
from reference_app.billing.engine.changes import (
    Cancellation,
    NotPossible,
    Quote,
    cancellation,
    quote,
)
from reference_app.billing.engine.events import Course, Event, Kind
from reference_app.billing.engine.money import tax_on
from reference_app.billing.engine.states import State, state_of
from reference_app.billing.models import (
    BillingAccount,
    CreditEntry,
    Invoice,
    PlanVersion,
    Subscription,
)
from reference_app.billing.terms import TERMS, class_of
from reference_app.tenants.models import Merchant, User

__all__ = [
    "Outdated",
    "cancel",
    "change",
    "extend_trial",
    "keep_plan",
    "preview",
    "preview_cancel",
    "subscribe_again",
    "undo_cancel",
]


class Outdated(Exception):
    """The quote that was agreed to no longer holds; `quote` is the new one."""

    def __init__(self, new: Quote) -> None:
        super().__init__("the quote has changed")
        self.quote = new


def preview(merchant: Merchant, plan: PlanVersion, now: datetime) -> Quote:
    """Say what a change to `plan` costs and does; raises `NotPossible`."""
    subscription = _live(merchant)
    day = day_of(now)
    course = book.course_of_log(subscription)
    return _quoted(course, subscription, plan, day)


def change(
    merchant: Merchant,
    plan: PlanVersion,
    now: datetime,
    *,
    total: int | None = None,
    keep_stores: Sequence[int] = (),
    actor: User | None = None,
) -> Invoice | None:
    """Change the plan; returns the invoice, if there is one.

    `total` is what was agreed to: should the change cost anything else by now, nothing happens
    and `Outdated` is raised. Raises `NotPossible`. `keep_stores` stay when fewer are allowed.
    """
    with transaction.atomic():
        account, subscription, course = _up_to_date(merchant, now)
        day = day_of(now)
        agreed = _quoted(course, subscription, plan, day)
        if total is not None and total != agreed.total:
            raise Outdated(agreed)
        invoice = _carry_out(agreed, account, subscription, now)
        events = agreed.events(day, invoice.pk if invoice else 0)
        if invoice is not None and invoice.state == Invoice.State.PAID:
            events.append(Event(kind=Kind.SETTLED, day=day, invoice=invoice.pk))
        course = book.append(subscription, course, events, now, actor)
        if invoice is not None:
            for one in agreed.slices:
                if one.start == one.period.start:
                    renewing.charge(subscription, one.period, invoice)
            if invoice.is_open:
                notices.issued(account, invoice)
        subscription.keep_stores = list(keep_stores)
        subscription.save(update_fields=["keep_stores"])
        if agreed.when != "period_end":
            storing.fit(account.merchant_id, plan.stores, subscription.keep_stores)
        renewing.catch_up(account, subscription, now)
    return invoice


def keep_plan(merchant: Merchant, now: datetime, actor: User | None = None) -> None:
    """Take a planned change back; raises `NotPossible` without one."""
    with transaction.atomic():
        account, subscription, course = _up_to_date(merchant, now)
        if course.next_plan is None:
            raise NotPossible("same")
        kept = Event(kind=Kind.PLAN_KEPT, day=day_of(now))
        book.append(subscription, course, [kept], now, actor)
        standing.refresh(account, now)


def preview_cancel(merchant: Merchant, now: datetime) -> Cancellation:
    """Say when a cancellation would end the service; raises `NotPossible`."""
    return cancellation(book.course_of_log(_live(merchant)), day_of(now), TERMS)


def cancel(merchant: Merchant, now: datetime, actor: User | None = None) -> date:
    """Cancel at the end of what is paid for; returns the first day without service."""
    with transaction.atomic():
        account = book.lock(merchant)
        subscription = _live(merchant)
        course = book.course_of_log(subscription)
        day = day_of(now)
        end = cancellation(course, day, TERMS)
        for invoice in Invoice.objects.filter(pk__in=end.void):
            invoicing.void(invoice, now)
        voided = [Event(kind=Kind.VOIDED, day=day, invoice=one) for one in end.void]
        planned = Event(kind=Kind.CANCEL_PLANNED, day=day, end=end.ends_on)
        book.append(subscription, course, [*voided, planned], now, actor)
        notices.cancelled(account, end.ends_on)
        renewing.catch_up(account, subscription, now)
        standing.refresh(account, now)
    return end.ends_on


def undo_cancel(merchant: Merchant, now: datetime, actor: User | None = None) -> None:
    """Go on after all; raises `NotPossible` once the service has ended."""
    with transaction.atomic():
        account = book.lock(merchant)
        subscription = _live(merchant)
        course = book.course_of_log(subscription)
        day = day_of(now)
        if state_of(course, day, TERMS) is State.CANCELED:
            raise NotPossible("canceled")
        if course.ends_on is None:
            raise NotPossible("not_ending")
        undone = Event(kind=Kind.CANCEL_UNDONE, day=day)
        book.append(subscription, course, [undone], now, actor)
        renewing.catch_up(account, subscription, now)


def subscribe_again(
    merchant: Merchant, plan: PlanVersion, now: datetime, actor: User | None = None
) -> Subscription:
    """Start anew after an end: without a trial, served once the first invoice is paid."""
    with transaction.atomic():
        account = book.lock(merchant)
        running = book.live_of(merchant)
        if running is not None:
            renewing.catch_up(account, running, now)
            if book.live_of(merchant) is not None:
                raise NotPossible("same")
        subscription = accounts.begin(merchant, now, plan, trial=False)
        renewing.catch_up(account, subscription, now)
    return subscription


def extend_trial(merchant: Merchant, end: date, now: datetime, actor: User | None = None) -> None:
    """Let a trial end later: the anchor moves with it, and an unpaid first invoice is made anew.

    Raises `NotPossible` when it is over or its first invoice is paid.
    """
    with transaction.atomic():
        account = book.lock(merchant)
        subscription = _live(merchant)
        course = book.course_of_log(subscription)
        day = day_of(now)
        trialing = state_of(course, day, TERMS) is State.TRIALING
        if not trialing or course.ever_paid or course.trial_end is None or end <= course.trial_end:
            raise NotPossible("over")
        open_now = [debt.invoice for debt in course.debts]
        for invoice in Invoice.objects.filter(pk__in=open_now):
            invoicing.void(invoice, now)
        events = [Event(kind=Kind.VOIDED, day=day, invoice=one) for one in open_now]
        events.append(Event(kind=Kind.TRIAL_EXTENDED, day=day, end=end))
        book.append(subscription, course, events, now, actor)
        renewing.catch_up(account, subscription, now)


def _quoted(course: Course, subscription: Subscription, plan: PlanVersion, day: date) -> Quote:
    tax_class = class_of(plan.tax_class, day)
    return quote(
        course,
        plan.terms(),
        day,
        terms=TERMS,
        tax_class=tax_class,
        coupon=subscription.coupon(),
    )


def _live(merchant: Merchant) -> Subscription:
    subscription = book.live_of(merchant)
    if subscription is None:
        raise NotPossible("canceled")
    return subscription


def _up_to_date(merchant: Merchant, now: datetime) -> tuple[BillingAccount, Subscription, Course]:
    account = book.lock(merchant)
    subscription = _live(merchant)
    renewing.catch_up(account, subscription, now)
    return account, subscription, book.course_of_log(subscription)


def _carry_out(
    agreed: Quote, account: BillingAccount, subscription: Subscription, now: datetime
) -> Invoice | None:
    for invoice in Invoice.objects.filter(pk__in=agreed.replaces):
        invoicing.void(invoice, now)
    if agreed.to_account:
        CreditEntry.objects.create(
            merchant_id=account.merchant_id,
            amount=agreed.to_account + tax_on(agreed.to_account, agreed.tax_class),
            kind=CreditEntry.Kind.UNUSED,
            at=now,
        )
    if not agreed.lines:
        return None
    return invoicing.make(
        account,
        subscription,
        agreed.lines,
        tax_class=agreed.tax_class,
        due=agreed.due,
        at=now,
        replaces=agreed.replaces[0] if agreed.replaces else None,
    )
