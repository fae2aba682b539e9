"""Reading orders: by window, ids only, and by id (manual 3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import Request, get
from entrosdk.spi.toolkit import Seconds, batches, moment
from entrosdk.spi.windows import bounds
from entrosdk.spi.wire import Mapped

from entrosdk_mymarket import mapping, wire

__all__ = ["PAGE", "Orders"]

PAGE = 50
"""Rows of a page, and ids of a request: the most that is allowed (manual 3.1, 3.3)."""


@frozen
class Orders:
    """The orders of one shop."""

    access: Access

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return up to 50 whole orders of a window."""
        window = _window(query)
        if not window:
            return Page(items=())
        reply = yield from send(_asked("/v1/orders", query, window, cursor))
        found = wire.ORDERS.read(reply.body)
        orders = found.mapped(partial(mapping.order, access=self.access))
        return Page(
            items=orders.items,
            next=found.page.next,
            unreadable=orders.unreadable,
            total=found.page.total,
            drift=orders.drift,
        )

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 50 ids of a window: what completeness is measured against."""
        window = _window(query)
        if not window:
            return Page(items=())
        reply = yield from send(_asked("/v1/orders/ids", query, window, cursor))
        found = wire.IDS.read(reply.body)
        return Page(
            items=tuple(Stub(id=row.id, updated_at=moment(row.updated_at)) for row in found.models),
            next=found.page.next,
            unreadable=found.unreadable,
            total=found.page.total,
            drift=found.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch orders by id; My Market leaves out unknown ones."""
        found: Mapped[Order] = Mapped()
        for batch in batches(ids, PAGE):
            reply = yield from send(get("/v1/orders", {"ids": ",".join(batch)}))
            rows = wire.ORDERS.read(reply.body)
            found += rows.mapped(partial(mapping.order, access=self.access))
        told = {each.id for each in found.items} | {each.id for each in found.unreadable}
        return Batch(
            items=found.items,
            missing=tuple(dict.fromkeys(name for name in ids if name not in told)),
            unreadable=found.unreadable,
            drift=found.drift,
        )


def _window(query: OrderQuery) -> Seconds:
    if query.created_from or query.created_to:
        raise ConfigError(
            "My Market lists orders by their update time only",
            advice="Pass `updated_from` and `updated_to`.",
        )
    given = (query.updated_from, query.updated_to)
    return Seconds(*bounds(given, ("updated_from", "updated_to")))


def _asked(path: str, query: OrderQuery, window: Seconds, cursor: str | None) -> Request:
    """Ask for [from, to): My Market includes both bounds (manual 3.1)."""
    return get(
        path,
        {
            "updated_from": window.first,
            "updated_to": window.last,
            "status": query.raw_status,
            "limit": PAGE,
            "after": cursor,
        },
    )
