"""Writing to the emulated Lazada through the public API: what happens, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk import (
    Image,
    Money,
    OrderStatus,
    Outcome,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Refusal,
    StockChange,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import Conflict, Invalid
from entrosdk.sandbox import LazadaProfile
from entrosdk.sandbox.http import Call
from tests.sandboxes import Table
from tests.unit.sandbox.lazada.desk import Client, table


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")


def bought(at: Table, **parts: Any) -> str:
    """The id of an order that waits to be shipped."""
    order = at.market.shop.buy(at.box.world.now, cod=True, **parts)
    return str(order.id)


def forced(at: Table, name: str, status: str) -> None:
    """Put an order into a stage."""
    body = json.dumps({"status": status}).encode()
    path = f"/control/orders/lazada/{name}/status"
    assert at.control("POST", path, body).status == 200


def variant(at: Table, number: int = 0) -> tuple[Any, Any]:
    """A listing of the shop and its first variant."""
    product = at.market.shop.products[number]
    return product, product.variants[0]


# Shipping


def test_an_order_is_shipped_labelled_and_delivered() -> None:
    """Packed and handed over in one call; the carrier comes by itself."""
    at = table()
    name = bought(at)
    with at.shop() as shop:
        assert shop.orders.shipping_options(name).methods
        shipment = shop.orders.ship(name)
        (package,) = shipment.packages
        assert shipment.raw_status == "ready_to_ship"
        assert package.tracking_number.startswith("LEXVN")
        label = shop.orders.label(name)
        path = label.url.partition("sandbox")[2].partition("?")[0]
        page = at.box.handle("lazada", Call(method="GET", path=path))
        assert page.body.startswith(b"%PDF")
        assert shop.orders.get(name).status is OrderStatus.PACKED
        at.sleep(60 * 3600)
        assert shop.orders.get(name).status is OrderStatus.DELIVERED
        with pytest.raises(Conflict):
            shop.orders.ship(name)


def test_stock_moves_with_an_order() -> None:
    """Bought: withheld; paid: occupied; shipped: gone (book 4.2)."""
    at = table()
    product, own = variant(at)
    order = at.market.shop.buy(at.box.world.now, sku=own.sku, quantity=2, cod=False)
    client = Client(at)

    def place() -> dict[str, int]:
        skus = client.get("/product/item/get", item_id=product.id)["data"]["skus"]
        found: dict[str, int] = skus[0]["multiWarehouseInventories"][0]
        return found

    before = place()
    assert before["withholdQuantity"] >= 2
    forced(at, order.id, "pending")
    paid = place()
    assert before["withholdQuantity"] - paid["withholdQuantity"] == 2
    assert paid["occupyQuantity"] - before["occupyQuantity"] == 2
    assert before["totalQuantity"] == paid["totalQuantity"]
    forced(at, order.id, "shipped")
    assert place()["totalQuantity"] == paid["totalQuantity"] - 2


def test_a_label_takes_its_time() -> None:
    """Until it is rendered there is none."""
    at = table(profile=LazadaProfile(label_after_s=20))
    name = bought(at)
    with at.shop() as shop:
        shop.orders.ship(name)
        with pytest.raises(Conflict):
            shop.orders.label(name)
        at.sleep(20)
        assert shop.orders.label(name).url


def test_steps_that_are_not_allowed_are_refused_by_element() -> None:
    """Inside of a success, with the book's codes."""
    at = table()
    client, name = Client(at), bought(at)
    order = at.market.shop.orders[name]
    units = [row["order_item_id"] for row in client.get("/order/items/get", order_id=name)["data"]]

    def pack(**row: Any) -> str:
        body = {"pack_order_list": [{"order_id": name, "order_item_list": units, **row}]}
        reply = client.post("/order/fulfill/pack", packReq=str(body))  # Python's own quotes
        rows = reply["result"]["data"]["pack_order_list"][0]["order_item_list"]
        return str(rows[0]["item_err_code"])

    def parcel(path: str, parameter: str, package: str) -> str:
        body = {"packages": [{"package_id": package}]}
        reply = client.post(path, **{parameter: json.dumps(body)})
        return str(reply["result"]["data"]["packages"][0]["item_err_code"])

    rts = ("/order/package/rts", "readyToShipReq")
    repack = ("/order/package/repack", "rePackReq")
    assert pack(order_id=1) == "700021"
    assert pack(order_item_list=[5]) == "700025"
    assert parcel(*rts, order.package) == "600001"
    assert pack() == "0"
    assert pack() == "700026"
    assert client.get("/order/get", order_id=name)["data"]["statuses"] == ["packed"]
    assert parcel(*repack, order.package) == "0"
    row = client.get("/order/items/get", order_id=name)["data"][0]
    assert (row["status"], row["tracking_code"]) == ("repacked", "")
    assert pack() == "0"
    assert parcel(*rts, order.package) == "0"
    assert parcel(*rts, order.package) == "700000"
    assert parcel(*repack, order.package) == "700000"
    many = {"packages": [{"package_id": "x"}] * 21}
    reply = client.post(rts[0], readyToShipReq=json.dumps(many))
    assert reply["result"]["error_code"] == "700022"


def test_the_old_calls_still_work() -> None:
    """Pack, label, ready-to-ship as before 2023."""
    at = table()
    client, name = Client(at), bought(at)
    rows = client.get("/order/items/get", order_id=name)["data"]
    units = json.dumps([row["order_item_id"] for row in rows])
    before = client.get("/order/document/get", doc_type="shippingLabel", order_item_ids=units)
    assert before["code"] == "34"
    assert client.get("/shipment/providers/get")["data"]["shipment_providers"]
    packed = client.post("/order/pack", delivery_type="dropship", order_item_ids=units)
    assert packed["data"]["order_items"][0]["tracking_number"].startswith("LEXVN")
    label = client.get("/order/document/get", doc_type="shippingLabel", order_item_ids=units)
    assert label["data"]["document"]["mime_type"] == "text/html"
    assert client.post("/order/rts", order_item_ids=units)["code"] == "0"
    assert client.post("/order/rts", order_item_ids=units)["code"] == "21"


# Cancelling


def test_an_order_is_cancelled_with_one_of_lazadas_reasons() -> None:
    """Units can be sold again; two reasons set the stock to nothing."""
    at = table()
    _, own = variant(at)
    with at.shop() as shop:
        first, second = (bought(at, sku=own.sku, quantity=1) for _ in range(2))
        stock = own.stock
        reasons = {one.text: one.code for one in shop.orders.cancel_reasons(first)}
        shop.orders.cancel(first, reasons["Sourcing Delay"])
        assert shop.orders.get(first).status is OrderStatus.CANCELLED
        assert own.stock == stock + 1
        shop.orders.cancel(second, reasons["Out of Stock"])
        assert own.stock == 0
        with pytest.raises(Conflict):
            shop.orders.cancel(first, reasons["Sourcing Delay"])


def test_some_units_are_cancelled_and_the_rest_goes_on() -> None:
    """Their stock comes back once, their price stays in the header, and they earn nothing."""
    at = table()
    (_, one), (_, other) = variant(at), variant(at, 3)
    name = bought(at, sku=one.sku, quantity=3)
    with at.shop() as shop:
        before = shop.orders.get(name)
        (line,) = before.lines
        client = Client(at)
        said = {"order_id": name, "order_item_id_list": f"[{line.unit_ids[0]}]"}
        stock = one.stock
        reply = client.get("/order/reverse/cancel/create", **said, reason_id="10000019")
        assert reply["data"]["tip_type"] == "success"
        assert (one.stock, other.stock) == (stock + 1, other.stock)
        after = shop.orders.get(name)
        assert (after.status, after.raw_status) == (OrderStatus.TO_SHIP, "canceled,pending")
        assert [part.quantity for part in after.lines] == [1, 2]
        assert after.totals.total == before.totals.total
        again = client.get("/order/reverse/cancel/validate", **said)
        assert again["data"]["tip_type"] == "error"
        shop.orders.cancel(name, "10000019")
        assert shop.orders.get(name).status is OrderStatus.CANCELLED
        assert one.stock == stock + 3


def test_what_was_cancelled_before_is_neither_packed_nor_paid() -> None:
    """The others are."""
    at = table()
    _, own = variant(at)
    name = bought(at, sku=own.sku, quantity=3)
    with at.shop() as shop:
        unit = shop.orders.get(name).lines[0].unit_ids[0]
        said = {"order_id": name, "order_item_id_list": f"[{unit}]"}
        Client(at).get("/order/reverse/cancel/create", **said, reason_id="10000019")
        (package,) = shop.orders.ship(name).packages
        assert [count for _, count in package.lines] == [2]
        at.sleep(60 * 3600)
        goods = [one.amount for one in shop.payments.for_order(name) if one.raw_kind == "13"]
    assert goods == [vnd(own.price)] * 2


@pytest.mark.parametrize("agree", [True, False])
def test_a_buyers_wish_to_cancel_is_answered(agree: bool) -> None:
    """Agreed: cancelled; refused: it goes on."""
    at = table()
    name = bought(at)
    forced(at, name, "CANCELLING")
    with at.shop() as shop:
        assert shop.orders.get(name).status is OrderStatus.CANCELLING
        if agree:
            shop.orders.accept_cancellation(name)
        else:
            shop.orders.refuse_cancellation(name, "10000019")
        expected = OrderStatus.CANCELLED if agree else OrderStatus.TO_SHIP
        assert shop.orders.get(name).status is expected
        with pytest.raises(Conflict):
            shop.orders.accept_cancellation(name)


# Stock and prices


def test_stock_and_prices_are_set_and_read_back() -> None:
    """Sixty variants in two calls."""
    at = table()
    pairs = [(p, v) for p in at.market.shop.products for v in p.variants][:60]
    wishes = [
        StockChange(product_id=str(p.id), variant_id=str(v.id), quantity=at_)
        for at_, (p, v) in enumerate(pairs)
    ]
    with at.shop() as shop:
        assert all(one.ok for one in shop.products.set_stock(wishes))
        assert [v.stock for _, v in pairs] == list(range(60))
        assert sum(path.endswith("/sellable/update") for path in at.asked()) == 2
        product, own = pairs[0]
        change = PriceChange(
            product_id=str(product.id),
            variant_id=str(own.id),
            price=vnd(150000),
            list_price=vnd(200000),
        )
        assert shop.products.set_price([change])[0].ok
        seen = shop.products.get(str(product.id)).variants[0]
        assert (seen.price, seen.list_price) == (vnd(150000), vnd(200000))


@pytest.mark.parametrize(
    "profile",
    [
        LazadaProfile(),
        LazadaProfile(detail="min"),
        LazadaProfile(detail="sku"),
        LazadaProfile(partial_code="0"),
    ],
)
def test_each_item_of_a_batch_has_its_own_outcome(profile: LazadaProfile) -> None:
    """A campaign's lock, an unknown variant, and one that is fine."""
    at = table(profile=profile)
    (one, own), (other, free) = variant(at), variant(at, 3)
    lock = {"marketplace": "lazada", "sku": own.sku, "units": 10}
    at.control("POST", "/control/campaigns", json.dumps(lock).encode())
    wishes = [
        StockChange(product_id=str(one.id), variant_id=str(own.id), sku=own.sku, quantity=5),
        StockChange(product_id=str(other.id), variant_id="7", sku="X", quantity=5),
        StockChange(product_id=str(other.id), variant_id=str(free.id), sku=free.sku, quantity=5),
    ]
    with at.shop() as shop:
        locked, missing, fine = shop.products.set_stock(wishes)
        assert (locked.outcome, locked.refusal) == (Outcome.REFUSED, Refusal.LOCKED)
        assert (missing.outcome, missing.refusal) == (Outcome.REFUSED, Refusal.NOT_FOUND)
        assert fine.ok
        assert free.stock == 5
        assert shop.products.get(str(one.id)).variants[0].stock[0].locked == 10
        price = PriceChange(product_id=str(one.id), variant_id=str(own.id), price=vnd(99000))
        assert shop.products.set_price([price])[0].refusal is Refusal.LOCKED


def test_a_batch_may_be_taken_back_as_a_whole() -> None:
    """That the rest is applied is no promise: what does not stand is unknown."""
    at = table(profile=LazadaProfile(applies_rest=False))
    (one, own), (other, free) = variant(at), variant(at, 3)
    at.control(
        "POST",
        "/control/campaigns",
        json.dumps({"marketplace": "lazada", "sku": own.sku, "units": 10}).encode(),
    )
    stock = free.stock
    wishes = [
        StockChange(product_id=str(one.id), variant_id=str(own.id), quantity=5),
        StockChange(product_id=str(other.id), variant_id=str(free.id), quantity=stock + 1),
    ]
    with at.shop() as shop:
        locked, rest = shop.products.set_stock(wishes)
    assert (locked.refusal, rest.outcome) == (Refusal.LOCKED, Outcome.UNKNOWN)
    assert free.stock == stock


def test_a_campaign_switches_product_calls_off() -> None:
    """Reading orders goes on."""
    at = table(profile=LazadaProfile(campaign=True))
    client = Client(at)
    assert client.get("/product/item/get", item_id="1")["code"] == "998"
    assert client.get("/seller/get")["code"] == "0"


def test_passing_trouble_is_passed_over() -> None:
    """Every third call ends in an internal error; reading goes on all the same."""
    at = table(profile=LazadaProfile(trouble_every=3))
    with at.shop() as shop:
        assert len(list(shop.products.list())) == 72


def test_a_shop_with_two_warehouses_keeps_them_apart() -> None:
    """Each place has its own number."""
    at = table(profile=LazadaProfile(warehouses=True))
    product, own = variant(at)
    with at.shop() as shop:
        here, away = (place.id for place in shop.warehouses())
        wishes = [
            StockChange(
                product_id=str(product.id), variant_id=str(own.id), quantity=n, warehouse_id=place
            )
            for place, n in ((here, 7), (away, 4))
        ]
        assert all(one.ok for one in shop.products.set_stock(wishes))
        levels = shop.products.get(str(product.id)).variants[0].stock
        assert [(level.warehouse_id, level.sellable) for level in levels] == [(here, 7), (away, 4)]


def test_totals_and_differences_are_other_calls() -> None:
    """A total counts what orders hold; a difference may not go below nothing (quirk 20)."""
    at = table()
    product, own = variant(at)
    client = Client(at)
    row = {"ItemId": str(product.id), "SkuId": str(own.id)}

    def send(path: str, **more: str) -> Any:
        body = {"Request": {"Product": {"Skus": {"Sku": [{**row, **more}]}}}}
        return client.post(path, payload=json.dumps(body))

    held = own.occupied + own.withheld
    assert send("/product/price_quantity/update", Quantity=str(held + 9))["code"] == "0"
    assert own.stock == 9
    assert send("/product/stock/sellable/adjust", SellableQuantity="-4")["code"] == "0"
    assert own.stock == 5
    assert send("/product/stock/sellable/adjust", SellableQuantity="-6")["code"] == "501"
    assert send("/product/price_quantity/update", Quantity="-1")["detail"][0]["code"] == "4152"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("<Request><Product>A & B</Product></Request>", "5"),
        ("<Other/>", "5"),
        ("not JSON", "1001"),
        ('{"Request": 5}', "5"),
        ('{"Request": {}}', "1"),
        ('{"Request": {"Product": {"Skus": {"Sku": {"SkuId": "1"}}}}}', "1001"),
        ('{"Request": {"Product": {"Skus": {"Sku": []}}}}', "30"),
    ],
)
def test_payloads_that_cannot_be_read_are_refused(payload: str, expected: str) -> None:
    """An ampersand that was not escaped, an object where an array belongs."""
    reply = Client(table(orders=1)).post("/product/price_quantity/update", payload=payload)
    assert reply["code"] == expected


def test_more_than_fifty_skus_are_refused() -> None:
    """One row in XML is an object, many are a list."""
    client = Client(table(orders=1))
    rows = "<Sku><SkuId>1</SkuId><Quantity>1</Quantity></Sku>" * 51
    text = f"<Request><Product><Skus>{rows}</Skus></Product></Request>"
    assert client.post("/product/price_quantity/update", payload=text)["code"] == "4171"


# Listings


def test_a_listing_is_made_reviewed_changed_and_taken_off() -> None:
    """Quality control looks at it first; its picture becomes Lazada's."""
    at = table(profile=LazadaProfile(review_s=600))
    draft = ProductDraft(
        title="Túi vải & canvas",
        description="<p>Túi</p>",
        category_id="100008",
        images=(Image(content=b"\xff\xd8 photo"),),
        variants=(
            VariantDraft(sku="T-1", price=vnd(99000), quantity=3, options=(("Màu sắc", "Đen"),)),
            VariantDraft(sku="T-2", price=vnd(99000), quantity=0, options=(("Màu sắc", "Be"),)),
        ),
    )
    with at.shop() as shop:
        made = shop.products.create(draft)
        assert made.state is SubmissionState.REVIEWING
        assert [sku for sku, _ in made.variant_ids] == ["T-1", "T-2"]
        at.sleep(600)
        assert shop.products.submission(made.id).state is SubmissionState.DONE
        seen = shop.products.get(made.product_id)
        assert (seen.title, [one.sellable for one in seen.variants]) == (draft.title, [3, 0])
        changed = shop.products.update(made.product_id, ProductPatch(title="Túi mới"))
        assert changed.state is SubmissionState.REVIEWING
        at.sleep(600)
        (off,) = shop.products.unpublish([made.product_id])
        assert off.ok
        assert shop.products.get(made.product_id).raw_status == "InActive"
        (again,) = shop.products.unpublish([made.product_id])
        assert again.refusal is Refusal.STATE
        (on,) = shop.products.publish([made.product_id])
        assert on.ok


def test_a_listing_without_a_price_is_refused() -> None:
    """The reason stands beside the generic code."""
    at = table(orders=1)
    draft = ProductDraft(
        title="t",
        description="d",
        category_id="1",
        variants=(VariantDraft(sku="S", price=vnd(0)),),
    )
    with at.shop() as shop, pytest.raises(Invalid, match="price"):
        shop.products.create(draft)


# Returns


def returning(at: Table) -> tuple[str, str]:
    """An order and its return that waits for the seller."""
    name = bought(at)
    forced(at, name, "RETURNING")
    return name, at.market.shop.orders[name].returns[-1].id


def test_a_return_is_agreed_to_and_refunded() -> None:
    """Goods come back, the money goes, the units are returned, the account is corrected."""
    at = table()
    name, asked = returning(at)
    with at.shop() as shop:
        shop.returns.accept(asked)
        assert shop.returns.get(asked).status == "RTM_INIT"
        at.sleep(80 * 3600)
        assert shop.returns.get(asked).status == "REFUND_SUCCESS"
        assert "returned" in shop.orders.get(name).raw_status
        kinds = {one.raw_kind for one in shop.payments.for_order(name)}
        assert {"13", "14", "15", "16"} <= kinds
        with pytest.raises(Conflict):
            shop.returns.accept(asked)


def test_a_return_is_disputed_with_a_reason_and_a_comment() -> None:
    """Without them it is refused; Lazada decides later."""
    at = table()
    _, asked = returning(at)
    with at.shop() as shop:
        reason = shop.returns.dispute_reasons(asked)[0].code
        with pytest.raises(Invalid):
            shop.returns.dispute(asked, "", "c")
        with pytest.raises(Invalid):
            shop.returns.dispute(asked, reason, "")
        shop.returns.dispute(asked, reason, "Đã qua sử dụng", [Image(content=b"photo")])
        assert shop.returns.get(asked).status == "REFUND_PENDING"
        at.sleep(50 * 3600)
        assert shop.returns.get(asked).status in {"REFUND_SUCCESS", "REQUEST_CANCEL"}
