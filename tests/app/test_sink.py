"""The laws of the app's sink."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from itertools import permutations
from typing import Any

import pytest
from attrs import evolve
from django.db import connection, transaction
from django.utils import timezone

from entrosdk import Money, Order, OrderStatus, Unreadable
from entrosdk.sync.sink import Checkpoint, Opening, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks import openings
from reference_app import samples
from reference_app.records import models as rows
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store

pytestmark = pytest.mark.django_db
NOW = timezone.now()
KEY = StreamKey("shopee", "1001", "orders")


@pytest.fixture
def make(store: Store) -> Factory:
    """Return a factory of records for the store under test."""
    return Factory.of(store, now=NOW)


@pytest.fixture
def sink(store: Store) -> DjangoSink:
    """Return the sink under test."""
    return DjangoSink(store)


def contents() -> list[list[dict[str, Any]]]:
    """Return what the tables hold, without keys that only count insertions."""
    hidden = {"id", "order_id", "product_id", "source_id", "first_seen_at", "sealed", "of_id"}
    models = [
        rows.Order, rows.OrderLine, rows.Package, rows.Product, rows.Variant,
        rows.PaymentSource, rows.Payment, rows.Payout, rows.Return, rows.ReturnLine,
    ]  # fmt: skip
    return [
        sorted(
            ({k: v for k, v in row.items() if k not in hidden} for row in model.objects.values()),
            key=repr,
        )
        for model in models
    ]


def everything(make: Factory) -> list[tuple[str, tuple[Any, ...]]]:
    """Return records of every stream."""
    orders = tuple(make.order(number) for number in range(1, 6))
    return [
        ("orders", orders),
        ("products", tuple(make.product(place) for place in range(3))),
        ("payments", tuple(p for order in orders for p in make.payments(order))),
        ("returns", (make.return_of(orders[0]),)),
    ]


def test_a_first_reading_is_new(sink: DjangoSink, store: Store, make: Factory) -> None:
    """Records never seen before are counted as new."""
    orders = [make.order(number) for number in range(1, 4)]
    assert sink.commit(commit(store, "orders", *orders)) == Written(new=3)


def test_replaying_a_commit_changes_nothing(sink: DjangoSink, store: Store, make: Factory) -> None:
    """The same commits again leave every table as it was and count as ignored."""
    commits = [commit(store, stream, *found, read_at=NOW) for stream, found in everything(make)]
    for one in commits:
        sink.commit(one)
    before = contents()
    again = [sink.commit(one) for one in commits]
    assert (contents(), [(w.new, w.changed) for w in again]) == (before, [(0, 0)] * 4)


def test_an_older_version_never_overwrites_a_newer_one(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """Whatever the order of arrival, the newest version of an order stands."""
    first = make.order(1, status=OrderStatus.TO_SHIP)
    versions = [
        evolve(first, updated_at=NOW + timedelta(minutes=age), raw_status=f"v{age}")
        for age in range(3)
    ]
    ends = set()
    for arrival in permutations(versions):
        rows.Order.objects.all().delete()
        for version in arrival:
            sink.commit(commit(store, "orders", version))
        ends.add(rows.Order.objects.get().raw_status)
    assert ends == {"v2"}


def test_of_two_readings_with_one_update_time_the_later_stands(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """A listing whose update time does not move is replaced by a later reading only."""
    product = make.product(1)
    later, earlier = evolve(product, title="later"), evolve(product, title="earlier")
    sink.commit(commit(store, "products", later, read_at=NOW))
    sink.commit(commit(store, "products", earlier, read_at=NOW - timedelta(seconds=1)))
    assert rows.Product.objects.get().title == "later"


def test_a_page_that_shows_an_order_twice(sink: DjangoSink, store: Store, make: Factory) -> None:
    """A repeated row is one order, the newer of the two."""
    old = make.order(1)
    new = evolve(old, updated_at=old.updated_at + timedelta(hours=1), raw_status="newer")
    written = sink.commit(commit(store, "orders", new, old))
    assert (written, rows.Order.objects.get().raw_status) == (Written(new=1, ignored=1), "newer")


def test_lines_are_replaced_as_a_whole(sink: DjangoSink, store: Store, make: Factory) -> None:
    """A line that left an order leaves the table."""
    order = make.order(1)
    line = order.lines[0]
    two = evolve(order, lines=(line, evolve(line, id="second")))
    sink.commit(commit(store, "orders", two))
    one = evolve(order, updated_at=order.updated_at + timedelta(minutes=1), lines=(line,))
    sink.commit(commit(store, "orders", one))
    assert rows.OrderLine.objects.count() == 1


def test_money_read_again_is_no_change(sink: DjangoSink, store: Store, make: Factory) -> None:
    """A window that is read twice does not say that everything in it changed."""
    payments = list(make.payments(make.order(1)))
    sink.commit(commit(store, "payments", *payments, read_at=NOW))
    again = sink.commit(commit(store, "payments", *payments, read_at=NOW + timedelta(seconds=1)))
    assert again == Written(ignored=len(payments))


def test_payments_are_replaced_source_by_source(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """A later reading of an order's money replaces all its movements, and no others."""
    first, second = make.order(1), make.order(2)
    sink.commit(
        commit(store, "payments", *make.payments(first), *make.payments(second), read_at=NOW)
    )
    before = rows.Payment.objects.filter(order_ref=second.id).count()
    only = evolve(next(make.payments(first)), amount=Money(5, "VND"))
    written = sink.commit(commit(store, "payments", only, read_at=NOW + timedelta(seconds=1)))
    kept = rows.Payment.objects.filter(order_ref=second.id).count()
    amounts = rows.Payment.objects.filter(order_ref=first.id).values_list("amount_minor", flat=True)
    assert (written, list(amounts), kept) == (Written(changed=1), [5], before)


def test_a_failure_keeps_nothing_of_a_commit(
    sink: DjangoSink, store: Store, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records and checkpoint are stored together or not at all."""
    order = make.order(1)
    broken = evolve(order, lines=(order.lines[0], order.lines[0]))  # twice the same line
    with pytest.raises(SinkFailed):
        sink.commit(commit(store, "orders", broken, checkpoint=Checkpoint(done_to=NOW)))
    assert (rows.Order.objects.count(), sink.checkpoint(KEY)) == (0, None)


def test_the_checkpoint_comes_back_as_it_was(sink: DjangoSink, store: Store) -> None:
    """A checkpoint survives with its open windows and their positions."""
    left = (
        Opening(window=(NOW, NOW + timedelta(days=1)), cursor="page 3"),
        Opening(window=(NOW - timedelta(days=9), NOW), history=True),
    )
    at = Checkpoint(since=NOW, done_to=NOW, checked_to=NOW, open=left)
    sink.commit(commit(store, "orders", checkpoint=at))
    assert sink.checkpoint(KEY) == at


def test_a_window_open_before_the_upgrade_is_carried_over() -> None:
    """The one window of the old form becomes a list of one that reads back as it was."""
    migration = import_module("reference_app.records.migrations.0002_open_windows")
    start, end = NOW - timedelta(days=1), NOW
    live, old = (migration.opening(since, start, end, "p2") for since in (start, end))
    row = rows.StreamCheckpoint(since=end, done_to=end, checked_to=end)
    row.window_from, row.window_to = start, end
    migration.cover(row)
    assert (row.since, row.done_to, row.checked_to) == (start, end, None)
    assert openings.from_json([live, old]) == (
        Opening(window=(start, end), cursor="p2"),
        Opening(window=(start, end), cursor="p2", history=True),
    )


@pytest.mark.parametrize(("history", "days"), [(False, 2), (True, 0)])
def test_a_store_is_read_up_to_its_first_gap(
    sink: DjangoSink, store: Store, history: bool, days: int
) -> None:
    """Windows are read side by side: an open one holds the mark back, unless it is a backfill."""
    day = timedelta(days=1)
    left = (
        Opening(window=(NOW - day, NOW), history=history),
        Opening(window=(NOW - 2 * day, NOW - day), history=history),
    )
    sink.commit(commit(store, "orders", checkpoint=Checkpoint(since=NOW, done_to=NOW, open=left)))
    store.refresh_from_db()
    assert store.read_to == NOW - days * day


def test_an_unreadable_record_is_kept_until_it_reads_well(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """Quarantine holds the record, counts it once, and lets it go when it reads well."""
    order = make.order(1)
    bad = Unreadable(id=order.id, reason="item_list: missing", body=b'{"a": 1}')
    written = sink.commit(commit(store, "orders", unreadable=(bad, bad)))
    held = sink.quarantined(KEY, [order.id])
    sink.commit(commit(store, "orders", order))
    assert (written.quarantined, held, sink.quarantined(KEY, [order.id])) == (
        2,
        {order.id},
        set(),
    )


def test_known_ids(sink: DjangoSink, store: Store, make: Factory) -> None:
    """The sink tells which of many ids it has; payments are known by their source."""
    order = make.order(1)
    sink.commit(commit(store, "orders", order))
    sink.commit(commit(store, "payments", *make.payments(order)))
    ids = [order.id, *map(str, range(1200))]
    streams = ("orders", "payments")
    found = [sink.known(StreamKey("shopee", "1001", stream), ids) for stream in streams]
    assert found == [{order.id}, {order.id}]


def test_stores_do_not_see_each_other(store: Store, make: Factory) -> None:
    """Equal ids of two stores are two orders."""
    second = samples.store(store.merchant, "lazada", "2002")
    order = make.order(1)
    DjangoSink(store).commit(commit(store, "orders", order))
    DjangoSink(second).commit(commit(second, "orders", order))
    known = DjangoSink(second).known(KEY, [order.id])
    assert (rows.Order.objects.count(), known) == (2, {order.id})


def test_personal_data_is_sealed_and_not_searchable(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """Name, phone and address stand nowhere in the database in clear text."""
    order = make.order(1)
    sink.commit(commit(store, "orders", order))
    dump = _dump()
    recipient = order.recipient
    assert recipient is not None
    assert [w for w in (recipient.name, recipient.phone, recipient.address) if w in dump] == []


def _dump() -> str:
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            text.append(repr(cursor.fetchall()))
    return "".join(text)


def test_search_text(sink: DjangoSink, store: Store, make: Factory) -> None:
    """An order is found by its ids, skus and product names without diacritics."""
    order = make.order(1)
    line = evolve(order.lines[0], name="Đầm xòe", sku="DX-01")
    sink.commit(commit(store, "orders", evolve(order, lines=(line,))))
    assert rows.Order.objects.get().search_text == f"{order.id} dx-01 dam xoe"


def test_a_status_is_noted_once(sink: DjangoSink, store: Store, make: Factory) -> None:
    """The timeline gains a step when the status changes, and none when it does not."""
    order: Order = make.order(1, status=OrderStatus.TO_SHIP)
    later = order.updated_at + timedelta(hours=1)
    for version in (
        order,
        evolve(order, updated_at=later),
        evolve(order, updated_at=later + timedelta(hours=1), status=OrderStatus.SHIPPED),
    ):
        sink.commit(commit(store, "orders", version))
    steps = rows.OrderStep.objects.values_list("status", flat=True)
    assert list(steps) == ["TO_SHIP", "SHIPPED"]


def test_history_stays_history(sink: DjangoSink, store: Store, make: Factory) -> None:
    """A later change does not make an order of a backfill look new."""
    order = make.order(1)
    sink.commit(commit(store, "orders", order, history=True))
    newer = evolve(order, updated_at=order.updated_at + timedelta(hours=1))
    sink.commit(commit(store, "orders", newer))
    assert rows.Order.objects.get().history is True


def test_a_commit_needs_few_queries(
    sink: DjangoSink, store: Store, make: Factory, django_assert_max_num_queries: Any
) -> None:
    """A page of a hundred orders takes a handful of statements."""
    page = commit(store, "orders", *(make.order(n) for n in range(1, 101)))
    with transaction.atomic(), django_assert_max_num_queries(31):
        sink.commit(page)


def test_recipients_are_forgotten_90_days_after_the_end(
    sink: DjangoSink, store: Store, make: Factory
) -> None:
    """A closed order loses its recipient after 90 days; an open one keeps it."""
    from reference_app.records.forgetting import forget_recipients

    long_ago = NOW - timedelta(days=91)
    closed = make.order(1, status=OrderStatus.COMPLETED, updated_at=long_ago)
    still_open = make.order(2, status=OrderStatus.SHIPPED, updated_at=long_ago)
    recent = make.order(3, status=OrderStatus.COMPLETED)
    sink.commit(commit(store, "orders", closed, still_open, recent))
    forget_recipients()
    kept = rows.OrderPrivate.objects.order_by("order_id").values_list("order__external_id")
    assert list(kept) == [(still_open.id,), (recent.id,)]
