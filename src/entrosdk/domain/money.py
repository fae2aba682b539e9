"""Money as an integer of the smallest unit and a currency code."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from attrs import frozen

__all__ = ["Money", "exponent", "total"]

# ISO 4217 minor-unit digits of the currencies our marketplaces use; every other code has two.
_EXPONENTS = {"VND": 0, "JPY": 0, "KRW": 0, "CLP": 0}


def exponent(currency: str) -> int:
    """Return how many decimal digits the smallest unit of `currency` has (VND 0, SGD 2)."""
    return _EXPONENTS.get(currency, 2)


@frozen(order=False)
class Money:
    """An amount in the smallest unit of one currency.

    `minor` counts dong for VND and cents for SGD.
    Arithmetic and comparison work within one currency only.
    """

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Read an amount in major units, exactly.

        Raises `ValueError` for text that is no number and for an amount finer than the
        currency's smallest unit: half a dong is an error upstream, not something to round away.
        """
        digits = exponent(currency)
        try:
            scaled = Decimal(amount).scaleb(digits) if digits else Decimal(amount)
            minor = int(scaled)
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise ValueError(f"not an amount of money: {amount!r}") from error
        if scaled != minor:
            raise ValueError(f"{amount} is finer than the smallest unit of {currency}")
        return cls(minor, currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing, in `currency`."""
        return _zero(currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units: `Decimal("12.50")` for 1250 cents."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        if not isinstance(count, int):
            raise TypeError("money is multiplied by whole numbers; round at a named point instead")
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"expected Money, got {type(other).__name__}")
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor


@lru_cache(maxsize=64)
def _zero(currency: str) -> Money:
    return Money(0, currency)


def total(parts: Iterable[Money], currency: str) -> Money:
    """Add up `parts`; an empty sum is zero of `currency`."""
    whole = Money.zero(currency)
    return Money(sum(whole._same(part) for part in parts), currency)  # noqa: SLF001 - our own
