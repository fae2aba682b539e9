"""Reading orders: whole ones by window, or by id (fact book sections 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.tiktok import mapping, wire
from entrosdk.adapters.tiktok.ask import clock, empty, halving
from entrosdk.adapters.tiktok.fulfilment import Fulfilment
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import get, post
from entrosdk.spi.toolkit import batches, moment
from entrosdk.spi.wire import Mapped, Read

__all__ = ["Orders"]

_PAGE = 100
_BATCH = 50

_Listed: TypeAlias = Read[wire.OrdersPage, wire.Order]


@frozen
class Orders(Fulfilment):
    """The orders of one shop."""

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return up to 100 orders of a window; the search brings them whole.

        An order that changed while its page was made may lie outside the window (quirk 11); it
        is kept, since it is news either way.
        """
        listed = yield from self._listed(query, cursor)
        if listed is None:
            return Page(items=())
        found = listed.mapped(partial(mapping.order, access=self.access))
        return Page(
            items=found.items,
            next=listed.page.data.next_page_token or None,
            unreadable=found.unreadable,
            total=listed.page.data.total_count,
            drift=found.drift,
        )

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 100 order ids of a window with their update times."""
        listed = yield from self._listed(query, cursor)
        if listed is None:
            return Page(items=())
        return Page(
            items=tuple(
                Stub(id=row.id, updated_at=moment(row.update_time)) for row in listed.models
            ),
            next=listed.page.data.next_page_token or None,
            unreadable=listed.unreadable,
            total=listed.page.data.total_count,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch orders by id, 50 at a time; unknown ones are missing."""
        # An id that is no number cannot be one of TikTok Shop's and would spoil its whole batch.
        wanted = [name for name in ids if name.isdecimal()]
        found: Mapped[Order] = Mapped()
        for batch in batches(wanted, _BATCH):
            found += yield from halving(self._batch, batch)
        answered = {one.id for one in found.items} | {bad.id for bad in found.unreadable}
        return Batch(
            items=found.items,
            missing=tuple(name for name in dict.fromkeys(ids) if name not in answered),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(self, query: OrderQuery, cursor: str | None) -> Flow[_Listed | None]:
        field, bounds = clock(query)
        if empty(bounds, field):
            return None
        body = {**bounds, **({"order_status": query.raw_status} if query.raw_status else {})}
        paging = {"page_size": _PAGE, "page_token": cursor, "sort_field": field}
        # Ascending, so that an order that moves while one pages comes again and is never skipped.
        request = post("/order/202309/orders/search", body, {**paging, "sort_order": "ASC"})
        reply = yield from send(request)
        return wire.ORDERS.read(reply.body)

    def _batch(self, batch: Sequence[str]) -> Flow[Mapped[Order]]:
        reply = yield from send(get("/order/202507/orders", {"ids": ",".join(batch)}))
        read = wire.ORDERS.read(reply.body)
        return read.mapped(partial(mapping.order, access=self.access))
