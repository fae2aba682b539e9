"""A store's terms and fee table, and what follows from a change of them."""

from __future__ import annotations

from django.db import transaction

from reference_app.audit import log
from reference_app.audit.models import Entry
from reference_app.records.models import Order
from reference_app.settling import keeping
from reference_app.settling.models import FeeRate, StoreTerms
from reference_app.stores.models import Store
from reference_app.tenants.models import User

__all__ = ["catch_up", "keep", "remove", "terms_of"]

_AT_ONCE = 1000  # orders that are worked out again while a person waits


def terms_of(store: Store) -> StoreTerms:
    """Return a store's terms; the usual ones, not saved, where nobody said."""
    return StoreTerms.objects.filter(store=store).first() or StoreTerms(store=store)


def keep(row: StoreTerms | FeeRate, by: User | None) -> bool:
    """Save terms or a rate and work the store's orders out again.

    Returns whether that is done; with many orders it is left to the store's next run.
    """
    with transaction.atomic():
        row.save()
        return _changed(row.store, by)


def remove(row: FeeRate, by: User | None) -> bool:
    """Take a rate out of the table; returns as `keep` does."""
    with transaction.atomic():
        row.delete()
        return _changed(row.store, by)


def _changed(store: Store, by: User | None) -> bool:
    log.note(store.merchant, by, Entry.Verb.FEES, store.shop_id)
    few = Order.objects.filter(store=store)[: _AT_ONCE + 1].count() <= _AT_ONCE
    StoreTerms.objects.update_or_create(store=store, defaults={"stale": not few})
    if few:
        keeping.reckon_store(store)
    return few


def catch_up(store: Store) -> int:
    """Work out again what a change of terms left to do; returns how many orders there were."""
    if not StoreTerms.objects.filter(store=store, stale=True).exists():
        return 0
    # Before the work: a change made meanwhile is done with the next run.
    StoreTerms.objects.filter(store=store).update(stale=False)
    return keeping.reckon_store(store)
