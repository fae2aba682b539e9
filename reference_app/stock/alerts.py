"""Alerts about units that were sold and are not there."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from reference_app.stock.models import Alert, Balance, OrderStock

__all__ = ["name_order", "review"]


def review(merchant_id: int, balances: Iterable[Balance]) -> None:
    """Open an alert for each place that is short, close those of places that no longer are.

    The caller holds the balances' locks.
    """
    rows = {(row.variant_id, row.warehouse_id): row for row in balances}
    if not rows:
        return
    mine = Alert.objects.filter(merchant_id=merchant_id, closed_at=None)
    known = {
        (alert.variant_id, alert.warehouse_id): alert
        for alert in mine.filter(variant__in={variant for variant, _ in rows})
    }
    short = {key: row for key, row in rows.items() if row.level.oversold}
    Alert.objects.bulk_create(
        Alert(
            merchant_id=merchant_id,
            variant_id=variant,
            warehouse_id=warehouse,
            units=row.level.oversold,
        )
        for (variant, warehouse), row in short.items()
        if (variant, warehouse) not in known
    )
    for key, alert in known.items():
        if key in short and alert.units != short[key].level.oversold:
            Alert.objects.filter(pk=alert.pk).update(units=short[key].level.oversold)
    over = [alert.pk for key, alert in known.items() if key in rows and key not in short]
    if over:
        Alert.objects.filter(pk__in=over).update(closed_at=timezone.now())


def name_order(order: OrderStock, variant: int, warehouse: int) -> None:
    """Note the order that took what was not there, where no earlier one did."""
    Alert.objects.filter(variant=variant, warehouse=warehouse, closed_at=None, order=None).update(
        order=order
    )
