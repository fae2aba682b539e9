"""Webhooks: verified on their raw bytes, read leniently, all types (fact book section 7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from entrosdk.adapters.tiktok.manifest import NAME
from entrosdk.adapters.tiktok.sign import pushed
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    GrantRevoked,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.errors import BadReply, BadSignature, Unsupported
from entrosdk.spi.adapter import Access, Delivery
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Page
from entrosdk.spi.toolkit import json_object

__all__ = ["Events", "events"]

Json: TypeAlias = Mapping[str, Any]

_SHOP_IN_TEXT = re.compile(r"shop_id \{(\d+)\}", re.IGNORECASE)
_HARMLESS = re.compile(r"(action|status|.*_(id|sn|status|type|time|role|source))")
_MILLISECONDS = 10**11
_LATEST = 2**32


@frozen
class Events:
    """The webhooks of one app."""

    access: Access

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Verify and read a webhook; raises `BadSignature`.

        One about packages may name several orders and is an event for each.
        Answer 200 with an empty body within three seconds, unrecognised types included.
        """
        app, given = self.access.app, delivery.headers.get("authorization", "")
        if not pushed(app.key, app.push_key.reveal(), delivery.body, given):
            raise BadSignature(
                "the webhook is not signed by TikTok Shop for this app",
                advice="Check the app's key and secret, and that the body is passed as it came.",
            )
        body = json_object(delivery.body)
        if body is None:
            raise BadReply("a genuine webhook is no JSON object")
        return events(body, delivery.body)

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
        """Raise `Unsupported`: webhooks that got lost are kept nowhere (section 7.1)."""
        del cursor
        yield from ()
        raise Unsupported("TikTok Shop has no queue of events")


def events(body: Json, raw: bytes) -> tuple[Event, ...]:
    """Read a verified webhook; one that lacks what its type needs stays unrecognised."""
    facts = _Facts.of(body, raw)
    reader = _READERS.get(facts.type)
    found = reader(facts) if reader else ()
    return found or (Unrecognised(**facts.common, facts=facts.harmless()),)


# Python reads integers of any length exactly: product ids exceed what a float holds (quirk 16).
def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0, "0"):
        return ""
    return str(value)


@frozen
class _Facts:
    """A webhook taken apart."""

    type: str
    shop_id: str
    data: Json = field(repr=False)
    common: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, body: Json, raw: bytes) -> _Facts:
        data = body.get("data")
        data = data if isinstance(data, dict) else {}
        kind = _text(body.get("type")) or "?"
        shop_id = _text(body.get("shop_id")) or _text(data.get("shop_id")) or _named(data)
        common = {
            "marketplace": NAME,
            "shop_id": shop_id,
            "delivery_id": _text(body.get("tts_notification_id")) or _fingerprint(body, data),
            "raw_kind": kind,
            "occurred_at": _moment(data.get("update_time")) or _moment(body.get("timestamp")),
            "body": raw,
        }
        return cls(kind, shop_id, data, common)

    def text(self, name: str) -> str:
        """This member as text; empty when it says nothing."""
        return _text(self.data.get(name))

    def harmless(self) -> dict[str, str]:
        """Ids, states and times; no free text, which may be about people."""
        return {
            name: text
            for name, value in self.data.items()
            if _HARMLESS.fullmatch(name) and (text := _text(value))
        }


def _named(data: Json) -> str:
    """Find the shop that a grant webhook may name only inside a sentence."""
    found = _SHOP_IN_TEXT.search(_text(data.get("message")))
    return found.group(1) if found else ""


def _fingerprint(body: Json, data: Json) -> str:
    """Name a delivery without id, as one old sample is; a retry may have another timestamp."""
    text = json.dumps([body.get("type"), body.get("shop_id"), data], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _moment(value: Any) -> datetime | None:
    """Read an epoch in seconds or milliseconds, as number or text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LATEST * 1000:
        return None
    seconds = value / 1000 if value >= _MILLISECONDS else value
    return datetime.fromtimestamp(seconds, UTC) if seconds < _LATEST else None


# Types


def _order(facts: _Facts) -> tuple[Event, ...]:
    """An order changed; the word for its last state is CANCEL here (quirk 16)."""
    name, status = facts.text("order_id"), facts.text("order_status")
    return (OrderChanged(**facts.common, order_id=name, raw_status=status),) if name else ()


def _packages(facts: _Facts) -> tuple[Event, ...]:
    rows = facts.data.get("package_list")
    pairs = [
        (order, _text(row.get("package_id")))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
        for order in _ids(row.get("order_id_list"))
    ]
    return tuple(
        OrderChanged(**facts.common, order_id=order, package_id=package) for order, package in pairs
    )


def _ids(value: Any) -> list[str]:
    return [text for one in (value if isinstance(value, list) else ()) if (text := _text(one))]


def _product(facts: _Facts) -> tuple[Event, ...]:
    name = facts.text("product_id")
    return (ProductChanged(**facts.common, product_id=name),) if name else ()


def _stock(facts: _Facts) -> tuple[Event, ...]:
    name, variant = facts.text("product_id"), facts.text("sku_id")
    return (StockChanged(**facts.common, product_id=name, variant_id=variant),) if name else ()


def _return(facts: _Facts) -> tuple[Event, ...]:
    name, order = facts.text("return_id"), facts.text("order_id")
    return (ReturnChanged(**facts.common, return_id=name, order_id=order),) if name else ()


def _shops(facts: _Facts) -> tuple[str, ...]:
    return (facts.shop_id,) if facts.shop_id else ()


def _revoked(facts: _Facts) -> tuple[Event, ...]:
    return (GrantRevoked(**facts.common, shop_ids=_shops(facts)),)


def _expiring(facts: _Facts) -> tuple[Event, ...]:
    before = _moment(facts.data.get("expiration_time"))
    return (GrantExpiring(**facts.common, shop_ids=_shops(facts), before=before),)


_READERS: Mapping[str, Callable[[_Facts], tuple[Event, ...]]] = {
    # Orders: status, address, packages, cancellation
    "1": _order,
    "3": _order,
    "4": _packages,
    "11": _order,
    # Returns; a legacy reverse order names its order only
    "2": _order,
    "12": _return,
    # Listings: status, content, creation, category, audit, variants
    "5": _product,
    "15": _product,
    "16": _product,
    "18": _product,
    "37": _product,
    "50": _product,
    # Stock
    "27": _stock,
    "71": _stock,
    # Consent
    "6": _revoked,
    "7": _expiring,
}
"""Types we act on; the others (chat, promotions, affiliate, the new after-sales ids …) stay
unrecognised."""
