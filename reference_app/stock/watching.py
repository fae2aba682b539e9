"""What listings really show, and why it is not what it should be (domain 9.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen
from django.db import transaction
from django.utils import timezone

from entrosdk import Product
from reference_app.records.models import Product as ProductRow
from reference_app.stock.models import Channel, Drift, Offer, Reservation
from reference_app.stock.offers import bump
from reference_app.stock.rows import locked
from reference_app.stock.rules.drift import Cause, Seen, cause_of, may_correct
from reference_app.stores.models import Store

__all__ = ["READING", "Shown", "judge", "note", "shown_by", "sold_between", "take_down"]

_CHUNK = 400
READING = ["observed", "observed_at", "locked", "was_locked", "unjudged"]  # columns of a reading


@frozen
class Shown:
    """What a listing shows: units buyers can buy, those a campaign holds included."""

    units: int
    locked: int
    places: tuple[tuple[str, int], ...]  # by warehouse of the marketplace


def shown_by(products: Iterable[Product]) -> dict[tuple[str, str], Shown]:
    """Return what each variant of these products shows."""
    return {
        (product.id, variant.id): Shown(
            variant.sellable,
            sum(level.locked for level in variant.stock),
            tuple((level.warehouse_id, level.sellable) for level in variant.stock),
        )
        for product in products
        for variant in product.variants
    }


def note(store: Store, products: Sequence[Product], read_at: datetime) -> None:
    """Keep what a sync read of listings that are told of stock; it is judged later."""
    shown = shown_by(products)
    for start in range(0, len(products), _CHUNK):
        ids = [product.id for product in products[start : start + _CHUNK]]
        told = Offer.objects.filter(store=store, listing__product_ref__in=ids, sent__isnull=False)
        with transaction.atomic():
            found = Offer.objects.filter(pk__in=locked(told)).select_related("listing")
            mine = [offer for offer in found if _newer(offer, read_at)]
            released = [offer.pk for offer in mine if take_down(offer, shown, read_at)]
            Offer.objects.bulk_update(mine, READING, batch_size=200)
            if released:  # a campaign is over: what it held back is pushed again
                bump(Offer.objects.filter(pk__in=released))


def _newer(offer: Offer, read_at: datetime) -> bool:
    return offer.observed_at is None or offer.observed_at < read_at


def take_down(offer: Offer, shown: Mapping[tuple[str, str], Shown], read_at: datetime) -> bool:
    """Put a reading on an offer; returns whether a campaign has ended. Save it afterwards."""
    seen = shown.get((offer.listing.product_ref, offer.listing.variant_ref))
    if seen is None:
        return False
    released = offer.locked > 0 == seen.locked
    offer.was_locked = offer.locked
    offer.observed, offer.observed_at, offer.locked = seen.units, read_at, seen.locked
    offer.unjudged = True
    return released


# What a channel is known to have sold

Span = tuple[datetime, datetime | None]
"""After one moment, and up to another one; on the marketplace's clock."""


def sold_between(spans: Mapping[int, Span]) -> dict[int, int]:
    """Return the net units each listing is known to have sold within its span.

    Orders made in it count; what older ones gave back in it is taken off.
    """
    found = dict.fromkeys(spans, 0)
    if not spans:
        return found
    holds = Reservation.objects.filter(
        listing__in=list(spans), changed_at__gt=min(since for since, _ in spans.values())
    )
    rows = holds.values_list(
        "listing", "order", "line", "units", "each", "state", "changed_at", "order__created_at"
    )
    lines = {
        (listing, order, line): _net(units // each, state, made, changed, spans[listing])
        for listing, order, line, units, each, state, changed, made in rows
    }
    for (listing, _, _), units in lines.items():
        found[listing] += units
    return found


def _net(units: int, state: str, made: datetime, changed: datetime, span: Span) -> int:
    since, until = span
    if until is not None and made > until:
        return 0
    ended = state == Reservation.State.RELEASED and (until is None or changed <= until)
    if made > since:
        return 0 if ended else units
    return -units if ended and changed > since else 0


# Drift


def judge(store: Store, channel: Channel) -> int:
    """Compare what was read with what should be there; returns how many drifted.

    Only readings from before the moment up to which orders are known can be judged.
    """
    if store.read_to is None:
        return 0
    due = Offer.objects.filter(
        store=store, unjudged=True, sent__isnull=False, observed_at__lte=store.read_to
    )
    offers = list(due.select_related("listing").order_by("pk")[:2000])
    drifted = 0
    for start in range(0, len(offers), _CHUNK):
        drifted += _judge(offers[start : start + _CHUNK], channel)
    return drifted


def _judge(offers: list[Offer], channel: Channel) -> int:
    # A reading from before the last push says nothing about it.
    fresh = [offer for offer in offers if offer.sent_at and offer.observed_at > offer.sent_at]
    found: list[tuple[Offer, Seen, Cause]] = []
    edited = _edited(fresh)
    spans = {offer.listing_id: (offer.sent_at, offer.observed_at) for offer in fresh}
    sold = sold_between(spans)
    well = []
    for offer in fresh:
        seen = Seen(
            expected=offer.sent - sold[offer.listing_id],
            observed=offer.observed,
            locked_before=offer.was_locked,
            locked=offer.locked,
            refused=offer.outcome == "refused",
            link_changed=bool(offer.relinked_at and offer.relinked_at > offer.sent_at),
            edited=offer.pk in edited,
            all_orders_known=True,
        )
        cause = cause_of(seen)
        if cause is None:
            well.append(offer.pk)
        else:
            found.append((offer, seen, cause))
    with transaction.atomic():
        done = locked(Offer.objects.filter(pk__in=[offer.pk for offer in offers]))
        Offer.objects.filter(pk__in=done).update(unjudged=False)
    Drift.objects.filter(offer__in=well, closed_at=None).update(closed_at=timezone.now())
    _keep(found, channel)
    return len(found)


def _edited(offers: Sequence[Offer]) -> set[int]:
    """Return the offers whose product was changed at the marketplace since we told it."""
    if not offers:
        return set()
    refs = {offer.listing.product_ref for offer in offers}
    rows = ProductRow.objects.filter(store=offers[0].store_id, external_id__in=refs)
    moments = dict(rows.values_list("external_id", "updated_at"))
    return {
        offer.pk
        for offer in offers
        if (moment := moments.get(offer.listing.product_ref)) and moment > offer.sent_at
    }


def _keep(found: list[tuple[Offer, Seen, Cause]], channel: Channel) -> None:
    mending = []
    for offer, seen, cause in found:
        mend = may_correct(seen.drift, channel.bound)
        Drift.objects.update_or_create(
            offer=offer,
            closed_at=None,
            defaults={
                "store_id": offer.store_id,
                "expected": seen.expected,
                "observed": seen.observed,
                "cause": cause.value,
                "corrected": mend,
                "seen_at": offer.observed_at,
            },
        )
        if mend:
            mending.append(offer.pk)
    if mending:
        bump(Offer.objects.filter(pk__in=mending))
