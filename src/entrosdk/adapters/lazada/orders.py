"""Reading orders: headers by window, then their units in batches (fact book sections 3.2 to 3.5).

Lazada has no cursor, refuses offsets above 5000, and rows shift while one pages.
So headers are asked for in the order of their time, and each page begins at the time where the
last one ended; an offset is used only inside one second.
A position is "SECOND:OFFSET".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.lazada import mapping, wire
from entrosdk.adapters.lazada.ask import array, ask, clock, number, text, zone
from entrosdk.adapters.lazada.times import when
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.errors import BadReply, ConfigError, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.toolkit import Seconds, batches
from entrosdk.spi.wire import Mapped, Misfit, Read, fault, read

__all__ = ["NOT_ANSWERED", "Orders"]

_PAGE = 100
_BATCH = 50
_LAST_OFFSET = 5000

NOT_ANSWERED = "listed, but the detail call did not return it"

_Listed: TypeAlias = Read[wire.OrdersPage, wire.Header]


@frozen
class _Units:
    """The units of some orders: as read, as they came, and what could not be read."""

    rows: dict[str, tuple[wire.Row, ...]]
    bodies: dict[str, bytes]
    found: Mapped[Order]


@frozen
class _Position:
    """Where a page begins: rows of `second` and later, leaving out the first `offset` of them."""

    second: int
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.second}:{self.offset}"


@frozen
class Orders:
    """The orders of one shop."""

    access: Access

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        """Return up to 100 orders of a window; needs both bounds of one clock.

        An order whose units were not answered is asked for once more alone, then unreadable.
        """
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed, rows, following = yield from self._listed(query, field, asked, cursor)
        found = yield from self._whole(listed, rows)
        return Page(
            items=found.items,
            next=following,
            unreadable=(*listed.unreadable, *found.unreadable),
            total=listed.page.data.countTotal if cursor is None else None,
            drift=listed.drift + found.drift,
        )

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 100 order ids of a window with their update times."""
        field, asked = clock(query)
        if not asked:
            return Page(items=())
        listed, rows, following = yield from self._listed(query, field, asked, cursor)
        return Page(
            items=tuple(self._stub(row) for row in rows),
            next=following,
            unreadable=listed.unreadable,
            total=listed.page.data.countTotal if cursor is None else None,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        """Fetch orders by order_id: headers one by one, units in batches of 50.

        Unknown ones are missing.
        """
        found: Mapped[Order] = Mapped()
        missing: list[str] = []
        for batch in batches(ids, _BATCH):
            headers: dict[str, bytes] = {}
            for name in batch:
                body = yield from self._header(name)
                missing += [name] if body is None else []
                headers |= {name: body} if body is not None else {}
            found += yield from self._joined(headers)
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    # Headers

    def _listed(
        self, query: OrderQuery, field: str, asked: Seconds, cursor: str | None
    ) -> Flow[tuple[_Listed, tuple[wire.Header, ...], str | None]]:
        """Return a reply, those of its headers that belong to this page, and the next position."""
        at = _position(cursor, asked)
        after, before = (
            ("update_after", "update_before")
            if field == "updated"
            else (
                "created_after",
                "created_before",
            )
        )
        # Both bounds are inclusive (section 3.2); ours ends before its end.
        request = ask(
            "/orders/get",
            {
                after: text(at.second, self.access),
                before: text(asked.last, self.access),
                "status": query.raw_status,
                "sort_by": f"{field}_at",
                "sort_direction": "ASC",
                "offset": at.offset,
                "limit": _PAGE,
            },
        )
        reply = yield from send(request)
        listed = wire.ORDERS.read(reply.body)
        rows, following = self._cut(listed, field, at)
        return listed, rows, str(following) if following else None

    def _cut(
        self, listed: _Listed, field: str, at: _Position
    ) -> tuple[tuple[wire.Header, ...], _Position | None]:
        """Leave the rows of the last second to the next page, which begins with that second.

        A short page is the last one: `count` is no total, and `countTotal` no end (quirk 12).
        """
        rows = listed.models
        size = len(rows) + len(listed.unreadable)
        if size < _PAGE:
            return rows, None
        seconds = [self._second(row, field) for row in rows]
        last = max((one for one in seconds if one), default=at.second)
        in_order = None not in seconds and seconds == sorted(seconds, key=lambda one: one or 0)
        if in_order and last > at.second:
            return tuple(row for row in rows if self._second(row, field) != last), _Position(last)
        # One second, or an order that is not ours: only the offset is left.
        following = _Position(at.second, at.offset + size)
        if following.offset > _LAST_OFFSET:
            raise BadReply("more orders share one second than Lazada's offset reaches")
        return rows, following

    def _second(self, row: wire.Header, field: str) -> int | None:
        told = self._told(row, field)
        return None if told is None else int(told.timestamp())

    def _stub(self, row: wire.Header) -> Stub:
        return Stub(id=row.order_id, updated_at=self._told(row, "updated"))

    def _told(self, row: wire.Header, field: str) -> datetime | None:
        said = row.updated_at or row.created_at if field == "updated" else row.created_at
        try:
            return when(said, zone(self.access), field)
        except Misfit:
            return None

    def _header(self, name: str) -> Flow[bytes | None]:
        if not name.isdecimal():  # no id of Lazada's
            return None
        try:
            reply = yield from send(ask("/order/get", {"order_id": name}))
        except NotFound:
            return None
        return reply.body

    # Units

    def _whole(self, listed: _Listed, headers: Sequence[wire.Header]) -> Flow[Mapped[Order]]:
        """Complete listed headers with their units."""
        units = yield from self._units([header.order_id for header in headers])
        found = units.found
        for header in headers:
            # Finding a record's own body means parsing the page again: only for one put aside.
            own = partial(listed.rows.raw, listed.body, header.order_id)
            found += self._order(header, own, units)
        return found

    def _joined(self, headers: dict[str, bytes]) -> Flow[Mapped[Order]]:
        """Complete headers that were fetched one by one."""
        units = yield from self._units(list(headers))
        found = units.found
        for name, body in headers.items():
            try:
                header = read(wire.OrderReply, body).data
            except BadReply as error:
                found += Mapped(unreadable=(fault(name, error, body),))
            else:
                found += self._order(header, partial(bytes, body), units)
        return found

    def _order(self, header: wire.Header, own: Callable[[], bytes], units: _Units) -> Mapped[Order]:
        name = header.order_id
        if name in {bad.id for bad in units.found.unreadable}:
            return Mapped()
        rows = units.rows.get(name)
        if rows is None and header.items_count:
            return Mapped(unreadable=(Unreadable(id=name, reason=NOT_ANSWERED, body=own()),))
        try:
            return Mapped((mapping.order(wire.Whole(header, rows or ()), self.access),))
        except (ValueError, LookupError, ArithmeticError) as error:
            body = own() + b"\n" + units.bodies.get(name, b"")
            return Mapped(unreadable=(fault(name, error, body.strip()),))

    def _units(self, ids: Sequence[str]) -> Flow[_Units]:
        """Fetch units in batches; an order that a batch left out is asked for alone."""
        whole = _Units({}, {}, Mapped())
        for batch in batches(ids, _BATCH):
            whole = _together(whole, (yield from self._batch(batch)))
        told = {*whole.rows, *(bad.id for bad in whole.found.unreadable)}
        for name in ids:
            if name not in told:
                whole = _together(whole, (yield from self._batch([name])))
        return whole

    def _batch(self, batch: Sequence[str]) -> Flow[_Units]:
        request = ask("/orders/items/get", {"order_ids": array(batch)})
        try:
            reply = yield from send(request)
        except NotFound:  # one wrong id spoils its whole batch (codes 37 and 39)
            return _Units({}, {}, Mapped())
        found = wire.ITEMS.read(reply.body)
        return _Units(
            rows={one.order_id: one.order_items for one in found.models},
            bodies={one.order_id: reply.body for one in found.models},
            found=Mapped((), found.unreadable, found.drift),
        )


def _together(one: _Units, other: _Units) -> _Units:
    return evolve(
        one,
        rows={**one.rows, **other.rows},
        bodies={**one.bodies, **other.bodies},
        found=one.found + other.found,
    )


def _position(cursor: str | None, asked: Seconds) -> _Position:
    if cursor is None:
        return _Position(asked.first)
    second, colon, offset = cursor.partition(":")
    at = _Position(number(second, 0), number(offset, 0))
    if not colon or at.second not in asked:
        raise ConfigError(
            "this position lies outside of the window",
            advice="Resume with the `next` of a page of the same window.",
        )
    return at
