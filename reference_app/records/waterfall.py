"""An order's money as steps from the price of the goods to the payout."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from reference_app.records.models import Payment
from reference_app.web import words

__all__ = ["Step", "Waterfall", "waterfall"]

_WIDTH = 1000  # units of the drawing


@frozen(kw_only=True)
class Step:
    """All movements of one kind; `x` and `width` place its bar in a drawing of 1000 units."""

    kind: str
    amount_minor: int
    x: int
    width: int


@frozen(kw_only=True)
class Waterfall:
    """Steps whose amounts add up to the payout."""

    steps: tuple[Step, ...]
    payout_minor: int
    settled: bool
    derived: bool


def waterfall(payments: Sequence[Payment]) -> Waterfall | None:
    """Add up movements by kind, in the order a seller reads them; `None` without any."""
    if not payments:
        return None
    sums: dict[str, int] = {}
    for payment in payments:
        sums[payment.kind] = sums.get(payment.kind, 0) + payment.amount_minor
    ranked = [(kind, sums[kind]) for kind in words.PAYMENT_KINDS if sums.get(kind)]
    return Waterfall(
        steps=tuple(_placed(ranked)),
        payout_minor=sum(sums.values()),
        settled=all(payment.settled_at for payment in payments),
        derived=any(payment.derived for payment in payments),
    )


def _placed(ranked: list[tuple[str, int]]) -> list[Step]:
    levels = [0]
    for _, amount in ranked:
        levels.append(levels[-1] + amount)
    low, high = min(levels), max(levels)
    scale = _WIDTH / max(1, high - low)
    steps = []
    for (kind, amount), start in zip(ranked, levels, strict=False):
        left = min(start, start + amount)
        steps.append(
            Step(
                kind=kind,
                amount_minor=amount,
                x=round((left - low) * scale),
                width=max(4, round(abs(amount) * scale)),
            )
        )
    return steps
