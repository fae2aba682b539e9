"""What sellers do in the emulated world: allowed in some states, refused in others, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import HOUR, Goods, Order, Parcel, ReturnStage, Stage
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.steps import force
from entrosdk.sandbox.trade import WriteRefused, Wrong
from tests.sandboxes import Table

DAY = 24 * HOUR


class Stall:
    """A small shop with an order just bought, and everything it tells."""

    def __init__(self, stage: Stage | None = None, **buying: Any) -> None:
        self.table = Table(orders=0)
        self.shop: ShopWorld = self.table.market.shop
        self.heard: list[Change] = []
        self.shop.listeners.append(self.heard.append)
        self.order: Order = self.shop.buy(self.now, cod=False, **buying)
        if stage:
            force(self.shop, self.order, stage, self.now)
        elif not buying:
            self.pay()

    @property
    def now(self) -> int:
        """The world's time."""
        return self.table.box.world.now

    def pay(self) -> None:
        """Let the buyer pay, and nothing else happen."""
        force(self.shop, self.order, Stage.TO_SHIP, self.now)

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.table.box.world.advance(seconds)

    def kinds(self) -> Counter[str]:
        """What was told, by kind."""
        return Counter(change.kind for change in self.heard)


def refused(why: Wrong, act: Callable[..., None], *given: Any, **rest: Any) -> None:
    """Try something that must not happen."""
    with pytest.raises(WriteRefused) as caught:
        act(*given, **rest)
    assert caught.value.why is why


# Shipping


def test_an_arranged_order_goes_its_way() -> None:
    """Number within a minute, picked up within hours, delivered, content."""
    stall = Stall()
    selling.arrange(stall.shop, stall.order, stall.now)
    assert (stall.order.parcel, stall.order.tracked) == (Parcel.REQUESTED, False)
    stall.later(60)
    assert (stall.order.stage, stall.order.tracked) == (Stage.PACKED, True)
    stall.later(6 * HOUR)
    assert stall.order.stage is Stage.SHIPPED
    stall.later(2 * DAY)
    assert stall.order.stage is Stage.DELIVERED
    stall.later(3 * DAY)
    assert (stall.order.stage, bool(stall.order.released)) == (Stage.COMPLETED, True)


def test_the_number_can_come_at_once() -> None:
    """Where a marketplace answers with it."""
    stall = Stall()
    selling.arrange(stall.shop, stall.order, stall.now, answer_after=0)
    assert (stall.order.stage, stall.order.tracked) == (Stage.PACKED, True)


def test_nothing_is_arranged_twice() -> None:
    """Neither while the carrier answers nor afterwards."""
    stall = Stall()
    selling.arrange(stall.shop, stall.order, stall.now)
    refused(Wrong.STAGE, selling.arrange, stall.shop, stall.order, stall.now)
    stall.later(60)
    refused(Wrong.STAGE, selling.arrange, stall.shop, stall.order, stall.now)
    refused(Wrong.STAGE, selling.pack, stall.shop, stall.order, stall.now)


def test_a_packed_order_waits_for_its_seller() -> None:
    """Packing gives a number; only handing over calls the carrier."""
    stall = Stall()
    refused(Wrong.STAGE, selling.hand_over, stall.shop, stall.order, stall.now)
    selling.pack(stall.shop, stall.order, stall.now)
    stall.later(5 * DAY)
    assert (stall.order.stage, stall.order.tracked) == (Stage.PACKED, True)
    selling.hand_over(stall.shop, stall.order, stall.now)
    stall.later(7 * HOUR)
    assert stall.order.stage is Stage.SHIPPED


def test_a_failed_pickup_is_arranged_again() -> None:
    """The carrier came and found nobody."""
    stall = Stall()
    selling.arrange(stall.shop, stall.order, stall.now)
    stall.later(60)
    stall.shop.forget(stall.order)
    stall.shop.step(stall.order, "pickup_failed", stall.now)
    assert stall.order.stage is Stage.RETRY_SHIP
    selling.arrange(stall.shop, stall.order, stall.now)
    stall.later(7 * HOUR)
    assert stall.order.stage is Stage.SHIPPED


@pytest.mark.parametrize(
    "stage", [Stage.SHIPPED, Stage.DELIVERED, Stage.COMPLETED, Stage.CANCELLED, Stage.CANCELLING]
)
def test_what_is_under_way_or_over_is_not_shipped(stage: Stage) -> None:
    """Nor packed, nor cancelled by the seller."""
    stall = Stall(stage)
    before = stall.order.version
    for act in (selling.arrange, selling.pack):
        refused(Wrong.STAGE, act, stall.shop, stall.order, stall.now)
    refused(Wrong.STAGE, selling.seller_cancel, stall.shop, stall.order, stall.now, "x")
    assert (stall.order.stage, stall.order.version) == (stage, before)


# Cancelling


def test_a_cancelled_orders_units_are_sold_again() -> None:
    """What is sold out is set to nothing, and told."""
    stall = Stall()
    line = stall.order.lines[0]
    before = line.variant.stock
    sold_out = [(line.product, line.variant)] if before % 2 else []
    selling.seller_cancel(stall.shop, stall.order, stall.now, "Out of Stock", sold_out=sold_out)
    assert stall.order.stage is Stage.CANCELLED
    assert line.variant.stock == (0 if sold_out else before + line.quantity)
    again = Stall()
    line = again.order.lines[0]
    selling.seller_cancel(
        again.shop, again.order, again.now, "x", sold_out=[(line.product, line.variant)]
    )
    assert (line.variant.stock, again.kinds()["stock"] > 1) == (0, True)


def two_units() -> Stall:
    """A stall with an order of two units of one variant."""
    sku = Table(orders=0).market.shop.products[0].variants[0].sku
    stall = Stall(sku=sku, quantity=2)
    stall.pay()
    return stall


def test_some_units_are_cancelled() -> None:
    """They can be sold again, the total shrinks, the order goes on."""
    stall = two_units()
    variant, total = stall.order.lines[0].variant, stall.order.total
    stock, held = variant.stock, variant.occupied
    selling.cancel_lines(stall.shop, stall.order, stall.now, {0: 1}, "x")
    assert (variant.stock, variant.occupied) == (stock + 1, held - 1)
    assert 0 < stall.order.total < total
    assert stall.order.stage is Stage.TO_SHIP
    refused(Wrong.VALUE, selling.cancel_lines, stall.shop, stall.order, stall.now, {0: 2}, "x")
    selling.cancel_lines(stall.shop, stall.order, stall.now, {0: 1}, "x")
    assert (stall.order.stage, variant.stock) == (Stage.CANCELLED, stock + 2)


@pytest.mark.parametrize("agree", [True, False])
def test_a_buyer_who_wants_to_cancel_is_answered(agree: bool) -> None:
    """Once; nobody else asked."""
    stall = Stall()
    refused(
        Wrong.STAGE, selling.answer_cancellation, stall.shop, stall.order, stall.now, agree=agree
    )
    force(stall.shop, stall.order, Stage.CANCELLING, stall.now)
    selling.answer_cancellation(stall.shop, stall.order, stall.now, agree=agree)
    assert stall.order.stage is (Stage.CANCELLED if agree else Stage.TO_SHIP)
    refused(
        Wrong.STAGE, selling.answer_cancellation, stall.shop, stall.order, stall.now, agree=agree
    )


def test_a_refused_buyers_packed_order_stays_packed() -> None:
    """It is not to be arranged again."""
    stall = Stall()
    selling.pack(stall.shop, stall.order, stall.now)
    force(stall.shop, stall.order, Stage.CANCELLING, stall.now)
    selling.answer_cancellation(stall.shop, stall.order, stall.now, agree=False)
    assert stall.order.stage is Stage.PACKED


# Stock, prices, products


def goods(stall: Stall) -> tuple[Product, Variant]:
    """A product and one of its variants."""
    product = stall.shop.products[0]
    return product, product.variants[0]


def test_stock_is_what_buyers_can_buy() -> None:
    """Absolute, told to listeners, never below nothing."""
    stall = Stall()
    product, variant = goods(stall)
    selling.set_stock(stall.shop, product, variant, 3, stall.now)
    assert (variant.stock, product.updated) == (3, stall.now)
    assert stall.heard[-1].kind == "stock"
    refused(Wrong.VALUE, selling.set_stock, stall.shop, product, variant, -1, stall.now)
    assert variant.stock == 3


def test_a_campaign_holds_units_price_and_product() -> None:
    """All may be written again when it is over."""
    stall = Stall()
    product, variant = goods(stall)
    price, variant.reserved = variant.price, 5
    shop, now = stall.shop, stall.now
    refused(Wrong.LOCKED, selling.set_stock, shop, product, variant, 4, now)
    refused(Wrong.LOCKED, selling.set_price, shop, product, variant, now, price=1)
    refused(Wrong.LOCKED, selling.set_listed, shop, product, now, listed=False)
    refused(Wrong.LOCKED, selling.renew_variants, shop, product, now, (), ())
    refused(Wrong.LOCKED, selling.delete, shop, product, now)
    assert (variant.price, product.listed, product.deleted) == (price, True, False)
    selling.set_stock(stall.shop, product, variant, 5, stall.now)
    variant.reserved = 0
    selling.set_price(stall.shop, product, variant, stall.now, price=9, list_price=12)
    assert (variant.price, variant.list_price, stall.heard[-1].new) == (9, 12, "9")


def test_a_price_is_more_than_nothing() -> None:
    """Zero is refused; without a crossed-out price both are the same."""
    stall = Stall()
    product, variant = goods(stall)
    refused(Wrong.VALUE, selling.set_price, stall.shop, product, variant, stall.now, price=0)
    selling.set_price(stall.shop, product, variant, stall.now, price=7)
    assert (variant.price, variant.list_price) == (7, 7)


def test_a_new_product_is_looked_at_first() -> None:
    """Where the marketplace reviews; then buyers can buy it."""
    stall = Stall()
    product = _product(stall, 77)
    selling.add_product(stall.shop, product, stall.now, review=600)
    assert not product.on_sale
    stall.later(601)
    assert (product.on_sale, stall.heard[-1].new) == (True, "reviewed")


def test_a_deleted_product_stays_readable_and_unwritable() -> None:
    """It is over for good."""
    stall = Stall()
    product, _ = goods(stall)
    selling.delete(stall.shop, product, stall.now)
    assert product.id in stall.shop.by_product
    assert not product.on_sale
    refused(Wrong.STAGE, selling.delete, stall.shop, product, stall.now)
    refused(Wrong.STAGE, selling.set_listed, stall.shop, product, stall.now, listed=True)


def _product(stall: Stall, number: int) -> Product:
    ids = stall.shop.trade.ids
    product = Product(
        id=ids.product(Random(1), number),
        title="Mới",
        sku="MOI",
        category=100_000,
        grams=100,
        tiers=(),
        created=stall.now,
        updated=stall.now,
    )
    product.variants.append(Variant(id=0, sku="MOI", options=(), list_price=9, price=9, stock=1))
    return product


# Returns


@pytest.mark.parametrize("goods_back", [True, False])
def test_an_agreed_return_is_refunded(goods_back: bool) -> None:
    """At once, or after the goods came back."""
    stall = Stall(Stage.RETURNING)
    returned = stall.order.returns[-1]
    returned.goods_back = goods_back
    selling.agree_return(stall.shop, returned, stall.now)
    wanted = ReturnStage.PROCESSING if goods_back else ReturnStage.ACCEPTED
    assert returned.stage is wanted
    refused(Wrong.STAGE, selling.agree_return, stall.shop, returned, stall.now)
    stall.later(4 * DAY)
    assert (returned.stage, stall.order.stage) == (ReturnStage.ACCEPTED, Stage.COMPLETED)
    assert returned.goods is (Goods.DELIVERED if goods_back else Goods.NONE)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("late", [True, False])
def test_a_dispute_is_judged(seed: int, late: bool) -> None:
    """Two days later, either way, also when the order was over already."""
    table = Table(orders=0, seed=seed)
    shop, now = table.market.shop, table.box.world.now
    order = shop.buy(now, cod=True)
    force(shop, order, Stage.COMPLETED if late else Stage.RETURNING, now)
    if late:
        shop.step(order, "late_return", now)
    returned = order.returns[-1]
    selling.dispute_return(shop, returned, now)
    assert returned.stage is ReturnStage.DISPUTED
    refused(Wrong.STAGE, selling.dispute_return, shop, returned, now)
    table.box.world.advance(3 * DAY)
    assert returned.stage in {ReturnStage.CANCELLED, ReturnStage.ACCEPTED}
    assert order.stage is Stage.COMPLETED
    corrected = returned.stage is ReturnStage.ACCEPTED and late
    assert [amount for amount, _, _ in order.adjustments] == [-returned.refund] * corrected


# Laws

ACTS: dict[str, Callable[[ShopWorld, Order, int], None]] = {
    "arrange": selling.arrange,
    "pack": selling.pack,
    "hand_over": selling.hand_over,
    "cancel": lambda shop, order, now: selling.seller_cancel(shop, order, now, "x"),
    "cancel_one": lambda shop, order, now: selling.cancel_lines(shop, order, now, {0: 1}, "x"),
    "agree": lambda shop, order, now: selling.answer_cancellation(shop, order, now, agree=True),
    "refuse": lambda shop, order, now: selling.answer_cancellation(shop, order, now, agree=False),
    "ask": lambda shop, order, now: shop.step(order, "ask_cancel", now),
}


@settings(max_examples=25)
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 30), st.integers(0, DAY))),
)
def test_held_units_are_those_of_open_orders(seed: int, script: list[tuple[str, int, int]]) -> None:
    """Whatever sellers do and when: what stock shows as held is what open orders hold."""
    table = Table(seed=seed, orders=30)
    shop = table.market.shop
    for what, number, leap in script:
        table.box.world.advance(leap)
        order = list(shop.orders.values())[number % len(shop.orders)]
        if what == "ask" and order.stage not in {Stage.TO_SHIP, Stage.PACKED}:
            continue
        with suppress(WriteRefused):
            ACTS[what](shop, order, table.box.world.now)
    held: Counter[str] = Counter()
    for order in shop.orders.values():
        if order.stage in {Stage.TO_SHIP, Stage.RETRY_SHIP, Stage.PACKED, Stage.CANCELLING}:
            held.update({line.variant.sku: line.quantity for line in order.lines})
    variants = [variant for product in shop.products for variant in product.variants]
    assert {v.sku: v.occupied for v in variants if v.occupied} == dict(held)
    assert min(variant.stock for variant in variants) >= 0
