"""Pushes: verified on their raw bytes, read leniently, all codes (fact book section 7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from entrosdk.adapters.shopee.ask import ask, number
from entrosdk.adapters.shopee.manifest import NAME
from entrosdk.adapters.shopee.sign import pushed
from entrosdk.adapters.shopee.wire_push import LOST
from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    GrantGiven,
    GrantRevoked,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
    Unrecognised,
)
from entrosdk.errors import BadReply, BadSignature, ConfigError
from entrosdk.spi.adapter import Access, Delivery
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Page, Unreadable
from entrosdk.spi.request import PUBLIC, get, post
from entrosdk.spi.toolkit import json_object

__all__ = ["Events", "event"]

Json: TypeAlias = Mapping[str, Any]

_SHOP_IN_TEXT = re.compile(r"shop id (\d+)")
_HARMLESS = re.compile(r"(ordersn|action|status|update_field|.*_(id|sn|status|type|time|sn))")
_MILLISECONDS = 10**11
_LATEST = 4_294_967_295


@frozen
class Events:
    """The pushes of one app, and those that got lost."""

    access: Access

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        """Verify and read a push; raises `BadSignature`.

        The console's verification ping is signed with an empty key and comes back unrecognised
        with kind "0": answer it 200 with an empty body and do nothing else.
        """
        body = json_object(delivery.body)
        if body is not None and _is_ping(body):
            return (event(body, delivery.body),)
        self._verify(delivery)
        if body is None:
            raise BadReply("a genuine push is no JSON object")
        return (event(body, delivery.body),)

    def pull(self, cursor: str | None) -> Flow[Page[Event]]:
        """Take pushes that Shopee could not deliver in the last three days, oldest first.

        They concern all shops of the app.
        Asking with the `next` of a page confirms that page: Shopee forgets it, so store its
        events before.
        """
        if cursor is not None:
            watermark = {"last_message_id": number(cursor, 0)}
            yield from send(
                post("/api/v2/push/confirm_consumed_lost_push_message", watermark, auth=PUBLIC)
            )
        request = ask("push/get_lost_push_message")
        reply = yield from send(get(request.path, auth=PUBLIC))
        lost = LOST.read(reply.body)
        events, bad = [], list(lost.unreadable)
        for row in lost.models:
            body = json_object(row.data.encode())
            if body is None:
                bad.append(Unreadable(id=row.name, reason="data: no JSON", body=row.data.encode()))
            else:
                events.append(event({"shop_id": row.shop_id, **body}, row.data.encode()))
        # Even the last page has a next: pulling it confirms the page.
        more = bool(events or bad)
        return Page(
            items=tuple(events),
            next=str(lost.page.response.last_message_id) if more else None,
            unreadable=tuple(bad),
            drift=lost.drift,
        )

    def _verify(self, delivery: Delivery) -> None:
        if not delivery.url:
            raise ConfigError(
                "a Shopee push is verified against the address configured for it",
                advice="Pass `url=` (or `--url`) exactly as it stands in Shopee's console.",
            )
        given = delivery.headers.get("authorization", "")
        key = self.access.app.push_key.reveal()
        if not pushed(key, delivery.url, delivery.body, given):
            raise BadSignature(
                "the push is not signed by Shopee for this address",
                advice="Check the push partner key, and that `url` is the configured text.",
            )


# Reading


def event(body: Json, raw: bytes) -> Event:
    """Read a verified push; one that lacks what its kind needs stays unrecognised."""
    facts = _Facts.of(body, raw)
    reader = _READERS.get(facts.code)
    found = reader(facts) if reader else None
    return found or Unrecognised(**facts.common, facts=facts.harmless())


def _is_ping(body: Json) -> bool:
    """Recognise the console's check by its shape: it names no shop and no order (7.2)."""
    data = body.get("data")
    alone = isinstance(data, dict) and set(data) == {"verify_info"}
    return alone and body.get("code") == 0 and not body.get("shop_id")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0, "0"):
        return ""
    return str(value)


def _ids(value: Any) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else [value]
    return tuple(text for row in rows if (text := _text(row)))


@frozen
class _Facts:
    """A push taken apart."""

    code: str
    shop_id: str
    data: Json = field(repr=False)
    common: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, body: Json, raw: bytes) -> _Facts:
        data = _data(body.get("data"))
        code = _code(body.get("code"))
        shop_id = _text(body.get("shop_id")) or _text(data.get("shop_id"))
        common = {
            "marketplace": NAME,
            "shop_id": shop_id,
            "delivery_id": _text(body.get("msg_id")) or _fingerprint(body, data),
            "raw_kind": code,
            "occurred_at": _moment(data.get("update_time")) or _moment(body.get("timestamp")),
            "body": raw,
        }
        return cls(code, shop_id, data, common)

    def text(self, *names: str) -> str:
        """The first of these members that says something, as text."""
        return next((text for name in names if (text := _text(self.data.get(name)))), "")

    def ids(self, *names: str) -> tuple[str, ...]:
        """All ids in these members, each once."""
        found = (one for name in names for one in _ids(self.data.get(name)))
        return tuple(dict.fromkeys(found))

    def harmless(self) -> dict[str, str]:
        """Ids, states and times; no free text, which may be about people."""
        return {
            name: text
            for name, value in self.data.items()
            if _HARMLESS.fullmatch(name) and (text := _text(value))
        }


def _data(value: Any) -> Json:
    """Shopee's tables and two receivers disagree on the type: accept text, object and list."""
    if isinstance(value, str):
        value = json_object(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _code(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else "?"


def _fingerprint(body: Json, data: Json) -> str:
    """Name a delivery that has no msg_id; a retry may carry a new envelope timestamp."""
    parts = [body.get("code"), body.get("shop_id"), body.get("partner_id"), data]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _moment(value: Any) -> datetime | None:
    """Read an epoch; push 28 counts milliseconds, and test pushes send all values as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    # Whole numbers until the size is known: JSON's can be larger than any float.
    seconds, rest = divmod(value, 1000) if value >= _MILLISECONDS else (value, 0)
    return datetime.fromtimestamp(seconds + rest / 1000, UTC) if seconds < _LATEST else None


# Kinds


def _order(facts: _Facts) -> Event | None:
    name = facts.text("ordersn", "order_sn")
    if not name:
        return None
    status = facts.text("status") if facts.code == "3" else ""
    package = facts.text("package_number")
    return OrderChanged(**facts.common, order_id=name, raw_status=status, package_id=package)


def _product(facts: _Facts) -> Event | None:
    name = facts.text("item_id")
    variant = facts.text("model_id", "variation_id")
    return ProductChanged(**facts.common, product_id=name, variant_id=variant) if name else None


def _stock(facts: _Facts) -> Event | None:
    name = facts.text("item_id")
    if not name:
        return None
    variant, order = facts.text("variation_id", "model_id"), facts.text("ordersn", "order_sn")
    return StockChanged(**facts.common, product_id=name, variant_id=variant, order_id=order)


def _return(facts: _Facts) -> Event | None:
    name = facts.text("return_sn")
    if not name:
        return None
    rows = facts.data.get("updated_values")
    rows = rows if isinstance(rows, list) else ()
    times = [_moment(row.get("update_time")) for row in rows if isinstance(row, dict)]
    latest = max((time for time in times if time), default=facts.common["occurred_at"])
    common = {**facts.common, "occurred_at": latest}
    return ReturnChanged(**common, return_id=name, order_id=facts.text("order_sn", "ordersn"))


def _shops(facts: _Facts) -> tuple[str, ...]:
    """Find the shops of a grant push; one form names the shop only inside a sentence (7.3)."""
    named = facts.ids("shop_id", "shop_id_list", "shopid")
    return named or tuple(_SHOP_IN_TEXT.findall(facts.text("extra")))


def _about(facts: _Facts, shops: tuple[str, ...]) -> dict[str, Any]:
    only = shops[0] if len(shops) == 1 else facts.shop_id
    return {**facts.common, "shop_id": only}


def _given(facts: _Facts) -> Event:
    shops = _shops(facts)
    return GrantGiven(**_about(facts, shops), shop_ids=shops)


def _revoked(facts: _Facts) -> Event:
    shops = _shops(facts)
    reason = facts.text("authorize_type")
    return GrantRevoked(**_about(facts, shops), shop_ids=shops, reason=reason)


def _expiring(facts: _Facts) -> Event:
    shops = facts.ids("shop_expire_soon")
    before = _moment(facts.data.get("expire_before"))
    return GrantExpiring(**_about(facts, shops), shop_ids=shops, before=before)


_READERS: Mapping[str, Callable[[_Facts], Event | None]] = {
    "1": _given,
    "2": _revoked,
    "12": _expiring,
    # Orders: status, tracking number, shipping document, package
    "3": _order,
    "4": _order,
    "15": _order,
    "30": _order,
    "47": _order,
    # Listings: banned, violation, price, scheduled publishing
    "6": _product,
    "16": _product,
    "22": _product,
    "27": _product,
    # Stock: promotions hold and release it
    "7": _stock,
    "8": _stock,
    "9": _stock,
    "36": _stock,
    "29": _return,
}
"""Codes we act on; the others (announcements, chat, media, consignment …) stay unrecognised."""
