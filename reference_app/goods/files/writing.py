"""Writing CSV files that spreadsheets open and this app reads back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["FORMULAS", "table"]

FORMULAS = tuple("=+-@")
"""What begins a formula."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def table(header: Sequence[str], lines: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a CSV file; never holds more than one."""
    writer = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets take the file for UTF-8 only with this mark
    yield writer.writerow(header)
    for line in lines:
        yield writer.writerow([_safe(value) for value in line])


def _safe(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    text = " ".join(value.split())
    # Spreadsheets would run a name that begins like this as a formula. A name that begins with
    # such a guard by itself gets another one, so that reading takes off exactly one.
    return f"'{text}" if text.lstrip("'")[:1] in FORMULAS else text
