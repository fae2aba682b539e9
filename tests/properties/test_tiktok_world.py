"""What holds in every emulated TikTok Shop shop, whatever its seed: states, sums, stock."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import Order, Stage
from entrosdk.sandbox.tiktok.ledger import trade
from entrosdk.sandbox.tiktok.money import parts, share, units
from entrosdk.sandbox.tiktok.rendering import order_body
from entrosdk.sandbox.tiktok.words import STAGES
from entrosdk.sandbox.world import World
from tests.sandboxes import NOON

SEEDS = (7, 11, 23)
ORDERS = 1000

# The state machine of fact book section 3.4; a state may be told twice.
STEPS = {
    "UNPAID": {"ON_HOLD", "AWAITING_SHIPMENT", "CANCELLED"},
    "ON_HOLD": {"AWAITING_SHIPMENT", "CANCELLED"},
    "AWAITING_SHIPMENT": {"PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "CANCELLED"},
    "AWAITING_COLLECTION": {"IN_TRANSIT", "COMPLETED", "CANCELLED"},
    "IN_TRANSIT": {"DELIVERED", "COMPLETED", "CANCELLED"},
    "DELIVERED": {"COMPLETED"},
    "COMPLETED": set(),
    "CANCELLED": set(),
}


@cache
def world(seed: int) -> tuple[World, tuple[tuple[str, str], ...]]:
    """A world with its history, moved on by two weeks, and every change of state in those."""
    made = World({"tiktok": trade()}, seed=seed, orders=ORDERS, wall=NOON.timestamp)
    shop = made.shops["tiktok"]
    seen: list[tuple[str, str]] = []

    def note(change: Change) -> None:
        if change.kind == "order":
            seen.append((change.old, change.new))

    shop.listeners.append(note)
    for _ in range(14):
        for number in range(5):
            shop.buy(made.now, cod=bool(number % 2))
        made.advance(86_400)
    return made, tuple(seen)


def orders(seed: int) -> list[Order]:
    """All orders of a world."""
    return list(world(seed)[0].shops["tiktok"].orders.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_move_along_the_state_machine(seed: int) -> None:
    """No step that the manual does not have."""
    moves = {(STAGES[old], STAGES[new]) for old, new in world(seed)[1]}
    strange = {(old, new) for old, new in moves if old != new and new not in STEPS[old]}
    assert strange == set()
    assert len(moves) > 6


@pytest.mark.parametrize("seed", SEEDS)
def test_an_orders_sums_are_consistent(seed: int) -> None:
    """Of units, of the order, and of shipping, to the dong."""
    for order in orders(seed):
        body = order_body(order, masking=True)
        told = {k: int(v) for k, v in body["payment"].items() if k != "currency"}
        lines = body["line_items"]
        listed, off = told["original_total_product_price"], told["seller_discount"]
        assert told["sub_total"] == listed - off - told["platform_discount"]
        assert told["sub_total"] == sum(int(line["sale_price"]) for line in lines)
        assert off == sum(int(line["seller_discount"]) for line in lines)
        assert told["total_amount"] == told["sub_total"] + told["shipping_fee"] == order.total
        shipping = told["original_shipping_fee"] - told["shipping_fee_platform_discount"]
        assert told["shipping_fee"] == shipping
        assert min(int(line["sale_price"]) for line in lines) > 0
        assert len({line["id"] for line in lines}) == len(lines)


@pytest.mark.parametrize("seed", SEEDS)
def test_settlements_are_the_sums_of_their_blocks(seed: int) -> None:
    """Statements are the sums of their transactions, and each order settles once."""
    shop = world(seed)[0].shops["tiktok"]
    books = shop.trade.ledger
    settled = [e for s in books.statements for e in s.entries if e.type == "ORDER"]  # type: ignore[attr-defined]
    assert len({entry.order for entry in settled}) == len(settled) > 600
    for entry in settled:
        blocks = parts(shop.orders[entry.order])
        whole = sum(blocks.revenue.values()) + sum(blocks.shipping.values())
        whole += sum(blocks.fee.values()) + sum(blocks.tax.values())
        assert whole == entry.settlement
        assert sum(amount for _, amount in entry.named()) == entry.settlement


@pytest.mark.parametrize("seed", SEEDS)
def test_stock_is_never_negative_and_holds_are_counted(seed: int) -> None:
    """Units that orders hold are those of orders that wait."""
    shop = world(seed)[0].shops["tiktok"]
    held: dict[int, int] = {}
    waiting = {Stage.UNPAID, Stage.ON_HOLD, Stage.TO_SHIP, Stage.PACKED, Stage.CANCELLING}
    for order in shop.orders.values():
        for line in order.lines if order.stage in waiting else ():
            held[line.variant.id] = held.get(line.variant.id, 0) + line.quantity
    for product in shop.products:
        for variant in product.variants:
            assert variant.stock >= 0
            assert variant.withheld + variant.occupied == held.get(variant.id, 0)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**7), min_size=1, max_size=20))
def test_shares_make_the_whole(amount: int, weights: list[int]) -> None:
    """Largest remainder: no dong is lost, and none is off by more than one."""
    found = share(amount, weights)
    assert sum(found) == amount
    exact = [amount * weight / sum(weights) for weight in weights]
    assert all(abs(part - want) < 1.001 for part, want in zip(found, exact, strict=True))


@given(st.sampled_from(SEEDS), st.integers(0, ORDERS - 1))
def test_an_order_prints_the_same_twice(seed: int, place: int) -> None:
    """Ids and vouchers of units are drawn once."""
    order = orders(seed)[place]
    assert units(order) == units(order)
    assert order_body(order, masking=True) == order_body(order, masking=True)
