"""States and causes of money in the words of a seller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from reference_app.settling.rules.reckoning import Cause, State
from reference_app.web import words

__all__ = ["CAUSES", "PAYOUT_STATES", "STATES", "TONES", "causes"]

STATES = {
    State.SHORT: _("Paid too little"),
    State.OVERDUE: _("Overdue"),
    State.OVER: _("Paid too much"),
    State.WAITING: _("Delivered, payout awaited"),
    State.NOT_DUE: _("Not delivered yet"),
    State.COMPUTED: _("Computed by us"),
    State.MATCHED: _("Paid as expected"),
    State.DISPUTED: _("Disputed"),
    State.WRITTEN_OFF: _("Written off"),
    State.NO_MONEY: _("No payout to come"),
}
TONES = {
    State.SHORT: "bad",
    State.OVERDUE: "bad",
    State.OVER: "warn",
    State.WAITING: "wait",
    State.NOT_DUE: "off",
    State.COMPUTED: "move",
    State.MATCHED: "good",
    State.DISPUTED: "act",
    State.WRITTEN_OFF: "off",
    State.NO_MONEY: "off",
}
CAUSES = {
    Cause.TWICE: _("taken twice"),
    Cause.NO_REBATE: _("shipping subsidy missing"),
    Cause.WEIGHT: _("carried for more than was covered: check the weight"),
    Cause.RATE: _("above your fee table"),
    Cause.COMPANY_TAX: _("tax withheld although the shop is a company"),
    Cause.NO_RETURN: _("refunded without a return"),
    Cause.ADJUSTMENT: _("corrected by the marketplace"),
    Cause.UNEXPLAINED: _("unexplained"),
}
PAYOUT_STATES = {
    "PENDING": _("On its way"),
    "PAID": _("Paid out"),
    "FAILED": _("Failed"),
    "UNKNOWN": _("Not known"),
}


def causes(found: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Return the stored causes of a difference with their words."""
    return [
        {
            "title": CAUSES[Cause(cause)],
            "kind": words.PAYMENT_KINDS.get(kind, kind),
            "amount": amount,
        }
        for cause, kind, amount in found
    ]
