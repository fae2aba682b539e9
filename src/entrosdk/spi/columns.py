"""Columns: one field of a wire model, as the records' structs hold it.

A field whose values are nearly all of the right type is `exact`: msgspec lets no other in, and
nobody needs to look.
Others are held as they came, and what has another type is read by the field's own validators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from math import isfinite
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeGuard, get_args

import annotated_types
import msgspec
from attrs import evolve, field, frozen
from pydantic import BaseModel, BeforeValidator, TypeAdapter
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from entrosdk.spi.shapes import Shape

__all__ = ["Column", "Get", "Lenient", "Unfit", "is_model", "plain", "reader", "values"]

Get: TypeAlias = Callable[[Any], Any]


class Lenient(BeforeValidator):
    """Makes the right type of a value that has another, and leaves all others; takes it alone.

    For a `Decimal` a whole number is right as well.
    """


class Unfit(Exception):
    """A body that is one for the model itself."""


@cache
def reader(shape: Any) -> TypeAdapter[Any]:
    """Return what validates as `shape`; building one costs a thousand times what using it does."""
    return TypeAdapter(shape)


@frozen
class Column:
    """One field. `right` are the types whose values stay; `read` makes the right type of others.

    `exact` is the type by which msgspec lets in right values only; `None` if there is no such.
    `inner` is the shape of the models it holds, one or `many`.
    """

    name: str
    type: Any
    right: frozenset[type]
    read: Get
    within: tuple[Callable[[Sequence[Any]], bool], ...] = ()
    exact: Any = None
    inner: Shape | None = None
    many: bool = False
    looked_at: bool = True
    get: Get = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "get", attrgetter(self.name))

    def strict(self) -> Column:
        """Return this column for right values only; of these only numbers need a look."""
        numbers = Decimal in self.right
        return evolve(self, type=self.exact, read=_amount, within=(), looked_at=numbers)

    def telling(self, met: Callable[[], None]) -> Column:
        """Return this column, which calls `met` when it reads a value `strict` would refuse."""
        read, number = self.read, Decimal in self.right

        def value(told: Any) -> Any:
            found = read(told)
            if not (number and type(told) is int):
                met()
            return found

        return evolve(self, read=value)


_amount = lru_cache(maxsize=1024)(Decimal)  # prices repeat from record to record


def plain(name: str, info: FieldInfo) -> Column:
    """Hold a scalar as it came: of the right type it stays, unless its validators are unknown."""
    inside = chain.from_iterable(map(_parts, get_args(info.annotation)))
    if any(map(is_model, inside)):
        raise Unfit
    kinds, read = set(_parts(info.annotation)), values(info)
    own = [one for one in info.metadata if isinstance(one, BeforeValidator)]
    if not all(isinstance(one, Lenient) for one in own) or not kinds <= _SCALARS | {NoneType}:
        return Column(name, Any, frozenset(), read)
    right = frozenset(kinds)
    read = _quick(right, info, read)
    return Column(name, Any, right, read, _within(info), exact=_exact(info, kinds))


_SCALARS: set[Any] = {str, int, bool, Decimal, datetime}


def _quick(right: frozenset[type], info: FieldInfo, read: Get) -> Get:
    """Read a value by what stands before its type, which is enough for nearly all of them."""
    steps: list[Any] = [one.func for one in reversed(info.metadata) if isinstance(one, Lenient)]
    number = Decimal in right

    def value(told: Any) -> Any:
        found = told
        for step in steps:
            found = step(found)
        kind: type[Any] = type(found)
        if kind in right:
            return found
        if number and kind is int:
            return _amount(found)
        if number and kind is float and isfinite(found):
            return Decimal(str(found))
        return read(told)

    return value


def values(info: FieldInfo) -> Get:
    """Return what reads one value as the field's model would."""
    whole: Any = info.annotation
    if info.metadata:
        whole = Annotated[(whole, *info.metadata)]

    @cache
    def validate() -> Get:  # built when the first value needs it: most never do
        return reader(whole).validate_python

    def value(told: Any) -> Any:
        return validate()(told)

    return value


def _within(info: FieldInfo) -> tuple[Callable[[Sequence[Any]], bool], ...]:
    return tuple(map(_bound, _bounds(info)))


def _bounds(info: FieldInfo) -> list[Any]:
    return [one for one in info.metadata if not isinstance(one, BeforeValidator)]


def _bound(one: Any) -> Callable[[Sequence[Any]], bool]:
    match one:
        case annotated_types.Ge(ge=least):
            return lambda column: min(column) >= least
        case annotated_types.Gt(gt=below):
            return lambda column: min(column) > below
        case annotated_types.Le(le=most):
            return lambda column: max(column) <= most
        case annotated_types.MinLen(min_length=1):
            return all
    raise Unfit


def _exact(info: FieldInfo, kinds: set[Any]) -> Any:
    """Say for msgspec what a field may be; `None` where it would read another value.

    Decimals are exact as whole numbers only: in a fraction it would keep digits a model drops.
    """
    kind, *more = kinds - {NoneType} or kinds
    if more or kind in (datetime, NoneType):
        return None
    held: Any = int if kind is Decimal else kind
    bounds = [bound for one in _bounds(info) for bound in asdict(one).items()]
    if len(bounds) > len(dict(bounds)):
        return None
    try:
        held = Annotated[held, msgspec.Meta(**dict(bounds))]
        msgspec.json.Decoder(held)
    except (TypeError, ValueError):  # a bound it does not know for this type
        return None
    return held | None if NoneType in kinds else held


def _parts(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) or (annotation,)


def is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Is it the type of a model?"""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
