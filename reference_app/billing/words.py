"""What billing says to people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reference_app.billing.standing import Standing

__all__ = ["FAMILIES", "TONES", "pace_of", "why_full", "why_not"]

FAMILIES: dict[str, dict[str, Any]] = {
    "state": {
        "none": _("No subscription"),
        "incomplete": _("Waits for the first payment"),
        "trialing": _("Trial"),
        "active": pgettext_lazy("subscription", "Running"),
        "past_due": _("Overdue"),
        "restricted": _("Restricted"),
        "canceled": pgettext_lazy("subscription", "Ended"),
    },
    "invoice": {
        "finalised": _("To pay"),
        "paid": pgettext_lazy("invoice", "Paid"),
        "void": _("Void"),
        "uncollectible": _("Written off"),
    },
    "tax": {
        "0": _("VAT 0 %"),
        "5": _("VAT 5 %"),
        "8": _("VAT 8 %"),
        "10": _("VAT 10 %"),
        "KCT": _("Not subject to VAT"),
        "KKKNT": _("Not declared for VAT"),
    },
    "feature": {
        "orders": _("Orders of all channels in one place"),
        "stock": _("One stock pool, pushed to every store"),
        "payments": _("Payments, reconciliation and returns"),
        "export": _("Export of your data at any time"),
        "real_time": _("Sync in real time"),
        "api": _("API and webhooks"),
        "priority": _("Answers of support before others"),
    },
    "interval": {"month": _("month"), "year": _("year")},
    "line": {
        "plan": _("New plan"),
        "credit": _("Less unused time"),
        "charge": _("New plan, rest of the period"),
        "discount": _("Discount"),
        "account": _("Put to your account credit"),
    },
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
        return gettext("in real time")
    minutes = max(1, seconds // 60)
    return ngettext("every %(n)d minute", "every %(n)d minutes", minutes) % {"n": minutes}


def why_full(found: Standing) -> str:
    """Say why no more stores can run."""
    if not found.may_sync:
        return gettext(
            "Your subscription does not run. Choose a plan or pay the open invoice first."
        )
    if found.slowed:
        return gettext(
            "You have more orders this month than your plan has, so no store can be added now. "
            "Upgrade to go on at once."
        )
    limit = found.store_limit or 0
    said = ngettext(
        "Your plan has room for %(n)d store, and it is taken.",
        "Your plan has room for %(n)d stores, and they are taken.",
        limit,
    )
    more = gettext("Upgrade, or pause or disconnect another store.")
    return f"{said % {'n': limit}} {more}"


def why_not(why: str) -> str:
    """Say why a change cannot be made; `why` is an engine's `NotPossible.why`."""
    known = {
        "canceled": gettext("This subscription has ended. Choose a plan to begin again."),
        "ending": gettext("This subscription is cancelled. Take the cancellation back first."),
        "same": gettext("This is your plan already."),
        "over": gettext("The trial is over, or its first invoice is paid."),
        "not_ending": gettext("This subscription is not cancelled."),
    }
    return known.get(why, gettext("This cannot be done now."))
