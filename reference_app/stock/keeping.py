"""What is done to stock while nobody looks: buffers follow sales, balances are compared."""

from __future__ import annotations

import logging
from fractions import Fraction

from django.db.models import F
from django.utils import timezone

from reference_app.stock import ledger, queries
from reference_app.stock.models import Balance
from reference_app.stock.offers import want
from reference_app.stock.rules.buffers import automatic_buffer, percent_buffer
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = ["compare_all", "review_buffers"]

_log = logging.getLogger(__name__)


def review_buffers(merchant_id: int) -> int:
    """Set every buffer to what its rule gives now; returns how many changed.

    The delay is the longest of the stores that are read: an order may hide for so long.
    """
    now = timezone.now()
    reads = Store.objects.filter(
        merchant_id=merchant_id, state=Store.State.ACTIVE, read_to__isnull=False
    ).values_list("read_to", flat=True)
    lag = max((Fraction(int((now - at).total_seconds()), 60) for at in reads), default=Fraction(0))
    sold = queries.sold_units(merchant_id)
    changed = []
    for row in Balance.objects.filter(merchant_id=merchant_id):
        units = _buffer(row, Fraction(sold.get(row.variant_id, 0), queries.COVER_DAYS), lag)
        if units != row.buffer:
            row.buffer = units
            changed.append(row)
    Balance.objects.bulk_update(changed, ["buffer"], batch_size=500)
    want(merchant_id, {row.variant_id for row in changed[:400]})  # the rest is found by refresh
    return len(changed)


def _buffer(row: Balance, pace: Fraction, lag: Fraction) -> int:
    if row.buffer_kind == Balance.Buffer.FIXED:
        return row.buffer_value
    if row.buffer_kind == Balance.Buffer.PERCENT:
        return percent_buffer(row.on_hand, row.buffer_value)
    return automatic_buffer(pace, lag, row.buffer_value)


def compare_all() -> int:
    """Compare all balances with their ledgers, mend and report; returns how many were wrong."""
    wrong = 0
    for merchant in Merchant.objects.filter(
        pk__in=Balance.objects.values("merchant").distinct()
    ).order_by(F("pk")):
        found = ledger.rebuild(merchant.pk)
        if found:
            _log.error("%s balances of merchant %s differed from the ledger", found, merchant.pk)
        wrong += found
        review_buffers(merchant.pk)
    return wrong
