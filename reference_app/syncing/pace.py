"""How long a store rests between two whole runs: longer while its pushes tell everything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from entrosdk.sync.realtime import Plan
from reference_app.billing.models import BillingAccount
from reference_app.records.models import Order
from reference_app.stores.models import Delivery, Store

__all__ = ["pause_of", "pushes_are_healthy"]

_ON_ITS_WAY = timedelta(seconds=30)  # a push about so young a change may still arrive
_SLACK = timedelta(seconds=10)  # between our clock and the marketplace's


def pause_of(store: Store, now: datetime) -> timedelta:
    """Return the time until the next whole run: the schedule is the safety net of pushes.

    A subscription without real time has a schedule of its own, and no other.
    """
    usual, plan = timedelta(seconds=settings.SYNC_SECONDS), Plan()
    account = BillingAccount.objects.filter(merchant=store.merchant_id).first()
    if account is not None and account.sync_seconds is not None:
        return max(usual, timedelta(seconds=account.sync_seconds))
    return max(usual, plan.slowly) if pushes_are_healthy(store, now) else usual


def pushes_are_healthy(store: Store, now: datetime) -> bool:
    """Say whether one was verified lately, and every change of an order since was told of."""
    since = now - Plan().fresh
    told = Delivery.objects.filter(store=store)
    if not told.filter(received_at__gte=since).exists():
        return False
    heard = told.filter(
        kind="OrderChanged",
        subject=OuterRef("external_id"),
        received_at__gte=OuterRef("updated_at") - _SLACK,
    )
    changed = Order.objects.filter(
        store=store, updated_at__gte=since, updated_at__lt=now - _ON_ITS_WAY
    )
    return not changed.exclude(Exists(heard)).exists()
