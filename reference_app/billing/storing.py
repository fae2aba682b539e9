"""Stores against the plan's limit."""

from __future__ import annotations

from collections.abc import Sequence

from reference_app.stores.models import Store

__all__ = ["connected", "fit"]

_COUNTED = (Store.State.ACTIVE, Store.State.NEEDS_REAUTH)


def connected(merchant: int) -> list[Store]:
    """Return the stores that count: what is paused or disconnected does not."""
    mine = Store.objects.filter(merchant=merchant, state__in=_COUNTED)
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
