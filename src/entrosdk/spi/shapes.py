"""Shapes: the msgspec struct that a wire model is read as, derived from the model.

A page of orders has thousands of values, and nearly all are of the type their model asks for.
msgspec fills a struct several times as quickly as pydantic does a model.
So a model still says, once, how a body is read, and a struct gives the values the model would
(`structs` does the reading).

Some models say more than this module understands; they are read as they always were.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import chain
from keyword import iskeyword
from operator import attrgetter
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin

import msgspec
from attrs import evolve, frozen
from msgspec import UNSET, Raw, Struct
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from entrosdk.domain.source import Deferred
from entrosdk.spi.columns import (
    Column,
    Get,
    Lenient,
    Unfit,
    is_model,
    plain,
    reader,
    values,
)

__all__ = ["Model", "Shape", "arrange", "loosen", "meet", "shape"]

Model: TypeAlias = type[BaseModel]


class Body(Deferred):
    """What a record's struct is besides: its own bytes, and the model they can be read as."""

    __slots__ = ()

    _model_: Model

    def _typed_(self) -> Any:
        return reader(self._model_).validate_json(self._body_)


# Shapes


@frozen(eq=False)
class Shape:
    """A model's struct, the fields to look at, and what counts as drift.

    `words` are fields whose words we know some of; `met` are keys that were met and are unknown.
    `empty` is the struct of an empty object, which no other object may look like.
    It is `arranged` when its fields stand in the order in which bodies have them.
    """

    decode: Callable[[bytes], Any]
    kind: type[Struct]
    columns: tuple[Column, ...]
    words: tuple[tuple[str, Collection[str], Get], ...]
    met: tuple[tuple[str, Get], ...]
    empty: Any
    arranged: bool


@frozen
class _Learnt:
    """What bodies had that their model does not say.

    These are more `keys`, `loose` fields' other types, and the `order` in which keys come.
    """

    keys: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    order: tuple[str, ...] | None = None


_learnt: defaultdict[Model, _Learnt] = defaultdict(_Learnt)
_shapes: dict[Any, Shape] = {}
_learning = threading.RLock()  # a shape that was derived of less must not outlive what is learnt


def _learn(model: Model, **more: Any) -> None:
    _learnt[model] = evolve(_learnt[model], **more)
    _shapes.clear()


def meet(model: Model, keys: Iterable[str]) -> None:
    """Remember keys of bodies that `model` does not know, so that structs make room for them."""
    with _learning:
        met = _learnt[model].keys
        new = {key for key in keys if _KEY.fullmatch(key)} - met
        if new and len(met) < _MANY:  # keys that are data, such as ids, would never end
            _learn(model, keys=met | new)


_KEY = re.compile(r"[\w .:/-]{1,64}")  # a struct has no key with quotes or control characters
_MANY = 50


def loosen(model: Model, name: str) -> None:
    """Remember a field that has values of other types, so that structs hold them as they come."""
    with _learning:
        loose = _learnt[model].loose
        if name not in loose:
            _learn(model, loose=loose | {name})


def arrange(model: Model, rows: Iterable[Any]) -> None:
    """Remember the order of keys: msgspec finds a key at once where it expects the next one."""
    told: list[dict[str, Any]] = [row for row in rows if isinstance(row, dict)]
    if not told:
        return
    with _learning:
        _learn(model, order=tuple(dict.fromkeys(chain.from_iterable(told))))
    for name, info in model.model_fields.items():
        values = [row.get(_key(info, name)) for row in told]
        for inner in filter(is_model, _kinds(info)):
            lists: list[list[Any]] = [
                value if isinstance(value, list) else [value] for value in values
            ]
            arrange(inner, chain.from_iterable(lists))


def shape(
    model: Model, way: tuple[str, ...] = (), *, record: bool = False, strict: bool = True
) -> Shape:
    """Return the shape of a model; raises `Unfit` for one that says more than a struct can.

    `way` leads to a list that is left as raw records; a `record` keeps the bytes it came from.
    A `strict` one refuses other types than a field's own, where none were met; what it refuses,
    the other one reads.
    """
    key = (model, way, record, strict)
    found = _shapes.get(key)
    if found is None:
        with _learning:
            found = _shapes[key] = _told(model, way, record=record, strict=strict)
    return found


def _told(model: Model, way: tuple[str, ...], *, record: bool, strict: bool) -> Shape:
    if model not in _untold:
        try:
            return _derived(model, way, record=record, strict=strict)
        except (Unfit, RecursionError):
            _untold.add(model)
    raise Unfit


_untold: set[Model] = set()


def _derived(model: Model, way: tuple[str, ...], *, record: bool, strict: bool) -> Shape:
    checks, learnt = model.__pydantic_decorators__, _learnt[model]
    if checks.field_validators or checks.model_validators or checks.validators:
        raise Unfit
    if model.model_config.get("extra") == "forbid":
        raise Unfit
    columns = [
        _column(model, name, way[1:] if way[:1] == (name,) else None, strict=strict)
        for name in model.model_fields
    ]
    keys = {column.name: _key(model.model_fields[column.name], column.name) for column in columns}
    fields: list[Any] = [
        (column.name, column.type, *_default(model.model_fields[column.name])) for column in columns
    ]
    counting = hasattr(model, "known")
    unread = sorted(set(getattr(model, "known", ())) - set(keys.values()))
    met = {f"met{at}_": key for at, key in enumerate(sorted(learnt.keys))}
    fields += [(_attribute(key, keys), Any, None) for key in unread]
    keys |= {_attribute(key, keys): key for key in unread}
    fields += [(name, Any, UNSET) for name in met]
    if record:  # a name that no marketplace gives to anything
        fields.append(("_body_", Any, None))
        keys["_body_"] = "\N{WORD JOINER}body"
    keys |= met
    places = {key: at for at, key in enumerate(learnt.order or ())}
    fields.sort(key=lambda one: places.get(keys[one[0]], len(places)))
    kind = msgspec.defstruct(
        model.__name__,
        fields,
        bases=(Body, Struct) if record else (Struct,),
        namespace={**_properties(model), "_model_": model, "__repr__": _named},
        rename=keys,
        kw_only=True,
        gc=False,  # a body holds no cycles
        forbid_unknown_fields=counting,
    )
    words: Mapping[str, Collection[str]] = getattr(model, "words", {})
    return Shape(
        decode=msgspec.json.Decoder(kind).decode,
        kind=kind,
        columns=tuple(one for one in columns if one.looked_at or one.inner is not None),
        words=tuple((key, told, attrgetter(key)) for key, told in words.items()),
        met=tuple((key, attrgetter(name)) for name, key in met.items()),
        empty=None if any(len(one) == _REQUIRED for one in fields) else kind(),
        arranged=learnt.order is not None,
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


def _column(model: Model, name: str, way: tuple[str, ...] | None, *, strict: bool) -> Column:
    """Say how a field is held: strictly, unless values of other types were met."""
    info = model.model_fields[name]
    column = _loose(name, info, way, strict=strict)
    told = info.is_required() or type(info.default) in column.right
    if column.exact is None or not told or name in _learnt[model].loose:
        return column
    return column.strict() if strict else column.telling(partial(loosen, model, name))


def _loose(name: str, info: FieldInfo, way: tuple[str, ...] | None, *, strict: bool) -> Column:
    """Hold what comes; `way` goes on below it, and ends at the list of raw records."""
    kinds = _kinds(info)
    models = list(filter(is_model, kinds))
    if not models:
        return plain(name, info)
    if not all(isinstance(one, Lenient) for one in info.metadata):
        raise Unfit
    read = values(info)
    held: Any
    if get_origin(info.annotation) is tuple and kinds == (models[0], ...):
        if way == ():
            return Column(name, list[Raw] | _OTHER_THAN_LIST, frozenset({list}), read)
        inner = shape(models[0], strict=strict)
        held = tuple[inner.kind, ...]  # type: ignore[name-defined]
        right: frozenset[type] = frozenset({tuple})
        return Column(
            name, held | _OTHER_THAN_LIST, right, read, exact=held, inner=inner, many=True
        )
    inner = shape(models[0], way or (), strict=strict)
    if info.annotation is models[0]:
        right = frozenset({inner.kind})
        return Column(name, inner.kind, right, read, exact=inner.kind, inner=inner)
    if {*kinds} != {models[0], NoneType}:
        raise Unfit
    right = frozenset({inner.kind, NoneType})
    held = inner.kind | None
    return Column(name, held | _OTHER_THAN_OBJECT, right, read, exact=held, inner=inner)


def _kinds(info: FieldInfo) -> tuple[Any, ...]:
    return get_args(info.annotation) or (info.annotation,)


# Marketplaces send nothing in many forms; the field's own validators know them.
_OTHER_THAN_LIST = None | str | dict[str, Any]
_OTHER_THAN_OBJECT = None | str | list[Any]
