"""Reading a marketplace's JSON: lenient models, exact money, one record at a time if need be.

Only `wire.py` modules of adapters import this one; it loads pydantic.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from entrosdk.errors import BadReply
from entrosdk.spi.page import Unreadable

__all__ = [
    "Epoch",
    "Text",
    "WireModel",
    "drift",
    "instant",
    "read",
    "read_each",
    "reason",
    "text",
]

T = TypeVar("T")
M = TypeVar("M", bound="WireModel")
D = TypeVar("D")


class WireModel(BaseModel):
    """A body as the marketplace sends it.

    Unknown keys are kept and counted as drift; the repr names the type only, because bodies
    carry people.
    """

    model_config = ConfigDict(
        extra="allow", frozen=True, defer_build=True, hide_input_in_errors=True
    )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__


def text(value: Any) -> Any:
    """Accept ids and codes that arrive as numbers, and null as empty text."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


Text = Annotated[str, BeforeValidator(text)]
"""Text that some marketplaces send as a number or as null."""

Epoch = Annotated[int, BeforeValidator(lambda value: value or 0)]
"""Seconds since 1970; null, empty text and 0 all mean "not yet"."""


def instant(seconds: int) -> datetime | None:
    """Turn epoch seconds into an aware instant; 0 is no instant."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _reader(shape: Any) -> TypeAdapter[Any]:
    return _readers(shape)


@cache
def _readers(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def read(shape: type[T], body: bytes) -> T:
    """Validate a JSON body; raises `BadReply` naming the fields, never their values."""
    try:
        result: T = _reader(shape).validate_json(body)
    except ValidationError as error:
        raise BadReply(f"the reply does not fit {shape.__name__}: {reason(error)}") from None
    return result


def reason(error: Exception) -> str:
    """Say what is wrong with a record without repeating its content."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        places = [f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:5]]
        return "; ".join(places)
    return type(error).__name__ if isinstance(error, KeyError) else str(error)


def read_each(
    rows: Iterable[Any], shape: type[M], convert: Callable[[M], D], name: Callable[[Any], str]
) -> tuple[tuple[D, ...], tuple[Unreadable, ...], Counter[str]]:
    """Validate and convert raw rows one by one.

    Returns the converted rows, those that could not be read, and the drift of the rest.
    """
    good: list[D] = []
    bad: list[Unreadable] = []
    seen: Counter[str] = Counter()
    for row in rows:
        try:
            model = _reader(shape).validate_python(row)
            good.append(convert(model))
        except (ValidationError, ValueError, LookupError, ArithmeticError) as error:
            body = json.dumps(row, ensure_ascii=False).encode()
            bad.append(Unreadable(id=name(row), reason=reason(error), body=body))
        else:
            drift(model, into=seen)
    return tuple(good), tuple(bad), seen


def drift(model: Any, path: str = "", into: Counter[str] | None = None) -> Counter[str]:
    """Count the keys a body has and its model does not know, by dotted path."""
    seen = Counter() if into is None else into
    if isinstance(model, list):
        for part in model:
            drift(part, path, seen)
    elif isinstance(model, WireModel):
        prefix = f"{path}." if path else ""
        for key in model.__pydantic_extra__ or ():
            seen[prefix + key] += 1
        for key in type(model).model_fields:
            value = getattr(model, key)
            if isinstance(value, list | WireModel):
                drift(value, prefix + key, seen)
    return seen
