"""Replacing the installation's key: everything it seals is sealed anew, in chunks.

Both keys open while this goes on, and running processes seal with the new one. A value that
changes under our hands is left to its writer. A run that was killed is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps

from reference_app.rights.registry import SEALED, SEALED_INSIDE
from reference_app.tenants.models import DESTROYED
from reference_app.tenants.sealing import master

__all__ = ["old_ones", "reseal"]

_CHUNK = 200


def old_ones() -> dict[str, int]:
    """Return how many values of each column are not sealed with the first key."""
    found = {name: sum(1 for _ in rows) for name, rows in _walk()}
    seal = master()
    for name, (values, _reseal) in SEALED_INSIDE.items():
        found[name] = sum(1 for text in values() if not seal.current(text))
    return {name: number for name, number in found.items() if number}


def reseal(told: Callable[[str, int], None] = lambda _name, _done: None) -> int:
    """Seal everything anew with the first key; `told` hears of each value. Returns how many.

    Raises `ConfigError` when a value opens with none of the keys: nothing is lost by that.
    """
    total, seal = 0, master()
    for name, rows in _walk():
        for row, column, context in rows:
            before = getattr(row, column)
            after = seal.seal(seal.open(before, context), context)
            same = row.__class__._default_manager.filter(pk=row.pk, **{column: before})
            total += same.update(**{column: after})
            told(name, total)
    return total + sum(again() for _values, again in SEALED_INSIDE.values())


def _walk() -> Iterator[tuple[str, Iterator[tuple[Any, str, str]]]]:
    for label, column in SEALED:
        yield f"{label}.{column}", _old_rows(label, column)


def _old_rows(label: str, column: str) -> Iterator[tuple[Any, str, str]]:
    seal, context = master(), SEALED[label, column]
    rows = apps.get_model(label)._default_manager.order_by("pk")
    rows = rows.exclude(**{f"{column}__in": ["", DESTROYED]})
    last: Any = None
    while True:
        chunk = list((rows if last is None else rows.filter(pk__gt=last))[:_CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        for row in chunk:
            if not seal.current(getattr(row, column)):
                yield row, column, context(row)
