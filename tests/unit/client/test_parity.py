"""Shop and AsyncShop have the same names, arguments and words."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

import pytest

from entrosdk.client import async_shop, shop

TWINS = [
    (getattr(shop, name), getattr(async_shop, f"Async{name}"))
    for name in ("Shop", "Orders", "Products", "Payments", "Returns", "Events", "Records")
]
RENAMED = {
    "close": "aclose",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
}


def methods(kind: type[Any]) -> dict[str, Any]:
    """Public functions and properties of a class, its bases' included."""
    members = inspect.getmembers(kind, lambda m: isinstance(m, FunctionType | property))
    return {name: member for name, member in members if not name.startswith("_")}


@pytest.mark.parametrize(("blocking", "waiting"), TWINS, ids=lambda kind: kind.__name__)
def test_same_names(blocking: type[Any], waiting: type[Any]) -> None:
    """Nothing is on one side only."""
    assert {RENAMED.get(name, name) for name in methods(blocking)} == set(methods(waiting))


@pytest.mark.parametrize(("blocking", "waiting"), TWINS, ids=lambda kind: kind.__name__)
def test_same_arguments_and_docstrings(blocking: type[Any], waiting: type[Any]) -> None:
    """A call moves from one side to the other by `await` alone."""
    for name, ours in methods(blocking).items():
        theirs = methods(waiting)[RENAMED.get(name, name)]
        assert theirs.__doc__ == ours.__doc__
        if isinstance(ours, FunctionType):
            assert list(inspect.signature(ours).parameters.values()) == list(
                inspect.signature(theirs).parameters.values()
            )
