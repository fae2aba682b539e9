"""A return is booked into stock on its own page; home names what is gone soonest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrosdk import OrderStatus
from reference_app.records.models import Return, ReturnLine
from reference_app.stock import queries
from reference_app.stock.keeping import review_buffers
from reference_app.stock.models import Movement, Receipt
from tests.app.stock.conftest import Bench, figures

pytestmark = pytest.mark.django_db


def returned(bench: Bench, units: int, **changes: object) -> Return:
    """Return a buyer's return of an order of two units that was handed over."""
    order = bench.order(("A", 2))
    bench.tell(evolve(order, status=OrderStatus.SHIPPED))
    values = {"goods_state": "IN_TRANSIT", "money_state": "PENDING", **changes}
    row = Return.objects.create(
        merchant=bench.merchant, store=bench.stores[0], external_id="R1", order_ref=order.id,
        status="X", refund_minor=1, currency="VND", requested_at=timezone.now(),
        read_at=timezone.now(), **values,
    )  # fmt: skip
    ReturnLine.objects.create(of=row, position=0, product_id="A", variant_id="A-v", quantity=units)
    return row


def test_a_return_is_booked_on_its_page(browser_of: Client, bench: Bench) -> None:
    """The page offers what is still out; booked in, it says so and offers nothing more."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    row = returned(bench, 1)
    page = browser_of.get(f"/returns/{row.pk}/")
    ((hold, left),) = page.context["coming"].holds
    given = {
        "return": "R1", "back_to": str(row.pk), "condition": "sellable",
        f"units-{hold.pk}": str(left),
    }  # fmt: skip
    address = f"/inventory/returns/{page.context['coming'].order.pk}/receive/"
    after = browser_of.post(address, given, follow=True)
    assert (after.redirect_chain[-1][0], figures(shirt)) == (f"/returns/{row.pk}/", (9, 0))
    assert [one.units for one in after.context["receipts"]] == [1]
    browser_of.post(address, given)
    assert (figures(shirt), Receipt.objects.count()) == ((9, 0), 1)


def test_a_refund_without_goods_moves_nothing(browser_of: Client, bench: Bench) -> None:
    """A refund moves no stock; the page still waits for what was handed over."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    row = returned(bench, 2, goods_state="EXPECTED", money_state="REFUNDED")
    page = browser_of.get(f"/returns/{row.pk}/")
    assert (figures(shirt), [left for _, left in page.context["coming"].holds]) == ((8, 0), [2])


def test_a_return_of_unlinked_goods_offers_nothing(browser_of: Client, bench: Bench) -> None:
    """Stock that was never touched cannot come back."""
    row = returned(bench, 1)
    assert 'id="receive"' not in browser_of.get(f"/returns/{row.pk}/").content.decode()


def test_home_names_what_is_gone_soonest(browser_of: Client, bench: Bench) -> None:
    """Ten variants at most, the shortest cover first, in one query; what does not sell is none."""
    for sku, units in (("A", 30), ("B", 9), ("C", 50)):
        bench.listing(bench.variant(sku, units))
    Movement.objects.update(occurred_at=timezone.now() - timedelta(hours=1))
    bench.tell(bench.order(("A", 2)), bench.order(("B", 2)))
    review_buffers(bench.merchant.pk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        rows = queries.riskiest(bench.merchant)
    assert [(row.sku, row.sellable, row.sold, row.tenths) for row in rows] == [
        ("B", 7, 2, 490),
        ("A", 28, 2, 1960),
    ]
    times = len(asked)
    page = browser_of.get("/")
    assert (times, [one["days"] for one in page.context["cover"]["rows"]]) == (1, ["49", "196"])
    assert 'data-chart="chart-cover"' in page.content.decode()
