"""A subscription's log in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reference_app.billing.clock import day_of
from reference_app.billing.engine.agenda import next_look
from reference_app.billing.engine.events import Course, Event, Kind, course_of
from reference_app.billing.models import BillingAccount, Subscription, SubscriptionEvent
from reference_app.billing.terms import TERMS
from reference_app.tenants.models import Merchant, User

__all__ = ["append", "course_of_log", "last_of", "live_of", "lock"]


def lock(merchant: Merchant | int) -> BillingAccount:
    """Return the merchant's account, locked until the caller's transaction ends."""
    merchant_id = merchant if isinstance(merchant, int) else merchant.pk
    BillingAccount.objects.get_or_create(merchant_id=merchant_id)
    return BillingAccount.objects.select_for_update(no_key=True).get(merchant_id=merchant_id)


def live_of(merchant: Merchant | int) -> Subscription | None:
    """Return the subscription that runs."""
    return Subscription.objects.filter(merchant=merchant, closed_on=None).first()


def last_of(merchant: Merchant | int) -> Subscription | None:
    """Return the subscription that runs, or the last one that did."""
    return Subscription.objects.filter(merchant=merchant).order_by("-id").first()


def course_of_log(subscription: Subscription) -> Course:
    """Add up the log of a subscription."""
    rows = SubscriptionEvent.objects.filter(subscription=subscription).select_related("plan")
    return course_of(_event(row) for row in rows.order_by("id"))


def append(
    subscription: Subscription,
    course: Course | None,
    events: Iterable[Event],
    at: datetime,
    actor: User | None = None,
) -> Course:
    """Write events down and return what the log adds up to; keeps the subscription's own row.

    Belongs into a transaction that holds the account's lock.
    """
    new = list(events)
    SubscriptionEvent.objects.bulk_create(
        SubscriptionEvent(
            subscription=subscription,
            kind=event.kind.value,
            day=event.day,
            at=at,
            plan_id=event.plan.id if event.plan else None,
            invoice_id=event.invoice,
            price=event.price,
            start=event.start,
            end=event.end,
            due=event.due,
            step=event.step,
            reason=event.reason,
            actor=actor,
        )
        for event in new
    )
    if course is None:
        course = course_of(new)
    else:
        for event in new:
            course = course.after(event)
    subscription.closed_on = course.canceled_on
    subscription.look_on = next_look(course, day_of(at), TERMS)
    subscription.save(update_fields=["closed_on", "look_on"])
    return course


def _event(row: SubscriptionEvent) -> Event:
    return Event(
        kind=Kind(row.kind),
        day=row.day,
        plan=row.plan.terms() if row.plan else None,
        invoice=row.invoice_id,
        price=row.price,
        start=row.start,
        end=row.end,
        due=row.due,
        step=row.step,
        reason=row.reason,
    )
