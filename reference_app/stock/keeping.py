"""What is done to stock while nobody looks: buffers follow sales, balances are compared."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import Avg, DurationField, ExpressionWrapper, F
from django.utils import timezone

from reference_app.records.models import Order
from reference_app.stock import ledger, queries
from reference_app.stock.models import Balance
from reference_app.stock.offers import want
from reference_app.stock.rows import locked
from reference_app.stock.rules.buffers import automatic_buffer, percent_buffer
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = ["compare_all", "review_buffers", "review_busy"]

_log = logging.getLogger(__name__)
_LATELY = timedelta(hours=1)


def review_buffers(merchant_id: int) -> int:
    """Set every buffer to what its rule gives now; returns how many changed.

    What two weeks sold is noted on the way: pages need it, and adding it up takes long.
    """
    now = timezone.now()
    lag = _lag_minutes(merchant_id, now)
    # A sale that began an hour ago empties a shelf long before two weeks' average tells of it.
    lately = queries.sold_units(merchant_id, now - _LATELY)
    hours = Fraction(int(_LATELY.total_seconds()), 3600)
    here = queries.sold_by_place(merchant_id)
    usual: Counter[int] = Counter()
    for (variant, _), units in here.items():
        usual[variant] += units
    changed, noted = [], []
    for row in Balance.objects.filter(merchant_id=merchant_id):
        pace = max(
            Fraction(usual.get(row.variant_id, 0), queries.COVER_DAYS),
            Fraction(lately.get(row.variant_id, 0) * 24) / hours,
        )
        units = _buffer(row, pace, lag)
        sold = here.get((row.variant_id, row.warehouse_id), 0)
        if units != row.buffer:
            changed.append(row)
        if (units, sold) != (row.buffer, row.sold):
            row.buffer, row.sold = units, sold
            noted.append(row)
    with transaction.atomic():
        locked(Balance.objects.filter(pk__in=[row.pk for row in noted]))
        Balance.objects.bulk_update(noted, ["buffer", "sold"], batch_size=500)
    want(merchant_id, {row.variant_id for row in changed[:400]})  # the rest is found by refresh
    return len(changed)


def _lag_minutes(merchant_id: int, now: datetime) -> Fraction:
    """Return for how long an order hides at the slowest store.

    That is how late the orders of the last hour were seen, or how long nobody has looked.
    """
    active = Store.objects.filter(merchant_id=merchant_id, state=Store.State.ACTIVE)
    reads = active.filter(read_to__isnull=False).values_list("read_to", flat=True)
    orders = Order.objects.filter(
        merchant_id=merchant_id, store__in=active, history=False, created_at__gte=now - _LATELY
    )
    late = orders.order_by().values("store").annotate(
        late=Avg(ExpressionWrapper(F("first_seen_at") - F("created_at"), DurationField()))
    )  # fmt: skip
    lags = [now - at for at in reads] + [row["late"] for row in late]
    longest = max(lags, default=timedelta(0))
    return Fraction(max(0, int(longest.total_seconds())), 60)


def _buffer(row: Balance, pace: Fraction, lag: Fraction) -> int:
    if row.buffer_kind == Balance.Buffer.FIXED:
        return row.buffer_value
    if row.buffer_kind == Balance.Buffer.PERCENT:
        return percent_buffer(row.on_hand, row.buffer_value)
    return automatic_buffer(pace, lag, row.buffer_value)


def review_busy() -> int:
    """Review the buffers of every merchant who sold in the last hour; returns how many changed."""
    sold = Order.objects.filter(history=False, created_at__gte=timezone.now() - _LATELY)
    merchants = sold.order_by("merchant_id").values_list("merchant_id", flat=True).distinct()
    return sum(review_buffers(merchant) for merchant in list(merchants))


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
