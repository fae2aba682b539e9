"""Seeded chance with shorter ways to the draws of `random.Random`: a history makes millions."""

from __future__ import annotations

from random import Random
from typing import Protocol, TypeVar

__all__ = ["Chance"]

T_co = TypeVar("T_co", covariant=True)


class _Sized(Protocol[T_co]):
    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> T_co: ...


class Chance(Random):
    """Draws what `Random` would draw from the same seed."""

    def choice(self, seq: _Sized[T_co]) -> T_co:
        """Return a member of a sequence."""
        return seq[self._below(len(seq))]

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Return a number of a range."""
        if stop is None:
            return self._below(start)
        if step == 1:
            return start + self._below(stop - start)
        return start + step * self._below((stop - start + step - 1) // step)

    def _below(self, count: int) -> int:
        bits = count.bit_length()
        drawn = self.getrandbits(bits)
        while drawn >= count:
            drawn = self.getrandbits(bits)
        return drawn
