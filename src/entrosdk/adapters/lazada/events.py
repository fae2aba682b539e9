"""Pushes: verified on their raw bytes, read leniently, all types (fact book section 7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from entrosdk.adapters.lazada.manifest import MANIFEST, NAME
from entrosdk.adapters.lazada.sign import pushed
from entrosdk.adapters.lazada.times import epoch
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.errors import BadReply, BadSignature, Unsupported
from entrosdk.spi.adapter import Access, Delivery
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability
from entrosdk.spi.page import Page
from entrosdk.spi.toolkit import json_object

__all__ = ["Events", "event"]

Json: TypeAlias = Mapping[str, Any]

_HARMLESS = re.compile(r"(?:action|status|state|site|itemId|.*_(?:id|status|type|time|sku))")
_NOBODY = {"", "0", "null"}

# One member of a new listing's push stands outside of its data in one sample (section 7).
_OUTSIDE = ("action", "status_update_time", "item_id")


_NO_QUEUE = MANIFEST.capabilities[Capability.EVENTS_PULL].source


@frozen
class Events:
    """The pushes of one app, for all of its sellers."""

    access: Access

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Verify and read a push; raises `BadSignature`.

        The console's "Verify" sends a message that is really signed, so it needs no exception.
        """
        app = self.access.app
        given = delivery.headers.get("authorization", "")
        if not pushed(app.key, app.push_key.reveal(), delivery.body, given):
            raise BadSignature(
                "the push is not signed by Lazada for this app",
                advice="Check the app key and secret, and that the body is the raw bytes.",
            )
        body = json_object(delivery.body)
        if body is None:
            raise BadReply("a genuine push is no JSON object")
        return (event(body, delivery.body),)

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
        """Raise `Unsupported`: Lazada repeats a push twelve times and then forgets it."""
        del cursor
        raise Unsupported(f"Lazada has no queue ({_NO_QUEUE})")


# Reading


def event(body: Json, raw: bytes) -> Event:
    """Read a verified push; one that lacks what its type needs stays unrecognised."""
    facts = _Facts.of(body, raw)
    reader = _READERS.get(facts.kind)
    found = reader(facts) if reader else None
    return found or Unrecognised(**facts.common, facts=facts.harmless())


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or str(value) in _NOBODY:
        return ""
    return str(value)


@frozen
class _Facts:
    """A push taken apart."""

    kind: str
    shop_id: str
    data: Json = field(repr=False)
    common: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, body: Json, raw: bytes) -> _Facts:
        data = _data(body)
        kind = _kind(body.get("message_type"))
        # A token's warning names the seller in its data and the text "null" outside.
        shop_id = next(
            (text for place in (body, data) if (text := _text(place.get("seller_id")))),
            _text(body.get("sellerId")),
        )
        times = (data.get("status_update_time"), data.get("date"), body.get("timestamp"))
        common = {
            "marketplace": NAME,
            "shop_id": shop_id,
            "delivery_id": _fingerprint(kind, shop_id, data),
            "raw_kind": kind,
            "occurred_at": next((one for time in times if (one := _moment(time))), None),
            "body": raw,
        }
        return cls(kind, shop_id, data, common)

    def text(self, *names: str) -> str:
        """The first of these members that says something, as text."""
        return next((text for name in names if (text := _text(self.data.get(name)))), "")

    def harmless(self) -> dict[str, str]:
        """Ids, states and times; no free text, which may be about people."""
        return {
            name: text
            for name, value in self.data.items()
            if _HARMLESS.fullmatch(name) and (text := _text(value))
        }


def _data(body: Json) -> Json:
    """Return what a push tells; promotions come without an envelope."""
    data = body.get("data")
    if isinstance(data, str):
        data = json_object(data.encode(errors="replace"))
    if isinstance(data, dict):
        return {**{name: body[name] for name in _OUTSIDE if name in body}, **data}
    return {} if "message_type" in body else body


def _kind(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else "?"


def _fingerprint(kind: str, shop_id: str, data: Json) -> str:
    """Name a delivery: pushes carry no id, and repeats differ in their envelope's time only."""
    text = json.dumps([kind, shop_id, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _moment(value: Any) -> datetime | None:
    """Read an epoch; seconds and milliseconds are mixed, also within one push."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return epoch(value)
    except ValueError:
        return None


# Types


def _order(facts: _Facts) -> Event | None:
    name = facts.text("trade_order_id")
    status = facts.text("order_status", "order_item_status")
    return OrderChanged(**facts.common, order_id=name, raw_status=status) if name else None


def _package(facts: _Facts) -> Event | None:
    name, package = facts.text("trade_order_id"), facts.text("fulfillment_package_id")
    return OrderChanged(**facts.common, order_id=name, package_id=package) if name else None


def _product(facts: _Facts) -> Event | None:
    name = facts.text("item_id", "itemId")
    return ProductChanged(**facts.common, product_id=name) if name else None


def _stock(facts: _Facts) -> Event | None:
    variant = facts.text("sku_id")
    product = facts.text("item_id")  # not told today; the SKU is enough to find it
    return StockChanged(**facts.common, product_id=product, variant_id=variant) if variant else None


def _reverse(facts: _Facts) -> Event | None:
    """Read a reverse order; a cancellation is news of the order, not a return (section 6)."""
    name, order = facts.text("reverse_order_id"), facts.text("trade_order_id")
    if facts.text("reverse_status").startswith("CANCEL") and order:
        return OrderChanged(**facts.common, order_id=order)
    return ReturnChanged(**facts.common, return_id=name, order_id=order) if name else None


def _expiring(facts: _Facts) -> Event:
    shops = (facts.shop_id,) if facts.shop_id else ()
    before = _moment(facts.data.get("auth_expiry_time"))
    return GrantExpiring(**facts.common, shop_ids=shops, before=before)


_READERS: Mapping[str, Callable[[_Facts], Event | None]] = {
    "0": _order,
    "14": _package,
    # Listings: quality control, created, edited, deleted
    "1": _product,
    "3": _product,
    "4": _product,
    "5": _product,
    "6": _stock,
    "8": _expiring,
    "10": _reverse,
}
"""Types we act on; the others (chat, videos, promotions, seller's standing …) are unrecognised."""
