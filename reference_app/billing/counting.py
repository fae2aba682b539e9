"""Orders that count for the plan: once each, in the transaction that stores them (domain 8.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reference_app.billing import clock
from reference_app.billing.engine.metering import CONFIRMED
from reference_app.billing.models import BillingAccount, UsageCount
from reference_app.records.models import Order
from reference_app.stores.models import Store

__all__ = ["count"]


def count(
    *, store: Store, new: Sequence[Order], changed: Sequence[Order], history: bool, **_: Any
) -> None:
    """Count what is confirmed now; two statements a page, whatever its size.

    An order that was read as history does not count when it changes later either, nor does one
    that was made before the store was connected.
    """
    if history:
        return
    rows = [
        UsageCount(
            merchant_id=store.merchant_id,
            channel=store.marketplace,
            shop=store.shop_id,
            order_ref=row.external_id,
            ordered_on=clock.day_of(row.created_at),
        )
        for row in (*new, *changed)
        if row.status in CONFIRMED and row.created_at >= store.connected_at
    ]
    if rows:
        UsageCount.objects.bulk_create(rows, ignore_conflicts=True)
        BillingAccount.objects.filter(merchant=store.merchant_id).update(
            usage_changed_at=clock.now()
        )
