"""Wire models read as msgspec structs: what a model says of a body, done in C.

Values are looked at by columns: one field of all records at a time.
A value of another type is read by its field's own validators.
What a struct cannot hold - a key nobody knew, a value that is wrong - is left to the model, record
by record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from entrosdk.spi.columns import Column, Unfit
from entrosdk.spi.shapes import Model, Shape, arrange, shape

__all__ = ["count_words", "decoded", "page", "records"]

# A word that may be shown: an unknown status is worth reading, free text is not ours to repeat.
_WORD = re.compile(r"[A-Za-z0-9_ -]{1,48}")

_FAULTS = (msgspec.MsgspecError, ValueError, RecursionError)


def decoded(model: Model, body: bytes) -> Any:
    """Read a body as the struct of `model`; raises `Unfit`."""
    return _one(model, (), body, Counter())


def page(model: Model, way: str, body: bytes, seen: Counter[str]) -> tuple[Any, list[bytes]]:
    """Read a reply without its records; returns the page and the records' bytes. Raises `Unfit`."""
    found = _one(model, tuple(way.split(".")), body, seen)
    return found, list(map(bytes, attrgetter(way)(found)))


def _one(model: Model, way: tuple[str, ...], body: bytes, seen: Counter[str]) -> Any:
    wanted = shape(model, way)
    found = _tried(wanted, body)
    if found is None:
        wanted = shape(model, way, strict=False)
        found = _tried(wanted, body)
    if found is None:
        raise Unfit
    settle(wanted, [found], seen, "")
    return found


def records(model: Model, bodies: Sequence[bytes], seen: Counter[str], prefix: str) -> list[Any]:
    """Read records as structs, in their order; `None` where one is for its model.

    Counts their drift, by dotted paths below `prefix`.
    """
    strict = shape(model, record=True)
    found = _read(strict, bodies, seen, prefix)
    refused = [at for at, one in enumerate(found) if one is None]
    if refused:
        loose = shape(model, record=True, strict=False)
        again = _read(loose, [bodies[at] for at in refused], seen, prefix)
        for at, one in zip(refused, again, strict=True):
            found[at] = one
    if not strict.arranged:
        with suppress(*_FAULTS):  # what a struct skips may be no text
            arrange(model, [msgspec.json.decode(one._body_) for one in found if one is not None])
    return found


def _read(wanted: Shape, bodies: Sequence[bytes], seen: Counter[str], prefix: str) -> list[Any]:
    found = [_tried(wanted, body) for body in bodies]
    for one, body in zip(found, bodies, strict=True):
        if one is not None:
            one._body_ = body
    drift: Counter[str] = Counter()
    try:
        settle(wanted, [one for one in found if one is not None], drift, prefix)
    except Unfit:
        return [None if one is None else _alone(wanted, one, seen, prefix) for one in found]
    seen.update(drift)
    return found


def _tried(wanted: Shape, body: bytes) -> Any:
    try:
        return wanted.decode(body)
    except _FAULTS:
        return None


def _alone(wanted: Shape, one: Any, seen: Counter[str], prefix: str) -> Any:
    drift: Counter[str] = Counter()
    try:
        settle(wanted, [one], drift, prefix)
    except Unfit:
        return None
    seen.update(drift)
    return one


def settle(wanted: Shape, structs: Sequence[Any], seen: Counter[str], prefix: str) -> None:
    """Make every value of the type its model gives it, and count drift; raises `Unfit`."""
    if not structs:
        return
    for column in wanted.columns:
        if column.looked_at and not column.right.issuperset(map(type, map(column.get, structs))):
            _put_right(column, structs)
        if column.within:
            values = list(map(column.get, structs))
            if not all(test(values) for test in column.within):
                raise Unfit
        if column.inner is not None:
            settle(column.inner, _inside(column, structs), seen, f"{prefix}{column.name}.")
    for key, told, get in wanted.words:
        count_words(map(get, structs), told, f"{prefix}{key}", seen)
    for key, get in wanted.met:
        if times := sum(get(one) is not UNSET for one in structs):
            seen[prefix + key] += times


def _put_right(column: Column, structs: Sequence[Any]) -> None:
    try:
        name, right, read = column.name, column.right, column.read
        for one, value in zip(structs, map(column.get, structs), strict=True):
            if type(value) not in right:
                setattr(one, name, read(value))
    except ValueError:  # what is wrong with it, the model says
        raise Unfit from None


def _inside(column: Column, structs: Sequence[Any]) -> list[Any]:
    if column.many:
        return list(chain.from_iterable(map(column.get, structs)))
    found = [one for one in map(column.get, structs) if one is not None]
    if len(column.right) > 1 and column.inner is not None and column.inner.empty in found:
        raise Unfit  # an object without anything in it means that there is none
    return found


def count_words(words: Iterable[Any], told: Collection[str], path: str, seen: Counter[str]) -> None:
    """Count words that are not among those `told`."""
    for word, times in Counter(words).items():
        if word and str(word) not in told:
            seen[f"{path}={word if _WORD.fullmatch(str(word)) else '?'}"] += times
