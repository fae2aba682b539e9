"""What a merchant may do right now, and where its subscription stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from attrs import frozen

from reference_app.billing import book, storing
from reference_app.billing.clock import day_of
from reference_app.billing.engine.events import Course
from reference_app.billing.engine.metering import is_above
from reference_app.billing.engine.periods import Period, month_around
from reference_app.billing.engine.states import SERVED, State, state_of
from reference_app.billing.models import BillingAccount, PlanVersion, Subscription, UsageCount
from reference_app.billing.terms import TERMS
from reference_app.tenants.models import Merchant

__all__ = ["SLOWED_SECONDS", "Standing", "refresh", "standing"]

SLOWED_SECONDS = 3600
"""The pause between two syncs of a merchant whose orders are beyond the plan's limit."""


@frozen(kw_only=True)
class Standing:
    """A merchant's entitlement at an instant.

    `state` is one of incomplete, trialing, active, past_due, restricted, canceled, or `none`
    without a subscription. `sync_seconds` is the pause between two syncs, `None` for real time;
    limits are `None` where there is none. `ends_on` is the first day without service of a
    subscription that was cancelled; `in_trial_until` the first day after the trial. Orders are
    counted on local days from `counted_from` to before `counted_to`. `export_until` is the day
    after an end until which data is kept for export.
    """

    state: str
    plan: PlanVersion | None = None
    next_plan: PlanVersion | None = None
    next_plan_on: date | None = None
    may_sync: bool = True
    sync_seconds: int | None = None
    slowed: bool = False
    store_limit: int | None = None
    stores_connected: int = 0
    order_limit: int | None = None
    orders_counted: int = 0
    counted_from: date | None = None
    counted_to: date | None = None
    support_priority: str = "normal"
    ends_on: date | None = None
    cancel_at_period_end: bool = False
    in_trial_until: date | None = None
    period_start: date | None = None
    period_end: date | None = None
    overdue_since: date | None = None
    export_until: date | None = None

    @property
    def may_connect(self) -> bool:
        """Whether one more store may be connected."""
        return (
            self.may_sync
            and not self.slowed
            and (self.store_limit is None or self.stores_connected < self.store_limit)
        )


def standing(merchant: Merchant, now: datetime) -> Standing:
    """Return where `merchant` stands at `now`."""
    subscription = book.last_of(merchant)
    if subscription is None:
        return Standing(state="none")
    return _standing(merchant.pk, subscription, book.course_of_log(subscription), day_of(now))


def refresh(account: BillingAccount, now: datetime) -> None:
    """Write down on the account what the worker asks about its stores."""
    subscription = book.last_of(account.merchant_id)
    if subscription is None:
        return
    course = book.course_of_log(subscription)
    found = _standing(account.merchant_id, subscription, course, day_of(now))
    before = (account.may_sync, account.sync_seconds)
    account.may_sync, account.sync_seconds = found.may_sync, found.sync_seconds
    if before != (account.may_sync, account.sync_seconds):
        account.save(update_fields=["may_sync", "sync_seconds"])
    if before[1] is not None and found.sync_seconds is None:  # what was bought begins at once
        storing.hurry(account.merchant_id)
    if found.slowed and subscription.look_on is not None and found.counted_to is not None:
        subscription.look_on = min(subscription.look_on, found.counted_to)
        subscription.save(update_fields=["look_on"])


def _standing(merchant: int, subscription: Subscription, course: Course, day: date) -> Standing:
    state = state_of(course, day, TERMS)
    known = PlanVersion.objects.in_bulk(
        [course.plan.id, *([course.next_plan.id] if course.next_plan else [])]
    )
    plan = known[course.plan.id]
    span = _counted(course, day)
    counted = _count(merchant, span)
    slowed = is_above(counted, plan.orders)
    running = course.slice_on(day)
    last = min((one for one in (course.ends_on, course.canceled_on) if one), default=None)
    due = course.oldest_due
    return Standing(
        state=state.value,
        plan=plan,
        next_plan=known[course.next_plan.id] if course.next_plan else None,
        next_plan_on=course.billed_to if course.next_plan else None,
        may_sync=state in SERVED,
        sync_seconds=max(SLOWED_SECONDS, plan.sync_seconds or 0) if slowed else plan.sync_seconds,
        slowed=slowed,
        store_limit=plan.stores,
        stores_connected=len(storing.connected(merchant)),
        order_limit=plan.orders,
        orders_counted=counted,
        counted_from=span.start,
        counted_to=span.end,
        support_priority=plan.support if state in SERVED else "normal",
        ends_on=last,
        cancel_at_period_end=course.ends_on is not None and state is not State.CANCELED,
        in_trial_until=course.trial_end if state is State.TRIALING else None,
        period_start=running.period.start if running else None,
        period_end=running.period.end if running else None,
        overdue_since=due if due is not None and due < day else None,
        export_until=last + timedelta(days=TERMS.retention_days)
        if last is not None and state is State.CANCELED
        else None,
    )


def _counted(course: Course, day: date) -> Period:
    """Return the span that orders are counted in: the trial, or a month from the anchor."""
    if course.trial_end is not None and day < course.trial_end:
        return Period(course.started_on, course.trial_end)
    return month_around(course.anchor, day)


def _count(merchant: int, span: Period) -> int:
    rows = UsageCount.objects.filter(
        merchant=merchant, ordered_on__gte=span.start, ordered_on__lt=span.end
    )
    return rows.count()
