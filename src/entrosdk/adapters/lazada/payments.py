"""Reading money: rows of the account by date, and weekly statements (fact book section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.lazada import money, wire, wire_money
from entrosdk.adapters.lazada.ask import ask, number, window, zone
from entrosdk.adapters.lazada.times import maybe, when
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.toolkit import Seconds
from entrosdk.spi.wire import Mapped, Misfit, Read, read

__all__ = ["Payments"]

_PAGE = 500
_SPAN = timedelta(days=179)  # 180 days are refused (code 1000012)
_DAY = timedelta(days=1)

# A statement is paid days after it was made; such a payment is news of an older statement.
_LOOK_BACK = timedelta(days=60)

_Listed: TypeAlias = Read[wire_money.TransactionsPage, wire_money.Transaction]


@frozen
class _Days:
    """The local days, both inclusive, whose midnight lies inside a window; perhaps none."""

    first: date
    last: date

    def __bool__(self) -> bool:
        return self.first <= self.last


@frozen
class Payments:
    """The money of one shop."""

    access: Access

    def page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payment]]:
        """Return up to 500 rows booked on the days that begin inside the window.

        Rows that are not paid yet come along, without `settled_at`.
        """
        days = self._days(_asked(query))
        if not days:
            return Page(items=())
        listed = yield from self._listed(days, cursor)
        found = listed.mapped(partial(money.payment, access=self.access))
        return Page(
            items=found.items,
            next=_next(listed, cursor),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def stubs(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the source ids of the same pages."""
        page = yield from self.page(query, cursor)
        stubs = (Stub(id=one.source_id, updated_at=one.occurred_at) for one in page.items)
        return Page(
            items=tuple(stubs), next=page.next, unreadable=page.unreadable, drift=page.drift
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Payment]]:
        """Fetch rows by source id, which holds the date to look at."""
        found: Mapped[Payment] = Mapped()
        for one in sorted({day for name in ids if (day := _date(name))}):
            found += yield from self._all(_Days(one, one), None)
        wanted = set(ids)
        items = tuple(one for one in found.items if one.source_id in wanted)
        told = {one.source_id for one in items}
        return Batch(
            items=items,
            missing=tuple(dict.fromkeys(name for name in ids if name not in told)),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """Return what is booked for one order up to now; before delivery that is nothing.

        Lazada wants dates with it: those from the order's creation on, as far as one call reaches.
        """
        created = yield from self._created(order_id)
        days = _Days(created.date(), created.date() + _SPAN)
        found = yield from self._all(days, order_id)
        if found.unreadable:
            raise BadReply(f"a row of {order_id} cannot be read: {found.unreadable[0].reason}")
        return tuple(one for one in found.items if one.order_id == order_id)

    def payouts(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:
        """Return the statements made, or paid, in a window, as one page: the call has no other."""
        del cursor
        asked = _asked(query, None)
        if not asked:
            return Page(items=())
        start = (asked.start - _LOOK_BACK).astimezone(zone(self.access))
        reply = yield from send(
            ask("/finance/payout/status/get", {"created_after": f"{start:%Y-%m-%d}"})
        )
        listed = wire_money.PAYOUTS.read(reply.body)
        found = listed.mapped(partial(money.payout, access=self.access))
        inside = self._inside(asked)
        rows = {row.statement_number for row in listed.models if inside(row)}
        return Page(
            items=tuple(one for one in found.items if one.id in rows),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(
        self, days: _Days, cursor: str | None, order_id: str | None = None
    ) -> Flow[_Listed]:
        request = ask(
            "/finance/transaction/details/get",
            {
                "start_time": days.first.isoformat(),
                "end_time": days.last.isoformat(),
                "trans_type": "-1",  # all
                "trade_order_id": order_id,
                "offset": number(cursor, 0),
                "limit": _PAGE,
            },
        )
        reply = yield from send(request)
        return wire_money.TRANSACTIONS.read(reply.body)

    def _all(self, days: _Days, order_id: str | None) -> Flow[Mapped[Payment]]:
        """Read all pages of some days."""
        found: Mapped[Payment] = Mapped()
        cursor: str | None = None
        while True:
            listed = yield from self._listed(days, cursor, order_id)
            found += listed.mapped(partial(money.payment, access=self.access))
            cursor = _next(listed, cursor)
            if cursor is None:
                return found

    def _created(self, order_id: str) -> Flow[datetime]:
        if not order_id.isdecimal():
            raise NotFound(f"Lazada has no order {order_id!r}: its ids are numbers")
        reply = yield from send(ask("/order/get", {"order_id": order_id}))
        header = read(wire.OrderReply, reply.body).data
        local = zone(self.access)
        try:
            return when(header.created_at, local, "created_at").astimezone(local)
        except Misfit as error:
            raise BadReply(f"the order {order_id} cannot be read: {error}") from None

    def _days(self, asked: Seconds) -> _Days:
        local = zone(self.access)
        if not asked:
            return _Days(date.max, date.min)
        # A row counts at its day's midnight, so that every day belongs to one window only.
        first = (asked.start - timedelta(microseconds=1)).astimezone(local).date() + _DAY
        last = (asked.end - timedelta(microseconds=1)).astimezone(local).date()
        return _Days(first, last)

    def _inside(self, asked: Seconds) -> Callable[[wire_money.Payout], bool]:
        """Say of a statement whether it was made or changed in the window."""
        local = zone(self.access)

        def inside(row: wire_money.Payout) -> bool:
            for text in (row.created_at, row.updated_at):
                try:
                    told = maybe(text, local, "payout")
                except Misfit:
                    continue
                if told is not None and asked.start <= told < asked.end:
                    return True
            return False

        return inside


def _asked(query: PaymentQuery, span: timedelta | None = _SPAN) -> Seconds:
    names = ("settled_from", "settled_to")
    return window(query.settled_from, query.settled_to, names, span)


def _next(listed: _Listed, cursor: str | None) -> str | None:
    # No total is told: a short page is the end (section 5.1).
    size = len(listed.models) + len(listed.unreadable)
    return str(number(cursor, 0) + size) if size >= _PAGE else None


def _date(name: str) -> date | None:
    """Read the day out of a source id; `None` when it is none of ours."""
    text, colon, _ = name.partition(":")
    if not colon:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a local day
    except ValueError:
        return None
