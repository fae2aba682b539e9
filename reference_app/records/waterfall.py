"""An order's money as steps from the list price of the goods to the payout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from django.utils.translation import gettext as _

from reference_app.records.models import Payment
from reference_app.web import charts, words

__all__ = ["Step", "Waterfall", "waterfall"]

LIST_PRICE, MARKDOWN = "list_price", "markdown"
_GOODS = "item_price"


@frozen(kw_only=True)
class Step:
    """All movements of one kind, or what the goods lose between list price and sale."""

    kind: str
    amount_minor: int

    @property
    def title(self) -> Any:
        """Return what a seller calls it."""
        ours = {LIST_PRICE: _("List price"), MARKDOWN: _("Reduced before the sale")}
        return ours.get(self.kind) or words.PAYMENT_KINDS.get(self.kind, self.kind)


@frozen(kw_only=True)
class Waterfall:
    """Steps whose amounts add up to the payout."""

    steps: tuple[Step, ...]
    payout_minor: int
    settled: bool
    derived: bool

    @property
    def chart(self) -> dict[str, Any]:
        """Return the drawing: the first and the last bar stand on the ground."""
        bars = [
            (str(step.title), step.amount_minor, place == 0)
            for place, step in enumerate(self.steps)
        ]
        return charts.stairs([*bars, (_("Payout"), self.payout_minor, True)])

    @property
    def said(self) -> str:
        """Return the chart in a sentence."""
        if not self.steps:
            return ""
        first = self.steps[0]
        return _("From %(first)s to a payout of %(payout)s.") % {
            "first": f"{first.title} {charts.dong(first.amount_minor)}",
            "payout": charts.dong(self.payout_minor),
        }


def waterfall(payments: Sequence[Payment], list_minor: int = 0) -> Waterfall | None:
    """Add up movements by kind, in the order a seller reads them; `None` without any.

    `list_minor` is what the goods cost before any reduction; where it is above the price that
    the marketplace accounts for, the fall begins there.
    """
    if not payments:
        return None
    sums: dict[str, int] = {}
    for payment in payments:
        sums[payment.kind] = sums.get(payment.kind, 0) + payment.amount_minor
    return Waterfall(
        steps=tuple(_ranked(sums, list_minor)),
        payout_minor=sum(sums.values()),
        settled=all(payment.settled_at for payment in payments),
        derived=any(payment.derived for payment in payments),
    )


def _ranked(sums: dict[str, int], list_minor: int) -> list[Step]:
    ranked = [(kind, sums[kind]) for kind in words.PAYMENT_KINDS if sums.get(kind)]
    goods = sums.get(_GOODS, 0)
    if list_minor > goods > 0:
        rest = [pair for pair in ranked if pair[0] != _GOODS]
        ranked = [(LIST_PRICE, list_minor), (MARKDOWN, goods - list_minor), *rest]
    return [Step(kind=kind, amount_minor=amount) for kind, amount in ranked]
