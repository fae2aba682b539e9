"""Personal data leaves 90 days after its order closed; amounts and quantities stay."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from reference_app.records.models import OrderPrivate

__all__ = ["KEPT", "forget_recipients"]

KEPT = timedelta(days=90)
"""Shopee's ceiling, used for all marketplaces."""

_CLOSED = ["COMPLETED", "CANCELLED", "RETURNED"]


def forget_recipients() -> int:
    """Delete the recipients of orders that closed long enough ago; returns how many rows."""
    horizon = timezone.now() - KEPT
    due = OrderPrivate.objects.filter(order__status__in=_CLOSED, order__updated_at__lt=horizon)
    return due.delete()[0]
