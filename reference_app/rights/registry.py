"""What apps say about their tables, in a module `data_rights` of their own.

A table that hangs on a merchant is exported and deleted without anybody saying so. What needs
words is the rest: columns that are secrets, tables that are nobody's, books the law wants kept.
Names are Django's lower-case labels, such as `records.order`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

__all__ = [
    "HIDDEN",
    "KEPT",
    "LEFT_OUT",
    "OPENED",
    "MERCHANTS_OWN",
    "PATHS",
    "SEALED",
    "SEALED_INSIDE",
    "UNOWNED",
    "Kept",
    "hide",
    "keep",
    "leave_out",
    "nobodys",
    "opens",
    "reaches",
    "sealed",
    "sealed_by_merchant",
    "sealed_inside",
]

Opener: TypeAlias = Callable[[Any, dict[str, Any]], dict[str, Any]]


@frozen(kw_only=True)
class Kept:
    """Books that outlive the account: why, and what the personal columns become."""

    reason: Any
    strip: Mapping[str, Any] = field(factory=dict)


HIDDEN: dict[str, dict[str, str]] = {}
LEFT_OUT: dict[str, str] = {}
UNOWNED: dict[str, str] = {}
PATHS: dict[str, str] = {}
OPENED: dict[str, Opener] = {}
KEPT: dict[str, Kept] = {}
SEALED: dict[tuple[str, str], Callable[[Any], str]] = {}
MERCHANTS_OWN: set[tuple[str, str]] = set()
SEALED_INSIDE: dict[str, tuple[Callable[[], Iterable[str]], Callable[[], int]]] = {}


def hide(table: str, reason: str, *columns: str) -> None:
    """Leave columns out of the export: secrets, and what only this installation can use."""
    HIDDEN.setdefault(table, {}).update(dict.fromkeys(columns, reason))


def leave_out(table: str, reason: str) -> None:
    """Leave a merchant's table out of the export; it is deleted with the rest all the same."""
    LEFT_OUT[table] = reason


def nobodys(table: str, reason: str) -> None:
    """Say that a table holds nothing that belongs to a merchant."""
    UNOWNED[table] = reason


def reaches(table: str, path: str) -> None:
    """Say by which path of fields a row leads to its merchant, where that cannot be found."""
    PATHS[table] = path


def opens(table: str, opener: Opener) -> None:
    """Replace sealed columns by what is in them: `opener(seal, row)` returns more columns."""
    OPENED[table] = opener


def keep(table: str, *, reason: Any, strip: Mapping[str, Any] | None = None) -> None:
    """Keep a table's rows when their merchant is deleted, with `strip`'s columns overwritten.

    The tables by which the rows lead to the merchant have to be kept as well. The merchant's own
    row then stays without its name and key.
    """
    KEPT[table] = Kept(reason=reason, strip=strip or {})


def sealed(table: str, column: str, context: Callable[[Any], str]) -> None:
    """Say that a column is sealed with the installation's key, and under which context.

    `rotate_keys` seals it anew. An empty column is left alone.
    """
    SEALED[table, column] = context


def sealed_by_merchant(table: str, column: str) -> None:
    """Say that a column is sealed with the merchant's own key, which no rotation touches."""
    MERCHANTS_OWN.add((table, column))


def sealed_inside(
    name: str, values: Callable[[], Iterable[str]], reseal: Callable[[], int]
) -> None:
    """Say that sealed values stand inside something else, such as a JSON column.

    `values()` yields them as they are; `reseal()` seals them with the newest key of the ring and
    returns how many.
    """
    SEALED_INSIDE[name] = values, reseal
