"""The database's local days are those of the business zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from entrosdk import OrderStatus
from reference_app.records.models import Order
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store
from reference_app.web.days import LocalDay, LocalHour


@pytest.mark.django_db
def test_days_and_hours_of_the_database(store: Store) -> None:
    """17:30 UTC on 30 June is half past midnight on 1 July; a second before 17:00 is 30 June."""
    make = Factory.of(store)
    moments = [
        datetime(2026, 6, 30, 17, 30, tzinfo=UTC),
        datetime(2026, 6, 30, 16, 59, 59, tzinfo=UTC),
    ]
    orders = [
        make.order(number, created_at=at, status=OrderStatus.TO_SHIP)
        for number, at in enumerate(moments)
    ]
    DjangoSink(store).commit(commit(store, "orders", *orders))
    found = Order.objects.annotate(day=LocalDay("created_at"), hour=LocalHour("created_at"))
    assert list(found.order_by("external_id").values_list("day", "hour")) == [
        (date(2026, 7, 1), 0),
        (date(2026, 6, 30), 23),
    ]
