"""Changing a Shopee shop through the public API: what is told is what happened, also when lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve

from entrosdk import (
    Handover,
    Image,
    Money,
    Outcome,
    Parcel,
    PriceChange,
    ProductDraft,
    ProductPatch,
    ProductStatus,
    Refusal,
    Shop,
    StockChange,
    SubmissionState,
    VariantDraft,
    connect,
)
from entrosdk.errors import Conflict, NotFound, OutcomeUnknown
from entrosdk.sandbox import ShopeeProfile
from entrosdk.sandbox.orders import Order, ReturnStage, Stage
from entrosdk.sandbox.steps import force
from entrosdk.sandbox.transport import SandboxTransport
from tests.sandboxes import Table

PHOTO = Image(content=b"\x89PNG photo", kind="image/png", name="mu.png")


class Bench(Table):
    """A small shop without history, connected."""

    def __init__(self, profile: ShopeeProfile | None = None, **world: Any) -> None:
        super().__init__("shopee", profile=profile, **{"orders": 0, "products": 12, **world})
        self.connected: Shop = self.shop()

    @property
    def world(self) -> Any:
        """The shop as it really is."""
        return self.market.shop

    def bought(self, stage: Stage = Stage.TO_SHIP) -> Order:
        """An order in a stage."""
        order: Order = self.world.buy(self.box.world.now, cod=False)
        force(self.world, order, stage, self.box.world.now)
        return order

    def count(self, path: str) -> int:
        """How often an address was asked with success or without."""
        return self.asked().count(path)


@pytest.fixture
def bench() -> Bench:
    """A shop to change."""
    return Bench()


def stock(bench: Bench, quantity: int = 7) -> list[StockChange]:
    """One change for every variant of the shop."""
    return [
        StockChange(
            product_id=str(product.id),
            variant_id=str(variant.id) if variant.id else "",
            quantity=quantity,
        )
        for product in bench.world.products
        for variant in product.variants
    ]


# Stock and prices


def test_every_variant_of_a_shop_is_set_in_one_call_for_each_item(bench: Bench) -> None:
    """One result for each, and the world has the numbers."""
    changes = stock(bench)
    results = bench.connected.products.set_stock(changes)
    assert [(r.product_id, r.variant_id) for r in results] == [
        (c.product_id, c.variant_id) for c in changes
    ]
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert bench.count("product/update_stock") == len(bench.world.products)
    assert {v.stock for p in bench.world.products for v in p.variants} == {7}


def test_a_campaign_locks_one_of_many(bench: Bench) -> None:
    """The others are written, and the locked one can be when it is over."""
    variant = bench.world.products[0].variants[1]
    variant.reserved = 20
    changes = stock(bench)
    results = bench.connected.products.set_stock(changes)
    refused = [result for result in results if not result.ok]
    assert [(r.variant_id, r.refusal) for r in refused] == [(str(variant.id), Refusal.LOCKED)]
    variant.reserved = 0
    again = [change for change in changes if change.variant_id == str(variant.id)]
    assert bench.connected.products.set_stock(again)[0].ok


def test_stock_as_it_was_read_can_be_written_in_any_shop() -> None:
    """With the place it stands at, be it refused, ignored or needed."""
    for profile in (
        ShopeeProfile(one_place="refused"),
        ShopeeProfile(),
        ShopeeProfile(warehouses=True),
    ):
        bench = Bench(profile)
        changes = [
            StockChange(
                product_id=product.id,
                variant_id=variant.id,
                quantity=6,
                warehouse_id=variant.stock[0].warehouse_id,
            )
            for product in bench.connected.products.list()
            for variant in product.variants
        ]
        assert all(result.ok for result in bench.connected.products.set_stock(changes))
        assert {v.stock for p in bench.world.products for v in p.variants} == {6}


def test_asyncio_writes_the_same(bench: Bench) -> None:
    """One flow, two facades."""

    async def write() -> Any:
        async with bench.async_shop() as shop:
            return await shop.products.set_stock(stock(bench, 3))

    assert all(result.ok for result in asyncio.run(write()))
    assert {v.stock for p in bench.world.products for v in p.variants} == {3}


@pytest.mark.parametrize("effect", ["drop_reply", "timeout", "truncated_json", "html"])
def test_a_lost_reply_is_looked_up_and_not_repeated(bench: Bench, effect: str) -> None:
    """The stock was set before the reply was lost: it is told as accepted, written once."""
    bench.fault(effect, match="product/update_stock", times=1)
    changes = stock(bench)[:4]
    results = bench.connected.products.set_stock(changes)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED] * 4
    items = {change.product_id for change in changes}
    assert bench.count("product/update_stock") == len(items)


def test_a_write_that_never_arrived_is_unknown(bench: Bench) -> None:
    """Trouble before anything happened looks the same: it is told as unknown, not as done."""
    bench.fault("500", match="product/update_stock")
    changes = stock(bench, 4321)[:2]
    results = bench.connected.products.set_stock(changes)
    assert {result.outcome for result in results} == {Outcome.UNKNOWN}
    assert bench.count("product/update_stock") == 0


def test_an_expired_token_is_renewed_for_a_write(bench: Bench) -> None:
    """It surely had no effect, so it is sent again with the new one."""
    bench.fault("expire_token", match="product/update_stock", times=1)
    assert all(result.ok for result in bench.connected.products.set_stock(stock(bench)[:1]))


def test_prices_follow_promotions_and_the_rest(bench: Bench) -> None:
    """What is on offer keeps its price; the others have the new one, to the dong."""
    changes = [
        PriceChange(
            product_id=str(product.id),
            variant_id=str(variant.id) if variant.id else "",
            price=Money(variant.list_price + 1_000, "VND"),
        )
        for product in bench.world.products
        for variant in product.variants
    ]
    variants = [v for p in bench.world.products for v in p.variants]
    offered = [v.price < v.list_price for v in variants]
    results = bench.connected.products.set_price(changes)
    assert [result.refusal is Refusal.LOCKED for result in results] == offered
    for change, result, variant in zip(changes, results, variants, strict=True):
        assert (variant.list_price == change.price.minor) is result.ok


def test_items_leave_the_shelves_and_come_back(bench: Bench) -> None:
    """Unknown ones are told one by one."""
    ids = [str(product.id) for product in bench.world.products]
    results = bench.connected.products.unpublish([*ids, "1"])
    assert [result.ok for result in results] == [True] * len(ids) + [False]
    assert results[-1].refusal is Refusal.NOT_FOUND
    listed = {p.status for p in bench.connected.products.list()}
    assert listed == {ProductStatus.INACTIVE}
    assert all(result.ok for result in bench.connected.products.publish(ids))


# Items


def draft(**parts: Any) -> ProductDraft:
    """A woollen hat."""
    whole = {
        "title": "Mũ len",
        "description": "Ấm và nhẹ",
        "category_id": "100000",
        "variants": (VariantDraft(sku="MU", price=Money(99_000, "VND"), quantity=4),),
        "images": (PHOTO,),
        "parcel": Parcel(weight_g=200),
    }
    return ProductDraft(**{**whole, **parts})


def sizes(*names: str) -> tuple[VariantDraft, ...]:
    """A variant for each size."""
    return tuple(
        VariantDraft(
            sku=f"MU-{name}",
            price=Money(99_000, "VND"),
            quantity=4,
            options=(("Cỡ", name),),
            image=PHOTO,
        )
        for name in names
    )


def test_an_item_is_made_with_its_picture(bench: Bench) -> None:
    """Uploaded, made, and read back as it was wished."""
    made = bench.connected.products.create(draft())
    assert (made.state, made.variant_ids) == (SubmissionState.DONE, (("MU", ""),))
    product = bench.connected.products.get(made.product_id)
    assert (product.title, product.variants[0].sellable) == ("Mũ len", 4)
    assert product.variants[0].price == Money(99_000, "VND")
    assert product.image_urls[0].startswith("https://cf.shopee.vn/file/vn-11134207-")


def test_an_item_with_variants_is_shown_when_they_are_there(bench: Bench) -> None:
    """Five seconds pass; ids pair with SKUs; buyers can see it."""
    made = bench.connected.products.create(draft(variants=sizes("S", "M", "L")))
    assert 5.0 in bench.slept
    product = bench.connected.products.get(made.product_id)
    assert dict(made.variant_ids) == {variant.sku: variant.id for variant in product.variants}
    assert [variant.options for variant in product.variants] == [
        (("Cỡ", "S"),),
        (("Cỡ", "M"),),
        (("Cỡ", "L"),),
    ]
    assert product.status is ProductStatus.ACTIVE


def test_an_item_is_changed(bench: Bench) -> None:
    """Title and description; a lost reply is settled by reading them."""
    name = bench.connected.products.create(draft()).product_id
    bench.fault("drop_reply", match="product/update_item", times=1)
    done = bench.connected.products.update(name, ProductPatch(title="Mũ len dày"))
    assert (done.state, bench.count("product/update_item")) == (SubmissionState.DONE, 1)
    assert bench.connected.products.get(name).title == "Mũ len dày"


def test_an_item_under_review_is_followed() -> None:
    """A state, not an error."""
    bench = Bench(ShopeeProfile(review=600))
    made = bench.connected.products.create(draft())
    assert made.state is SubmissionState.REVIEWING
    bench.sleep(601)
    assert bench.connected.products.submission(made.id).state is SubmissionState.DONE


def test_a_lost_new_item_is_not_made_twice(bench: Bench) -> None:
    """It exists; the caller is told to look."""
    bench.fault("drop_reply", match="product/add_item", times=1)
    before = len(bench.world.products)
    with pytest.raises(OutcomeUnknown):
        bench.connected.products.create(draft())
    assert len(bench.world.products) == before + 1


# Orders


def test_an_order_is_shipped_at_the_time_offered(bench: Bench) -> None:
    """Pick-up by default, drop-off by wish; the number comes a minute later."""
    for how in ({}, {"method": Handover.DROP_OFF}):
        order = bench.bought()
        options = bench.connected.orders.shipping_options(order.id)
        assert options.methods == (Handover.PICKUP, Handover.DROP_OFF)
        shipment = bench.connected.orders.ship(order.id, **how)
        assert [package.tracking_number for package in shipment.packages] == [""]
        with pytest.raises(Conflict, match="tracking number"):
            bench.connected.orders.label(order.id)
        bench.sleep(61)
        found = bench.connected.orders.get(order.id)
        assert found.packages[0].tracking_number == order.tracking
        assert bench.connected.orders.label(order.id).content.startswith(b"%PDF")
        with pytest.raises(Conflict):
            bench.connected.orders.ship(order.id)


@pytest.mark.parametrize("effect", ["drop_reply", "timeout", "empty_body"])
def test_a_lost_shipment_is_looked_up(bench: Bench, effect: str) -> None:
    """It is arranged once and told as arranged."""
    order = bench.bought()
    bench.fault(effect, match="logistics/ship_order", times=1)
    assert bench.connected.orders.ship(order.id).order_id == order.id
    assert bench.count("logistics/ship_order") == 1


def test_a_shipment_that_never_arrived_is_unknown(bench: Bench) -> None:
    """The order still waits: nothing is claimed."""
    order = bench.bought()
    bench.fault("500", match="logistics/ship_order")
    with pytest.raises(OutcomeUnknown):
        bench.connected.orders.ship(order.id)
    assert order.stage is Stage.TO_SHIP


def test_a_number_of_ones_own() -> None:
    """Where the seller's carrier brings the parcel."""
    bench = Bench(ShopeeProfile(carrier="own"))
    order = bench.bought()
    bench.connected.orders.ship(order.id, tracking_number="VNPOST1")
    assert bench.connected.orders.get(order.id).packages[0].tracking_number == "VNPOST1"


def test_orders_are_cancelled_whole_and_in_part(bench: Bench) -> None:
    """By the seller, with one of the reasons; a shipped one is not."""
    reasons = bench.connected.orders.cancel_reasons("any")
    whole = bench.bought()
    bench.connected.orders.cancel(whole.id, reasons[0].code)
    assert whole.stage is Stage.CANCELLED
    order = next(found for _ in range(50) if len((found := bench.bought()).lines) > 1)
    line = bench.connected.orders.get(order.id).lines[0]
    bench.connected.orders.cancel(order.id, reasons[1].code, [line.id])
    left = {one.id for one in bench.connected.orders.get(order.id).lines}
    assert (line.id in left, bool(left), order.stage) == (False, True, Stage.TO_SHIP)
    with pytest.raises(Conflict):
        bench.connected.orders.cancel(bench.bought(Stage.SHIPPED).id, reasons[1].code)
    with pytest.raises(NotFound):
        bench.connected.orders.cancel("NOBODY", reasons[1].code)


def test_buyers_who_want_to_cancel_are_answered(bench: Bench) -> None:
    """Agreed with one, refused to the other, also when the reply is lost."""
    one, other = bench.bought(Stage.CANCELLING), bench.bought(Stage.CANCELLING)
    bench.fault("drop_reply", match="handle_buyer_cancellation", times=2)
    bench.connected.orders.accept_cancellation(one.id)
    bench.connected.orders.refuse_cancellation(other.id)
    assert (one.stage, other.stage) == (Stage.CANCELLED, Stage.TO_SHIP)
    with pytest.raises(Conflict):
        bench.connected.orders.accept_cancellation(one.id)


# Returns


@pytest.mark.parametrize("goods_back", [True, False])
def test_returns_are_agreed_to(bench: Bench, goods_back: bool) -> None:
    """Confirmed or offered, whichever Shopee takes; once, also when the reply is lost."""
    order = bench.bought(Stage.RETURNING)
    returned = order.returns[-1]
    returned.goods_back = goods_back
    bench.fault("drop_reply", match="returns/", nth=2)
    bench.connected.returns.accept(returned.id)
    wanted = ReturnStage.PROCESSING if goods_back else ReturnStage.ACCEPTED
    assert returned.stage is wanted
    with pytest.raises(Conflict):
        bench.connected.returns.accept(returned.id)


def test_returns_are_disputed_with_evidence() -> None:
    """A reason of the list, a picture, and an address to write to."""
    bench = Bench()
    app = evolve(bench.market.app, email="shop@example.com")
    given = {**bench._store({}), "app": app}
    order = bench.bought(Stage.RETURNING)
    name = order.returns[-1].id
    with connect("shopee", **given, transport=SandboxTransport(bench.box)) as shop:
        reason = shop.returns.dispute_reasons(name)[0]
        shop.returns.dispute(name, reason.code, "Hàng đúng mô tả", [PHOTO])
        with pytest.raises(Conflict):
            shop.returns.dispute(name, reason.code, "", [PHOTO])
    assert order.returns[-1].stage is ReturnStage.DISPUTED
