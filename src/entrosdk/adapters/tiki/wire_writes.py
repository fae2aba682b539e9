"""Bodies of what changes a shop: pickups, labels, product requests (sections 3.7 and 4.5)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from entrosdk.adapters.tiki.wire_scalars import When
from entrosdk.adapters.tiki.words import SUBMISSION
from entrosdk.spi.wire import Id, Many, Maybe, Text, WireModel, names

__all__ = ["Inventories", "Labels", "Request", "Slot", "Slots", "Tracking"]


class Slot(WireModel):
    """A time at which Tiki can come."""

    expected_pickup_slot: Text = ""
    expected_pickup_time: Text
    at: When = None

    @model_validator(mode="before")
    @classmethod
    def _timed(cls, row: Any) -> Any:
        return {**row, "at": row.get("expected_pickup_time")} if isinstance(row, dict) else row


class Slots(WireModel):
    """The pickups that can be chosen now."""

    known: ClassVar[frozenset[str]] = frozenset({"seller_id"})

    pickup_slots: Many[Slot] = ()


class Inventory(WireModel):
    """A place of the seller's that can serve an order."""

    known: ClassVar[frozenset[str]] = names("name address type")

    id: Id


class Inventories(WireModel):
    """The places that map to one of Tiki's warehouses."""

    known: ClassVar[frozenset[str]] = frozenset({"mappings"})

    seller_inventories: Many[Inventory] = ()


class Labels(WireModel):
    """Links to documents; only those of one model are known by name (section 12)."""

    known: ClassVar[frozenset[str]] = names(
        "shipping_stamp_url po_label_url invoice_label_url label_url"
    )

    shipping_label_url: Text = ""

    @property
    def url(self) -> str:
        """The label itself, else whatever link there is."""
        rest = (self.__pydantic_extra__ or {}).items()
        links = (value for name, value in rest if name.endswith("url") and isinstance(value, str))
        return self.shipping_label_url or next((link for link in links if link), "")


class Tracking(WireModel):
    """How far a product request got; `reason` may be a JSON document inside the text."""

    words: ClassVar[Mapping[str, Collection[str]]] = {"state": SUBMISSION}

    track_id: Id
    request_id: Text = ""
    state: Text = ""
    reason: Any = None

    @property
    def why(self) -> str:
        """The reason in words, as far as it can be taken out of its document."""
        text = self.reason if isinstance(self.reason, str) else ""
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return "; ".join(_texts(told)) or text


class MadeProduct(WireModel):
    """A product that a request made; which keys it has is not established."""

    product_id: Text = ""
    id: Text = ""
    sku: Text = ""
    original_sku: Text = ""

    @property
    def name(self) -> str:
        """The id under either name."""
        return next((one for one in (self.product_id, self.id) if one not in ("", "0")), "")


class Request(WireModel):
    """A product request."""

    known: ClassVar[frozenset[str]] = names(
        "request_id state created_at created_by kind approved_at approved_by reasons"
    )

    products: Many[Maybe[MadeProduct]] = ()


def _texts(told: Any) -> list[str]:
    """Find the texts of a rejection: English first, then the others."""
    if not isinstance(told, dict):
        return []
    rows = told.get("errors")
    rows = rows if isinstance(rows, list) else []
    found = [_text(row, "msg_eng", "msg", "description") for row in rows]
    return [one for one in found if one] or [one for one in [_text(told, "message")] if one]


def _text(row: Any, *keys: str) -> str:
    values = (row.get(key) for key in keys) if isinstance(row, dict) else ()
    return next((value for value in values if isinstance(value, str) and value), "")
