"""The pages of payments and their files."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import Money, OrderStatus, PaymentKind, Payout, PayoutStatus
from reference_app.settling.models import OrderMoney
from reference_app.settling.rules.reckoning import State
from reference_app.stores.models import Store
from reference_app.web import charts, moments
from tests.app.settling.conftest import PARTS, TWICE, Till


def lines(client: Client, path: str) -> list[list[str]]:
    """Return the rows of a CSV file below its header."""
    body = b"".join(client.get(path)).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(body)))[1:]


@pytest.mark.django_db
def test_totals_of_all_movements(browser_of: Client, till: Till) -> None:
    """What came, what went and the balance are those of every movement that matches."""
    till.paid(till.order())
    sums = browser_of.get("/payments/").context["sums"]
    assert (sums["plus"], sums["minus"], sums["net"], sums["count"], sums["open"]) == (
        532_000,
        -171_700,
        360_300,
        13,
        0,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 14),
        ("kind=service_fee", 2),
        ("kind=nonsense", 14),
        ("store=999999", 0),
        ("from={today}&to={today}", 14),
        ("to=2020-01-01", 0),
        ("q={order}", 13),
        ("q=nobody", 0),
    ],
)
def test_filters_narrow_list_totals_and_file(
    browser_of: Client, till: Till, query: str, count: int
) -> None:
    """List, totals and file hold the same movements, whatever narrows them."""
    first, second = till.order(1), till.order(2)
    till.paid(first)
    till.paid(second, [(PaymentKind.SERVICE_FEE, -5)])
    asked = query.format(today=moments.today(), order=first.id)
    context = browser_of.get(f"/payments/?{asked}").context
    summed = context["sums"]["count"] if context["sums"] else 0
    listed, filed = (
        len(context["page"].items),
        len(lines(browser_of, f"/payments/export.csv?{asked}")),
    )
    assert (listed, summed, filed) == (count, count, count)


@pytest.mark.django_db
def test_the_file_carries_bare_integers(browser_of: Client, till: Till) -> None:
    """Amounts of the file are integers with their sign, and add up to the payout."""
    till.paid(till.order())
    assert sum(int(row[6]) for row in lines(browser_of, "/payments/export.csv")) == 360_300


@pytest.mark.django_db
def test_an_order_that_is_short_says_why(browser_of: Client, till: Till) -> None:
    """The list shows what is missing and names the fee that was taken twice."""
    order = till.order()
    till.paid(order, TWICE)
    html = browser_of.get("/payments/orders/?state=short").content.decode()
    row = lines(browser_of, "/payments/orders/export.csv?state=short")[0]
    assert "-13.800\xa0₫" in html
    assert "Phí dịch vụ: trừ hai lần" in html
    assert row[5:8] == ["346500", "360300", "-13800"]


@pytest.mark.django_db
def test_a_difference_is_disputed_and_opened_again(browser_of: Client, till: Till) -> None:
    """A person marks a difference, twice without harm, and may take it back."""
    order = till.order()
    till.paid(order, TWICE)
    path = f"/payments/orders/{till.money(order).pk}/mark/"
    states = []
    for mark in ("disputed", "disputed", "nonsense", "written_off", ""):
        browser_of.post(path, {"mark": mark})
        states.append(till.money(order).state)
    assert states == ["disputed", "disputed", "disputed", "written_off", "short"]


@pytest.mark.django_db
def test_marks_survive_another_reading(browser_of: Client, till: Till) -> None:
    """What a person said stays when the movements are read again."""
    order = till.order()
    till.paid(order, TWICE)
    browser_of.post(f"/payments/orders/{till.money(order).pk}/mark/", {"mark": "written_off"})
    till.paid(order, TWICE)
    assert till.money(order).state == State.WRITTEN_OFF


def a_payout(store: Store, name: str, amount: int) -> Payout:
    """Make a payout that was paid."""
    from django.utils import timezone

    now = timezone.now()
    return Payout(
        marketplace=store.marketplace,
        shop_id=store.shop_id,
        id=name,
        amount=Money(amount, "VND"),
        currency="VND",
        status=PayoutStatus.PAID,
        raw_status="PAID",
        requested_at=now,
        paid_at=now,
    )


@pytest.mark.django_db
def test_payouts_are_held_against_their_movements(browser_of: Client, till: Till) -> None:
    """A payout agrees with its movements, lacks some, or nobody tells which they are."""
    till.put("payouts", *(a_payout(till.store, n, 360_300) for n in ("P1", "P2", "P3")))
    till.paid(till.order(1), payout="P1")
    till.paid(till.order(2), TWICE, payout="P2")
    rows = browser_of.get("/payments/payouts/").context["rows"]
    assert {row.external_id: gap for row, _, gap in rows} == {"P1": 0, "P2": 13_800, "P3": None}
    payout = next(row for row, _, _ in rows if row.external_id == "P1")
    page = browser_of.get(f"/payments/payouts/{payout.pk}/")
    assert len(page.context["rows"]) == len(PARTS)


@pytest.mark.django_db
def test_pages_tile_the_list(browser_of: Client, till: Till) -> None:
    """Older and newer pages hold every movement once, ties included."""
    for number in range(1, 10):
        till.paid(till.order(number))
    seen: list[int] = []
    after = ""
    while True:
        page = browser_of.get(f"/payments/?after={after}").context["page"]
        seen += [one.pk for one in page.items]
        after = page.older
        if not after:
            break
    back = browser_of.get(f"/payments/?before={page.newer}").context["page"]
    assert (len(seen), len(set(seen)), [one.pk for one in back.items]) == (117, 117, seen[50:100])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["after=!!", "from=yesterday", "store=x", "state=odd", "to=0001-01-01"]
)
@pytest.mark.parametrize(
    "path", ["/payments/", "/payments/orders/", "/payments/payouts/", "/returns/"]
)
def test_nonsense_in_the_address_is_ignored(browser_of: Client, path: str, query: str) -> None:
    """Values nobody can read count as not given."""
    assert browser_of.get(f"{path}?{query}").status_code == 200


@pytest.mark.django_db
def test_htmx_gets_the_list_alone(browser_of: Client, till: Till) -> None:
    """A filter replaces the list without the page around it."""
    till.paid(till.order())
    html = browser_of.get("/payments/", headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div id="list">')


@pytest.mark.django_db
def test_every_report_says_zone_and_reach(browser_of: Client, till: Till) -> None:
    """Each page says how far its figures reach, and in which zone."""
    till.put("payouts", a_payout(till.store, "P1", 5))
    paths = ["/", "/payments/", "/payments/orders/", "/payments/payouts/", "/returns/"]
    assert all("UTC+7" in browser_of.get(path).content.decode() for path in paths)


@pytest.mark.django_db
def test_home_shows_what_is_on_the_way(browser_of: Client, till: Till) -> None:
    """Money on the way is split by how near it is; settled money is none of it."""
    till.paid(till.order(1))
    coming = till.order(2, status=OrderStatus.DELIVERED)
    till.paid(coming, settled=None)
    late = till.order(3, status=OrderStatus.DELIVERED, age=9)
    till.paid(late, [(PaymentKind.ITEM_PRICE, 7_000)], settled=None)
    money = browser_of.get("/").context["money"]
    assert (money["totals"], money["settled"]) == (
        {State.NOT_DUE: 0, State.WAITING: 360_300, State.OVERDUE: 7_000},
        360_300,
    )


@pytest.mark.django_db
def test_home_stacks_todays_hours(browser_of: Client, till: Till) -> None:
    """An order stands in its local hour, in its channel's colour, and in the table."""
    start = moments.day_span(moments.today())[0]
    till.order(1, created_at=start, status=OrderStatus.TO_SHIP)
    hours = browser_of.get("/").context["hours"]
    assert hours["rows"] == [{"hour": "00:00", "counts": [1], "total": 1}]


@pytest.mark.django_db
def test_charts_carry_their_data_as_data(browser_of: Client, till: Till) -> None:
    """Charts are described in blocks of data; no script stands in a page."""
    order = till.order()
    till.paid(order)
    for path in ("/", "/payments/", f"/orders/shopee/1001/{order.id}/"):
        html = browser_of.get(path).content.decode()
        blocks = re.findall(r'<script id="[^"]+" type="application/json">(.*?)</script>', html)
        assert blocks
        assert all("axis" in json.loads(block) for block in blocks)
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []


amounts = st.integers(-(10**10), 10**10)


@given(amounts, amounts)
def test_axes_hold_their_values(one: int, other: int) -> None:
    """Marks of an axis are equally far apart and enclose what is drawn."""
    low, high = min(one, other), max(one, other)
    marks = charts.ticks(low, high)
    steps = {after - before for before, after in pairwise(marks)}
    assert marks[0] <= low <= high <= marks[-1]
    assert len(steps) == 1
    assert 2 <= len(marks) <= 7


@given(st.lists(amounts, min_size=1, max_size=12))
def test_stairs_join(amounts: list[int]) -> None:
    """Each bar of a waterfall begins where the one before it ends, zero crossed or not."""
    spec = charts.stairs([(str(place), amount, False) for place, amount in enumerate(amounts)])
    hidden, above, below = (one["values"] for one in spec["series"])
    level = 0
    for amount, floor, up, down in zip(amounts, hidden, above, below, strict=True):
        low, high = sorted((level, level + amount))
        assert (up - down, min(low, 0) <= floor <= max(high, 0)) == (high - low, True)
        level += amount


def test_amounts_on_an_axis_are_short() -> None:
    """An axis writes thousands, millions and billions as each language does."""
    from reference_app.web import money

    vi = [money.short(n) for n in (0, 900, 15_000, 1_500_000, -20_000_000, 2_000_000_000)]
    assert vi == ["0", "900", "15\xa0N", "1,5\xa0tr", "-20\xa0tr", "2\xa0tỷ"]
    assert money.short(1_500_000, "en") == "1.5M"


@pytest.mark.django_db
def test_a_reader_marks_nothing(client: Client, till: Till) -> None:
    """A read-only member sees differences and is refused a decision on them."""
    from reference_app.tenants.models import Membership, User

    order = till.order()
    till.paid(order, TWICE)
    reader: Any = User.objects.create_user("doc2@example.vn")
    Membership.objects.create(user=reader, merchant=till.store.merchant, role="reader")
    client.force_login(reader)
    path = f"/payments/orders/{till.money(order).pk}/mark/"
    assert client.post(path, {"mark": "disputed"}).status_code == 403
    assert OrderMoney.objects.get().mark == ""
