"""Why a listing shows another number than it should (domain 9.4)."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

__all__ = ["Cause", "Seen", "cause_of", "may_correct"]


class Cause(StrEnum):
    """Why a listing drifted."""

    REFUSED = "refused"
    LINK_CHANGED = "link"
    CAMPAIGN = "campaign"
    UNSEEN = "unseen"
    MANUAL = "manual"
    UNEXPLAINED = "unexplained"


@frozen(kw_only=True)
class Seen:
    """What is known when a listing is read. Drift is `observed - expected`."""

    expected: int
    observed: int
    locked_before: int = 0
    locked: int = 0
    refused: bool = False  # the last push was refused
    link_changed: bool = False  # since the last push
    edited: bool = False  # the listing was changed since the last push, and not by us
    all_orders_known: bool = False  # orders were pulled up to the moment of the reading

    @property
    def drift(self) -> int:
        """Units more (or, negative, fewer) than there should be."""
        return self.observed - self.expected


def cause_of(seen: Seen) -> Cause | None:
    """Name the cause of a drift, the surest one first; `None` without a drift."""
    if not seen.drift:
        return None
    released = seen.locked_before - seen.locked
    sure = (
        (seen.refused, Cause.REFUSED),
        (seen.link_changed, Cause.LINK_CHANGED),
        (released > 0 and seen.drift > 0, Cause.CAMPAIGN),
        (seen.drift < 0 and not seen.all_orders_known, Cause.UNSEEN),
        # Nothing but a hand adds units once campaigns and cancelled orders are accounted for.
        (seen.edited or (seen.drift > 0 and seen.all_orders_known), Cause.MANUAL),
    )
    return next((cause for true, cause in sure if true), Cause.UNEXPLAINED)


def may_correct(drift: int, bound: int) -> bool:
    """Whether a drift is small enough to be corrected without a person."""
    return abs(drift) <= bound
