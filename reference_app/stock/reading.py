"""Counts and goods as people type or upload them: good lines are taken, bad ones are named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from attrs import field, frozen
from django.utils.translation import gettext as _

from reference_app.goods.keys import key_of
from reference_app.goods.models import Variant
from reference_app.tenants.models import Merchant

__all__ = ["Lines", "from_csv", "from_text", "matched"]

_MOST = 1_000_000  # units of one line


@frozen
class Lines:
    """What was read: units by variant, and the lines that could not be."""

    units: dict[int, int]
    wrong: list[str] = field(factory=list)


def from_text(text: str) -> list[tuple[str, str]]:
    """Read lines of SKU and number; the number is the last word."""
    rows = (line.strip().rsplit(None, 1) for line in text.splitlines() if line.strip())
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows]


def from_csv(body: bytes) -> list[tuple[str, str]]:
    """Read a CSV of SKU and number; a heading is left out, `;` separates as well.

    Raises `ValueError` for what is no text.
    """
    text = body.decode("utf-8-sig")
    separator = ";" if text.count(";") > text.count(",") else ","
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
    if rows and rows[0][0].strip().casefold() == "sku":
        rows = rows[1:]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows]


def matched(merchant: Merchant, rows: Iterable[tuple[str, str]], *, least: int) -> Lines:
    """Find the variant of each row; a number below `least` is wrong."""
    rows = list(rows)
    keys = {key_of(sku) for sku, _ in rows}
    known: dict[str, list[int]] = {}
    for part in _parts(sorted(keys)):
        found = Variant.objects.filter(merchant=merchant, key__in=part, kind=Variant.Kind.SIMPLE)
        for key, pk in found.values_list("key", "pk"):
            known.setdefault(key, []).append(pk)
    units: dict[int, int] = {}
    wrong = []
    for number, (sku, text) in enumerate(rows, 1):
        why = _wrong(known.get(key_of(sku), []), text, least, units)
        if why:
            wrong.append(f"{number}: {sku[:60]} – {why}")
        else:
            units[known[key_of(sku)][0]] = int(text)
    return Lines(units, wrong)


def _wrong(variants: list[int], text: str, least: int, taken: dict[int, int]) -> str:
    if not variants:
        return _("no such SKU in the catalogue")
    if len(variants) > 1:
        return _("several variants have this SKU")
    if not text.strip().isdecimal() or not least <= int(text) <= _MOST:
        return _("not a whole number of units")
    return _("stands there twice") if variants[0] in taken else ""


def _parts(values: list[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
