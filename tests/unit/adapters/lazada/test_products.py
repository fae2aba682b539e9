"""Reading Lazada's listings: variants, prices, stock by warehouse, pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk.adapters.lazada import spans
from entrosdk.domain.product import Product, ProductQuery, ProductStatus, StockLevel, Variant
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.page import Page
from tests.unit.adapters.lazada.desk import (
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    paths,
    shop,
    vnd,
)

ALL = ProductQuery()


def listing(*items: Any, total: int | None = None) -> bytes:
    """A reply of /products/get."""
    return ok({"total_products": len(items) if total is None else total, "products": list(items)})


def item(**parts: Any) -> dict[str, Any]:
    """A listing as the example has it, with parts changed."""
    return {**parsed("product_item_get")["data"], **parts}


def sku(**parts: Any) -> dict[str, Any]:
    """A variant as the example has it, with parts changed."""
    return {**item()["skus"][0], **parts}


def read(body: Any) -> Page[Product]:
    """One page of listings."""
    return answer(shop().products.page(ALL, None), body).result


def only(**parts: Any) -> Variant:
    """The one variant of a listing."""
    (product,) = read(listing(item(skus=[sku(**parts)]))).items
    return product.variants[0]


def test_the_example_maps_to_title_variants_and_options() -> None:
    """Options carry the shop's labels in the order of its dimensions."""
    tee, bottle, _ = read(fixture("products_get")).items
    assert (tee.id, tee.title, tee.category_id) == (
        "3120045517",
        "Áo thun cotton nữ cổ tròn Sen Việt",
        "4518",
    )
    assert [(one.id, one.sku, one.options) for one in tee.variants][:2] == [
        ("13400218811", "SV-AO-DEN-M", (("Nhóm màu", "Đen"), ("Kích thước", "M"))),
        ("13400218812", "SV-AO-DEN-L", (("Nhóm màu", "Đen"), ("Kích thước", "L"))),
    ]
    assert [one.options for one in bottle.variants] == [()]


def test_a_special_price_is_the_present_one_and_zero_is_none() -> None:
    """The list price stays beside it."""
    tee, bottle, _ = read(fixture("products_get")).items
    assert (tee.variants[0].list_price, tee.variants[0].price) == (vnd(219000), vnd(189000))
    assert (bottle.variants[0].list_price, bottle.variants[0].price) == (vnd(245000), vnd(245000))


def test_stock_is_told_by_warehouse() -> None:
    """Sellable, what a campaign locks, and what orders hold: unpaid and paid."""
    bottle = read(fixture("products_get")).items[1].variants[0]
    assert bottle.stock == (
        StockLevel(warehouse_id="dropshipping", sellable=3, locked=10, reserved=3),
        StockLevel(warehouse_id="VN2K7QX1-WH-10003", sellable=25, reserved=1),
    )
    assert bottle.sellable == 28


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ({"quantity": 5}, StockLevel(sellable=5)),
        ({"quantity": 5, "Available": 4}, StockLevel(sellable=4)),
        (
            {"quantity": 9, "sellableStock": 3, "occupiedStock": 2, "withholdingStock": 1},
            StockLevel(sellable=3, reserved=3),
        ),
    ],
)
def test_without_warehouses_there_is_one_unnamed_place(
    told: dict[str, int], level: StockLevel
) -> None:
    """Three members tell what is sellable; the most exact one counts."""
    bare = {"multiWarehouseInventories": None, "quantity": 0, "Available": None}
    assert only(**{**bare, **told}).stock == (level,)


def test_lazadas_own_warehouse_is_one_more_place() -> None:
    """Its stock stands in a list of its own."""
    place = {"warehouseCode": "FBL-1", "sellableQuantity": 7}
    variant = only(multiWarehouseInventories=[], fblWarehouseInventories=[place])
    assert variant.stock == (StockLevel(warehouse_id="FBL-1", sellable=7),)


def test_a_sub_state_holds_a_listing_back() -> None:
    """An inactive listing that quality control rejected is blocked; its words are kept."""
    cap = read(fixture("products_get")).items[2]
    assert (cap.status, cap.raw_status) == (ProductStatus.BLOCKED, "InActive/Reject")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Active", ProductStatus.ACTIVE),
        ("InActive", ProductStatus.INACTIVE),
        ("Pending QC", ProductStatus.REVIEWING),
        ("Suspended", ProductStatus.BLOCKED),
        ("Deleted", ProductStatus.DELETED),
        ("Vanished", ProductStatus.UNKNOWN),
    ],
)
def test_every_state_has_a_meaning(word: str, status: ProductStatus) -> None:
    """Words of the manual, and one that is none."""
    page = read(listing(item(status=word)))
    assert (page.items[0].status, page.items[0].raw_status) == (status, word)
    assert bool(page.drift) == (status is ProductStatus.UNKNOWN)


def test_times_are_milliseconds_in_text() -> None:
    """And become aware instants."""
    tee = read(fixture("products_get")).items[0]
    assert tee.created_at == datetime.fromtimestamp(1765350000, UTC)
    assert tee.updated_at == datetime.fromtimestamp(1772410000.555, UTC)


def test_pictures_come_as_a_list_or_as_its_text() -> None:
    """Documents show JSON text where the wire has a list; blanks are free places."""
    page = read(listing(item(item_id=1, images='["a",""]'), item(item_id=2, images=["a", ""])))
    assert [one.image_urls for one in page] == [("a",), ("a",)]


def test_the_other_spelling_of_a_listing_is_read() -> None:
    """One sample writes the outer keys in camel case, tables write variations in small letters."""
    body = item()
    renamed = {
        "itemId": body.pop("item_id"),
        "primaryCategory": body.pop("primary_category"),
        "createdTime": body.pop("created_time"),
        "updatedTime": body.pop("updated_time"),
        "productImageList": body.pop("images"),
        "variation": {key.lower(): one for key, one in body.pop("variation").items()},
    }
    expected = answer(shop().products.many(["3120045517"]), ok(item())).result
    found = answer(shop().products.many(["3120045517"]), ok({**body, **renamed})).result
    assert expected.items == found.items
    assert found.drift == {}


def test_options_flattened_into_the_variant_are_understood() -> None:
    """Where `saleProp` is missing, the same keys stand in the variant itself."""
    assert only(saleProp=None).options == (("Nhóm màu", "Đen"), ("Kích thước", "M"))


def test_what_we_know_is_no_drift() -> None:
    """The examples have no key that we do not know, nor do a category's own names count."""
    assert read(fixture("products_get")).drift == {}
    assert answer(shop().products.many(["1"]), fixture("product_item_get")).result.drift == {}


def test_a_listing_that_fits_nothing_is_unreadable() -> None:
    """Without SKUs it has no price; a deleted one may have lost them."""
    page = read(listing(item(item_id=1, skus=[]), item(item_id=2, skus=[], status="Deleted")))
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [("1", "skus: missing")]
    assert [(one.id, one.variants) for one in page] == [("2", ())]


def test_a_bad_variant_costs_its_listing_only() -> None:
    """The reason names the place."""
    page = read(listing(item(item_id=1, skus=[sku(price="much")]), item(item_id=2)))
    assert [bad.id for bad in page.unreadable] == ["1"]
    assert "skus.0.price" in page.unreadable[0].reason
    assert [one.id for one in page] == ["2"]


# Pages


def test_all_listings_are_asked_for_with_their_stock() -> None:
    """Every state, fifty at a time, with the fields of stock."""
    played = answer(shop().products.page(ALL, None), fixture("products_get_empty"))
    assert asked(played) == {"filter": "all", "offset": "0", "limit": "50", "options": "1"}
    assert (played.result.items, played.result.next, played.result.total) == ((), None, 0)


@pytest.mark.parametrize(
    "body", [{"code": "0"}, {"code": "0", "data": {}}, {"code": "0", "data": None}]
)
def test_nothing_may_come_without_a_list(body: Any) -> None:
    """When nothing matches, the payload may be missing."""
    page = read(body)
    assert (page.items, page.next) == ((), None)


def test_bounds_and_a_filter_word_are_sent() -> None:
    """Bounds are inclusive on Lazada's side and optional on ours."""
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    query = ProductQuery(updated_from=start, updated_to=end, raw_status="sold-out")
    played = answer(shop().products.page(query, "50"), fixture("products_get_empty"))
    assert asked(played)["update_after"] == "2026-03-01T07:00:00+07:00"
    assert asked(played)["update_before"] == "2026-03-02T06:59:59+07:00"
    assert (asked(played)["filter"], asked(played)["offset"]) == ("sold-out", "50")
    with pytest.raises(ConfigError):
        answer(shop().products.page(ProductQuery(updated_from=end, updated_to=start), None))


def test_pages_follow_until_the_total() -> None:
    """A short page before the total goes on; an empty one ends."""
    page = read(listing(item(), total=3))
    assert page.next == "1"
    assert answer(shop().products.page(ALL, "1"), listing(total=3)).result.next is None
    assert answer(shop().products.page(ALL, "2"), listing(item(), total=3)).result.next is None


def test_an_offset_has_an_end() -> None:
    """Beyond 10000 Lazada answers nothing; that is said and not passed over."""
    with pytest.raises(BadReply, match="offset"):
        answer(shop().products.page(ALL, "10000"), listing(item(), total=20000))
    with pytest.raises(BadReply, match="one second"):
        answer(shop().products.page(ALL, "1500000000-1500000001:0"), listing(item(), total=20000))


@pytest.mark.parametrize("cursor", ["x", "-1", "1:2", "5-:0", "1-2-3:4"])
def test_a_foreign_position_is_refused(cursor: str) -> None:
    """Positions belong to their listing."""
    with pytest.raises(ConfigError):
        answer(shop().products.page(ALL, cursor))


@settings(max_examples=30)
@given(
    st.lists(st.integers(1_400_000_000, 1_790_000_000), max_size=400, unique=True),
    st.booleans(),
)
def test_a_shop_of_any_size_is_read_whole(made: list[int], newest_first: bool) -> None:
    """With a last offset of 100 instead of 10000: every listing comes once, in spans of time."""
    rows = sorted(((at, f"{number + 1}") for number, at in enumerate(made)), reverse=newest_first)
    found: list[str] = []
    cursor: str | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "LAST_OFFSET", 100)
        for _ in range(600):
            flow = shop().products.stubs(ALL, cursor)
            said = dict(next(flow).request.query)  # type: ignore[union-attr]
            flow.close()
            since, until = (
                datetime.fromisoformat(said[name]).timestamp() if name in said else bound
                for name, bound in (("create_after", 0), ("create_before", 2**40))
            )
            inside = [one for one in rows if since <= one[0] <= until]
            offset = int(said["offset"])
            assert offset <= 100
            page = [
                item(item_id=name, created_time=str(at * 1000))
                for at, name in inside[offset : offset + 50]
            ]
            body = listing(*page, total=len(inside))
            told = answer(shop().products.stubs(ALL, cursor), body).result
            found += [stub.id for stub in told]
            cursor = told.next
            if cursor is None:
                break
    assert sorted(found) == sorted(name for _, name in rows)


def test_stubs_carry_update_times() -> None:
    """Ids and times are enough to compare."""
    page = answer(shop().products.stubs(ALL, None), fixture("products_get")).result
    assert [stub.id for stub in page] == ["3120045517", "3120051902", "3120060044"]
    assert page.items[0].updated_at == datetime.fromtimestamp(1772410000.555, UTC)


@pytest.mark.parametrize("code", ["207", "208", "EDIT_ITEM_NOT_BELONG_SELLER"])
def test_an_unknown_listing_is_missing(code: str) -> None:
    """Codes that say so, and ids that are none."""
    played = answer(shop().products.many(["1", "one"]), failed(code))
    assert paths(played) == ["/rest/product/item/get"]
    assert played.result.missing == ("1", "one")


def test_a_listing_that_cannot_be_read_by_id_is_unreadable() -> None:
    """It is kept."""
    batch = answer(shop().products.many(["1"]), ok({"item_id": 1, "skus": []})).result
    assert [bad.reason for bad in batch.unreadable] == ["skus: missing"]
