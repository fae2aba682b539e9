"""The log of a subscription, and what it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum

from attrs import evolve, frozen

from reference_app.billing.engine.periods import Period
from reference_app.billing.engine.plans import Plan

__all__ = ["Course", "Debt", "Event", "Kind", "Paid", "Slice", "course_of"]


class Kind(StrEnum):
    """What happened."""

    STARTED = "started"  # plan; end: the first day after the trial, none without one
    TRIAL_EXTENDED = "trial_extended"  # end: the new one
    PLAN_CHANGED = "plan_changed"  # plan; start: a new anchor, if there is one
    PLAN_PLANNED = "plan_planned"  # plan: from the next period on
    PLAN_KEPT = "plan_kept"  # the planned one is off again
    CANCEL_PLANNED = "cancel_planned"  # end: the first day without service
    CANCEL_UNDONE = "cancel_undone"
    BILLED = "billed"  # plan, price, start, end, invoice, due: a whole period
    CHARGED = "charged"  # the same: the rest of a period, from the day of a change
    SETTLED = "settled"  # invoice
    VOIDED = "voided"  # invoice
    WRITTEN_OFF = "written_off"  # invoice
    NOTICED = "noticed"  # invoice, step: a reminder went out; or reason: another notice
    CANCELED = "canceled"  # reason: asked, unpaid, never_paid, trial_over
    REOPENED = "reopened"  # paid after all, within the period


@frozen(kw_only=True)
class Event:
    """One line of the log; which fields count depends on the kind."""

    kind: Kind
    day: date
    plan: Plan | None = None
    invoice: int | None = None
    price: int | None = None
    start: date | None = None
    end: date | None = None
    due: date | None = None
    step: int | None = None
    reason: str = ""


class Paid(StrEnum):
    """Where the invoice of a slice stands."""

    OPEN = "open"
    SETTLED = "settled"
    VOID = "void"
    LOST = "lost"


@frozen(kw_only=True)
class Slice:
    """A plan for the rest of a period from `start` on, at `price` for the whole of it.

    `price` is what was really asked, after a coupon: no more than that can ever be credited.
    """

    plan: Plan
    price: int
    start: date
    period: Period
    invoice: int
    paid: Paid = Paid.OPEN


@frozen
class Debt:
    """An invoice that waits for money."""

    invoice: int
    due: date


@frozen(kw_only=True)
class Course:
    """What a log adds up to; how it stands on a day is `states.state_of`."""

    started_on: date
    plan: Plan
    next_plan: Plan | None = None
    trial_end: date | None = None
    anchor: date
    ends_on: date | None = None
    canceled_on: date | None = None
    canceled_because: str = ""
    slices: tuple[Slice, ...] = ()
    debts: tuple[Debt, ...] = ()
    noticed: frozenset[tuple[int | None, int | str]] = frozenset()
    ever_paid: bool = False

    @property
    def live_slices(self) -> tuple[Slice, ...]:
        """Return what was billed and not taken back."""
        return tuple(one for one in self.slices if one.paid in {Paid.OPEN, Paid.SETTLED})

    @property
    def billed_to(self) -> date:
        """Return the first day that nothing was billed for."""
        return max((one.period.end for one in self.live_slices), default=self.anchor)

    @property
    def oldest_due(self) -> date | None:
        """Return the day the oldest open invoice was, or will be, due."""
        return min((debt.due for debt in self.debts), default=None)

    def slice_on(self, day: date) -> Slice | None:
        """Return what holds on `day`; before the first period, what will hold then."""
        live = self.live_slices
        running = [one for one in live if one.start <= day < one.period.end]
        return running[-1] if running else next((one for one in live if one.start > day), None)

    def after(self, event: Event) -> Course:
        """Return the course with one more event."""
        return _STEPS[event.kind](self, event)


def course_of(events: Iterable[Event]) -> Course:
    """Add up a log; its first event says that it started. Raises `ValueError` otherwise."""
    course: Course | None = None
    for event in events:
        if course is None:
            course = _started(event)
        else:
            course = course.after(event)
    if course is None:
        raise ValueError("a log begins with the start of the subscription")
    return course


def _started(event: Event) -> Course:
    if event.kind is not Kind.STARTED or event.plan is None:
        raise ValueError("a log begins with the start of the subscription")
    return Course(
        started_on=event.day, plan=event.plan, trial_end=event.end, anchor=event.end or event.day
    )


def _restart(course: Course, event: Event) -> Course:
    raise ValueError("a subscription starts once")


def _extended(course: Course, event: Event) -> Course:
    return evolve(course, trial_end=event.end, anchor=event.end or course.anchor)


def _changed(course: Course, event: Event) -> Course:
    return evolve(
        course, plan=event.plan or course.plan, next_plan=None, anchor=event.start or course.anchor
    )


def _billed(course: Course, event: Event) -> Course:
    assert event.plan is not None and event.invoice is not None  # noqa: S101, PT018 - kinds say so
    assert event.start is not None and event.end is not None and event.due is not None  # noqa: S101, PT018
    if event.kind is Kind.CHARGED and (base := course.slice_on(event.start)):
        span = Period(base.period.start, event.end)
    else:
        span = Period(event.start, event.end)
    price = event.plan.price if event.price is None else event.price
    one = Slice(plan=event.plan, price=price, start=event.start, period=span, invoice=event.invoice)
    others = tuple(debt for debt in course.debts if debt.invoice != event.invoice)
    return evolve(
        course,
        slices=(*course.slices, one),
        debts=(*others, Debt(event.invoice, event.due)),
    )


def _closed(paid: Paid) -> Callable[[Course, Event], Course]:
    def step(course: Course, event: Event) -> Course:
        return evolve(
            course,
            slices=tuple(
                evolve(one, paid=paid) if one.invoice == event.invoice else one
                for one in course.slices
            ),
            debts=tuple(debt for debt in course.debts if debt.invoice != event.invoice),
            ever_paid=course.ever_paid or paid is Paid.SETTLED,
        )

    return step


def _noticed(course: Course, event: Event) -> Course:
    key = (event.invoice, event.reason if event.step is None else event.step)
    return evolve(course, noticed=course.noticed | {key})


def _planned(course: Course, event: Event) -> Course:
    return evolve(course, next_plan=event.plan)


def _ending(course: Course, event: Event) -> Course:
    return evolve(course, ends_on=event.end)


def _canceled(course: Course, event: Event) -> Course:
    on = None if event.kind is Kind.REOPENED else event.day
    return evolve(course, canceled_on=on, canceled_because=event.reason)


_STEPS: dict[Kind, Callable[[Course, Event], Course]] = {
    Kind.STARTED: _restart,
    Kind.TRIAL_EXTENDED: _extended,
    Kind.PLAN_CHANGED: _changed,
    Kind.PLAN_PLANNED: _planned,
    Kind.PLAN_KEPT: _planned,
    Kind.CANCEL_PLANNED: _ending,
    Kind.CANCEL_UNDONE: _ending,
    Kind.BILLED: _billed,
    Kind.CHARGED: _billed,
    Kind.SETTLED: _closed(Paid.SETTLED),
    Kind.VOIDED: _closed(Paid.VOID),
    Kind.WRITTEN_OFF: _closed(Paid.LOST),
    Kind.NOTICED: _noticed,
    Kind.CANCELED: _canceled,
    Kind.REOPENED: _canceled,
}
