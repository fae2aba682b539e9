"""What billing says to people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext_lazy

from reference_app.billing.standing import Standing

__all__ = ["FAMILIES", "TONES", "pace_of", "why_full", "why_not"]

FAMILIES: dict[str, dict[str, Any]] = {
    "state": {
        "none": _lazy("No subscription"),
        "incomplete": _lazy("Waits for the first payment"),
        "trialing": _lazy("Trial"),
        "active": pgettext_lazy("subscription", "Running"),
        "past_due": _lazy("Overdue"),
        "restricted": _lazy("Restricted"),
        "canceled": pgettext_lazy("subscription", "Ended"),
    },
    "invoice": {
        "finalised": _lazy("To pay"),
        "paid": pgettext_lazy("invoice", "Paid"),
        "void": _lazy("Void"),
        "uncollectible": _lazy("Written off"),
    },
    "tax": {
        "0": _lazy("VAT 0 %"),
        "5": _lazy("VAT 5 %"),
        "8": _lazy("VAT 8 %"),
        "10": _lazy("VAT 10 %"),
        "KCT": _lazy("Not subject to VAT"),
        "KKKNT": _lazy("Not declared for VAT"),
    },
    "feature": {
        "orders": _lazy("Orders of all channels in one place"),
        "stock": _lazy("One stock pool, pushed to every store"),
        "payments": _lazy("Payments, reconciliation and returns"),
        "export": _lazy("Export of your data at any time"),
        "real_time": _lazy("Sync in real time"),
        "api": _lazy("API and webhooks"),
        "priority": _lazy("Answers of support before others"),
    },
    "interval": {"month": _lazy("month"), "year": _lazy("year")},
    "line": {
        "plan": _lazy("New plan"),
        "credit": _lazy("Less unused time"),
        "charge": _lazy("New plan, rest of the period"),
        "discount": _lazy("Discount"),
        "account": _lazy("Put to your account credit"),
    },
    "support": {"normal": _lazy("normal"), "high": _lazy("high")},
}
TONES = {
    "trialing": "move",
    "active": "good",
    "paid": "good",
    "past_due": "warn",
    "finalised": "wait",
    "incomplete": "wait",
    "restricted": "bad",
    "uncollectible": "bad",
}


def pace_of(seconds: int | None) -> str:
    """Say how often stores are read."""
    if seconds is None:
        return _("in real time")
    minutes = max(1, seconds // 60)
    return ngettext("every %(n)d minute", "every %(n)d minutes", minutes) % {"n": minutes}


def why_full(found: Standing) -> str:
    """Say why no more stores can run."""
    if not found.may_sync:
        return _("Your subscription does not run. Choose a plan or pay the open invoice first.")
    if found.slowed:
        return _(
            "You have more orders this month than your plan has, so no store can be added now. "
            "Upgrade to go on at once."
        )
    limit = found.store_limit or 0
    said = ngettext(
        "Your plan has room for %(n)d store, and it is taken.",
        "Your plan has room for %(n)d stores, and they are taken.",
        limit,
    )
    more = _("Upgrade, or pause or disconnect another store.")
    return f"{said % {'n': limit}} {more}"


def why_not(why: str) -> str:
    """Say why a change cannot be made; `why` is an engine's `NotPossible.why`."""
    known = {
        "canceled": _("This subscription has ended. Choose a plan to begin again."),
        "ending": _("This subscription is cancelled. Take the cancellation back first."),
        "same": _("This is your plan already."),
        "over": _("The trial is over, or its first invoice is paid."),
        "not_ending": _("This subscription is not cancelled."),
    }
    return known.get(why, _("This cannot be done now."))
