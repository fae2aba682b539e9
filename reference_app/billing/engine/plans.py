"""A plan version as far as billing is concerned."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

__all__ = ["Interval", "Plan"]


class Interval(StrEnum):
    """How long a period is."""

    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Return its length in months."""
        return 12 if self is Interval.YEAR else 1


@frozen(kw_only=True)
class Plan:
    """One immutable version of a plan: `price` dong an interval, without tax.

    `None` in `stores` or `orders` is without limit; a higher `rank` is a bigger plan.
    """

    id: int
    code: str
    interval: Interval
    price: int
    tax_class: str
    stores: int | None = None
    orders: int | None = None
    rank: int = 0
