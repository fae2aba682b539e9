"""Stores against the plan's limit."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from reference_app.stores.models import Store

__all__ = ["COUNTED", "connected", "fit", "hurry"]

COUNTED = (Store.State.ACTIVE, Store.State.NEEDS_REAUTH)
"""What a plan counts: a store that is paused or disconnected takes no place."""


def connected(merchant: int) -> list[Store]:
    """Return the stores that count: what is paused or disconnected does not."""
    mine = Store.objects.filter(merchant=merchant, state__in=COUNTED)
    return list(mine.order_by("connected_at", "id"))


def fit(merchant: int, limit: int | None, keep: Sequence[int] = ()) -> list[Store]:
    """Pause what is beyond the limit, with its data kept; returns what was paused.

    The owner's choice stays first, then what was connected first.
    """
    if limit is None:
        return []
    wanted = {pk: at for at, pk in enumerate(keep)}
    stores = sorted(connected(merchant), key=lambda store: wanted.get(store.pk, len(wanted)))
    beyond = stores[limit:]
    Store.objects.filter(pk__in=[store.pk for store in beyond]).update(state=Store.State.PAUSED)
    return beyond


def hurry(merchant: int) -> None:
    """Let every store that runs be read at once."""
    now = timezone.now()  # the worker's own clock: runs go by real time
    mine = Store.objects.filter(merchant=merchant, state=Store.State.ACTIVE, next_run_at__gt=now)
    mine.update(next_run_at=now)
