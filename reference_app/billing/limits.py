"""Places for stores: taken under the account's lock, so that two at once cannot share the last."""

from __future__ import annotations

from reference_app.billing import accounts, book, clock
from reference_app.billing.standing import Standing, standing
from reference_app.tenants.models import Merchant

__all__ = ["PlanFull", "note_shop", "take_place"]


class PlanFull(Exception):
    """The plan has no place for one more store; `standing` says why."""

    def __init__(self, found: Standing) -> None:
        super().__init__("the plan allows no more stores")
        self.standing = found


def take_place(merchant: Merchant) -> None:
    """Make sure that one more store may run; raises `PlanFull`.

    Belongs into the transaction that connects or resumes the store.
    """
    book.lock(merchant)
    found = standing(merchant, clock.now())
    if not found.may_connect:
        raise PlanFull(found)


def note_shop(merchant: Merchant) -> None:
    """Note that a shop was connected: one that had its trial elsewhere has no other."""
    accounts.end_spent_trial(merchant, clock.now())
