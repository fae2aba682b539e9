"""Setting stock and prices, putting on sale: one answer for each item (fact book section 4.3)."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from entrosdk.adapters.lazada.ask import ask
from entrosdk.adapters.lazada.errors import classify
from entrosdk.domain.money import Money
from entrosdk.domain.writing import ItemResult, Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import OutcomeUnknown, RateLimited
from entrosdk.spi.request import Response, Safety
from entrosdk.testing.play import Played, play
from tests.unit.adapters.lazada.desk import (
    failed,
    fixture,
    ok,
    parsed,
    paths,
    shop,
    vnd,
)

TEE, BOTTLE, CAP = "3120045517", "3120051902", "3120060044"
TEE_M, BOTTLE_ONE = "13400218811", "13400275530"
LOST = OutcomeUnknown("the reply was lost")


def written(flow: Any, *bodies: Any) -> Played[tuple[ItemResult, ...]]:
    """Answer a write's requests, each classified for its own path."""
    replies: list[Response | Exception] = []
    for path, body in bodies:
        if isinstance(body, Exception):
            replies.append(body)
            continue
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = Response(status=200, body=raw)
        replies.append(classify(ask(path), reply) or reply)
    return play(flow, replies)


STOCK, PRICE, ITEM = (
    "/product/stock/sellable/update",
    "/product/price_quantity/update",
    "/product/item/get",
)


def item(name: str) -> bytes:
    """The reply of /product/item/get for a listing of the examples."""
    rows = parsed("products_get")["data"]["products"]
    return ok(next(row for row in rows if str(row["item_id"]) == name))


def stock(
    product: str = BOTTLE, variant: str = BOTTLE_ONE, quantity: int = 28, **rest: str
) -> StockChange:
    """A wish for stock."""
    return StockChange(product_id=product, variant_id=variant, quantity=quantity, **rest)


def price(product: str = BOTTLE, variant: str = BOTTLE_ONE, amount: int = 245000) -> PriceChange:
    """A wish for a price."""
    return PriceChange(product_id=product, variant_id=variant, price=vnd(amount))


def outcomes(played: Played[tuple[ItemResult, ...]]) -> list[tuple[str, Refusal | None]]:
    """What became of each item."""
    return [(one.outcome.value, one.refusal) for one in played.result]


def payload(played: Played[Any], at: int = 0) -> str:
    """The payload of a request."""
    return dict(played.requests[at].query)["payload"]


# Stock


def test_stock_is_what_buyers_can_buy_and_travels_as_xml() -> None:
    """The call that counts sellable units is taken; special characters are escaped."""
    changes = [stock(sku="SV & BÌNH <500>"), stock(TEE, TEE_M, 7)]
    played = written(shop().products.set_stock(changes), (STOCK, {"code": "0", "data": {}}))
    assert paths(played) == [f"/rest{STOCK}"]
    assert played.requests[0].method == "POST"
    assert played.requests[0].safety is Safety.UNSAFE
    rows = ET.fromstring(payload(played)).findall("Product/Skus/Sku")
    assert [{cell.tag: cell.text for cell in row} for row in rows] == [
        {
            "ItemId": BOTTLE,
            "SkuId": BOTTLE_ONE,
            "SellerSku": "SV & BÌNH <500>",
            "SellableQuantity": "28",
        },
        {"ItemId": TEE, "SkuId": TEE_M, "SellableQuantity": "7"},
    ]
    assert outcomes(played) == [("ACCEPTED", None)] * 2
    assert [one.variant_id for one in played.result] == [BOTTLE_ONE, TEE_M]


def test_a_shop_with_one_warehouse_must_not_name_it() -> None:
    """The multi-warehouse form is for shops that have several."""
    one_place = {"code": "0", "result": {"success": True, "module": [{"code": "dropshipping"}]}}
    change = stock(warehouse_id="dropshipping")
    played = written(
        shop().products.set_stock([change]),
        ("/seller/warehouse/get", one_place),
        (STOCK, {"code": "0"}),
    )
    assert "MultiWarehouse" not in payload(played, 1)
    assert played.result[0].warehouse_id == "dropshipping"


def test_stock_of_several_warehouses_is_one_row_of_a_variant() -> None:
    """Each place has its own number."""
    places = ("dropshipping", "VN2K7QX1-WH-10003")
    changes = [stock(quantity=at, warehouse_id=name) for at, name in enumerate(places)]
    played = written(
        shop().products.set_stock(changes),
        ("/seller/warehouse/get", fixture("seller_warehouse_get")),
        (STOCK, {"code": "0"}),
    )
    row = ET.fromstring(payload(played, 1)).find("Product/Skus/Sku")
    assert row is not None
    cells = row.findall("MultiWarehouseInventories/MultiWarehouseInventory")
    assert [
        (cell.findtext("WarehouseCode"), cell.findtext("SellableQuantity")) for cell in cells
    ] == [
        (places[0], "0"),
        (places[1], "1"),
    ]
    assert outcomes(played) == [("ACCEPTED", None)] * 2


def test_fifty_variants_are_one_call() -> None:
    """More are refused, so a hundred and one are three."""
    changes = [stock(TEE, str(at), at) for at in range(1, 102)]
    answers = [(STOCK, {"code": "0"})] * 3
    played = written(shop().products.set_stock(changes), *answers)
    assert len(played.requests) == 3
    assert [one.variant_id for one in played.result] == [change.variant_id for change in changes]


def test_a_change_without_a_variant_means_the_only_one() -> None:
    """It is looked up; a listing with several has no only one."""
    changes = [stock(variant=""), stock(TEE, "", 1)]
    played = written(
        shop().products.set_stock(changes),
        (ITEM, item(BOTTLE)),
        (ITEM, item(TEE)),
        (STOCK, {"code": "0"}),
    )
    assert f"<SkuId>{BOTTLE_ONE}</SkuId>" in payload(played, 2)
    assert outcomes(played) == [("ACCEPTED", None), ("REFUSED", Refusal.NOT_FOUND)]


# The shapes of partial failure


@pytest.mark.parametrize(
    ("name", "refusal", "code"),
    [
        ("price_quantity_update_partial", Refusal.LOCKED, "501"),
        ("price_quantity_update_partial_min", Refusal.LOCKED, ""),
        ("price_quantity_update_code0_with_detail", Refusal.LOCKED, "501"),
        ("sellable_update_partial", Refusal.INVALID, "INV_NEGATIVE_SELLABLE"),
    ],
)
def test_every_shape_of_partial_failure_names_its_row(
    name: str, refusal: Refusal, code: str
) -> None:
    """By ids, by either name of the seller's code, under an error and under a success."""
    changes = [stock(sku="SV-BINH-500", quantity=5), stock(TEE, TEE_M, 158)]
    played = written(shop().products.set_stock(changes), (STOCK, fixture(name)), (ITEM, item(TEE)))
    first, second = played.result
    assert (first.outcome, first.refusal, first.code) == (Outcome.REFUSED, refusal, code)
    assert first.reason
    assert second.outcome is Outcome.ACCEPTED  # read back: 158 stand


def test_a_code_of_the_seller_is_found_in_the_listing() -> None:
    """A change without it is matched through what is read back."""
    changes = [stock(quantity=5)]
    played = written(
        shop().products.set_stock(changes),
        (STOCK, fixture("price_quantity_update_partial_min")),
        (ITEM, item(BOTTLE)),
    )
    assert outcomes(played) == [("REFUSED", Refusal.LOCKED)]


def test_a_row_that_is_not_named_counts_by_what_stands() -> None:
    """That the rest was applied is no promise: another number is unknown."""
    changes = [stock(sku="SV-BINH-500"), stock(TEE, TEE_M, 9999), stock(CAP, "1", 1)]
    played = written(
        shop().products.set_stock(changes),
        (STOCK, fixture("price_quantity_update_partial")),
        (ITEM, item(TEE)),
        (ITEM, failed("208")),
    )
    assert outcomes(played) == [
        ("REFUSED", Refusal.LOCKED),
        ("UNKNOWN", None),
        ("UNKNOWN", None),
    ]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("4171", Refusal.INVALID),
        ("4170", Refusal.LOCKED),
        ("4137", Refusal.NOT_FOUND),
        ("4155", Refusal.STATE),
        ("4218", Refusal.FORBIDDEN),
        ("987654", Refusal.OTHER),
    ],
)
def test_a_batch_refused_as_a_whole_refuses_each_row(code: str, refusal: Refusal) -> None:
    """Without a list of rows, all of them were."""
    changes = [stock(), stock(TEE, TEE_M, 1)]
    played = written(shop().products.set_stock(changes), (STOCK, failed(code, "no")))
    assert outcomes(played) == [("REFUSED", refusal)] * 2
    assert {one.code for one in played.result} == {code}


def test_a_limit_that_stays_means_busy() -> None:
    """Nothing happened to the rows of that batch; the others have their answers."""
    changes = [stock(TEE, str(at), at) for at in range(1, 52)]
    busy = RateLimited("too many")
    played = written(shop().products.set_stock(changes), (STOCK, {"code": "0"}), (STOCK, busy))
    assert outcomes(played)[49:] == [("ACCEPTED", None), ("REFUSED", Refusal.BUSY)]


def test_a_lost_reply_is_answered_by_looking() -> None:
    """What stands as asked was accepted; nothing is sent again."""
    changes = [stock(quantity=28), stock(TEE, TEE_M, 9999)]
    played = written(
        shop().products.set_stock(changes), (STOCK, LOST), (ITEM, item(BOTTLE)), (ITEM, item(TEE))
    )
    assert outcomes(played) == [("ACCEPTED", None), ("UNKNOWN", None)]


def test_a_lost_reply_and_a_lost_look_are_unknown() -> None:
    """And no error."""
    played = written(
        shop().products.set_stock([stock()]), (STOCK, LOST), (ITEM, RateLimited("too many"))
    )
    assert outcomes(played) == [("UNKNOWN", None)]


def test_the_stock_of_one_place_is_read_back_by_its_name() -> None:
    """The sum over all places would not do."""
    change = stock(quantity=25, warehouse_id="VN2K7QX1-WH-10003")
    played = written(
        shop().products.set_stock([change]),
        ("/seller/warehouse/get", fixture("seller_warehouse_get")),
        (STOCK, LOST),
        (ITEM, item(BOTTLE)),
    )
    assert outcomes(played) == [("ACCEPTED", None)]


# Prices


def test_prices_travel_as_json_in_text() -> None:
    """One price ends a special one; with a list price there is one."""
    with_list = PriceChange(
        product_id=TEE, variant_id=TEE_M, sku="S", price=vnd(189000), list_price=vnd(219000)
    )
    played = written(
        shop().products.set_price([price(), with_list]),
        (PRICE, fixture("price_quantity_update_ok")),
    )
    assert json.loads(payload(played)) == {
        "Request": {
            "Product": {
                "Skus": {
                    "Sku": [
                        {
                            "ItemId": BOTTLE,
                            "SkuId": BOTTLE_ONE,
                            "Price": "245000",
                            "SalePrice": "0",
                        },
                        {
                            "ItemId": TEE,
                            "SkuId": TEE_M,
                            "SellerSku": "S",
                            "Price": "219000",
                            "SalePrice": "189000",
                        },
                    ]
                }
            }
        }
    }
    assert outcomes(played) == [("ACCEPTED", None)] * 2


def test_a_list_price_that_is_not_above_the_price_is_left_out() -> None:
    """Buyers pay what was asked for, never less."""
    change = PriceChange(product_id="1", variant_id="2", price=vnd(5000), list_price=vnd(4000))
    played = written(shop().products.set_price([change]), (PRICE, {"code": "0"}))
    assert '"Price":"5000","SalePrice":"0"' in payload(played)


def test_a_price_with_cents_keeps_them() -> None:
    """Where the currency has any."""
    change = PriceChange(product_id="1", variant_id="2", price=Money(1250, "SGD"))
    played = written(shop("SG").products.set_price([change]), (PRICE, {"code": "0"}))
    assert '"Price":"12.50"' in payload(played)


def test_a_lost_price_is_read_back() -> None:
    """Both prices have to stand."""
    played = written(
        shop().products.set_price([price(), price(TEE, TEE_M, 189000)]),
        (PRICE, LOST),
        (ITEM, item(BOTTLE)),
        (ITEM, item(TEE)),
    )
    assert outcomes(played) == [("ACCEPTED", None), ("UNKNOWN", None)]


# On sale


def test_a_listing_is_put_on_sale_with_all_its_variants() -> None:
    """The call wants the SKUs, so the listing is read first."""
    played = written(
        shop().products.publish([CAP]), (ITEM, item(CAP)), ("/product/update", {"code": "0"})
    )
    assert json.loads(payload(played, 1))["Request"]["Product"] == {
        "ItemId": CAP,
        "Skus": {"Sku": [{"SkuId": "13400331207", "Status": "active"}]},
    }
    assert outcomes(played) == [("ACCEPTED", None)]


def test_a_listing_is_taken_off_sale() -> None:
    """Its call has a parameter of another name."""
    played = written(
        shop().products.unpublish([BOTTLE, "9"]),
        (ITEM, item(BOTTLE)),
        ("/product/deactivate", {"code": "0"}),
        (ITEM, failed("208")),
    )
    assert json.loads(dict(played.requests[1].query)["apiRequestBody"]) == {
        "Request": {"Product": {"ItemId": BOTTLE, "Skus": {"SkuId": [BOTTLE_ONE]}}}
    }
    assert outcomes(played) == [("ACCEPTED", None), ("REFUSED", Refusal.NOT_FOUND)]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("E0002", Refusal.NOT_FOUND), ("E0004", Refusal.STATE), ("4218", Refusal.FORBIDDEN)],
)
def test_a_refused_switch_says_why(code: str, refusal: Refusal) -> None:
    """Codes of that call."""
    played = written(
        shop().products.unpublish([BOTTLE]),
        (ITEM, item(BOTTLE)),
        ("/product/deactivate", failed(code)),
    )
    assert outcomes(played) == [("REFUSED", refusal)]


def test_a_lost_switch_is_read_back() -> None:
    """The bottle is on sale, whoever put it there."""
    answers = [(ITEM, item(BOTTLE)), ("/product/update", LOST), (ITEM, item(BOTTLE))]
    assert outcomes(written(shop().products.publish([BOTTLE]), *answers)) == [("ACCEPTED", None)]
    assert outcomes(written(shop().products.unpublish([BOTTLE]), *answers)) == [("UNKNOWN", None)]
