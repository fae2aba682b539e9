"""Where a subscription stands on a day: never stored, always worked out."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from attrs import frozen

from reference_app.billing.engine.events import Course

__all__ = ["SERVED", "State", "Terms", "state_of"]


class State(StrEnum):
    """Whether, and how, a customer is served."""

    INCOMPLETE = "incomplete"  # no trial, and the first invoice is not paid
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"  # overdue, with full service
    RESTRICTED = "restricted"  # reading, paying and export; no sync
    CANCELED = "canceled"


SERVED = frozenset({State.TRIALING, State.ACTIVE, State.PAST_DUE})


@frozen(kw_only=True)
class Terms:
    """The days that the rules count, from the due date where it says so (domain 8.3, 8.5).

    `at_trial_end` is what an unpaid first invoice leads to: `restrict` until day
    `canceled_after`, `cancel` at once, or `pause` for as long as it takes.
    """

    trial_days: int = 14
    trial_lead: int = 3
    at_trial_end: Literal["restrict", "cancel", "pause"] = "restrict"
    incomplete_days: int = 3
    steps: tuple[int, ...] = (0, 1, 3, 7)
    restricted_after: int = 7
    canceled_after: int = 30
    retention_days: int = 90
    lines_per_day: int = 24


def state_of(course: Course, day: date, terms: Terms) -> State:
    """Return where a subscription stands on a local day."""
    ended = (course.canceled_on, course.ends_on)
    if any(last is not None and day >= last for last in ended):
        return State.CANCELED
    if course.trial_end is not None and day < course.trial_end:
        return State.TRIALING
    due = course.oldest_due
    if not course.ever_paid:
        return _before_first_payment(course, day, due, terms)
    if due is None or day <= due:
        return State.ACTIVE
    late = (day - due).days
    return State.RESTRICTED if late >= terms.restricted_after else State.PAST_DUE


def _before_first_payment(course: Course, day: date, due: date | None, terms: Terms) -> State:
    if course.trial_end is None:
        return State.INCOMPLETE
    if due is None or day < due:  # the invoice is late through us: nobody loses service for that
        return State.ACTIVE
    return State.CANCELED if terms.at_trial_end == "cancel" else State.RESTRICTED
