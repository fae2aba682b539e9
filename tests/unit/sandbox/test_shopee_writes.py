"""The emulated Shopee takes what sellers do, and refuses in the manual's words (3.7-4.7, 6.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk.sandbox import ShopeeProfile
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.orders import Order, Parcel, Stage
from entrosdk.sandbox.steps import force
from entrosdk.spi.toolkit import Part, multipart
from tests.sandboxes import Table
from tests.unit.sandbox.test_gateway import Client

PNG = b"\x89PNG picture"


class Seller(Client):
    """Signs by itself, posts JSON or forms, and owns a shop with one paid order."""

    def __init__(self, profile: ShopeeProfile | None = None) -> None:
        super().__init__(Table(orders=0, profile=profile))
        self.market = self.table.market
        self.order: Order = self.buy()

    def buy(self, stage: Stage = Stage.TO_SHIP, **given: Any) -> Order:
        """An order in a stage."""
        order: Order = self.market.shop.buy(self.table.box.world.now, cod=False, **given)
        force(self.market.shop, order, stage, self.table.box.world.now)
        return order

    def post(self, path: str, **body: Any) -> Any:
        """A call's reply: its JSON, or the bytes of a file."""
        return self.raw(path, json.dumps(body).encode(), "application/json")

    def raw(self, path: str, body: bytes, kind: str) -> Any:
        """Post a body as it is."""
        whole = f"/api/v2/{path}"
        call = Call(
            method="POST",
            path=whole,
            query=tuple(self.query(whole).items()),
            headers={"content-type": kind},
            body=body,
        )
        reply = self.table.box.handle("shopee", call)
        return json.loads(reply.body) if reply.kind == "application/json" else reply.body

    def ask(self, path: str, **query: Any) -> Any:
        """A read's reply."""
        return self.get(f"/api/v2/{path}", **query)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.table.sleep(seconds)
        self.table.box.world.settle()

    def ship(self, order: Order | None = None) -> Any:
        """Ship as most sellers do."""
        name = (order or self.order).id
        return self.post("logistics/ship_order", order_sn=name, dropoff={})


@pytest.fixture
def seller() -> Seller:
    """A seller with one paid order."""
    return Seller()


def code(body: Any) -> str:
    """The error of a reply."""
    return str(body["error"])


# Shipping


def test_parameters_name_the_ways_and_fill_more(seller: Seller) -> None:
    """Drop-off needs nothing and is filled all the same (quirk 22)."""
    body = seller.ask("logistics/get_shipping_parameter", order_sn=seller.order.id)["response"]
    assert body["info_needed"] == {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]}
    assert body["dropoff"]["branch_list"]
    slots = body["pickup"]["address_list"][0]["time_slot_list"]
    assert [slot["flags"] for slot in slots] == [["recommended"], [], []]
    assert all(slot["date"] > seller.table.box.world.now for slot in slots)


def test_a_screened_order_has_no_parameters_yet(seller: Seller) -> None:
    """READY_TO_SHIP, and its package is not."""
    order = seller.market.shop.buy(seller.table.box.world.now, cod=True)
    body = seller.ask("logistics/get_shipping_parameter", order_sn=order.id)
    assert (code(body), order.stage) == ("error_param", Stage.TO_SHIP)
    assert "ready to be shipped" in body["message"]
    assert code(seller.ship(order)) == "logistics.ship_order_not_ready_to_ship"


def test_shipping_is_answered_at_once_and_done_later(seller: Seller) -> None:
    """A bare envelope; the number and PROCESSED come a minute later."""
    assert set(seller.ship()) == {"error", "message", "request_id"}
    pending = seller.ask("logistics/get_tracking_number", order_sn=seller.order.id)["response"]
    assert (pending["tracking_number"], bool(pending["hint"])) == ("", True)
    assert seller.order.stage is Stage.TO_SHIP
    seller.wait(60)
    done = seller.ask("logistics/get_tracking_number", order_sn=seller.order.id)["response"]
    assert (done["tracking_number"], seller.order.stage) == (seller.order.tracking, Stage.PACKED)


def test_a_pickup_wants_a_time_that_was_offered(seller: Seller) -> None:
    """Address and time, both from the parameters."""
    name = seller.order.id
    body = seller.ask("logistics/get_shipping_parameter", order_sn=name)["response"]
    place = body["pickup"]["address_list"][0]
    address = place["address_id"]
    without = seller.post("logistics/ship_order", order_sn=name, pickup={"address_id": address})
    assert code(without) == "logistics.ship_order_need_address_pickup_time"
    pickup = {"address_id": address, "pickup_time_id": "1_1"}
    wrong = seller.post("logistics/ship_order", order_sn=name, pickup=pickup)
    assert "pickup_time_id received is invalid" in wrong["message"]
    pickup["pickup_time_id"] = place["time_slot_list"][1]["pickup_time_id"]
    assert code(seller.post("logistics/ship_order", order_sn=name, pickup=pickup)) == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "logistics.ship_order_only_support_one_type"),
        ({"dropoff": {}, "pickup": {}}, "logistics.ship_order_only_support_one_type"),
        (
            {"dropoff": {}, "package_number": ""},
            "logistics.ship_order_not_need_pacakge_number",
        ),
        ({"non_integrated": {"tracking_number": "X"}}, "error_param"),
        ({"order_sn": "NOBODY", "dropoff": {}}, "logistics.invalid_error"),
        ({"order_sn": "", "dropoff": {}}, "error_param"),
    ],
)
def test_refusals_of_shipping(seller: Seller, body: dict[str, Any], expected: str) -> None:
    """Each in its own words; the order stays as it was."""
    reply = seller.post("logistics/ship_order", **{"order_sn": seller.order.id, **body})
    assert (code(reply), seller.order.parcel) == (expected, Parcel.READY)


def test_nothing_ships_twice(seller: Seller) -> None:
    """Neither before the number comes nor afterwards."""
    seller.ship()
    assert code(seller.ship()) == "logistics.package_already_shipped"
    seller.wait(60)
    assert code(seller.ship()) == "logistics.package_already_shipped"


def test_a_carrier_of_ones_own_picks_up_at_once() -> None:
    """The number is the seller's; the package is on its way."""
    seller = Seller(ShopeeProfile(carrier="own"))
    name = seller.order.id
    body = seller.ask("logistics/get_shipping_parameter", order_sn=name)["response"]
    assert body["info_needed"] == {"non_integrated": ["tracking_no"]}
    assert code(seller.ship()) == "logistics.ship_order_unsupport_dropoff"
    pickup = seller.post("logistics/ship_order", order_sn=name, pickup={})
    assert code(pickup) == "logistics.ship_order_unsupport_pickup"
    none = seller.post("logistics/ship_order", order_sn=name, non_integrated={})
    assert code(none) == "logistics.ship_order_need_tracking_number"
    own = {"tracking_number": "VNPOST1"}
    assert code(seller.post("logistics/ship_order", order_sn=name, non_integrated=own)) == ""
    assert (seller.order.parcel, seller.order.tracking) == (Parcel.PICKED_UP, "VNPOST1")


# Documents


def paper(seller: Seller, call: str, order: Order | None = None, **row: Any) -> Any:
    """One of the four calls about one order."""
    rows = [{"order_sn": (order or seller.order).id, **row}]
    kind = {"shipping_document_type": row.get("shipping_document_type", "")}
    return seller.post(f"logistics/{call}", order_list=rows, **kind)


def fail(reply: Any) -> str:
    """The error of the only row, in a batch that failed as a whole."""
    assert code(reply) == "common.batch_api_all_failed"
    return str(reply["response"]["result_list"][0]["fail_error"])


def test_a_document_is_made_and_fetched(seller: Seller) -> None:
    """PROCESSING, READY, a PDF; a push when it is ready."""
    seller.market.pushes.aim("http://127.0.0.1:1/hook")
    seller.ship()
    seller.wait(60)
    suggested = paper(seller, "get_shipping_document_parameter")["response"]["result_list"][0]
    kind = {"shipping_document_type": suggested["suggest_shipping_document_type"]}
    made = paper(seller, "create_shipping_document", tracking_number=seller.order.tracking, **kind)
    assert (code(made), made["warning"]) == ("", None)
    status = paper(seller, "get_shipping_document_result", **kind)
    assert status["response"]["result_list"][0]["status"] == "PROCESSING"
    assert code(paper(seller, "download_shipping_document", **kind)) == "logistics.download_later"
    seller.wait(2)
    status = paper(seller, "get_shipping_document_result", **kind)
    assert status["response"]["result_list"][0]["status"] == "READY"
    content = paper(seller, "download_shipping_document", **kind)
    assert content.startswith(b"%PDF")
    assert seller.order.tracking.encode() in content
    pushes = [json.loads(push.body) for push in seller.market.pushes.due(2**40)]
    assert [push["data"]["status"] for push in pushes if push["code"] == 15] == ["READY"]


def test_a_document_waits_for_the_number(seller: Seller) -> None:
    """Not before arranging, not without the right number, not after pick-up."""
    assert fail(paper(seller, "create_shipping_document")) == "logistics.package_can_not_print"
    seller.ship()
    missing = paper(seller, "create_shipping_document")
    assert fail(missing) == "logistics.tracking_number_invalid"
    seller.wait(60)
    wrong = paper(seller, "create_shipping_document", tracking_number="SPX0")
    assert fail(wrong) == "logistics.tracking_number_invalid"
    number = {"tracking_number": seller.order.tracking}
    strange = paper(seller, "create_shipping_document", shipping_document_type="MUG", **number)
    assert fail(strange) == "logistics.shipping_document_type_invalid"
    none = paper(seller, "get_shipping_document_result")
    assert fail(none) == "logistics.shipping_document_should_print_first"
    package = paper(
        seller, "create_shipping_document", package_number=seller.order.package, **number
    )
    assert fail(package) == "error_param"
    assert code(paper(seller, "create_shipping_document", **number)) == ""
    force(seller.market.shop, seller.order, Stage.SHIPPED, seller.table.box.world.now)
    gone = paper(seller, "download_shipping_document")
    assert code(gone) == "logistics.package_can_not_print"


def test_one_kind_in_all_calls(seller: Seller) -> None:
    """A document of another kind was not made."""
    seller.ship()
    seller.wait(60)
    paper(seller, "create_shipping_document", tracking_number=seller.order.tracking)
    other = paper(
        seller, "get_shipping_document_result", shipping_document_type="THERMAL_AIR_WAYBILL"
    )
    assert fail(other) == "logistics.shipping_document_type_invalid"


def test_a_part_that_failed_is_a_warning(seller: Seller) -> None:
    """No error, the failed rows named beside (quirk 24)."""
    seller.ship()
    seller.wait(60)
    rows = [
        {"order_sn": seller.order.id, "tracking_number": seller.order.tracking},
        {"order_sn": "NOBODY"},
    ]
    reply = seller.post("logistics/create_shipping_document", order_list=rows)
    assert (code(reply), reply["warning"]) == ("", [{"order_sn": "NOBODY"}])
    assert reply["response"]["result_list"][1]["fail_error"] == "logistics.order_not_exist"


# Cancelling


def test_a_seller_cancels_before_shipping(seller: Seller) -> None:
    """With a reason of the list, and the items of what is out of stock."""
    name, line = seller.order.id, seller.order.lines[0]
    strange = seller.post("order/cancel_order", order_sn=name, cancel_reason="BORED")
    assert code(strange) == "error_param"
    far = seller.post("order/cancel_order", order_sn=name, cancel_reason="UNDELIVERABLE_AREA")
    assert code(far) == "error_param"
    bare = seller.post("order/cancel_order", order_sn=name, cancel_reason="OUT_OF_STOCK")
    assert "item_list is a required field" in bare["message"]
    items = [{"item_id": line.product.id, "model_id": line.variant.id}]
    done = seller.post(
        "order/cancel_order", order_sn=name, cancel_reason="OUT_OF_STOCK", item_list=items
    )
    assert done["response"] == {"update_time": seller.order.updated}
    assert (seller.order.stage, seller.order.cancel_reason) == (Stage.CANCELLED, "Out of Stock")
    again = seller.post("order/cancel_order", order_sn=name, cancel_reason="CUSTOMER_REQUEST")
    assert (code(again), again["message"]) == ("order.error_limit", "Can not cancel this order")


def test_a_shipped_order_is_not_cancelled(seller: Seller) -> None:
    """Nor one whose shipment was arranged a moment ago."""
    seller.ship()
    late = seller.post(
        "order/cancel_order", order_sn=seller.order.id, cancel_reason="CUSTOMER_REQUEST"
    )
    assert code(late) == "order.error_limit"


def test_a_part_is_cancelled(seller: Seller) -> None:
    """Units of one line; items that are not in the order are refused."""
    variant = seller.market.shop.products[0].variants[0]
    order = seller.buy(sku=variant.sku, quantity=3)
    row = {"item_id": order.lines[0].product.id, "model_id": variant.id, "model_quantity": 1}
    given = {"order_sn": order.id, "cancel_reason": "CUSTOMER_REQUEST"}
    assert code(seller.post("order/cancel_order", **given, partial_cancel_item_list=[row])) == ""
    assert order.lines[0].quantity == 2
    row["item_id"] = 1
    wrong = seller.post("order/cancel_order", **given, partial_cancel_item_list=[row])
    assert "not in the order" in wrong["message"]


@pytest.mark.parametrize(
    ("operation", "stage"), [("ACCEPT", Stage.CANCELLED), ("REJECT", Stage.TO_SHIP)]
)
def test_buyers_are_answered(seller: Seller, operation: str, stage: Stage) -> None:
    """Only those who ask."""
    order = seller.buy(Stage.CANCELLING)
    path = "order/handle_buyer_cancellation"
    assert code(seller.post(path, order_sn=order.id, operation="MAYBE")) == "error_param"
    assert code(seller.post(path, order_sn=order.id, operation=operation)) == ""
    assert order.stage is stage
    again = seller.post(path, order_sn=order.id, operation=operation)
    assert code(again) == "order.order_status_invalid"


def test_notes_are_kept_and_splitting_is_not_allowed(seller: Seller) -> None:
    """The note is read with the order; this shop may not split."""
    name = seller.order.id
    seller.post("order/set_note", order_sn=name, note="Gọi trước khi giao")
    detail = seller.ask(
        "order/get_order_detail", order_sn_list=name, response_optional_fields="note"
    )
    assert detail["response"]["order_list"][0]["note"] == "Gọi trước khi giao"
    split = seller.post("order/split_order", order_sn=name, package_list=[{}, {}])
    assert code(split) == "order.order_cannot_split"
    one = seller.post("order/split_order", order_sn=name, package_list=[{}])
    assert code(one) == "order.order_split_failed"
    assert (
        code(seller.post("order/unsplit_order", order_sn=name)) == "order.order_cannot_undo_split"
    )


# Stock and prices


def test_stock_is_set_variant_by_variant(seller: Seller) -> None:
    """A failure beside a success; the listing's update time stays (book 4.3)."""
    product = seller.market.shop.products[0]
    variant, before = product.variants[0], product.updated
    rows = [
        {"model_id": variant.id, "seller_stock": [{"stock": 9}]},
        {"model_id": 999, "seller_stock": [{"stock": 9}]},
    ]
    reply = seller.post("product/update_stock", item_id=product.id, stock_list=rows)
    assert (code(reply), reply["response"]) == (
        "",
        {
            "failure_list": [{"model_id": 999, "failed_reason": "model ID not exist in sku"}],
            "success_list": [{"model_id": variant.id, "location_id": "VNZ", "stock": 9}],
        },
    )
    assert (variant.stock, product.updated) == (9, before)
    none = seller.post("product/update_stock", item_id=product.id, stock_list=rows[1:])
    assert code(none) == "product.error_busi_update_stock_failed"
    assert none["response"]["failure_list"]


def simple(seller: Seller) -> Any:
    """A product without models whose price is no offer."""
    products = seller.market.shop.products
    return next(
        p for p in products if not p.has_models and p.variants[0].price == p.variants[0].list_price
    )


def test_an_item_without_models_answers_without_one(seller: Seller) -> None:
    """Model 0 or none on the way in, none on the way out; an item with models wants one."""
    product = simple(seller)
    for row in ({}, {"model_id": 0}):
        row["seller_stock"] = [{"stock": 4}]
        reply = seller.post("product/update_stock", item_id=product.id, stock_list=[row])
        assert reply["response"]["success_list"] == [{"location_id": "VNZ", "stock": 4}]
    many = seller.market.shop.products[0]
    reply = seller.post("product/update_stock", item_id=many.id, stock_list=[row])
    assert code(reply) == "product.error_edit_item_stock_for_item_has_model"
    price = [{"original_price": 5}]
    reply = seller.post("product/update_price", item_id=many.id, price_list=price)
    assert code(reply) == "product.error_edit_item_price_for_item_has_model"


def test_a_campaign_holds_stock_and_price(seller: Seller) -> None:
    """Rows fail with the reason in words."""
    product = simple(seller)
    product.variants[0].reserved = 10
    stock = [{"seller_stock": [{"stock": 9}]}]
    reply = seller.post("product/update_stock", item_id=product.id, stock_list=stock)
    assert "promotion" in reply["response"]["failure_list"][0]["failed_reason"]
    price = [{"original_price": 99_000}]
    reply = seller.post("product/update_price", item_id=product.id, price_list=price)
    assert code(reply) == "product.error_update_price_fail"
    unlist = [{"item_id": product.id, "unlist": True}]
    reply = seller.post("product/unlist_item", item_list=unlist)
    assert reply["response"]["failure_list"] == [
        {
            "item_id": product.id,
            "failed_reason": "Can't unlist item when item is under promotion",
        }
    ]


def test_places_matter_in_shops_with_several() -> None:
    """Needed and known there; elsewhere ignored."""
    seller = Seller(ShopeeProfile(warehouses=True))
    product = simple(seller)
    given = {"item_id": product.id}
    row = {"seller_stock": [{"stock": 5}]}
    missing = seller.post("product/update_stock", **given, stock_list=[row])
    assert code(missing) == "product.error_busi"
    row = {"seller_stock": [{"stock": 5, "location_id": "HN"}]}
    strange = seller.post("product/update_stock", **given, stock_list=[row])
    assert (code(strange), "location_id" in strange["message"]) == ("product.error_auth", True)
    row = {"seller_stock": [{"stock": 5, "location_id": "VNZ"}]}
    assert code(seller.post("product/update_stock", **given, stock_list=[row])) == ""


def test_prices_are_rounded_to_the_dong(seller: Seller) -> None:
    """Half up, silently; nothing is no price; an offer keeps its own."""
    product = simple(seller)
    price = [{"original_price": 99_000.5}]
    reply = seller.post("product/update_price", item_id=product.id, price_list=price)
    assert reply["response"]["success_list"] == [{"original_price": 99_001}]
    nothing = seller.post(
        "product/update_price", item_id=product.id, price_list=[{"original_price": 0}]
    )
    assert code(nothing) == "product.error_update_price_fail"
    offered = next(
        p for p in seller.market.shop.products if p.variants[0].price < p.variants[0].list_price
    )
    row = {"model_id": offered.variants[0].id, "original_price": 99_000}
    reply = seller.post("product/update_price", item_id=offered.id, price_list=[row])
    assert "promotion" in reply["response"]["failure_list"][0]["failed_reason"]


def test_variants_prices_lie_within_five_times(seller: Seller) -> None:
    """A price too far from its siblings' fails."""
    product = next(
        p
        for p in seller.market.shop.products
        if len(p.variants) > 1 and all(v.price == v.list_price for v in p.variants[:1])
    )
    row = {"model_id": product.variants[0].id, "original_price": 9_000_000}
    reply = seller.post("product/update_price", item_id=product.id, price_list=[row])
    assert "ratio" in reply["response"]["failure_list"][0]["failed_reason"]


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("update_stock", {}, "invalid field ItemId: value must  Not Null"),
        ("update_stock", {"item_id": "25"}, "cannot unmarshal string into"),
        ("update_stock", {"item_id": 1}, "not found"),
        ("update_price", {"item_id": 1}, "not found"),
        ("unlist_item", {"item_list": []}, "invalid field ItemList"),
        ("unlist_item", {"item_list": [{"item_id": 1}]}, "invalid field Unlist"),
        ("add_item", {"item_name": 5}, "cannot unmarshal int"),
    ],
)
def test_types_are_strict(seller: Seller, path: str, body: Any, text: str) -> None:
    """A Go validator reads these bodies."""
    reply = seller.post(f"product/{path}", **body)
    assert (text in reply["message"], code(reply).startswith("product.")) == (True, True)


def test_an_empty_body_is_eof(seller: Seller) -> None:
    """In the validator's words."""
    assert seller.raw("product/update_stock", b"", "application/json")["message"] == "EOF"


# Items


def draft(**parts: Any) -> dict[str, Any]:
    """The least an item needs."""
    return {
        "item_name": "Mũ len",
        "description": "Ấm",
        "category_id": 100_000,
        "image": {"image_id_list": ["vn-demo-1"]},
        "weight": 0.2,
        "original_price": 99_000,
        "logistic_info": [{"logistic_id": 5001, "enabled": True}],
        "seller_stock": [{"stock": 3}],
        **parts,
    }


def test_an_item_is_made_changed_and_deleted(seller: Seller) -> None:
    """It stays readable when it is gone (quirk 33)."""
    made = seller.post("product/add_item", **draft(item_sku="MU"))["response"]
    name = made["item_id"]
    assert (made["item_status"], made["price_info"]["original_price"]) == ("NORMAL", 99_000)
    assert code(seller.post("product/update_item", item_id=name, item_name="Mũ")) == ""
    info = seller.ask("product/get_item_base_info", item_id_list=name)["response"]["item_list"][0]
    assert (info["item_name"], info["weight"], info["description"]) == ("Mũ", "0.2", "Ấm")
    assert code(seller.post("product/delete_item", item_id=name)) == ""
    info = seller.ask("product/get_item_base_info", item_id_list=name)["response"]["item_list"][0]
    assert info["item_status"] == "SELLER_DELETE"
    assert code(seller.post("product/delete_item", item_id=name)) == "product.error_item_uneditable"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"category_id": 1}, "product.error_invalid_category"),
        ({"original_price": 0}, "product.error_invalid_price"),
        ({"image": {"image_id_list": []}}, "product.error_param"),
        ({"image": {"image_id_list": ["nobody's"]}}, "product.error_param"),
        ({"logistic_info": [{"logistic_id": 9, "enabled": True}]}, "product.error_param"),
        ({"logistic_info": [{"logistic_id": 5001, "enabled": False}]}, "product.error_param"),
        ({"weight": "0.2"}, "product.error_param"),
        ({"description": None}, "product.error_param"),
    ],
)
def test_an_item_that_lacks_something(seller: Seller, parts: Any, expected: str) -> None:
    """Is not made."""
    before = len(seller.market.shop.products)
    assert code(seller.post("product/add_item", **draft(**parts))) == expected
    assert len(seller.market.shop.products) == before


def tiers(*prices: int) -> dict[str, Any]:
    """One option with a variant for each price."""
    options = [{"variation_option_name": str(price)} for price in prices]
    return {
        "standardise_tier_variation": [
            {"variation_id": 0, "variation_name": "Cỡ", "variation_option_list": options}
        ],
        "model": [
            {
                "tier_index": [number],
                "original_price": price,
                "model_sku": f"MU-{number}",
                "seller_stock": [{"stock": 1}],
            }
            for number, price in enumerate(prices)
        ],
    }


def test_variants_come_after_five_seconds_and_replace_the_old(seller: Seller) -> None:
    """Ids are never used again (quirk 26)."""
    name = seller.post("product/add_item", **draft())["response"]["item_id"]
    path = "product/init_tier_variation"
    assert code(seller.post(path, item_id=name, **tiers(10, 20))) == "product.error_item_uneditable"
    seller.wait(5)
    first = seller.post(path, item_id=name, **tiers(10, 20))["response"]["model"]
    second = seller.post(path, item_id=name, **tiers(10, 20, 30))["response"]["model"]
    old, new = ({row["model_id"] for row in rows} for rows in (first, second))
    assert (len(old), len(new), old & new) == (2, 3, set())
    extra = {"tier_index": [2], "original_price": 30, "seller_stock": [{"stock": 1}]}
    twin = seller.post("product/add_model", item_id=name, model_list=[extra])
    assert "duplicated" in twin["message"]
    assert code(seller.post("product/delete_model", item_id=name, model_id=max(new))) == ""
    again = seller.post("product/add_model", item_id=name, model_list=[extra])
    assert again["response"]["model"][0]["model_sku"] == ""


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (tiers(10, 51), "ratio"),
        ({**tiers(10), "model": [{"tier_index": [4], "original_price": 1}]}, "TierIndex"),
        ({**tiers(10), "model": []}, "invalid field Model"),
    ],
)
def test_variants_that_do_not_fit(seller: Seller, change: Any, text: str) -> None:
    """Too far apart in price, pointing nowhere, none at all."""
    product = simple(seller)
    reply = seller.post("product/init_tier_variation", item_id=product.id, **change)
    assert (text in reply["message"], product.has_models) == (True, False)


def test_a_new_item_may_be_reviewed_first() -> None:
    """REVIEWING until the profile's seconds have passed."""
    seller = Seller(ShopeeProfile(review=600))
    made = seller.post("product/add_item", **draft())["response"]
    assert made["item_status"] == "REVIEWING"
    seller.wait(601)
    info = seller.ask("product/get_item_base_info", item_id_list=made["item_id"])
    assert info["response"]["item_list"][0]["item_status"] == "NORMAL"


# Pictures


def upload(seller: Seller, *contents: bytes) -> Any:
    """Post a form of pictures."""
    parts = [Part(name="image", content=each, filename="a.png") for each in contents]
    kind, body = multipart([Part(name="scene", content=b"normal"), *parts])
    return seller.raw("media_space/upload_image", body, kind)


def test_uploaded_pictures_can_be_used(seller: Seller) -> None:
    """Each has an id; a file that is no picture fails alone."""
    reply = upload(seller, PNG, b"text")["response"]
    good, bad = reply["image_info_list"]
    assert reply["image_info"] == good["image_info"]
    assert (good["error"], bad["error"]) == ("", "error_param")
    image = {"image_id_list": [good["image_info"]["image_id"]]}
    assert code(seller.post("product/add_item", **draft(image=image))) == ""
    assert code(upload(seller)) == "error_param"
    assert code(upload(seller, b"text")) == "error_param"


# Returns


def answered(seller: Seller, path: str, order: Order, **body: Any) -> str:
    """Answer the order's return; returns the error."""
    return code(seller.post(f"returns/{path}", return_sn=order.returns[-1].id, **body))


def test_a_return_of_goods_is_not_confirmed(seller: Seller) -> None:
    """Only a refund without return is (quirk 34); an offer or the buyer's offer will do."""
    order = seller.buy(Stage.RETURNING)
    assert answered(seller, "confirm", order) == "error_inner"
    assert answered(seller, "accept_offer", order) == ""
    assert answered(seller, "accept_offer", order) == "error_return_status"
    other = seller.buy(Stage.RETURNING)
    other.returns[-1].goods_back = False
    assert answered(seller, "confirm", other) == ""
    assert other.returns[-1].stage == "ACCEPTED"


def test_offers_have_bounds(seller: Seller) -> None:
    """Between the least and the most the buyer can get, while the return is open."""
    order = seller.buy(Stage.RETURNING)
    returned = order.returns[-1]
    body = seller.ask("returns/get_available_solutions", return_sn=returned.id)["response"]
    assert body["offer_return_refund"]["max_refund_amount"] == returned.refund
    too_much = {"proposed_adjusted_refund_amount": returned.refund + 1}
    solution = {"proposed_solution": "RETURN_REFUND"}
    assert answered(seller, "offer", order, **solution, **too_much) == "error_validation"
    assert answered(seller, "offer", order, proposed_solution="GIFT") == "error_param"
    assert answered(seller, "offer", order, **solution) == ""
    assert answered(seller, "offer", order, **solution) == "error_negotiation_status"
    body = seller.ask("returns/get_available_solutions", return_sn=returned.id)["response"]
    assert not body["offer_refund"]["eligibility"]


def test_disputes_want_an_address_a_reason_and_evidence(seller: Seller) -> None:
    """One at a time."""
    order = seller.buy(Stage.RETURNING)
    name = order.returns[-1].id
    rows = seller.ask("returns/get_return_dispute_reason", return_sn=name)["response"]
    assert [row["dispute_reason"] for row in rows["dispute_reason_list"]] == ["41", "42", "81"]
    bad = "dispute.request.param.error"
    assert answered(seller, "dispute", order, email="x", dispute_reason_id=42) == bad
    email = {"email": "shop@example.com"}
    assert answered(seller, "dispute", order, **email, dispute_reason_id=41) == bad
    assert answered(seller, "dispute", order, **email, dispute_reason_id=42) == ""
    again = answered(seller, "dispute", order, **email, dispute_reason_id=42)
    assert again == "error_ongoing_dispute"
    assert order.returns[-1].stage == "DISPUTED"


def test_evidence_becomes_an_address(seller: Seller) -> None:
    """Of a return that exists."""
    order = seller.buy(Stage.RETURNING)
    parts = [
        Part(name="return_sn", content=order.returns[-1].id.encode()),
        Part(name="upload_image", content=PNG, filename="a.png"),
    ]
    kind, body = multipart(parts)
    reply = seller.raw("returns/convert_image", body, kind)
    assert reply["response"]["url"].startswith("https://")
    kind, body = multipart([Part(name="return_sn", content=b"NOBODY"), parts[1]])
    assert code(seller.raw("returns/convert_image", body, kind)) == "error_param"


def test_nobodys_return(seller: Seller) -> None:
    """Refused in the usual words."""
    assert seller.post("returns/confirm", return_sn="X")["message"] == (
        "The return you queried doesn't exist"
    )


# What apps hear of it


def test_writes_are_told_to_apps(seller: Seller) -> None:
    """Package, tracking number and order status; price; return; each with its push code."""
    seller.market.pushes.aim("http://127.0.0.1:1/hook")
    seller.ship()
    seller.wait(60)
    product = simple(seller)
    price = [{"original_price": 77_000}]
    seller.post("product/update_price", item_id=product.id, price_list=price)
    order = seller.buy(Stage.RETURNING)
    answered(seller, "accept_offer", order)
    pushes = [json.loads(push.body) for push in seller.market.pushes.due(2**40)]
    mine = [push for push in pushes if push["data"].get("ordersn") == seller.order.id]
    told = [(push["code"], push["data"].get("fulfillment_status", "")) for push in mine]
    assert told == [(30, "LOGISTICS_REQUEST_CREATED"), (4, ""), (3, "")]
    assert [push["data"]["new_value"] for push in pushes if push["code"] == 22] == ["77000"]
    moves = [push["data"]["updated_values"][0] for push in pushes if push["code"] == 29]
    assert [move["new_value"] for move in moves] == ["REQUESTED", "PROCESSING"]
