"""Which listings must be told again, and what they may be told.

Nothing is computed here but when it is needed: a wish is a version that rises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from attrs import frozen
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from reference_app.goods.bundles import expand, recipes_of
from reference_app.goods.models import BundlePart, Listing
from reference_app.stock.models import SELLABLE, Balance, Channel, Offer
from reference_app.stock.rows import locked
from reference_app.stock.rules.quantities import bundle_units, channel_quantity
from reference_app.stores.models import Store

__all__ = ["Pool", "bump", "using", "wake", "want", "want_listings"]


def using(variants: Iterable[int]) -> set[int]:
    """Return the variants themselves and every bundle that holds one of them."""
    found = set(variants)
    newest = found
    while newest:
        above = BundlePart.objects.filter(component__in=newest).values_list("bundle", flat=True)
        newest = set(above) - found
        found = found | newest
    return found


def want(merchant_id: int, variants: Collection[int], *, by_store: int | None = None) -> None:
    """Let every listing of these variants, and of bundles with them, be told again.

    Other stores than `by_store` are woken; that one is at work already.
    """
    if not variants:
        return
    listings = Listing.objects.filter(
        merchant_id=merchant_id,
        variant__in=using(variants),
        state=Listing.State.LINKED,
        gone_at=None,
    )
    want_listings(listings, by_store=by_store)


def want_listings(
    listings: QuerySet[Listing], *, by_store: int | None = None, **changes: object
) -> None:
    """Let these listings be told again; `changes` are other columns of their offers."""
    stores = dict(listings.values_list("pk", "store_id"))
    if not stores:
        return
    _create_missing(stores)
    bump(Offer.objects.filter(listing__in=list(stores)), **changes)
    others = {store for store in stores.values() if store != by_store}
    if others:
        # After the commit: two stores' transactions must never wait for each other's rows.
        transaction.on_commit(lambda: wake(others))


def _create_missing(stores: Mapping[int, int]) -> None:
    there = set(Offer.objects.filter(listing__in=list(stores)).values_list("listing_id", flat=True))
    Offer.objects.bulk_create(
        (
            Offer(listing_id=listing, store_id=store, version=0)
            for listing, store in sorted(stores.items())
            if listing not in there
        ),
        ignore_conflicts=True,
    )


def bump(offers: QuerySet[Offer], **changes: object) -> None:
    """Raise the version of these offers; a wait for another try ends."""
    with transaction.atomic():
        Offer.objects.filter(pk__in=locked(offers)).update(
            version=F("version") + 1, wanted_at=timezone.now(), retry_at=None, attempts=0, **changes
        )


def wake(stores: Iterable[int]) -> None:
    """Let stores that may be told of stock have a run now."""
    now = timezone.now()
    asleep = Store.objects.filter(
        pk__in=Channel.objects.filter(store__in=list(stores), pushing=True).values("store"),
        state=Store.State.ACTIVE,
        next_run_at__gt=now,
    )
    with transaction.atomic():
        Store.objects.filter(pk__in=locked(asleep)).update(next_run_at=now, next_trigger="stock")


_NAMED = 1_000


@frozen
class Pool:
    """What may be sold of every variant of a merchant right now, bundles included."""

    sellable: Mapping[int, int]
    recipes: Mapping[int, Mapping[int, int]]
    lasts: Mapping[int, int]  # store -> units at which it alone sells

    @classmethod
    def of(cls, merchant_id: int, variants: Collection[int]) -> Pool:
        """Read the pool for some variants."""
        recipes = recipes_of(merchant_id)
        rows = Balance.objects.filter(merchant_id=merchant_id, warehouse__sells=True)
        if len(variants) <= _NAMED:  # naming more costs more than reading all there are
            simple = {part for variant in variants for part in expand(variant, recipes)}
            rows = rows.filter(variant__in=simple)
        sums = rows.order_by().values_list("variant_id").annotate(sellable=SELLABLE)
        sellable = dict(sums)
        lasts = Channel.objects.filter(store__merchant_id=merchant_id, takes_last=True)
        live = lasts.filter(pushing=True, store__state=Store.State.ACTIVE)
        return cls(sellable, recipes, dict(live.values_list("store_id", "last_units")))

    def units(self, variant: int) -> int:
        """Return how many of a variant or bundle may be sold."""
        if variant not in self.recipes:
            return max(0, self.sellable.get(variant, 0))
        return bundle_units(self.sellable, expand(variant, self.recipes))

    def quantity(self, variant: int, channel: Channel) -> int:
        """Return what a channel is told of a variant."""
        return self.quantities([variant], channel)[variant]

    def quantities(self, variants: Collection[int], channel: Channel) -> dict[int, int]:
        """Return what a channel is told of each variant; other stores may alone sell the last."""
        share = channel.share
        kept = max(
            (last for store, last in self.lasts.items() if store != channel.store_id), default=-1
        )
        units = ((variant, self.units(variant)) for variant in variants)
        return {
            variant: channel_quantity(left, share) if left > kept else 0 for variant, left in units
        }
