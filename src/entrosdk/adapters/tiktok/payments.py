"""Reading money: statements with their transactions, then the balance (fact book section 5).

Statements are walked by time, each to its end, so a position names a statement and TikTok Shop's
own token in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.tiktok import money
from entrosdk.adapters.tiktok import wire_money as wire
from entrosdk.adapters.tiktok.ask import empty, window
from entrosdk.adapters.tiktok.walk import Place
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.errors import BadReply, NotFound, Rejected
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.request import get
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import Mapped, Misfit, Read, read

__all__ = ["Payments"]

_PAGE = 100
_TRANSFER = "transfer:"

_Movements: TypeAlias = Mapped[tuple[Payment, ...]]
_Listed: TypeAlias = Read[wire.TransactionsPage, wire.Transaction]
_Withdrawn: TypeAlias = Read[wire.WithdrawalsPage, wire.Withdrawal]


@frozen
class Payments:
    """The money of one shop."""

    access: Access

    def page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payment]]:
        """Return the movements of up to 100 transactions of a statement, or of the balance.

        A statement settles a day from 00:00 UTC, 07:00 in Vietnam (quirk 24).
        """
        asked = _asked(query, "statement_time")
        if empty(asked, "statement_time"):
            return Page(items=())
        place = Place.read(cursor)
        bad: tuple[Unreadable, ...] = ()
        if not place.balance and not place.token:
            place, bad = yield from self._following(asked, place)
        if place.balance:
            page = yield from self._transfers(query, place)
            return evolve(page, unreadable=(*bad, *page.unreadable))
        listed = yield from _transactions(place.statement, place.token)
        found = self._mapped(listed, place)
        return Page(
            items=tuple(one for parts in found.items for one in parts),
            next=place.next(listed.page.data.next_page_token),
            unreadable=(*bad, *found.unreadable),
            drift=found.drift,
        )

    def stubs(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the source ids of the same pages; there is no cheaper listing."""
        page = yield from self.page(query, cursor)
        told = {one.source_id: Stub(id=one.source_id, updated_at=one.occurred_at) for one in page}
        return Page(items=tuple(told.values()), next=page.next, unreadable=page.unreadable)

    def many(self, ids: Sequence[str]) -> Flow[Batch[Payment]]:
        """Fetch the movements of these sources: their statements are read until all are found."""
        wanted = dict.fromkeys(ids)
        found: _Movements = Mapped()
        for name in (name for name in wanted if name.startswith(_TRANSFER)):
            found += yield from self._transfer(name)
        rows = [name for name in wanted if not name.startswith(_TRANSFER)]
        for statement in dict.fromkeys(name.partition(":")[0] for name in rows):
            own = {name for name in rows if name.partition(":")[0] == statement}
            found += yield from self._rows(statement, own)
        movements = [one for parts in found.items for one in parts if one.source_id in wanted]
        answered = {one.source_id for one in movements} | {bad.id for bad in found.unreadable}
        return Batch(
            items=tuple(movements),
            missing=tuple(name for name in wanted if name not in answered),
            unreadable=tuple(bad for bad in found.unreadable if bad.id in wanted),
            drift=found.drift,
        )

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """Return what one order brought so far.

        Before its first statement that is TikTok Shop's own estimate, if it has one yet: a single
        movement that is not settled.
        It is read from the order's own record, variant by variant, whose sources have other ids
        than the same money in its statement: store one of the two.
        """
        request = get(
            f"/finance/202501/orders/{order_id}/statement_transactions",
            template="/finance/202501/orders/{order_id}/statement_transactions",
        )
        reply = yield from send(request)
        body = read(wire.OrderMoneyReply, reply.body).data
        if not body.sku_transactions:
            return (yield from self._expected(order_id, body.order_create_time))
        dates: dict[str, datetime] = {}
        for name in dict.fromkeys(row.statement_id for row in body.sku_transactions):
            at = (yield from _made_at(name)) if name else None
            dates |= {name: at} if at else {}
        try:
            return money.of_order(body, order_id, self.access, dates)
        except Misfit as error:
            raise BadReply(f"the money of {order_id} cannot be read: {error}") from None

    def _expected(self, order_id: str, ordered: int) -> Flow[tuple[Payment, ...]]:
        """Look an order up among those that are not settled, by the second it was placed in."""
        token, second = "", {"search_time_ge": ordered, "search_time_lt": ordered + 1}
        while ordered:
            paging = {"page_size": _PAGE, "page_token": token or None}
            query = {**second, **paging, "sort_field": "order_create_time"}
            reply = yield from send(get("/finance/202507/orders/unsettled", query))
            body = read(wire.UnsettledReply, reply.body).data
            for row in body.transactions:
                if row.order_id == order_id:
                    currency = body.currency or self.access.region.currency
                    return money.expected(row, currency, self.access)
            token = body.next_page_token
            if not token:
                break
        return ()

    def payouts(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:
        """Return up to 100 transfers to the bank that began in a window.

        In Vietnam a seller withdraws any part of the balance, so no statement belongs to one.
        """
        asked = _asked(query, "create_time")
        if empty(asked, "create_time"):
            return Page(items=())
        listed = yield from _withdrawals("WITHDRAW", asked, cursor)
        found = listed.mapped(lambda row: money.payout(row, self.access))
        return Page(
            items=found.items,
            next=listed.page.data.next_page_token or None,
            unreadable=found.unreadable,
            drift=found.drift,
        )

    # Statements

    def _following(
        self, asked: dict[str, int], place: Place
    ) -> Flow[tuple[Place, tuple[Unreadable, ...]]]:
        """Find the statement after `place`, or the balance behind the last one."""
        bounds = {**asked, **({"statement_time_ge": place.time} if place.time else {})}
        token, passed = "", not place.time
        bad: tuple[Unreadable, ...] = ()
        while True:
            listed = yield from _statements(bounds, token)
            bad += listed.unreadable
            for row in listed.models:  # they come by time
                if passed or row.statement_time > place.time:
                    return Place(row.statement_time, row.id), bad
                passed = row.id == place.statement
            token = listed.page.data.next_page_token
            if not token:
                return Place.of_balance(""), bad

    def _mapped(self, listed: _Listed, place: Place) -> _Movements:
        """Map a page of transactions; ids begin with the statement's."""
        body = listed.page.data
        at = moment(body.create_time or place.time)
        currency = body.currency or self.access.region.currency

        def convert(row: wire.Transaction) -> tuple[Payment, ...]:
            order = row.order_id or row.adjustment_order_id or row.associated_order_id
            name = f"{place.statement}:{row.id}"
            source = money.Source(self.access, name, order, currency, at, at)
            return money.transaction(row, source)

        found = listed.mapped(convert)
        unknown: Counter[str] = sum((money.news(one) for one in found.items), Counter())
        return Mapped(found.items, _under(place.statement, found), found.drift + unknown)

    def _rows(self, statement: str, wanted: set[str]) -> Flow[_Movements]:
        """Read a statement until all wanted transactions are found, or to its end."""
        found: _Movements = Mapped()
        token = ""
        while statement.isdecimal():
            try:
                listed = yield from _transactions(statement, token)
            except NotFound:
                break
            found += self._mapped(listed, Place(0, statement))
            answered = {one[0].source_id for one in found.items}
            token = listed.page.data.next_page_token
            if not token or wanted <= answered | {bad.id for bad in found.unreadable}:
                break
        return found

    # The balance

    def _transfers(self, query: PaymentQuery, place: Place) -> Flow[Page[Payment]]:
        asked = _asked(query, "create_time")
        listed = yield from _withdrawals(_TYPE, asked, place.token)
        found = listed.mapped(lambda row: money.transfer(row, self.access))
        token = listed.page.data.next_page_token
        return Page(
            items=found.items,
            next=Place.of_balance(token).write() if token else None,
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _transfer(self, name: str) -> Flow[_Movements]:
        """Fetch a row of the balance by its id, which holds the second to look at."""
        second = name.removeprefix(_TRANSFER).partition(":")[0]
        if not second.isdecimal():
            return Mapped()
        bounds = {"create_time_ge": int(second), "create_time_lt": int(second) + 1}
        token = ""
        found: _Movements = Mapped()
        while True:
            listed = yield from _withdrawals(_TYPE, bounds, token)
            found += listed.mapped(lambda row: (money.transfer(row, self.access),))
            token = listed.page.data.next_page_token
            if not token:
                return found


_TYPE = "TRANSFER"


def _asked(query: PaymentQuery, field: str) -> dict[str, int]:
    return window(query.settled_from, query.settled_to, ("settled_from", "settled_to"), field)


def _under(statement: str, found: _Movements) -> tuple[Unreadable, ...]:
    return tuple(evolve(bad, id=f"{statement}:{bad.id}") for bad in found.unreadable)


def _statements(
    bounds: dict[str, int], token: str
) -> Flow[Read[wire.StatementsPage, wire.Statement]]:
    paging = {"page_size": _PAGE, "page_token": token or None}
    order = {"sort_field": "statement_time", "sort_order": "ASC"}
    reply = yield from send(get("/finance/202309/statements", {**bounds, **paging, **order}))
    return wire.STATEMENTS.read(reply.body)


def _transactions(statement: str, token: str, size: int = _PAGE) -> Flow[_Listed]:
    query = {
        "page_size": size,
        "page_token": token or None,
        "sort_field": "order_create_time",
        "sort_order": "ASC",
    }
    request = get(
        f"/finance/202501/statements/{statement}/statement_transactions",
        query,
        template="/finance/202501/statements/{statement_id}/statement_transactions",
    )
    reply = yield from send(request)
    return wire.TRANSACTIONS.read(reply.body)


def _made_at(statement: str) -> Flow[datetime | None]:
    """Ask when a statement was made: an order's own record does not tell."""
    try:
        listed = yield from _transactions(statement, "", size=1)
    except Rejected:
        return None
    at = listed.page.data.create_time
    return moment(at) if at else None


def _withdrawals(kind: str, bounds: dict[str, int], token: str | None) -> Flow[_Withdrawn]:
    query: dict[str, Any] = {"types": kind, **bounds, "page_size": _PAGE}
    request = get("/finance/202309/withdrawals", {**query, "page_token": token or None})
    reply = yield from send(request)
    return wire.WITHDRAWALS.read(reply.body)
