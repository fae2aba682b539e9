"""What a merchant may do right now, and where its subscription stands."""

from __future__ import annotations

from datetime import date, datetime

from attrs import frozen

from reference_app.billing.models import PlanVersion
from reference_app.tenants.models import Merchant

__all__ = ["Standing", "standing"]


@frozen(kw_only=True)
class Standing:
    """A merchant's entitlement at an instant.

    `state` is one of incomplete, trialing, active, past_due, restricted, canceled, or `none`
    without a subscription. `sync_seconds` is the pause between two syncs, `None` for real time;
    limits are `None` where there is none. `ends_on` is the first day without service of a
    subscription that was cancelled; `in_trial_until` the first day after the trial.
    """

    state: str
    plan: PlanVersion | None
    next_plan: PlanVersion | None = None
    may_sync: bool
    sync_seconds: int | None
    slowed: bool = False
    store_limit: int | None
    stores_connected: int = 0
    order_limit: int | None
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


def standing(merchant: Merchant, now: datetime) -> Standing:
    """Return where `merchant` stands at `now`."""
    raise NotImplementedError
