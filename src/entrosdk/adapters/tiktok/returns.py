"""Reading returns: whole ones by window, or by id (fact book sections 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from attrs import frozen

from entrosdk.adapters.tiktok import wire_shop as wire
from entrosdk.adapters.tiktok.answers import Answers
from entrosdk.adapters.tiktok.ask import clock, empty, halving
from entrosdk.adapters.tiktok.manifest import NAME
from entrosdk.adapters.tiktok.mapping import maybe, money
from entrosdk.adapters.tiktok.words import GOODS_STATE, MONEY_STATE
from entrosdk.domain.money import Money, total
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnLine, ReturnQuery
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import post
from entrosdk.spi.toolkit import batches, moment
from entrosdk.spi.wire import Mapped, Read

__all__ = ["Returns", "mapped"]

_PAGE = 50

_Listed: TypeAlias = Read[wire.ReturnsPage, wire.Return]


@frozen
class Returns(Answers):
    """The returns of one shop."""

    def page(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Return]]:
        """Return up to 50 returns of a window; the search brings them whole."""
        listed = yield from self._listed(query, cursor)
        if listed is None:
            return Page(items=())
        found = listed.mapped(partial(mapped, access=self.access))
        return Page(
            items=found.items,
            next=listed.page.data.next_page_token or None,
            unreadable=found.unreadable,
            total=listed.page.data.total_count,
            drift=found.drift,
        )

    def stubs(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 50 return ids of a window with their update times."""
        listed = yield from self._listed(query, cursor)
        if listed is None:
            return Page(items=())
        return Page(
            items=tuple(
                Stub(id=row.return_id, updated_at=moment(row.update_time)) for row in listed.models
            ),
            next=listed.page.data.next_page_token or None,
            unreadable=listed.unreadable,
            total=listed.page.data.total_count,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Return]]:
        """Fetch returns by return_id, 50 at a time; unknown ones are missing."""
        found: Mapped[Return] = Mapped()
        for batch in batches(ids, _PAGE):
            found += yield from halving(self._batch, batch)
        answered = {one.id for one in found.items} | {bad.id for bad in found.unreadable}
        return Batch(
            items=found.items,
            missing=tuple(name for name in dict.fromkeys(ids) if name not in answered),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(self, query: ReturnQuery, cursor: str | None) -> Flow[_Listed | None]:
        field, bounds = clock(query)
        if empty(bounds, field):
            return None
        return (yield from _search(bounds, {"page_token": cursor, "sort_field": field}))

    def _batch(self, batch: Sequence[str]) -> Flow[Mapped[Return]]:
        listed = yield from _search({"return_ids": list(batch)}, {})
        return listed.mapped(partial(mapped, access=self.access))


def _search(body: Mapping[str, Any], paging: Mapping[str, Any]) -> Flow[_Listed]:
    query = {"page_size": _PAGE, "sort_order": "ASC", **paging}
    reply = yield from send(post("/return_refund/202602/returns/search", body, query))
    return wire.RETURNS.read(reply.body)


# Mapping


def mapped(body: wire.Return, access: Access) -> Return:
    """Map a return. Its deadline is the earliest of the seller's next actions."""
    told = body.refund_amount or wire.Refund()
    currency = told.currency or access.region.currency
    refund = maybe(told.refund_total, currency, "refund_amount.refund_total")
    deadlines = [row.deadline for row in body.seller_next_action_response if row.deadline]
    return Return(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.return_id,
        order_id=body.order_id,
        status=body.return_status,
        lines=_lines(body, currency),
        goods_state=_goods(body),
        money_state=_money(body),
        reason=body.return_reason,
        refund=refund or Money.zero(currency),
        requested_at=moment(body.create_time),
        updated_at=moment(body.update_time),
        respond_by=moment(min(deadlines)) if deadlines else None,
        tracking_number=body.return_tracking_number,
        source=body,
    )


def _lines(body: wire.Return, currency: str) -> tuple[ReturnLine, ...]:
    """Fold units by variant; a return names no product, and a variant's id is enough (4.4)."""
    units: dict[str, list[wire.ReturnLine]] = {}
    for row in body.return_line_items:
        units.setdefault(row.sku_id, []).append(row)
    return tuple(_line(rows, currency) for rows in units.values())


def _line(rows: Sequence[wire.ReturnLine], currency: str) -> ReturnLine:
    refunds = [row.refund_amount.refund_total for row in rows if row.refund_amount]
    told = [money(amount, currency, "refund_total") for amount in refunds if amount is not None]
    return ReturnLine(
        product_id="",
        variant_id=rows[0].sku_id,
        sku=rows[0].seller_sku,
        name=rows[0].product_name,
        quantity=len(rows),
        refund=total(told, currency) if told else None,
    )


def _goods(body: wire.Return) -> GoodsState:
    """Say where the goods are: nowhere when only money comes back, else what the status tells."""
    if body.return_type == "REFUND" or body.can_buyer_keep_item:
        return GoodsState.NONE
    return GOODS_STATE.get(body.return_status, GoodsState.UNKNOWN)


def _money(body: wire.Return) -> MoneyState:
    state = MONEY_STATE.get(body.return_status, MoneyState.UNKNOWN)
    # A request that ends without a refund was taken back by the buyer, or lost in arbitration.
    lost = state is MoneyState.NONE and body.arbitration_status == "SUPPORT_SELLER"
    return MoneyState.DENIED if lost else state
