"""The screens of stock: what they show and what their buttons do."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from entrosdk import OrderStatus
from reference_app.records.models import Order
from reference_app.stock import ledger
from reference_app.stock.models import (
    Balance,
    Channel,
    Drift,
    Movement,
    Offer,
    OrderStock,
    Push,
    Transfer,
    Warehouse,
)
from reference_app.stores.models import Store
from tests.app.stock.conftest import Bench, figures, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """Return a shop with three variants, one oversold, and something of everything."""
    for sku, units in (("A", 20), ("B", 5), ("C", 1)):
        variant = bench.variant(sku, units)
        for store in bench.stores:
            bench.listing(variant, store)
    Movement.objects.update(occurred_at=timezone.now() - timedelta(hours=1))
    bench.tell(bench.order(("A", 2)), bench.order(("C", 3)))
    gone = bench.order(("B", 2))
    bench.tell(evolve(gone, status=OrderStatus.SHIPPED))
    bench.tell(later(gone, "CANCELLED"))
    offer = Offer.objects.order_by("pk")[0]
    Push.objects.create(
        offer=offer, store=offer.store, version=1, quantity=7, observed=9, outcome="refused",
        refusal="LOCKED", reason="Stock cannot be less than the stock reserved by promotion.",
    )  # fmt: skip
    Drift.objects.create(
        offer=offer, store=offer.store, expected=7, observed=9, cause="manual",
        seen_at=timezone.now(),
    )  # fmt: skip
    Offer.objects.filter(pk=offer.pk).update(
        observed=9, locked=4, outcome="refused", refusal="LOCKED", observed_at=timezone.now()
    )
    return bench


def variant_of(bench: Bench, sku: str) -> Any:
    """Return a variant by its SKU."""
    from reference_app.goods.models import Variant

    return Variant.objects.get(merchant=bench.merchant, sku=sku)


def addresses(bench: Bench) -> list[str]:
    """Return an address for every page of stock."""
    return [
        "/inventory/", f"/inventory/{variant_of(bench, 'A').pk}/", "/inventory/count/",
        "/inventory/transfers/", "/inventory/low/", "/inventory/oversold/", "/inventory/drift/",
        "/inventory/pushes/", "/inventory/returns/", "/inventory/channels/",
        f"/inventory/channels/{bench.stores[0].pk}/",
    ]  # fmt: skip


def test_every_page_opens(browser_of: Client, shop: Bench) -> None:
    """All pages answer, full of things."""
    assert {browser_of.get(path).status_code for path in addresses(shop)} == {200}


def test_every_page_opens_when_there_is_nothing(browser_of: Client, bench: Bench) -> None:
    """An empty page says so and names the next step as a link or button."""
    pages = [
        "/inventory/", "/inventory/count/", "/inventory/low/", "/inventory/oversold/",
        "/inventory/drift/", "/inventory/pushes/", "/inventory/returns/",
    ]  # fmt: skip
    bodies = [browser_of.get(path).content.decode() for path in pages]
    without = [
        path
        for path, body in zip(pages, bodies, strict=True)
        if 'class="empty"' not in body or "btn" not in body.partition('class="empty"')[2]
    ]
    assert without == []


def test_the_oversold_stand_first(browser_of: Client, shop: Bench) -> None:
    """What is missing is at the top of the list, as a number below zero."""
    rows = browser_of.get("/inventory/").context["rows"]
    assert (rows[0].variant.sku, rows[0].level.oversold, len(rows)) == ("C", 2, 3)


def test_query_counts_do_not_grow_with_rows(
    browser_of: Client, shop: Bench, django_assert_num_queries: Any
) -> None:
    """Thirty more variants, listings and orders take no further query on any page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    few = {}
    for path in addresses(shop):
        browser_of.get(path)
        with CaptureQueriesContext(
            connection,
        ) as counted:
            browser_of.get(path)
        few[path] = len(counted)
    for number in range(30):
        variant = shop.variant(f"N{number}", 2)
        shop.listing(variant)
    shop.tell(*(shop.order((f"N{n}", 3), ("A", 1)) for n in range(30)))
    gone = [evolve(shop.order(("A", 1)), status=OrderStatus.SHIPPED) for _ in range(5)]
    shop.tell(*gone)
    shop.tell(*(later(order, "CANCELLED") for order in gone))
    more = {}
    for path in addresses(shop):
        with CaptureQueriesContext(connection) as counted:
            browser_of.get(path)
        more[path] = len(counted)
    assert more == few


def test_the_export_has_every_variant(browser_of: Client, shop: Bench) -> None:
    """The file has a line for each variant, with bare numbers."""
    body = b"".join(browser_of.get("/inventory/export.csv")).decode()  # type: ignore[arg-type]
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    assert [row[0:1] + row[2:4] for row in rows[1:]] == [
        ["A", "20", "2"], ["B", "3", "0"], ["C", "1", "3"],
    ]  # fmt: skip


# Acts


def form_of(browser: Client, path: str) -> dict[str, Any]:
    """Return the token and the warehouse of a page's form."""
    form = browser.get(path).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None} | {
        "warehouse": Warehouse.objects.get(rank=1).pk
    }


def test_adjusting(browser_of: Client, shop: Bench) -> None:
    """Goods are taken in with a reason, and a double click takes them in once."""
    shirt = variant_of(shop, "A")
    page = f"/inventory/{shirt.pk}/"
    given = form_of(browser_of, page)
    given |= {"kind": "receive", "delta": 5, "reason": "Nhập từ xưởng"}
    for _ in range(2):
        browser_of.post(f"{page}adjust/", given)
    newest = Movement.objects.filter(variant=shirt).latest("pk")
    assert (figures(shirt), newest.reason, newest.actor.email) == (
        (25, 2),
        "Nhập từ xưởng",
        "sen@example.vn",
    )


def test_adjusting_by_nothing_is_refused(browser_of: Client, shop: Bench) -> None:
    """The page comes back with the fields' own errors."""
    shirt = variant_of(shop, "A")
    given = {"token": "x", "kind": "receive", "delta": 0, "reason": ""}
    body = browser_of.post(f"/inventory/{shirt.pk}/adjust/", given).content.decode()
    assert (body.count("field-error") >= 2, figures(shirt)) == (True, (20, 2))


def test_reversing(browser_of: Client, shop: Bench) -> None:
    """A movement is taken back by a click, once."""
    shirt = variant_of(shop, "A")
    first = Movement.objects.filter(variant=shirt, kind="receive").get()
    for _ in range(2):
        browser_of.post(f"/inventory/movements/{first.pk}/reverse/")
    assert figures(shirt) == (0, 2)


def test_counting_on_the_page(browser_of: Client, shop: Bench) -> None:
    """What is typed is counted; what is left empty stays."""
    shirt, hat = variant_of(shop, "A"), variant_of(shop, "B")
    given = form_of(browser_of, "/inventory/count/")
    given |= {f"units-{shirt.pk}": "18", f"units-{hat.pk}": ""}
    response = browser_of.post("/inventory/count/", given)
    assert (response.status_code, figures(shirt), figures(hat)) == (302, (18, 2), (3, 0))


def test_counting_by_file(browser_of: Client, shop: Bench) -> None:
    """Good lines of a file are taken, bad ones are named with their number."""
    text = "sku;counted\na;17\nB;nhiều\nKHÔNG-CÓ;3\n"
    given = form_of(browser_of, "/inventory/count/")
    given["file"] = SimpleUploadedFile("dem.csv", text.encode())
    body = browser_of.post("/inventory/count/", given).content.decode()
    named = [start for start in ("2: B", "3: KHÔNG-CÓ") if start in body]
    assert (figures(variant_of(shop, "A")), named) == ((17, 2), ["2: B", "3: KHÔNG-CÓ"])


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"sku\n"])
def test_a_wrong_file(browser_of: Client, shop: Bench, body: bytes) -> None:
    """A file that is no CSV changes nothing and is told."""
    given = form_of(browser_of, "/inventory/count/")
    given["file"] = SimpleUploadedFile("x.csv", body)
    response = browser_of.post("/inventory/count/", given)
    assert (response.status_code, figures(variant_of(shop, "A"))) == (200, (20, 2))


def test_carrying_goods(browser_of: Client, shop: Bench) -> None:
    """Goods are sent with a list of SKUs, and arrive with what is really there."""
    browser_of.post("/inventory/warehouses/add/", {"name": "Kho Hà Nội", "sells": "on"})
    there = Warehouse.objects.get(rank=2)
    given = form_of(browser_of, "/inventory/transfers/")
    given |= {"source": Warehouse.objects.get(rank=1).pk, "target": there.pk, "lines": "A 4\n"}
    browser_of.post("/inventory/transfers/", given)
    transfer, shirt = Transfer.objects.get(), variant_of(shop, "A")
    browser_of.post(f"/inventory/transfers/{transfer.pk}/arrive/", {f"units-{shirt.pk}": "3"})
    assert (Balance.objects.get(warehouse=there).on_hand, figures(shirt)) == (3, (19, 2))


def test_booking_a_return(browser_of: Client, shop: Bench) -> None:
    """An order cancelled on its way is listed, booked in, and leaves the list."""
    (row,) = browser_of.get("/inventory/returns/").context["others"]
    ((hold, left),) = row.holds
    given = {"return": "", "condition": "sellable", f"units-{hold.pk}": str(left)}
    browser_of.post(f"/inventory/returns/{row.order.pk}/receive/", given)
    rest = browser_of.get("/inventory/returns/").context["others"]
    assert (figures(variant_of(shop, "B")), rest) == ((5, 0), [])


def test_refunded_but_not_back(browser_of: Client, shop: Bench) -> None:
    """A return whose money is gone and whose goods are not here stands on top, with its age."""
    from reference_app.records.models import Return, ReturnLine

    order = shop.order(("A", 2))
    shop.tell(evolve(order, status=OrderStatus.SHIPPED))
    row = Return.objects.create(
        merchant=shop.merchant, store=shop.stores[0], external_id="R1", order_ref=order.id,
        status="X", goods_state="IN_TRANSIT", money_state="REFUNDED", refund_minor=1,
        currency="VND", requested_at=timezone.now() - timedelta(days=9), read_at=timezone.now(),
    )  # fmt: skip
    ReturnLine.objects.create(of=row, position=0, product_id="A", variant_id="A-v", quantity=1)
    (coming,) = browser_of.get("/inventory/returns/").context["refunded"]
    assert (coming.days, [left for _, left in coming.holds]) == (9, [1])


def test_the_preview_sends_nothing(browser_of: Client, shop: Bench) -> None:
    """What a push would change is shown before anything is turned on."""
    store = shop.stores[0]
    wishes = browser_of.get(f"/inventory/channels/{store.pk}/").context["wishes"]
    told = {wish.listing.sku: wish.wanted for wish in wishes}
    assert (told, Channel.objects.exists()) == ({"A": 18, "B": 3, "C": 0}, False)


def test_the_switch(browser_of: Client, shop: Bench) -> None:
    """Pushing is off until a person turns it on; then the store is asked to run."""
    store = shop.stores[0]
    Store.objects.update(next_run_at=timezone.now() + timedelta(hours=1))
    browser_of.post(f"/inventory/channels/{store.pk}/switch/", {"pushing": "on"})
    on = Channel.objects.get().pushing
    due = Store.objects.get(pk=store.pk).next_run_at <= timezone.now()
    browser_of.post(f"/inventory/channels/{store.pk}/switch/", {})
    assert (on, due, Channel.objects.get().pushing) == (True, True, False)


def test_rules_of_a_channel(browser_of: Client, shop: Bench) -> None:
    """A share above 100 % is refused, another one is kept."""
    page = f"/inventory/channels/{shop.stores[0].pk}/"
    given = {"percent": 80, "buffer": 1, "cap": "", "last_units": 0, "bound": 10}
    browser_of.post(page, given | {"percent": 120})
    refused = Channel.objects.exists()
    browser_of.post(page, given)
    assert (refused, Channel.objects.get().percent) == (False, 80)


def test_a_refused_push_is_named_and_sent_again(browser_of: Client, shop: Bench) -> None:
    """The list has the cause in plain words and the marketplace's reason; a click repeats."""
    offer = Push.objects.get().offer
    Offer.objects.filter(pk=offer.pk).update(done=99, version=99)
    body = browser_of.get("/inventory/pushes/?outcome=refused").content.decode()
    browser_of.post(f"/inventory/pushes/{offer.pk}/again/")
    offer.refresh_from_db()
    assert ("Chiến dịch đang giữ" in body, "reserved by promotion" in body, offer.version) == (
        True,
        True,
        100,
    )


def test_a_drift_is_corrected_by_a_click(browser_of: Client, shop: Bench) -> None:
    """The cause is named, and the listing is told again."""
    found = Drift.objects.get()
    before = found.offer.version
    body = browser_of.get("/inventory/drift/").content.decode()
    browser_of.post(f"/inventory/drift/{found.pk}/correct/")
    offer = Offer.objects.get(pk=found.offer_id)
    assert ("Có người sửa tay" in body, offer.version) == (True, before + 1)


def test_low_stock_is_sorted_by_days(browser_of: Client, shop: Bench) -> None:
    """What sells fastest compared with what is left stands first."""
    rows = browser_of.get("/inventory/low/").context["rows"]
    assert [row.variant.sku for row in rows] == ["C", "B"]


def test_buffers(browser_of: Client, shop: Bench) -> None:
    """A fixed buffer is kept back at once."""
    place = Balance.objects.get(variant=variant_of(shop, "A"))
    prefix = f"b{place.pk}"
    given = {f"{prefix}-buffer_kind": "fixed", f"{prefix}-buffer_value": "3"}
    browser_of.post(f"/inventory/buffers/{place.pk}/", given)
    place.refresh_from_db()
    assert (place.buffer, place.level.sellable) == (3, 15)


def test_the_automatic_buffer_follows_sales_and_delay(shop: Bench) -> None:
    """What sells within the delay is kept back: at the pace of two weeks, or of the last hour."""
    from reference_app.stock.keeping import compare_all

    Store.objects.update(read_to=timezone.now() - timedelta(hours=1))
    place = Balance.objects.get(variant=variant_of(shop, "A"))
    compare_all()
    place.refresh_from_db()
    lately = place.buffer
    OrderStock.objects.update(created_at=timezone.now() - timedelta(hours=30))
    compare_all()
    place.refresh_from_db()
    # Two units an hour and an hour of delay; two in fourteen days: less than one, rounded up.
    assert (lately, place.buffer, ledger.compare(shop.merchant.pk)) == (2, 1, [])


def test_the_delay_is_measured_by_how_late_orders_are_seen(shop: Bench) -> None:
    """A store that was read this moment and showed its orders late hides the next ones as long."""
    from reference_app.stock.keeping import review_busy

    now = timezone.now()
    Store.objects.update(read_to=now)
    Order.objects.update(created_at=now - timedelta(minutes=58), first_seen_at=now)
    place = Balance.objects.get(variant=variant_of(shop, "A"))
    review_busy()
    place.refresh_from_db()
    assert place.buffer == 2
