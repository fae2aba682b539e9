"""Finding orders: ids, phones, names, deadlines, sorts, views; and what the tables give away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.db import connection
from django.test import Client
from django.utils import timezone

from entrosdk import OrderStatus, Package, Recipient
from reference_app import samples
from reference_app.goods.models import Listing, Variant
from reference_app.orders.models import SavedFilter
from reference_app.records import queries
from reference_app.records.forgetting import forget_recipients
from reference_app.records.models import Order, PersonToken
from reference_app.records.sink import DjangoSink
from reference_app.records.tokens import of_person
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store
from reference_app.tenants.models import Membership, Merchant, User

pytestmark = pytest.mark.django_db


def put(store: Store, *orders: Any) -> None:
    """Store orders."""
    DjangoSink(store).commit(commit(store, "orders", *orders))


def found(client: Client, query: str) -> list[str]:
    """Return the ids of the orders a query string finds."""
    return [order.external_id for order in client.get(f"/orders/?{query}").context["page"].orders]


_HANH = Recipient(name="Đặng Thị Hạnh", phone="+84912345678")


@pytest.fixture
def two(store: Store) -> list[Any]:
    """Return two orders of two people, the newer first."""
    make, now = Factory.of(store), timezone.now()
    people = [
        _HANH,
        Recipient(name="Trần V** Đức", phone="******4321"),
    ]
    orders = []
    for place, person in enumerate(people):
        status = (OrderStatus.TO_SHIP, OrderStatus.PACKED)[place]
        order = make.order(
            place + 1, status=status, recipient=person, cod=place == 0,
            created_at=now - timedelta(hours=place + 1),
            ship_by=now + timedelta(hours=(-1, 30)[place]),
            packages=(Package(id="P", tracking_number=f"SPXVN00{place}"),),
        )  # fmt: skip
        line = evolve(order.lines[0], name="Áo", sku=f"SKU-{place}")
        orders.append(evolve(order, lines=(line,)))
    put(store, *orders)
    return orders


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("q=SPXVN001", [1]), ("q=SKU-0", [0]), ("q=5678", [0]), ("q=45678", [0]),
        ("q=0912345678", [0]), ("q=%2B84+912+345+678", [0]), ("q=4321", [1]), ("q=567", []),
        ("q=dang+hanh", [0]), ("q=Hạnh", [0]), ("q=duc", [1]), ("q=hanh+duc", []),
        ("due=late", [0]), ("due=today", [0]), ("cod=1", [0]), ("marketplace=shopee", [0, 1]),
        ("marketplace=tiki", []), ("sort=old", [1, 0]), ("sort=due", [0, 1]),
    ],
)  # fmt: skip
def test_orders_are_found(
    browser_of: Client, two: list[Any], query: str, places: list[int]
) -> None:
    """Tracking number, SKU, phone tail and name lead to the order; filters and sorts hold."""
    assert found(browser_of, query) == [two[place].id for place in places]


@pytest.mark.parametrize("query", ["q=dang+hanh", "q=5678"])
def test_people_that_are_met_often_are_found_on_the_way(
    browser_of: Client, two: list[Any], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More recipients than are named one by one are looked for in the list's order."""
    monkeypatch.setattr(queries, "_FEW", 0)
    assert found(browser_of, query) == [two[0].id]


def test_no_name_or_phone_is_stored(two: list[Any]) -> None:
    """No column of any table of records holds a word of a name or a tail of a phone."""
    words = ["hạnh", "hanh", "đặng", "dang", "912345678", "345678"]
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names() if "records" in name]
        for name in names:
            cursor.execute(f"SELECT * FROM {name}")
            rows = str(cursor.fetchall()).lower()
            assert [word for word in words if word in rows] == []


def test_tokens_of_two_merchants_have_nothing_in_common(
    merchant: Merchant, other: Merchant
) -> None:
    """The same person leaves other tokens at each merchant."""
    person = ("Đặng Thị Hạnh", "0912345678")
    assert of_person(merchant, *person) & of_person(other, *person) == set()


def test_tokens_go_with_the_recipient(two: list[Any]) -> None:
    """Once a recipient is forgotten, nothing is left to find the order by."""
    Order.objects.update(status="COMPLETED", updated_at=timezone.now() - timedelta(days=91))
    forget_recipients()
    assert PersonToken.objects.count() == 0


def test_orders_with_unlinked_products(browser_of: Client, two: list[Any], store: Store) -> None:
    """An order leaves the view of unlinked products once each of its lines is linked."""
    before = found(browser_of, "links=missing")
    line = two[0].lines[0]
    variant = Variant.objects.create(merchant=store.merchant, sku=line.sku, name="Áo")
    keys = {"store": store, "product_ref": line.product_id, "variant_ref": line.variant_id}
    Listing.objects.update_or_create(
        **keys, defaults={"merchant": store.merchant, "variant": variant, "state": "linked"}
    )
    assert (before, found(browser_of, "links=missing")) == (
        [order.id for order in two],
        [two[1].id],
    )


@pytest.mark.parametrize("sort", ["new", "old", "due", "total"])
def test_every_sort_visits_every_order_once(browser_of: Client, store: Store, sort: str) -> None:
    """Pages tile the list in each sort, orders without a deadline and ties included."""
    make = Factory.of(store)
    same = timezone.now() - timedelta(hours=1)
    put(
        store,
        *(
            make.order(
                n,
                created_at=same,
                ship_by=None if n % 3 else same,
                status=OrderStatus.TO_SHIP,
            )
            for n in range(1, 121)
        ),
    )
    pages, after = [], ""
    while True:
        page = browser_of.get(f"/orders/?sort={sort}&after={after}").context["page"]
        pages.append([order.pk for order in page.orders])
        after = page.older
        if not after:
            break
    back = browser_of.get(f"/orders/?sort={sort}&before={page.newer}").context["page"]
    seen = [pk for one in pages for pk in one]
    assert (len(seen), len(set(seen)), [o.pk for o in back.orders]) == (120, 120, pages[-2])


def test_a_filter_is_saved_and_deleted(browser_of: Client, two: list[Any]) -> None:
    """A named filter stands among the views, marked where it applies, until it is deleted."""
    browser_of.post("/orders/filters/", {"name": "Đơn Hà Nội", "query": "cod=1&after=x&status="})
    saved = SavedFilter.objects.get()
    views = browser_of.get("/orders/?cod=1").context["views"]
    here = [view.name for view in views if view.current and view.pk]
    browser_of.post(f"/orders/filters/{saved.pk}/delete/")
    assert (saved.query, here, SavedFilter.objects.count()) == ("cod=1", ["Đơn Hà Nội"], 0)


def test_a_saved_filter_is_its_owners(browser_of: Client, merchant: Merchant) -> None:
    """A colleague neither sees nor deletes it."""
    colleague = User.objects.create_user("dong@example.vn")
    Membership.objects.create(user=colleague, merchant=merchant)
    sealed = merchant.seal().seal("cod=1", "filter")
    theirs = SavedFilter.objects.create(
        merchant=merchant, user=colleague, name="Của tôi", sealed=sealed
    )
    views = browser_of.get("/orders/").context["views"]
    code = browser_of.post(f"/orders/filters/{theirs.pk}/delete/").status_code
    assert ([view for view in views if view.pk], code) == ([], 404)


def test_the_recipient_in_full_is_written_down(browser_of: Client, two: list[Any]) -> None:
    """Showing a name and phone leaves a line in the audit log, which the owner can read."""
    order = two[0]
    page = browser_of.post(f"/orders/shopee/1001/{order.id}/reveal/").content.decode()
    log = browser_of.get("/settings/audit/").content.decode()
    assert ("Đặng Thị Hạnh" in page, order.number in log, "Hạnh" in log) == (True, True, False)


@pytest.mark.parametrize("query", ["q=hanh", "q=5678", "due=late&sort=due", "marketplace=lazada"])
def test_searching_asks_as_often_over_many_rows(
    browser_of: Client, store: Store, query: str, django_assert_num_queries: Any
) -> None:
    """Query counts of searches and filters do not grow with the rows."""
    from django.test.utils import CaptureQueriesContext

    # Every search finds something from the start: an empty page asks less.
    samples.fill(store, orders=40)
    samples.fill(samples.store(store.merchant, "lazada", "1999"), orders=40)
    late = {"status": OrderStatus.TO_SHIP, "ship_by": timezone.now() - timedelta(hours=1)}
    put(store, evolve(Factory.of(store).order(900), recipient=_HANH, **late))
    with CaptureQueriesContext(connection) as few:
        browser_of.get(f"/orders/?{query}")
    for number in range(3):
        samples.fill(samples.store(store.merchant, "lazada", f"20{number}0"), orders=40)
    with django_assert_num_queries(len(few)):
        browser_of.get(f"/orders/?{query}")
