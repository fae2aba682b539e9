"""Conditions that are looked up row by row, on the way through a list in its order."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

__all__ = ["met"]


def met(rows: QuerySet[Any]) -> Q:
    """Say that there is one of `rows`, which name the outer row; where many rows have one.

    PostgreSQL makes joins of `Exists`, and reads all there is before it shows the first page.
    """
    return Q(IsNull(Subquery(rows.order_by().values("pk")[:1]), False))
