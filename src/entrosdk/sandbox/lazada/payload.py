"""Payloads of product calls: the same tree as XML or as JSON (book 4.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from entrosdk.sandbox.lazada.parameters import Refusal

__all__ = ["product", "rows", "tree"]


def tree(text: str) -> dict[str, Any]:
    """Read the inside of `Request`; what cannot be read is refused."""
    if text.lstrip().startswith("<"):
        return _xml(text)
    try:
        whole = json.loads(text)
    except ValueError:
        raise Refusal("1001", "The parameters are not in JSON format") from None
    inside = whole.get("Request") if isinstance(whole, dict) else None
    if not isinstance(inside, dict):
        raise Refusal("5", "E005: Invalid Request Format")
    return inside


def product(text: str) -> dict[str, Any]:
    """Read the product of a payload."""
    found = tree(text).get("Product")
    if not isinstance(found, dict):
        raise Refusal("1", "E001: Parameter Product is mandatory")
    return found


def rows(parent: Mapping[str, Any], outer: str, inner: str, text: str) -> list[Any]:
    """Return the members of a list: in XML one is an object, in JSON it must be an array (1001)."""
    place = parent.get(outer)
    found = place.get(inner) if isinstance(place, dict) else None
    if found is None:
        return []
    if isinstance(found, list):
        return found
    if not text.lstrip().startswith("<"):
        raise Refusal("1001", f"The parameter {inner} is not an array")
    return [found]


def _xml(text: str) -> dict[str, Any]:
    try:
        root = ET.fromstring(text)  # noqa: S314 - on loopback, from whoever tests
    except ET.ParseError:
        raise Refusal("5", "E005: Invalid Request Format") from None
    if root.tag != "Request":
        raise Refusal("5", "E005: Invalid Request Format")
    found = _value(root)
    return found if isinstance(found, dict) else {}


def _value(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _value(child)
        if child.tag in found:
            known = found[child.tag]
            found[child.tag] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            found[child.tag] = value
    return found
