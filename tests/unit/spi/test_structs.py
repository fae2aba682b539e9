"""Bodies read as structs: the values, the drift and the reasons that their models give."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from entrosdk.domain.source import deferring
from entrosdk.errors import BadReply
from entrosdk.spi.shapes import Unfit
from entrosdk.spi.structs import decoded
from entrosdk.spi.wire import Many, Maybe, Read, Rows, Text, WireModel, peek, read
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
