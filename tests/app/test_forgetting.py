"""Personal data of buyers: gone 90 days after the order closed, wherever it lay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from entrosdk import OrderStatus, Unreadable
from reference_app import samples
from reference_app.orders.forgetting import forget_words
from reference_app.orders.models import Act, ActItem, SavedFilter
from reference_app.records.forgetting import forget_bodies, forget_recipients
from reference_app.records.models import Order, OrderPrivate, PersonToken, Quarantined, Return
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.settling.models import ReturnAnswer
from reference_app.stores.models import Store

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def closed(make: Factory, at: datetime, number: int = 1, **changes: Any) -> Any:
    """Make an order that was completed at `at`."""
    facts = {"created_at": at - 3 * DAY, "updated_at": at, **changes}
    return make.order(number, status=OrderStatus.COMPLETED, **facts)


def test_the_time_runs_from_the_end_of_the_order(store: Store) -> None:
    """On day 90 the recipient is there, a second later it is not; amounts and lines stay."""
    make, sink = Factory.of(store), DjangoSink(store)
    sink.commit(commit(store, "orders", closed(make, NOW)))
    figures = list(Order.objects.values_list("total_minor", "units", "lines__quantity"))
    assert (forget_recipients(NOW + 90 * DAY), OrderPrivate.objects.count()) == (0, 1)
    forget_recipients(NOW + 90 * DAY + timedelta(seconds=1))
    assert (OrderPrivate.objects.count(), PersonToken.objects.count()) == (0, 0)
    assert list(Order.objects.values_list("total_minor", "units", "lines__quantity")) == figures


def test_what_changes_later_does_not_start_the_time_anew(store: Store) -> None:
    """An order that is touched after its end is forgotten by its end all the same."""
    make, sink = Factory.of(store), DjangoSink(store)
    order = closed(make, NOW)
    sink.commit(commit(store, "orders", order))
    later = closed(Factory.of(store), NOW + 80 * DAY, created_at=order.created_at)
    sink.commit(commit(store, "orders", later, read_at=NOW + 80 * DAY))
    assert OrderPrivate.objects.count() == 1
    forget_recipients(NOW + 91 * DAY)
    assert OrderPrivate.objects.count() == 0


def test_a_forgotten_recipient_does_not_come_back(store: Store) -> None:
    """Reading an old order again, or for the first time, stores no recipient."""
    make, sink = Factory.of(store), DjangoSink(store)
    order = closed(make, NOW)
    sink.commit(commit(store, "orders", order))
    forget_recipients(NOW + 91 * DAY)
    again = closed(Factory.of(store), NOW + 100 * DAY, created_at=order.created_at)
    first = closed(make, NOW - DAY, number=2)
    sink.commit(commit(store, "orders", again, first, read_at=NOW + 100 * DAY))
    assert (Order.objects.count(), OrderPrivate.objects.count()) == (2, 0)


def test_raw_bodies_are_emptied_and_stay_known(store: Store) -> None:
    """A record that could not be read loses its body after 90 days, and is still counted."""
    bad = Unreadable(id="x1", reason="total: missing", body=b'{"phone": "0912345678"}')
    DjangoSink(store).commit(commit(store, "orders", unreadable=(bad,), read_at=NOW))
    assert (forget_bodies(NOW + 89 * DAY), forget_bodies(NOW + 91 * DAY)) == (0, 1)
    assert (Quarantined.objects.get().body_sealed, forget_bodies(NOW + 92 * DAY)) == ("", 0)


def test_words_around_an_order_go_too(store: Store) -> None:
    """Comments, refusals in the marketplace's words and answers to returns are emptied."""
    samples.fill(store, orders=12)
    order, back = Order.objects.first(), Return.objects.first()
    assert order is not None
    act = Act.objects.create(
        merchant=store.merchant, kind="cancel", token="t", issued_at=NOW, asked_at=NOW,
        how={"comment": "call Hạnh"},
    )  # fmt: skip
    ActItem.objects.create(
        act=act, order=order, kind="cancel", outcome="refused", reason="Hạnh paid", ended_at=NOW
    )
    ReturnAnswer.objects.create(
        item=back, seen_status="x", decision="accept", comment="Hạnh", asked_at=NOW
    )
    assert (forget_words(NOW + 89 * DAY), forget_words(NOW + 91 * DAY)) == (0, 3)
    words = (
        Act.objects.get().how,
        ActItem.objects.get().reason,
        ReturnAnswer.objects.get().comment,
    )
    assert words == ({}, "", "")


def test_no_table_holds_a_buyer_in_clear(browser_of: Any, store: Store) -> None:
    """After a sync, a search that was saved and an act, no column of any table shows a buyer."""
    make, sink = Factory.of(store), DjangoSink(store)
    sink.commit(commit(store, "orders", *(make.order(number) for number in range(1, 9))))
    body = '{"name": "Nguyễn Thị Hạnh", "phone": "0912345678"}'.encode()
    bad = Unreadable(id="x1", reason="total: missing", body=body)
    sink.commit(commit(store, "orders", unreadable=(bad,)))
    browser_of.post("/orders/filters/", {"name": "Khách quen", "query": "q=Nguyễn Thị Hạnh"})
    assert SavedFilter.objects.get().query == "q=Nguy%E1%BB%85n+Th%E1%BB%8B+H%E1%BA%A1nh"
    shown = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            text = str(cursor.fetchall())
            shown += [
                (model._meta.label, word)
                for word in ("Hạnh", "Nguy%E1", "Duyên", "Đình Chiểu", "0912345678", "+849")
                if word in text
            ]
    assert shown == []
