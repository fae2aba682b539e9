"""Bodies read as structs: the values, the drift and the reasons that their models give."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Thread
from typing import Annotated, Any, ClassVar

import attrs
import msgspec
import pytest
from annotated_types import Ge
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field, create_model, model_validator

from entrosdk.domain.source import deferring
from entrosdk.errors import BadReply
from entrosdk.spi import shapes
from entrosdk.spi.columns import Unfit
from entrosdk.spi.shapes import shape
from entrosdk.spi.structs import decoded
from entrosdk.spi.wire import Id, Many, Maybe, Read, Rows, Text, WireModel, peek, read
from tests.unit.spi.test_wire import Leaf, Page, Record, odd, records

PLAIN = Rows(Page, "rows", Record, "id")
DEFERRED = Rows(Page, "rows", Record, "id", deferred=True)

EVERY = ("id", "at", "text", "later", "count", "flag", "amount", "perhaps", "leaf", "leaves")


def told(model: Any, fields: tuple[str, ...] = EVERY) -> Any:
    """The values of a model or a struct, with the types they have."""
    values = [getattr(model, name) for name in fields]
    return [_inside(value) for value in values]


def _inside(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_inside, value))
    return ("leaf", value.state) if hasattr(value, "state") else (type(value), value)


@given(st.lists(records, max_size=3), st.sampled_from([{}, {"rows": None}, {"new": 1}]))
def test_structs_say_what_models_say(rows: list[Any], around: dict[str, Any]) -> None:
    """The same values of the same types, the same drift, the same records put aside."""
    body = json.dumps({"rows": rows} | around).encode()
    structs, models = DEFERRED.read(body), PLAIN.read(body)
    assert list(map(told, structs.models)) == list(map(told, models.models))
    assert structs.drift == models.drift
    assert [(bad.id, bad.reason) for bad in structs.unreadable] == [
        (bad.id, bad.reason) for bad in models.unreadable
    ]
    assert [_source(one) for one in structs.models] == list(models.models)


def _source(record: Any) -> Any:
    return Held(source=record).source


@deferring
@frozen
class Held:
    """A domain value with a source."""

    source: Any


ROW = b'{"id": 7, "at": 1, "amount": 5, "leaf": {"state": "on"}, "leaves": null}'


def one(row: bytes = ROW) -> Any:
    """A record as a struct."""
    (found,) = DEFERRED.read(b'{"rows": [%s]}' % row).models
    return found


def test_a_source_is_typed_when_it_is_asked_for() -> None:
    """Whoever reads it sees the marketplace's own model, every time the same one."""
    held = Held(source=one())
    assert isinstance(held.source, Record)
    assert held.source is held.source
    assert attrs.evolve(Held(source=one())).source == held.source
    assert attrs.asdict(Held(source=one())) == {"source": held.source}
    assert pickle.loads(pickle.dumps(Held(source=one()))).source == held.source


def test_a_struct_keeps_people_out_of_its_repr() -> None:
    """It names its model and nothing else."""
    assert repr(one()) == "<Record>"


def test_a_key_that_was_met_is_counted_each_time() -> None:
    """The first body with it is one for the model, the later ones are read as all others."""
    row = ROW.replace(b'"at"', b'"never seen before": 1, "at"')
    page = b'{"rows": [%s, %s]}' % (row, row.replace(b"7", b"8"))
    for _ in range(3):
        found = DEFERRED.read(page)
        assert found.drift == {"rows.never seen before": 2}
    assert Record not in map(type, found.models)
    assert _source(found.models[0]).model_extra == {"never seen before": 1}


@pytest.mark.parametrize("key", ['"', "\\", "\n", "\x1f", "", "x" * 200, "_body_", "id\u2060"])
def test_any_key_is_counted(key: str) -> None:
    """Also one that no struct can have."""
    row = json.dumps(json.loads(ROW) | {key: 1}).encode()
    for _ in range(3):
        assert DEFERRED.read(b'{"rows": [%s]}' % row).drift == {f"rows.{key}": 1}


def test_a_record_is_put_aside_as_it_came() -> None:
    """Byte for byte, with the reason its model gives; its neighbours are read."""
    bad = b'{"id":  9, "at": -1, "amount": 5}'
    found = DEFERRED.read(b'{"rows": [%s, %s]}' % (ROW, bad))
    assert [model.id for model in found.models] == ["7"]
    assert [(one.id, one.body, one.reason) for one in found.unreadable] == [
        ("9", bad, "at: greater_than")
    ]


def test_a_record_that_fits_no_domain_value_is_put_aside_as_it_came() -> None:
    """Its own bytes, not the page's."""

    def convert(record: Record) -> str:
        raise ValueError

    found: Read[Page, Record] = DEFERRED.read(b'{"rows": [%s]}' % ROW)
    assert [bad.body for bad in found.mapped(convert).unreadable] == [ROW]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"rows": [{"id": "\xff"}]}', b'{"rows": [{"id": 1', b"[]", b'{"rows": 1}']
)
def test_what_is_no_page_is_a_bad_reply(body: bytes) -> None:
    """As it is for models."""
    with pytest.raises(BadReply):
        DEFERRED.read(body)


# Types that were not met before


def fresh() -> type[Record]:
    """A model that has met nothing yet."""
    return type("Fresh", (Record,), {"__module__": __name__})


def both(model: type[Record]) -> tuple[Rows[Any, Any], Rows[Any, Any]]:
    """Read pages of its records as structs, and as models."""
    page = create_model("FreshPage", __base__=Page, rows=(Many[model], ()))  # type: ignore[valid-type]
    return Rows(page, "rows", model, "id", deferred=True), Rows(page, "rows", model, "id")


def outcome(found: Read[Any, Any]) -> Any:
    """All that a reading tells."""
    bad = [(bad.id, bad.reason) for bad in found.unreadable]
    return list(map(told, found.models)), bad, found.drift


def takes(model: type[Record], row: bytes) -> bool:
    """Does msgspec itself take the record, without anybody looking at what it is?"""
    try:
        shape(model, record=True).decode(row)
    except msgspec.ValidationError:
        return False
    return True


OTHER_TYPES = {
    "id": b"7",
    "text": b"null",
    "later": b'"5"',
    "count": b"2.0",
    "flag": b"1",
    "amount": b"12.5",
    "perhaps": b'""',
    "leaf": b"[]",
    "leaves": b"{}",
}


@pytest.mark.parametrize("name", OTHER_TYPES)
def test_a_type_that_was_not_met_is_read_and_then_expected(name: str) -> None:
    """The first record with it is read again, the later ones at once."""
    model, value = fresh(), OTHER_TYPES[name]
    plain = b'{"id": "7", "at": 1, "amount": 5, "%s": %s}' % (name.encode(), value)
    structs, models = both(model)
    assert not takes(model, plain)
    for _ in range(2):
        found = structs.read(b'{"rows": [%s]}' % plain)
        assert outcome(found) == outcome(models.read(b'{"rows": [%s]}' % plain))
        assert type(found.models[0]) is not model
        assert takes(model, plain)


def test_types_that_alternate_are_all_expected() -> None:
    """Once met, a field is held as it comes, and nothing is derived again."""
    model = fresh()
    structs, models = both(model)
    pages = [
        b'{"rows": [{"id": %s, "at": 1, "amount": %s}]}' % pair
        for pair in [(b"7", b"5"), (b'"7"', b"5.5"), (b"7", b'"5"'), (b'"7"', b"5")]
    ]
    for page in pages:
        assert outcome(structs.read(page)) == outcome(models.read(page))
    known = shape(model, record=True)
    for page in pages:
        assert outcome(structs.read(page)) == outcome(models.read(page))
    assert shape(model, record=True) is known


@pytest.mark.parametrize(
    "bad", [b'"at": -1', b'"at": true, "at": "x"', b'"id": "", "at": 1', b'"at": 1, "flag": 7']
)
def test_what_is_wrong_changes_nothing_for_others(bad: bytes) -> None:
    """Neither a value out of bounds nor one no validator reads makes a field loose."""
    model = fresh()
    structs, models = both(model)
    structs.read(b'{"rows": [{"id": "7", "at": 1, "amount": 5}]}')
    known = shape(model, record=True)
    page = b'{"rows": [{"id": "7", "at": 1, "amount": 5}, {"id": "8", "amount": 5, %s}]}' % bad
    assert outcome(structs.read(page)) == outcome(models.read(page))
    assert len(structs.read(page).unreadable) == 1
    assert shape(model, record=True) is known


TOKENS = r"""
    null true false 0 -0 1 -1 7 9007199254740993 9223372036854775808 -9223372036854775809
    4294967295 4294967296 0.0 -0.0 1.0 1.5 12.50 1e2 1E+2 1e-7 1e400 9007199254740993.0 1e22
    19.989999999999998436 NaN "" "0" "1" "1.0" "12.50" "true" "null" "-0" "1e2" "1_0" "NaN" "x"
    "\u00201\u0020" "\ud800" {} [] [1]
    {"state":1} {"state":null} {"state":""} {"state":"on"} {"state":"?","new":1}
    [{}] [{"state":1}] [{"state":"on"},{"state":2.5}] [{"state":"on"},null]
"""
tokens = st.sampled_from([*TOKENS.split(), "9" * 40])
pairs = st.lists(st.tuples(st.sampled_from(EVERY), tokens), max_size=4)


@settings(max_examples=300)
@given(st.lists(st.lists(pairs, max_size=3), min_size=1, max_size=4))
def test_any_types_in_any_order_are_read_as_by_models(pages: list[Any]) -> None:
    """Before a field's types are met and after; where a key is told twice, too."""
    structs, models = both(fresh())
    bodies = [
        b'{"rows": [%s]}' % b", ".join(row(at, drawn) for at, drawn in enumerate(page))
        for page in pages
    ]
    for body in bodies * 2:
        assert outcome(structs.read(body)) == outcome(models.read(body))


def row(at: int, drawn: list[tuple[str, str]]) -> bytes:
    """A record that is good before what was drawn is told over it."""
    more = "".join(f', "{name}": {token}' for name, token in drawn)
    return b'{"id": "%d", "at": 1, "amount": 5%s}' % (at, more.encode())


def test_threads_learn_side_by_side() -> None:
    """All read what the model reads, and what any of them met is expected afterwards."""
    model = fresh()
    structs, models = both(model)
    rows = [
        b'{"id": "7", "at": 1, "amount": 5, "%s": %s, "new %s": 1}' % (key, value, key)
        for key, value in ((name.encode(), value) for name, value in OTHER_TYPES.items())
    ]
    bodies = [b'{"rows": [%s]}' % row for row in rows]
    expected = [outcome(models.read(body)) for body in bodies]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(map(outcome, pool.map(structs.read, bodies))) == expected
    assert all(takes(model, row) for row in rows)


def test_what_is_learnt_while_a_shape_is_derived_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A shape that knows less does not stay."""
    model, derived = fresh(), shapes._told

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = derived(*args, **kwargs)
        if args[0] is model:
            learning.start()
            learning.join(timeout=0.05)
        return found

    learning = Thread(target=shapes.loosen, args=(model, "text"))
    with monkeypatch.context() as patch:
        patch.setattr(shapes, "_told", slowly)
        shape(model, record=True)
    learning.join()
    assert takes(model, b'{"id": "7", "at": 1, "amount": 5, "text": null}')


def test_fields_stand_in_the_order_of_the_first_page() -> None:
    """Keys it did not have follow; those of models inside are arranged as well."""
    model = fresh()
    structs, models = both(model)
    rows = [
        b'{"amount": 5, "leaves": [{"weight": 1}, {"state": "on"}], "id": "7", "at": 1}',
        b'{"amount": 5, "flag": true, "id": "8", "leaf": {"state": "on"}, "at": 1}',
    ]
    for _ in range(2):
        page = b'{"rows": [%s, {"id": "9"}]}' % b", ".join(rows)
        assert outcome(structs.read(page)) == outcome(models.read(page))
        kind = shape(model, record=True).kind
        assert kind.__struct_fields__[:6] == ("amount", "leaves", "id", "at", "flag", "leaf")
        assert set(kind.__struct_fields__) == {*EVERY, "_body_"}
        inner = type(structs.read(page).models[0].leaves[0])
        assert inner.__struct_fields__[:2] == ("weight", "state")


class Bare(BaseModel):
    """Skips the keys it does not know."""

    state: Text = ""


class Holder(WireModel):
    """Holds one that skips."""

    id: Id
    bare: Maybe[Bare] = None


def test_what_is_skipped_is_not_looked_at_for_its_order() -> None:
    """It may be no text at all."""
    rows = Rows(Page, "rows", Holder, "id", deferred=True)
    found = rows.read(b'{"rows": [{"id": "7", "bare": {"more": "\xff", "state": "on"}}]}')
    assert [one.bare.state for one in found.models if one.bare] == ["on"]


class Loose(WireModel):
    """Says more of its fields than msgspec can."""

    twice: Annotated[int, Ge(5), Ge(0)] = 7
    half: Annotated[int, Ge(Decimal("0.5"))] = 1
    either: int | str = 0
    late: Text = None  # type: ignore[assignment]
    leaves: Many[Leaf] = None  # type: ignore[assignment]


def test_a_field_that_says_more_is_looked_at() -> None:
    """Bounds hold, and a default of another type is read as a value would be."""
    seen = decoded(Loose, b'{"twice": 5, "either": "x"}')
    assert (seen.twice, seen.half, seen.either, seen.late, seen.leaves) == (5, 1, "x", "", ())
    for body in (b'{"twice": 4}', b'{"half": 0}'):
        with pytest.raises(Unfit):
            decoded(Loose, body)


class Head(BaseModel):
    """The outer keys of a reply."""

    error: Text = ""

    @property
    def failed(self) -> bool:
        """Is it an error?"""
        return self.error != ""


@given(st.dictionaries(st.sampled_from(["error", "more"]), odd))
def test_a_peek_tells_what_reading_tells(drawn: dict[str, Any]) -> None:
    """Fields and properties, or the same refusal."""
    body = json.dumps(drawn).encode()
    try:
        whole = read(Head, body)
    except BadReply as error:
        with pytest.raises(BadReply, match=error.message.split(":")[0]):
            peek(Head, body)
    else:
        seen = peek(Head, body)
        assert (seen.error, seen.failed) == (whole.error, whole.failed)


def test_a_peek_refuses_what_is_no_text() -> None:
    """Also in what it skips."""
    with pytest.raises(BadReply):
        peek(Head, b'{"error": "", "more": "\xff"}')


class Checked(WireModel):
    """Says in code what a struct cannot know."""

    name: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _told(cls, value: Any) -> Any:
        return {"name": "said"}


class Made(WireModel):
    """Has a default that is made."""

    names: list[str] = Field(default_factory=list)


class Nested(WireModel):
    """Has another validator around a model."""

    leaf: Annotated[Leaf, BeforeValidator(lambda value: value or {})]


class Tree(WireModel):
    """Holds itself."""

    branches: Many[Tree] = ()


@pytest.mark.parametrize("model", [Checked, Made, Nested, Tree])
def test_a_model_that_says_more_reads_itself(model: type[WireModel]) -> None:
    """No struct is derived of it, and pages of it are read as before."""
    with pytest.raises(Unfit):
        decoded(model, b"{}")


class Shouted(WireModel):
    """Has a validator of its own."""

    known: ClassVar[frozenset[str]] = frozenset({"class", "no name"})
    words: ClassVar[Mapping[str, frozenset[str]]] = {"name": frozenset({"AN"})}

    name: Annotated[str, BeforeValidator(str.upper)]
    leaf: Maybe[Leaf] = None


def test_a_validator_that_is_not_known_sees_every_value() -> None:
    """Only what is marked `Lenient` may be passed over."""
    rows = Rows(Page, "rows", Shouted, "name", deferred=True)
    found = rows.read(b'{"rows": []}')
    assert found.models == ()
    seen = decoded(Shouted, b'{"name": "an", "class": 1, "no name": 2, "leaf": ""}')
    assert (seen.name, seen.leaf) == ("AN", None)
