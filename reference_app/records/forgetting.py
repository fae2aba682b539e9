"""Personal data leaves 90 days after its order closed; amounts and quantities stay.

An order closed when it was first seen completed, cancelled or returned: what marketplaces change
on it later does not start the time anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from reference_app.records.models import Order, OrderPrivate, OrderStep, Quarantined

__all__ = ["CLOSED", "KEPT", "forget_bodies", "forget_recipients", "over"]

KEPT = timedelta(days=90)
"""Shopee's ceiling, used for all marketplaces."""

CLOSED = ("COMPLETED", "CANCELLED", "RETURNED")
_CHUNK = 500


def forget_recipients(now: datetime | None = None) -> int:
    """Delete the recipients of orders that closed long enough ago; returns how many rows.

    Notes, buyer ids and the tokens they are found by go with them.
    """
    horizon = (now or timezone.now()) - KEPT
    closed = OrderPrivate.objects.filter(order__status__in=CLOSED)
    step = OrderStep.objects.filter(order=OuterRef("order"), status__in=CLOSED, at__lt=horizon)
    due = closed.filter(Q(order__updated_at__lt=horizon) | Exists(step))
    gone = 0
    while ids := list(due.values_list("pk", flat=True)[:_CHUNK]):
        gone += OrderPrivate.objects.filter(pk__in=ids).delete()[0]
    return gone


def over(orders: Sequence[Order], now: datetime) -> set[int]:
    """Return the keys of orders whose recipients may not be stored again at `now`.

    A marketplace may show an old order anew, or a first sync may read it long after it closed.
    """
    horizon = now - KEPT
    closed = [row for row in orders if row.status in CLOSED]
    late = {row.pk for row in closed if row.updated_at is not None and row.updated_at < horizon}
    rest = [row.pk for row in closed if row.pk not in late and row.created_at < horizon]
    if not rest:
        return late
    steps = OrderStep.objects.filter(order__in=rest, status__in=CLOSED, at__lt=horizon)
    return late | set(steps.values_list("order_id", flat=True))


def forget_bodies(now: datetime | None = None) -> int:
    """Empty the raw bodies of records that could not be read for so long; returns how many.

    The record stays known as unreadable, and a retry fetches its body again.
    """
    held = Quarantined.objects.filter(first_seen_at__lt=(now or timezone.now()) - KEPT)
    return held.exclude(body_sealed="").update(body_sealed="")
