"""Fetching single records by id: what notifications hint at, and what a person wants retried.

Fetched records take the same way into the tables as those of a listing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from entrosdk import Shop
from entrosdk.errors import Rejected, Unsupported
from entrosdk.sync.sink import Commit, Sink, StreamKey
from reference_app.records.models import Quarantined
from reference_app.stores.models import Delivery, Store

__all__ = ["follow_hints", "retry_quarantined"]

_AT_ONCE = 50
_STREAM_OF = {
    "OrderChanged": "orders",
    "ProductChanged": "products",
    "StockChanged": "products",
    "ReturnChanged": "returns",
}


def retry_quarantined(store: Store, shop: Shop, sink: Sink) -> None:
    """Fetch again what a person asked to retry; what reads well leaves quarantine."""
    asked = Quarantined.objects.filter(store=store).exclude(retry_asked_at=None)
    wanted: dict[str, list[str]] = {}
    for stream, external_id in asked.values_list("stream", "external_id"):
        wanted.setdefault(stream, []).append(external_id)
    for stream, ids in wanted.items():
        # Rows that came without an id are known under a made-up one: only a listing finds them.
        _fetch(shop, sink, stream, [name for name in ids if not name.startswith("sha256:")])
    asked.update(retry_asked_at=None)


def follow_hints(store: Store, shop: Shop, sink: Sink) -> None:
    """Fetch what notifications named, so that a buyer's click is here before the next listing."""
    while waiting := list(
        Delivery.objects.filter(store=store, handled_at=None).order_by("id")[:500]
    ):
        wanted: dict[str, dict[str, None]] = {}
        for hint in waiting:
            stream = _STREAM_OF.get(hint.kind)
            if stream and hint.subject:
                wanted.setdefault(stream, {})[hint.subject] = None
        for stream, ids in wanted.items():
            _fetch(shop, sink, stream, list(ids))
        done = Delivery.objects.filter(pk__in=[hint.pk for hint in waiting])
        done.update(handled_at=timezone.now())


def _fetch(shop: Shop, sink: Sink, stream: str, ids: Sequence[str]) -> None:
    reading: Any = getattr(shop, stream, None)
    if reading is None:  # payouts cannot be fetched by id
        return
    key = StreamKey(shop.marketplace, shop.shop_id, stream)
    for start in range(0, len(ids), _AT_ONCE):
        read_at = shop.now()
        for batch in _batches(reading, ids[start : start + _AT_ONCE]):
            sink.commit(
                Commit(key=key, records=batch.items, unreadable=batch.unreadable, read_at=read_at)
            )


def _batches(reading: Any, ids: Sequence[str]) -> list[Any]:
    """Fetch by id; one that the marketplace refuses must not keep the others from coming."""
    try:
        return [reading.get_many(ids)]
    except Unsupported:
        return []
    except Rejected:
        if len(ids) < 2:
            return []
        middle = len(ids) // 2
        return _batches(reading, ids[:middle]) + _batches(reading, ids[middle:])
