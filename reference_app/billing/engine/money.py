"""Dong: rounding, splitting and tax (domain rules, sections 1 and 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import frozen

__all__ = ["RATES", "Dated", "class_on", "net_of", "rounded", "split", "tax_on"]

RATES = {"0": 0, "5": 5, "8": 8, "10": 10}
"""Percent by tax class; `KCT` (not subject) and `KKKNT` (not declared) have no rate at all."""


def rounded(numerator: int, denominator: int) -> int:
    """Divide and round half up, away from zero for negatives.

    >>> rounded(5, 2), rounded(-5, 2)
    (3, -3)
    """
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by largest remainder, ties by order, so that the parts make the whole.

    >>> split(100_000, [1, 1, 1])
    [33334, 33333, 33333]
    """
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    sign, size = (1, total) if total >= 0 else (-1, -total)
    parts = [size * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_rest[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def tax_on(net: int, tax_class: str) -> int:
    """Return the tax on the sum of an invoice, rounded once.

    >>> tax_on(299_000, "8"), tax_on(299_000, "KCT")
    (23920, 0)
    """
    return rounded(net * RATES.get(tax_class, 0), 100)


def net_of(gross: int, tax_class: str) -> int:
    """Take the tax out of a price that includes it.

    >>> net_of(322_920, "8")
    299000
    """
    return rounded(gross * 100, 100 + RATES.get(tax_class, 0))


@frozen
class Dated:
    """A tax class that the law knows for a time: before `since` and from `until` on, another."""

    tax_class: str
    since: date
    until: date
    otherwise: str


def class_on(tax_class: str, day: date, dated: Iterable[Dated]) -> str:
    """Return the class that an invoice of `day` is taxed in."""
    for row in dated:
        if row.tax_class == tax_class and not row.since <= day < row.until:
            return row.otherwise
    return tax_class
