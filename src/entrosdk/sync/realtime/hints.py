"""What a notification leaves behind: which record of which shop to fetch, and nothing else.

The body of a notification is not kept: it may be about people, may be old, and is never the truth.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from attrs import frozen

from entrosdk.domain.events import (
    Event,
    GrantExpiring,
    GrantGiven,
    GrantRevoked,
    OrderChanged,
    ProductChanged,
    ReturnChanged,
    StockChanged,
)
from entrosdk.sync.sink import StreamKey

__all__ = ["GRANTS", "Hint", "ShopKey", "hints_of"]

GRANTS = "grants"
"""The stream of hints about consent: they say that the shop should be asked again."""

_LONGEST_ID = 200  # characters; a longer one is nobody's


@frozen
class ShopKey:
    """One shop of one marketplace."""

    marketplace: str
    shop_id: str


@frozen(kw_only=True)
class Hint:
    """Something changed: fetch `record_id` of `stream`.

    `stream` is orders, products, returns or `GRANTS` (then `record_id` is empty).
    Hints with equal shop, `delivery_id`, stream and record are repeats of one delivery.
    """

    shop: ShopKey
    stream: str
    record_id: str
    delivery_id: str
    raw_kind: str = ""
    occurred_at: datetime | None = None
    received_at: datetime

    @property
    def key(self) -> StreamKey:
        """The stream of the shop that it is about."""
        return StreamKey(self.shop.marketplace, self.shop.shop_id, self.stream)


def hints_of(
    event: Event, received_at: datetime, shops: Collection[str] | None = None
) -> tuple[Hint, ...]:
    """Return what an event hints at; none for kinds that name no record, and for other shops.

    `shops` are the ids of shops that are ours; `None` takes all. An event that names no shop is
    about the only one, if there is only one.
    """
    stream, record_id = _named(event)
    if not stream or len(record_id) > _LONGEST_ID:
        return ()
    ours = [shop_id for shop_id in _shops(event, shops) if shops is None or shop_id in shops]
    return tuple(
        Hint(
            shop=ShopKey(event.marketplace, shop_id),
            stream=stream,
            record_id=record_id,
            delivery_id=event.delivery_id[:_LONGEST_ID],
            raw_kind=event.raw_kind,
            occurred_at=event.occurred_at,
            received_at=received_at,
        )
        for shop_id in ours
    )


def _named(event: Event) -> tuple[str, str]:
    match event:
        case OrderChanged():
            return "orders", event.order_id
        case ProductChanged() | StockChanged():
            return "products", event.product_id
        case ReturnChanged():
            return "returns", event.return_id
        case GrantGiven() | GrantRevoked() | GrantExpiring():
            return GRANTS, ""
    return "", ""


def _shops(event: Event, shops: Collection[str] | None) -> tuple[str, ...]:
    if event.shop_id:
        return (event.shop_id,)
    if isinstance(event, GrantGiven | GrantRevoked | GrantExpiring):
        return event.shop_ids
    return tuple(shops) if shops is not None and len(shops) == 1 else ()
