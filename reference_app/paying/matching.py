"""Which invoice a transfer pays (domain rules, section 5); what it settles is billing's to say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from reference_app.paying.codes import codes_in

__all__ = ["Match", "Why", "match"]


class Why(StrEnum):
    """How an invoice was found, or why none was."""

    CODE = "code"
    NO_CODE = "no_code"
    UNKNOWN_CODE = "unknown_code"
    SEVERAL_CODES = "several_codes"
    BY_HAND = "by_hand"


@frozen
class Match:
    """The invoice of a transfer, or none."""

    why: Why
    invoice_id: int | None = None


def match(memo: str, invoices: Mapping[str, int]) -> Match:
    """Find the invoice a memo names; `invoices` holds the ids of those we know, by code.

    A memo that names two invoices is left to a person, since nothing says how to share the money.

    >>> match("ck ENT23456E", {"ENT23456E": 7})
    Match(why=<Why.CODE: 'code'>, invoice_id=7)
    """
    codes = codes_in(memo)
    known = [invoices[code] for code in codes if code in invoices]
    if len(known) == 1:
        return Match(Why.CODE, known[0])
    if known:
        return Match(Why.SEVERAL_CODES)
    return Match(Why.UNKNOWN_CODE if codes else Why.NO_CODE)
