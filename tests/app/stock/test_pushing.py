"""Pushes against emulated marketplaces (domain 9.3, 9.4, 9.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, field
from django.utils import timezone

from entrosdk.sandbox import TikiProfile
from reference_app import samples
from reference_app.goods.models import Listing, Variant
from reference_app.records.sink import DjangoSink
from reference_app.samples import commit
from reference_app.stock import counting, ledger, pushing, watching
from reference_app.stock.models import Channel, Drift, Movement, Offer, Push
from reference_app.stock.offers import want
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from tests.app.stock.conftest import hand
from tests.sandboxes import Table

pytestmark = pytest.mark.django_db


@define
class Mart:
    """An emulated shop, its store here, and one linked variant of the catalogue."""

    table: Table
    store: Store
    channel: Channel
    variant: Variant
    listing: Listing
    sku: str
    shop: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.shop = self.table.shop()

    def put(self, units: int) -> None:
        """Count so many units."""
        place = ledger.main_warehouse(self.store.merchant_id)
        counting.adjust(place, self.variant.pk, units, hand(), reason="", kind="receive")

    def buy(self, count: int = 1) -> None:
        """Let buyers buy a unit each."""
        self.wait(2)
        body = f'{{"marketplace": "{self.table.name}", "sku": "{self.sku}", "quantity": 1, '
        body += f'"count": {count}}}'
        assert self.table.control("POST", "/control/orders", body.encode()).status == 201
        self.wait(2)

    def lock(self, units: int) -> None:
        """Let a campaign hold units."""
        body = f'{{"marketplace": "{self.table.name}", "sku": "{self.sku}", "units": {units}}}'
        assert self.table.control("POST", "/control/campaigns", body.encode()).status == 201

    def wait(self, seconds: int) -> None:
        """Let time pass at the marketplace."""
        self.table.sleep(seconds)

    def pull(self) -> None:
        """Bring every order here."""
        self.wait(2)
        read_at = self.shop.now()
        orders = self.shop.orders.list(
            updated_from=read_at - timedelta(hours=2), updated_to=read_at
        )
        DjangoSink(self.store).commit(commit(self.store, "orders", *orders, read_at=read_at))
        Store.objects.filter(pk=self.store.pk).update(read_to=read_at)
        self.store.refresh_from_db()

    def look(self) -> None:
        """Read the products as a sync does."""
        self.wait(2)
        read_at = self.shop.now()
        found = self.shop.products.get_many([self.listing.product_ref]).items
        DjangoSink(self.store).commit(commit(self.store, "products", *found, read_at=read_at))

    def push(self) -> int:
        """Push what is open."""
        self.wait(2)
        return pushing.push(self.store, self.channel, self.shop)

    def again(self) -> None:
        """Ask for another push, now."""
        want(self.store.merchant_id, [self.variant.pk])

    @property
    def shown(self) -> int:
        """What the marketplace really shows."""
        truth = {
            variant["sku"]: variant["sellable"]
            for product in self.table.truth()["products"]
            for variant in product["variants"]
        }
        return truth[self.sku]

    @property
    def offer(self) -> Offer:
        """The offer as it is stored."""
        return Offer.objects.get()

    @property
    def outcomes(self) -> list[str]:
        """What became of the pushes, oldest first."""
        return list(Push.objects.order_by("pk").values_list("outcome", flat=True))


def open_mart(merchant: Merchant, name: str, **world: Any) -> Mart:
    """Open a shop without orders on one marketplace."""
    table = Table(name, orders=0, products=3, **world)
    given = table.box.stores()[0]
    store = samples.store(merchant, name, given["shop_id"])
    Store.objects.filter(pk=store.pk).update(connected_at=table.clock() - timedelta(hours=1))
    store.refresh_from_db()
    product = table.truth()["products"][0]
    chosen = product["variants"][0]
    variant = Variant.objects.create(merchant=merchant, sku=chosen["sku"], name="Hàng")
    listing = Listing.objects.create(
        merchant=merchant,
        store=store,
        product_ref=product["id"],
        variant_ref=chosen["id"],
        title="Hàng",
        sku=chosen["sku"],
        state=Listing.State.LINKED,
        variant=variant,
    )
    channel = Channel.objects.create(store=store, pushing=True)
    return Mart(table, store, channel, variant, listing, chosen["sku"])


@pytest.fixture
def mart(merchant: Merchant) -> Iterator[Mart]:
    """Return a Shopee with one linked listing."""
    opened = open_mart(merchant, "shopee")
    yield opened
    opened.shop.close()


@pytest.mark.parametrize("name", ["shopee", "lazada", "tiktok", "tiki"])
def test_every_marketplace_is_told(merchant: Merchant, name: str) -> None:
    """The pool's quantity stands at the marketplace; sales there and the next push follow."""
    mart = open_mart(merchant, name)
    mart.put(17)
    mart.push()
    first = mart.shown
    mart.buy(3)
    mart.pull()
    mart.put(1)
    mart.push()
    assert (first, mart.shown, mart.offer.is_open) == (17, 15, False)


@pytest.mark.parametrize("name", ["tiktok", "tiki"])
def test_a_shop_with_two_warehouses_shows_the_sum(merchant: Merchant, name: str) -> None:
    """Its own warehouses together show what may be sold."""
    from entrosdk.sandbox import TikTokProfile

    profile = TikiProfile(warehouses=2) if name == "tiki" else TikTokProfile()
    mart = open_mart(merchant, name, profile=profile)
    mart.put(7)
    mart.push()
    assert mart.shown == 7


def test_unseen_units_are_not_given_back(mart: Mart) -> None:
    """Pushed 10; 3 known and 2 unknown sales; target 7: the marketplace ends at 5, as it was."""
    mart.put(10)
    mart.push()
    mart.buy(3)
    mart.pull()
    mart.buy(2)
    mart.again()
    mart.push()
    unseen = Push.objects.latest("pk").unseen
    assert (mart.shown, unseen) == (5, 2)


def test_the_correction_ends_when_the_orders_are_known(mart: Mart) -> None:
    """Once the unseen orders were pulled, what is shown is what is left."""
    mart.put(10)
    mart.push()
    mart.buy(2)
    mart.put(5)
    mart.push()
    mart.pull()
    mart.push()
    assert (mart.shown, mart.offer.sent) == (13, 13)


def test_bursts_collapse(mart: Mart) -> None:
    """Ten reasons to tell make one push, and one row that says what was skipped."""
    for _ in range(10):
        mart.put(1)
    mart.push()
    assert (mart.shown, mart.outcomes[0], mart.outcomes[1:]) == (10, "skipped", ["confirmed"])


def test_nothing_is_sent_that_stands_there_already(mart: Mart) -> None:
    """What this store sold itself is shown there already: no write, one skipped row at most."""
    mart.put(10)
    mart.push()
    mart.buy()
    mart.pull()
    told = mart.push()
    assert (told, mart.shown, mart.offer.is_open) == (0, 9, False)


def test_critical_pushes_are_read_back(mart: Mart) -> None:
    """The last units are looked at after the push."""
    mart.put(2)
    mart.push()
    assert mart.offer.outcome == "confirmed"


def test_old_answer_after_new_push(mart: Mart) -> None:
    """A flight that lost its lease changes nothing any more; the newer state stands."""
    mart.put(10)
    (old,) = pushing._take_off(mart.store)
    slow = pushing._Round(mart.store, mart.channel, mart.shop, [old])
    slow.flights = [pushing._Flight(old)]
    slow._look()
    Offer.objects.update(flight_until=timezone.now() - timedelta(seconds=1))
    mart.put(5)
    mart.push()
    newer = Offer.objects.values("version", "done", "sent", "outcome").get()
    slow.flights[0].end(pushing.Outcome.ACCEPTED)
    slow._land()
    assert (Offer.objects.values("version", "done", "sent", "outcome").get(), newer["sent"]) == (
        newer,
        15,
    )


def test_one_flight_for_each_listing(mart: Mart) -> None:
    """While a push is on its way nobody sends another one."""
    mart.put(10)
    first = pushing._take_off(mart.store)
    mart.put(1)
    assert (len(first), pushing._take_off(mart.store)) == (1, [])


def test_lock_then_release(mart: Mart) -> None:
    """Below what a campaign holds is refused as locked; when it ends the listing is told again."""
    mart.put(20)
    mart.push()
    mart.lock(10)
    place = ledger.main_warehouse(mart.store.merchant_id)
    counting.adjust(place, mart.variant.pk, -15, hand(), reason="x")
    mart.push()
    refused = mart.offer
    mart.lock(0)
    mart.look()
    mart.push()
    assert (refused.refusal, refused.locked, refused.is_open, mart.shown, mart.offer.outcome) == (
        "LOCKED",
        10,
        True,
        5,
        "confirmed",
    )


def test_a_lock_is_asked_for_quietly(mart: Mart) -> None:
    """While the campaign lasts nothing is sent again and the log does not grow."""
    mart.put(20)
    mart.push()
    mart.lock(10)
    place = ledger.main_warehouse(mart.store.merchant_id)
    counting.adjust(place, mart.variant.pk, -15, hand(), reason="x")
    mart.push()
    rows = Push.objects.count()
    Offer.objects.update(retry_at=None)
    mart.push()
    assert (Push.objects.count(), mart.offer.refusal, mart.offer.reason != "") == (
        rows,
        "LOCKED",
        True,
    )


def test_accepted_but_unchanged(merchant: Merchant) -> None:
    """Tiki accepts and shows the old number: it is tried again, and confirmed once it shows."""
    mart = open_mart(merchant, "tiki", profile=TikiProfile(stock_delay=60))
    mart.put(3)
    mart.push()
    first = mart.offer
    mart.wait(120)
    Offer.objects.update(retry_at=None)
    mart.push()
    assert (first.outcome, first.is_open, mart.shown, mart.offer.is_open) == (
        "retrying",
        True,
        3,
        False,
    )


def test_a_sale_before_an_accepted_push_takes_effect(merchant: Merchant) -> None:
    """The late effect gives the sold unit back: the listing is looked at again, and told less."""
    mart = open_mart(merchant, "tiki", profile=TikiProfile(stock_delay=20))
    mart.put(50)
    mart.push()
    mart.buy()
    mart.wait(60)
    overwritten = mart.shown
    for _ in range(2):
        mart.pull()
        Offer.objects.update(retry_at=None)
        mart.push()
        mart.wait(60)
    mart.push()
    assert (overwritten, mart.shown) == (50, 49)


def test_crash_between_remote_accept_and_local_save(mart: Mart) -> None:
    """The marketplace took it, we died: the flight is taken over and nothing is sold twice."""
    mart.put(10)
    mart.push()
    mart.put(5)
    doomed = pushing._Round(mart.store, mart.channel, mart.shop, pushing._take_off(mart.store))
    doomed.flights = [pushing._Flight(offer) for offer in doomed.offers]
    doomed._look()
    doomed._note_going(doomed.flights)
    doomed._send(doomed.flights)
    Offer.objects.update(flight_until=timezone.now() - timedelta(seconds=1))
    mart.wait(2)
    mart.buy(2)
    mart.push()
    unseen = Push.objects.latest("pk").unseen
    assert (mart.shown, unseen, mart.offer.maybe, mart.offer.is_open) == (13, 2, None, False)


def test_a_lost_answer_is_looked_at(mart: Mart) -> None:
    """Whatever the network does to a push, the next ones end at the right number."""
    mart.put(10)
    mart.push()
    mart.put(4)
    mart.table.fault("drop_reply", match="update_stock", times=1)
    mart.push()
    mart.table.control("DELETE", "/control/faults")
    Offer.objects.update(retry_at=None)
    mart.push()
    assert (mart.shown, mart.offer.sent, mart.offer.is_open) == (14, 14, False)


def test_deleted_listing(mart: Mart) -> None:
    """A listing that is gone is refused with its reason, and not tried for ever."""
    Listing.objects.update(product_ref="999999999")
    mart.put(10)
    mart.push()
    offer = mart.offer
    assert (offer.outcome, offer.refusal, offer.is_open) == ("refused", "NOT_FOUND", False)


def test_a_share_that_changes_is_told(mart: Mart) -> None:
    """Another share of a channel is found by the next run without anybody noting it."""
    mart.put(20)
    mart.push()
    mart.channel.percent = 80
    mart.channel.buffer = 1
    mart.channel.save()
    found = pushing.refresh(mart.store, mart.channel)
    mart.push()
    assert (found, mart.shown, pushing.refresh(mart.store, mart.channel)) == (1, 15, 0)


def test_last_units_to_one_store(mart: Mart, merchant: Merchant) -> None:
    """Where another store takes the last units, this one is told zero."""
    other = samples.store(merchant, "lazada", "7777")
    Channel.objects.create(store=other, pushing=True, takes_last=True, last_units=3)
    mart.put(5)
    mart.push()
    before = mart.shown
    place = ledger.main_warehouse(merchant.pk)
    counting.adjust(place, mart.variant.pk, -2, hand(), reason="x", kind=Movement.Kind.ADJUST)
    mart.push()
    assert (before, mart.shown) == (5, 0)


# Drift


def drifted(mart: Mart) -> list[tuple[str, int, bool]]:
    """Read the listing, judge, and return the open drifts."""
    mart.wait(5)
    mart.look()
    mart.pull()
    watching.judge(mart.store, mart.channel)
    rows = Drift.objects.filter(closed_at=None)
    return [(row.cause, row.units, row.corrected) for row in rows]


def by_hand(mart: Mart, units: int) -> None:
    """Change the stock at the marketplace by hand."""
    from entrosdk import StockChange

    change = StockChange(
        product_id=mart.listing.product_ref, variant_id=mart.listing.variant_ref, quantity=units
    )
    mart.wait(5)
    assert mart.shop.products.set_stock([change])[0].ok


def test_no_drift(mart: Mart) -> None:
    """What was sold and is known is no drift."""
    mart.put(10)
    mart.push()
    mart.buy(3)
    assert drifted(mart) == []


def test_a_manual_edit_is_found_and_corrected(mart: Mart) -> None:
    """Inside the bound a changed number is put right without a person."""
    mart.put(10)
    mart.push()
    by_hand(mart, 13)
    found = drifted(mart)
    mart.push()
    assert (found, mart.shown) == ([("manual", 3, True)], 10)


def test_a_large_drift_waits_for_a_person(mart: Mart) -> None:
    """Beyond the bound nothing is corrected by itself."""
    mart.put(10)
    mart.push()
    by_hand(mart, 60)
    found = drifted(mart)
    mart.push()
    assert (found, mart.shown) == ([("manual", 50, False)], 60)


def test_a_drift_that_is_over_is_closed(mart: Mart) -> None:
    """A listing that shows what it should again leaves the list."""
    mart.put(10)
    mart.push()
    by_hand(mart, 13)
    drifted(mart)
    mart.push()
    assert drifted(mart) == []
