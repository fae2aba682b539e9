"""From partial failures to one result for each item (fact book sections 2.3 and 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiktok.errors import meaning
from entrosdk.adapters.tiktok.wire_writes import RowError
from entrosdk.domain.writing import Outcome, Refusal
from entrosdk.errors import (
    Conflict,
    EntroError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)

__all__ = ["ACCEPTED", "REFUSABLE", "UNKNOWN", "Verdict", "of_error", "of_row"]

REFUSABLE = (Rejected, RateLimited, Forbidden)
"""Errors that are about the items of a write; any other is about the shop or the network."""

# The price is a promotion's, or units are: the items are sound and can be written afterwards.
_LOCKED = {12052037, 12052038}

_CAUSES: tuple[tuple[type[EntroError], Refusal], ...] = (
    (NotFound, Refusal.NOT_FOUND),
    (Invalid, Refusal.INVALID),
    (Conflict, Refusal.STATE),
    (Forbidden, Refusal.FORBIDDEN),
    (RateLimited, Refusal.BUSY),
    (Unavailable, Refusal.BUSY),
)


@frozen
class Verdict:
    """What became of an item, without saying which."""

    outcome: Outcome
    refusal: Refusal | None = None
    code: str = ""
    reason: str = ""

    def facts(self) -> Mapping[str, Any]:
        """Return what an item's result says besides its ids."""
        told = {"outcome": self.outcome, "refusal": self.refusal}
        return {**told, "code": self.code, "reason": self.reason}


ACCEPTED = Verdict(Outcome.ACCEPTED)
UNKNOWN = Verdict(Outcome.UNKNOWN)


def of_error(error: EntroError) -> Verdict:
    """Say why a whole request was refused."""
    code = error.context.code
    locked = code.isdecimal() and int(code) in _LOCKED
    cause = Refusal.LOCKED if locked else _cause(type(error))
    return Verdict(Outcome.REFUSED, cause, code, error.message)


def of_row(row: RowError) -> Verdict:
    """Say why one item of a request was refused; the wrapper's own code says nothing."""
    deeper = row.detail.extra_errors if row.detail else ()
    code, text = (deeper[0].code, deeper[0].message) if deeper else (row.code, row.message)
    cause = Refusal.LOCKED if code in _LOCKED else _cause(meaning(code, text).kind)
    return Verdict(Outcome.REFUSED, cause, str(code), text)


def _cause(kind: type[EntroError]) -> Refusal:
    return next((cause for known, cause in _CAUSES if issubclass(kind, known)), Refusal.OTHER)
