"""Reading returns: the list tells them whole, by id each is asked for alone (section 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias, TypeVar

from attrs import evolve, frozen

from entrosdk.adapters.lazada import wire_returns as wire
from entrosdk.adapters.lazada.ask import array, ask, clock, number
from entrosdk.adapters.lazada.manifest import NAME
from entrosdk.adapters.lazada.mapping import money
from entrosdk.adapters.lazada.times import epoch
from entrosdk.adapters.lazada.words import OFC_STATUS, REVERSE_STATUS
from entrosdk.domain.money import Money, exponent, total
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnLine, ReturnQuery
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.toolkit import Seconds, batches
from entrosdk.spi.wire import Mapped, Misfit, Read, drift, fault, read

__all__ = ["Returns", "goods_state", "mapped", "money_state"]

# The only size that documents show; the largest one is not established.
_PAGE = 10

# Cancellations are reverse orders too; they are told by the order (section 6).
_KINDS = ("RETURN", "ONLY_REFUND")
_CANCEL = "CANCEL"

_RANGES = {"updated": "ReverseOrderLineModifiedTimeRange", "created": "ReverseOrderLineTimeRange"}

T = TypeVar("T")

_Listed: TypeAlias = Read[wire.ReturnsPage, wire.Return]


@frozen
class Returns:
    """The returns of one shop."""

    access: Access

    def page(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Return]]:
        """Return up to 10 returns of a window; needs both bounds of one clock."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed = yield from self._listed(field, asked, cursor)
        found = _kept(listed).mapped(partial(mapped, access=self.access))
        return Page(
            items=found.items,
            next=_next(listed, cursor),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def stubs(self, query: ReturnQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 10 return ids of a window."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed = yield from self._listed(field, asked, cursor)
        return Page(
            items=tuple(Stub(id=row.reverse_order_id) for row in _kept(listed).models),
            next=_next(listed, cursor),
            unreadable=listed.unreadable,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Return]]:
        """Fetch returns by reverse_order_id, one by one; unknown ones are missing."""
        found: Mapped[Return] = Mapped()
        missing: list[str] = []
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
        name = _RANGES[field]
        request = ask(
            "/reverse/getreverseordersforseller",
            {
                "page_no": number(cursor, 1),
                "page_size": _PAGE,
                "request_type_list": array(_KINDS),
                f"{name}Start": asked.first * 1000,
                f"{name}End": asked.last * 1000 + 999,
            },
        )
        reply = yield from send(request)
        return wire.RETURNS.read(reply.body)

    def _one(self, name: str) -> Flow[Mapped[Return] | None]:
        if not name.isdecimal():  # no id of Lazada's
            return None
        request = ask("/order/reverse/return/detail/list", {"reverse_order_id": name})
        try:
            reply = yield from send(request)
        except NotFound:
            return None
        try:
            body = read(wire.ReturnReply, reply.body).data
            return Mapped((mapped(body, self.access),), (), drift(body, "data"))
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped(unreadable=(fault(name, error, reply.body),))


def _kept(listed: _Listed) -> _Listed:
    return evolve(listed, models=tuple(one for one in listed.models if one.request_type != _CANCEL))


def _next(listed: _Listed, cursor: str | None) -> str | None:
    at = number(cursor, 1)
    size = len(listed.models) + len(listed.unreadable)
    return str(at + 1) if size and at * _PAGE < listed.page.result.total else None


# Mapping


def mapped(body: wire.Return, access: Access) -> Return:
    """Map a return and its lines, each of which is one unit."""
    currency = access.region.currency
    refunds = [_refund(line, currency) for line in body.lines]
    created = [_moment(line.return_order_line_gmt_create, "gmt_create") for line in body.lines]
    changed = [_moment(line.return_order_line_gmt_modified, "gmt_modified") for line in body.lines]
    requested = min((one for one in created if one), default=None)
    if requested is None:
        raise Misfit("return_order_line_gmt_create: missing")
    deadlines = (_moment(line.sla, "sla") for line in body.lines)
    return Return(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.reverse_order_id,
        order_id=body.trade_order_id,
        status=",".join(sorted({line.reverse_status for line in body.lines})),
        lines=tuple(_line(line, one) for line, one in zip(body.lines, refunds, strict=True)),
        goods_state=goods_state(body),
        money_state=money_state(body),
        reason=_said(line.reason_text for line in body.lines),
        refund=total((one for one in refunds if one), currency),
        requested_at=requested,
        updated_at=max((one for one in changed if one), default=requested),
        respond_by=min((one for one in deadlines if one), default=None),
        tracking_number=_said(line.tracking_number for line in body.lines),
        source=body,
    )


def _said(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _moment(value: int, name: str) -> datetime | None:
    # The unit is not established: the number of digits decides (section 6.1).
    try:
        return epoch(value)
    except ValueError:
        raise Misfit(f"{name}: no moment") from None


def _refund(line: wire.Line, currency: str) -> Money | None:
    """Read a refund: cents wherever the currency has any, whole dong in Vietnam (quirk 23)."""
    if line.refund_amount is None:
        return None
    return money(line.refund_amount.scaleb(-exponent(currency)), currency, "refund_amount")


def _line(line: wire.Line, refund: Money | None) -> ReturnLine:
    return ReturnLine(
        product_id=line.product.product_id,
        variant_id=line.product.sku,
        sku=line.seller_sku_id,
        quantity=1,
        refund=refund,
    )


def money_state(body: wire.Return) -> MoneyState:
    """Say what became of the refund; lines that differ leave it pending while one of them is."""
    told = {REVERSE_STATUS.get(line.reverse_status, MoneyState.UNKNOWN) for line in body.lines}
    return _one_of(told, _MONEY) or MoneyState.UNKNOWN


def goods_state(body: wire.Return) -> GoodsState:
    """Say where the goods are: the buyer keeps them, or the line's logistics tell."""
    if body.request_type == "ONLY_REFUND":
        return GoodsState.NONE
    told = {OFC_STATUS.get(line.ofc_status, GoodsState.UNKNOWN) for line in body.lines}
    return _one_of(told, _GOODS) or GoodsState.UNKNOWN


_MONEY = (
    MoneyState.UNKNOWN,
    MoneyState.PENDING,
    MoneyState.REFUNDED,
    MoneyState.DENIED,
    MoneyState.NONE,
)
_GOODS = (
    GoodsState.UNKNOWN,
    GoodsState.EXPECTED,
    GoodsState.IN_TRANSIT,
    GoodsState.LOST,
    GoodsState.RECEIVED,
    GoodsState.CANCELLED,
)


def _one_of(told: Iterable[T], rank: Sequence[T]) -> T | None:
    """The first of `rank` that is told: what is not over comes before what is."""
    return next((one for one in rank if one in set(told)), None)
