"""A raw body as it may be shown: its shape in full, its personal values masked."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["masked_body"]

# Whatever a marketplace calls them: better a harmless value masked than a person shown.
_PERSONAL = re.compile(
    r"name|phone|mobile|mail|address|addr|street|ward|district|town|city|zip|postcode|buyer|"
    r"recipient|receiver|customer|contact|note|message|remark|text|birth|token|secret|sign|card|"
    r"account|tax|identity|cpf|latitude|longitude|geo",
    re.IGNORECASE,
)
# Names of things, not of people.
_HARMLESS = re.compile(
    r"^(item|product|model|variation|sku|promotion|shop|warehouse|carrier|logistics\w*)_?name$",
    re.IGNORECASE,
)


def masked_body(body: str) -> str:
    """Return a body as indented JSON without personal values; raises `JSONDecodeError`."""
    return json.dumps(_masked(json.loads(body)), ensure_ascii=False, indent=2)


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner, _inherited(name, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name) for inner in value]
    hidden = _PERSONAL.search(name) and not _HARMLESS.match(name)
    return "***" if hidden and value not in (None, "", 0, False) else value


def _inherited(outer: str, key: str) -> str:
    """What stands below an address is personal whatever it is called."""
    return outer if _PERSONAL.search(outer) and not _HARMLESS.match(outer) else key
