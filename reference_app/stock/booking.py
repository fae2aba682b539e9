"""Orders move stock: in the transaction in which they are stored, as often as it takes.

What an order should hold is worked out from its stored rows and compared with what it holds
(`rules.life`), so an order that is told five times, late or out of turn, ends the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from attrs import frozen
from django.db import transaction
from django.utils import timezone

from reference_app.goods.bundles import expand, recipes_of
from reference_app.goods.models import Listing
from reference_app.records.models import Order, OrderLine
from reference_app.stock import alerts, offers
from reference_app.stock.ledger import Books, Entry
from reference_app.stock.models import Movement, OrderStock, Reservation
from reference_app.stock.rules.life import Act, Held, Key, Phase, State, Step, phase_of, steps
from reference_app.stores.models import Store

__all__ = ["follow", "relinked"]

Holds: TypeAlias = dict[Key, Reservation]
Link: TypeAlias = tuple[int, int]  # listing, variant
_FRESH = ""  # the phase of an order nobody has followed yet


@frozen(kw_only=True)
class _Sale:
    """An order as far as stock is concerned."""

    ref: str
    phase: Phase
    created_at: datetime
    version: tuple[datetime, datetime]
    lines: tuple[OrderLine, ...]


@frozen
class _Part:
    """What one unit of a line takes of one variant."""

    listing: int | None
    sold: int
    variant: int
    each: int
    quantity: int


def follow(store: Store, refs: Sequence[str]) -> None:
    """Let stock follow these orders as they are stored; the caller's transaction goes on.

    Orders of history, and those from before the store was connected, touch no stock.
    """
    sales = _sales(store, refs)
    links = _links(store, sales)
    known = OrderStock.objects.filter(store=store, order_ref__in=[sale.ref for sale in sales])
    there = set(known.values_list("order_ref", flat=True)) if sales else set()
    mine = [sale for sale in sales if sale.ref in there or _any_linked(sale, links)]
    if mine:
        with transaction.atomic():
            _Round(store, mine, links).run()


def relinked(listings: Collection[int]) -> None:
    """Let open reservations follow listings to other variants; shipped history stays.

    Lines that had no link reserve now, once; the listings are told anew.
    """
    with transaction.atomic():
        for start in range(0, len(listings), _CHUNK):
            part = sorted(listings)[start : start + _CHUNK]
            _release_open(part)
            for store in Store.objects.filter(listings__in=part).distinct().order_by("pk"):
                refs = _waiting(store, part)
                for first in range(0, len(refs), _CHUNK):
                    follow(store, refs[first : first + _CHUNK])
            linked = Listing.objects.filter(pk__in=part, state=Listing.State.LINKED)
            offers.want_listings(linked, relinked_at=timezone.now())


_HELD_WORDS = ("UNPAID", "ON_HOLD", "TO_SHIP", "PACKED", "CANCELLING")
_CHUNK = 400  # ids in one statement; SQLite allows about a thousand values


def _waiting(store: Store, listings: Collection[int]) -> list[str]:
    """Return the orders of a store that are to be shipped and have one of these listings."""
    mine = Listing.objects.filter(store=store, pk__in=listings)
    names = set(mine.values_list("product_ref", "variant_ref"))
    lines = OrderLine.objects.filter(
        order__store=store,
        order__history=False,
        order__created_at__gte=store.connected_at,
        order__status__in=_HELD_WORDS,
        product_id__in=[product for product, _ in names],
    )
    rows = lines.values_list("order__external_id", "product_id", "variant_id")
    return sorted({ref for ref, product, variant in rows if (product, variant) in names})


def _release_open(listings: Collection[int]) -> None:
    open_holds = Reservation.objects.filter(listing__in=listings, state=State.OPEN.value)
    orders = sorted(set(open_holds.values_list("order", flat=True)))
    if not orders:
        return
    merchant = OrderStock.objects.values_list("merchant", flat=True).get(pk=orders[0])
    locked = OrderStock.objects.select_for_update(no_key=True).filter(pk__in=orders).order_by("pk")
    list(locked.values_list("pk", flat=True))
    holds = list(open_holds.all())
    books = Books(merchant, (hold.variant_id for hold in holds))
    for hold in holds:
        books.hold(hold.variant_id, hold.warehouse_id, -hold.units)
        hold.state = State.RELEASED.value
    Reservation.objects.bulk_update(holds, ["state"], batch_size=200)
    books.close()


# Reading what is stored


def _sales(store: Store, refs: Sequence[str]) -> list[_Sale]:
    rows = Order.objects.filter(
        store=store, external_id__in=refs, history=False, created_at__gte=store.connected_at
    )
    return [
        _Sale(
            ref=row.external_id,
            phase=phase_of(row.status),
            created_at=row.created_at,
            version=(row.updated_at or row.created_at, row.read_at),
            lines=tuple(row.lines.all()),
        )
        for row in rows.prefetch_related("lines").order_by("created_at", "id")
    ]


def _links(store: Store, sales: Iterable[_Sale]) -> dict[tuple[str, str], Link]:
    products = {line.product_id for sale in sales for line in sale.lines}
    if not products:
        return {}
    linked = Listing.objects.filter(
        store=store, product_ref__in=products, state=Listing.State.LINKED
    )
    rows = linked.values_list("product_ref", "variant_ref", "pk", "variant_id")
    return {(product, variant): (pk, stands_for) for product, variant, pk, stands_for in rows}


def _any_linked(sale: _Sale, links: Mapping[tuple[str, str], Link]) -> bool:
    return any((line.product_id, line.variant_id) in links for line in sale.lines)


# One round over some orders of a store


class _Round:
    """Brings what some orders hold into line with what they should hold."""

    def __init__(
        self, store: Store, sales: list[_Sale], links: Mapping[tuple[str, str], Link]
    ) -> None:
        self._store = store
        self._sales = sales
        self._links = links
        self._recipes = recipes_of(store.merchant_id)
        self._made: list[Reservation] = []
        self._changed: dict[int, Reservation] = {}

    def run(self) -> None:
        """Do it."""
        orders = self._locked()
        due = [(sale, orders[sale.ref]) for sale in self._sales if _is_due(sale, orders[sale.ref])]
        holds = self._holds(orders.values())
        parts = {sale.ref: self._parts(sale, holds[order.pk]) for sale, order in due}
        variants = {variant for wanted in parts.values() for _, variant in wanted}
        variants |= {variant for mine in holds.values() for _, variant in mine}
        books = Books(self._store.merchant_id, variants)
        for sale, order in due:
            self._bring(sale, order, parts[sale.ref], holds[order.pk], books)
        self._write(order for _, order in due)
        books.close(by_store=self._store.pk)
        for hold in self._made:
            if hold.short:
                alerts.name_order(hold.order, hold.variant_id, hold.warehouse_id)

    def _locked(self) -> dict[str, OrderStock]:
        """Return the orders' rows, locked: what is told twice at once waits here."""
        merchant = self._store.merchant_id
        OrderStock.objects.bulk_create(
            (
                OrderStock(
                    merchant_id=merchant,
                    store=self._store,
                    order_ref=sale.ref,
                    phase=_FRESH,
                    created_at=sale.created_at,
                    updated_at=sale.version[0],
                    read_at=sale.version[1],
                )
                for sale in sorted(self._sales, key=lambda sale: sale.ref)
            ),
            ignore_conflicts=True,
        )
        rows = OrderStock.objects.select_for_update(no_key=True).filter(
            store=self._store, order_ref__in=[sale.ref for sale in self._sales]
        )
        return {row.order_ref: row for row in rows.order_by("pk")}

    def _holds(self, orders: Iterable[OrderStock]) -> dict[int, Holds]:
        found: dict[int, Holds] = {order.pk: {} for order in orders}
        for hold in Reservation.objects.filter(order__in=list(found)):
            found[hold.order_id][hold.line, hold.variant_id] = hold
        return found

    def _parts(self, sale: _Sale, holds: Holds) -> dict[Key, _Part]:
        """Return what each line takes: as it was booked, else as its listing is linked now."""
        found: dict[Key, _Part] = {}
        for line in sale.lines:
            booked = [hold for hold in holds.values() if hold.line == line.external_id]
            live = [hold for hold in booked if hold.state != State.RELEASED.value]
            link = self._links.get((line.product_id, line.variant_id))
            for part in _as_booked(line, live) if live else self._as_linked(line, link):
                found[line.external_id, part.variant] = part
        return found

    def _as_linked(self, line: OrderLine, link: Link | None) -> list[_Part]:
        if link is None:
            return []
        listing, sold = link
        return [
            _Part(listing, sold, variant, each, line.quantity)
            for variant, each in expand(sold, self._recipes).items()
        ]

    def _bring(
        self,
        sale: _Sale,
        order: OrderStock,
        parts: Mapping[Key, _Part],
        holds: Holds,
        books: Books,
    ) -> None:
        wanted = {key: part.each * part.quantity for key, part in parts.items()}
        held = {key: Held(State(hold.state), hold.units) for key, hold in holds.items()}
        for step in steps(sale.phase, wanted, held):
            hold = holds.get(step.key)
            if hold is None:
                hold = holds[step.key] = self._begin(order, step.key, parts[step.key], books)
            self._take(step, hold, sale, books)
            hold.changed_at = sale.version[0]
        order.updated_at, order.read_at = sale.version
        if sale.phase is not Phase.UNSURE or order.phase == _FRESH:
            order.phase = (Phase.HELD if sale.phase is Phase.UNSURE else sale.phase).value
        order.coming = sale.phase is Phase.VOID and _is_out(order, holds)

    def _begin(self, order: OrderStock, key: Key, part: _Part, books: Books) -> Reservation:
        hold = Reservation(
            order=order,
            line=key[0],
            listing_id=part.listing,
            sold_id=part.sold,
            variant_id=part.variant,
            warehouse_id=books.place_for(part.variant, part.each * part.quantity),
            each=part.each,
            units=0,
        )
        self._made.append(hold)
        return hold

    def _take(self, step: Step, hold: Reservation, sale: _Sale, books: Books) -> None:
        if hold.pk is not None:
            self._changed[hold.pk] = hold
        if step.act is Act.RESERVE:
            _reserve(hold, step.units, books)
        elif step.act is Act.RELEASE:
            books.hold(hold.variant_id, hold.warehouse_id, -hold.units)
            hold.state = State.RELEASED.value
        elif step.act is Act.SHIP:
            books.hold(hold.variant_id, hold.warehouse_id, -hold.units)
            books.add(self._shipped(hold, sale, -step.units))
            hold.state, hold.units = State.CONSUMED.value, step.units
        else:
            books.hold(hold.variant_id, hold.warehouse_id, hold.units)
            books.add(self._shipped(hold, sale, hold.units, back=True))
            hold.state, hold.turn = State.OPEN.value, hold.turn + 1

    def _shipped(self, hold: Reservation, sale: _Sale, delta: int, *, back: bool = False) -> Entry:
        line = f"{hold.line}/{hold.variant_id}/{hold.turn}"
        cause = ("order", f"{self._store.pk}:{sale.ref}")
        original = None
        if back:
            original = Movement.objects.filter(
                merchant_id=self._store.merchant_id,
                cause_type=cause[0],
                cause_id=cause[1],
                line=line,
                kind=Movement.Kind.SHIP,
            ).first()
        return Entry(
            variant=hold.variant_id,
            warehouse=hold.warehouse_id,
            delta=delta,
            kind=Movement.Kind.SHIP,
            cause=cause,
            line=f"{line}/back" if back else line,
            occurred_at=sale.version[0],
            reverses=original.pk if original else None,
        )

    def _write(self, orders: Iterable[OrderStock]) -> None:
        Reservation.objects.bulk_create(self._made)
        Reservation.objects.bulk_update(
            self._changed.values(),
            ["state", "units", "short", "turn", "warehouse", "changed_at"],
            batch_size=200,
        )
        fields = ["phase", "updated_at", "read_at", "coming"]
        OrderStock.objects.bulk_update(orders, fields, batch_size=200)


def _is_due(sale: _Sale, order: OrderStock) -> bool:
    """Whether the stored version is not older than the one stock has followed."""
    return order.phase == _FRESH or sale.version >= (order.updated_at, order.read_at)


def _as_booked(line: OrderLine, holds: Iterable[Reservation]) -> list[_Part]:
    return [
        _Part(hold.listing_id, hold.sold_id, hold.variant_id, hold.each, line.quantity)
        for hold in holds
    ]


def _reserve(hold: Reservation, units: int, books: Books) -> None:
    if hold.state != State.OPEN.value:  # given back before: it begins anew, where there is enough
        hold.state, hold.units, hold.short = State.OPEN.value, 0, 0
        hold.warehouse_id = books.place_for(hold.variant_id, units)
    short = books.hold(hold.variant_id, hold.warehouse_id, units)
    hold.units += units
    hold.short = min(hold.units, hold.short + short) if units > 0 else min(hold.units, hold.short)


def _is_out(order: OrderStock, holds: Holds) -> bool:
    """Whether anything that was handed over has not been looked at again."""
    gone = {hold.pk: hold.units for hold in holds.values() if hold.state == State.CONSUMED.value}
    if not gone:
        return False
    for pk, units in order.receipts.values_list("reservation", "units"):
        gone[pk] = gone.get(pk, 0) - units
    return any(units > 0 for units in gone.values())
