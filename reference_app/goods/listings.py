"""Listings follow the products that were read: made, changed, and gone when they are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone

from reference_app.goods.bulk import update_each
from reference_app.goods.keys import key_of, loose_key
from reference_app.goods.models import Listing
from reference_app.records.models import Product
from reference_app.records.models import Variant as Offered
from reference_app.stores.models import Store
from reference_app.web.text import fold

__all__ = ["refresh"]

_COPIED = (
    "title", "options", "sku", "key", "loose", "search_text", "price_minor", "currency",
)  # fmt: skip
_KEY = _COPIED.index("key")
_CHUNK = 200


def refresh(store: Store, product_refs: Sequence[str]) -> None:
    """Bring the listings of these products up to what was read; called where they are stored.

    What changed is marked stale and waits for the rules until the whole shop has been read: a SKU
    is known to be unique in a shop only then.
    """
    for start in range(0, len(product_refs), _CHUNK):
        _refresh(store, product_refs[start : start + _CHUNK])


def _refresh(store: Store, product_refs: Sequence[str]) -> None:
    wanted = _wanted(store, product_refs)
    known = {
        (row.product_ref, row.variant_ref): row
        for row in Listing.objects.filter(store=store, product_ref__in=product_refs)
    }
    Listing.objects.bulk_create(row for place, row in wanted.items() if place not in known)
    before = {place: row.loose for place, row in known.items()}
    changed = [row for place, row in known.items() if _follow(row, wanted.get(place))]
    update_each(changed, [*_COPIED, "gone_at", "stale"])
    _disturb(store, {before[place] for place, row in known.items() if row.loose != before[place]})


def _wanted(store: Store, product_refs: Sequence[str]) -> dict[tuple[str, str], Listing]:
    products = Product.objects.filter(store=store, external_id__in=product_refs)
    offered = Offered.objects.filter(product__in=products).select_related("product")
    return {(row.product.external_id, row.external_id): _listing(store, row) for row in offered}


def _follow(row: Listing, now: Listing | None) -> bool:
    """Take over what changed and say whether anything did; without `now` the listing is gone."""
    gone = now is None or now.gone_at is not None
    before = [getattr(row, name) for name in _COPIED]
    for name in _COPIED if now is not None else ():
        setattr(row, name, getattr(now, name))
    after = [getattr(row, name) for name in _COPIED]
    if before == after and gone == (row.gone_at is not None):
        return False
    # A new title or price gives the rules nothing to think about.
    row.stale = row.stale or before[_KEY] != after[_KEY] or gone != (row.gone_at is not None)
    row.gone_at = (row.gone_at or timezone.now()) if gone else None
    return True


def _disturb(store: Store, looses: Iterable[str]) -> None:
    """Let the rules look again at listings whose namesake took another SKU."""
    same = Listing.objects.filter(merchant_id=store.merchant_id, loose__in=set(looses) - {""})
    same.exclude(state=Listing.State.LINKED).update(stale=True)


def _listing(store: Store, row: Offered) -> Listing:
    product = row.product
    options = ", ".join(str(option[-1]) for option in row.options if option)
    key = key_of(row.sku)
    return Listing(
        merchant_id=store.merchant_id,
        store=store,
        product_ref=product.external_id,
        variant_ref=row.external_id,
        title=product.title,
        options=options[:255],
        sku=row.sku,
        key=key,
        loose=loose_key(key),
        search_text=fold(f"{row.sku} {product.title} {options} {product.external_id}"),
        price_minor=row.price_minor,
        currency=product.currency,
        gone_at=timezone.now() if product.status == "DELETED" else None,
    )
