"""Numbers without a gap and without a twin: by legal entity, series and year."""

from __future__ import annotations

from reference_app.billing.models import NumberSeries
from reference_app.billing.terms import ENTITY

__all__ = ["next_number"]


def next_number(series: str, year: int, entity: str = ENTITY) -> str:
    """Take the next number, such as `INV-2026-000123`, in the caller's transaction.

    The series stays locked until that transaction ends: should it fail, the number is free again.
    """
    key = {"entity": entity, "series": series, "year": year}
    NumberSeries.objects.bulk_create([NumberSeries(**key)], ignore_conflicts=True)
    row = NumberSeries.objects.select_for_update(no_key=True).get(**key)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{series}-{year}-{row.last:06}"
