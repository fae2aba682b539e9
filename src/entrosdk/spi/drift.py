"""Keys and words of bodies that their models do not know: counted, never lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any

from attrs import frozen
from pydantic import BaseModel

from entrosdk.spi.shapes import meet
from entrosdk.spi.structs import count_words

__all__ = ["drift"]


def drift(model: Any, path: str = "", into: Counter[str] | None = None) -> Counter[str]:
    """Count the keys and words a body has and its model does not know, by dotted path."""
    seen: Counter[str] = Counter() if into is None else into
    _look([model], f"{path}." if path else "", seen)
    return seen


def _look(parts: list[Any], prefix: str, seen: Counter[str]) -> None:
    """Look through all that stands at one place of a page; lists are looked into."""
    kinds = dict.fromkeys(map(type, parts))
    for kind in kinds:
        same: list[Any] = parts
        if len(kinds) > 1:
            same = [part for part in parts if type(part) is kind]
        if kind in (list, tuple):
            _look(list(chain.from_iterable(same)), prefix, seen)
        elif expected := _expected(kind):
            _count(same, expected, prefix, seen)


def _count(
    models: Sequence[BaseModel], expected: _Expected, prefix: str, seen: Counter[str]
) -> None:
    """Count what models of one shape, at one place, have and their shape does not know.

    They are looked at together: nearly always all is in order, and sets find that out quickest.
    """
    extras = set[str]().union(*filter(None, map(_extra, models)))
    if not expected.known.issuperset(extras):
        keys = chain.from_iterable(filter(None, map(_extra, models)))
        strange = [key for key in keys if key not in expected.known]
        seen.update(prefix + key for key in strange)
        meet(type(models[0]), strange)
    for key, told, get in expected.words:
        count_words(map(get, models), told, f"{prefix}{key}", seen)
    for key, get in expected.nested:
        _look(list(filter(None, map(get, models))), f"{prefix}{key}.", seen)


_extra = attrgetter("__pydantic_extra__")


@frozen
class _Expected:
    """What a shape knows, and which of its fields can hold other models."""

    known: frozenset[str]
    words: tuple[tuple[str, Collection[str], Callable[[Any], Any]], ...]
    nested: tuple[tuple[str, Callable[[Any], Any]], ...]


@cache
def _expected(kind: Any) -> _Expected | None:
    """Return what a shape knows; `None` for what is none."""
    if not (issubclass(kind, BaseModel) and hasattr(kind, "known")):
        return None
    scalars = (str, int, bool, Decimal, float, Decimal | None, str | None, int | None)
    return _Expected(
        known=kind.known,
        words=tuple((key, told, attrgetter(key)) for key, told in kind.words.items()),
        nested=tuple(
            (name, attrgetter(name))
            for name, info in kind.model_fields.items()
            if info.annotation not in scalars
        ),
    )
