"""Which payouts a bank credit is made of (domain rules, section 7: the third sum)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from attrs import frozen

__all__ = ["Credit", "Statement", "matched"]

_BEFORE = timedelta(days=10)  # a bank holiday and a weekend lie between payout and credit
_AFTER = timedelta(days=1)  # clocks of marketplace and bank


@frozen
class Statement:
    """A payout as the marketplace tells it; only those of one store come as one credit."""

    key: int
    store: int
    amount: int
    day: date


@frozen
class Credit:
    """What came to the bank."""

    key: int
    amount: int
    day: date


def matched(came: Iterable[Credit], statements: Iterable[Statement]) -> dict[int, tuple[int, ...]]:
    """Return the statements of each credit that can be made in one way only.

    A credit is one statement or several in a row of one store. What two credits could claim, or
    what one credit could be in two ways, is left to a person.
    """
    open_ones = list(statements)
    ways = {credit.key: _ways(credit, open_ones) for credit in came}
    sure = {key: found[0] for key, found in ways.items() if len(found) == 1}
    claims = Counter(key for found in ways.values() for way in set(found) for key in set(way))
    return {key: way for key, way in sure.items() if all(claims[part] == 1 for part in way)}


def _ways(credit: Credit, statements: Sequence[Statement]) -> list[tuple[int, ...]]:
    near = sorted(
        (one for one in statements if credit.day - _BEFORE <= one.day <= credit.day + _AFTER),
        key=lambda one: (one.store, one.day, one.key),
    )
    found = []
    for first, start in enumerate(near):
        total = 0
        for last in range(first, len(near)):
            if near[last].store != start.store:
                break
            total += near[last].amount
            if total == credit.amount:
                found.append(tuple(one.key for one in near[first : last + 1]))
    return found
