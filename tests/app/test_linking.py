"""Linking over the database: what a sync brings, what people do, history and undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from entrosdk import ProductStatus
from reference_app import samples
from reference_app.goods import bundles, linking
from reference_app.goods.models import BookedLine, LinkBatch, LinkChange, Listing, Variant
from reference_app.goods.signals import link_changed
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(merchant: Merchant) -> Store:
    """Return another store of the merchant."""
    return samples.store(merchant, "tiktok", "1002")


def variant(merchant: Merchant, sku: str, **more: Any) -> Variant:
    """Put a variant into the catalogue."""
    return Variant.objects.create(merchant=merchant, sku=sku, name=f"Hàng {sku}", **more)


def offered(store: Store, *skus: str, first: int = 0) -> None:
    """Read one product for each SKU, each with one variant."""
    make = Factory.of(store)
    products = []
    for place, sku in enumerate(skus, first):
        product = make.product(place, id=f"p{place}")
        one = evolve(product.variants[0], id=f"v{place}", sku=sku)
        products.append(evolve(product, variants=(one,)))
    DjangoSink(store).commit(commit(store, "products", *products))


def read(store: Store, *skus: str) -> list[Listing]:
    """Read a whole shop of these SKUs and return its listings in that order."""
    offered(store, *skus)
    linking.settle(store)
    return listings(store)


def listings(store: Store) -> list[Listing]:
    """Return the listings of a store in the order they came."""
    return list(Listing.objects.filter(store=store).order_by("product_ref"))


def states(rows: Sequence[Listing]) -> list[tuple[str, str]]:
    """Return state and reason of listings."""
    return [(row.state, row.reason) for row in Listing.objects.filter(pk__in=[r.pk for r in rows])]


def bought(store: Store, number: int, product_ref: str, variant_ref: str) -> str:
    """Store an order of one line and return its id."""
    order = Factory.of(store).order(number)
    line = evolve(order.lines[0], product_id=product_ref, variant_id=variant_ref)
    DjangoSink(store).commit(commit(store, "orders", evolve(order, lines=(line,))))
    return order.id


def booked(order_ref: str) -> list[int]:
    """Return the variants an order's lines were booked with."""
    rows = BookedLine.objects.filter(order_ref=order_ref).order_by("line_ref")
    return list(rows.values_list("variant_id", flat=True))


# What a sync brings


def test_a_read_shop_is_linked_by_sku(merchant: Merchant, store: Store) -> None:
    """Listings with a unique SKU are linked, others are filed with their reason."""
    one = variant(merchant, "AT-01")
    rows = read(store, " at-01", "AT-02", "")
    assert (rows[0].variant, states(rows)) == (
        one,
        [("linked", "unique"), ("missing", "no_match"), ("missing", "no_sku")],
    )


def test_a_half_read_shop_is_not_linked(merchant: Merchant, store: Store) -> None:
    """A SKU is known to be unique in a shop only when the shop was read to its end."""
    variant(merchant, "AT-01")
    offered(store, "AT-01")
    linking.reconsider(merchant, {"at01"})
    offered(store, "AT-01", first=1)
    linking.settle(store)
    assert states(listings(store)) == [("suggested", "twice_in_shop")] * 2


def test_a_second_reading_changes_nothing(merchant: Merchant, store: Store) -> None:
    """Links stay and no history is written when a shop is read again as it was."""
    variant(merchant, "AT-01")
    before = read(store, "AT-01", "AT-02")
    after = read(store, "AT-01", "AT-02")
    assert (states(after), LinkBatch.objects.count()) == (states(before), 1)


def test_a_new_sku_is_judged_anew(merchant: Merchant, store: Store) -> None:
    """When one of two equal SKUs is changed on the marketplace, both can be linked."""
    variant(merchant, "AT-01")
    variant(merchant, "AT-02")
    read(store, "AT-01", "AT-01")
    assert states(read(store, "AT-01", "AT-02")) == [("linked", "unique")] * 2


def test_a_link_outlives_a_changed_sku(merchant: Merchant, store: Store) -> None:
    """What is linked stays linked whatever the marketplace's SKU becomes."""
    one = variant(merchant, "AT-01")
    read(store, "AT-01")
    assert read(store, "OTHER")[0].variant == one


def test_a_deleted_product_is_gone(merchant: Merchant, store: Store) -> None:
    """A listing that the marketplace deleted no longer counts as a second one of its SKU."""
    variant(merchant, "AT-01")
    read(store, "AT-01", "AT-01")
    product = Factory.of(store).product(0, id="p0", status=ProductStatus.DELETED)
    gone = evolve(product, variants=(evolve(product.variants[0], id="v0", sku="AT-01"),))
    DjangoSink(store).commit(commit(store, "products", gone))
    linking.settle(store)
    first, second = listings(store)
    assert (first.gone_at is not None, second.state) == (True, "linked")


def test_a_variant_that_left_its_product_is_gone(store: Store) -> None:
    """A variant missing from its product's new version is gone, and comes back with it."""
    make = Factory.of(store)
    whole = make.product(0)
    fewer = evolve(whole, variants=whole.variants[1:])
    counts = []
    for product in (whole, fewer, whole):
        DjangoSink(store).commit(commit(store, "products", product))
        counts.append(Listing.objects.filter(gone_at=None).count())
    assert (counts, Listing.objects.count()) == ([4, 3, 4], 4)


def test_nothing_is_made_by_itself(merchant: Merchant, store: Store) -> None:
    """Reading a shop puts no variant into the catalogue."""
    read(store, "AT-01", "AT-02")
    assert Variant.objects.filter(merchant=merchant).count() == 0


# When the catalogue changes


def test_a_new_variant_finds_its_listings(merchant: Merchant, store: Store, second: Store) -> None:
    """Listings of all shops that waited for a SKU are linked when the catalogue has it."""
    rows = read(store, "AT-01") + read(second, "AT-01")
    one = variant(merchant, "AT-01")
    linking.reconsider(merchant, {one.loose})
    assert states(rows) == [("linked", "unique")] * 2


def test_a_second_variant_of_a_sku_stops_linking(merchant: Merchant, store: Store) -> None:
    """Two variants with one SKU are a question for a person."""
    variant(merchant, "AT-01")
    variant(merchant, "at-01 ")
    assert states(read(store, "AT-01")) == [("ambiguous", "twice_in_catalogue")]


def test_what_is_no_longer_sold_is_not_linked_to(merchant: Merchant, store: Store) -> None:
    """An inactive variant takes no new link by itself."""
    variant(merchant, "AT-01", active=False)
    assert states(read(store, "AT-01")) == [("missing", "no_match")]


def test_variants_from_listings(
    merchant: Merchant, store: Store, second: Store, owner: User
) -> None:
    """One shop's listings fill the catalogue; other shops' listings find it by SKU."""
    mine = read(store, "AT-01", "AT-02", "")
    theirs = read(second, "AT-02")
    linking.create_from(merchant, [row.pk for row in mine], owner)
    skus = list(Variant.objects.order_by("sku").values_list("sku", flat=True))
    assert (skus, states(mine), states(theirs)) == (
        ["", "AT-01", "AT-02"],
        [("linked", "created")] * 3,
        [("linked", "unique")],
    )


def test_equal_skus_make_one_variant(merchant: Merchant, store: Store, owner: User) -> None:
    """Creating from listings that share a SKU, or from one the catalogue has, doubles nothing."""
    variant(merchant, "AT-09")
    rows = read(store, "AT-01", "AT-01", "AT-09", "AT-09")
    linking.create_from(merchant, [row.pk for row in rows], owner)
    assert (Variant.objects.count(), states(rows)) == (
        2,
        [("linked", "created")] * 2 + [("suggested", "twice_in_shop")] * 2,
    )


# What people do


def test_accepting_a_suggestion(merchant: Merchant, store: Store, owner: User) -> None:
    """An accepted suggestion is a link with its author in the history."""
    one = variant(merchant, "AT-01")
    rows = read(store, "AT-01", "AT-01", "AT-02")
    batch = linking.accept(merchant, [row.pk for row in rows], owner)
    change = LinkChange.objects.filter(batch=batch).first()
    assert change is not None
    assert (states(rows), change.after, change.batch.by) == (
        [("linked", "person")] * 2 + [("missing", "no_match")],
        one,
        owner,
    )


def test_undoing_an_act_as_a_whole(merchant: Merchant, store: Store, owner: User) -> None:
    """Undo takes every link of an act back, and the rules do not make them again."""
    variant(merchant, "AT-01")
    rows = read(store, "AT-01", "AT-01")
    batch = linking.accept(merchant, [row.pk for row in rows], owner)
    assert batch is not None
    linking.undo(merchant, batch, owner)
    linking.settle(store)
    assert (states(rows), linking.last_of(merchant, owner)) == (
        [("suggested", "twice_in_shop")] * 2,
        None,
    )


def test_undo_leaves_later_acts_alone(merchant: Merchant, store: Store, owner: User) -> None:
    """A link that was changed since is not touched by undoing what came before."""
    first, later = variant(merchant, "AT-01"), variant(merchant, "X")
    rows = read(store, "AT-01", "AT-01")
    batch = linking.accept(merchant, [row.pk for row in rows], owner)
    assert batch is not None
    linking.link(merchant, rows[0].pk, later.pk, owner)
    linking.undo(merchant, batch, owner)
    assert first != later
    assert [row.variant for row in listings(store)] == [later, None]


def test_undo_happens_once(merchant: Merchant, store: Store, owner: User) -> None:
    """A second undo of the same act does nothing, even when the same link was made again."""
    one = variant(merchant, "AT-01")
    row = read(store, "AT-02")[0]
    batch = linking.link(merchant, row.pk, one.pk, owner)
    assert batch is not None
    linking.undo(merchant, batch, owner)
    linking.link(merchant, row.pk, one.pk, owner)
    assert (linking.undo(merchant, batch, owner), listings(store)[0].variant) == (None, one)


def test_an_unlinked_listing_is_only_suggested(
    merchant: Merchant, store: Store, owner: User
) -> None:
    """A link that a person took away is not made again by the rules; undo brings it back."""
    one = variant(merchant, "AT-01")
    row = read(store, "AT-01")[0]
    batch = linking.unlink(merchant, [row.pk], owner)
    assert batch is not None
    linking.settle(store)
    after = states([row])
    linking.undo(merchant, batch, owner)
    assert (after, listings(store)[0].variant) == ([("suggested", "held")], one)


def test_doing_it_twice_is_doing_it_once(merchant: Merchant, store: Store, owner: User) -> None:
    """A double click leaves one entry in the history."""
    one = variant(merchant, "AT-01")
    row = read(store, "AT-02")[0]
    linking.link(merchant, row.pk, one.pk, owner)
    assert (linking.link(merchant, row.pk, one.pk, owner), LinkBatch.objects.count()) == (None, 1)


def test_foreign_variants_cannot_be_linked(
    merchant: Merchant, store: Store, other: Merchant, owner: User
) -> None:
    """Neither a foreign variant nor a foreign listing takes part in a link."""
    theirs = variant(other, "AT-01")
    row = read(store, "AT-01")[0]
    with pytest.raises(Variant.DoesNotExist):
        linking.link(merchant, row.pk, theirs.pk, owner)
    mine = variant(other, "B")
    assert (states([row]), linking.link(other, row.pk, mine.pk, owner)) == (
        [("missing", "no_match")],
        None,
    )


# Orders keep what they were booked with


def test_a_line_is_booked_with_the_link_of_its_time(
    merchant: Merchant, store: Store, owner: User
) -> None:
    """Re-linking changes what later orders are booked with, never earlier ones."""
    one, two = variant(merchant, "AT-01"), variant(merchant, "AT-02")
    row = read(store, "AT-01")[0]
    early = bought(store, 1, "p0", "v0")
    linking.link(merchant, row.pk, two.pk, owner)
    late = bought(store, 2, "p0", "v0")
    bought(store, 1, "p0", "v0")  # the early order is read again
    assert (booked(early), booked(late)) == ([one.pk], [two.pk])


def test_a_line_without_a_link_is_booked_when_it_comes(
    merchant: Merchant, store: Store, owner: User
) -> None:
    """An order that came before its link is booked once with the link's variant."""
    order = bought(store, 1, "p0", "v0")
    row = read(store, "AT-02")[0]
    before = booked(order)
    one = variant(merchant, "AT-01")
    linking.link(merchant, row.pk, one.pk, owner)
    assert (before, booked(order)) == ([], [one.pk])


def test_a_foreign_shops_order_is_not_booked(
    merchant: Merchant, store: Store, other: Merchant, owner: User
) -> None:
    """Equal product ids in another shop are other products."""
    theirs = bought(samples.store(other, "lazada", "7"), 1, "p0", "v0")
    variant(merchant, "AT-01")
    read(store, "AT-01")
    assert booked(theirs) == []


def test_others_are_told(merchant: Merchant, store: Store, owner: User) -> None:
    """Each act tells once what moved from where to where, after late lines were booked."""
    order = bought(store, 1, "p0", "v0")
    one = variant(merchant, "AT-01")
    told: list[Any] = []

    def listen(moved: Any, **_: Any) -> None:
        told.append((moved, booked(order)))

    link_changed.connect(listen)
    try:
        row = read(store, "AT-01")[0]
        linking.unlink(merchant, [row.pk], owner)
    finally:
        link_changed.disconnect(listen)
    assert told == [
        ([(row.pk, None, one.pk)], [one.pk]),
        ([(row.pk, one.pk, None)], [one.pk]),
    ]


# Bundles


def test_a_bundle_that_holds_itself_is_refused(merchant: Merchant, other: Merchant) -> None:
    """Circles, foreign components and parts of a single item are refused; nothing changes."""
    box, crate = (variant(merchant, sku, kind="bundle") for sku in ("BOX", "CRATE"))
    single, theirs = variant(merchant, "AT-01"), variant(other, "AT-01")
    bundles.set_parts(box, {single.pk: 2})
    bundles.set_parts(crate, {box.pk: 3})
    with pytest.raises(bundles.Circle):
        bundles.set_parts(box, {crate.pk: 1})
    with pytest.raises(ValueError, match="not in this catalogue"):
        bundles.set_parts(box, {theirs.pk: 1})
    with pytest.raises(ValueError, match="only a bundle"):
        bundles.set_parts(single, {box.pk: 1})
    assert bundles.recipes_of(merchant.pk) == {box.pk: {single.pk: 2}, crate.pk: {box.pk: 3}}


def test_a_merchant_can_be_deleted(merchant: Merchant, store: Store, owner: User) -> None:
    """Linked listings, bundles and booked lines do not hold a merchant back who wants to go."""
    samples.fill(store, orders=3)
    samples.catalogue(store, owner)
    merchant.delete()
    assert (Variant.objects.count(), Listing.objects.count(), BookedLine.objects.count()) == (
        0,
        0,
        0,
    )
