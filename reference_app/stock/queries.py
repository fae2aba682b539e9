"""What the screens of stock show, in a fixed number of queries however many rows there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from heapq import nlargest
from itertools import islice
from typing import Any

from attrs import frozen
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from reference_app.goods.models import Listing, Variant
from reference_app.records.models import Return
from reference_app.stock.models import (
    SELLABLE,
    Alert,
    Balance,
    Channel,
    Movement,
    Offer,
    OrderStock,
    Receipt,
    Reservation,
    TransferLine,
)
from reference_app.stock.offers import Pool
from reference_app.stock.rules.buffers import days_of_cover
from reference_app.stock.rules.quantities import Level
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = [
    "Coming",
    "Low",
    "Row",
    "Told",
    "channels",
    "coming_back",
    "coming_of",
    "receipts_of",
    "riskiest",
    "low_stock",
    "open_alerts",
    "preview",
    "rows_of",
    "short_first",
    "sold_by_place",
    "sold_units",
]

COVER_DAYS = 14
_LOW_UNITS, _LOW_DAYS = 5, 7
_SHORT = 20  # above a list; all of them have a page of their own


@frozen
class Told:
    """What one listing of a variant is told and shows."""

    offer: Offer
    store: Store


@frozen(kw_only=True)
class Row:
    """One variant in the list of stock."""

    variant: Variant
    level: Level
    sellable: int
    transit: int
    told: tuple[Told, ...]

    @property
    def locked(self) -> int:
        """Units that campaigns hold, over all listings."""
        return sum(one.offer.locked for one in self.told)


def rows_of(merchant: Merchant, variants: Collection[Variant]) -> list[Row]:
    """Return the stock of these variants, in their order."""
    keys = [variant.pk for variant in variants]
    pool = Pool.of(merchant.pk, keys)
    levels = _levels(Balance.objects.filter(merchant=merchant, variant__in=keys))
    moving = dict(
        TransferLine.objects.filter(variant__in=keys, transfer__state="sent")
        .values_list("variant")
        .order_by()
        .annotate(Sum("units"))
    )
    told = _told(keys)
    return [
        Row(
            variant=variant,
            level=levels.get(variant.pk, Level()),
            sellable=pool.units(variant.pk),
            transit=moving.get(variant.pk, 0),
            told=tuple(told.get(variant.pk, ())),
        )
        for variant in variants
    ]


def _levels(balances: Iterable[Balance]) -> dict[int, Level]:
    """Add up the warehouses of each variant, as figures to look at."""
    sums: dict[int, list[int]] = {}
    for row in balances:
        mine = sums.setdefault(row.variant_id, [0, 0, 0, 0])
        for place, number in enumerate((row.on_hand, row.reserved, row.quarantined, row.buffer)):
            mine[place] += number
    return {
        key: Level(on_hand=on_hand, reserved=reserved, quarantined=quarantined, buffer=buffer)
        for key, (on_hand, reserved, quarantined, buffer) in sums.items()
    }


def _told(variants: Collection[int]) -> dict[int, list[Told]]:
    offers = Offer.objects.filter(listing__variant__in=variants).select_related("listing")
    rows = list(offers.order_by("store__marketplace", "store_id", "pk"))
    stores = Store.objects.in_bulk({offer.store_id for offer in rows})  # few, and wide
    found: dict[int, list[Told]] = {}
    for offer in rows:
        found.setdefault(offer.listing.variant_id or 0, []).append(
            Told(offer, stores[offer.store_id])
        )
    return found


def open_alerts(merchant: Merchant) -> QuerySet[Alert]:
    """Return what was sold and is not there, the newest first."""
    mine = Alert.objects.filter(merchant=merchant, closed_at=None)
    return mine.select_related("variant", "warehouse", "order", "order__store").order_by("-pk")


def short_first(found: QuerySet[Variant]) -> list[Variant]:
    """Return the oversold variants among those found: they stand above the list."""
    short = Balance.objects.filter(
        variant=OuterRef("pk"), reserved__gt=F("on_hand") - F("quarantined")
    )
    return list(found.filter(Exists(short)).order_by("name", "pk")[:_SHORT])


# Low stock


@frozen(kw_only=True)
class Low:
    """A variant that will soon be gone."""

    variant: Variant
    sellable: int
    sold: int
    days: Fraction | None

    @property
    def whole_days(self) -> int | None:
        """Whole days of cover."""
        return None if self.days is None else int(self.days)


def sold_units(merchant_id: int, since: datetime | None = None) -> dict[int, int]:
    """Return the units of each variant sold since then, cancelled ones left out.

    Without a moment: in the last `COVER_DAYS` days.
    """
    since = since or timezone.now() - timedelta(days=COVER_DAYS)
    rows = Reservation.objects.filter(
        order__merchant_id=merchant_id, order__created_at__gte=since
    ).exclude(state=Reservation.State.RELEASED)
    return dict(rows.values_list("variant").order_by().annotate(Sum("units")))


def sold_by_place(merchant_id: int) -> dict[tuple[int, int], int]:
    """Return the units sold in the last `COVER_DAYS` days by variant and warehouse."""
    since = timezone.now() - timedelta(days=COVER_DAYS)
    rows = Reservation.objects.filter(
        order__merchant_id=merchant_id, order__created_at__gte=since
    ).exclude(state=Reservation.State.RELEASED)
    sums = rows.values_list("variant", "warehouse").order_by().annotate(Sum("units"))
    return {(variant, place): units for variant, place, units in sums}


def low_stock(merchant: Merchant, limit: int = 200) -> list[Low]:
    """Return variants with few units or days left, the most urgent first.

    A variant's own limits count before the usual ones. What never had stock is not low.
    """
    sold = sold_units(merchant.pk)
    balances = Balance.objects.filter(merchant=merchant, warehouse__sells=True)
    levels = dict(balances.order_by().values_list("variant_id").annotate(sellable=SELLABLE))
    limits = Variant.objects.filter(merchant=merchant, active=True, kind=Variant.Kind.SIMPLE)
    urgent = []
    for pk, units, days in limits.values_list("pk", "low_stock_units", "low_stock_days"):
        if pk not in levels:
            continue
        cover = days_of_cover(levels[pk], sold.get(pk, 0), COVER_DAYS)
        few = levels[pk] <= (_LOW_UNITS if units is None else units)
        soon = cover is not None and cover <= (_LOW_DAYS if days is None else days)
        if few or soon:
            urgent.append((cover is None, cover or Fraction(0), levels[pk], pk))
    chosen = sorted(urgent)[:limit]
    rows = Variant.objects.in_bulk([pk for *_, pk in chosen])
    return [
        Low(
            variant=rows[pk],
            sellable=units,
            sold=sold.get(pk, 0),
            days=None if never else cover,
        )
        for never, cover, units, pk in chosen
    ]


@frozen
class Cover:
    """How long a variant lasts: units to sell, and units sold in `COVER_DAYS` days."""

    variant: int
    sku: str
    name: str
    sellable: int
    sold: int

    @property
    def tenths(self) -> int:
        """Days of cover in tenths of a day, rounded down."""
        return max(0, self.sellable) * COVER_DAYS * 10 // self.sold


def riskiest(merchant: Merchant, limit: int = 10) -> list[Cover]:
    """Return the variants that are sold out soonest at their pace, in one query.

    What does not sell is no risk, and neither is what was never counted. The pace is that of the
    last review of buffers.
    """
    places = Balance.objects.filter(merchant=merchant, warehouse__sells=True, variant__active=True)
    sums = (
        places.values("variant", "variant__sku", "variant__name")
        .order_by()
        .annotate(gone=Sum("sold"), left=SELLABLE)
        .filter(gone__gt=0)
    )
    soonest = sums.order_by(F("left") * Value(1.0) / F("gone"), "-gone", "variant")
    return [
        Cover(row["variant"], row["variant__sku"], row["variant__name"], row["left"], row["gone"])
        for row in soonest[:limit]
    ]


# Channels


def channels(merchant: Merchant) -> list[tuple[Store, Channel]]:
    """Return every live store with how it is told of stock."""
    stores = Store.objects.filter(merchant=merchant).exclude(state=Store.State.DISCONNECTED)
    kept = {row.store_id: row for row in Channel.objects.filter(store__in=stores)}
    return [(store, kept.get(store.pk) or Channel(store=store)) for store in stores]


@frozen(kw_only=True)
class Wish:
    """What a listing shows and would be told."""

    listing: Listing
    shown: int | None
    wanted: int

    @property
    def change(self) -> int | None:
        """Units more or fewer."""
        return None if self.shown is None else self.wanted - self.shown


@frozen(kw_only=True)
class Preview:
    """What a push would change: the largest changes, and how many of how many."""

    wishes: tuple[Wish, ...]
    changes: int
    count: int


def preview(store: Store, channel: Channel, limit: int = 100) -> Preview:
    """Return what a push would change now, the largest change first; nothing is sent."""
    live = Listing.objects.filter(store=store, state=Listing.State.LINKED, gone_at=None)
    # Bare values first: a shop may have 20,000 listings, and only the shown ones become rows.
    facts = list(live.values_list("pk", "variant_id", "product_ref", "variant_ref"))
    variants = {variant or 0 for _, variant, *_ in facts}
    wanted = Pool.of(store.merchant_id, variants).quantities(variants, channel)
    shown = _shown(store)
    found = [
        (pk, shown.get((product, ref)), wanted[variant or 0]) for pk, variant, product, ref in facts
    ]
    changed = [one for one in found if one[1] != one[2]]
    chosen = nlargest(limit, changed, key=_size)
    if len(chosen) < limit:
        same = (one for one in found if one[1] == one[2])
        chosen += islice(same, limit - len(chosen))
    rows = live.select_related("variant").in_bulk([pk for pk, *_ in chosen])
    wishes = [Wish(listing=rows[pk], shown=before, wanted=after) for pk, before, after in chosen]
    wishes.sort(key=lambda wish: (-abs(wish.change or 0), wish.change == 0, wish.listing.title))
    return Preview(wishes=tuple(wishes), changes=len(changed), count=len(found))


def _size(told: tuple[int, int | None, int]) -> int:
    """Return how many units a listing would change by; what shows nothing yet comes last."""
    _, before, after = told
    return abs(after - before) if before is not None else 0


def _shown(store: Store) -> dict[tuple[str, str], int]:
    from reference_app.records.models import Variant as Stored  # noqa: PLC0415 - two of a name

    # As text: many variants show the same, which is then read once.
    rows = Stored.objects.filter(product__store=store).values_list(
        "product__external_id", "external_id", Cast("stock", TextField())
    )
    units: dict[str, int] = {}
    shown = {}
    for product, variant, stock in rows:
        if stock not in units:
            units[stock] = sum(level[1] for level in json.loads(stock))
        shown[product, variant] = units[stock]
    return shown


# Returns


@frozen(kw_only=True)
class Coming:
    """Goods that are out and should come back; `row` is the marketplace's return, if any."""

    order: OrderStock
    since: datetime
    row: Return | None
    holds: tuple[tuple[Reservation, int], ...]  # with the units that are still out

    @property
    def days(self) -> int:
        """Whole days since it was asked for, or cancelled."""
        return max(0, (timezone.now() - self.since).days)

    @property
    def refunded(self) -> bool:
        """Whether the buyer has the money already."""
        return self.row is not None and self.row.money_state == "REFUNDED"


_OUT = ("EXPECTED", "IN_TRANSIT", "RECEIVED", "UNKNOWN")


def coming_back(merchant: Merchant, limit: int = 200) -> list[Coming]:
    """Return goods to come, the oldest first: returns, and orders cancelled on their way."""
    returns = list(
        Return.objects.filter(merchant=merchant, goods_state__in=_OUT)
        .order_by("requested_at")
        .prefetch_related("lines")[:limit]
    )
    refs = {row.order_ref for row in returns}
    orders = {
        (order.store_id, order.order_ref): order
        for order in OrderStock.objects.filter(merchant=merchant)
        .filter(Q(order_ref__in=refs) | Q(coming=True))
        .select_related("store")
    }
    out = _out(list(orders.values()))
    found = [
        Coming(order=order, since=row.requested_at, row=row, holds=_of_return(row, out[order.pk]))
        for row in returns
        if (order := orders.get((row.store_id, row.order_ref))) is not None
    ]
    named = {coming.order.pk for coming in found}
    found += [
        Coming(order=order, since=order.updated_at, row=None, holds=tuple(out[order.pk]))
        for order in orders.values()
        if order.coming and order.pk not in named
    ]
    return sorted((one for one in found if one.holds), key=lambda one: one.since)[:limit]


def coming_of(row: Return) -> Coming | None:
    """Return what is still out of one return; `None` when nothing of it is to be booked."""
    order = OrderStock.objects.filter(store=row.store_id, order_ref=row.order_ref).first()
    if order is None:
        return None
    holds = _of_return(row, _out([order])[order.pk])
    return Coming(order=order, since=row.requested_at, row=row, holds=holds) if holds else None


def receipts_of(row: Return) -> list[Receipt]:
    """Return what was booked of one return, the newest first."""
    rows = Receipt.objects.filter(
        order__store=row.store_id, order__order_ref=row.order_ref, return_ref=row.external_id
    )
    return list(rows.select_related("reservation__variant", "actor").order_by("-at", "-pk"))


def _out(orders: list[OrderStock]) -> dict[int, list[tuple[Reservation, int]]]:
    keys = [order.pk for order in orders]
    back = dict(
        Receipt.objects.filter(order__in=keys)
        .values_list("reservation")
        .order_by()
        .annotate(Sum("units"))
    )
    found: dict[int, list[tuple[Reservation, int]]] = {key: [] for key in keys}
    holds = Reservation.objects.filter(order__in=keys, state=Reservation.State.CONSUMED)
    for hold in holds.select_related("variant", "listing").order_by("pk"):
        left = hold.units - back.get(hold.pk, 0)
        if left > 0:
            found[hold.order_id].append((hold, left))
    return found


def _of_return(
    row: Return, holds: list[tuple[Reservation, int]]
) -> tuple[tuple[Reservation, int], ...]:
    """Return the parts of the order that this return is about, at most its units."""
    asked = {(line.product_id, line.variant_id): line.quantity for line in row.lines.all()}
    by_product = {line.product_id: line.quantity for line in row.lines.all()}
    found = []
    for hold, left in holds:
        if hold.listing is None:
            continue
        key = (hold.listing.product_ref, hold.listing.variant_ref)
        units = asked.get(key, by_product.get(key[0], 0)) * hold.each
        if units:
            found.append((hold, min(left, units)))
    return tuple(found)


# One variant


def ledger_page(variant: Variant, before: int | None, size: int = 50) -> list[Movement]:
    """Return movements, the newest first; one more than a page when there are older ones."""
    rows = Movement.objects.filter(variant=variant).select_related("warehouse", "actor", "reverses")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: size + 1])


def holds_of(variant: Variant) -> QuerySet[Reservation]:
    """Return what orders hold of a variant now."""
    open_holds = Reservation.objects.filter(variant=variant, state=Reservation.State.OPEN)
    rows = open_holds.select_related("order", "order__store", "warehouse", "sold")
    return rows.order_by("-changed_at")


def csv_rows(merchant: Merchant) -> Iterator[list[Any]]:
    """Yield the figures of every variant, by name; a chunk at a time."""
    last: tuple[str, int] | None = None
    while True:
        found = Variant.objects.filter(merchant=merchant, active=True).order_by("name", "pk")
        if last is not None:
            found = found.filter(Q(name__gt=last[0]) | Q(name=last[0], pk__gt=last[1]))
        part = list(found[:500])
        if not part:
            return
        last = part[-1].name, part[-1].pk
        for row in rows_of(merchant, part):
            yield [
                row.variant.sku, row.variant.name, row.level.on_hand, row.level.reserved,
                row.level.quarantined, row.level.buffer, row.sellable, row.level.oversold,
                row.transit, row.locked,
            ]  # fmt: skip
