"""Delivering events: signed, tried again with growing pauses, each webhook on its own.

Signatures are those of the Standard Webhooks specification, so receivers may verify them with its
libraries: HMAC-SHA256 over `id.timestamp.body`, base64, in the header `webhook-signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpcore
from django.db import close_old_connections
from django.utils import timezone

from entrosdk.errors import ConfigError
from reference_app.api import guarded
from reference_app.api.models import OutgoingDelivery, OutgoingEvent, Webhook
from reference_app.tenants.models import Merchant

__all__ = ["PAUSES", "Courier", "deliver", "make_webhook", "secret_of", "send_again", "signature"]

_log = logging.getLogger(__name__)
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
)
"""Pauses after each failed try; after the last one a delivery is given up."""
_LEASE = timedelta(minutes=2)  # longer than a try can take
_AT_ONCE = 8  # webhooks
_IN_A_ROW = 50  # deliveries to one webhook before others get its thread
_SECRET_BYTES = 32
_Waiting = OutgoingDelivery.State.WAITING


def make_webhook(merchant: Merchant, url: str, events: list[str]) -> tuple[Webhook, str]:
    """Make a webhook; returns it with its secret, to be shown once."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    hook = Webhook.objects.create(
        merchant=merchant,
        url=url,
        events=events,
        secret_sealed=merchant.seal().seal(secret, "webhook"),
    )
    return hook, secret


def secret_of(hook: Webhook) -> str:
    """Return the signing secret; raises `ConfigError` when the merchant's key is gone."""
    return hook.merchant.seal().open(hook.secret_sealed, "webhook")


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def body_of(event: OutgoingEvent) -> bytes:
    """Return what is sent for an event."""
    facts = {
        "type": event.kind,
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def deliver(delivery: OutgoingDelivery) -> bool:
    """Try a delivery once and write down what became of it; says whether it arrived."""
    now = timezone.now()
    arrived, outcome = _try(delivery.webhook, delivery.event, now)
    delivery.attempts += 1
    delivery.tried_at, delivery.outcome = now, outcome
    if arrived:
        delivery.state = OutgoingDelivery.State.DONE
    elif delivery.attempts > len(PAUSES):
        delivery.state = OutgoingDelivery.State.FAILED
    else:
        delivery.next_at = now + PAUSES[delivery.attempts - 1]
    delivery.save(update_fields=["attempts", "tried_at", "outcome", "state", "next_at"])
    return arrived


def _try(hook: Webhook, event: OutgoingEvent, now: datetime) -> tuple[bool, str]:
    body, timestamp = body_of(event), int(now.timestamp())
    try:
        headers = {
            "content-type": "application/json",
            "user-agent": "Entro-Webhooks/1",
            "webhook-id": event.public_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret_of(hook), event.public_id, timestamp, body),
        }
        reply = guarded.post(hook.url, headers, body)
    except guarded.Forbidden:
        return False, "forbidden"
    except httpcore.TimeoutException:
        return False, "timeout"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
        return False, "unreachable"
    except ConfigError:
        return False, "secret"
    return 200 <= reply.status < 300, str(reply.status)


def send_again(delivery: OutgoingDelivery) -> None:
    """Let a delivery be tried anew, whatever became of it, and at once."""
    OutgoingDelivery.objects.filter(pk=delivery.pk).update(
        state=_Waiting, attempts=0, next_at=timezone.now()
    )


class Courier:
    """Delivers what is due, up to eight webhooks at a time; any number of couriers may run.

    A webhook that is slow or away holds up nobody but itself.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhooks")
        self._busy: set[int] = set()
        self._guard = threading.Lock()
        self._stopping = threading.Event()

    def look(self) -> None:
        """Begin to deliver what is due; returns at once."""
        due = OutgoingDelivery.objects.filter(
            state=_Waiting, next_at__lte=timezone.now(), webhook__active=True
        )
        with self._guard:
            idle = due.exclude(webhook__in=self._busy).order_by()
            found = list(idle.values_list("webhook_id", flat=True).distinct()[: 4 * _AT_ONCE])
            self._busy.update(found)
        for hook_id in found:
            self._pool.submit(self._serve, hook_id)

    def stop(self, *, finish: bool = False) -> None:
        """End the tries that are under way and begin no more, or `finish` what was begun."""
        if not finish:
            self._stopping.set()
        self._pool.shutdown(cancel_futures=not finish)

    def _serve(self, hook_id: int) -> None:
        close_old_connections()
        try:
            for _ in range(_IN_A_ROW):
                delivery = _take(hook_id)
                if delivery is None or self._stopping.is_set() or not deliver(delivery):
                    break
        except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
            _log.exception("webhook %s could not be served", hook_id)
        finally:
            with self._guard:
                self._busy.discard(hook_id)
            close_old_connections()


def _take(hook_id: int) -> OutgoingDelivery | None:
    """Take the oldest due delivery of a webhook; who moves `next_at` first has it."""
    now = timezone.now()
    due = OutgoingDelivery.objects.filter(webhook=hook_id, state=_Waiting, next_at__lte=now)
    found = due.select_related("webhook__merchant", "event").order_by("next_at", "id").first()
    if found is None:
        return None
    mine = OutgoingDelivery.objects.filter(pk=found.pk, state=_Waiting, next_at=found.next_at)
    return found if mine.update(next_at=now + _LEASE) else None
