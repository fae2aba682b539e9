"""Reading bodies: parsed once, whatever asks, and with the meaning JSON has."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from entrosdk.domain.money import Money
from entrosdk.errors import BadReply
from entrosdk.spi.wire import (
    Amount,
    Count,
    Epoch,
    Flag,
    Id,
    Many,
    Maybe,
    MaybeAmount,
    Misfit,
    Moment,
    Rows,
    Text,
    WireModel,
    drift,
    money,
    read,
    reason,
)


class Leaf(WireModel):
    """Something inside a record."""

    known: ClassVar[frozenset[str]] = frozenset({"weight"})
    words: ClassVar[Mapping[str, frozenset[str]]] = {"state": frozenset({"on", "off"})}

    state: Text = ""


class Record(WireModel):
    """One of each scalar."""

    id: Id
    at: Moment
    text: Text = ""
    later: Epoch = 0
    count: Count = 0
    flag: Flag = False
    amount: Amount
    perhaps: MaybeAmount = None
    leaf: Maybe[Leaf] = None
    leaves: Many[Leaf] = ()


class Page(WireModel):
    """What surrounds records."""

    rows: Many[Record] = ()


ROWS = Rows(Page, "rows", Record, "id")

texts = st.text(max_size=4) | st.integers(-9, 9).map(str) | st.just("12.50")
odd = st.none() | st.booleans() | st.integers() | st.floats() | texts
leaves = st.dictionaries(st.sampled_from(["state", "weight", "new"]), odd, max_size=2)
records = st.fixed_dictionaries(
    {"id": st.just("7") | odd, "at": st.just(1) | odd, "amount": st.just(5) | odd},
    optional={
        **dict.fromkeys(["text", "later", "count", "flag", "perhaps", "extra"], odd),
        "leaf": leaves | odd,
        "leaves": st.lists(leaves | odd, max_size=2) | odd,
    },
)


@given(records)
def test_what_a_body_means_is_what_its_json_means(record: dict[str, Any]) -> None:
    """Reading gives the instance, or the reason, that validating the JSON itself gives."""
    body = json.dumps(record).encode()
    assert _outcome(lambda: read(Record, body)) == _outcome(
        lambda: TypeAdapter(Record).validate_json(body)
    )


def _outcome(reading: Callable[[], Any]) -> Any:
    try:
        return reading()
    except ValidationError as error:
        return f"the reply does not fit Record: {reason(error)}"
    except BadReply as error:
        return error.message


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b'{"id": "\xff"}', b'"\\ud800"'])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    """The reason is the parser's, for a first reading as for a second."""
    for _ in range(2):
        with pytest.raises(BadReply, match="json_invalid"):
            read(Record, body)


def test_one_body_may_be_read_as_several_shapes() -> None:
    """A reply is classified, then read; neither sees what the other made of it."""
    body = b'{"rows": [{"id": 7, "at": 1, "amount": 5, "leaf": {"state": "on"}}]}'
    assert read(Leaf, body).state == ""
    assert ROWS.read(body).models == read(Page, body).rows
    assert read(Page, bytes(bytearray(body))).rows[0].leaf == Leaf(state="on")


def test_unknown_keys_and_words_are_counted_by_path() -> None:
    """Known ones are not, wherever they stand."""
    leaf = {"state": "on", "weight": 1}
    record = {"id": "7", "at": 1, "amount": 5, "leaf": leaf, "leaves": [leaf, leaf]}
    assert drift(Record.model_validate(record)) == {}
    strange = {"state": "dimmed", "weight": 1, "colour": "red"}
    record |= {"leaf": strange, "leaves": [strange, leaf, strange], "shape": 1}
    assert drift(Record.model_validate(record), "rows") == {
        "rows.shape": 1,
        "rows.leaf.colour": 1,
        "rows.leaf.state=dimmed": 1,
        "rows.leaves.colour": 2,
        "rows.leaves.state=dimmed": 2,
    }


@given(st.lists(records, max_size=4))
def test_records_drift_together_as_they_drift_one_by_one(rows: list[dict[str, Any]]) -> None:
    """A page's drift is the sum of its records', whatever stands beside what."""
    read_rows = []
    for row in rows:
        with contextlib.suppress(ValidationError):
            read_rows.append(Record.model_validate(row))
    alone = [drift(one, "rows") for one in read_rows]
    assert drift(Page(rows=tuple(read_rows))) == sum(alone, Counter())
    assert drift(read_rows, "rows") == sum(alone, Counter())


def test_shapes_that_share_a_place_keep_their_own_keys() -> None:
    """What one of them knows is drift of another."""
    leaf = Leaf.model_validate({"state": "on", "weight": 1})
    record = Record.model_validate({"id": "7", "at": 1, "amount": 5, "weight": 1})
    assert drift([leaf, record, [leaf, "text"]], "rows") == {"rows.weight": 1}


@given(st.decimals(), st.sampled_from(["VND", "SGD"]))
def test_an_amount_is_read_alike_however_often(amount: Decimal, currency: str) -> None:
    """Its second reading gives the same money, or the same reason with its own place."""
    try:
        told: Money | str = Money.of(amount, currency)
    except ValueError:
        told = f"there: no amount of {currency}"
    assert [_read_money(amount, currency) for _ in range(2)] == [told, told]


def _read_money(amount: Decimal, currency: str) -> Money | str:
    try:
        return money(amount, currency, "there")
    except Misfit as error:
        return str(error)
