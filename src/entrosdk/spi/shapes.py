"""Shapes: the msgspec struct that a wire model is read as, derived from the model.

A page of orders has thousands of values, and nearly all are of the type their model asks for.
msgspec fills a struct several times as quickly as pydantic does a model.
So a model still says, once, how a body is read, and a struct gives the values the model would
(`structs` does the reading).

Some models say more than this module understands; they are read as they always were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from keyword import iskeyword
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, TypeAlias, get_args, get_origin

import annotated_types
import msgspec
from attrs import field, frozen
from msgspec import UNSET, Raw, Struct
from pydantic import BaseModel, BeforeValidator, TypeAdapter
from pydantic.fields import FieldInfo

from entrosdk.domain.source import Deferred

__all__ = ["Column", "Lenient", "Model", "Shape", "Unfit", "meet", "reader", "shape"]

Model: TypeAlias = type[BaseModel]
Get: TypeAlias = Callable[[Any], Any]


class Lenient(BeforeValidator):
    """Makes the right type of a value that has another, and leaves all others; takes it alone."""


class Unfit(Exception):
    """A body that is one for the model itself."""


class Body(Deferred):
    """What a record's struct is besides: its own bytes, and the model they can be read as."""

    __slots__ = ()

    _model_: Model

    def _typed_(self) -> Any:
        return reader(self._model_).validate_json(self._body_)


@cache
def reader(shape: Any) -> TypeAdapter[Any]:
    """Return what validates as `shape`; building one costs a thousand times what using it does."""
    return TypeAdapter(shape)


# Shapes


@frozen
class Column:
    """One field. `right` are the types whose values stay; `read` makes the right type of others.

    `inner` is the shape of the models it holds, one or `many`.
    """

    name: str
    type: Any
    right: frozenset[type]
    read: Get
    within: tuple[Callable[[Sequence[Any]], bool], ...] = ()
    inner: Shape | None = None
    many: bool = False
    get: Get = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "get", attrgetter(self.name))


@frozen(eq=False)
class Shape:
    """A model's struct, the fields to look at, and what counts as drift.

    `words` are fields whose words we know some of; `met` are keys that were met and are unknown.
    `empty` is the struct of an empty object, which no other object may look like.
    """

    decode: Callable[[bytes], Any]
    kind: type[Struct]
    columns: tuple[Column, ...]
    words: tuple[tuple[str, Collection[str], Get], ...]
    met: tuple[tuple[str, Get], ...]
    empty: Any


def meet(model: Model, keys: Iterable[str]) -> None:
    """Remember keys of bodies that `model` does not know, so that structs make room for them."""
    met = _met.get(model, frozenset())
    new = {key for key in keys if _KEY.fullmatch(key)} - met
    if new and len(met) < _MANY:  # keys that are data, such as ids, would never end
        _met[model] = met | new  # another thread may be looking through the old set
        shape.cache_clear()


_met: dict[Model, frozenset[str]] = {}
_KEY = re.compile(r"[\w .:/-]{1,64}")  # a struct has no key with quotes or control characters
_MANY = 50


@cache
def shape(model: Model, way: tuple[str, ...] = (), *, record: bool = False) -> Shape:
    """Derive the shape of a model; raises `Unfit` for one that says more than a struct can.

    `way` leads to a list that is left as raw records; a `record` keeps the bytes it came from.
    """
    if model not in _untold:
        try:
            return _derived(model, way, record=record)
        except (Unfit, RecursionError):
            _untold.add(model)
    raise Unfit


_untold: set[Model] = set()


def _derived(model: Model, way: tuple[str, ...], *, record: bool) -> Shape:
    checks = model.__pydantic_decorators__
    if checks.field_validators or checks.model_validators or checks.validators:
        raise Unfit
    if model.model_config.get("extra") == "forbid":
        raise Unfit
    columns = [
        _column(name, info, way[1:] if way[:1] == (name,) else None)
        for name, info in model.model_fields.items()
    ]
    keys = {column.name: _key(model.model_fields[column.name], column.name) for column in columns}
    fields: list[Any] = [
        (column.name, column.type, *_default(model.model_fields[column.name])) for column in columns
    ]
    counting = hasattr(model, "known")
    unread = sorted(set(getattr(model, "known", ())) - set(keys.values()))
    met = {f"met{at}_": key for at, key in enumerate(sorted(_met.get(model, ())))}
    fields += [(_attribute(key, keys), Any, None) for key in unread]
    keys |= {_attribute(key, keys): key for key in unread}
    fields += [(name, Any, UNSET) for name in met]
    if record:  # a name that no marketplace gives to anything
        fields.append(("_body_", Any, None))
        keys["_body_"] = "\N{WORD JOINER}body"
    kind = msgspec.defstruct(
        model.__name__,
        fields,
        bases=(Body, Struct) if record else (Struct,),
        namespace={**_properties(model), "_model_": model, "__repr__": _named},
        rename=keys | met,
        kw_only=True,
        gc=False,  # a body holds no cycles
        forbid_unknown_fields=counting,
    )
    words: Mapping[str, Collection[str]] = getattr(model, "words", {})
    return Shape(
        decode=msgspec.json.Decoder(kind).decode,
        kind=kind,
        columns=tuple(columns),
        words=tuple((key, told, attrgetter(key)) for key, told in words.items()),
        met=tuple((key, attrgetter(name)) for name, key in met.items()),
        empty=None if any(len(one) == _REQUIRED for one in fields) else kind(),
    )


_REQUIRED = 2  # a field without a default: name and type


def _named(self: Any) -> str:
    return f"<{type(self).__name__}>"  # bodies carry people


def _attribute(key: str, taken: Collection[str]) -> str:
    plain = key.isidentifier() and not iskeyword(key) and key not in taken
    return key if plain else f"unread_{key.encode().hex()}"


def _key(info: FieldInfo, name: str) -> str:
    key = info.validation_alias or info.alias or name
    if not isinstance(key, str):
        raise Unfit
    return key


def _default(info: FieldInfo) -> tuple[Any, ...]:
    if info.default_factory is not None:
        raise Unfit
    return () if info.is_required() else (info.default,)


def _properties(model: Model) -> dict[str, Any]:
    ours = [base for base in reversed(model.__mro__) if issubclass(base, BaseModel)]
    found = chain.from_iterable(vars(base).items() for base in ours if base is not BaseModel)
    return {name: it for name, it in found if isinstance(it, property)}


# Fields


def _column(name: str, info: FieldInfo, way: tuple[str, ...] | None) -> Column:
    """Say how a field is held; `way` goes on below it, and ends at the list of raw records."""
    read, own = _values(info), [one for one in info.metadata if isinstance(one, BeforeValidator)]
    ours = all(isinstance(one, Lenient) for one in own)
    kinds = get_args(info.annotation) or (info.annotation,)
    models = list(filter(_is_model, kinds))
    if not models:
        return _plain(name, info, read, ours=ours)
    if not ours or len(own) < len(info.metadata):
        raise Unfit
    held: Any
    if get_origin(info.annotation) is tuple and kinds == (models[0], ...):
        if way == ():
            return Column(name, list[Raw] | _OTHER_THAN_LIST, frozenset({list}), read)
        inner = shape(models[0])
        held = tuple[inner.kind, ...] | _OTHER_THAN_LIST  # type: ignore[name-defined]
        return Column(name, held, frozenset({tuple}), read, inner=inner, many=True)
    inner = shape(models[0], way or ())
    if info.annotation is models[0]:
        return Column(name, inner.kind, frozenset({inner.kind}), read, inner=inner)
    if {*kinds} != {models[0], NoneType}:
        raise Unfit
    held = inner.kind | _OTHER_THAN_OBJECT
    return Column(name, held, frozenset({inner.kind, NoneType}), read, inner=inner)


# Marketplaces send nothing in many forms; the field's own validators know them.
_OTHER_THAN_LIST = None | str | dict[str, Any]
_OTHER_THAN_OBJECT = None | str | list[Any]


def _plain(name: str, info: FieldInfo, read: Get, *, ours: bool) -> Column:
    """Hold a scalar as it came: of the right type it stays, unless its validators are unknown."""
    inside = chain.from_iterable(map(_parts, get_args(info.annotation)))
    if any(map(_is_model, inside)):
        raise Unfit
    kinds = set(_parts(info.annotation))
    if not ours or not kinds <= _SCALARS | {NoneType}:
        return Column(name, Any, frozenset(), read)
    right = frozenset(kinds)
    return Column(name, Any, right, _quick(right, info, read), _within(info))


_SCALARS: set[Any] = {str, int, bool, Decimal, datetime}


def _quick(right: frozenset[type], info: FieldInfo, read: Get) -> Get:
    """Read a value by what stands before its type, which is enough for nearly all of them."""
    steps: list[Any] = [one.func for one in reversed(info.metadata) if isinstance(one, Lenient)]

    def value(told: Any) -> Any:
        found = told
        for step in steps:
            found = step(found)
        if type(found) is int and Decimal in right:
            return Decimal(found)
        return found if type(found) in right else read(told)

    return value


def _values(info: FieldInfo) -> Get:
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
    return tuple(_bound(one) for one in info.metadata if not isinstance(one, BeforeValidator))


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


def _parts(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) or (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
