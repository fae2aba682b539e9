"""A bank's statement as a file: which column is what, and which lines are money that came in.

Banks name and order their columns as they like and put titles above them. A column is known by its
name, in Vietnamese or English, or by what a person says it is. A line that cannot be read is
listed with its reason and its number; the others are taken all the same.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum

from attrs import frozen

__all__ = ["FIELDS", "BadLine", "Credit", "Reading", "Wrong", "amount_of", "moment_of", "read"]

FIELDS = ("at", "amount", "memo", "id")
_OUT = "out"
_NAMES: dict[str, tuple[str, ...]] = {
    "at": ("date", "day", "time", "transaction date", "posting date", "ngay", "ngay gd",
           "ngay giao dich",
           "ngay hach toan", "thoi gian", "ngay gio", "ngay hieu luc"),
    "amount": ("amount", "credit", "credit amount", "money in", "so tien", "ghi co", "phat sinh co",
               "so tien ghi co", "tien vao", "co"),
    "memo": ("memo", "content", "description", "details", "remark", "narrative", "noi dung",
             "dien giai", "mo ta", "noi dung giao dich", "chi tiet", "noi dung chi tiet"),
    "id": ("id", "transaction id", "reference", "ref", "ref no", "reference no", "trace",
           "transaction no", "ma gd", "ma giao dich", "so giao dich", "so but toan", "so ct",
           "so chung tu", "so tham chieu", "ma tham chieu"),
    _OUT: ("debit", "debit amount", "money out", "ghi no", "phat sinh no", "so tien ghi no",
           "tien ra", "no"),
}  # fmt: skip
_MOMENTS = ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")
_HOURS = ("", " %H:%M:%S", " %H:%M")
_GROUPED = re.compile(r"(\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*|\d+)(?:[.,]0{1,2})?")
_LARGEST = 10**13


class Wrong(StrEnum):
    """Why a line was left out."""

    NO_COLUMNS = "no_columns"
    NO_ID = "no_id"
    NO_DATE = "no_date"
    NO_AMOUNT = "no_amount"


@frozen(kw_only=True)
class Credit:
    """Money that came in: `id` is the bank's own, `amount` whole dong, `at` an aware instant."""

    id: str
    at: datetime
    amount: int
    memo: str


@frozen
class BadLine:
    """A line that could not be read; `number` counts from 1, as an editor does."""

    number: int
    wrong: Wrong
    text: str


@frozen
class Reading:
    """What a file held. `out` counts lines of money that went out, which are nobody's payment."""

    credits: tuple[Credit, ...]
    bad: tuple[BadLine, ...]
    out: int


def read(text: str, zone: tzinfo, columns: Mapping[str, str] | None = None) -> Reading:
    """Read a statement; `zone` is where its clock hangs.

    `columns` names the heads of fields that the file calls otherwise: `{"memo": "Ghi chú"}`.
    """
    rows = list(_rows(text))
    named = {_plain(head): field for field, head in (columns or {}).items() if head.strip()}
    start, places = _heads(rows, named)
    if not places:
        first = rows[0] if rows else (1, [""])
        return Reading((), (BadLine(first[0], Wrong.NO_COLUMNS, _shown(first[1])),), 0)
    good: list[Credit] = []
    bad: list[BadLine] = []
    out = 0
    for number, cells in rows[start:]:
        found = _line(cells, places, zone)
        if isinstance(found, Credit):
            good.append(found)
        elif found is None:
            out += 1
        else:
            bad.append(BadLine(number, found, _shown(cells)))
    return Reading(tuple(good), tuple(bad), out)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that hold anything, with their numbers."""
    body = text.removeprefix("\ufeff")
    counts = {mark: body.count(mark) for mark in "\t;,"}
    mark = next((one for one in "\t;" if counts[one] >= 3), ",")  # amounts and memos have commas
    reader = csv.reader(body.splitlines(keepends=True), delimiter=mark)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell of more than 128 KiB
            continue
        if any(cell.strip() for cell in cells):
            yield number, [cell.strip() for cell in cells]


def _heads(
    rows: Sequence[tuple[int, list[str]]], named: Mapping[str, str]
) -> tuple[int, dict[str, int]]:
    """Find the line of heads: the first that names all four columns."""
    for place, (_, cells) in enumerate(rows):
        known: dict[str, int] = {}
        for column, cell in enumerate(cells):
            field = named.get(_plain(cell)) or _field(cell)
            if field and (field not in known or _plain(cell) in named):
                known[field] = column
        if all(field in known for field in FIELDS):
            return place + 1, known
    return 0, {}


def _field(head: str) -> str:
    plain = _plain(head)
    return next((field for field, names in _NAMES.items() if plain in names), "")


def _plain(text: str) -> str:
    """Fold a head: no diacritics, no marks, no unit in brackets."""
    bare = re.sub(r"\(.*?\)", " ", text.casefold().replace("đ", "d"))
    letters = "".join(
        letter for letter in unicodedata.normalize("NFD", bare) if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def _line(cells: Sequence[str], places: Mapping[str, int], zone: tzinfo) -> Credit | Wrong | None:
    def cell(field: str) -> str:
        place = places.get(field, len(cells))
        return cells[place] if place < len(cells) else ""

    written = cell("amount")
    if not written.strip("0,.- ") and cell(_OUT).strip("0,.- "):
        return None  # statements with two columns leave one of them empty
    if written.startswith(("-", "(")):
        return None
    amount = amount_of(written)
    at = moment_of(cell("at"), zone)
    if at is None:
        return Wrong.NO_DATE
    if not amount:
        return Wrong.NO_AMOUNT
    if not cell("id") or len(cell("id")) > 80:
        return Wrong.NO_ID
    return Credit(id=cell("id"), at=at, amount=amount, memo=cell("memo")[:500])


def amount_of(text: str) -> int | None:
    """Read whole dong as banks write them: `1.234.567`, `1,234,567.00`, `+299,000 VND`.

    >>> amount_of("+299,000.00 VND"), amount_of("1.234"), amount_of("12.5")
    (299000, 1234, None)
    """
    bare = re.sub(r"vn[dđ]|₫|đ|\s|^\s*\+", "", text, flags=re.IGNORECASE)
    match = _GROUPED.fullmatch(bare)
    if match is None:
        return None
    amount = int(re.sub(r"\D", "", match[1]))
    return amount if amount < _LARGEST else None


def moment_of(text: str, zone: tzinfo) -> datetime | None:
    """Read a day, or a day and a time, as banks write them; days come before months."""
    bare = " ".join(text.replace("T", " ").split())
    for day in _MOMENTS:
        for hour in _HOURS:
            try:
                return datetime.strptime(bare, day + hour).replace(tzinfo=zone)
            except ValueError:
                continue
    return None


def _shown(cells: Sequence[str]) -> str:
    return " | ".join(cells)[:200]
