"""Money, derived from orders: Tiki has no payment, payout or settlement API (section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen

from entrosdk.adapters.tiki import money
from entrosdk.adapters.tiki.ask import Window, window
from entrosdk.adapters.tiki.pages import Found, by_code, following, inside, listed
from entrosdk.adapters.tiki.words import DELIVERED
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.errors import BadReply, NotFound, Unsupported
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.wire import Mapped

__all__ = ["Payments"]

_STATUS = f"in|{','.join(DELIVERED)}"


@frozen
class Payments:
    """The money of one seller."""

    access: Access

    def page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payment]]:
        """Return the movements of up to 50 delivered orders.

        The window goes over the orders' update time: Tiki tells no time of settlement.
        """
        asked = _asked(query)
        if not asked:
            return Page(items=())
        found, here = yield from listed(asked, cursor, status=_STATUS)
        wanted = {row.code for row in inside(found, asked)}
        movements = self._mapped(found)
        return Page(
            items=tuple(one for one in _flat(movements) if one.source_id in wanted),
            next=following(here),
            unreadable=movements.unreadable,
            drift=movements.drift,
        )

    def stubs(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the codes of the same orders."""
        asked = _asked(query)
        if not asked:
            return Page(items=())
        found, here = yield from listed(asked, cursor, status=_STATUS, include=None)
        return Page(
            # No times: a movement has none that could be compared with an order's.
            items=tuple(Stub(id=row.code) for row in inside(found, asked)),
            next=following(here),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Payment]]:
        """Fetch the movements of these orders, as they stand now."""
        reads, missing = yield from by_code(ids)
        movements: Mapped[tuple[Payment, ...]] = Mapped()
        for found in reads:
            movements += self._mapped(found)
        return Batch(
            items=_flat(movements),
            missing=tuple(missing),
            unreadable=movements.unreadable,
            drift=movements.drift,
        )

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """Return what one order earns: an estimate until it is delivered, nothing if cancelled."""
        batch = yield from self.many([order_id])
        if batch.missing:
            raise NotFound(f"Tiki has no order {order_id}")
        if batch.unreadable:
            raise BadReply(f"the income of {order_id} cannot be read: {batch.unreadable[0].reason}")
        return batch.items

    def payouts(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:  # noqa: ARG002
        """Raise `Unsupported`: statements are in Seller Center only."""
        raise Unsupported(
            "Tiki has no payouts in its API", advice="Export statements from Tiki's Seller Center."
        )

    def _mapped(self, found: Found) -> Mapped[tuple[Payment, ...]]:
        return found.mapped(partial(money.income, access=self.access))


def _asked(query: PaymentQuery) -> Window:
    return window(query.settled_from, query.settled_to, ("settled_from", "settled_to"))


def _flat(movements: Mapped[tuple[Payment, ...]]) -> tuple[Payment, ...]:
    return tuple(one for parts in movements.items for one in parts)
