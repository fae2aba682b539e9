"""Customers: how a merchant becomes one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from reference_app.billing import book, clock, plans, standing
from reference_app.billing.engine.agenda import trial_end
from reference_app.billing.engine.events import Event, Kind
from reference_app.billing.engine.states import State, state_of
from reference_app.billing.models import BillingAccount, PlanVersion, Subscription
from reference_app.billing.terms import TERMS
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = ["begin", "merchant_made", "end_spent_trial"]


def merchant_made(instance: Merchant, created: bool, raw: bool = False, **_: Any) -> None:  # noqa: FBT001, FBT002 - a signal's
    """Give a new merchant its trial."""
    if created and not raw:
        begin(instance, clock.now())


def begin(
    merchant: Merchant, now: datetime, plan: PlanVersion | None = None, *, trial: bool = True
) -> Subscription:
    """Start a subscription; raises `IntegrityError` where one runs already.

    With a trial its first invoice comes a few days before the end, without one at once.
    """
    plan = plan or plans.trial_plan()
    day = clock.day_of(now)
    with transaction.atomic():
        account = book.lock(merchant)
        subscription = Subscription.objects.create(merchant=merchant)
        end = trial_end(day, TERMS.trial_days) if trial else None
        started = Event(kind=Kind.STARTED, day=day, plan=plan.terms(), end=end)
        book.append(subscription, None, [started], now)
        standing.refresh(account, now)
    return subscription


def end_spent_trial(merchant: Merchant, now: datetime) -> bool:
    """End a trial that this tax id or one of these shops has had before; says whether it did.

    Service goes on for the days that the first invoice may wait.
    """
    with transaction.atomic():
        account = book.lock(merchant)
        subscription = book.live_of(merchant)
        if subscription is None or not _had_before(account):
            return False
        course = book.course_of_log(subscription)
        day = clock.day_of(now)
        if state_of(course, day, TERMS) is not State.TRIALING or course.ever_paid:
            return False
        if course.debts:
            return False  # its end is near, and billed
        over = Event(kind=Kind.TRIAL_EXTENDED, day=day, end=day, reason="had before")
        book.append(subscription, course, [over], now)
        standing.refresh(account, now)
    return True


def _had_before(account: BillingAccount) -> bool:
    others = BillingAccount.objects.exclude(pk=account.pk)
    if account.tax_id and others.filter(tax_id=account.tax_id).exists():
        return True
    shops = Store.objects.filter(merchant=account.merchant_id).values_list("marketplace", "shop_id")
    elsewhere = Store.objects.exclude(merchant=account.merchant_id)
    return any(
        elsewhere.filter(marketplace=marketplace, shop_id=shop_id).exists()
        for marketplace, shop_id in shops
    )
