"""The ledger adds up, whatever is done (domain 9.1, 9.4, 9.5)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import asdict, evolve
from django.db import IntegrityError, transaction
from django.utils import timezone

from entrosdk import OrderStatus
from reference_app.stock import counting, ledger, receiving
from reference_app.stock.counting import Hand, NotPossible
from reference_app.stock.models import (
    Balance,
    Movement,
    OrderStock,
    Receipt,
    Transfer,
    Warehouse,
)
from reference_app.stock.offers import Pool
from reference_app.stock.rules.quantities import Level, sellable_together
from reference_app.stock.rules.returns import Refused
from tests.app.stock.conftest import Bench, figures, hand, later

pytestmark = pytest.mark.django_db


def place(bench: Bench) -> Warehouse:
    """Return the main warehouse."""
    return ledger.main_warehouse(bench.merchant.pk)


@pytest.fixture
def second(bench: Bench) -> Warehouse:
    """Return another warehouse."""
    place(bench)
    return Warehouse.objects.create(merchant=bench.merchant, name="Kho Hà Nội", rank=2)


# Movements


def test_the_same_cause_is_one_movement(bench: Bench) -> None:
    """A form sent twice adds its units once."""
    shirt = bench.variant("A")
    form = hand()
    made = [counting.adjust(place(bench), shirt.pk, 5, form, reason="") for _ in range(2)]
    assert (figures(shirt), made[1]) == ((5, 0), None)


def test_the_database_keeps_causes_unique(bench: Bench) -> None:
    """Two rows of one cause, line and kind cannot stand beside each other."""
    shirt = bench.variant("A", 5)
    twin = Movement.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    assert figures(shirt) == (5, 0)


def test_a_mistake_is_reversed_by_name(bench: Bench) -> None:
    """The reversal names the movement, and a second one does nothing."""
    shirt = bench.variant("A", 5)
    wrong = Movement.objects.get()
    back = ledger.reverse(wrong, actor=None, reason="typo")
    again = ledger.reverse(wrong, actor=None, reason="typo")
    assert back is not None
    assert (figures(shirt), back.reverses, again) == ((0, 0), wrong, None)


# Counts


def test_count_during_sales(bench: Bench) -> None:
    """A count holds for its instant: what was shipped later is taken off, earlier was counted."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 2))
    bench.tell(order)
    counted_at = timezone.now()
    bench.tell(later(order, "SHIPPED"))
    counting.count(place(bench), {shirt.pk: 12}, counted_at, hand())
    assert figures(shirt) == (10, 0)


def test_a_hand_over_told_after_the_count_that_saw_it(bench: Bench) -> None:
    """Goods gone before the count, of which we hear after it, are not taken off twice."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    order = bench.order(("A", 2), created_at=timezone.now() - timedelta(hours=2))
    order = evolve(order, updated_at=order.created_at)
    bench.tell(order)
    counting.count(place(bench), {shirt.pk: 8}, timezone.now(), hand())
    bench.tell(later(order, "SHIPPED", 30))
    assert figures(shirt) == (8, 0)


def test_a_count_before_a_later_one_is_refused(bench: Bench) -> None:
    """The latest count stands, and the future cannot be counted."""
    shirt = bench.variant("A", 10)
    now = timezone.now()
    counting.count(place(bench), {shirt.pk: 8}, now, hand())
    for moment in (now - timedelta(hours=1), now + timedelta(hours=1)):
        with pytest.raises(NotPossible):
            counting.count(place(bench), {shirt.pk: 3}, moment, hand())
    assert figures(shirt) == (8, 0)


# Transfers


def test_stock_in_transfer_is_nowhere(bench: Bench, second: Warehouse) -> None:
    """On its way it is in no warehouse; what arrives is in the other one; arrival happens once."""
    shirt = bench.variant("A", 10)
    transfer = counting.send_transfer(place(bench), second, {shirt.pk: 4}, hand())
    on_the_way = figures(shirt)
    taken = [counting.receive_transfer(transfer, {shirt.pk: 3}, None) for _ in range(2)]
    there = Balance.objects.get(variant=shirt, warehouse=second).on_hand
    assert (on_the_way, taken, there, figures(shirt)) == ((6, 0), [True, False], 3, (9, 0))


def test_units_of_an_order_are_not_carried_away(bench: Bench, second: Warehouse) -> None:
    """Only units that no order holds can be sent; a refusal changes nothing."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    bench.tell(bench.order(("A", 8)))
    with pytest.raises(NotPossible):
        counting.send_transfer(place(bench), second, {shirt.pk: 3}, hand())
    assert (figures(shirt), Transfer.objects.count()) == ((10, 8), 0)


# Returns


@pytest.fixture
def shipped(bench: Bench) -> OrderStock:
    """Return an order of three units that was handed over."""
    bench.listing(bench.variant("A", 10))
    order = bench.order(("A", 3))
    bench.tell(evolve(order, status=OrderStatus.SHIPPED))
    return OrderStock.objects.get()


def back(order: OrderStock, ref: str, units: int, condition: str = "sellable") -> int:
    """Receive units of the order's only line."""
    return receiving.receive(order, ref, {order.reservations.get().pk: units}, condition)


def test_return_received_twice(shipped: OrderStock) -> None:
    """The same return moves stock once."""
    times = [back(shipped, "R1", 2) for _ in range(2)]
    balance = Balance.objects.get()
    assert (times, balance.on_hand) == ([1, 0], 9)


def test_return_refused_above_shipped(shipped: OrderStock) -> None:
    """More than was handed over cannot come back, over all returns of the order."""
    back(shipped, "R1", 2)
    with pytest.raises(Refused):
        back(shipped, "R2", 2)
    assert (Balance.objects.get().on_hand, Receipt.objects.count()) == (9, 1)


def test_damaged_goods_are_apart(shipped: OrderStock) -> None:
    """Damaged units are on hand and not for sale; lost ones move nothing."""
    back(shipped, "R1", 1, "damaged")
    back(shipped, "R2", 1, "lost")
    level = Balance.objects.get().level
    assert (level.on_hand, level.quarantined, level.sellable) == (8, 1, 7)


def test_an_order_cancelled_on_its_way_is_awaited_until_it_is_back(
    bench: Bench, shipped: OrderStock
) -> None:
    """It stands in the list of returns to come until all of it was looked at."""
    from reference_app.records.models import Order

    row = Order.objects.get()
    Order.objects.update(status="CANCELLED", updated_at=row.updated_at + timedelta(hours=1))
    from reference_app.stock import booking

    booking.follow(bench.stores[0], [row.external_id])
    shipped.refresh_from_db()
    waiting = shipped.coming
    back(shipped, "", 3)
    shipped.refresh_from_db()
    assert (waiting, shipped.coming, Balance.objects.get().on_hand) == (True, False, 10)


# Sums


def test_ledger_sum_equals_cache_after_random_operations(
    bench: Bench, second: Warehouse, agree: Callable[[], bool]
) -> None:
    """Whatever people and orders do, the balances are the sums, and a rebuild changes nothing."""
    dice = random.Random(7)
    variants = [bench.variant(f"V{n}", 20) for n in range(4)]
    for variant in variants:
        bench.listing(variant)
    orders = []
    for _ in range(10_000 if os.environ.get("PROFILE") == "long" else 60):
        act = dice.randrange(5)
        variant = dice.choice(variants)
        where = dice.choice([place(bench), second])
        if act == 0 or not orders:
            order = bench.order((variant.sku, dice.randint(1, 4)))
            orders.append(order)
            bench.tell(order)
        elif act == 1:
            number = dice.randrange(len(orders))
            status = dice.choice(["SHIPPED", "CANCELLED", "TO_SHIP", "COMPLETED"])
            orders[number] = later(orders[number], status)
            bench.tell(orders[number])
        elif act == 2:
            counting.adjust(where, variant.pk, dice.randint(-3, 9), hand(), reason="x")
        elif act == 3:
            counting.count(where, {variant.pk: dice.randint(0, 30)}, timezone.now(), hand())
        else:
            _try_transfer(place(bench), second, variant.pk, dice.randint(1, 5))
    assert (agree(), ledger.rebuild(bench.merchant.pk)) == (True, 0)


def _try_transfer(source: Warehouse, target: Warehouse, variant: int, units: int) -> None:
    try:
        transfer = counting.send_transfer(
            source, target, {variant: units}, Hand(None, hand().token)
        )
    except NotPossible:
        return
    counting.receive_transfer(transfer, {}, None)


def test_replay_gives_equal_balances(bench: Bench, agree: Callable[[], bool]) -> None:
    """A spoilt cache is rebuilt from the ledger to what it was."""
    shirt = bench.variant("A", 10)
    bench.listing(shirt)
    first, second = bench.order(("A", 2)), bench.order(("A", 3))
    bench.tell(first, second)
    bench.tell(later(first, "SHIPPED"))
    before = list(Balance.objects.values_list("on_hand", "reserved", "quarantined"))
    Balance.objects.update(on_hand=99, reserved=-4)
    spoilt = agree()
    fixed = ledger.rebuild(bench.merchant.pk)
    after = list(Balance.objects.values_list("on_hand", "reserved", "quarantined"))
    assert (spoilt, fixed, before) == (False, 1, after)


def test_a_merchant_can_go_with_its_stock(bench: Bench, shipped: OrderStock) -> None:
    """Deleting a merchant takes ledger, reservations and receipts along."""
    back(shipped, "R1", 1)
    bench.merchant.delete()
    assert (Movement.objects.count(), Balance.objects.count(), Receipt.objects.count()) == (0, 0, 0)


def test_the_database_adds_up_what_may_be_sold_as_the_rule_does(
    bench: Bench, second: Warehouse
) -> None:
    """A shortage in one warehouse never eats another's stock, whoever does the sum."""
    draw, expected = random.Random(9), {}
    for number in range(40):
        variant = bench.variant(f"S{number}")
        levels = [
            Level(**{name: draw.randrange(12) for name in ("on_hand", "reserved", "quarantined")})
            for _ in range(2)
        ]
        for warehouse, level in zip((place(bench), second), levels, strict=True):
            facts = {"merchant": bench.merchant, "warehouse": warehouse, "variant": variant}
            Balance.objects.create(**facts, **asdict(level))
        expected[variant.pk] = sellable_together(levels)
    pool = Pool.of(bench.merchant.pk, list(expected))
    assert {pk: pool.units(pk) for pk in expected} == expected
