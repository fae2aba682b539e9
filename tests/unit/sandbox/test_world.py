"""The world's laws: money adds up, stock is real, time only runs forwards."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk.sandbox import Sandbox
from entrosdk.sandbox.control import truth
from entrosdk.sandbox.orders import Stage
from entrosdk.sandbox.shopee.money import income, payment_parts, signed_parts
from entrosdk.sandbox.shopee.payments import _escrow
from entrosdk.sandbox.shopee.rendering import order_body, order_json
from entrosdk.sandbox.steps import FORCED, force
from tests.sandboxes import NOON, Table

DAY = 86_400
seeds = st.integers(0, 10_000)


@settings(max_examples=10)
@given(seeds)
def test_money_of_every_order_adds_up(seed: int) -> None:
    """The buyer's total, the escrow formula and the ids the SDK reports agree to the dong."""
    table = Table(seed=seed, orders=150)
    for order in table.market.shop.orders.values():
        body = _escrow(table.market, order)
        earned, paid = body["order_income"], body["buyer_payment_info"]
        assert earned["escrow_amount"] == sum(signed_parts(order).values())
        assert earned["escrow_amount_after_adjustment"] == sum(a for _, a in payment_parts(order))
        assert paid["buyer_total_amount"] == sum(
            paid[name]
            for name in (
                "merchant_subtotal",
                "shipping_fee",
                "seller_voucher",
                "shopee_voucher",
                "shopee_coins_redeemed",
            )
        )
        assert min(value for name, value in income(order).items() if "refund" not in name) >= 0
        assert 0 < order.total <= order.goods + order.buyer_shipping


@settings(max_examples=10)
@given(seeds)
def test_wallet_rows_reconcile(seed: int) -> None:
    """Each balance is the one before plus the amount."""
    wallet = Table(seed=seed, orders=150).market.wallet.rows
    assert wallet[0].balance == wallet[0].amount
    assert all(after.balance == before.balance + after.amount for before, after in pairwise(wallet))


@settings(max_examples=10)
@given(seeds, st.lists(st.integers(1, 3 * DAY), max_size=5))
def test_stories_move_forwards_only(seed: int, leaps: list[int]) -> None:
    """Update times rise with versions, stock never falls below nothing, ends are ends."""
    table = Table(seed=seed, orders=60)
    shop = table.market.shop
    ended: dict[str, str] = {}
    for leap in leaps:
        table.box.world.advance(leap)
        moments = [moment for moment, _, _ in shop.updates]
        assert moments == sorted(moments)
        assert min(v.stock for p in shop.products for v in p.variants) >= 0
        for order in shop.orders.values():
            assert order.created <= order.updated <= table.box.world.now
            assert ended.get(order.id, order.stage) == order.stage
            if order.stage in {"CANCELLED", "COMPLETED"}:
                ended[order.id] = order.stage


def test_the_same_seed_on_the_same_day_is_the_same_world() -> None:
    """A restart later that day shows the same shop, moved on."""
    first = Table(orders=80)
    first.box.world.advance(5 * 3600)
    moment = NOON.timestamp() + 5 * 3600
    later = Sandbox(orders=80, wall=lambda: moment)
    assert truth(later.markets["shopee"]) == first.truth()
    assert Table(orders=80, seed=8).truth() != Table(orders=80).truth()


def test_arrivals_are_the_same_after_a_restart() -> None:
    """Buyers who came since a moment come again when the world is drawn anew."""
    since = int(NOON.timestamp()) - 3600
    a = Table(orders=10, arrivals_per_hour=60, arrivals_from=since)
    b = Table(orders=10, arrivals_per_hour=60, arrivals_from=since)
    assert len(a.truth()["orders"]) == 10 + 60
    a.sleep(600)
    b.sleep(600)
    assert a.truth() == b.truth()
    assert len(a.truth()["orders"]) == 10 + 60 + 10


def test_arrivals_begin_when_the_world_does() -> None:
    """Nobody arrived before the sandbox was started, unless a moment is given."""
    table = Table(orders=10, arrivals_per_hour=60)
    assert len(table.truth()["orders"]) == 10
    table.sleep(600)
    assert len(table.truth()["orders"]) == 20


def test_the_shop_is_lively() -> None:
    """History has every kind of fate that a seller meets."""
    table = Table(orders=1500)
    shop = table.market.shop
    shop.buy(table.box.world.now, cod=False)
    seen = Counter(order.stage for order in shop.orders.values())
    assert {"UNPAID", "TO_SHIP", "PACKED", "SHIPPED", "COMPLETED", "CANCELLED"} < set(seen)
    assert {order.cancelled_by for order in shop.orders.values()} >= {"buyer", "seller", "system"}
    assert {each.stage for each in shop.returns.values()} >= {"ACCEPTED", "CANCELLED"}
    assert any(order.adjustments for order in shop.orders.values())
    assert 0.5 < sum(order.cod for order in shop.orders.values()) / 1500 < 0.7
    assert len(shop.products) >= 60
    assert sum(product.has_models for product in shop.products) > 50


def test_buying_takes_stock_and_cancelling_gives_it_back() -> None:
    """One purchase, one unit less; cancelled, one unit back."""
    table = Table(orders=5)
    shop = table.market.shop
    variant = shop.products[0].variants[0]
    before = variant.stock
    order = shop.buy(table.box.world.now, sku=variant.sku, quantity=2)
    assert variant.stock == before - 2
    force(shop, order, Stage.CANCELLED, table.box.world.now)
    assert (variant.stock, order.stage) == (before, "CANCELLED")


def test_sold_out_is_refused() -> None:
    """Nobody buys more than there is, or what is locked."""
    table = Table(orders=5)
    shop = table.market.shop
    variant = shop.products[0].variants[0]
    variant.reserved = variant.stock - 1
    with pytest.raises(LookupError, match="sold out"):
        shop.buy(table.box.world.now, sku=variant.sku, quantity=2)


@pytest.mark.parametrize("stage", FORCED)
def test_a_test_can_force_a_stage(stage: Stage) -> None:
    """Control puts an order anywhere, and its old story does not move it away again."""
    table = Table(orders=5)
    order = table.market.shop.buy(table.box.world.now, cod=True)
    force(table.market.shop, order, stage, table.box.world.now)
    table.box.world.advance(20 * DAY)
    assert order.stage is stage


def test_time_runs_forwards_only() -> None:
    """A negative advance is refused."""
    with pytest.raises(ValueError, match="forwards"):
        Table(orders=1).box.world.advance(-1)


spans = st.tuples(*(st.none() | st.integers(-30, 1) for _ in range(2)))


@settings(max_examples=40)
@given(spans, spans)
def test_orders_of_a_window_are_found_in_the_indexes(
    created: tuple[int | None, int | None], updated: tuple[int | None, int | None]
) -> None:
    """They are those that a look at every order finds, whichever index is walked."""
    shop = _moved().market.shop
    spans = [
        tuple(None if day is None else shop._anchor + day * DAY for day in span)
        for span in (created, updated)
    ]
    expected = {
        name
        for name, order in shop.orders.items()
        if _within(order.created, spans[0]) and _within(order.updated, spans[1])
    }
    found = [order.id for order in shop.orders_within(*spans)]
    assert len(found) == len(set(found))
    assert set(found) == expected


@cache
def _moved() -> Table:
    """A shop in which something was entered late."""
    table = Table(orders=120)
    for days in (3, 1, 2):
        order = table.market.shop.buy(table.box.world.now - days * DAY)
        force(table.market.shop, order, Stage.SHIPPED, table.box.world.now - DAY)
    return table


def _within(moment: int, span: tuple[int | None, ...]) -> bool:
    start, end = span
    return (start is None or start <= moment) and (end is None or moment <= end)


def test_a_forgotten_story_does_not_go_on() -> None:
    """Neither do the steps planned before, nor are those lost that are planned after."""
    table = Table(orders=0)
    shop, now = table.market.shop, table.box.world.now
    order = shop.buy(now, cod=True)
    shop.forget(order)
    shop.plan(now + 60, "ship", order.id)
    table.box.world.advance(40 * DAY)
    assert (order.parcel, order.stage) == ("REQUESTED", Stage.TO_SHIP)


def test_lines_printed_for_other_orders_say_the_same() -> None:
    """The bytes of an order are its body, whatever was printed before and has changed since."""
    table = Table(orders=60, products=3)
    wanted = frozenset({"item_list", "package_list", "edt", "total_amount"})
    for turn in range(3):
        for order in table.market.shop.orders.values():
            for fields in (wanted, wanted - {"item_list"}):
                printed = json.loads(order_json(order, fields, "partial"))
                assert printed == order_body(order, fields, "partial")
            order.lines[0].quantity += 1
        table.market.shop.products[turn].title += " mới"
