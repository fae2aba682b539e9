"""Events for webhooks, written in the transaction of what they tell."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from reference_app.api.models import OutgoingDelivery, OutgoingEvent, Webhook
from reference_app.records.models import Order
from reference_app.stores.models import Store

__all__ = ["KEPT", "emit", "forget_events", "tell_orders"]

KEPT = timedelta(days=30)
"""How long events and their deliveries can be looked at and sent again."""
_CHUNK = 500


def tell_orders(
    sender: type[Order],
    *,
    store: Store,
    new: Sequence[Order],
    changed: Sequence[Order],
    history: bool,
    **_: Any,
) -> None:
    """Emit an event for each order that is new or changed; history is read quietly."""
    if history or not (new or changed):
        return
    kinds = OutgoingEvent.Kind
    pairs = [(kinds.ORDER_CREATED, row) for row in new]
    pairs += [(kinds.ORDER_UPDATED, row) for row in changed]
    emit(store.merchant_id, [(kind, row.external_id, _facts(row)) for kind, row in pairs])


def _facts(row: Order) -> dict[str, Any]:
    """What is told of an order: enough to decide whether to fetch it, and nothing personal."""
    return {
        "id": row.external_id,
        "store_id": str(row.store_id),
        "marketplace": row.marketplace,
        "number": row.number,
        "status": row.status,
        "raw_status": row.raw_status,
        "total": {"amount_minor": row.total_minor, "currency": row.currency},
        "updated_at": row.updated_at.isoformat().replace("+00:00", "Z") if row.updated_at else None,
    }


def emit(merchant_id: int, happened: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Write events of (kind, subject, data) for the webhooks that want them, if any do."""
    hooks = list(Webhook.objects.filter(merchant_id=merchant_id, active=True))
    wanted = {kind for hook in hooks for kind in hook.events}
    events = OutgoingEvent.objects.bulk_create(
        (
            OutgoingEvent(
                merchant_id=merchant_id,
                public_id=f"evt_{uuid.uuid4().hex}",
                kind=kind,
                subject=subject,
                data=data,
            )
            for kind, subject, data in happened
            if kind in wanted
        ),
        batch_size=_CHUNK,
    )
    OutgoingDelivery.objects.bulk_create(
        (
            OutgoingDelivery(webhook=hook, event=event)
            for event in events
            for hook in hooks
            if event.kind in hook.events
        ),
        batch_size=_CHUNK,
    )


def forget_events() -> int:
    """Delete events that are no longer shown; returns how many rows went."""
    return OutgoingEvent.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
