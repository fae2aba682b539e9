"""One price of a variant, sent to all stores that sell it, with one answer for each listing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import tenacity
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from entrosdk import EntroError, ItemResult, Money, Outcome, Policy, connect
from entrosdk import PriceChange as Change
from entrosdk.errors import ConfigError, Refused, Unauthorised, Unsupported
from reference_app.goods.models import Errand, Listing, PricePush
from reference_app.stores.connecting import reach
from reference_app.stores.models import Store
from reference_app.syncing.jobs import ask

__all__ = ["send", "write_down"]

_AT_ONCE = 50  # prices in one call
# A person waits: give up sooner than a sync would.
_POLICY = Policy(stop=tenacity.stop_after_attempt(3), longest_wait=3.0)
# Errors after which no price can have changed; after any other one some may have.
_NOTHING_HAPPENED = (ConfigError, Unsupported, Unauthorised, Refused)
_ANSWERS = {
    Outcome.ACCEPTED: PricePush.Outcome.ACCEPTED,
    Outcome.REFUSED: PricePush.Outcome.REFUSED,
    Outcome.UNKNOWN: PricePush.Outcome.UNKNOWN,
}


def write_down(errand: Errand, listings: Sequence[Listing]) -> None:
    """Write down what shall be sent: each listing with the price of its variant now."""
    PricePush.objects.bulk_create(
        (
            PricePush(
                errand=errand,
                listing=row,
                variant=row.variant,
                before_minor=row.price_minor,
                price_minor=row.variant.price_minor,
                currency=row.currency,
            )
            for row in listings
            if row.variant is not None and row.variant.price_minor is not None
        ),
        ignore_conflicts=True,
    )


def send(errand: Errand) -> None:
    """Send what waits, store by store; a store that fails does not keep the others waiting."""
    waiting = PricePush.objects.filter(errand=errand, outcome=PricePush.Outcome.WAITING)
    pushes = waiting.select_related("listing__store__merchant", "variant")
    ordered = pushes.order_by("listing__store_id", "pk")
    for store, group in groupby(ordered, key=lambda push: push.listing.store):
        of_store = list(group)
        for start in range(0, len(of_store), _AT_ONCE):
            _send(errand, store, of_store[start : start + _AT_ONCE])
        ask(store, "push")  # read back what the marketplace really has now


def _send(errand: Errand, store: Store, pushes: Sequence[PricePush]) -> None:
    if store.state != Store.State.ACTIVE:
        _all(errand, pushes, PricePush.Outcome.REFUSED, "store_stopped")
        return
    # A reply that gets lost, or a process that dies now, leaves "unknown" and not "waiting":
    # nothing is sent twice without somebody looking.
    PricePush.objects.filter(pk__in=[push.pk for push in pushes]).update(
        outcome=PricePush.Outcome.UNKNOWN
    )
    try:
        with connect(store.marketplace, **reach(store), policy=_POLICY) as shop:
            results = shop.products.set_price([_change(push) for push in pushes])
    except EntroError as error:
        sure = isinstance(error, _NOTHING_HAPPENED)
        outcome = PricePush.Outcome.REFUSED if sure else PricePush.Outcome.UNKNOWN
        _all(errand, pushes, outcome, type(error).__name__)
        return
    _note(errand, pushes, results)


def _change(push: PricePush) -> Change:
    return Change(
        product_id=push.listing.product_ref,
        variant_id=push.listing.variant_ref,
        sku=push.listing.sku,
        price=Money(push.price_minor, push.currency),
    )


def _note(errand: Errand, pushes: Sequence[PricePush], results: Sequence[ItemResult]) -> None:
    for push, result in zip(pushes, results, strict=True):
        push.outcome = _ANSWERS[result.outcome]
        push.cause = result.refusal.value if result.refusal else ""
        push.detail = " ".join(filter(None, (result.code, result.reason)))[:200]
    _keep(errand, pushes)


def _all(errand: Errand, pushes: Sequence[PricePush], outcome: str, cause: str) -> None:
    for push in pushes:
        push.outcome, push.cause = outcome, cause
    _keep(errand, pushes)


def _keep(errand: Errand, pushes: Sequence[PricePush]) -> None:
    now = timezone.now()
    for push in pushes:
        push.answered_at = now
    with transaction.atomic():
        fields = ["outcome", "cause", "detail", "answered_at"]
        PricePush.objects.bulk_update(pushes, fields, batch_size=100)
        accepted = sum(push.outcome == PricePush.Outcome.ACCEPTED for push in pushes)
        Errand.objects.filter(pk=errand.pk).update(
            position=F("position") + len(pushes),
            changed=F("changed") + accepted,
            refused=F("refused") + len(pushes) - accepted,
        )
