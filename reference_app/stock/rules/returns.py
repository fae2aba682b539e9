"""What may come back (domain 9.2): at most what was shipped, once."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Condition", "Refused", "accepted"]


class Condition(StrEnum):
    """What a unit that came back is worth."""

    SELLABLE = "sellable"
    DAMAGED = "damaged"
    LOST = "lost"  # it will not come; stock does not move


class Refused(Exception):
    """A receipt that cannot be."""


def accepted(units: int, *, shipped: int, back: int) -> int:
    """Return how many units a receipt may book; raises `Refused` above what was shipped.

    >>> accepted(2, shipped=3, back=1)
    2
    """
    if units <= 0:
        raise Refused("a receipt has at least one unit")
    if units > shipped - back:
        raise Refused(f"{shipped} were shipped and {back} are back: {units} cannot come")
    return units
