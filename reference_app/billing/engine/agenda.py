"""What is due: the next thing billing has to do for a subscription, oldest first.

The job that renews asks for one step, does it, writes its events down and asks again, so it may
run twice, late or beside itself. A simulation does the same without a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from reference_app.billing.engine.coupons import NONE, Coupon
from reference_app.billing.engine.events import Course, Event, Kind
from reference_app.billing.engine.periods import Period, starting
from reference_app.billing.engine.plans import Plan
from reference_app.billing.engine.states import SERVED, State, Terms, state_of

__all__ = [
    "Bill",
    "Close",
    "Remind",
    "Step",
    "events_of",
    "next_look",
    "next_step",
    "projected",
    "trial_end",
]

_DAY = timedelta(days=1)


@frozen(kw_only=True)
class Bill:
    """Make the invoice of a period. `anew`: the period's start is a new anchor."""

    plan: Plan
    period: Period
    due: date
    anew: bool = False


@frozen(kw_only=True)
class Remind:
    """Tell the owner of an unpaid invoice; `step` is days after its due date."""

    invoice: int
    step: int


@frozen(kw_only=True)
class Close:
    """End the subscription."""

    reason: Literal["asked", "unpaid", "never_paid", "trial_over"]
    void: tuple[int, ...] = ()
    write_off: tuple[int, ...] = ()


Step: TypeAlias = Bill | Remind | Close


def trial_end(signed_up: date, days: int) -> date:
    """Return the first day after a trial: the day of sign-up is free on top of `days`."""
    return signed_up + _DAY * (days + 1)


def next_step(course: Course, day: date, terms: Terms) -> Step | None:
    """Return what is to be done next, `None` when all is done for today."""
    if course.canceled_on is not None:
        return None
    return _close(course, day, terms) or _remind(course, day, terms) or _bill(course, day, terms)


def next_look(course: Course, day: date, terms: Terms) -> date | None:
    """Return the first day on which there may be something to do, by what is known on `day`."""
    if course.canceled_on is not None:
        return None
    days = []
    if course.ends_on is not None:
        days.append(course.ends_on)
    else:
        billing = _billing_day(course, terms)
        begins = not course.slices
        # While service rests nothing is billed; the payment that ends it makes us look again.
        if billing > day or begins or state_of(course, day, terms) in SERVED:
            days.append(billing)
    for debt in course.debts:
        sent = max((int(step) for one, step in course.noticed if one == debt.invoice), default=-1)
        coming = [step for step in terms.steps if step > sent]
        days += [debt.due + _DAY * step for step in coming[:1]]
        limit = terms.canceled_after if course.ever_paid else _patience(course, terms)
        days.append(debt.due + _DAY * limit)
    return min(days, default=None)


def events_of(
    step: Step, course: Course, day: date, invoice: int = 0, price: int | None = None
) -> list[Event]:
    """Return what a step adds to the log; `invoice` is the one a `Bill` made, at `price`."""
    if isinstance(step, Remind):
        return [Event(kind=Kind.NOTICED, day=day, invoice=step.invoice, step=step.step)]
    if isinstance(step, Close):
        return [
            *(Event(kind=Kind.VOIDED, day=day, invoice=one) for one in step.void),
            *(Event(kind=Kind.WRITTEN_OFF, day=day, invoice=one) for one in step.write_off),
            Event(kind=Kind.CANCELED, day=day, reason=step.reason),
        ]
    found = []
    if step.plan != course.plan or step.anew:
        start = step.period.start if step.anew else None
        found.append(Event(kind=Kind.PLAN_CHANGED, day=day, plan=step.plan, start=start))
    billed = Event(
        kind=Kind.BILLED,
        day=day,
        plan=step.plan,
        price=step.plan.price if price is None else price,
        start=step.period.start,
        end=step.period.end,
        invoice=invoice,
        due=step.due,
    )
    return [*found, billed]


def projected(course: Course, day: date, terms: Terms, coupon: Coupon = NONE) -> Course:
    """Return the course as the job will leave it; invoices it will make have negative ids."""
    unborn = 0
    while (step := next_step(course, day, terms)) is not None:
        price = None
        if isinstance(step, Bill):
            price = step.plan.price - coupon.off(step.plan.price)
            coupon = evolve(coupon, periods=max(0, coupon.periods - 1))
            unborn -= 1
        course = _all(course, events_of(step, course, day, unborn, price))
    return course


def _all(course: Course, events: Iterable[Event]) -> Course:
    for event in events:
        course = course.after(event)
    return course


def _close(course: Course, day: date, terms: Terms) -> Close | None:
    open_now = tuple(debt.invoice for debt in course.debts)
    if course.ends_on is not None and day >= course.ends_on:
        return Close(reason="asked")
    due = course.oldest_due
    if due is None:
        return None
    late = (day - due).days
    if not course.ever_paid:
        if late < _patience(course, terms):
            return None
        if course.trial_end is None:
            return Close(reason="never_paid", void=open_now)
        return Close(reason="trial_over", void=open_now)
    return Close(reason="unpaid", write_off=open_now) if late >= terms.canceled_after else None


def _patience(course: Course, terms: Terms) -> int:
    """Days after its due date that a first invoice may wait."""
    if course.trial_end is None:
        return terms.incomplete_days
    by_policy = {"restrict": terms.canceled_after, "cancel": 0, "pause": 10**5}
    return by_policy[terms.at_trial_end]


def _remind(course: Course, day: date, terms: Terms) -> Remind | None:
    for debt in sorted(course.debts, key=lambda one: (one.due, one.invoice)):
        reached = [step for step in terms.steps if day >= debt.due + _DAY * step]
        # A job that comes late sends the newest reminder, not all of them at once.
        if reached and (debt.invoice, reached[-1]) not in course.noticed:
            return Remind(invoice=debt.invoice, step=reached[-1])
    return None


def _billing_day(course: Course, terms: Terms) -> date:
    lead = 0 if course.live_slices or course.trial_end is None else terms.trial_lead
    return course.billed_to - _DAY * lead


def _bill(course: Course, day: date, terms: Terms) -> Bill | None:
    start = course.billed_to
    over = course.ends_on is not None and start >= course.ends_on
    if day < _billing_day(course, terms) or over:
        return None
    state = state_of(course, day, terms)
    begins = state is State.INCOMPLETE and not course.debts
    if state not in SERVED and not begins:  # what begins while service rests is not billed
        return None
    plan = course.next_plan or course.plan
    span = starting(course.anchor, plan.interval, start)
    due = max(start, day)
    if course.trial_end is not None and not course.ever_paid:
        due = max(start, day + _DAY * terms.trial_lead)
    if span is not None:
        return Bill(plan=plan, period=span, due=due)
    again = starting(start, plan.interval, start)
    assert again is not None  # noqa: S101 - a day is its own anchor
    return Bill(plan=plan, period=again, due=due, anew=True)
