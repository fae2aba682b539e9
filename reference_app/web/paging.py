"""Lists that go on with what is older, newest first."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

__all__ = ["older"]

Row = TypeVar("Row", bound=Model)


def older(rows: QuerySet[Row], before: str, size: int) -> tuple[list[Row], int | None]:
    """Return a page of rows below the id `before`, and that of the next page, if there is one."""
    if before.isdecimal() and len(before) < 18:  # fits a column of the database
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], (found[size - 1].pk if len(found) > size else None)
