"""Which variant an order line stands for: written once, when order and link are both there.

A re-linked listing changes no line that was booked (domain rules 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection
from django.utils import timezone

from reference_app.goods.models import BookedLine
from reference_app.stores.models import Store

__all__ = ["book_listings", "book_orders", "variants_of"]

_CHUNK = 500  # ids in one statement; SQLite allows about a thousand values

# One statement in place of a row each: a first link may find 100,000 lines waiting.
_BOOK = """
    INSERT INTO goods_bookedline
        (merchant_id, store_id, order_ref, line_ref, listing_id, variant_id, booked_at)
    SELECT listing.merchant_id, listing.store_id, bought.external_id, line.external_id,
           listing.id, listing.variant_id, %s
    FROM goods_listing AS listing
    JOIN records_orderline AS line
      ON line.product_id = listing.product_ref AND line.variant_id = listing.variant_ref
    JOIN records_order AS bought
      ON bought.id = line.order_id AND bought.store_id = listing.store_id
    WHERE listing.variant_id IS NOT NULL AND {which}
    ON CONFLICT DO NOTHING
"""


def book_orders(store: Store, order_refs: Sequence[str]) -> None:
    """Book the lines of a store's orders that have a link and no booking; repeats are harmless."""
    for part in _parts(order_refs):
        marks = ", ".join(["%s"] * len(part))
        which = f"bought.store_id = %s AND bought.external_id IN ({marks})"
        _run(which, [store.pk, *part])


def book_listings(listing_ids: Sequence[int]) -> None:
    """Book every line that waited for one of these listings to be linked."""
    for part in _parts(listing_ids):
        _run(f"listing.id IN ({', '.join(['%s'] * len(part))})", list(part))


def variants_of(store: Store, order_refs: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return the variant of each booked line, by order and line."""
    found: dict[tuple[str, str], int] = {}
    for part in _parts(order_refs):
        rows = BookedLine.objects.filter(store=store, order_ref__in=part)
        for order_ref, line_ref, variant in rows.values_list("order_ref", "line_ref", "variant_id"):
            found[order_ref, line_ref] = variant
    return found


def _run(which: str, values: Sequence[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BOOK.format(which=which), [timezone.now(), *values])


def _parts(values: Sequence[object]) -> Iterator[Sequence[object]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
