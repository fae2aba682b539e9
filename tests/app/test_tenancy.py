"""One merchant never sees or changes what is another's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from reference_app import samples
from reference_app.goods.models import Errand, LinkBatch, Listing, Variant
from reference_app.orders import tickets
from reference_app.orders.models import Act, ActItem, LabelFile
from reference_app.records.models import Order, Payout, Quarantined, Return
from reference_app.settling.models import OrderMoney
from reference_app.stock.models import (
    Balance,
    Channel,
    Drift,
    Movement,
    Offer,
    OrderStock,
    Transfer,
)
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Membership, Merchant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign(other: Merchant) -> Store:
    """Return somebody else's store with something of everything."""
    store = samples.store(other, "shopee", "9001")
    samples.fill(store, orders=12)
    owner = User.objects.get(memberships__merchant=other)
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    return store


def routes(store: Store) -> list[tuple[str, str]]:
    """Return method and address of every route that names a row of `store`."""
    run = SyncRun.objects.filter(store=store).latest("id").pk
    held = Quarantined.objects.get(store=store).pk
    order = Order.objects.filter(store=store).latest("id").external_id
    payout = Payout.objects.filter(store=store).latest("id").pk
    money = OrderMoney.objects.filter(store=store).latest("id").pk
    item = Return.objects.filter(store=store).latest("id").pk
    return [
        ("get", f"/stores/{store.pk}/authorise/"),
        ("post", f"/stores/{store.pk}/authorise/"),
        ("post", f"/stores/{store.pk}/pause/"),
        ("post", f"/stores/{store.pk}/resume/"),
        ("get", f"/stores/{store.pk}/disconnect/"),
        ("post", f"/stores/{store.pk}/disconnect/"),
        ("post", f"/sync/{store.pk}/start/"),
        ("get", f"/sync/runs/{run}/"),
        ("get", f"/sync/quarantine/{held}/"),
        ("post", f"/sync/quarantine/{held}/retry/"),
        ("get", f"/orders/shopee/{store.shop_id}/{order}/"),
        ("post", f"/payments/orders/{money}/mark/"),
        ("get", f"/payments/payouts/{payout}/"),
        ("get", f"/payments/terms/{store.pk}/"),
        ("post", f"/payments/terms/{store.pk}/rates/"),
        ("get", f"/returns/{item}/"),
        ("get", f"/returns/{item}/reasons/"),
        ("post", f"/returns/{item}/accept/"),
        ("post", f"/returns/{item}/dispute/"),
        ("get", f"/orders/shopee/{store.shop_id}/{order}/ship/"),
        ("get", f"/orders/shopee/{store.shop_id}/{order}/accept/"),
        ("post", f"/orders/shopee/{store.shop_id}/{order}/reveal/"),
        ("get", f"/orders/acts/{act_of(store, order).pk}/"),
        ("get", f"/orders/acts/{act_of(store, order).pk}/labels/"),
        *goods_routes(store),
        *stock_routes(store),
    ]


def stock_routes(store: Store) -> list[tuple[str, str]]:
    """Return the routes of stock that name a row of `store` or its merchant."""
    mine = {"merchant": store.merchant}
    place = Balance.objects.filter(**mine).latest("id")
    variant = place.variant_id
    movement = Movement.objects.filter(**mine).latest("id").pk
    transfer = Transfer.objects.filter(**mine).latest("id").pk
    drift = Drift.objects.filter(store=store).latest("id").pk
    offer = Offer.objects.filter(store=store).latest("id").pk
    order = OrderStock.objects.filter(**mine).latest("id").pk
    return [
        ("get", f"/inventory/{variant}/"),
        ("post", f"/inventory/{variant}/adjust/"),
        ("post", f"/inventory/buffers/{place.pk}/"),
        (
            "post",
            f"/inventory/movements/{movement}/reverse/",
        ),
        ("post", f"/inventory/transfers/{transfer}/arrive/"),
        ("post", f"/inventory/drift/{drift}/correct/"),
        ("post", f"/inventory/pushes/{offer}/again/"),
        (
            "post",
            f"/inventory/returns/{order}/receive/",
        ),
        ("get", f"/inventory/channels/{store.pk}/"),
        ("post", f"/inventory/channels/{store.pk}/"),
        ("post", f"/inventory/channels/{store.pk}/switch/"),
    ]


def goods_routes(store: Store) -> list[tuple[str, str]]:
    """Return the routes of linking and the catalogue that name a row of `store`."""
    listing = Listing.objects.filter(store=store, state="linked").latest("id").pk
    variant = Variant.objects.filter(merchant=store.merchant, kind="bundle").latest("id").pk
    batch = LinkBatch.objects.filter(merchant=store.merchant).latest("id").pk
    errand = Errand.objects.filter(merchant=store.merchant).latest("id").pk
    acts = ["accept", "create", "unlink", f"link/{variant}"]
    return [
        ("get", f"/linking/{listing}/"),
        *(("post", f"/linking/{listing}/{act}/") for act in acts),
        ("post", f"/linking/undo/{batch}/"),
        ("get", f"/catalogue/{variant}/"),
        ("post", f"/catalogue/{variant}/"),
        ("post", f"/catalogue/{variant}/parts/"),
        ("get", f"/catalogue/errands/{errand}/"),
        ("get", f"/catalogue/errands/{errand}/left-out.csv"),
    ]


def act_of(store: Store, order: str) -> Act:
    """Return an act of a merchant that printed the label of an order."""
    act, new = Act.objects.get_or_create(
        merchant=store.merchant, kind="label", token="t", defaults={"issued_at": timezone.now()}
    )
    if new:
        row = Order.objects.get(store=store, external_id=order)
        item = ActItem.objects.create(act=act, order=row, kind="label", outcome="accepted")
        sealed = store.merchant.seal().seal("JVBERg==", f"label:{item.pk}")
        LabelFile.objects.create(item=item, kind="application/pdf", sealed=sealed)
    return act


def test_foreign_rows_do_not_exist(browser_of: Client, foreign: Store) -> None:
    """Every route answers 404 to another merchant's ids, and nothing changes."""
    before = what_stands(foreign)
    codes = {
        path: getattr(browser_of, method)(path).status_code for method, path in routes(foreign)
    }
    assert (set(codes.values()), what_stands(foreign)) == ({404}, before)


def what_stands(store: Store) -> list[object]:
    """Return what a visitor could have changed of a store and its merchant's catalogue."""
    mine = {"merchant": store.merchant}
    return [
        Store.objects.filter(pk=store.pk).values().get(),
        list(Listing.objects.filter(**mine).order_by("id").values()),
        list(Variant.objects.filter(**mine).order_by("id").values()),
        LinkBatch.objects.filter(**mine).count(),
        list(Balance.objects.filter(**mine).order_by("id").values()),
        Movement.objects.filter(**mine).count(),
        list(Offer.objects.filter(store=store).order_by("id").values()),
        list(Channel.objects.filter(store=store).values()),
    ]


def test_own_rows_do_exist(foreign: Store) -> None:
    """The same routes answer their owner: the test above asks the right addresses."""
    client = Client()
    client.force_login(User.objects.get(memberships__merchant=foreign.merchant))
    paths = [path for method, path in routes(foreign) if method == "get"]
    assert {client.get(path).status_code for path in paths} == {200}


@pytest.mark.parametrize(
    "path",
    ["/", "/stores/", "/sync/", "/sync/live/", "/orders/", "/orders/export.csv", "/linking/",
     "/linking/?state=missing", "/linking/?state=linked", "/linking/history/", "/linking/files/",
     "/catalogue/", "/catalogue/prices/", "/catalogue/files/variants.csv",
     "/catalogue/files/links.csv", "/inventory/", "/inventory/export.csv", "/inventory/low/",
     "/inventory/oversold/", "/inventory/drift/", "/inventory/pushes/", "/inventory/returns/",
     "/inventory/transfers/", "/inventory/count/", "/inventory/channels/", "/payments/",
     "/payments/export.csv", "/payments/orders/", "/payments/orders/export.csv",
     "/payments/payouts/", "/payments/payouts/export.csv", "/payments/bank/",
     "/payments/terms/", "/returns/", "/returns/export.csv",
     "/settings/audit/"],
)  # fmt: skip
def test_lists_show_nothing_foreign(browser_of: Client, foreign: Store, path: str) -> None:
    """No list, figure or file holds another merchant's name, shop or order."""
    response = browser_of.get(path)
    body = b"".join(response) if response.streaming else response.content
    order = Order.objects.filter(store=foreign).first()
    assert order is not None
    names = [foreign.name, foreign.shop_id, order.external_id, "CB-HE", "AT-TRON", "cuc@"]
    assert [name for name in names if name.encode() in body] == []


def test_a_foreign_order_cannot_be_acted_on(browser_of: Client, foreign: Store) -> None:
    """A form that names another merchant's order among its own does nothing at all."""
    member = Membership.objects.exclude(merchant=foreign.merchant).get()
    own = samples.store(member.merchant)
    samples.fill(own, orders=3)
    orders = [Order.objects.filter(store=place).first().pk for place in (own, foreign)]
    form = {"kind": "ship", "order": orders, "ticket": tickets.issue(member.pk)}
    reply = browser_of.post("/orders/acts/", form)
    assert (reply.status_code, Act.objects.count()) == (404, 0)


def test_a_foreign_recipient_is_not_found(browser_of: Client, foreign: Store) -> None:
    """Another merchant's buyers are found by no name and no phone."""
    names = ["Hạnh", "Đức", "Duyên", "Bảo", "Ánh"]
    found = [browser_of.get(f"/orders/?q={name}").context["page"].orders for name in names]
    assert found == [()] * 5


def test_filtering_by_a_foreign_store_finds_nothing(browser_of: Client, foreign: Store) -> None:
    """A foreign store's id as a filter finds no order."""
    assert browser_of.get(f"/orders/?store={foreign.pk}").context["page"].orders == ()
    for path in ("/payments/", "/payments/orders/", "/payments/payouts/", "/returns/"):
        assert browser_of.get(f"{path}?store={foreign.pk}").context["page"].items == ()


def test_bulk_acts_leave_foreign_rows_alone(browser_of: Client, foreign: Store) -> None:
    """Ticking another merchant's listings, or its variants as components, changes nothing."""
    before = what_stands(foreign)
    ids = list(Listing.objects.filter(store=foreign).values_list("pk", flat=True))
    for act in ("accept", "create", "unlink"):
        browser_of.post("/linking/bulk/", {"act": act, "ids": ids})
        browser_of.post("/linking/bulk/", {"act": act, "all": "1"})
    browser_of.post("/catalogue/prices/", {"ids": ids, "token": "x"})
    assert (what_stands(foreign), Errand.objects.filter(token="x").count()) == (before, 0)


def test_a_reader_changes_nothing(client: Client, store: Store) -> None:
    """A read-only member sees everything and is refused every change."""
    reader = User.objects.create_user("doc@example.vn")
    Membership.objects.create(user=reader, merchant=store.merchant, role="reader")
    client.force_login(reader)
    samples.fill(store, orders=12)
    owner = User.objects.get(memberships__role="owner")
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    posts = [client.post(path).status_code for method, path in routes(store) if method == "post"]
    assert (set(posts), client.get("/orders/").status_code) == ({403}, 200)
