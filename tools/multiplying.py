"""Make a small filled database large: rows are copied inside it, with all that hangs on them.

A copy keeps who it belongs to; its own ids, the marketplace's ids and its times are moved, so
that copies of an order and of its payments still find each other. Older copies have lower keys,
as a shop's older orders have.
"""

# ruff: noqa: SLF001 - Django documents what a model tells of itself there

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

__all__ = ["STEP", "multiply"]

STEP = 1_000_000  # between the keys of two copies of a row
_IDS = {
    "cause_id", "external_id", "key", "loose", "number", "order_ref", "payout_ref", "product_id",
    "product_ref", "sku", "tracking_number", "variant_id", "variant_ref",
}  # fmt: skip
_OPEN = ("UNPAID", "TO_SHIP", "PACKED", "CANCELLING")
_DAYS_OPEN = 20  # older copies of open orders are over

Model = type[models.Model]


def multiply(roots: dict[Model, int]) -> None:
    """Copy every row of each root so many times, a day older each, with what points at it."""
    times = _with_what_hangs(roots)
    with connection.cursor() as cursor:
        for model in _parents_first(times):
            cursor.execute(_statement(model, times))
        cursor.execute("ANALYZE")


def _with_what_hangs(roots: dict[Model, int]) -> dict[Model, int]:
    """Add the models that point at a copied one; none has a copy whose parent has none."""
    times = dict(roots)
    every = [one for one in apps.get_models() if one.__module__.startswith("reference_app.")]
    while True:
        before = dict(times)
        for model in every:
            above = [times[parent] for parent in _parents(model) if parent in times]
            if above:
                times[model] = min([*above, *([roots[model]] if model in roots else [])])
        if times == before:
            return times


def _parents(model: Model) -> list[Model]:
    return [
        field.related_model
        for field in model._meta.concrete_fields
        if field.related_model and field.related_model is not model
    ]


def _parents_first(times: dict[Model, int]) -> Iterator[Model]:
    left = list(times)
    while left:
        ready = [one for one in left if not set(_parents(one)) & (set(left) - {one})]
        yield from ready
        left = [one for one in left if one not in ready]


def _statement(model: Model, times: dict[Model, int]) -> str:
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    values = ", ".join(_value(model, field, quote(field.column), times) for field in fields)
    numbers = (
        f"WITH RECURSIVE copies(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copies"
        f" WHERE k < {times[model]})"
    )
    table = quote(model._meta.db_table)
    names = ", ".join(quote(field.column) for field in fields)
    return f"INSERT INTO {table} ({names}) {numbers} SELECT {values} FROM {table}, copies"


def _value(model: Model, field: models.Field, column: str, times: dict[Model, int]) -> str:
    kind = field.related_model or (model if field.primary_key else None)
    if kind:
        return f"{column} + ({times[kind] + 1} - k) * {STEP}" if kind in times else column
    if isinstance(field, models.DateTimeField):
        return _earlier(column)
    if field.name in _IDS:
        return f"CASE {column} WHEN '' THEN '' ELSE {column} || '-' || k END"
    if field.name == "search_text":
        return f"{column} || ' k' || k"
    if field.name == "status" and model._meta.label == "records.Order":
        closed = ", ".join(f"'{word}'" for word in _OPEN)
        over = f"k > {_DAYS_OPEN} AND {column} IN ({closed})"
        return f"CASE WHEN {over} THEN 'COMPLETED' ELSE {column} END"
    return column


def _earlier(column: str) -> str:
    if connection.vendor == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || k || ' days')"
    return f"{column} - k * interval '1 day'"
