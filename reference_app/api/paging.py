"""Pages by position: a cursor names the last row seen, so that no page skips or repeats rows."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from attrs import frozen
from django.db.models import Model, Q, QuerySet

from reference_app.api.problems import Problem

__all__ = ["LARGEST", "Order", "page"]

LARGEST = 200
R = TypeVar("R", bound=Model)


@frozen
class Order:
    """How a list is ordered: by a column of instants and the row's key, or by the key alone."""

    name: str
    column: str = ""
    newest_first: bool = False

    def fields(self) -> list[str]:
        """Return what to order by."""
        sign = "-" if self.newest_first else ""
        return [f"{sign}{name}" for name in (self.column, "pk") if name]

    def beyond(self, moment: datetime | None, pk: int) -> Q:
        """Return what lies after a position."""
        side = "lt" if self.newest_first else "gt"
        if not self.column:
            return Q(**{f"pk__{side}": pk})
        # The first condition is what an index can jump to; the second breaks ties.
        near = Q(**{f"{self.column}__{side}e": moment})
        return near & (Q(**{f"{self.column}__{side}": moment}) | Q(**{f"pk__{side}": pk}))


def page(rows: QuerySet[R], order: Order, cursor: str, limit: int) -> tuple[Sequence[R], str]:
    """Return one page and the cursor of the next, empty on the last page."""
    if cursor:
        rows = rows.filter(order.beyond(*_read(cursor, order)))
    found = list(rows.order_by(*order.fields())[: limit + 1])
    shown = found[:limit]
    return shown, _write(shown[-1], order) if len(found) > limit else ""


def _write(row: Any, order: Order) -> str:
    moment = getattr(row, order.column).isoformat() if order.column else ""
    text = f"{order.name}|{moment}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, order: Order) -> tuple[datetime | None, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, moment, pk = base64.urlsafe_b64decode(padded.encode()).decode().split("|")
        at = datetime.fromisoformat(moment) if order.column else None
        position = at, int(pk[:18])
    except ValueError as error:  # broken base64, text and numbers are all of this kind
        raise _bad() from error
    if name != order.name or (at and not (at.tzinfo and 1990 < at.year < 2200)):
        raise _bad()
    return position


def _bad() -> Problem:
    return Problem(
        422,
        "bad-cursor",
        "The cursor does not belong to this list.",
        "Send `next` of the page before, with the same filters, or no cursor to start anew.",
    )
