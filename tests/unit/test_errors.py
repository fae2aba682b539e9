"""Errors say what happened, where and what to do; and they travel."""

from __future__ import annotations

import inspect
import pickle

import pytest

from entrosdk import errors
from entrosdk.errors import Context, EntroError, RateLimited, Unreachable

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, EntroError)
]
WHERE = Context(
    marketplace="shopee",
    shop="226518001",
    operation="orders.list",
    request_id="0d3f",
    code="error_x",
)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickle(kind: type[EntroError]) -> None:
    """A worker process can hand its error to another."""
    error = kind("it broke", context=WHERE, advice="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.__dict__) == (kind, str(error), error.__dict__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_next_step(kind: type[EntroError]) -> None:
    """No error leaves its reader alone."""
    assert kind("x").advice.endswith(".")
    assert kind.__doc__


def test_text_names_the_place() -> None:
    """Marketplace, shop, operation, code and request are in the message."""
    text = str(RateLimited("too many requests", context=WHERE, retry_after=3))
    assert text == (
        "too many requests [shopee 226518001, orders.list, code error_x, request 0d3f] "
        "Next step: Wait, then go on; lower the limits if this happens often."
    )


def test_place_is_filled_only_where_it_is_empty() -> None:
    """What the adapter knows better stays."""
    error = EntroError("x", context=Context(operation="exact")).at(operation="vague", shop="1")
    assert (error.context.operation, error.context.shop) == ("exact", "1")


def test_extra_attributes_travel() -> None:
    """Attributes of a kind survive too."""
    assert pickle.loads(pickle.dumps(RateLimited("x", retry_after=9, scope="day"))).scope == "day"
    assert pickle.loads(pickle.dumps(Unreachable("x", sent=False))).sent is False
