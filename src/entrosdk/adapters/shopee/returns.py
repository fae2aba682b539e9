"""Reading returns: the list by window, then each in detail (fact book section 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.shopee import wire
from entrosdk.adapters.shopee.ask import ask, bounds, clock, number
from entrosdk.adapters.shopee.manifest import NAME
from entrosdk.adapters.shopee.mapping import money
from entrosdk.adapters.shopee.orders import NOT_ANSWERED
from entrosdk.adapters.shopee.words import POST_RETURN, RETURN_STATUS, REVERSE_STATUS
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnLine, ReturnQuery
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.toolkit import Seconds, batches, moment
from entrosdk.spi.wire import Mapped, Read, drift, fault, instant, read

__all__ = ["Returns", "goods_state", "mapped"]

_PAGE = 40

_Listed: TypeAlias = Read[wire.ReturnListPage, wire.Return]


@frozen
class Returns:
    """The returns of one shop."""

    access: Access

    def page(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Return]]:
        """Return up to 40 returns of a window, each in detail: only that tells where goods are."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed = yield from self._listed(field, asked, cursor)
        found: Mapped[Return] = Mapped()
        for row in _inside(listed, field, asked):
            one = yield from self._one(row.return_sn)
            one = one or (yield from self._one(row.return_sn))  # listed, so ask once more
            found += one or Mapped(unreadable=(_lost(listed, row),))
        return Page(
            items=found.items,
            next=_next(listed, cursor),
            unreadable=(*listed.unreadable, *found.unreadable),
            drift=listed.drift + found.drift,
        )

    def stubs(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 40 return ids of a window with their update times."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed = yield from self._listed(field, asked, cursor)
        return Page(
            items=tuple(
                Stub(id=row.return_sn, updated_at=moment(row.update_time))
                for row in _inside(listed, field, asked)
            ),
            next=_next(listed, cursor),
            unreadable=listed.unreadable,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Return]]:
        """Fetch returns by return_sn, one by one; unknown ones are missing."""
        found: Mapped[Return] = Mapped()
        missing = []
        for (name,) in batches(ids, 1):
            one = yield from self._one(name)
            missing += [name] if one is None else []
            found += one or Mapped()
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(self, field: str, asked: Seconds, cursor: str | None) -> Flow[_Listed]:
        # Only one pair of bounds is sent: an update window may not begin before a creation window.
        first, last = bounds(asked)
        request = ask(
            "returns/get_return_list",
            {
                "page_no": number(cursor, 0),
                "page_size": _PAGE,
                f"{field}_from": first,
                f"{field}_to": last,
            },
        )
        reply = yield from send(request)
        return wire.RETURN_LIST.read(reply.body)

    def _one(self, name: str) -> Flow[Mapped[Return] | None]:
        """Fetch one return; `None` when Shopee knows no such return."""
        try:
            reply = yield from send(ask("returns/get_return_detail", {"return_sn": name}))
        except NotFound:
            return None
        try:
            body = read(wire.ReturnDetail, reply.body)
            seen = drift(body)
            return Mapped((mapped(body.response, self.access),), (), seen)
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped((), (fault(name, error, reply.body),), Counter())


def _inside(listed: _Listed, field: str, asked: Seconds) -> list[wire.Return]:
    """Leave out rows of the second asked for beside a window of one (see `bounds`)."""
    update = field == "update_time"
    return [
        row for row in listed.models if (row.update_time if update else row.create_time) in asked
    ]


def _next(listed: _Listed, cursor: str | None) -> str | None:
    # Pages count from 0 (quirk 15).
    return str(number(cursor, 0) + 1) if listed.page.response.more else None


def _lost(listed: _Listed, row: wire.Return) -> Unreadable:
    body = listed.rows.raw(listed.body, row.return_sn)
    return Unreadable(id=row.return_sn, reason=NOT_ANSWERED, body=body)


# Mapping


def mapped(body: wire.Return, access: Access) -> Return:
    """Map a return in detail."""
    currency = body.currency or access.region.currency
    return Return(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.return_sn,
        order_id=body.order_sn,
        status=body.status,
        lines=tuple(_line(row, currency) for row in body.item),
        goods_state=goods_state(body),
        money_state=RETURN_STATUS.get(body.status, MoneyState.UNKNOWN),
        reason=body.reason,
        refund=money(body.refund_amount, currency, "refund_amount"),
        requested_at=moment(body.create_time),
        updated_at=moment(body.update_time),
        respond_by=instant(body.due_date),
        buyer_text=body.text_reason,
        tracking_number=body.tracking_number,
        source=body,
    )


def _line(row: wire.ReturnItem, currency: str) -> ReturnLine:
    refund = row.refund_amount
    return ReturnLine(
        product_id=row.item_id,
        variant_id=str(row.model_id) if row.model_id else "",
        sku=row.variation_sku or row.item_sku,
        name=row.name,
        quantity=row.amount,
        refund=None if refund is None else money(refund, currency, "item.refund_amount"),
    )


_REFUND_ONLY = {"1", "REFUND"}
_OVER = {"CANCELLED", "CLOSED"}


def goods_state(body: wire.Return) -> GoodsState:
    """Say where the goods are: solution first, then the parcel, then what the status leaves.

    A return to Shopee's warehouse has two legs; only the end of the second one brings the goods
    to the seller.
    """
    if body.return_solution in _REFUND_ONLY:
        return GoodsState.NONE
    word = _parcel(body)
    state = REVERSE_STATUS.get(word, GoodsState.UNKNOWN) if word else GoodsState.EXPECTED
    if body.validation_type == "warehouse_validation" and not word.startswith(POST_RETURN):
        state = GoodsState.IN_TRANSIT if state is GoodsState.RECEIVED else state
    if state is not GoodsState.EXPECTED:
        return state
    if body.status in _OVER:
        return GoodsState.CANCELLED
    return state if word or body.needs_logistics else GoodsState.NONE


def _parcel(body: wire.Return) -> str:
    """Return the word of the latest leg; two spellings of the field exist."""
    words = (
        body.reverse_logistics_status,
        body.reverse_logistic_status,
        body.logistics_status,
    )
    second_leg = (word for word in words if word.startswith(POST_RETURN))
    return next(second_leg, next((word for word in words if word), ""))
