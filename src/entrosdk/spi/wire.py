"""Reading a marketplace's JSON: lenient models, exact money, one record at a time if need be.

Only modules of adapters that read bodies import this one; it loads pydantic.
A page is validated as a whole, which is fast; only when that fails is it read record by record,
so that one bad record costs nothing but itself.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from attrs import field, frozen
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from entrosdk.domain.money import Money
from entrosdk.domain.source import body_of
from entrosdk.errors import BadReply
from entrosdk.spi import structs
from entrosdk.spi.columns import Lenient, Unfit, reader
from entrosdk.spi.drift import drift
from entrosdk.spi.page import Unreadable

__all__ = [
    "Amount",
    "Count",
    "Epoch",
    "Flag",
    "Id",
    "Lenient",
    "Many",
    "Mapped",
    "Maybe",
    "MaybeAmount",
    "Misfit",
    "Moment",
    "Read",
    "Rows",
    "Text",
    "WireModel",
    "drift",
    "fault",
    "instant",
    "money",
    "names",
    "parsed",
    "peek",
    "read",
    "reason",
]

T = TypeVar("T")
M = TypeVar("M", bound="WireModel")
P = TypeVar("P", bound="WireModel")
D = TypeVar("D")
B = TypeVar("B", bound=BaseModel)


class Misfit(ValueError):
    """A record that is valid by itself and yet fits no domain value.

    Its text names fields and the kind of fault, never a value.
    """


class WireModel(BaseModel):
    """A body as the marketplace sends it.

    Unknown keys are kept and counted as drift; the repr names the type only, because bodies
    carry people.
    `known` lists keys the manual names and we do not read; they are kept and are no drift.
    `words` says which words of a field we know; any other counts as drift too.
    """

    model_config = ConfigDict(
        extra="allow", frozen=True, defer_build=True, hide_input_in_errors=True
    )

    known: ClassVar[frozenset[str]] = frozenset()
    words: ClassVar[Mapping[str, Collection[str]]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__


def names(words: str) -> frozenset[str]:
    """Read a list of keys written with spaces between them: what `known` is made of."""
    return frozenset(words.split())


# Scalars


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return str(value) if type(value) is int else value  # a truth value is no text


def _number(value: Any) -> Any:
    return 0 if value is None or value == "" else value


def _blank(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[str, Lenient(_text)]
"""Text that some marketplaces send as a number or as null."""

# Bounds stand before the validator: behind it pydantic would check them in Python.
Id = Annotated[str, Field(min_length=1), Lenient(_text)]
"""An id, which may come as a number and must not be empty."""

# Four bytes of seconds last until 2106 and keep any wrong value inside what datetime can hold.
Epoch = Annotated[int, Field(ge=0, le=4_294_967_295), Lenient(_number)]
"""Seconds since 1970; null, empty text and 0 all mean "not yet"."""

Moment = Annotated[int, Field(gt=0, le=4_294_967_295)]
"""Seconds since 1970 that must be told."""

Count = Annotated[int, Lenient(_number)]
"""A whole number; null and empty text mean 0."""

Flag = Annotated[bool, Lenient(_number)]
"""A truth value; null and empty text mean false."""

# JSON numbers become decimals through their shortest text, which is exact up to 15 digits.
Amount = Annotated[Decimal, Lenient(_number)]
"""Money in major units; null and empty text mean nothing."""

MaybeAmount = Annotated[Decimal | None, Lenient(_blank)]
"""Money in major units; null and empty text mean that nothing is said."""


def _nothing(value: Any) -> Any:
    return () if value is None or value in ("", {}) else value


def _absent(value: Any) -> Any:
    return None if value in ("", {}, []) else value


Many = Annotated[tuple[T, ...], Lenient(_nothing)]
"""A list that may come as null, empty text or an empty object."""

Maybe = Annotated[T | None, Lenient(_absent)]
"""An object that may come as null, empty text, an empty object or an empty list."""


def instant(seconds: int) -> datetime | None:
    """Turn epoch seconds into an aware instant; 0 is no instant."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def money(amount: Decimal, currency: str, place: str) -> Money:
    """Read an amount in major units; raises `Misfit` naming `place`, never the amount."""
    try:
        return _exactly(amount, currency)
    except (ValueError, TypeError):  # a signalling NaN has no hash
        raise Misfit(f"{place}: no amount of {currency}") from None


# Prices repeat from order to order, and most fees are nothing.
_exactly = lru_cache(maxsize=1024)(Money.of)


# Whole bodies

_FAULTS = (ValidationError, ValueError, LookupError, ArithmeticError)


class _Parsed(threading.local):
    """The last body of this thread, parsed: the same reply is classified, then read."""

    body: bytes | None = None
    value: Any = None


_last = _Parsed()


def parsed(body: bytes) -> Any:
    """Parse a JSON body, once for all who read it in turn; raises `ValueError`. Change nothing."""
    if _last.body is not body:
        _last.value = from_json(body)
        _last.body = body
    return _last.value


def _validated(shape: Any, body: bytes) -> Any:
    """Read a body as `shape`; raises `ValidationError`.

    Validating parsed values is quicker than validating JSON, and one parse serves several shapes.
    """
    try:
        value = parsed(body)
    except ValueError:
        return reader(shape).validate_json(body)  # it says what is wrong
    return reader(shape).validate_python(value)


def _forget() -> None:
    """Let go of the parsed body: a page is large, and read once."""
    _last.body = _last.value = None


def read(shape: type[T], body: bytes) -> T:
    """Validate a JSON body; raises `BadReply` naming the fields, never their values."""
    try:
        result: T = _validated(shape, body)
    except ValidationError as error:
        raise BadReply(f"the reply does not fit {shape.__name__}: {reason(error)}") from None
    return result


def peek(shape: type[B], body: bytes) -> B:
    """Read a few keys of a body and skip the rest; raises `BadReply` as `read` does.

    What is returned has the fields and properties of `shape`, and nothing else of a model.
    """
    try:
        body.decode()  # what is skipped is not looked at, and has to be text all the same
        found: B = structs.decoded(shape, body)
    except (UnicodeDecodeError, Unfit):
        return read(shape, body)
    return found


def reason(error: Exception) -> str:
    """Say what is wrong with a record without repeating its content."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        places = [f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:5]]
        return "; ".join(places)
    if isinstance(error, BadReply):
        return error.message
    return str(error) if isinstance(error, Misfit) else type(error).__name__


# Pages of records


@frozen
class Rows(Generic[P, M]):
    """Where the records of a reply are: in `page`, under the dotted `path`, each a `shape`.

    `key` is the dotted path of a record's id.
    `attribute` is the path by attribute names, where it differs (a key that is a Python keyword).
    `twin` is the attribute that tells repeated rows, where the id is not enough.
    With `deferred` records come as structs that have the fields and properties of their `shape`,
    and nothing else of a model: several times as quick. As the `source` of a domain value they
    become models when somebody asks for it.
    """

    page: type[P]
    path: str
    shape: type[M]
    key: str
    attribute: str = ""
    twin: str = ""
    deferred: bool = False

    def read(self, body: bytes) -> Read[P, M]:
        """Read a reply.

        Records that do not fit are unreadable, repeated ones are folded.
        Raises `BadReply` when what surrounds the records does not fit.
        """
        if self.deferred:
            with suppress(Unfit):
                return self._read_structs(body)
        try:
            page: P = _validated(self.page, body)
        except ValidationError:
            return self._read_each(body)
        finally:
            _forget()
        models: Iterable[M] = attrgetter(self._way)(page)
        return Read(self, body, page, self._folded(models), (), drift(page))

    def raw(self, body: bytes, name: str) -> bytes:
        """Return the body of the record called `name` as it came."""
        rows, _ = self._rows(body)
        return next((_dump(row) for row in rows if self.name(row) == name), b"")

    def name(self, row: Any) -> str:
        """Return the id of a raw record; one without an id gets a stable name of its own."""
        found = row
        for part in self.key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str | int) and found != "":
            return str(found)
        try:  # the key may be a property of the model
            return str(attrgetter(self.key)(reader(self.shape).validate_json(_dump(row))))
        except (ValidationError, AttributeError):
            return f"?{hashlib.sha256(_dump(row)).hexdigest()[:16]}"

    @property
    def _way(self) -> str:
        return self.attribute or self.path

    def _read_structs(self, body: bytes) -> Read[P, M]:
        """Read records as structs, and as models those that fit none; raises `Unfit`."""
        seen: Counter[str] = Counter()
        page, bodies = structs.page(self.page, self._way, body, seen)
        found = structs.records(self.shape, bodies, seen, f"{self._way}.")
        good: list[M] = []
        bad: list[Unreadable] = []
        for record, raw in zip(found, bodies, strict=True):
            if record is not None:
                good.append(record)
                continue
            try:
                good.append(reader(self.shape).validate_json(raw))
            except ValidationError as error:
                bad.append(Unreadable(id=self._name_of(raw), reason=reason(error), body=raw))
            else:
                drift(good[-1], self._way, seen)
        return Read(self, body, page, self._folded(good), tuple(bad), seen)

    def _name_of(self, raw: bytes) -> str:
        try:
            return self.name(json.loads(raw))
        except (ValueError, RecursionError):
            raise Unfit from None

    def _read_each(self, body: bytes) -> Read[P, M]:
        rows, rest = self._rows(body)
        page = read(self.page, _dump(rest))
        good: list[M] = []
        bad: list[Unreadable] = []
        seen = drift(page)
        for row in rows:
            try:
                good.append(reader(self.shape).validate_json(_dump(row)))
            except ValidationError as error:
                bad.append(Unreadable(id=self.name(row), reason=reason(error), body=_dump(row)))
            else:
                drift(good[-1], self.path, seen)
        return Read(self, body, page, self._folded(good), tuple(bad), seen)

    def _rows(self, body: bytes) -> tuple[list[Any], Any]:
        """Take the records out of a body; returns them, and the body without them."""
        try:
            whole = json.loads(body)
        except (ValueError, RecursionError):
            raise BadReply("the reply is no complete JSON") from None
        *way, last = self.path.split(".")
        place = whole
        for part in way:
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict) or not isinstance(place.get(last), list):
            return [], whole
        rows = place[last]
        place[last] = []
        return rows, whole

    def _folded(self, models: Iterable[M]) -> tuple[M, ...]:
        key = attrgetter(self.twin or self.key)
        return tuple({key(model): model for model in models}.values())


@frozen
class Read(Generic[P, M]):
    """A reply that was read: its page, its records, those that do not fit, and the drift."""

    rows: Rows[P, M]
    body: bytes = field(repr=False)
    page: P
    models: tuple[M, ...]
    unreadable: tuple[Unreadable, ...]
    drift: Counter[str]

    def name(self, model: M) -> str:
        """Return the id of a record."""
        return str(attrgetter(self.rows.key)(model))

    def fault(self, model: M, error: Exception) -> Unreadable:
        """Put a record that could not be mapped aside, with its body as it came."""
        name, body = self.name(model), body_of(model)
        return fault(name, error, self.rows.raw(self.body, name) if body is None else body)

    def mapped(self, convert: Callable[[M], D]) -> Mapped[D]:
        """Map every record; one that fits no domain value is unreadable."""
        good: list[D] = []
        bad = list(self.unreadable)
        for model in self.models:
            try:
                good.append(convert(model))
            except _FAULTS as error:
                bad.append(self.fault(model, error))
        return Mapped(tuple(good), tuple(bad), self.drift)


@frozen
class Mapped(Generic[D]):
    """Domain values, what could not be read, and the drift. Add them up over several replies."""

    items: tuple[D, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    drift: Counter[str] = field(factory=Counter)

    def __add__(self, other: Mapped[D]) -> Mapped[D]:
        drift = self.drift + other.drift if other.drift else self.drift
        return Mapped(self.items + other.items, self.unreadable + other.unreadable, drift)


def fault(name: str, error: Exception, body: bytes) -> Unreadable:
    """Put a record aside; the reason says what is wrong, not what it holds."""
    return Unreadable(id=name, reason=reason(error), body=body)


def _dump(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: legal in JSON text, not in UTF-8
        return json.dumps(value).encode()
