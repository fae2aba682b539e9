"""Units kept back because orders reach us late (domain 9.3), and how long stock lasts."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

__all__ = ["automatic_buffer", "days_of_cover", "percent_buffer"]


def automatic_buffer(units_per_day: Fraction, lag_minutes: Fraction, most: int) -> int:
    """Return what is likely sold before we hear of it: ceil(rate x lag), at most `most`.

    >>> automatic_buffer(Fraction(720), Fraction(5), 10)
    3
    """
    expected = ceil(units_per_day / 1440 * max(Fraction(0), lag_minutes))
    return max(0, min(expected, most))


def percent_buffer(on_hand: int, percent: int) -> int:
    """Return a share of what is there, rounded up.

    >>> percent_buffer(21, 10)
    3
    """
    return max(0, -(-max(0, on_hand) * percent // 100))


def days_of_cover(sellable: int, sold: int, days: int) -> Fraction | None:
    """Return for how many days stock lasts at the pace of the last `days`; `None`: nothing sold.

    >>> days_of_cover(12, 28, 14)
    Fraction(6, 1)
    """
    return Fraction(max(0, sellable) * days, sold) if sold > 0 else None
