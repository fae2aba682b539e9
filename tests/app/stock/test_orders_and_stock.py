"""Orders move stock, once, whatever order they come in (domain 9.2 and 9.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.db import transaction
from django.test import Client
from django.utils import timezone

from entrosdk import OrderStatus
from reference_app.goods.bundles import set_parts
from reference_app.stock import booking
from reference_app.stock.models import Alert, Movement, Offer, OrderStock, Reservation, Warehouse
from reference_app.stock.offers import Pool
from reference_app.stores.models import Store
from tests.app.stock.conftest import Bench, figures, later, states

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD", "TO_SHIP"])
def test_a_fresh_order_reserves(bench: Bench, status: str) -> None:
    """First seen, even unpaid, its units are held and stay on hand."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    bench.tell(evolve(bench.order(("A", 3)), status=OrderStatus(status)))
    assert figures(shirt) == (10, 3)


def test_one_order_delivered_five_times(bench: Bench) -> None:
    """By push and poll, in any number: held once."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    for _ in range(5):
        bench.tell(order, read_at=timezone.now())
    assert (figures(shirt), Reservation.objects.count()) == ((10, 3), 1)


def test_handed_over(bench: Bench) -> None:
    """The movement and the end of the reservation come together, once."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    bench.tell(order)
    for status in ("PACKED", "SHIPPED", "DELIVERED", "COMPLETED"):
        order = later(order, status)
        bench.tell(order)
    shipped = Movement.objects.filter(kind="ship").values_list("delta", flat=True)
    assert (figures(shirt), list(shipped), states(order)) == ((7, 0), [-3], [("consumed", 3)])


def test_first_seen_on_its_way(bench: Bench) -> None:
    """An order that was handed over before we heard of it leaves the stock at once."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    bench.tell(evolve(bench.order(("A", 3)), status=OrderStatus.SHIPPED))
    assert figures(shirt) == (7, 0)


def test_cancel_before(bench: Bench) -> None:
    """Cancelled before the hand-over: everything is given back."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    bench.tell(order)
    bench.tell(later(order, "CANCELLED"))
    assert (figures(shirt), states(order)) == ((10, 0), [("released", 3)])


def test_cancel_after(bench: Bench) -> None:
    """Cancelled on its way: nothing is given back, it is a return to come."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    for version in (order, later(order, "SHIPPED"), later(order, "CANCELLED", 2)):
        bench.tell(version)
    assert (figures(shirt), OrderStock.objects.get().coming) == ((7, 0), True)


def test_cancel_twice(bench: Bench) -> None:
    """A second cancel gives nothing back again."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    for version in (order, later(order, "CANCELLED"), later(order, "CANCELLED", 2)):
        bench.tell(version)
    assert figures(shirt) == (10, 0)


def test_cancel_early(bench: Bench) -> None:
    """A cancel that comes before its order leaves a tombstone: the order then holds nothing."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    bench.tell(later(order, "CANCELLED"))
    tomb = OrderStock.objects.values_list("phase", flat=True).get()
    bench.tell(order)
    assert (tomb, figures(shirt)) == ("void", (10, 0))


def test_cancel_partial(bench: Bench) -> None:
    """A cancelled line gives its units back, the other one stays held."""
    shirt, hat = bench.variant("A", 10), bench.variant("B", 5)
    bench.listing(shirt)
    bench.listing(hat)
    order = bench.order(("A", 3), ("B", 2))
    bench.tell(order)
    bench.tell(later(order, lines=order.lines[:1]))
    assert (figures(shirt), figures(hat)) == ((10, 3), (5, 0))


def test_a_quantity_that_changes(bench: Bench) -> None:
    """Only the difference moves."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    bench.tell(order)
    bench.tell(later(order, lines=(evolve(order.lines[0], quantity=1),)))
    assert figures(shirt) == (10, 1)


def test_a_fulfilment_that_is_reopened(bench: Bench) -> None:
    """A hand-over that did not happen is taken back by a movement that names it, and can recur."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    for status in ("TO_SHIP", "SHIPPED", "TO_SHIP"):
        order = later(order, status)
        bench.tell(order)
    reopened = figures(shirt)
    names = Movement.objects.filter(reverses__isnull=False).count()
    bench.tell(later(order, "SHIPPED"))
    assert (reopened, names, figures(shirt)) == ((10, 3), 1, (7, 0))


def test_an_order_that_comes_back_to_life(bench: Bench) -> None:
    """A cancelled order that is to be shipped after all holds its units again."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    for version in (order, later(order, "CANCELLED"), later(order, "TO_SHIP", 2)):
        bench.tell(version)
    assert figures(shirt) == (10, 3)


def test_history_touches_nothing(bench: Bench) -> None:
    """Backfilled orders, and their later changes, move no stock."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 3))
    bench.tell(order, history=True)
    bench.tell(later(order, "SHIPPED"))
    old = bench.order(("A", 1), created_at=timezone.now() - timedelta(days=3))
    bench.tell(old)
    assert (figures(shirt), OrderStock.objects.count()) == ((10, 0), 0)


def test_late_link(bench: Bench) -> None:
    """A line without a link is kept, and holds its units once when it is linked."""
    shirt = bench.variant("A", 10)
    listing = bench.listing(None, ref="A")
    order = bench.order(("A", 3))
    bench.tell(order)
    before = figures(shirt)
    listing.state, listing.variant = "linked", shirt
    listing.save()
    booking.relinked([listing.pk])
    booking.relinked([listing.pk])
    bench.tell(later(order))
    assert (before, figures(shirt)) == ((10, 0), (10, 3))


def test_relink(bench: Bench) -> None:
    """Re-linking moves what is held, never what was shipped."""
    shirt, hat = bench.variant("A", 10), bench.variant("B", 10)
    listing = bench.listing(shirt)
    gone, held = bench.order(("A", 1)), bench.order(("A", 3))
    bench.tell(gone, held)
    bench.tell(later(gone, "SHIPPED"))
    listing.variant = hat
    listing.save()
    booking.relinked([listing.pk])
    moved = figures(shirt), figures(hat)
    bench.tell(later(held, "SHIPPED"), later(gone, "COMPLETED", 2))
    assert (moved, figures(shirt), figures(hat)) == (((9, 0), (10, 3)), (9, 0), (7, 0))


def test_links_made_on_the_linking_page_are_followed(bench: Bench, browser_of: Client) -> None:
    """A person links a listing, and links it elsewhere: what orders hold goes along."""
    shirt, hat = bench.variant("A", 10), bench.variant("B", 10)
    listing = bench.listing(None, ref="A")
    bench.tell(bench.order(("A", 3)))
    browser_of.post(f"/linking/{listing.pk}/link/{shirt.pk}/")
    linked = figures(shirt)
    browser_of.post(f"/linking/{listing.pk}/link/{hat.pk}/")
    moved = figures(shirt), figures(hat)
    browser_of.post(f"/linking/{listing.pk}/unlink/")
    assert (linked, moved, figures(hat)) == ((10, 3), ((10, 0), (10, 3)), (10, 0))


def test_a_page_of_orders_takes_few_queries(
    bench: Bench, django_assert_max_num_queries: Any
) -> None:
    """A hundred orders of twenty variants are booked in a fixed number of statements."""
    for number in range(20):
        bench.listing(bench.variant(f"V{number}", 50))
    orders = [bench.order((f"V{n % 20}", 1), (f"V{(n + 7) % 20}", 1)) for n in range(100)]
    with transaction.atomic(), django_assert_max_num_queries(70):
        bench.tell(*orders)


def test_two_channels_sell_the_last_unit(bench: Bench) -> None:
    """Both orders are kept, one unit is oversold, an alert is open, every listing is told zero."""
    shirt = bench.variant("A", 1)
    for store in bench.stores:
        bench.listing(shirt, store)
    orders = [bench.order(("A", 1), store=store) for store in bench.stores]
    for store, order in zip(bench.stores, orders, strict=True):
        bench.tell(order, store=store)
    alert = Alert.objects.get(closed_at=None)
    told = Pool.of(bench.merchant.pk, [shirt.pk]).units(shirt.pk)
    waiting = [offer.is_open for offer in Offer.objects.all()]
    short = list(Reservation.objects.order_by("pk").values_list("short", flat=True))
    assert (short, alert.units, alert.order.order_ref, told, waiting) == (
        [0, 1],
        1,
        orders[1].id,
        0,
        [True, True],
    )


def test_an_alert_closes_when_the_units_are_there(bench: Bench) -> None:
    """Goods that come in end the shortage by themselves."""
    shirt = bench.variant("A", 1)
    bench.listing(shirt)
    bench.tell(bench.order(("A", 3)))
    bench.put(shirt, 2)
    assert Alert.objects.filter(closed_at=None).count() == 0


def test_another_store_is_woken(
    bench: Bench, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    """A sale on one store lets the others, where pushing is on, run at once."""
    from reference_app.stock.models import Channel

    shirt = bench.variant("A", 5)
    for store in bench.stores:
        bench.listing(shirt, store)
    other = bench.stores[1]
    Channel.objects.create(store=other, pushing=True)
    Store.objects.update(next_run_at=timezone.now() + timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        bench.tell(bench.order(("A", 1)))
    due = Store.objects.filter(next_run_at__lte=timezone.now()).values_list("pk", flat=True)
    assert list(due) == [other.pk]


def test_selling_a_bundle_reserves_its_components(bench: Bench) -> None:
    """One set takes two cups and a pot, ships them, and its own units follow."""
    cup, pot = bench.variant("CUP", 14), bench.variant("POT", 9)
    tea = bench.variant("SET", bundle=True)
    set_parts(tea, {cup.pk: 2, pot.pk: 1})
    bench.listing(tea)
    before = Pool.of(bench.merchant.pk, [tea.pk]).units(tea.pk)
    order = bench.order(("SET", 3))
    bench.tell(order)
    held = figures(cup), figures(pot)
    after = Pool.of(bench.merchant.pk, [tea.pk]).units(tea.pk)
    bench.tell(later(order, "SHIPPED"))
    assert (before, held, after, figures(cup), figures(pot)) == (
        7,
        ((14, 6), (9, 3)),
        4,
        (8, 0),
        (6, 0),
    )


def test_a_component_that_changes_tells_every_bundle(bench: Bench) -> None:
    """The listing of a set, and of a set of sets, is told again when one part is sold."""
    cup = bench.variant("CUP", 14)
    pair = bench.variant("PAIR", bundle=True)
    set_parts(pair, {cup.pk: 2})
    four = bench.variant("FOUR", bundle=True)
    set_parts(four, {pair.pk: 2})
    listings = [bench.listing(each) for each in (cup, pair, four)]
    bench.put(cup, 1)
    before = dict(Offer.objects.values_list("listing", "version"))
    bench.tell(bench.order(("CUP", 1)))
    rose = [Offer.objects.get(listing=one).version - before[one.pk] for one in listings]
    assert rose == [1, 1, 1]


def test_the_first_warehouse_that_has_enough_serves(bench: Bench) -> None:
    """An order takes from the warehouse that has it all; a shortage stays where it is."""
    shirt = bench.variant("A", 2)
    bench.listing(shirt)
    second = Warehouse.objects.create(merchant=bench.merchant, name="Kho Hà Nội", rank=2)
    bench.put(shirt, 5, second)
    bench.tell(bench.order(("A", 4)))
    place = Reservation.objects.get().warehouse
    assert (place, Pool.of(bench.merchant.pk, [shirt.pk]).units(shirt.pk)) == (second, 3)


def test_the_sums_agree(bench: Bench, agree: Callable[[], bool]) -> None:
    """After orders of every fate the balances are what ledger and reservations say."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    first, second, third = (bench.order(("A", n)) for n in (1, 2, 9))
    bench.tell(first, second, third)
    bench.tell(later(first, "SHIPPED"), later(second, "CANCELLED"))
    assert agree()
