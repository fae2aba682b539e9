"""The money of orders, worked out as records are stored."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from attrs import evolve
from django.core.management import call_command
from django.db.models import Count, Sum
from django.utils import timezone

from entrosdk import MoneyState, OrderStatus, PaymentKind
from reference_app.records.models import Payment
from reference_app.settling import keeping, queries
from reference_app.settling.models import DayMoney, FeeRate, OrderMoney, ReturnClock, StoreTerms
from reference_app.settling.rules.reckoning import State
from reference_app.stores.models import Store
from tests.app.settling.conftest import PARTS, TWICE, Till

pytestmark = pytest.mark.django_db


def test_the_worked_example_is_matched(till: Till) -> None:
    """The example's order is expected and paid 360.300."""
    order = till.order()
    till.paid(order)
    money = till.money(order)
    assert (money.state, money.payout_minor, money.expected_minor) == (
        State.MATCHED,
        360_300,
        360_300,
    )


def test_a_fee_taken_twice_is_short_and_explained(till: Till) -> None:
    """Paid 346.500 it is short by 13.800, for the service fee."""
    order = till.order()
    till.paid(order, TWICE)
    money = till.money(order)
    assert (money.state, money.payout_minor, money.difference_minor, money.causes) == (
        State.SHORT,
        346_500,
        -13_800,
        [["twice", "service_fee", -13_800]],
    )


def test_movements_may_come_before_their_order(till: Till) -> None:
    """Whatever is read first, both together make the state."""
    order = till.make.order(1, status=OrderStatus.COMPLETED)
    till.paid(order)
    till.put("orders", order)
    assert till.money(order).state == State.MATCHED


def test_a_later_adjustment_closes_the_case(till: Till) -> None:
    """An order that was disputed is matched once the marketplace pays the rest."""
    order = till.order()
    till.paid(order, TWICE)
    OrderMoney.objects.update(mark="disputed")
    keeping.reckon_orders(till.store, [order.id])
    before = till.money(order).state
    till.paid(order, (*TWICE, (PaymentKind.ADJUSTMENT, 13_800)))
    assert (before, till.money(order).state) == (State.DISPUTED, State.MATCHED)


@pytest.mark.parametrize(
    ("status", "age", "state"),
    [
        (OrderStatus.SHIPPED, 9, State.NOT_DUE),
        (OrderStatus.DELIVERED, 6, State.WAITING),
        (OrderStatus.DELIVERED, 8, State.OVERDUE),
        (OrderStatus.CANCELLED, 8, State.NO_MONEY),
    ],
)
def test_before_there_is_money(till: Till, status: OrderStatus, age: int, state: State) -> None:
    """Without movements an order's delivery and the clock say where it stands."""
    order = till.order(status=status, age=age)
    assert till.money(order).shown_state == state


def test_what_is_not_settled_is_waited_for(till: Till) -> None:
    """Movements that are only announced leave an order waiting, with what it will bring."""
    order = till.order(status=OrderStatus.DELIVERED)
    till.paid(order, settled=None)
    money = till.money(order)
    assert (money.state, money.stake_minor) == (State.WAITING, 360_300)


def test_computed_money_is_not_called_late(till: Till) -> None:
    """Where a marketplace tells no settlements, nothing is overdue for that."""
    order = till.order(age=30)
    till.paid(order, settled=None, derived=True)
    assert till.money(order).shown_state == State.COMPUTED


def test_a_stores_own_terms_count(till: Till) -> None:
    """Its days until payout and its fee table are what an order is held against."""
    StoreTerms.objects.create(store=till.store, due_days=2)
    FeeRate.objects.create(store=till.store, kind="commission", ppm=100_000)
    late, dear = till.order(1, status=OrderStatus.DELIVERED), till.order(2)
    till.paid(dear)
    assert (till.money(late).shown_state, till.money(dear).causes) == (
        State.OVERDUE,
        [["rate", "commission", -4_600]],
    )


def test_a_refund_needs_its_return(till: Till) -> None:
    """A refund nobody returned for is a difference until the return is known."""
    order = till.order()
    till.paid(order, (*PARTS, (PaymentKind.REFUND, -250_000)))
    before = till.money(order).causes
    till.put("returns", till.make.return_of(order))
    assert (before, till.money(order).state) == ([["no_return", "refund", -250_000]], "matched")


def test_a_refund_is_dated_when_it_is_first_seen(till: Till) -> None:
    """Later readings of a refunded return do not make it younger."""
    order = till.order()
    first = till.make.return_of(order, money_state=MoneyState.REFUNDED)
    till.put("returns", first)
    till.put("returns", evolve(first, updated_at=first.updated_at + timedelta(days=3)))
    assert ReturnClock.objects.get().refunded_at == first.updated_at


def test_sums_of_days_equal_the_movements(till: Till) -> None:
    """However often records are replaced, the sums of days are the sums of movements."""
    dice = random.Random(11)
    orders = [till.order(number) for number in range(1, 5)]
    for _ in range(25):
        parts = dice.sample(PARTS, dice.randrange(1, len(PARTS)))
        till.paid(dice.choice(orders), parts, settled=dice.choice([True, None]))
    by_kind = {
        row["kind"]: (row["n"], row["sum"])
        for row in Payment.objects.values("kind").annotate(n=Count("pk"), sum=Sum("amount_minor"))
    }
    kept = {
        row["kind"]: (row["n"], row["sum"])
        for row in DayMoney.objects.filter(count__gt=0)
        .values("kind")
        .annotate(n=Sum("count"), sum=Sum("amount_minor"))
    }
    assert kept == by_kind


def test_everything_can_be_worked_out_again(till: Till) -> None:
    """The command rebuilds states and sums from what is stored, and keeps what people said."""
    order = till.order()
    till.paid(order, TWICE)
    OrderMoney.objects.update(mark="disputed", state="not_due", payout_minor=None)
    DayMoney.objects.all().delete()
    call_command("reckon", verbosity=0)
    money = till.money(order)
    assert (money.state, money.payout_minor) == (State.DISPUTED, 346_500)
    assert sum(DayMoney.objects.values_list("amount_minor", flat=True)) == 346_500


def test_the_sums_of_states(till: Till) -> None:
    """Counts by state split waiting orders by the clock."""
    till.order(1, status=OrderStatus.DELIVERED, age=1)
    till.order(2, status=OrderStatus.DELIVERED, age=9)
    till.paid(till.order(3), TWICE)
    found = queries.state_sums(till.store.merchant)
    assert {state: row["n"] for state, row in found.items()} == {
        "waiting": 1,
        "overdue": 1,
        "short": 1,
    }


def test_a_report_reaches_as_far_as_the_slowest_store(till: Till, store: Store) -> None:
    """A report is complete up to the oldest moment; a store that was never read has no say."""
    from entrosdk.sync.sink import Checkpoint
    from reference_app import samples
    from reference_app.records.sink import DjangoSink

    now = timezone.now()
    second = samples.store(store.merchant, "lazada", "2002")
    for where, age in ((store, 1), (second, 5)):
        at = Checkpoint(done_to=now - timedelta(hours=age))
        DjangoSink(where).commit(samples.commit(where, "payments", checkpoint=at))
    assert queries.complete_to(store.merchant, "payments") == now - timedelta(hours=5)
