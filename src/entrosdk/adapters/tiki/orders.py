"""Reading orders: whole rows by window, and by code (fact book sections 3.2 and 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from entrosdk.adapters.tiki import mapping
from entrosdk.adapters.tiki.ask import clock
from entrosdk.adapters.tiki.fulfilment import Fulfilment
from entrosdk.adapters.tiki.pages import by_code, following, inside, listed
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.wire import Mapped

__all__ = ["Orders"]


@frozen
class Orders(Fulfilment):
    """The orders of one seller."""

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return up to 50 orders of a window; needs both bounds of one clock."""
        asked = clock(query)
        if not asked:
            return Page(items=())
        found, here = yield from listed(asked, cursor, status=query.raw_status)
        orders = found.mapped(partial(mapping.order, access=self.access))
        return Page(
            items=tuple(one for one in orders.items if getattr(one, asked.column) in asked),
            next=following(here),
            unreadable=orders.unreadable,
            total=found.page.paging.total,
            drift=orders.drift,
        )

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the codes of the same pages; Tiki has no cheaper listing."""
        asked = clock(query)
        if not asked:
            return Page(items=())
        found, here = yield from listed(asked, cursor, status=query.raw_status, include=None)
        return Page(
            items=tuple(
                Stub(id=row.code, updated_at=row.updated_at) for row in inside(found, asked)
            ),
            next=following(here),
            unreadable=found.unreadable,
            total=found.page.paging.total,
            drift=found.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch orders by code; unknown ones are missing."""
        reads, missing = yield from by_code(ids)
        found: Mapped[Order] = Mapped()
        for read in reads:
            found += read.mapped(partial(mapping.order, access=self.access))
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )
