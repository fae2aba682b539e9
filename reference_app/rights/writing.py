"""One table as CSV and JSON, written in one walk over its rows; never holds more than a chunk."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.db import models

from reference_app.records.export import safe
from reference_app.rights.boxes import Writer
from reference_app.rights.registry import OPENED
from reference_app.rights.tables import Table

__all__ = ["CHUNK", "KINDS", "columns", "part_file", "write_table"]

CHUNK = 500
KINDS = ("csv", "json")


def part_file(folder: Path, table: str, kind: str) -> Path:
    """Return where a part stands."""
    return folder / f"{table}.{kind}"


def columns(table: Table) -> list[dict[str, str]]:
    """Return the exported columns with their types, as the manifest tells them."""
    return [
        {"name": field.attname, "type": _kind(field)}
        for field in table.model._meta.concrete_fields
        if field.attname not in table.hidden
    ]


def _kind(field: Any) -> str:
    if isinstance(field, models.ForeignKey):
        return f"id in {field.remote_field.model._meta.label_lower}"
    if field.attname.endswith("_minor"):
        return "amount in the currency's smallest unit (dong)"
    if isinstance(field, models.DateTimeField):
        return "instant, UTC, ISO 8601"
    return str(field.get_internal_type())


class _File:
    """A part on its way to the disk: sealed, counted and summed."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._raw: BinaryIO = path.open("wb")
        path.chmod(0o600)
        self._box = Writer(self._raw, key)
        self._sum = hashlib.sha256()

    def put(self, text: str) -> None:
        """Write text."""
        data = text.encode()
        self._sum.update(data)
        self._box.write(data)

    def end(self) -> dict[str, Any]:
        """Close the file; returns its facts."""
        self._box.finish()
        self._raw.close()
        return {"bytes": self._box.size, "sha256": self._sum.hexdigest()}


def write_table(
    table: Table, merchant: Any, folder: Path, key: bytes, beat: Callable[[int], None]
) -> tuple[int, dict[str, Any]]:
    """Write both files of a table; returns rows and facts. `beat` is told each chunk's rows."""
    files = {kind: _File(part_file(folder, table.label, kind), key) for kind in KINDS}
    header = [column["name"] for column in columns(table)]
    count = 0
    files["csv"].put("\ufeff")  # spreadsheets take the file for UTF-8 only with this mark
    files["json"].put("[")
    for chunk in _chunks(table, merchant):
        for row in chunk:
            if not count:
                header = list(row)
                files["csv"].put(_line(header))
            files["csv"].put(_line([_cell(row.get(name)) for name in header]))
            comma = "," if count else ""
            files["json"].put(f"{comma}\n{json.dumps(row, ensure_ascii=False, default=_plain)}")
            count += 1
        beat(len(chunk))
    if not count:
        files["csv"].put(_line(header))
    files["json"].put("\n]\n")
    return count, {"columns": header, **{kind: file.end() for kind, file in files.items()}}


def _chunks(table: Table, merchant: Any) -> Iterator[list[dict[str, Any]]]:
    names = [column["name"] for column in columns(table)]
    opener = OPENED.get(table.label)
    asked = [*names, *_for_opener(table)] if opener else names
    seal = merchant.seal() if opener else None
    last: Any = None
    while True:
        rows = table.rows(merchant.pk)
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows.values("pk", *asked)[:CHUNK])
        if not found:
            return
        last = found[-1]["pk"]
        yield [
            {name: row[name] for name in names} | (opener(seal, row) if opener else {})
            for row in found
        ]


def _for_opener(table: Table) -> list[str]:
    more = [name for name in table.hidden if "sealed" in name]
    return [*more, "order__external_id"] if table.label == "records.orderprivate" else more


def _line(values: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    if isinstance(value, datetime | date | Decimal):
        return _plain(value)
    return safe(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
