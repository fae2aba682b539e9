"""Reading TikTok Shop's listings: search, details, stock, shops that are too large."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.tiktok.slices import Slice
from entrosdk.domain.product import Product, ProductQuery, ProductStatus, StockLevel
from entrosdk.errors import ConfigError, Rejected
from entrosdk.spi.page import Page
from tests.unit.adapters.tiktok.desk import (
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    sent,
    shop,
    vnd,
)

SHIRT = "1731904420187440301"
HCM, HANOI = "7388102946610227010", "7388102946610227027"
ALL = ProductQuery()
NO_STOCK = ok({})


def shirt(detail: Any = None, stock: Any = None) -> Product:
    """The example listing."""
    bodies = (stock or fixture("inventory_search"), detail or fixture("product_detail"))
    return answer(shop().products.many([SHIRT]), *bodies).result.items[0]


def searched(*rows: dict[str, Any], token: str = "", total: int = 1) -> bytes:
    """A reply of the search."""
    return ok({"products": list(rows), "next_page_token": token, "total_count": total})


def read(*bodies: Any, cursor: str | None = None, query: ProductQuery = ALL) -> Page[Product]:
    """One page of listings."""
    return answer(shop().products.page(query, cursor), *bodies).result


# Mapping


def test_the_example_listing_maps_to_its_variants() -> None:
    """Options, price and code of each variant; the category is the leaf."""
    product = shirt()
    assert (product.id, product.status) == (SHIRT, ProductStatus.ACTIVE)
    assert product.category_id == "601226"
    assert len(product.image_urls) == 2
    black = product.variants[3]
    assert (black.id, black.sku) == ("1731904420187505868", "TS-COT-DEN-L")
    assert black.options == (("Màu sắc", "Đen"), ("Kích cỡ", "L"))
    assert (black.price, black.list_price, black.raw_status) == (
        vnd(189000),
        vnd(189000),
        "NORMAL",
    )


def test_stock_is_told_by_warehouse() -> None:
    """What is free, and what orders hold."""
    assert shirt().variants[3].stock == (
        StockLevel(warehouse_id=HCM, sellable=0, reserved=2),
        StockLevel(warehouse_id=HANOI, sellable=6),
    )
    assert [variant.sellable for variant in shirt().variants] == [60, 37, 24, 6]


def test_what_a_campaign_holds_is_locked() -> None:
    """It is a part of what is sellable, told for all warehouses together."""
    stock = parsed("inventory_search")
    row = stock["data"]["inventory"][0]["skus"][0]
    row["total_available_inventory_distribution"] = {
        "in_shop_inventory": {"quantity": 10},
        "campaign_inventory": [{"quantity": 45, "campaign_name": "11.11"}],
        "creator_inventory": [{"quantity": 5, "creator_name": "x"}],
    }
    levels = shirt(stock=stock).variants[0].stock
    assert [(level.sellable, level.locked) for level in levels] == [(42, 42), (18, 8)]


def test_without_a_stock_reply_the_listing_tells_what_is_free() -> None:
    """Reserved units are then not known."""
    assert shirt(stock=NO_STOCK).variants[3].stock == (
        StockLevel(warehouse_id=HCM, sellable=0),
        StockLevel(warehouse_id=HANOI, sellable=6),
    )


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ({"currency": "VND", "tax_exclusive_price": "99000"}, 99000),
        ({"currency": "VND", "sale_price": "89000", "tax_exclusive_price": "99000"}, 89000),
        ({"currency": "VND", "sale_price": "89000"}, 89000),
    ],
)
def test_the_shelf_price_has_two_names(price: dict[str, str], expected: int) -> None:
    """Searches tell one, details both."""
    detail = parsed("product_detail")
    detail["data"]["skus"][0]["price"] = price
    assert shirt(detail).variants[0].price == vnd(expected)


def test_a_crossed_out_price_is_the_list_price() -> None:
    """Where a market tells one."""
    detail = parsed("product_detail")
    detail["data"]["skus"][0]["list_price"] = {"amount": "250000", "currency": "VND"}
    variant = shirt(detail).variants[0]
    assert (variant.list_price, variant.price) == (vnd(250000), vnd(189000))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("DRAFT", ProductStatus.DRAFT),
        ("PENDING", ProductStatus.REVIEWING),
        ("FAILED", ProductStatus.BLOCKED),
        ("ACTIVATE", ProductStatus.ACTIVE),
        ("SELLER_DEACTIVATED", ProductStatus.INACTIVE),
        ("PLATFORM_DEACTIVATED", ProductStatus.BLOCKED),
        ("FREEZE", ProductStatus.BLOCKED),
        ("DELETED", ProductStatus.DELETED),
        ("SCHEDULED", ProductStatus.INACTIVE),
        ("NEW", ProductStatus.UNKNOWN),
    ],
)
def test_every_status_has_its_meaning(word: str, status: ProductStatus) -> None:
    """The platform's own word stays beside ours."""
    detail = parsed("product_detail")
    detail["data"]["status"] = word
    product = shirt(detail)
    assert (product.status, product.raw_status) == (status, word)


def test_the_examples_have_no_drift() -> None:
    """Every key of the example bodies is known."""
    bodies = (fixture("inventory_search"), fixture("product_detail"))
    assert answer(shop().products.many([SHIRT]), *bodies).result.drift == {}
    stubs = answer(shop().products.stubs(ALL, None), fixture("products_search_page")).result
    assert stubs.drift == {}


# Pages


def test_a_page_reads_each_listing_in_detail() -> None:
    """One search, one look at stock, one detail for each; the token goes on."""
    search = parsed("products_search_page")
    search["data"]["products"] = search["data"]["products"][:1]
    played = answer(
        shop().products.page(ALL, None),
        search,
        fixture("inventory_search"),
        fixture("product_detail"),
    )
    page = played.result
    assert sent(played) == {}
    assert sent(played, 1) == {"product_ids": [SHIRT]}
    assert played.requests[2].label == "GET /product/202309/products/{product_id}"
    assert [product.id for product in page] == [SHIRT]
    assert page.total == 27
    following = answer(shop().products.page(ALL, page.next), searched())
    assert asked(following)["page_token"] == search["data"]["next_page_token"]
    assert following.result.next is None


def test_a_listing_without_a_detail_is_read_from_the_search() -> None:
    """Deleted ones may not be retrievable any more; they have no options then."""
    search = parsed("products_search_page")
    search["data"]["products"] = search["data"]["products"][2:]
    page = read(search, failed(12052260), failed(12052260))
    (cap,) = page.items
    assert (cap.status, cap.variants[0].price) == (ProductStatus.INACTIVE, vnd(99000))
    assert cap.variants[0].options == ()
    assert page.unreadable == ()


def test_bounds_are_sent_with_an_inclusive_end() -> None:
    """Here, unlike for orders, the upper bound is included."""
    start = datetime.fromtimestamp(1794787200, UTC)
    query = ProductQuery(
        updated_from=start, updated_to=start + timedelta(hours=1), raw_status="ACTIVATE"
    )
    played = answer(shop().products.stubs(query, None), searched())
    assert sent(played) == {
        "update_time_ge": 1794787200,
        "update_time_le": 1794790799,
        "status": "ACTIVATE",
    }


def test_stubs_have_update_times() -> None:
    """Ids of the example page."""
    stubs = answer(shop().products.stubs(ALL, None), fixture("products_search_page")).result
    assert stubs.items[0].id == SHIRT
    assert stubs.items[0].updated_at == datetime.fromtimestamp(1794823375, UTC)
    assert (len(stubs), stubs.total) == (3, 27)


def test_a_strange_position_is_refused() -> None:
    """One of another listing cannot be resumed here."""
    with pytest.raises(ConfigError):
        read(cursor="page 2")


# Shops with more than 10 000 listings


def test_a_shop_that_is_too_large_is_read_by_creation_time() -> None:
    """A refused search is asked in slices, halved until they are answered."""
    refused = failed(12052180)
    played = answer(shop().products.stubs(ALL, None), refused, refused, searched())
    first, second = sent(played, 1), sent(played, 2)
    assert sent(played) == {}
    assert first["create_time_ge"] == second["create_time_ge"]
    width = first["create_time_le"] - first["create_time_ge"] + 1
    assert second["create_time_le"] - second["create_time_ge"] + 1 == width // 2
    assert played.result.total is None
    following = answer(shop().products.stubs(ALL, played.result.next), searched())
    assert sent(following)["create_time_ge"] == second["create_time_le"] + 1


def test_slices_touch_and_come_to_an_end() -> None:
    """No second between the dawn and the end of time is left out, or read twice."""
    at, seconds = Slice(1_546_300_800, 1), 0
    while at is not None:
        seconds += at.width
        last, at = at, at.after()
    assert last.bounds()["create_time_le"] == 4_294_967_295
    assert seconds == 4_294_967_296 - 1_546_300_800


def test_a_slice_survives_as_a_position() -> None:
    """Tokens may hold any character."""
    at = Slice(5, 7, "a+b/c=:d")
    assert Slice.read(at.write()) == at


def test_one_second_with_too_many_listings_is_told() -> None:
    """There is nothing left to halve."""
    with pytest.raises(Rejected, match="one second"):
        answer(shop().products.stubs(ALL, "5+1:"), failed(12052180))


def test_another_refusal_of_the_search_is_told() -> None:
    """Only the size of the shop is cured by slices."""
    with pytest.raises(Rejected):
        answer(shop().products.stubs(ALL, None), failed(36009004, "bad"))


# By id


def test_unknown_listings_are_missing() -> None:
    """One that does not exist, and one that cannot be an id."""
    batch = answer(shop().products.many(["1", "x"]), failed(12052260), failed(12052260)).result
    assert set(batch.missing) == {"1", "x"}


def test_one_listing_without_stock_does_not_spoil_the_others() -> None:
    """A refused look at stock is halved; the refused one goes without."""
    detail, other = parsed("product_detail"), parsed("product_detail")
    other["data"]["id"] = "2"
    batch = answer(
        shop().products.many([SHIRT, "2"]),
        failed(12052048),
        fixture("inventory_search"),
        failed(12052048),
        detail,
        other,
    ).result
    assert [product.variants[3].stock[0].reserved for product in batch] == [2, 0]


# Records that cannot be read


def test_one_bad_listing_costs_only_itself() -> None:
    """It is kept with its body, under its id; the reason names the field."""
    detail = parsed("product_detail")
    detail["data"]["skus"][0]["price"] = {"currency": "VND"}
    batch = answer(shop().products.many([SHIRT]), NO_STOCK, detail).result
    (bad,) = batch.unreadable
    assert (bad.id, bad.reason) == (SHIRT, "skus.price: missing")
    assert b"TS-COT-TRANG-M" in bad.body


def test_a_listing_bad_in_the_search_is_unreadable() -> None:
    """It has no detail to fall back on."""
    search = parsed("products_search_page")
    del search["data"]["products"][2]["skus"][0]["price"]
    search["data"]["products"] = search["data"]["products"][2:]
    (bad,) = read(search, NO_STOCK, failed(12052260)).unreadable
    assert bad.id == "1731904420192683183"
