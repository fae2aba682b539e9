"""Reading money: released escrows, then wallet rows of the same window (fact book section 5).

A position is "escrow:N" or "wallet:N", with Shopee's page number: escrow pages count from 1,
wallet pages from 0 (quirk 15).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.shopee import money, wire, wire_money
from entrosdk.adapters.shopee.ask import ask, bounds, number, window
from entrosdk.adapters.shopee.orders import NOT_ANSWERED
from entrosdk.domain.payment import Payment, PaymentQuery, Payout
from entrosdk.errors import BadReply, ConfigError, NotFound, Rejected
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.toolkit import Seconds, batches, moment
from entrosdk.spi.wire import Mapped, Read, fault, read

__all__ = ["Payments"]

_ESCROW_PAGE = 40
_WALLET_PAGE = 100
_BATCH = 20  # of the 50 that are allowed, the recommended number (section 5.3)
_ORDERS = 50

_ESCROW, _WALLET = "escrow:", "wallet:"
_CORRECTION = ":adjustment:"

_Movements: TypeAlias = Mapped[tuple[Payment, ...]]
_Listed: TypeAlias = Read[wire_money.EscrowListPage, wire_money.EscrowStub]
_Wallet: TypeAlias = Read[wire_money.WalletPage, wire_money.WalletRow]
_Times: TypeAlias = Mapping[str, datetime]


@frozen
class Payments:
    """The money of one shop."""

    access: Access

    def page(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payment]]:
        """Return the movements of up to 40 released orders, or up to 100 wallet rows."""
        asked = _asked(query)
        if not asked:
            return Page(items=())
        if _in_wallet(cursor):
            return (yield from self._wallet_page(asked, cursor))
        listed = yield from self._released(asked, cursor)
        rows = _inside(listed, asked)
        released = {row.order_sn: moment(row.escrow_release_time) for row in rows}
        found, missing = yield from self._escrows(list(released), released, {})
        lost = tuple(Unreadable(id=name, reason=NOT_ANSWERED) for name in missing)
        return Page(
            items=_released_parts(found),
            next=_after_escrows(listed, cursor),
            unreadable=(*listed.unreadable, *found.unreadable, *lost),
            drift=listed.drift + found.drift,
        )

    def stubs(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the source ids of the same pages, in the same positions but more at once."""
        asked = _asked(query)
        if not asked:
            return Page(items=())
        if _in_wallet(cursor):
            page = yield from self._wallet_page(asked, cursor)
            told = {
                one.source_id: Stub(id=one.source_id, updated_at=one.occurred_at) for one in page
            }
            return evolve(page, items=tuple(told.values()))
        listed = yield from self._released(asked, cursor)
        return Page(
            items=tuple(
                Stub(id=row.order_sn, updated_at=moment(row.escrow_release_time))
                for row in _inside(listed, asked)
            ),
            next=_after_escrows(listed, cursor),
            unreadable=listed.unreadable,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Payment]]:
        """Fetch the movements of these sources.

        Orders fetched by id have no `settled_at`: only the listing tells when money was released.
        """
        rows = [name for name in ids if name.startswith(_WALLET)]
        wanted = {name: name.partition(_CORRECTION)[0] for name in ids if name not in rows}
        orders = list(dict.fromkeys(wanted.values()))
        placed = yield from self._placed(orders)
        found, _ = yield from self._escrows(orders, {}, placed)
        movements, lost = yield from self._rows(rows)
        own = [one for parts in found.items for one in parts if one.source_id in wanted]
        answered = {one.source_id for one in own} | {bad.id for bad in found.unreadable}
        unanswered = (name for name, order in wanted.items() if not {name, order} & answered)
        return Batch(
            items=(*own, *movements),
            missing=(*unanswered, *lost),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def for_order(self, order_id: str) -> Flow[tuple[Payment, ...]]:
        """Return what one order earns as it stands now; it changes until the release."""
        placed = yield from self._placed([order_id])
        found = yield from self._alone(order_id, {}, placed)
        if found is None:
            raise NotFound(f"Shopee has no escrow of order {order_id}")
        if found.unreadable:
            raise BadReply(f"the escrow of {order_id} cannot be read: {found.unreadable[0].reason}")
        return found.items[0]

    def payouts(self, query: PaymentQuery, cursor: str | None) -> Flow[Page[Payout]]:
        """Return the transfers to the bank that began or ended in a window, as one page.

        Beginning and end are rows of their own, perhaps in neighbouring windows: those are read
        too when one of the two is missing, so a transfer is always told as far as it got.
        """
        del cursor  # transfers of two weeks are few
        asked = _asked(query)
        if not asked:
            return Page(items=())
        rows, bad = yield from self._withdrawals(asked)
        around = yield from self._around(asked, rows)
        payouts = []
        for name, own in rows.items():
            payouts.append(money.payout([*own, *around.get(name, ())], self.access))
        return Page(items=tuple(payouts), unreadable=bad)

    # Escrows

    def _released(self, asked: Seconds, cursor: str | None) -> Flow[_Listed]:
        first, last = bounds(asked)
        request = ask(
            "payment/get_escrow_list",
            {
                "release_time_from": first,
                "release_time_to": last,
                "page_size": _ESCROW_PAGE,
                "page_no": number(cursor, 1, _ESCROW),
            },
        )
        reply = yield from send(request)
        return wire_money.ESCROW_LIST.read(reply.body)

    def _escrows(
        self, ids: Sequence[str], released: _Times, ordered: _Times
    ) -> Flow[tuple[_Movements, list[str]]]:
        """Fetch escrows; returns what was found and the ids without an answer.

        The batch call may leave out what was adjusted after the release (section 5.3); such an
        escrow is asked for alone, and the batch call is given up when that is all it brings.
        """
        found: _Movements = Mapped()
        alone: list[str] = []
        worthwhile = True
        for batch in batches(ids, _BATCH):
            part = (yield from self._batch(batch, released, ordered)) if worthwhile else Mapped()
            answered = {one[0].source_id for one in part.items}
            worthwhile = bool(answered)
            found += part
            alone += [name for name in batch if name not in answered]
        missing = []
        for name in alone:
            one = yield from self._alone(name, released, ordered)
            missing += [name] if one is None else []
            found += one or Mapped()
        return found, missing

    def _batch(self, batch: Sequence[str], released: _Times, ordered: _Times) -> Flow[_Movements]:
        """Return the complete escrows of a batch; the others are left to be asked for alone."""
        request = ask("payment/get_escrow_detail_batch", {"order_sn_list": ",".join(batch)})
        try:
            reply = yield from send(request)
            rows = wire_money.ESCROWS.read(reply.body)
        except (Rejected, BadReply):
            return Mapped()
        good = []
        for row in rows.models:
            income = row.escrow_detail.order_income
            if income is None or not income.adjustments_told or row.fail_error:
                continue
            try:
                good.append(self._map(row.escrow_detail, released, ordered))
            except (ValueError, LookupError, ArithmeticError):
                continue
        return Mapped(tuple(good), (), rows.drift)

    def _alone(self, name: str, released: _Times, ordered: _Times) -> Flow[_Movements | None]:
        """Fetch one escrow; `None` when Shopee knows no such order."""
        try:
            reply = yield from send(ask("payment/get_escrow_detail", {"order_sn": name}))
        except NotFound:
            return None
        try:
            body = read(wire_money.EscrowReply, reply.body).response
            return Mapped((self._map(body, released, ordered),))
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped(unreadable=(fault(name, error, reply.body),))

    def _map(
        self, body: wire_money.Escrow, released: _Times, ordered: _Times
    ) -> tuple[Payment, ...]:
        name = body.order_sn
        return money.escrow(
            body, self.access, released=released.get(name), ordered=ordered.get(name)
        )

    def _placed(self, ids: Sequence[str]) -> Flow[dict[str, datetime]]:
        """Ask when orders were placed: an escrow before its release tells no time."""
        placed: dict[str, datetime] = {}
        for batch in batches(ids, _ORDERS):
            request = ask("order/get_order_detail", {"order_sn_list": ",".join(batch)})
            try:
                reply = yield from send(request)
            except NotFound:
                continue
            rows = wire.ORDERS.read(reply.body).models
            placed |= {row.order_sn: moment(row.create_time) for row in rows}
        return placed

    # The wallet

    def _wallet_page(self, asked: Seconds, cursor: str | None) -> Flow[Page[Any]]:
        """Return what the wallet tells: money of the shop, and corrections of released orders."""
        listed = yield from self._wallet(asked, cursor)
        rows = [row for row in listed.models if row.create_time in asked]
        corrections = [row for row in rows if money.corrects(row)]
        escrows = yield from self._corrected(list({row.order_sn: None for row in corrections}))
        found: dict[str, Payment] = {}
        bad = [*listed.unreadable, *escrows.unreadable]
        for row in rows:
            try:
                found |= {one.id: one for one in self._told(row, escrows.items)}
            except ValueError as error:
                bad.append(listed.fault(row, error))
        return Page(
            items=tuple(found.values()),
            next=_after_wallet(listed, cursor),
            unreadable=tuple(bad),
            drift=listed.drift + escrows.drift,
        )

    def _told(
        self, row: wire_money.WalletRow, escrows: Sequence[tuple[Payment, ...]]
    ) -> Iterable[Payment]:
        """Return the movements a wallet row tells of; a correction is told by its order's escrow.

        A row says no more than that its order changed, so the corrections of that day are taken,
        else all of them; where the escrow tells none, the row itself is the movement.
        """
        if money.is_payment(row):
            return [money.wallet(row, self.access)]
        if not money.corrects(row):
            return []
        own = [one for parts in escrows for one in parts if one.order_id == row.order_sn]
        if not own:  # the escrow could not be read: it stands aside whole
            return []
        corrections = [one for one in own if one.source_id != one.order_id]
        at = moment(row.create_time)
        near = [one for one in corrections if abs(one.occurred_at - at) <= timedelta(days=1)]
        return near or corrections or [money.wallet(row, self.access)]

    def _corrected(self, ids: Sequence[str]) -> Flow[_Movements]:
        """Read escrows again that were corrected after their release (section 5.3)."""
        if not ids:
            return Mapped()
        placed = yield from self._placed(ids)
        found, missing = yield from self._escrows(ids, {}, placed)
        lost = tuple(Unreadable(id=name, reason=NOT_ANSWERED) for name in missing)
        return found + Mapped(unreadable=lost)

    def _wallet(self, asked: Seconds, cursor: str | None, tab: str | None = None) -> Flow[_Wallet]:
        first, last = bounds(asked)
        request = ask(
            "payment/get_wallet_transaction_list",
            {
                "create_time_from": first,
                "create_time_to": last,
                "page_no": number(cursor, 0, _WALLET),
                "page_size": _WALLET_PAGE,
                "transaction_tab_type": tab,
            },
        )
        reply = yield from send(request)
        return wire_money.WALLET_LIST.read(reply.body)

    def _rows(self, names: Sequence[str]) -> Flow[tuple[list[Payment], list[str]]]:
        """Fetch wallet rows by id: the id holds the second to look at."""
        wanted: dict[int, list[str]] = {}
        lost = [name for name in names if not _second(name)]
        for name in names:
            wanted.setdefault(_second(name), []).append(name)
        wanted.pop(0, None)
        found: list[Payment] = []
        for second, these in wanted.items():
            start = moment(second)
            query = PaymentQuery(settled_from=start, settled_to=start + timedelta(seconds=1))
            page = yield from self.page(query, f"{_WALLET}0")
            rows = list(page.items)
            while page.next:
                page = yield from self.page(query, page.next)
                rows += page.items
            found += [row for row in rows if row.id in these]
            lost += [name for name in these if all(row.id != name for row in rows)]
        return found, lost

    # Payouts

    def _withdrawals(
        self, asked: Seconds
    ) -> Flow[tuple[dict[str, list[wire_money.WalletRow]], tuple[Unreadable, ...]]]:
        """Read all withdrawal rows of a window, by withdrawal."""
        rows: dict[str, list[wire_money.WalletRow]] = {}
        bad: list[Unreadable] = []
        cursor: str | None = None
        while True:
            listed = yield from self._wallet(asked, cursor, tab="wallet_withdrawals")
            bad += listed.unreadable
            for row in listed.models:
                if money.is_withdrawal(row) and row.create_time in asked:
                    rows.setdefault(row.withdrawal_id, []).append(row)
            cursor = _after_wallet(listed, cursor)
            if cursor is None:
                return rows, tuple(bad)

    def _around(
        self, asked: Seconds, rows: Mapping[str, Sequence[wire_money.WalletRow]]
    ) -> Flow[dict[str, list[wire_money.WalletRow]]]:
        """Look for the missing halves of withdrawals in the windows before and after."""
        if all(money.whole(own) for own in rows.values()):
            return {}
        found: dict[str, list[wire_money.WalletRow]] = {}
        length = timedelta(days=14)
        for start in (asked.start - length, asked.end):
            try:
                near, _ = yield from self._withdrawals(Seconds(start, start + length))
            except Rejected:  # a window that reaches into the future may be refused
                continue
            for name, own in near.items():
                found.setdefault(name, []).extend(own)
        return found


# Windows and positions


def _asked(query: PaymentQuery) -> Seconds:
    return window(query.settled_from, query.settled_to, ("settled_from", "settled_to"))


def _in_wallet(cursor: str | None) -> bool:
    if cursor is None or cursor.startswith(_ESCROW):
        return False
    if cursor.startswith(_WALLET):
        return True
    raise ConfigError(
        "this position does not belong to a listing of payments",
        advice="Resume with the `next` of a page of the same listing.",
    )


def _after_escrows(listed: _Listed, cursor: str | None) -> str:
    """Escrows come first; after their last page the wallet begins."""
    if listed.page.response.more:
        return f"{_ESCROW}{number(cursor, 1, _ESCROW) + 1}"
    return f"{_WALLET}0"


def _after_wallet(listed: _Wallet, cursor: str | None) -> str | None:
    return f"{_WALLET}{number(cursor, 0, _WALLET) + 1}" if listed.page.response.more else None


def _released_parts(found: _Movements) -> tuple[Payment, ...]:
    """Take what was released; later corrections are listed when they happen."""
    return tuple(one for parts in found.items for one in parts if one.settled_at == _release(parts))


def _release(parts: Sequence[Payment]) -> datetime | None:
    return parts[0].settled_at


def _inside(listed: _Listed, asked: Seconds) -> list[wire_money.EscrowStub]:
    return [row for row in listed.models if row.escrow_release_time in asked]


def _second(name: str) -> int:
    """Read the second out of a wallet id; 0 when it is none of ours."""
    text = name.removeprefix(_WALLET).partition(":")[0]
    plausible = text.isdecimal() and len(text) <= 10
    return int(text) if plausible and int(text) <= 4_294_967_295 else 0
