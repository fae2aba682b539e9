"""Telling listings their quantity (domain 9.3).

A push belongs to the end of a run, after the store's orders were pulled. Offers are taken one
flight at a time; the quantity is worked out when it is sent; an answer counts only while the
flight is still ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import define, field
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from entrosdk import (
    EntroError,
    ItemResult,
    Refusal,
    Shop,
    StockChange,
    connect,
)
from entrosdk import Outcome as Answer
from entrosdk.errors import OutcomeUnknown, Rejected, Unauthorised, Unsupported
from reference_app.goods.models import Listing
from reference_app.stock import rows, watching
from reference_app.stock.models import Channel, Offer, Push
from reference_app.stock.offers import Pool, bump
from reference_app.stock.rules.pushing import (
    Belief,
    Outcome,
    after_reading,
    must_read_back,
    patience,
    unseen_units,
    what_to_send,
)
from reference_app.stock.watching import Shown
from reference_app.stores.connecting import reach
from reference_app.stores.models import Store

__all__ = ["push", "push_store", "refresh", "spread"]

_log = logging.getLogger(__name__)
_AT_ONCE = 50  # listings in one flight
_LEASE = timedelta(minutes=5)  # a flight whose process died is taken over after this
_LOOK_AGAIN = timedelta(minutes=5)  # at a listing whose units a campaign holds
_FEW = 3  # so few units left make a push critical: it is read back
_SAMPLE = 10  # of the others, every so many-th is read back
_FLIGHTS = 200  # in one run


def push_store(store: Store) -> int:
    """Push what is open for a store where pushing is on; returns how many listings were told."""
    channel = Channel.objects.filter(store=store, pushing=True).first()
    if channel is None:
        return 0
    watching.judge(store, channel)
    refresh(store, channel)
    if not _open(store).exists():
        return 0
    with connect(store.marketplace, **reach(store)) as shop:
        return push(store, channel, shop)


def push(store: Store, channel: Channel, shop: Shop) -> int:
    """Push every open offer of a store through a connected shop; returns how many were told."""
    told = 0
    for _ in range(_FLIGHTS):
        flights = _take_off(store)
        if not flights:
            break
        told += _Round(store, channel, shop, flights).run()
    return told


def refresh(store: Store, channel: Channel) -> int:
    """Find listings that should be told something else for a reason nobody noted.

    A share, a buffer or a recipe that was changed is one; returns how many were found.
    """
    settled = Offer.objects.filter(
        store=store, version=F("done"), listing__state=Listing.State.LINKED, listing__gone_at=None
    ).exclude(outcome=Outcome.REFUSED.value)
    found = list(settled.values_list("pk", "sent", "sent_at", "listing", "listing__variant"))
    pool = Pool.of(store.merchant_id, {variant for *_, variant in found})
    spans = {listing: (at, None) for _, _, at, listing, _ in found if at is not None}
    sold = _sold(spans)
    stale = [
        pk
        for pk, sent, _, listing, variant in found
        if sent is None or sent - sold.get(listing, 0) != pool.quantity(variant, channel)
    ]
    for start in range(0, len(stale), _CHUNK):
        bump(Offer.objects.filter(pk__in=stale[start : start + _CHUNK]))
    return len(stale)


_CHUNK = 400


def _sold(spans: dict[int, watching.Span]) -> dict[int, int]:
    found: dict[int, int] = {}
    listings = list(spans)
    for start in range(0, len(listings), _CHUNK):
        part = listings[start : start + _CHUNK]
        found |= watching.sold_between({listing: spans[listing] for listing in part})
    return found


# Taking off


def _open(store: Store) -> object:
    now = timezone.now()
    return Offer.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=now),
        Q(flight=None) | Q(flight_until__lte=now),
        store=store,
        version__gt=F("done"),
        listing__state=Listing.State.LINKED,
        listing__gone_at=None,
    )


def _take_off(store: Store) -> list[Offer]:
    """Take offers nobody else has in flight; the newest version of each."""
    until = timezone.now() + _LEASE
    with transaction.atomic():
        locked = _open(store).select_for_update(of=("self",), no_key=True, skip_locked=True)
        keys = list(locked.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
        Offer.objects.filter(pk__in=keys).update(flight=F("version"), flight_until=until)
    taken = Offer.objects.filter(pk__in=keys, flight_until=until).select_related("listing")
    return list(taken.order_by("listing__product_ref", "pk"))


def spread(places: Sequence[tuple[str, int]], quantity: int) -> list[tuple[str, int]]:
    """Return what to set where so that the marketplace's warehouses show `quantity` together.

    The first one, which its orders are served from, takes up the difference.

    >>> spread([("a", 5), ("b", 2)], 9), spread([("a", 5), ("b", 2)], 1)
    ([('a', 7)], [('a', 0), ('b', 1)])
    """
    if len(places) < 2:
        return [(places[0][0] if places else "", quantity)]
    others = sum(units for _, units in places[1:])
    wanted = [(places[0][0], max(0, quantity - others))]
    over = others - quantity
    for name, units in places[1:]:
        less = min(units, max(0, over))
        over -= less
        wanted.append((name, units - less))
    return [pair for pair in wanted if pair not in places]


# One flight


@define
class _Flight:
    """An offer on its way."""

    offer: Offer
    shown: Shown | None = None
    quantity: int = 0
    unseen: int = 0
    outcome: Outcome = Outcome.RETRYING
    refusal: str = ""
    code: str = ""
    reason: str = ""
    quiet: bool = False  # nothing worth a row in the log
    at: datetime | None = None  # since when the marketplace shows the quantity

    @property
    def key(self) -> tuple[str, str]:
        """The listing's ids at the marketplace."""
        return self.offer.listing.product_ref, self.offer.listing.variant_ref

    def end(self, outcome: Outcome, *, refusal: str = "", code: str = "", reason: str = "") -> None:
        """Note what became of it."""
        self.outcome, self.refusal, self.code, self.reason = outcome, refusal, code, reason


@define
class _Round:
    """Reads some listings, tells them their quantities, and writes down what became of it."""

    store: Store
    channel: Channel
    shop: Shop
    offers: list[Offer]
    flights: list[_Flight] = field(factory=list)

    def run(self) -> int:
        """Do it; returns how many listings were told something new."""
        self.flights = [_Flight(offer) for offer in self.offers]
        try:
            self._look()
            going = [flight for flight in self.flights if self._decide(flight)]
            self._note_going(going)
            self._send(going)
            self._read_back(going)
        except Unauthorised as error:
            self._give_up(error)
            raise
        except EntroError as error:
            self._give_up(error)
            going = []
        finally:
            self._land()
        return len(going)

    def _give_up(self, error: EntroError) -> None:
        """Try again later what has no answer yet; a lost one stays unknown."""
        for flight in self.flights:
            if flight.outcome is Outcome.RETRYING and not flight.reason:
                flight.reason = type(error).__name__

    # Looking

    def _look(self) -> None:
        """Read the listings; orders were pulled before, so what is missing now is unseen."""
        read_at = self.shop.now()
        ids = list(dict.fromkeys(flight.key[0] for flight in self.flights))
        batch = self.shop.products.get_many(ids)
        # A sale of the very moment is taken for older: better a unit too few than one too many.
        after = self.shop.now()
        shown = watching.shown_by(batch.items)
        for flight in self.flights:
            flight.shown, flight.at = shown.get(flight.key), after
            watching.take_down(flight.offer, shown, read_at)
            flight.offer.unjudged = False
            if flight.shown is None and flight.key[0] in batch.missing:
                why = "gone"
                flight.end(Outcome.REFUSED, refusal=Refusal.NOT_FOUND.value, reason=why)
        self._compute()

    def _compute(self) -> None:
        pool = Pool.of(
            self.store.merchant_id, {flight.offer.listing.variant_id for flight in self.flights}
        )
        sent = {f.offer.listing_id: f.offer.sent_at for f in self.flights if f.offer.sent_at}
        maybe = {f.offer.listing_id: f.offer.maybe_at for f in self.flights if f.offer.maybe_at}
        sold = watching.sold_between({name: (at, None) for name, at in sent.items()})
        maybe_sold = watching.sold_between({name: (at, None) for name, at in maybe.items()})
        for flight in self.flights:
            offer, listing = flight.offer, flight.offer.listing_id
            beliefs = []
            if offer.sent is not None:
                beliefs.append(Belief(offer.sent, sold.get(listing, 0)))
            if offer.maybe is not None:
                beliefs.append(Belief(offer.maybe, maybe_sold.get(listing, 0)))
            if flight.shown is not None:
                flight.unseen = unseen_units(beliefs, flight.shown.units)
            target = pool.quantity(offer.listing.variant_id, self.channel)
            flight.quantity = what_to_send(target, flight.unseen)

    def _decide(self, flight: _Flight) -> bool:
        """Say whether there is anything to send."""
        if flight.outcome is Outcome.REFUSED:
            return False
        if flight.shown is not None and flight.shown.units == flight.quantity:
            flight.end(Outcome.SKIPPED, reason="shown already")
            flight.quiet = flight.offer.sent == flight.quantity
            return False
        locked = flight.shown.locked if flight.shown else 0
        if flight.offer.refusal == Refusal.LOCKED.value and locked > flight.quantity:
            self._locked(flight, quiet=True)
            return False
        return True

    def _locked(self, flight: _Flight, *, quiet: bool = False) -> None:
        reason = flight.reason or flight.offer.reason
        flight.end(Outcome.REFUSED, refusal=Refusal.LOCKED.value, code=flight.code, reason=reason)
        flight.quiet = quiet

    # Sending

    def _note_going(self, going: list[_Flight]) -> None:
        """Write down what is about to be sent: a crash after it must not hide it."""
        now = self.shop.now()
        notes = {flight.offer.pk: flight.quantity for flight in going}
        for flight in going:
            flight.offer.maybe, flight.offer.maybe_at = flight.quantity, now
        with transaction.atomic():
            offers = _held(notes)
            for offer in offers:
                offer.maybe, offer.maybe_at = notes[offer.pk], now
            rows.save(offers, ["maybe", "maybe_at"])

    def _send(self, going: list[_Flight]) -> None:
        changes: list[tuple[_Flight, StockChange]] = [
            (flight, change) for flight in going for change in _changes(flight)
        ]
        if not changes:
            return
        try:
            results = self.shop.products.set_stock([change for _, change in changes])
        except OutcomeUnknown as error:
            for flight in going:
                flight.end(Outcome.UNKNOWN, reason=error.message[:300])
            return
        except (Rejected, Unsupported) as error:
            for flight in going:
                flight.end(Outcome.REFUSED, refusal="OTHER", reason=error.message[:300])
            return
        at = self.shop.now()
        answers: dict[int, list[ItemResult]] = {}
        for (flight, _), result in zip(changes, results, strict=True):
            answers.setdefault(flight.offer.pk, []).append(result)
        for flight in going:
            flight.at = at
            _heard(flight, answers.get(flight.offer.pk, []))

    def _read_back(self, going: list[_Flight]) -> None:
        """Look whether "accepted" changed anything: critical ones, and a sample of the rest.

        Where one shows the old number still, acceptance is no effect yet: what buyers do until it
        is, the effect overwrites. All of this round are then looked at again.
        """
        accepted = [flight for flight in going if flight.outcome is Outcome.ACCEPTED]
        due = [flight for flight in accepted if _is_checked(flight)] or accepted[:1]
        if not due:
            return
        ids = list(dict.fromkeys(flight.key[0] for flight in due))
        try:
            shown = watching.shown_by(self.shop.products.get_many(ids).items)
        except EntroError:  # accepted is what we know then
            return
        late = False
        for flight in due:
            seen = shown.get(flight.key)
            if seen is not None:
                before = flight.shown.units if flight.shown else None
                flight.outcome = after_reading(flight.quantity, seen.units, before)
                if flight.outcome is Outcome.RETRYING:
                    flight.reason, late = "unchanged", True
        for flight in accepted if late else ():
            if flight.outcome is Outcome.ACCEPTED:
                flight.outcome, flight.reason = Outcome.RETRYING, "late"

    # Landing

    def _land(self) -> None:
        """Write down what became of each flight that is still ours, all of them at once."""
        flights = {flight.offer.pk: flight for flight in self.flights}
        with transaction.atomic():
            kept = [offer for offer in _held(flights) if _is_ours(offer, flights[offer.pk].offer)]
            for offer in kept:
                _settle(offer, flights[offer.pk])
            rows.save(kept, _LANDED)
            ours = {offer.pk for offer in kept}
            Push.objects.bulk_create(
                row
                for pk, flight in flights.items()
                if not flight.quiet
                for row in _log_rows(flight, kept=pk in ours)
            )


def _held(keys: Iterable[int]) -> list[Offer]:
    """Lock offers in the order of their keys, for what follows in the same transaction."""
    locked = Offer.objects.select_for_update(no_key=True).filter(pk__in=list(keys))
    return list(locked.order_by("pk"))


def _changes(flight: _Flight) -> list[StockChange]:
    product, variant = flight.key
    places = flight.shown.places if flight.shown else ()
    return [
        StockChange(
            product_id=product,
            variant_id=variant,
            sku=flight.offer.listing.sku,
            quantity=quantity,
            warehouse_id=place,
        )
        for place, quantity in spread(places, flight.quantity)
    ]


def _heard(flight: _Flight, results: Sequence[ItemResult]) -> None:
    """Take the marketplace's answer; the worst of several warehouses counts."""
    refused = next((one for one in results if one.outcome is Answer.REFUSED), None)
    if refused is not None:
        again = refused.refusal is Refusal.BUSY
        flight.end(
            Outcome.RETRYING if again else Outcome.REFUSED,
            refusal=(refused.refusal or Refusal.OTHER).value,
            code=refused.code[:80],
            reason=refused.reason[:300],
        )
    elif any(one.outcome is Answer.UNKNOWN for one in results):
        flight.end(Outcome.UNKNOWN, reason="lost")
    else:
        flight.end(Outcome.ACCEPTED)


def _is_checked(flight: _Flight) -> bool:
    if flight.outcome is not Outcome.ACCEPTED:
        return False
    before = flight.shown.units if flight.shown else None
    turn = flight.offer.pk + flight.offer.version
    retried = flight.offer.attempts > 0
    return retried or must_read_back(flight.quantity, before, few=_FEW, turn=turn, every=_SAMPLE)


_TAKEN = {Outcome.ACCEPTED, Outcome.CONFIRMED, Outcome.SKIPPED}


_LANDED = [
    *watching.READING,
    "flight",
    "flight_until",
    "outcome",
    "refusal",
    "reason",
    "attempts",
    "retry_at",
    "done",
    "sent",
    "sent_at",
    "maybe",
    "maybe_at",
]


def _is_ours(stored: Offer, mine: Offer) -> bool:
    """Whether the offer is still in the flight it took off in; else its answer comes too late."""
    return (stored.flight, stored.flight_until) == (mine.flight, mine.flight_until)


def _settle(offer: Offer, flight: _Flight) -> None:
    """Put a flight's end on its offer."""
    for name in watching.READING:
        setattr(offer, name, getattr(flight.offer, name))
    done, offer.flight, offer.flight_until = offer.flight, None, None
    offer.outcome, offer.refusal = flight.outcome.value, flight.refusal
    offer.reason, attempts, offer.attempts = flight.reason, offer.attempts + 1, 0
    offer.retry_at = None
    if flight.outcome in _TAKEN:
        offer.done, offer.sent, offer.sent_at = done, flight.quantity, flight.at
        offer.maybe = offer.maybe_at = None
    elif flight.outcome is Outcome.REFUSED:
        offer.maybe = offer.maybe_at = None
        if flight.refusal == Refusal.LOCKED.value:
            # What a campaign holds is looked at again until it is over, and then told.
            offer.retry_at = timezone.now() + _LOOK_AGAIN
        else:
            offer.done = done
    else:
        offer.attempts, offer.retry_at = attempts, timezone.now() + patience(attempts)
        if flight.outcome is Outcome.RETRYING and flight.refusal:
            offer.maybe = offer.maybe_at = None


def _log_rows(flight: _Flight, *, kept: bool) -> list[Push]:
    offer = flight.offer
    row = Push(
        offer=offer,
        store_id=offer.store_id,
        version=offer.flight,
        quantity=flight.quantity if flight.shown or flight.outcome is not Outcome.REFUSED else None,
        unseen=flight.unseen,
        observed=flight.shown.units if flight.shown else None,
        outcome=flight.outcome.value,
        refusal=flight.refusal,
        code=flight.code,
        reason=flight.reason if kept else "late",
    )
    earlier = (offer.flight or 0) - offer.done - 1
    if earlier <= 0 or offer.attempts:
        return [row]
    skipped = Push(
        offer=offer,
        store_id=offer.store_id,
        version=(offer.flight or 0) - 1,
        outcome=Outcome.SKIPPED.value,
        reason="newer",
    )
    return [skipped, row]
