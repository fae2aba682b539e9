"""Payloads of writes: one tree, as JSON text or as XML (fact book section 4.3, quirk 19)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from entrosdk.domain.money import Money

__all__ = ["Tree", "as_json", "as_xml", "number", "prices", "request"]

Tree: TypeAlias = Mapping[str, Any]


def request(**product: Any) -> Tree:
    """Put the members of a product into the tree that product calls want."""
    return {"Request": {"Product": product}}


def as_json(tree: Tree) -> str:
    """Write a tree as JSON; lists stay lists, also of one (code 1001)."""
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def as_xml(tree: Tree) -> str:
    """Write a tree as XML; a list repeats its tag, and `&` is escaped (code 5)."""
    return "".join(_element(tag, value) for tag, value in tree.items())


def _element(tag: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{tag}>{as_xml(value)}</{tag}>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(tag, one) for one in value)
    return f"<{tag}>{escape(str(value))}</{tag}>"


def number(money: Money) -> str:
    """Write an amount in major units, without a fraction where the currency has none (4104)."""
    return f"{money.amount:f}"


def prices(price: Money, listed: Money | None) -> tuple[str, str]:
    """Return price and special price as Lazada means them; the second is empty where there is none.

    A special price has to be lower than the price (code 4157), so a list price that is not above
    what buyers pay is left out.
    """
    if listed is None or listed <= price:
        return number(price), ""
    return number(listed), number(price)
