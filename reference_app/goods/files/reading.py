"""Reading a CSV file that a person made: which bytes are text, and which lines are rows.

A file is refused as a whole when it is no table at all; a bad line is left out by itself, so one
quotation mark too many never swallows the lines after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from reference_app.goods.files.writing import FORMULAS

__all__ = ["Bad", "Columns", "LARGEST", "Line", "NotATable", "Row", "decode", "plain", "rows"]

LARGEST = 16 * 1024 * 1024
"""Bytes of the largest file that is taken: some 150,000 lines."""

_LONGEST_LINE = 5_000  # characters; more is no line of a catalogue
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and its kin, xls


class NotATable(Exception):
    """The file as a whole cannot be read. `reason` is a code of `words.REFUSED_FILES`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@frozen
class Bad:
    """A line that was left out."""

    line: int
    reason: str
    text: str
    detail: str = ""


@frozen
class Row:
    """A line that could be read; `cells` by the column's own name."""

    line: int
    cells: Mapping[str, str]
    text: str


Line: TypeAlias = Row | Bad
Columns: TypeAlias = Mapping[str, tuple[str, ...]]
"""Which titles a column may have, in lower case, by its own name."""


def decode(body: bytes) -> str:
    """Return the text of a file; raises `NotATable`."""
    if len(body) > LARGEST:
        raise NotATable("too_large")
    if body.startswith(_WORKBOOKS):
        raise NotATable("workbook")
    encoding = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        raise NotATable("encoding") from None
    if "\0" in text:
        raise NotATable("no_text")
    if not text.strip():
        raise NotATable("empty")
    return text


def rows(text: str, columns: Columns, needed: Sequence[str]) -> Iterator[Line]:
    """Yield a row or a bad line for each line below the header; blank lines are passed over.

    Raises `NotATable` at the first step when the header lacks a needed column.
    """
    lines = iter(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1))
    first = next(((number, line) for number, line in lines if line.strip()), (1, ""))
    sign = _sign(first[1])
    header = _header(first[1], sign, columns, needed)
    for number, line in lines:
        if line.strip(f"{sign} \t"):
            yield _line(number, line, sign, header)


def _sign(header: str) -> str:
    """Return what separates cells: spreadsheets in Vietnam write semicolons."""
    return max(",;\t", key=header.count)


def _header(line: str, sign: str, columns: Columns, needed: Sequence[str]) -> list[str]:
    try:
        titles = _cells(line, sign)
    except csv.Error:
        raise NotATable("no_header", ", ".join(needed)) from None
    known = {title: name for name, titles in columns.items() for title in titles}
    header = [known.get(" ".join(title.casefold().split()), "") for title in titles]
    lacking = [columns[name][0] for name in needed if name not in header]
    if lacking:
        raise NotATable("no_header", ", ".join(lacking))
    return header


def _line(number: int, line: str, sign: str, header: Sequence[str]) -> Line:
    text = line[:500]
    if len(line) > _LONGEST_LINE:
        return Bad(number, "too_long", text)
    try:
        cells = _cells(line, sign)
    except csv.Error:
        return Bad(number, "quotes", text)
    if len(cells) != len(header):
        return Bad(number, "cells", text, f"{len(cells)} / {len(header)}")
    return Row(number, {n: plain(c) for n, c in zip(header, cells, strict=True) if n}, text)


def _cells(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign, strict=True))


def plain(cell: str) -> str:
    """Take off what an export puts before a cell so that no spreadsheet runs it."""
    text = cell.strip()
    guarded = text[:1] == "'" and text.lstrip("'")[:1] in FORMULAS
    return text[1:] if guarded else text
