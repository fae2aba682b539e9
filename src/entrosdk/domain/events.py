"""What a marketplace tells us without being asked.

A notification is a hint to fetch, never the truth itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

__all__ = [
    "Event",
    "GrantExpiring",
    "GrantGiven",
    "GrantRevoked",
    "OrderChanged",
    "ProductChanged",
    "ReturnChanged",
    "StockChanged",
    "Unrecognised",
]


@frozen(kw_only=True)
class Event:
    """What every notification carries.

    `delivery_id` is equal for repeats of one delivery; `raw_kind` is the platform's own code.
    `shop_id` is empty for notifications about the app.
    """

    marketplace: str
    shop_id: str = ""
    delivery_id: str
    raw_kind: str
    occurred_at: datetime | None
    body: bytes = field(default=b"", repr=False)


@frozen(kw_only=True)
class OrderChanged(Event):
    """An order, a package or a document of it changed."""

    order_id: str
    raw_status: str = ""
    package_id: str = ""


@frozen(kw_only=True)
class ProductChanged(Event):
    """A listing changed: content, price, standing."""

    product_id: str
    variant_id: str = ""


@frozen(kw_only=True)
class StockChanged(Event):
    """Stock of a variant was reserved, released or set."""

    product_id: str
    variant_id: str = ""
    order_id: str = ""


@frozen(kw_only=True)
class ReturnChanged(Event):
    """A return was requested or moved on."""

    return_id: str
    order_id: str = ""


@frozen(kw_only=True)
class GrantGiven(Event):
    """A seller connected shops to the app."""

    shop_ids: tuple[str, ...] = ()


@frozen(kw_only=True)
class GrantRevoked(Event):
    """Consent ended: withdrawn by the seller, run out, or the app was stopped."""

    shop_ids: tuple[str, ...] = ()
    reason: str = ""


@frozen(kw_only=True)
class GrantExpiring(Event):
    """Consent of these shops ends soon. `before` is a latest date for all of them."""

    shop_ids: tuple[str, ...] = ()
    before: datetime | None = None


@frozen(kw_only=True)
class Unrecognised(Event):
    """A genuine notification whose kind we do not map; `facts` holds its harmless scalar values."""

    facts: Mapping[str, str] = field(factory=dict, repr=False)
