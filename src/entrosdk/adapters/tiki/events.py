"""Events: pulled from a queue, and the older pushes about product requests (section 7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from entrosdk.adapters.tiki.consent import app_token
from entrosdk.adapters.tiki.manifest import NAME
from entrosdk.adapters.tiki.queue import Position, prepared, pulled
from entrosdk.adapters.tiki.sign import basic
from entrosdk.adapters.tiki.wire_queue import QueuedEvent
from entrosdk.adapters.tiki.wire_scalars import when
from entrosdk.domain.events import (
    Event,
    OrderChanged,
    ProductChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.errors import BadReply, BadSignature
from entrosdk.spi.adapter import Access, Delivery
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Page
from entrosdk.spi.toolkit import json_object, matches

__all__ = ["Events"]

Json: TypeAlias = Mapping[str, Any]

_HARMLESS = re.compile(r"(state|status|event|version|event_time|.*_(id|code|sku|status|from|to))")


@frozen
class Events:
    """The queue of one seller, and the pushes of one app."""

    access: Access

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Verify and read a push of the older kind; raises `BadSignature`.

        Tiki signs nothing: it sends the pair of HTTP Basic that was registered for pushes. Pass
        it as `App(push_secret=Secret("id:secret"))`; without a colon the app's key is the id.
        Only results of product requests come this way; everything else is in the queue.
        """
        self._verify(delivery)
        body = json_object(delivery.body)
        if body is None:
            raise BadReply("a genuine push is no JSON object")
        return (_pushed(body, delivery.body, self.access.shop_id),)

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
        """Take the next events from the seller's queue, oldest first.

        Without a cursor the queue `entrosdk-<shop id>` is found, or made and subscribed.
        A cursor `queue:<code>` reads a queue of your own; events of other sellers in it carry
        the seller's `sid` (a grant's `shop_ref`) as their shop.
        Asking with the `next` of a page confirms that page, so store its events before; what is
        not confirmed comes again, for seven days.
        """
        token = yield from app_token(self.access)
        at = yield from prepared(self.access, token, cursor)
        found = yield from pulled(token, at)
        bodies = _bodies(found.body)
        events = found.mapped(
            lambda row: _queued(row, self._shop_of(row, at), bodies.get(row.id, b""))
        )
        more = bool(events.items or events.unreadable)
        return Page(
            items=events.items,
            next=at.after(found.page) if more else None,
            unreadable=events.unreadable,
            drift=events.drift,
        )

    def _verify(self, delivery: Delivery) -> None:
        secret = self.access.app.push_key.reveal()
        name, colon, rest = secret.partition(":")
        pair = (name, rest) if colon else (self.access.app.key, secret)
        given = delivery.headers.get("authorization", "").strip()
        if not all(pair) or not matches(given, basic(*pair)[1]):
            raise BadSignature(
                "the push does not carry the pair that was registered for pushes",
                advice="Check `App(push_secret=…)` against what was registered at Tiki.",
            )

    def _shop_of(self, row: QueuedEvent, at: Position) -> str:
        return self.access.shop_id if row.sid in {"", at.sid} or not at.sid else row.sid


def _bodies(body: bytes) -> dict[str, bytes]:
    """Map the ids of a batch's events to their own bodies."""
    rows = (json_object(body) or {}).get("events")
    good = [row for row in rows or () if isinstance(row, dict)]
    return {str(row.get("id")): json.dumps(row, ensure_ascii=True).encode() for row in good}


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
        return ""
    return str(value)


@frozen
class _Facts:
    """An event taken apart."""

    payload: Json = field(repr=False)
    common: dict[str, Any] = field(repr=False)

    def text(self, *names: str) -> str:
        """The first of these members that says something, as text."""
        return next((text for name in names if (text := _text(self.payload.get(name)))), "")

    def harmless(self) -> dict[str, str]:
        """Ids, states, times and figures; no free text."""
        return {
            name: text
            for name, value in self.payload.items()
            if _HARMLESS.fullmatch(name) and (text := _text(value))
        }


def _event(kind: str, facts: _Facts) -> Event:
    """Read an event; one that lacks what its kind needs stays unrecognised."""
    reader = _READERS.get(kind)
    found = reader(facts) if reader else None
    return found or Unrecognised(**facts.common, facts=facts.harmless())


def _common(shop_id: str, name: str, kind: str, at: datetime | None, raw: bytes) -> dict[str, Any]:
    return {
        "marketplace": NAME,
        "shop_id": shop_id,
        "delivery_id": name,
        "raw_kind": kind or "?",
        "occurred_at": at,
        "body": raw,
    }


def _queued(row: QueuedEvent, shop_id: str, raw: bytes) -> Event:
    common = _common(shop_id, row.id, row.type, row.created_at, raw)
    return _event(row.type, _Facts(row.payload or {}, common))


def _pushed(body: Json, raw: bytes, shop_id: str) -> Event:
    payload = body.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    kind = _text(body.get("event")) or _text(payload.get("event"))
    shop = shop_id or _text(payload.get("seller_id"))
    common = _common(shop, _delivery(body, raw), kind, _moment(payload), raw)
    return _event(kind, _Facts(payload, common))


def _delivery(body: Json, raw: bytes) -> str:
    return _text(body.get("id")) or f"?{hashlib.sha256(raw).hexdigest()[:16]}"


def _moment(payload: Json) -> datetime | None:
    try:
        told: datetime | None = when(payload.get("event_time"))
    except ValueError:
        return None
    return told


# Kinds


def _order(facts: _Facts) -> Event | None:
    name = facts.text("order_code", "orderCode")  # recorded with both (quirk 1)
    return (
        OrderChanged(**facts.common, order_id=name, raw_status=facts.text("status"))
        if name
        else None
    )


def _product(facts: _Facts) -> Event | None:
    name = facts.text("product_id")
    return ProductChanged(**facts.common, product_id=name) if name else None


def _stock(facts: _Facts) -> Event | None:
    name = facts.text("product_id")
    return StockChanged(**facts.common, product_id=name) if name else None


_READERS: Mapping[str, Callable[[_Facts], Event | None]] = {
    "ORDER_CREATED_SUCCESSFULLY": _order,
    "ORDER_STATUS_UPDATED": _order,
    "PRODUCT_PRICE_UPDATED": _product,
    "PRODUCT_MARKET_PRICE_UPDATED": _product,
    "PRODUCT_INVENTORY_UPDATED": _stock,
    # Pushes of the older kind (section 7.2): a product that was asked for got its answer.
    "product:request:approved": _product,
    "product:request:rejected": _product,
    "product:request:locked": _product,
}
"""Kinds we act on; others exist whose names were not seen, and stay unrecognised."""
