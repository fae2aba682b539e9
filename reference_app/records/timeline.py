"""What happened to an order, and what is due next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen
from django.utils import timezone
from django.utils.translation import gettext as _

from reference_app.records.models import Order
from reference_app.web import words

__all__ = ["Moment", "timeline"]

_OVER = {"SHIPPED", "DELIVERED", "COMPLETED", "CANCELLED", "RETURNED"}


@frozen(kw_only=True)
class Moment:
    """One point of the timeline; `late` marks a deadline that passed, `ahead` one to come."""

    at: datetime
    title: Any
    tone: str
    ahead: bool = False
    late: bool = False


def timeline(order: Order) -> list[Moment]:
    """Return the order's known moments, oldest first, and its shipping deadline if it counts."""
    moments = [Moment(at=order.created_at, title=_("Order placed"), tone="off")]
    if order.paid_at:
        moments.append(Moment(at=order.paid_at, title=_("Paid"), tone="good"))
    moments += [
        Moment(at=step.at, title=words.STATUSES.get(step.status, step.status), tone=_tone(step))
        for step in order.steps.all()
    ]
    moments.sort(key=lambda moment: moment.at)
    if order.ship_by and order.status not in _OVER:
        late = order.ship_by < timezone.now()
        tone = "bad" if late else "wait"
        title = _("Hand over to the carrier by")
        moments.append(Moment(at=order.ship_by, title=title, tone=tone, ahead=True, late=late))
    return moments


def _tone(step: Any) -> str:
    return words.TONES.get(step.status, "off")
