"""Reading Shopee's listings: variants, stock, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.domain.money import Money
from entrosdk.domain.product import Product, ProductQuery, ProductStatus, StockLevel
from entrosdk.errors import BadReply, ConfigError, NotFound, Unavailable
from tests.unit.adapters.shopee.desk import answer, asked, failed, fixture, ok, parsed, shop

ALL = ProductQuery()
SHIRT, BOTTLE, BANNED = "24810553377", "25100998812", "25777000451"


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")


def both() -> tuple[Product, ...]:
    """The two example listings."""
    played = answer(
        shop().products.many([SHIRT, BOTTLE]), fixture("item_base_info"), fixture("model_list")
    )
    return played.result.items


def stocked(**stock: Any) -> tuple[StockLevel, ...]:
    """The stock of the example without models, changed."""
    body = parsed("item_base_info_without_models")
    body["response"]["item_list"][0]["stock_info_v2"] = stock
    (product,) = answer(shop().products.many([BOTTLE]), body).result.items
    return product.variants[0].stock


def test_models_become_variants_with_named_options() -> None:
    """tier_index points into the tiers' options; prices are list and present price."""
    shirt = both()[0]
    assert [variant.options for variant in shirt.variants][:2] == [
        (("Màu sắc", "Đen"), ("Kích cỡ", "M")),
        (("Màu sắc", "Đen"), ("Kích cỡ", "L")),
    ]
    black = shirt.variants[0]
    assert (black.id, black.sku) == ("199400112232", "AT-NAM-01-DEN-M")
    assert (black.list_price, black.price) == (vnd(159000), vnd(129000))
    assert [variant.sellable for variant in shirt.variants] == [34, 0, 58, 12]


def test_a_listing_without_models_has_one_nameless_variant() -> None:
    """Price and stock of the item are the variant's; promotion stock is locked."""
    bottle = both()[1]
    (only,) = bottle.variants
    assert (only.id, only.sku, only.list_price, only.price) == (
        "",
        "BGN-500",
        vnd(189000),
        vnd(169000),
    )
    assert only.stock == (StockLevel(warehouse_id="VN0009QKZ", sellable=120, locked=20),)


def test_the_listing_itself_is_mapped() -> None:
    """Title, category, state, pictures and times."""
    bottle = both()[1]
    assert (bottle.id, bottle.category_id, bottle.sku) == (BOTTLE, "100714", "BGN-500")
    assert (bottle.status, bottle.raw_status) == (ProductStatus.ACTIVE, "NORMAL")
    assert bottle.image_urls == ("https://cf.shopee.vn/file/vn-demo-binh500",)
    assert bottle.updated_at == datetime.fromtimestamp(1795147200, UTC)


def test_several_locations_are_several_levels() -> None:
    """Each place has its own number; what is not for sale counts as nothing."""
    levels = stocked(
        summary_info={"total_reserved_stock": 5, "total_available_stock": 30},
        seller_stock=[
            {"location_id": "VN1Z", "stock": 10, "if_saleable": True},
            {"location_id": "VN2Z", "stock": 7, "if_saleable": False},
        ],
        shopee_stock=[{"location_id": "VNS", "stock": "20"}],
    )
    assert [(level.warehouse_id, level.sellable, level.locked) for level in levels] == [
        ("VN1Z", 10, 5),
        ("VN2Z", 0, 0),
        ("VNS", 20, 0),
    ]


def test_stock_without_a_location_stands_in_the_unnamed_warehouse() -> None:
    """A single unnamed place has an empty id; without a summary its own number counts."""
    assert stocked(summary_info={"total_available_stock": 4}) == (StockLevel(sellable=4),)
    assert stocked(seller_stock=[{"stock": 3}]) == (StockLevel(sellable=3),)


def test_a_page_lists_then_asks_base_info_then_models() -> None:
    """One list call, one base info call, one model list for the item that has models."""
    listed = parsed("item_list")
    del listed["response"]["item"][2]
    played = answer(
        shop().products.page(ALL, None), listed, fixture("item_base_info"), fixture("model_list")
    )
    assert [request.path.rpartition("/")[2] for request in played.requests] == [
        "get_item_list",
        "get_item_base_info",
        "get_model_list",
    ]
    assert (len(played.result), played.result.total, played.result.next) == (2, 3, None)
    assert played.result.drift == {}


def test_all_states_are_asked_for_with_a_repeated_key() -> None:
    """Deleted listings too: they stay readable, and their end is news."""
    played = answer(shop().products.stubs(ALL, None), fixture("item_list"))
    words = [value for name, value in played.requests[0].query if name == "item_status"]
    assert words == ["NORMAL", "UNLIST", "REVIEWING", "BANNED", "SELLER_DELETE", "SHOPEE_DELETE"]
    assert [stub.id for stub in played.result] == [SHIRT, BOTTLE, BANNED]


def test_one_state_can_be_asked_for_alone() -> None:
    """A raw status narrows the listing."""
    played = answer(
        shop().products.stubs(ProductQuery(raw_status="BANNED"), None), fixture("item_list_empty")
    )
    assert [v for name, v in played.requests[0].query if name == "item_status"] == ["BANNED"]


def test_bounds_are_optional_and_half_open() -> None:
    """Any span is allowed; an open side sends nothing; rows outside are left out."""
    start = datetime.fromtimestamp(1795147200, UTC)
    query = ProductQuery(updated_from=start, updated_to=start + timedelta(days=300))
    played = answer(shop().products.stubs(query, None), fixture("item_list"))
    assert asked(played)["update_time_from"] == "1795147200"
    assert int(asked(played)["update_time_to"]) == 1795147200 + 300 * 86400 - 1
    assert [stub.id for stub in played.result] == [SHIRT, BOTTLE]
    after = answer(
        shop().products.stubs(ProductQuery(updated_from=start), None), fixture("item_list")
    )
    assert "update_time_to" not in asked(after)
    before = answer(
        shop().products.stubs(ProductQuery(updated_to=start), None), fixture("item_list")
    )
    assert asked(before)["update_time_to"] == "1795147199"
    assert [stub.id for stub in before.result] == [BANNED]


def test_a_position_is_shopees_offset() -> None:
    """The next offset is the cursor, readable in another process; foreign ones are refused."""
    listed = parsed("item_list")
    listed["response"] |= {"has_next_page": True, "next_offset": 50}
    page = answer(shop().products.stubs(ALL, None), listed).result
    assert page.next == "50"
    assert asked(answer(shop().products.stubs(ALL, "50"), fixture("item_list")))["offset"] == "50"
    with pytest.raises(ConfigError):
        answer(shop().products.stubs(ALL, "wallet:1"))


def test_an_offset_that_stands_still_is_refused() -> None:
    """A listing that goes on without moving would never end."""
    listed = parsed("item_list")
    listed["response"] |= {"has_next_page": True, "next_offset": 50}
    with pytest.raises(BadReply):
        answer(shop().products.stubs(ALL, "50"), listed)


def test_unknown_ids_are_missing() -> None:
    """Shopee leaves unknown ids out, refuses a batch of them, and knows no ids that are words."""
    played = answer(
        shop().products.many([BOTTLE, "7", "x"]), fixture("item_base_info_without_models")
    )
    assert played.result.missing == ("x", "7")
    none = answer(shop().products.many(["7"]), failed("product.error_item_not_found")).result
    assert (none.items, none.missing) == ((), ("7",))


def test_a_listing_that_stays_away_is_unreadable() -> None:
    """Listed, asked for once more alone, and reported."""
    listed = parsed("item_list")
    listed["response"]["item"] = listed["response"]["item"][2:]
    page = answer(
        shop().products.page(ALL, None),
        listed,
        ok({"item_list": []}),
        failed("error_item_not_found"),
    ).result
    assert [bad.id for bad in page.unreadable] == [BANNED]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tier_index": [0, 9]}, "tier_index: points at no option"),
        ({"tier_index": [0, 0, 0]}, "tier_index: points at no tier"),
        ({"price_info": []}, "price_info: missing"),
    ],
)
def test_a_model_that_makes_no_sense_spoils_only_its_listing(
    change: dict[str, Any], reason: str
) -> None:
    """The other listing is read; both bodies of the bad one are kept."""
    models = parsed("model_list")
    models["response"]["model"][0] |= change
    batch = answer(shop().products.many([SHIRT, BOTTLE]), fixture("item_base_info"), models).result
    assert [product.id for product in batch] == [BOTTLE]
    (bad,) = batch.unreadable
    assert (bad.id, bad.reason) == (SHIRT, reason)
    assert b"tier_variation" in bad.body
    assert "cotton" in bad.body.decode()


def test_a_model_list_that_does_not_fit_spoils_only_its_listing() -> None:
    """A malformed model list is told by its field."""
    models = parsed("model_list")
    models["response"]["model"][0]["model_id"] = {"a": 1}
    batch = answer(shop().products.many([SHIRT, BOTTLE]), fixture("item_base_info"), models).result
    assert [bad.reason for bad in batch.unreadable] == [
        "the reply does not fit Models: response.model.0.model_id: string_type"
    ]


def test_a_missing_model_list_is_unreadable_unless_the_listing_is_deleted() -> None:
    """A deleted listing may have lost its models and is still told."""
    gone = failed("product.error_item_not_found")
    body = parsed("item_base_info_with_models")
    lost = answer(shop().products.many([SHIRT]), body, gone).result
    assert [bad.id for bad in lost.unreadable] == [SHIRT]
    body["response"]["item_list"][0]["item_status"] = "SELLER_DELETE"
    (deleted,) = answer(shop().products.many([SHIRT]), body, gone).result.items
    assert (deleted.status, deleted.variants) == (ProductStatus.DELETED, ())


def test_a_marketplace_in_trouble_is_no_bad_record() -> None:
    """An outage between two model lists fails the page, so that it is read again."""
    with pytest.raises(Unavailable):
        answer(
            shop().products.many([SHIRT]),
            fixture("item_base_info_with_models"),
            failed("error_server"),
        )


def test_a_new_state_word_is_kept_and_counted() -> None:
    """An unknown item status becomes UNKNOWN and shows up as drift."""
    body = parsed("item_base_info_without_models")
    body["response"]["item_list"][0]["item_status"] = "ON_THE_MOON"
    batch = answer(shop().products.many([BOTTLE]), body).result
    assert (batch.items[0].status, batch.items[0].raw_status) == (
        ProductStatus.UNKNOWN,
        "ON_THE_MOON",
    )
    assert batch.drift == {"response.item_list.item_status=ON_THE_MOON": 1}


def test_an_item_without_models_but_with_an_empty_model_list_stays_whole() -> None:
    """Asking for models of an item without any is not needed, and its empty list is no harm."""
    body = parsed("item_base_info_without_models")
    body["response"]["item_list"][0]["has_model"] = True
    batch = answer(
        shop().products.many([BOTTLE]), body, fixture("model_list_item_without_models")
    ).result
    assert batch.items[0].variants == ()


def test_not_found_is_an_answer_and_other_refusals_are_errors() -> None:
    """Only `NotFound` means missing."""
    with pytest.raises(BadReply):
        answer(shop().products.many(["7"]), b"<html>")
    with pytest.raises(NotFound):
        raise NotFound("for comparison")
