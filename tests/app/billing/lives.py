"""A subscription without a database: what the job and its owner do, in memory."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from attrs import Factory, define

from reference_app.billing.engine.agenda import (
    Bill,
    Close,
    Remind,
    events_of,
    next_look,
    next_step,
    trial_end,
)
from reference_app.billing.engine.changes import NotPossible, Quote, cancellation, quote
from reference_app.billing.engine.coupons import NONE, Coupon
from reference_app.billing.engine.events import Course, Event, Kind, course_of
from reference_app.billing.engine.money import tax_on
from reference_app.billing.engine.periods import Period
from reference_app.billing.engine.plans import Interval, Plan
from reference_app.billing.engine.states import State, Terms, state_of

DAY = timedelta(days=1)
TERMS = Terms()


def plan(id: int, price: int, interval: str = "month", stores: int = 5, **rest: Any) -> Plan:
    """A plan taxed at 8 %."""
    facts: dict[str, Any] = {"code": f"p{id}", "tax_class": "8", "rank": id, "stores": stores}
    return Plan(id=id, price=price, interval=Interval(interval), **(facts | rest))


SMALL = plan(1, 299_000, stores=2)
MIDDLE = plan(2, 599_000, stores=5)
BIG = plan(3, 1_499_000, stores=20)
SMALL_YEAR = plan(4, 2_990_000, "year", stores=2)
MIDDLE_YEAR = plan(5, 5_990_000, "year", stores=5)


@define
class Billed:
    """An invoice as far as the engine needs one."""

    id: int
    total: int
    net: int
    span: Period
    due: date
    paid: bool = False
    void: bool = False


@define
class Life:
    """One subscription, its log and its invoices."""

    day: date
    events: list[Event]
    terms: Terms = TERMS
    coupon: Coupon = NONE
    invoices: list[Billed] = Factory(list)
    reminders: list[tuple[int, int, date]] = Factory(list)
    _known: tuple[int, Course] | None = None

    @classmethod
    def begun(
        cls, day: date, on: Plan = SMALL, *, trial: bool = True, terms: Terms = TERMS, **rest: Any
    ) -> Life:
        """A sign-up."""
        end = trial_end(day, terms.trial_days) if trial else None
        return cls(day, [Event(kind=Kind.STARTED, day=day, plan=on, end=end)], terms, **rest)

    @classmethod
    def running(cls, anchor: date, on: Plan = SMALL, **rest: Any) -> Life:
        """A customer without a trial whose first period is paid."""
        life = cls.begun(anchor, on, trial=False, **rest)
        life.work()
        life.pay()
        life.reminders.clear()
        return life

    @property
    def course(self) -> Course:
        """What the log adds up to; what was added up before is not added up again."""
        if self._known is None:
            self._known = (1, course_of(self.events[:1]))
        count, course = self._known
        for event in self.events[count:]:
            course = course.after(event)
        self._known = (len(self.events), course)
        return course

    @property
    def state(self) -> State:
        """Where it stands today."""
        return state_of(self.course, self.day, self.terms)

    @property
    def open(self) -> list[Billed]:
        """Invoices that wait for money."""
        waiting = {debt.invoice for debt in self.course.debts}
        return [one for one in self.invoices if one.id in waiting]

    @property
    def spans(self) -> list[Period]:
        """The periods that were billed and not taken back."""
        return [one.span for one in self.invoices if not one.void]

    def to(self, day: date, *, pay: bool = False) -> Life:
        """Let days pass, the job running on each; `pay` pays each invoice when it comes."""
        while self.day < day:
            self.day += DAY
            self.work()
            if pay:
                self.pay()
        return self

    def jump(self, day: date, *, pay: bool = False) -> Life:
        """As `to`, looking only on the days on which something may be due."""
        while True:
            look = next_look(self.course, self.day, self.terms)
            if look is None or look > day:
                self.day = day
                return self
            self.day = max(look, self.day)
            assert self.work() or look > self.events[-1].day, "looked for nothing"
            if pay:
                self.pay()

    def work(self) -> int:
        """Run the job; returns how many steps it took."""
        steps, course = 0, self.course
        while (step := next_step(course, self.day, self.terms)) is not None:
            steps += 1
            assert steps < 100, "the job does not come to an end"
            price, number = None, 0
            if isinstance(step, Bill):
                number, price = self._made(step)
            if isinstance(step, Remind):
                self.reminders.append((step.invoice, step.step, self.day))
            if isinstance(step, Close):
                for one in self.invoices:
                    one.void |= one.id in step.void
            new = events_of(step, course, self.day, number, price)
            for event in new:
                course = course.after(event)
            self.events += new
            if isinstance(step, Bill) and not self.invoices[-1].total:
                course = course.after(self._settled(number))
        return steps

    def _made(self, step: Bill) -> tuple[int, int]:
        price = step.plan.price - self.coupon.off(step.plan.price)
        if self.coupon.periods:
            self.coupon = Coupon(
                amount=self.coupon.amount, ppm=self.coupon.ppm, periods=self.coupon.periods - 1
            )
        number = len(self.invoices) + 1
        total = price + tax_on(price, step.plan.tax_class)
        self.invoices.append(Billed(number, total, price, step.period, step.due))
        return number, price

    def _settled(self, number: int) -> Event:
        event = Event(kind=Kind.SETTLED, day=self.day, invoice=number)
        self.events.append(event)
        self.invoices[number - 1].paid = True
        return event

    def pay(self) -> None:
        """Pay all that is open."""
        for one in self.open:
            self._settled(one.id)

    def quote(self, on: Plan) -> Quote:
        """Ask what a change costs."""
        return quote(
            self.course, on, self.day, terms=self.terms, tax_class=on.tax_class,
            coupon=self.coupon,
        )  # fmt: skip

    def change(self, on: Plan) -> Quote:
        """Change the plan as the app does: the job first, then the quote, then the events."""
        self.work()
        agreed = self.quote(on)
        number = 0
        if agreed.lines:
            number = len(self.invoices) + 1
            span = Period(agreed.slices[-1].start, agreed.slices[-1].period.end)
            self.invoices.append(Billed(number, agreed.total, agreed.net, span, agreed.due))
        for one in self.invoices:
            one.void |= one.id in agreed.replaces
        self.events += agreed.events(self.day, number)
        if number and not agreed.total:
            self._settled(number)
        self.work()
        return agreed

    def cancel(self) -> date:
        """Cancel at the end of what is paid for."""
        end = cancellation(self.course, self.day, self.terms)
        for one in self.invoices:
            one.void |= one.id in end.void
        self.events += [Event(kind=Kind.VOIDED, day=self.day, invoice=one) for one in end.void]
        self.events.append(Event(kind=Kind.CANCEL_PLANNED, day=self.day, end=end.ends_on))
        self.work()
        return end.ends_on

    def undo(self) -> None:
        """Take the cancellation back."""
        if self.state is State.CANCELED:
            raise NotPossible("canceled")
        self.events.append(Event(kind=Kind.CANCEL_UNDONE, day=self.day))
        self.work()

    def extend(self, end: date) -> None:
        """Let the trial end later."""
        for one in self.open:
            one.void = True
            self.events.append(Event(kind=Kind.VOIDED, day=self.day, invoice=one.id))
        self.events.append(Event(kind=Kind.TRIAL_EXTENDED, day=self.day, end=end))
        self.work()
