"""The text of the sink's SQL, written once for each table and kept.

Names come from `tables`, never from data; values are always bound.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table

from entrosdk.sync.sink import StreamKey

__all__ = ["columns_of", "insert", "key_of", "merge", "mine", "remove", "select"]

_KEPT = {"history", "first_seen_at"}  # facts about the first time a record was seen


@cache
def insert(table: Table, mark: str) -> str:
    """Write a statement that inserts a whole row."""
    marks = ", ".join([mark] * len(table.columns))
    return f"INSERT INTO {_quoted(table.name)} ({columns_of(table)}) VALUES ({marks})"  # noqa: S608 - our own names


@cache
def merge(table: Table, source: str, beginning: str) -> str:
    """Write a statement that overwrites the same row, unless a newer version is stored.

    `source` gives the rows: `VALUES (…)`, or a query; `beginning` is a literal.
    """
    name, key = _quoted(table.name), ", ".join(_quoted(c.name) for c in table.primary_key)
    changes = [
        f"{_quoted(column.name)} = excluded.{_quoted(column.name)}"
        for column in table.columns
        if not column.primary_key and column.name not in {*_KEPT, "attempts"}
    ]
    if "attempts" in table.c:
        changes.append(f"attempts = {name}.attempts + 1")
    newer = _not_older(table, beginning)
    return (
        f"INSERT INTO {name} ({columns_of(table)}) {source} "
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)} WHERE {newer}"
    )


@cache
def select(table: Table, wanted: tuple[str, ...], mark: str, where: str) -> str:
    """Write a query for some columns of a stream's rows; `where` says which of them."""
    columns = ", ".join(map(_quoted, wanted))
    return f"SELECT {columns} FROM {_quoted(table.name)} WHERE {mine(table, mark)} {where}"  # noqa: S608


@cache
def remove(table: Table, mark: str, where: str) -> str:
    """Write a statement that deletes some of a stream's rows."""
    return f"DELETE FROM {_quoted(table.name)} WHERE {mine(table, mark)} {where}"  # noqa: S608


def mine(table: Table, mark: str) -> str:
    """Write the condition that a row belongs to the shop (and the stream) of `key_of`."""
    names = ["marketplace", "shop_id", *(["stream"] if "stream" in table.c else [])]
    return " AND ".join(f"{name} = {mark}" for name in names)


def key_of(table: Table, key: StreamKey) -> tuple[Any, ...]:
    """Return the values of `mine`."""
    shop = (key.marketplace, key.shop_id)
    return (*shop, key.stream) if "stream" in table.c else shop


def columns_of(table: Table) -> str:
    """Return the names of all columns, in the order of a row."""
    return ", ".join(_quoted(column.name) for column in table.columns)


def _not_older(table: Table, beginning: str) -> str:
    name = _quoted(table.name)
    read_later = f"excluded.read_at >= {name}.read_at"
    if "updated_at" not in table.c:
        return read_later
    theirs = f"coalesce(excluded.updated_at, {beginning})"
    ours = f"coalesce({name}.updated_at, {beginning})"
    return f"{theirs} > {ours} OR ({theirs} = {ours} AND {read_later})"


def _quoted(name: str) -> str:
    return f'"{name}"'
