"""The order list, its export and one order."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import Money, OrderStatus, Package, Payment, PaymentKind
from reference_app import samples
from reference_app.records import queries
from reference_app.records.models import Order
from reference_app.records.models import Payment as PaymentRow
from reference_app.records.private import mask_name, mask_phone
from reference_app.records.sink import DjangoSink
from reference_app.records.waterfall import waterfall
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store

pytestmark = pytest.mark.django_db


def put(store: Store, *orders: Any) -> None:
    """Store orders."""
    DjangoSink(store).commit(commit(store, "orders", *orders))


def found(client: Client, query: str) -> list[str]:
    """Return the ids of the orders a query string finds."""
    return [order.external_id for order in client.get(f"/orders/?{query}").context["page"].orders]


@pytest.fixture
def three(store: Store) -> list[Any]:
    """Return three stored orders of three days."""
    make = Factory.of(store)
    now = timezone.now()
    names = ("Áo thun đen", "Đầm xòe trắng", "Nước mắm")
    statuses = (OrderStatus.TO_SHIP, OrderStatus.COMPLETED, OrderStatus.TO_SHIP)
    orders = []
    for age, (name, status) in enumerate(zip(names, statuses, strict=True)):
        order = make.order(age + 1, status=status, created_at=now - timedelta(days=age))
        orders.append(evolve(order, lines=(evolve(order.lines[0], name=name, sku=f"S-{age}"),)))
    put(store, *orders)
    return orders


@pytest.mark.parametrize(
    ("text", "places"),
    [("dam xoe", [1]), ("ĐẦM", [1]), ("s-2", [2]), ("ao den", [0]), ("%", []), ("khong", [])],
)
def test_search(browser_of: Client, three: list[Any], text: str, places: list[int]) -> None:
    """Words are found in any order, without diacritics; signs of SQL mean nothing."""
    assert found(browser_of, f"q={text.replace('%', '%25')}") == [three[p].id for p in places]


def test_search_by_id(browser_of: Client, three: list[Any]) -> None:
    """An order's id finds it alone."""
    assert found(browser_of, f"q={three[1].id}") == [three[1].id]


def test_filters(browser_of: Client, three: list[Any], store: Store) -> None:
    """Store, status and local days narrow the list together."""
    day = timezone.localtime(three[2].created_at).date()
    query = f"store={store.pk}&status=TO_SHIP&from={day}&to={day}"
    assert found(browser_of, query) == [three[2].id]


@pytest.mark.parametrize(
    "query", ["store=x", "status=ODD", "from=yesterday", "after=!!", "to=0001-01-01"]
)
def test_nonsense_in_the_address_is_ignored(
    browser_of: Client, three: list[Any], query: str
) -> None:
    """Values nobody can read count as not given."""
    assert len(found(browser_of, query)) == 3


def test_paging_visits_every_order_once(browser_of: Client, store: Store) -> None:
    """Older and newer pages tile the list, ties included."""
    make = Factory.of(store)
    same = timezone.now() - timedelta(hours=1)
    put(store, *(make.order(number, created_at=same) for number in range(1, 121)))
    pages, after = [], ""
    while True:
        page = browser_of.get(f"/orders/?after={after}").context["page"]
        pages.append([order.pk for order in page.orders])
        after = page.older
        if not after:
            break
    back = browser_of.get(f"/orders/?before={page.newer}").context["page"]
    seen = [pk for one in pages for pk in one]
    assert (seen, [o.pk for o in back.orders]) == (
        list(Order.objects.order_by("-created_at", "-id").values_list("pk", flat=True)),
        pages[-2],
    )


def test_the_sum_leaves_cancelled_orders_out(browser_of: Client, store: Store) -> None:
    """Totals of the list count all orders and add up those that bring money."""
    make = Factory.of(store)
    good, bad = (
        make.order(1, status=OrderStatus.TO_SHIP),
        make.order(2, status=OrderStatus.CANCELLED),
    )
    put(store, good, bad)
    summary = browser_of.get("/orders/").context["summary"]
    assert (summary["count"], summary["total"]) == (2, good.totals.total.minor)


def test_the_export_carries_bare_integers(browser_of: Client, three: list[Any]) -> None:
    """CSV: UTF-8 with its mark, a header in the visitor's language, amounts as integers."""
    body = b"".join(browser_of.get("/orders/export.csv?q=dam")).decode("utf-8")
    head, row = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    total = three[1].totals.total.minor
    assert (body[0], head[0], row[0], row[9]) == ("\ufeff", "Mã đơn hàng", three[1].id, str(total))


def test_the_export_runs_no_formulas(browser_of: Client, store: Store) -> None:
    """A product name that looks like a formula is only text in a spreadsheet."""
    order = Factory.of(store).order(1)
    line = evolve(order.lines[0], name='=HYPERLINK("http://x")')
    put(store, evolve(order, lines=(line,)))
    body = b"".join(browser_of.get("/orders/export.csv")).decode()
    assert "'=HYPERLINK" in body


def test_the_export_has_no_personal_data(browser_of: Client, three: list[Any]) -> None:
    """Names and phones stay out of the file."""
    body = b"".join(browser_of.get("/orders/export.csv")).decode()
    assert [order.recipient.name for order in three if order.recipient.name in body] == []


def test_one_order_shows_everything(browser_of: Client, store: Store) -> None:
    """Lines, package, money, return and the masked recipient are on the page."""
    make = Factory.of(store)
    parcel = Package(id="P1", carrier="SPX Express")
    order = make.order(1, status=OrderStatus.COMPLETED, packages=(parcel,))
    sink = DjangoSink(store)
    sink.commit(commit(store, "orders", order))
    sink.commit(commit(store, "payments", *make.payments(order)))
    sink.commit(commit(store, "returns", make.return_of(order)))
    page = browser_of.get(f"/orders/shopee/1001/{order.id}/")
    html = page.content.decode()
    shown = [order.lines[0].name, "SPX Express", "Phí hoa hồng", "R" + order.id[-8:], "******"]
    assert [text for text in shown if text not in html] == []


def test_the_recipient_is_masked(browser_of: Client, three: list[Any]) -> None:
    """Neither name, phone nor street of a buyer stands on the page."""
    recipient = three[0].recipient
    html = browser_of.get(f"/orders/shopee/1001/{three[0].id}/").content.decode()
    texts = [recipient.name, recipient.phone, recipient.phone[3:], recipient.address]
    assert [text for text in texts if text in html] == []


@given(st.text(min_size=2, max_size=30).filter(lambda text: len(text.replace(" ", "")) > 1))
def test_masking_a_name_leaves_one_letter_of_a_word(name: str) -> None:
    """A masked name never holds a whole word of more than one letter."""
    masked = mask_name(name)
    assert all(len(word) == 4 or word == "***" for word in masked.split())


def test_masking_a_phone() -> None:
    """Two digits are left."""
    assert (mask_phone("+84912345678"), mask_phone(""), mask_phone("******78")) == (
        "******78",
        "",
        "******78",
    )


def payment(kind: PaymentKind, amount: int) -> PaymentRow:
    """Make a movement that is not stored."""
    return PaymentRow(kind=kind.value, amount_minor=amount)


def test_the_waterfall_of_the_worked_example() -> None:
    """The household shop of the domain rules is paid 360.300."""
    parts = [
        payment(PaymentKind.ITEM_PRICE, 500_000),
        payment(PaymentKind.SELLER_DISCOUNT, -30_000),
        payment(PaymentKind.SELLER_VOUCHER, -10_000),
        payment(PaymentKind.COMMISSION, -50_600),
        payment(PaymentKind.PAYMENT_FEE, -23_750),
        payment(PaymentKind.SERVICE_FEE, -13_800),
        payment(PaymentKind.ORDER_PROCESSING, -3_000),
        payment(PaymentKind.SHIPPING_PROTECTION, -1_650),
        payment(PaymentKind.TAX_VAT_WITHHELD, -4_600),
        payment(PaymentKind.TAX_PIT_WITHHELD, -2_300),
    ]
    result = waterfall(parts)
    assert result is not None
    assert result.payout_minor == 360_300


@given(st.lists(st.tuples(st.sampled_from(list(PaymentKind)), st.integers(-(10**9), 10**9))))
def test_the_steps_add_up_and_stay_in_the_picture(parts: list[tuple[PaymentKind, int]]) -> None:
    """Steps sum to the payout, and no bar leaves the drawing."""
    result = waterfall([payment(kind, amount) for kind, amount in parts])
    steps = result.steps if result else ()
    assert sum(step.amount_minor for step in steps) == sum(amount for _, amount in parts)
    axis = result.chart["axis"] if result else {"min": 0, "max": 0}
    drawn = result.chart["series"] if result else []
    values = [value for one in drawn for value in one["values"]]
    assert all(axis["min"] <= value <= axis["max"] for value in values)


def test_the_waterfall_begins_at_the_list_price() -> None:
    """What the goods lost before the sale is the first step down, and the sum stays the same."""
    result = waterfall([payment(PaymentKind.ITEM_PRICE, 250_000)], list_minor=310_000)
    assert result is not None
    steps = [(step.kind, step.amount_minor) for step in result.steps]
    assert (steps, result.payout_minor) == (
        [("list_price", 310_000), ("markdown", -60_000)],
        250_000,
    )


def test_the_money_of_an_order_adds_up(store: Store) -> None:
    """The waterfall ends at the sum of the stored movements."""
    make = Factory.of(store)
    order = make.order(1)
    payments: list[Payment] = list(make.payments(order))
    DjangoSink(store).commit(commit(store, "payments", *payments))
    result = waterfall(list(PaymentRow.objects.all()))
    expected = sum((p.amount for p in payments), Money.zero("VND"))
    assert result is not None
    assert result.payout_minor == expected.minor


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/orders/",
        "/stores/",
        "/sync/",
        "/sync/live/",
        "/orders/?q=ao",
        "/payments/",
        "/payments/orders/",
        "/payments/payouts/",
        "/returns/",
    ],
)
def test_query_counts_do_not_grow_with_rows(
    browser_of: Client, store: Store, path: str, django_assert_num_queries: Any
) -> None:
    """A page over many rows asks as often as one over few."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    samples.fill(store, orders=12)
    with CaptureQueriesContext(connection) as few:
        browser_of.get(path)
    for number in range(3):
        samples.fill(samples.store(store.merchant, "lazada", f"20{number}0"), orders=40)
    with django_assert_num_queries(len(few)):
        browser_of.get(path)


def test_one_order_asks_a_fixed_number_of_times(
    browser_of: Client, store: Store, django_assert_max_num_queries: Any
) -> None:
    """The detail page takes a dozen queries, whatever hangs on the order."""
    orders = samples.fill(store, orders=20)
    with django_assert_max_num_queries(15):
        browser_of.get(f"/orders/shopee/1001/{orders[0].id}/")


def test_positions_are_opaque_and_safe() -> None:
    """A position that was tampered with leads to the first page."""
    assert queries._position(queries.SORTS["new"], "%%%") is None
    assert queries._position(queries.SORTS["new"], "MjAyNg") is None
