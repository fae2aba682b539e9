"""What a plan limits: stores, orders, and how often stores are read (domain 8.6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from entrosdk import Grant, OrderStatus, Secret, ShopInfo
from reference_app import samples
from reference_app.billing import changing, renewing, standing, storing
from reference_app.billing.limits import PlanFull
from reference_app.billing.models import BillingAccount, PlanVersion, Subscription, UsageCount
from reference_app.records.sink import DjangoSink
from reference_app.stores import connecting
from reference_app.stores.models import Delivery, Store
from reference_app.syncing import jobs, pace
from reference_app.tenants.models import Merchant
from tests.app.billing.conftest import Customer, sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(merchant: Merchant) -> Merchant:
    """A merchant in trial of the smallest plan: two stores, a thousand orders."""
    changing.change(merchant, sold("starter"), timezone.now())
    return merchant


def _connect(merchant: Merchant, shop: str) -> Store:
    from entrosdk import App

    app = App("2000001", secret=Secret("not-a-real-secret"))
    claim = connecting.Claim(
        marketplace="shopee", shop_id=shop, app=app, grant=Grant(access_token=Secret("a"))
    )
    info = ShopInfo(marketplace="shopee", id=shop, name=shop, region="VN", currency="VND")
    return connecting.keep(merchant, connecting.Tested(claim, info, claim.grant))


def test_stores_at_the_limit_and_above(small: Merchant) -> None:
    """The second is connected, the third is not, until one rests or the plan is bigger."""
    first, _ = _connect(small, "1"), _connect(small, "2")
    with pytest.raises(PlanFull):
        _connect(small, "3")
    assert not Store.objects.filter(merchant=small, shop_id="3").exists()
    Store.objects.filter(pk=first.pk).update(state=Store.State.PAUSED)
    _connect(small, "3")
    with pytest.raises(PlanFull):
        _connect(small, "4")
    changing.change(small, sold("growth"), timezone.now())
    _connect(small, "4")


def test_a_store_is_connected_again_at_the_limit(small: Merchant) -> None:
    """A store that runs takes no second place when its tokens are renewed."""
    _connect(small, "1")
    _connect(small, "2")
    _connect(small, "2")


def test_resuming_needs_a_place(small: Merchant, browser_of: Client) -> None:
    """A paused store stays paused while the plan is full, and the page says why."""
    for shop in ("1", "2"):
        samples.store(small, "shopee", shop)
    third = samples.store(small, "shopee", "3")
    Store.objects.filter(pk=third.pk).update(state=Store.State.PAUSED)
    page = browser_of.post(f"/stores/{third.pk}/resume/", follow=True).content.decode()
    assert "chỗ cho 2 gian hàng" in page
    assert Store.objects.get(pk=third.pk).state == "paused"


def _stored(store: Store, *orders: Any, **rest: Any) -> None:
    DjangoSink(store).commit(samples.commit(store, "orders", *orders, **rest))


def _orders(store: Store, count: int, **changes: Any) -> list[Any]:
    make = samples.Factory.of(store)
    facts = {"status": OrderStatus.TO_SHIP, "created_at": timezone.now(),
             "updated_at": timezone.now(), **changes}  # fmt: skip
    return [make.order(number, **facts) for number in range(count)]


def test_what_counts(store: Store, django_assert_max_num_queries: Any) -> None:
    """Confirmed orders, once; not history, unpaid or cancelled before, nor of before."""
    told = _orders(store, 5)
    _stored(store, *told)
    _stored(
        store, *[evolve(one, updated_at=timezone.now(), status=OrderStatus.SHIPPED) for one in told]
    )
    assert UsageCount.objects.count() == 5
    late = _orders(store, 1, status=OrderStatus.UNPAID)
    late = [evolve(one, id="late") for one in late]
    _stored(store, *late)
    assert UsageCount.objects.count() == 5
    later = timezone.now() + timedelta(seconds=5)
    _stored(store, *[evolve(one, updated_at=later, status=OrderStatus.PACKED) for one in late])
    assert UsageCount.objects.count() == 6
    _stored(store, *[evolve(one, id="gone", status=OrderStatus.CANCELLED) for one in late])
    _stored(store, *[evolve(one, id="old") for one in told[:1]], history=True)
    before = store.connected_at - timedelta(days=2)
    _stored(store, *[evolve(one, id="before", created_at=before) for one in told[:1]])
    assert UsageCount.objects.count() == 6


def test_counting_costs_the_same_for_any_page(store: Store, django_assert_num_queries: Any) -> None:
    """Two statements, whatever the number of orders."""
    from reference_app.billing import counting
    from reference_app.records.models import Order

    _stored(store, *_orders(store, 30))
    rows = tuple(Order.objects.filter(store=store))
    for some in (rows[:1], rows):
        with django_assert_num_queries(2):
            counting.count(store=store, new=some, changed=(), history=False)


def _used(merchant: Merchant, count: int) -> None:
    today = timezone.localdate()
    UsageCount.objects.bulk_create(
        UsageCount(
            merchant=merchant, channel="shopee", shop="1", order_ref=f"u{n}", ordered_on=today
        )
        for n in range(count)
    )
    BillingAccount.objects.filter(merchant=merchant).update(usage_changed_at=timezone.now())


def test_orders_at_the_limit_and_above(small: Merchant) -> None:
    """At N all is as before; at N + 1 orders still arrive, slower, and no store is added."""
    plan = PlanVersion.objects.get(code="starter", interval="month")
    _used(small, plan.orders or 0)
    found = standing.standing(small, timezone.now())
    assert (found.slowed, found.sync_seconds, found.may_connect) == (False, 1800, True)
    store = _connect(small, "1")
    _stored(store, *_orders(store, 1))
    renewing.renew_all(timezone.now())
    found = standing.standing(small, timezone.now())
    assert (found.slowed, found.sync_seconds, found.may_connect) == (True, 3600, False)
    assert pace.pause_of(store, timezone.now()) == timedelta(hours=1)
    with pytest.raises(PlanFull):
        _connect(small, "2")
    changing.change(small, sold("growth"), timezone.now())
    assert pace.pause_of(store, timezone.now()) < timedelta(minutes=5)
    assert Store.objects.get(pk=store.pk).next_run_at <= timezone.now()


def test_warnings_at_80_and_100_percent(
    small: Merchant,
    owner: Any,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    """One mail for each mark, however often the job looks."""
    for count in (799, 800, 900, 1000, 1200):
        UsageCount.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            _used(small, count)
            renewing.renew_all(timezone.now())
    assert [mail.subject.split(" %")[0] for mail in mailoutbox] == ["Đã dùng 80", "Đã dùng 100"]


class _Listed:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def enqueue(self, job: Any) -> None:
        self.jobs.append(job)


def test_no_sync_while_service_rests(customer: Customer, store: Store) -> None:
    """Stores wait, with their place in line; a payment lets them go on."""
    Store.objects.filter(pk=store.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
    Delivery.objects.create(store=store, delivery_id="1", kind="OrderChanged")
    renewing.bring(customer.merchant.pk, timezone.now())  # far behind, so it is all due today
    ahead = timezone.now() + timedelta(days=10)
    renewing.bring(customer.merchant.pk, ahead)
    taken = _Listed()
    assert (jobs.hand_over(taken), jobs.hand_over_hints(taken)) == (0, 0)  # type: ignore[arg-type]
    for invoice in customer.invoices[1:]:
        customer.pay(ahead.date().isoformat(), invoice.total, invoice=invoice)
    assert jobs.hand_over(taken) == 1  # type: ignore[arg-type]


def test_pushes_are_followed_at_once_only_in_real_time(small: Merchant) -> None:
    """A plan with a schedule leaves them to it."""
    store = samples.store(small, "shopee", "1")
    Delivery.objects.create(store=store, delivery_id="1", kind="OrderChanged")
    taken = _Listed()
    assert jobs.hand_over_hints(taken) == 0  # type: ignore[arg-type]
    assert pace.pause_of(store, timezone.now()) == timedelta(minutes=30)
    changing.change(small, sold("growth"), timezone.now())
    assert jobs.hand_over_hints(taken) == 1  # type: ignore[arg-type]


def test_beyond_the_limit_stores_pause_with_their_data(small: Merchant) -> None:
    """Without a choice those stay that were connected first."""
    made = [samples.store(small, "shopee", str(n)) for n in range(4)]
    beyond = storing.fit(small.pk, 2)
    assert [one.pk for one in beyond] == [one.pk for one in made[2:]]
    assert Store.objects.filter(merchant=small).count() == 4


def test_one_trial_for_each_shop(merchant: Merchant, other: Merchant) -> None:
    """A shop that had its trial with another account ends this one's."""
    first = _connect(merchant, "77")
    Store.objects.filter(pk=first.pk).update(state=Store.State.DISCONNECTED)
    _connect(other, "77")
    found = standing.standing(other, timezone.now())
    assert (found.state, found.in_trial_until) == ("active", None)
    subscription = Subscription.objects.get(merchant=other)
    renewing.bring(other.pk, timezone.now())
    assert subscription.invoices.get().total == 646_920
