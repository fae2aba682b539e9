"""Links as a file: one line for each listing, found again by the marketplace's ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from reference_app.goods.files.reading import Bad, Columns, Row
from reference_app.goods.keys import key_of
from reference_app.goods.linking import Move
from reference_app.goods.models import Listing, Variant
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

__all__ = ["COLUMNS", "NEEDED", "NO_LINK", "Sorted", "lines", "sort_out"]

COLUMNS: Columns = {
    "marketplace": ("marketplace", "sàn"),
    "shop_id": ("shop_id", "mã gian hàng"),
    "product_id": ("product_id", "mã sản phẩm"),
    "variant_id": ("variant_id", "mã phân loại"),
    "variant_sku": ("variant_sku", "sku hàng hóa"),
    "listing_sku": ("listing_sku", "sku trên sàn"),
    "title": ("title", "tên trên sàn"),
    "state": ("state", "trạng thái"),
}
NEEDED = ("marketplace", "shop_id", "product_id", "variant_id", "variant_sku")
NO_LINK = "(none)"
"""What takes a link away; an empty cell leaves it."""


@frozen
class Sorted:
    """What some lines ask for."""

    moves: tuple[Move, ...]
    same: int
    bad: tuple[Bad, ...]


def lines(merchant: Merchant) -> Iterator[list[object]]:
    """Yield the cells of every live listing."""
    rows = Listing.objects.filter(merchant=merchant, gone_at=None).select_related(
        "store", "variant"
    )
    for row in rows.order_by("pk").iterator(chunk_size=1000):
        title = f"{row.title} – {row.options}" if row.options else row.title
        yield [
            row.store.marketplace, row.store.shop_id, row.product_ref, row.variant_ref,
            row.variant.sku if row.variant else "", row.sku, title, row.state,
        ]  # fmt: skip


def sort_out(merchant: Merchant, rows: Sequence[Row]) -> Sorted:
    """Say which links some lines change, and which lines cannot be followed."""
    stores = {
        (store.marketplace, store.shop_id): store.pk
        for store in Store.objects.filter(merchant=merchant)
    }
    listings = _listings(list(stores.values()), rows)
    skus = _skus(merchant, rows)
    moves: list[Move] = []
    bad: list[Bad] = []
    for row in rows:
        cells = row.cells
        store = stores.get((cells["marketplace"].casefold(), cells["shop_id"]))
        listing = listings.get((store, cells["product_id"], cells["variant_id"]))
        found = _asked(row, listing, skus)
        if isinstance(found, Bad):
            bad.append(found)
        elif found is not None:
            moves.append(found)
    return Sorted(tuple(moves), len(rows) - len(moves) - len(bad), tuple(bad))


def _asked(row: Row, listing: Listing | None, skus: dict[str, list[int]]) -> Move | Bad | None:
    sku = row.cells["variant_sku"]
    if listing is None:
        return Bad(row.line, "no_listing", row.text)
    if not sku:
        return None
    if sku == NO_LINK:
        gone = Move(listing.pk, None, Listing.Reason.HELD, held=True)
        return gone if listing.variant_id else None
    found = skus.get(key_of(sku), [])
    if len(found) != 1:
        return Bad(row.line, "sku_twice_here" if found else "unknown_sku", row.text, sku[:60])
    if listing.variant_id == found[0]:
        return None
    return Move(listing.pk, found[0], Listing.Reason.FILE)


def _listings(
    stores: Sequence[int], rows: Sequence[Row]
) -> dict[tuple[int | None, str, str], Listing]:
    refs = {row.cells["product_id"] for row in rows}
    found = Listing.objects.filter(store__in=stores, product_ref__in=refs, gone_at=None)
    return {(row.store_id, row.product_ref, row.variant_ref): row for row in found}


def _skus(merchant: Merchant, rows: Sequence[Row]) -> dict[str, list[int]]:
    keys = {key_of(row.cells["variant_sku"]) for row in rows} - {""}
    found: dict[str, list[int]] = {}
    rows_of = Variant.objects.filter(merchant=merchant, key__in=keys)
    for key, pk in rows_of.values_list("key", "pk"):
        found.setdefault(key, []).append(pk)
    return found
