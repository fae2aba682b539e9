"""Writing through the SDK changes the world, or is refused, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from entrosdk import GrantExpiring, Shop
from entrosdk.domain.money import Money
from entrosdk.domain.writing import (
    Handover,
    Image,
    Outcome,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Refusal,
    StockChange,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import Conflict, Invalid, OutcomeUnknown
from entrosdk.sandbox import TikTokProfile
from entrosdk.sandbox.orders import Order, ReturnStage, Stage
from entrosdk.sandbox.steps import force
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.tiktok.client import Client


@pytest.fixture
def table() -> Table:
    """A shop with a history."""
    return Table("tiktok", orders=120)


@pytest.fixture
def shop(table: Table) -> Iterator[Shop]:
    """The same, connected."""
    with table.shop() as shop:
        yield shop


def bought(table: Table, stage: Stage = Stage.TO_SHIP, *, cod: bool = True) -> Order:
    """An order in a stage."""
    order: Order = table.market.shop.buy(table.box.world.now, cod=cod)
    if order.stage is not stage:
        force(table.market.shop, order, stage, table.box.world.now)
    return order


def listed(table: Table, number: int = 0) -> Any:
    """A product of the world."""
    return table.market.shop.products[number]


def stock(product: Any, quantity: int, place: str = "") -> StockChange:
    """A wish for the first variant of a product."""
    variant = product.variants[0]
    return StockChange(
        product_id=str(product.id),
        variant_id=str(variant.id),
        quantity=quantity,
        warehouse_id=place,
    )


def price(product: Any, amount: int) -> PriceChange:
    """A wish for the first variant of a product."""
    variant = product.variants[0]
    return PriceChange(
        product_id=str(product.id), variant_id=str(variant.id), price=Money(amount, "VND")
    )


# Stock and prices


def test_stock_is_set_to_what_buyers_can_buy(table: Table, shop: Shop) -> None:
    """An absolute number; units of a campaign are a part of it and cannot be taken away."""
    product = listed(table)
    product.variants[0].reserved = 5
    (result,) = shop.products.set_stock([stock(product, 12)])
    assert result.ok
    assert product.variants[0].stock == 12
    assert shop.products.get(str(product.id)).variants[0].sellable == 12
    (locked,) = shop.products.set_stock([stock(product, 4)])
    assert (locked.refusal, product.variants[0].stock) == (Refusal.LOCKED, 12)


def test_each_item_has_its_result(table: Table, shop: Shop) -> None:
    """Good ones are written, unknown ones are told, in the given order."""
    first, second = listed(table), listed(table, 1)
    missing = StockChange(product_id="17", variant_id="18", quantity=1)
    results = shop.products.set_stock([stock(first, 3), missing, stock(second, 4)])
    assert [one.ok for one in results] == [True, False, True]
    assert results[1].refusal is Refusal.NOT_FOUND
    assert (first.variants[0].stock, second.variants[0].stock) == (3, 4)


def test_two_warehouses_are_written_together() -> None:
    """The other one keeps what it has."""
    table = Table("tiktok", orders=3, profile=TikTokProfile(warehouses=2))
    product = listed(table)
    with table.shop() as shop:
        level = shop.products.get(str(product.id)).variants[0].stock
        other = level[1].sellable
        wish = stock(product, 50, level[0].warehouse_id)
        (result,) = shop.products.set_stock([wish])
        assert (result.ok, product.variants[0].stock) == (True, 50 + other)
        (unclear,) = shop.products.set_stock([stock(product, 50)])
        assert unclear.refusal is Refusal.INVALID


def test_a_price_in_a_promotion_is_locked(table: Table, shop: Shop) -> None:
    """The other product's is set."""
    first, second = listed(table), listed(table, 1)
    first.variants[0].reserved = 1
    results = shop.products.set_price([price(first, 99_000), price(second, 88_000)])
    assert [one.refusal for one in results] == [Refusal.LOCKED, None]
    assert (second.variants[0].price, first.variants[0].price != 99_000) == (88_000, True)


def test_a_price_off_sale_or_out_of_range_is_refused(table: Table, shop: Shop) -> None:
    """State and value are told apart."""
    product = listed(table)
    (high,) = shop.products.set_price([price(product, 999_000_000)])
    assert high.refusal is Refusal.INVALID
    product.listed = False
    (off,) = shop.products.set_price([price(product, 99_000)])
    assert off.refusal is Refusal.STATE


@pytest.mark.parametrize("effect", ["drop_reply", "timeout"])
def test_a_lost_reply_is_read_back_and_not_repeated(table: Table, effect: str) -> None:
    """Stock and price stand as wanted, so they were accepted; each was sent once."""
    product = listed(table)
    with table.shop() as shop:
        shop.warehouses()
        for path in ("inventory/update", "prices/update"):
            table.fault(effect, match={"path": path})
            if path.startswith("inventory"):
                (result,) = shop.products.set_stock([stock(product, 21)])
            else:
                (result,) = shop.products.set_price([price(product, 77_000)])
            assert result.outcome is Outcome.ACCEPTED
            assert len([one for one in table.asked() if one.endswith(path)]) == 1
    assert (product.variants[0].stock, product.variants[0].price) == (21, 77_000)


# On sale and off, making and changing


def test_products_go_off_sale_and_come_back_after_a_review(table: Table, shop: Shop) -> None:
    """Off at once, on after it was looked at."""
    product = listed(table)
    name = str(product.id)
    (off,) = shop.products.unpublish([name])
    assert (off.ok, shop.products.get(name).raw_status) == (True, "SELLER_DEACTIVATED")
    (again,) = shop.products.unpublish([name])
    assert again.refusal is Refusal.STATE
    (on,) = shop.products.publish([name])
    assert on.ok
    assert shop.products.submission(name).state is SubmissionState.REVIEWING
    table.sleep(1801)
    assert shop.products.submission(name).state is SubmissionState.DONE
    assert shop.products.get(name).raw_status == "ACTIVATE"


def draft(**parts: Any) -> ProductDraft:
    """A product to be made."""
    variants = tuple(
        VariantDraft(
            sku=f"BGN-{size}",
            price=Money(299_000, "VND"),
            quantity=5,
            options=(("Dung tích", size),),
        )
        for size in ("500ml", "750ml")
    )
    return ProductDraft(
        **{
            "title": "Bình giữ nhiệt inox 304 nắp vặn chống tràn",
            "description": "<p>Giữ nóng 12 giờ.</p>",
            "category_id": "100004",
            "images": (Image(content=b"\xff\xd8"),),
            "variants": variants,
            **parts,
        }
    )


def test_a_product_is_made_reviewed_and_found(table: Table, shop: Shop) -> None:
    """With its variants and their ids."""
    made = shop.products.create(draft())
    assert made.state is SubmissionState.REVIEWING
    assert [sku for sku, _ in made.variant_ids] == ["BGN-500ml", "BGN-750ml"]
    table.sleep(1801)
    product = shop.products.get(made.product_id)
    assert (product.raw_status, len(product.variants)) == ("ACTIVATE", 2)
    assert product.variants[1].options == (("Dung tích", "750ml"),)
    assert product.variants[1].sellable == 5


def test_a_draft_is_not_on_sale(shop: Shop) -> None:
    """Nobody reviews it."""
    made = shop.products.create(draft(published=False))
    assert shop.products.get(made.product_id).raw_status == "DRAFT"


def test_a_bad_product_is_refused(shop: Shop) -> None:
    """A title of a few letters, no picture."""
    with pytest.raises(Invalid):
        shop.products.create(draft(title="Bình"))
    with pytest.raises(Invalid):
        shop.products.create(draft(images=()))


def test_a_product_whose_reply_was_lost_is_not_made_twice(table: Table, shop: Shop) -> None:
    """It is found by its code."""
    shop.warehouses()
    before = len(table.market.shop.products)
    table.fault("drop_reply", match={"path": "/product/202309/products"}, nth=2)
    made = shop.products.create(draft())
    assert made.product_id
    assert len(table.market.shop.products) == before + 1


def test_a_title_is_changed_under_review(table: Table, shop: Shop) -> None:
    """The listing stays on sale meanwhile."""
    name = str(listed(table).id)
    patch = ProductPatch(title="Áo thun cotton cổ tròn form rộng 2026")
    assert shop.products.update(name, patch).state is SubmissionState.REVIEWING
    assert shop.products.submission(name).state is SubmissionState.REVIEWING
    assert shop.products.get(name).title == patch.title


# Orders


def test_an_order_is_shipped_labelled_and_delivered(table: Table, shop: Shop) -> None:
    """The number comes with the shipment, the label after it."""
    order = bought(table)
    options = shop.orders.shipping_options(order.id)
    assert Handover.PICKUP in options.methods
    assert len(options.slots) == 2
    with pytest.raises(Conflict):
        shop.orders.label(order.id)
    shipment = shop.orders.ship(order.id)
    assert shipment.raw_status == "AWAITING_COLLECTION"
    assert shipment.packages[0].tracking_number == order.tracking
    label = shop.orders.label(order.id)
    assert label.url.endswith(f"{order.package}.pdf")
    assert label.valid_until == table.moment.replace(microsecond=0) + timedelta(hours=24)
    table.sleep(7 * 3600)
    assert shop.orders.get(order.id).raw_status == "IN_TRANSIT"
    with pytest.raises(Conflict):
        shop.orders.label(order.id)


def test_an_order_is_shipped_once(table: Table, shop: Shop) -> None:
    """Shipped, cancelled, or stopped by the buyer: a conflict each."""
    for stage in (Stage.PACKED, Stage.CANCELLED, Stage.CANCELLING, Stage.SHIPPED):
        order = bought(table, stage)
        with pytest.raises(Conflict):
            shop.orders.ship(order.id, method=Handover.DROP_OFF)


def test_a_shipment_whose_reply_was_lost_is_not_repeated(table: Table, shop: Shop) -> None:
    """The order tells that it left its waiting."""
    order = bought(table)
    shop.warehouses()
    table.fault("drop_reply", match={"path": "/ship"}, times=1)
    shipment = shop.orders.ship(order.id, method=Handover.DROP_OFF)
    assert shipment.raw_status == "AWAITING_COLLECTION"
    assert len([one for one in table.asked() if one.endswith("/ship")]) == 1


def test_an_order_is_cancelled_with_one_of_its_reasons(table: Table, shop: Shop) -> None:
    """Units are given back; another reason is refused, and so is a second time."""
    order = bought(table)
    variant = order.lines[0].variant
    before = variant.stock
    with pytest.raises(Invalid):
        shop.orders.cancel(order.id, "because")
    reason = shop.orders.cancel_reasons(order.id)[0]
    shop.orders.cancel(order.id, reason.code)
    seen = shop.orders.get(order.id)
    assert (seen.raw_status, seen.cancelled_by) == ("CANCELLED", "SELLER")
    assert variant.stock == before + order.lines[0].quantity
    with pytest.raises(Conflict):
        shop.orders.cancel(order.id, reason.code)


def test_a_part_of_an_order_is_not_cancelled_in_vietnam(table: Table, shop: Shop) -> None:
    """The whole order only."""
    order = bought(table)
    line = shop.orders.get(order.id).lines[0].id
    reason = shop.orders.cancel_reasons(order.id)[0].code
    with pytest.raises(Invalid):
        shop.orders.cancel(order.id, reason, line_ids=[line])


def test_an_order_on_its_way_is_not_cancelled(table: Table, shop: Shop) -> None:
    """The carrier has it."""
    order = bought(table, Stage.SHIPPED)
    with pytest.raises(Conflict):
        shop.orders.cancel(order.id, "seller_cancel_reason_out_of_stock")


@pytest.mark.parametrize("agree", [True, False])
def test_a_buyers_request_to_cancel_is_answered(table: Table, shop: Shop, agree: bool) -> None:
    """Agreed, it ends the order; refused, the order goes on."""
    order = bought(table, Stage.CANCELLING)
    assert shop.orders.get(order.id).status == "CANCELLING"
    if agree:
        shop.orders.accept_cancellation(order.id)
    else:
        reason = "seller_reject_apply_product_has_been_packed"
        shop.orders.refuse_cancellation(order.id, reason, comment="Đã đóng gói")
    assert shop.orders.get(order.id).status == ("CANCELLED" if agree else "TO_SHIP")
    with pytest.raises(Conflict):
        shop.orders.accept_cancellation(order.id)


# Returns


def returned(table: Table, *, goods: bool) -> Any:
    """A return that waits for the seller."""
    order = bought(table, Stage.DELIVERED)
    from entrosdk.sandbox.steps import STEPS

    table.market.shop.forget(order)
    STEPS["return_goods" if goods else "return_refund"](
        table.market.shop, order, table.box.world.now
    )
    return order.returns[-1]


def test_a_refund_is_agreed_to(table: Table, shop: Shop) -> None:
    """The money goes back."""
    case = returned(table, goods=False)
    shop.returns.accept(case.id)
    seen = shop.returns.get(case.id)
    assert (seen.status, seen.money_state) == (
        "RETURN_OR_REFUND_REQUEST_COMPLETE",
        "REFUNDED",
    )


def test_goods_come_back_before_the_money_goes(table: Table, shop: Shop) -> None:
    """Agreed, shipped by the buyer, received, refunded."""
    case = returned(table, goods=True)
    shop.returns.accept(case.id)
    assert shop.returns.get(case.id).status == "AWAITING_BUYER_SHIP"
    table.sleep(25 * 3600)
    assert shop.returns.get(case.id).goods_state == "IN_TRANSIT"
    shop.returns.accept(case.id)
    seen = shop.returns.get(case.id)
    assert (seen.goods_state, seen.money_state) == ("RECEIVED", "REFUNDED")


def test_a_return_is_disputed_with_a_reason(table: Table, shop: Shop) -> None:
    """Evidence is uploaded; the platform decides."""
    case = returned(table, goods=False)
    reason = shop.returns.dispute_reasons(case.id)[0]
    shop.returns.dispute(case.id, reason.code, comment="ảnh", evidence=[Image(content=b"x")])
    assert case.stage is ReturnStage.DISPUTED
    assert shop.returns.get(case.id).money_state == "DENIED"


def test_a_decided_return_cannot_be_answered(table: Table, shop: Shop) -> None:
    """Twice."""
    case = returned(table, goods=False)
    shop.returns.accept(case.id)
    with pytest.raises((Conflict, Invalid)):
        shop.returns.accept(case.id)


# Notifications


def test_webhooks_are_genuine_and_tell_what_happened(table: Table, shop: Shop) -> None:
    """Signed with the app's secret, in the platform's own words."""
    table.market.pushes.aim("http://127.0.0.1:1/hook")
    order = bought(table)
    shop.orders.cancel(order.id, "seller_cancel_reason_out_of_stock")
    bought(table, Stage.CANCELLING)
    returned(table, goods=True)
    shop.products.set_stock([stock(listed(table), 0)])
    shop.products.set_price([price(listed(table, 1), 99_000)])
    shop.products.unpublish([str(listed(table, 2).id)])
    table.market.revoke()
    kinds: dict[str, set[str]] = {}
    for push in table.market.pushes.due(table.box.world.now):
        headers = table.market.pushes.headers(push)
        for event in shop.events.parse(headers=headers, body=push.body):
            assert event.shop_id == shop.shop_id
            kinds.setdefault(type(event).__name__, set()).add(event.raw_kind)
    assert kinds == {
        "OrderChanged": {"1", "11"},
        "ReturnChanged": {"12"},
        "StockChanged": {"27"},
        "ProductChanged": {"5", "15"},
        "GrantRevoked": {"6"},
    }


def test_the_end_of_a_consent_is_told_daily_in_its_last_month(table: Table, shop: Shop) -> None:
    """By webhook, with the moment as text."""
    table.market.pushes.aim("http://127.0.0.1:1/hook")
    table.sleep(333 * 86_400)
    table.box.world.settle()
    assert not table.market.pushes.due(table.box.world.now - 86_400 * 400)
    table.market.pushes.waiting.clear()
    table.sleep(4 * 86_400)
    table.box.world.settle()
    told = []
    for push in table.market.pushes.due(table.box.world.now):
        headers = table.market.pushes.headers(push)
        told += shop.events.parse(headers=headers, body=push.body)
    warnings = [event for event in told if isinstance(event, GrantExpiring)]
    assert len(warnings) >= 2
    assert {event.shop_ids for event in warnings} == {(shop.shop_id,)}
    assert {event.before for event in warnings} == {NOON + timedelta(days=365)}


def test_deleted_products_are_gone_until_they_are_recovered(table: Table) -> None:
    """Then they are off sale."""
    client = Client(table)
    name, path = str(listed(table).id), "/product/202309/products"
    assert client.ask("DELETE", path, {"product_ids": [name]}).status == 200
    assert client.get(f"{path}/{name}")["code"] == 12052260
    assert client.post(f"{path}/recover", {"product_ids": [name, "1"]})["data"]["errors"]
    assert client.get(f"{path}/{name}")["data"]["status"] == "SELLER_DEACTIVATED"


def test_what_nobody_can_read_back_stays_unknown(table: Table) -> None:
    """The reply is lost and so is the look: no guess, no second write."""
    order = bought(table)
    with table.shop() as shop:
        shop.warehouses()
        reason = "seller_cancel_reason_out_of_stock"
        table.fault("429", match={"path": "/cancellations"}, times=1)
        shop.orders.cancel(order.id, reason)
        other = bought(table)
        table.fault("500", match={"path": "/cancellations"}, times=1)
        with pytest.raises(OutcomeUnknown):
            shop.orders.cancel(other.id, reason)
    assert table.moment > NOON
