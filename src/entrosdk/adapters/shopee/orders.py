"""Reading orders: ids by window, then details in batches (fact book sections 3.2 and 3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.shopee import mapping, wire
from entrosdk.adapters.shopee.ask import ask, bounds, clock
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.toolkit import Seconds, batches
from entrosdk.spi.wire import Mapped, Read

__all__ = ["Head", "Orders"]

_PAGE = 100
_BATCH = 50

_Listed: TypeAlias = Read[wire.OrderListPage, wire.OrderStub]

# Everything we read, and what sellers ask for most; an object brings all of its members.
_FIELDS = (
    "buyer_user_id,buyer_username,estimated_shipping_fee,recipient_address,"
    "actual_shipping_fee,actual_shipping_fee_confirmed,note,note_update_time,item_list,"
    "pay_time,split_up,buyer_cancel_reason,cancel_by,cancel_reason,fulfillment_flag,"
    "pickup_done_time,package_list,shipping_carrier,payment_method,total_amount,"
    "invoice_data,order_chargeable_weight_gram,return_request_due_date,edt,payment_info"
)

NOT_ANSWERED = "listed, but the detail call did not return it"


@frozen
class Head:
    """An order as the list of ids shows it; `inside` is a field and the least time in it."""

    id: str
    inside: tuple[str, datetime] | None = None


@frozen
class Orders:
    """The orders of one shop."""

    access: Access

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return up to 100 orders of a window; needs both bounds of one clock.

        An order listed and then not answered is asked for once more alone, then unreadable.
        """
        listed = yield from self.heads(query, cursor)
        found = yield from self.details(listed.items)
        return Page(
            items=found.items,
            next=listed.next,
            unreadable=(*listed.unreadable, *found.unreadable),
            drift=Counter(listed.drift) + Counter(found.drift),
        )

    def heads(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Head]]:
        """Return the ids of such a page."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed = yield from self._listed(query, field, asked, cursor)
        # A window of one second is asked with its neighbour (see `bounds`): leave that out.
        inside = (field, asked.start) if asked.first == asked.last else None
        return Page(
            items=tuple(Head(row.order_sn, inside) for row in listed.models),
            next=_next(listed.page.response),
            unreadable=listed.unreadable,
            drift=listed.drift,
        )

    def details(self, heads: Sequence[Head]) -> Flow[Batch[Order]]:
        """Return the orders of some heads."""
        found, missing = yield from self._details([head.id for head in heads])
        for name in missing:
            found += yield from self._alone(name)
        bounds = {head.id: head.inside for head in heads if head.inside}
        return Batch(
            items=tuple(one for one in found.items if _inside(one, bounds.get(one.id))),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 100 order ids of a window."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        if asked.first == asked.last:
            return (yield from self._exact_stubs(query, cursor))
        listed = yield from self._listed(query, field, asked, cursor)
        return Page(
            items=tuple(Stub(id=row.order_sn) for row in listed.models),
            next=_next(listed.page.response),
            unreadable=listed.unreadable,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch orders by order_sn; unknown ones are missing."""
        found, missing = yield from self._details(ids)
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _exact_stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        # One second is asked with its neighbour, and ids alone do not tell the two apart.
        page = yield from self.page(query, cursor)
        names = (*(one.id for one in page.items), *(bad.id for bad in page.unreadable))
        return Page(items=tuple(Stub(id=name) for name in names), next=page.next, drift=page.drift)

    def _listed(
        self, query: OrderQuery, field: str, asked: Seconds, cursor: str | None
    ) -> Flow[_Listed]:
        first, last = bounds(asked)
        request = ask(
            "order/get_order_list",
            {
                "time_range_field": field,
                "time_from": first,
                "time_to": last,
                "page_size": _PAGE,
                "cursor": cursor or "",
                "order_status": query.raw_status,
                # Held orders are invisible unless asked for (quirk 17).
                "request_order_status_pending": True,
            },
        )
        reply = yield from send(request)
        return wire.ORDER_LIST.read(reply.body)

    def _details(self, ids: Sequence[str]) -> Flow[tuple[Mapped[Order], list[str]]]:
        """Fetch details in batches; returns what was found and the ids without an answer."""
        found: Mapped[Order] = Mapped()
        missing: list[str] = []
        for batch in batches(ids, _BATCH):
            part = yield from self._batch(batch)
            found += part
            answered = {one.id for one in part.items} | {bad.id for bad in part.unreadable}
            missing += [name for name in batch if name not in answered]
        return found, missing

    def _batch(self, batch: Sequence[str]) -> Flow[Mapped[Order]]:
        request = ask(
            "order/get_order_detail",
            {
                "order_sn_list": ",".join(batch),
                "response_optional_fields": _FIELDS,
                "request_order_status_pending": True,
            },
        )
        try:
            reply = yield from send(request)
        except NotFound:  # none of them exists; a part of them would just be left out
            return Mapped()
        return wire.ORDERS.read(reply.body).mapped(partial(mapping.order, access=self.access))

    def _alone(self, name: str) -> Flow[Mapped[Order]]:
        found = yield from self._batch([name])
        if found.items or found.unreadable:
            return found
        return Mapped(unreadable=(Unreadable(id=name, reason=NOT_ANSWERED),))


def _next(body: wire.OrderListBody) -> str | None:
    """Go on while `more` says so: a short page is no end (quirk 16)."""
    if body.more and not body.next_cursor:
        raise BadReply("the order list goes on and gives no cursor")
    return body.next_cursor if body.more else None


def _inside(order: Order, bound: tuple[str, datetime] | None) -> bool:
    if bound is None:
        return True
    field, start = bound
    return (order.updated_at if field == "update_time" else order.created_at) >= start
