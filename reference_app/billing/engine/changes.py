"""What changing or ending a subscription costs and does (domain 8.4).

`quote` is asked for the preview and again when the change is made; the same log, day and plan
give the same dong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from reference_app.billing.engine.agenda import projected
from reference_app.billing.engine.coupons import NONE, Coupon
from reference_app.billing.engine.events import Course, Event, Kind, Paid, Slice
from reference_app.billing.engine.money import rounded, tax_on
from reference_app.billing.engine.periods import Period, months_after
from reference_app.billing.engine.plans import Plan
from reference_app.billing.engine.states import State, Terms, state_of

__all__ = ["Cancellation", "Line", "NotPossible", "Quote", "cancellation", "quote", "share"]

LineKind: TypeAlias = Literal["plan", "credit", "charge", "discount", "account"]


class NotPossible(Exception):
    """A change that cannot be made; `why` is one of canceled, ending, same, over, not_ending."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@frozen(kw_only=True)
class Line:
    """A line of an invoice to be: `amount` is signed, without tax."""

    kind: LineKind
    plan: Plan
    amount: int
    start: date
    end: date


@frozen(kw_only=True)
class Quote:
    """A change of plan, to the dong.

    `when` is `trial` (the remaining days stay, nothing is charged), `now` or `period_end`; the
    change begins on `starts_on`. `replaces` are unpaid invoices that this one takes the place of.
    `to_account` is net credit that no charge was left for.
    """

    plan: Plan
    when: Literal["trial", "now", "period_end"]
    starts_on: date
    tax_class: str
    lines: tuple[Line, ...] = ()
    net: int = 0
    tax: int = 0
    total: int = 0
    days_left: int = 0
    days: int = 0
    replaces: tuple[int, ...] = ()
    slices: tuple[Slice, ...] = ()
    due: date
    new_anchor: date | None = None
    to_account: int = 0

    def of(self, kind: str) -> int:
        """Return the sum of the lines of a kind."""
        return sum(line.amount for line in self.lines if line.kind == kind)

    def events(self, day: date, invoice: int = 0) -> list[Event]:
        """Return what the change adds to the log once `invoice` is made (none is for 0 lines)."""
        found = [
            Event(kind=Kind.VOIDED, day=day, invoice=one, reason="replaced")
            for one in self.replaces
        ]
        if self.when == "period_end":
            return [*found, Event(kind=Kind.PLAN_PLANNED, day=day, plan=self.plan)]
        anchor = self.new_anchor
        found.append(Event(kind=Kind.PLAN_CHANGED, day=day, plan=self.plan, start=anchor))
        for one in self.slices:
            whole = one.start == one.period.start
            found.append(
                Event(
                    kind=Kind.BILLED if whole else Kind.CHARGED,
                    day=day,
                    plan=one.plan,
                    price=one.price,
                    start=one.start,
                    end=one.period.end,
                    invoice=invoice,
                    due=self.due,
                )
            )
        return found


@frozen(kw_only=True)
class Cancellation:
    """An end: the first day without service, and the invoices that fall away."""

    ends_on: date
    void: tuple[int, ...] = ()


def share(price: int, left: int, days: int) -> int:
    """Return the part of a whole period's price that `left` of its days cost, rounded once.

    >>> share(299_000, 16, 31), share(599_000, 16, 31)
    (154323, 309161)
    """
    return rounded(price * left, days)


def quote(
    course: Course, plan: Plan, day: date, *, terms: Terms, tax_class: str, coupon: Coupon = NONE
) -> Quote:
    """Say what a change to `plan` on `day` does; raises `NotPossible`."""
    course = projected(course, day, terms, coupon)
    state = state_of(course, day, terms)
    if state is State.CANCELED:
        raise NotPossible("canceled")
    if course.ends_on is not None:
        raise NotPossible("ending")
    if plan.id == course.plan.id and course.next_plan is None:
        raise NotPossible("same")
    if state is State.TRIALING and not course.ever_paid:
        return _in_trial(course, plan, day, tax_class)
    running = course.slice_on(day)
    if plan.id == course.plan.id or _is_less(course.plan, plan) or running is None:
        return Quote(
            plan=plan, when="period_end", starts_on=course.billed_to, tax_class=tax_class, due=day
        )
    return _now(course, running, plan, day, tax_class)


def cancellation(course: Course, day: date, terms: Terms) -> Cancellation:
    """Say when a cancellation asked for on `day` ends the service; raises `NotPossible`.

    What is paid for is served to its end. An unpaid invoice for a period that begins today or
    later falls away, so cancelling before or after the job on the day of renewal is the same.
    """
    state = state_of(course, day, terms)
    if state is State.CANCELED:
        raise NotPossible("canceled")
    if course.ends_on is not None:
        raise NotPossible("ending")
    if not course.ever_paid:
        open_now = tuple(debt.invoice for debt in course.debts)
        trial = state is State.TRIALING and course.trial_end
        return Cancellation(ends_on=trial or day, void=open_now)
    begun = [
        one for one in course.live_slices if one.paid is Paid.SETTLED or one.period.start < day
    ]
    kept = {one.invoice for one in begun}
    void = [one.invoice for one in course.live_slices if one.invoice not in kept]
    ends_on = max((one.period.end for one in begun), default=day)
    return Cancellation(ends_on=max(ends_on, day), void=tuple(dict.fromkeys(void)))


def _is_less(old: Plan, new: Plan) -> bool:
    if new.interval.months < old.interval.months or _stores(new) < _stores(old):
        return True
    return new.interval is old.interval and new.price < old.price


def _stores(plan: Plan) -> int:
    return 10**9 if plan.stores is None else plan.stores


def _in_trial(course: Course, plan: Plan, day: date, tax_class: str) -> Quote:
    open_now = tuple(debt.invoice for debt in course.debts if debt.invoice > 0)
    return Quote(
        plan=plan, when="trial", starts_on=day, tax_class=tax_class, replaces=open_now, due=day
    )


def _now(course: Course, running: Slice, plan: Plan, today: date, tax_class: str) -> Quote:
    span = running.period
    # Before the first payment nothing was used, so the new plan begins where the old one did.
    day = max(today, span.start) if course.ever_paid else span.start
    left = (span.end - day).days
    unpaid = tuple(
        dict.fromkeys(
            one.invoice
            for one in course.live_slices
            if one.period == span and one.paid is Paid.OPEN
        )
    )
    lines, kept = _moved(course, unpaid, day)
    if running.paid is not Paid.OPEN or running.start != day:  # else it was never charged for
        lines.append(_line("credit", running, -share(running.price, left, span.days), day))
    anew = plan.interval is not running.plan.interval
    target = Slice(
        plan=plan,
        price=plan.price,
        start=day,
        period=Period(day, months_after(day, plan.interval.months)) if anew else span,
        invoice=0,
    )
    lines.append(_charged(target))
    net = sum(line.amount for line in lines)
    if net < 0:
        lines.append(_line("account", running, -net, day))
    tax = tax_on(max(0, net), tax_class)
    dues = [debt.due for debt in course.debts if debt.invoice in unpaid]
    return Quote(
        plan=plan,
        when="now",
        starts_on=day,
        tax_class=tax_class,
        lines=tuple(lines),
        net=max(0, net),
        tax=tax,
        total=max(0, net) + tax,
        days_left=left,
        days=span.days,
        replaces=tuple(one for one in unpaid if one > 0),
        slices=(*kept, target),
        due=min([today, *dues]) if course.ever_paid else max([today, *dues]),
        new_anchor=day if anew else None,
        to_account=max(0, -net),
    )


def _moved(course: Course, unpaid: Sequence[int], day: date) -> tuple[list[Line], list[Slice]]:
    """Return the lines of unpaid invoices as they move to the new one, and their slices."""
    lines: list[Line] = []
    kept: list[Slice] = []
    before: Slice | None = None
    for one in course.live_slices:
        if one.invoice in unpaid:
            if before is not None and before.start <= one.start < before.period.end:
                left = (before.period.end - one.start).days
                credit = -share(before.price, left, before.period.days)
                lines.append(_line("credit", before, credit, one.start))
            if one.start != day:
                kept.append(evolve(one, invoice=0))
                lines.append(_charged(one))
        before = one
    return lines, kept


def _charged(one: Slice) -> Line:
    left = (one.period.end - one.start).days
    kind: LineKind = "plan" if one.start == one.period.start else "charge"
    return _line(kind, one, share(one.price, left, one.period.days), one.start)


def _line(kind: LineKind, one: Slice, amount: int, start: date) -> Line:
    return Line(kind=kind, plan=one.plan, amount=amount, start=start, end=one.period.end)
