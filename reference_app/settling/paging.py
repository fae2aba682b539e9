"""Pages found by position, newest first, that stay fast however many rows there are."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from attrs import frozen
from django.db.models import Model, Q, QuerySet

__all__ = ["SIZE", "Rows", "page"]

M = TypeVar("M", bound=Model)
SIZE = 50


@frozen
class Rows(Generic[M]):
    """One page; `older` and `newer` are positions for the neighbouring ones."""

    items: tuple[M, ...]
    older: str = ""
    newer: str = ""


def page(found: QuerySet[M], by: str, values: Mapping[str, str]) -> Rows[M]:
    """Return the newest rows by the instant `by`, or those `after` or `before` a position."""
    after, before = values.get("after", ""), values.get("before", "")
    position = _position(after or before)
    if position is None:
        return _cut(list(found.order_by(f"-{by}", "-id")[: SIZE + 1]), by)
    at, pk = position
    if after or not before:
        # The first condition is what the index can jump to; the second breaks ties.
        older = Q(**{f"{by}__lte": at}) & (Q(**{f"{by}__lt": at}) | Q(pk__lt=pk))
        rows = list(found.filter(older).order_by(f"-{by}", "-id")[: SIZE + 1])
        return _cut(rows, by, newer=True)
    newer = Q(**{f"{by}__gte": at}) & (Q(**{f"{by}__gt": at}) | Q(pk__gt=pk))
    rows = list(found.filter(newer).order_by(by, "id")[: SIZE + 1])
    shown = rows[:SIZE][::-1]
    return Rows(
        tuple(shown),
        older=_mark(shown[-1], by) if shown else "",
        newer=_mark(shown[0], by) if len(rows) > SIZE else "",
    )


def _cut(rows: list[M], by: str, *, newer: bool = False) -> Rows[M]:
    shown = rows[:SIZE]
    return Rows(
        tuple(shown),
        older=_mark(shown[-1], by) if len(rows) > SIZE else "",
        newer=_mark(shown[0], by) if newer and shown else "",
    )


def _mark(row: Any, by: str) -> str:
    text = f"{getattr(row, by).isoformat()}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(mark: str) -> tuple[datetime, int] | None:
    if not mark:
        return None
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        instant, _, pk = text.partition("|")
        at = datetime.fromisoformat(instant)
        return (at, int(pk)) if at.tzinfo else None
    except ValueError:  # somebody typed it: the first page will do
        return None
