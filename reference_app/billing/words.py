"""What billing says to people."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reference_app.billing.standing import Standing

__all__ = ["why_full", "why_not"]


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
