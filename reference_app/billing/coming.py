"""What will be charged next."""

from __future__ import annotations

from datetime import date, datetime

from attrs import frozen

from reference_app.billing import book
from reference_app.billing.clock import day_of
from reference_app.billing.engine.money import tax_on
from reference_app.billing.engine.states import State, state_of
from reference_app.billing.models import PlanVersion
from reference_app.billing.terms import TERMS, class_of
from reference_app.tenants.models import Merchant

__all__ = ["Charge", "charge_of", "next_charge"]


@frozen(kw_only=True)
class Charge:
    """The price of a plan's next period, in dong."""

    on: date
    plan: PlanVersion
    net: int
    tax_class: str
    tax: int
    total: int


def charge_of(plan: PlanVersion, on: date, off: int = 0) -> Charge:
    """Return what a period of `plan` costs that begins on a day, `off` dong taken off."""
    tax_class = class_of(plan.tax_class, on)
    net = plan.price - off
    tax = tax_on(net, tax_class)
    return Charge(on=on, plan=plan, net=net, tax_class=tax_class, tax=tax, total=net + tax)


def next_charge(merchant: Merchant, now: datetime) -> Charge | None:
    """Return the next renewal, `None` when none is to come."""
    subscription = book.live_of(merchant)
    if subscription is None:
        return None
    course = book.course_of_log(subscription)
    state = state_of(course, day_of(now), TERMS)
    if course.ends_on is not None or state is State.CANCELED:
        return None
    plan = PlanVersion.objects.get(pk=(course.next_plan or course.plan).id)
    return charge_of(plan, course.billed_to, subscription.coupon().off(plan.price))
