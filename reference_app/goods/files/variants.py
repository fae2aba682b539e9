"""The catalogue as a file: one line for each variant, found again by its SKU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen
from django.db import transaction

from reference_app.goods import bundles
from reference_app.goods.bulk import update_each
from reference_app.goods.files.reading import Bad, Columns, Row
from reference_app.goods.keys import key_of
from reference_app.goods.models import NAME_LENGTH, SKU_LENGTH, Variant
from reference_app.tenants.models import Merchant
from reference_app.web import typed

__all__ = ["COLUMNS", "NEEDED", "Done", "lines", "put"]

COLUMNS: Columns = {
    "sku": ("sku", "mã sku"),
    "name": ("name", "tên"),
    "price": ("price", "giá bán"),
    "cost": ("cost", "giá vốn"),
    "low_units": ("low_stock_units", "báo hết khi còn"),
    "low_days": ("low_stock_days", "báo hết khi đủ bán"),
    "active": ("active", "đang bán"),
    "parts": ("parts", "thành phần"),
}
NEEDED = ("sku",)
_YES = frozenset({"1", "yes", "true", "x", "có"})
_NO = frozenset({"0", "no", "false", "không"})
_PART = re.compile(r"(.+?)\s+[x×*]\s*(\d{1,6})")
_MOST = 10**9


@frozen
class Done:
    """What became of some lines, and which loose keys the rules have to look at again."""

    added: int = 0
    changed: int = 0
    same: int = 0
    bad: tuple[Bad, ...] = ()
    looses: frozenset[str] = frozenset()

    def __add__(self, other: Done) -> Done:
        return Done(
            self.added + other.added,
            self.changed + other.changed,
            self.same + other.same,
            self.bad + other.bad,
            self.looses | other.looses,
        )


# Out


def lines(merchant: Merchant) -> Iterator[list[object]]:
    """Yield the cells of every variant."""
    skus = dict(
        Variant.objects.filter(merchant=merchant, part_of__isnull=False).values_list("pk", "sku")
    )
    recipes = bundles.recipes_of(merchant.pk)
    for row in Variant.objects.filter(merchant=merchant).order_by("pk").iterator(chunk_size=1000):
        parts = recipes.get(row.pk, {})
        yield [
            row.sku, row.name, row.price_minor, row.cost_minor, row.low_stock_units,
            row.low_stock_days, "yes" if row.active else "no",
            " | ".join(f"{skus[part]} x {quantity}" for part, quantity in parts.items()),
        ]  # fmt: skip


# In


class _Wrong(Exception):
    """A cell that cannot be taken."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail

    def on(self, row: Row) -> Bad:
        """Return the line it stands in as a bad one."""
        return Bad(row.line, self.reason, row.text, self.detail)


def put(merchant: Merchant, rows: Sequence[Row]) -> Done:
    """Add or change the variants of some lines; a line is taken whole or not at all.

    An empty cell leaves what is there. The caller has seen that no SKU comes twice, and holds a
    transaction. Components of a bundle stand in the catalogue, or in lines before it.
    """
    single = [row for row in rows if not row.cells.get("parts")]
    done = _put_single(merchant, single)
    for row in rows:
        if row.cells.get("parts"):
            done += _put_bundle(merchant, row)
    return done


def _put_single(merchant: Merchant, rows: Sequence[Row]) -> Done:
    known = _known(merchant, rows)
    new: list[Variant] = []
    changed: list[Variant] = []
    bad: list[Bad] = []
    for row in rows:
        try:
            variant, before = _filled(merchant, row, known)
        except _Wrong as wrong:
            bad.append(wrong.on(row))
            continue
        if not variant.pk:
            new.append(variant)
        elif before != _state(variant):
            changed.append(variant)
    Variant.objects.bulk_create(new)
    update_each(changed, _WRITTEN)
    same = len(rows) - len(new) - len(changed) - len(bad)
    looses = frozenset(variant.loose for variant in [*new, *changed])
    return Done(len(new), len(changed), same, tuple(bad), looses)


def _put_bundle(merchant: Merchant, row: Row) -> Done:
    try:
        with transaction.atomic():
            variant, before = _filled(merchant, row, _known(merchant, [row]))
            new = not variant.pk
            _make_bundle(variant)
            moved = _set_parts(merchant, variant, row.cells["parts"])
    except _Wrong as wrong:
        return Done(bad=(wrong.on(row),))
    changed = not new and (moved or before != _state(variant))
    same = not new and not changed
    return Done(int(new), int(changed), int(same), looses=frozenset({variant.loose}))


def _make_bundle(variant: Variant) -> None:
    # A single item has stock and a bundle has none: one cannot turn into the other by a file.
    if variant.pk and not variant.is_bundle:
        raise _Wrong("is_single", variant.sku)
    variant.kind = Variant.Kind.BUNDLE
    variant.save()


def _filled(
    merchant: Merchant, row: Row, known: Mapping[str, list[Variant]]
) -> tuple[Variant, tuple[object, ...]]:
    variant = _found(merchant, row, known)
    before = _state(variant)
    _fill(variant, row.cells)
    return variant, before


_WRITTEN = [
    "sku", "key", "loose", "name", "search_text", "price_minor", "cost_minor",
    "low_stock_units", "low_stock_days", "active",
]  # fmt: skip


def _state(variant: Variant) -> tuple[object, ...]:
    return tuple(getattr(variant, name) for name in _WRITTEN)


def _known(merchant: Merchant, rows: Sequence[Row]) -> dict[str, list[Variant]]:
    keys = [key_of(row.cells["sku"]) for row in rows]
    known: dict[str, list[Variant]] = {}
    for variant in Variant.objects.filter(merchant=merchant, key__in=[k for k in keys if k]):
        known.setdefault(variant.key, []).append(variant)
    return known


def _found(merchant: Merchant, row: Row, known: Mapping[str, list[Variant]]) -> Variant:
    sku = " ".join(row.cells["sku"].split())
    if not sku:
        raise _Wrong("no_sku")
    if len(sku) > SKU_LENGTH:
        raise _Wrong("long_sku", str(SKU_LENGTH))
    same = known.get(key_of(sku), [])
    if len(same) > 1:
        raise _Wrong("sku_twice_here", sku)
    if same:
        return same[0]
    if not row.cells.get("name"):
        raise _Wrong("no_name")
    return Variant(merchant=merchant, sku=sku)


def _fill(variant: Variant, cells: Mapping[str, str]) -> None:
    values = {
        "name": _name(cells.get("name", "")),
        "price_minor": _dong(cells.get("price", "")),
        "cost_minor": _dong(cells.get("cost", "")),
        "low_stock_units": _whole(cells.get("low_units", "")),
        "low_stock_days": _whole(cells.get("low_days", "")),
        "active": _yes(cells.get("active", "")),
    }
    for name, value in values.items():
        if value is not None:
            setattr(variant, name, value)
    variant.prepare()


def _name(text: str) -> str | None:
    if len(text) > NAME_LENGTH:
        raise _Wrong("long_name", str(NAME_LENGTH))
    return " ".join(text.split()) or None


def _dong(text: str) -> int | None:
    try:
        return typed.dong(text) if text else None
    except ValueError:
        raise _Wrong("no_amount", text[:60]) from None


def _whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) > _MOST:
        raise _Wrong("no_number", text[:60])
    return int(text)


def _yes(text: str) -> bool | None:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise _Wrong("no_yes", text[:60])
    return None


def _set_parts(merchant: Merchant, bundle: Variant, text: str) -> bool:
    """Read `SKU x 2 | SKU x 1` and say whether it differs from what was there."""
    parts: dict[int, int] = {}
    for piece in text.split("|"):
        match = _PART.fullmatch(piece.strip())
        if match is None:
            raise _Wrong("no_part", piece.strip()[:60])
        found = Variant.objects.filter(merchant=merchant, key=key_of(match[1]))[:2]
        if len(found) != 1:
            raise _Wrong("unknown_part", match[1][:60])
        parts[found[0].pk] = parts.get(found[0].pk, 0) + int(match[2])
    if dict(bundle.parts.values_list("component_id", "quantity")) == parts:
        return False
    try:
        bundles.set_parts(bundle, parts)
    except bundles.Circle:
        raise _Wrong("circle") from None
    except ValueError:
        raise _Wrong("no_part", text[:60]) from None
    return True
