"""What paying's codes are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reference_app.paying.matching import Why

__all__ = ["VNPAY_CODES", "WHYS", "vnpay_words"]

WHYS: dict[str, Any] = {
    Why.CODE: _("the memo names the invoice"),
    Why.NO_CODE: _("no code in the memo"),
    Why.UNKNOWN_CODE: _("the code is of no invoice"),
    Why.SEVERAL_CODES: _("the memo names several invoices"),
    Why.BY_HAND: _("by hand"),
}
# Response codes of VNPay's manual that a payer can do something about.
VNPAY_CODES: dict[str, Any] = {
    "07": _("VNPay holds the payment for a check. Do not pay again; we tell you what comes of it."),
    "09": _("The card or account is not registered for internet banking."),
    "10": _("The card or account could not be checked three times."),
    "11": _("The time to pay ran out."),
    "12": _("The card or account is locked."),
    "13": _("The one-time password was wrong."),
    "24": _("You cancelled the payment."),
    "51": _("The account does not hold enough money."),
    "65": _("The account is over its limit for today."),
    "75": _("The bank is under maintenance."),
    "79": _("The payment password was wrong too often."),
}


def vnpay_words(code: str) -> Any:
    """Return what a response code means to a payer."""
    return VNPAY_CODES.get(code, _("The payment did not go through."))
