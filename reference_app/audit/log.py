"""Writing the audit log."""

from __future__ import annotations

from reference_app.audit.models import Entry
from reference_app.tenants.models import Merchant, User

__all__ = ["note"]


def note(
    merchant: Merchant,
    user: User | None,
    verb: str,
    subject: str,
    *,
    outcome: str = Entry.Outcome.DONE,
    detail: str = "",
    address: str = "",
) -> None:
    """Write down what a member did; belongs into the transaction of what it tells of."""
    Entry.objects.create(
        merchant=merchant,
        user=user,
        who=user.email if user else "",
        verb=verb,
        subject=subject[:120],
        address=address[:300],
        outcome=outcome,
        detail=detail[:300],
    )
