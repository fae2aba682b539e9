"""What a provider says of one transfer, in a notice or in its list of transactions.

The words are SePay's: notices have `referenceCode`, lists `reference_number`, for the bank's own
number; both are read. The bank's number is taken before the provider's, so that the same transfer
in a statement's file is the same to us.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from reference_app.web.statements import Credit, amount_of, moment_of

__all__ = ["Unread", "credit_of"]

_NAMES = {
    "reference": ("referenceCode", "reference_number"),
    "at": ("transactionDate", "transaction_date"),
    "memo": ("content", "transaction_content"),
    "amount": ("transferAmount", "transfer_amount", "amount_in"),
    "way": ("transferType", "transfer_type"),
}


class Unread(ValueError):
    """A notice that lacks what a transfer has; the message names the field."""


def credit_of(told: Mapping[str, Any], zone: tzinfo) -> Credit | None:
    """Return the money that came in, or `None` when money went out."""
    amount = amount_of(_text(told, "amount"))
    if _text(told, "way") == "out" or (amount == 0 and "amount_in" in told):
        return None
    if not amount:
        raise Unread("amount")
    at = moment_of(_text(told, "at"), zone)
    if at is None:
        raise Unread("transaction date")
    number = str(told.get("id") or "")
    name = _text(told, "reference") or (f"provider:{number}" if number else "")
    if not name or len(name) > 80:
        raise Unread("reference")
    return Credit(id=name, at=at, amount=amount, memo=_text(told, "memo")[:500])


def _text(told: Mapping[str, Any], name: str) -> str:
    values = (told.get(key) for key in _NAMES[name])
    return next((str(value).strip() for value in values if value not in {None, ""}), "")
