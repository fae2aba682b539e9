"""The terms this installation bills by."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

from reference_app.billing.engine.money import Dated, class_on
from reference_app.billing.engine.states import Terms

__all__ = ["DATA", "ENTITY", "TERMS", "TRIAL_PLAN", "class_of"]

DATA = Path(__file__).resolve().parent / "data"
TERMS = Terms()
ENTITY = "entrosoft"
"""The legal entity whose books the numbers of invoices belong to."""
TRIAL_PLAN = ("growth", "month")


def class_of(tax_class: str, day: date) -> str:
    """Return the class that a plan's tax class means on an invoice of `day`."""
    return class_on(tax_class, day, _dated())


@cache
def _dated() -> tuple[Dated, ...]:
    rows = json.loads((DATA / "taxes.json").read_text("utf-8"))
    return tuple(
        Dated(
            row["tax_class"],
            date.fromisoformat(row["since"]),
            date.fromisoformat(row["until"]),
            row["otherwise"],
        )
        for row in rows
    )
