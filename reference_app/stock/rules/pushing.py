"""What a listing is told, and what an answer means (domain 9.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from attrs import frozen

__all__ = [
    "Belief",
    "Outcome",
    "after_reading",
    "is_final",
    "must_read_back",
    "patience",
    "unseen_units",
    "what_to_send",
]


class Outcome(StrEnum):
    """What became of a push."""

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"  # read back: the marketplace shows what was sent
    SKIPPED = "skipped"  # a newer one was sent in its place, or there was nothing to change
    REFUSED = "refused"
    RETRYING = "retrying"
    UNKNOWN = "unknown"  # the answer was lost: look, then send again


@frozen
class Belief:
    """What a listing should show: what was sent, less what is known to be sold there since.

    `sold` is net: units of orders made since that moment, less units that orders made before it
    gave back when they were cancelled.
    """

    sent: int
    sold: int

    @property
    def expected(self) -> int:
        """What a reader should see."""
        return self.sent - self.sold


def unseen_units(beliefs: Iterable[Belief], observed: int) -> int:
    """Return units that were sold and that we have not heard of.

    Campaign-locked units count in `observed`. There are two beliefs while it is not known whether
    the last push arrived: the one nearest to what is seen is taken for true.

    >>> unseen_units([Belief(10, 3)], 5)
    2
    """
    gaps = [belief.expected - observed for belief in beliefs]
    return max(0, min(gaps, key=abs, default=0))


def what_to_send(target: int, unseen: int) -> int:
    """Return the quantity to send; units that are already sold are not given back.

    >>> what_to_send(7, 2)
    5
    """
    return max(0, target - unseen)


def must_read_back(quantity: int, before: int | None, *, few: int, turn: int, every: int) -> bool:
    """Whether a push is read back: the critical ones, and every `every`-th of the others.

    Critical is what protects the last units: few are left, or the listing is taken out of stock.
    """
    critical = quantity <= few or (before is not None and before > quantity == 0)
    return critical or (every > 0 and turn % every == 0)


def after_reading(sent: int, observed: int, before: int | None) -> Outcome:
    """Judge an accepted push by what is read: buyers may have bought since, so less is well.

    "Accepted" without a change happens: what still shows the old number must be sent again.
    """
    if observed == sent:
        return Outcome.CONFIRMED
    if observed == before or observed > sent:
        return Outcome.RETRYING
    return Outcome.CONFIRMED


def is_final(outcome: Outcome) -> bool:
    """Whether nothing follows by itself."""
    return outcome in {Outcome.ACCEPTED, Outcome.CONFIRMED, Outcome.SKIPPED, Outcome.REFUSED}


def patience(attempt: int) -> timedelta:
    """Return how long to wait before the next try: 10 s, doubled up to an hour.

    >>> patience(1), patience(20)
    (datetime.timedelta(seconds=10), datetime.timedelta(seconds=3600))
    """
    return timedelta(seconds=min(3600, 10 * 2 ** max(0, min(attempt, 12) - 1)))
