"""What a fee should be, from a dated table of rates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from attrs import frozen

__all__ = ["Base", "Rate", "fee", "in_force", "rounded"]

Base = Literal["goods", "goods_and_shipping"]
_MILLION = 1_000_000


@frozen(kw_only=True)
class Rate:
    """One row of the table: a share of a base, a fixed amount, or both, up to a cap.

    `ppm` is parts per million (11 % = 110,000); `until` is the first day it no longer counts.
    """

    kind: str
    ppm: int = 0
    fixed: int = 0
    cap: int | None = None
    base: Base = "goods"
    since: date | None = None
    until: date | None = None


def in_force(rates: Iterable[Rate], day: date) -> dict[str, Rate]:
    """Return the rates of a day by kind; of two, the one that began later."""
    found: dict[str, Rate] = {}
    for rate in sorted(rates, key=lambda one: one.since or date.min):
        begun = rate.since is None or rate.since <= day
        if begun and (rate.until is None or day < rate.until):
            found[rate.kind] = rate
    return found


def fee(rate: Rate, *, goods: int, shipping: int) -> int:
    """Return what a rate takes, rounded once, at the fee's own line (domain rules, section 1).

    >>> fee(Rate(kind="commission", ppm=110_000), goods=460_000, shipping=0)
    50600
    """
    base = goods + shipping if rate.base == "goods_and_shipping" else goods
    taken = rounded(max(0, base) * rate.ppm, _MILLION) + rate.fixed
    return taken if rate.cap is None else min(taken, rate.cap)


def rounded(numerator: int, denominator: int) -> int:
    """Divide and round half up, away from zero for negatives.

    >>> rounded(5, 2), rounded(-5, 2)
    (3, -3)
    """
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole
