"""No page asks the database more often because a shop grew."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reference_app import samples
from reference_app.goods.models import Listing, Variant
from reference_app.records.models import Order, PaymentSource, Payout, Product, Quarantined, Return
from reference_app.screens import tour
from reference_app.stock.models import OrderStock
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import User
from tools.multiplying import multiply

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
GROWING = (
    Order, PaymentSource, Payout, Return, Quarantined, Product, Listing, Variant, OrderStock,
    SyncRun,
)  # fmt: skip


def test_no_page_asks_more_often_when_rows_grow(
    browser_of: Client, store: Store, owner: User
) -> None:
    """Six times as many rows of everything: each page the app has takes the queries it took."""
    samples.fill(store, orders=25)
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    samples.acts(store, owner)
    samples.programs(store.merchant)

    def read(path: str) -> tuple[int, str]:
        answer: Any = browser_of.get(path)
        html = answer.get("content-type", "").startswith("text/html")
        return answer.status_code, answer.content.decode() if html else ""

    def asked() -> dict[str, int]:
        counts = {}
        for path in pages:
            with CaptureQueriesContext(connection) as seen:
                browser_of.get(path)
            counts[path] = len(seen)
        return counts

    pages = list(tour.pages(read).values())
    few = asked()
    multiply(dict.fromkeys(GROWING, 5))
    more = asked()
    assert (len(pages) > 50, Order.objects.count() > 150) == (True, True)
    assert {path: (few[path], count) for path, count in more.items() if count > few[path]} == {}
