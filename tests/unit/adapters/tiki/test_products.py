"""Reading Tiki's products: one row for each variant, stock by warehouse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.domain.product import Product, ProductQuery, ProductStatus, StockLevel
from entrosdk.errors import BadReply, ConfigError
from tests.unit.adapters.tiki.desk import answer, asked, fixture, page, parsed, reply, shop, vnd

PAGE = "products_page_v2_1"


def listed(query: ProductQuery | None = None) -> tuple[Product, ...]:
    """The products of the example page."""
    return answer(shop().products.page(query or ProductQuery(), None), fixture(PAGE)).result.items


def row(number: int = 0, **changes: Any) -> Any:
    """A row of the example page, with changes."""
    return {**parsed(PAGE)["data"][number], **changes}


def read(body: Any) -> Product:
    """One product."""
    return answer(shop().products.page(ProductQuery(), None), page(body)).result.items[0]


def test_a_product_is_one_variant() -> None:
    """Tiki has a row for each variant a seller sells, so the variant needs no id."""
    first = listed()[0]
    (variant,) = first.variants
    assert (first.id, first.title, first.sku) == (
        "271990115",
        "Ấm trà gốm men lam 450ml",
        "GNM-AT-450-LAM",
    )
    assert (variant.id, variant.sku) == ("", "GNM-AT-450-LAM")
    assert (variant.list_price, variant.price) == (vnd(350000), vnd(285000))


def test_stock_is_told_by_warehouse() -> None:
    """Sellable is what is there less what orders hold."""
    assert listed()[0].variants[0].stock == (
        StockLevel(warehouse_id="402115", sellable=23, reserved=1),
        StockLevel(warehouse_id="402116", sellable=6, reserved=0),
    )
    assert listed()[0].variants[0].sellable == 29


def test_a_market_price_of_zero_is_none() -> None:
    """The price is then the list price too."""
    variant = listed()[2].variants[0]
    assert (variant.list_price, variant.price) == (vnd(98000), vnd(98000))


def test_standing_is_told_by_two_flags() -> None:
    """Hidden wins over active; a flag may come as text."""
    assert [one.status for one in listed()] == [
        ProductStatus.ACTIVE,
        ProductStatus.ACTIVE,
        ProductStatus.INACTIVE,
    ]
    assert read(row(active="1")).raw_status == "enabled"
    hidden = read(row(is_hidden=True))
    assert (hidden.status, hidden.raw_status) == (ProductStatus.INACTIVE, "hidden")


def test_times_category_and_pictures() -> None:
    """Local times, the primary category, the gallery or the thumbnail."""
    first = listed()[0]
    assert first.created_at == datetime(2026, 2, 11, 1, 48, 38, tzinfo=UTC)
    assert first.category_id == "54318"
    assert len(first.image_urls) == 1
    images = [{"url": "https://a"}, {"url": None}, {"url": "https://b"}, {"url": "https://a"}]
    assert read(row(images=images)).image_urls == ("https://a", "https://b")
    assert read(row(images=None, thumbnail=None, categories=None)).image_urls == ()


def test_options_come_from_the_attributes() -> None:
    """A value is a scalar or an object; a label without a value is left out."""
    body = row(
        option_attributes=["color", "size", "shape", 7],
        attributes={"color": {"id": 1, "value": "Xanh"}, "size": 40, "shape": None},
    )
    assert read(body).variants[0].options == (("color", "Xanh"), ("size", "40"))


@pytest.mark.parametrize("body", [{"id": 5}, {"id": 5, "product_id": 0}, {"product_id": 5}])
def test_either_name_of_the_id_is_read(body: dict[str, int]) -> None:
    """v2 says id, v2.1 product_id; one client saw a zero beside a good id."""
    bare = {key: value for key, value in row().items() if key not in {"id", "product_id"}}
    assert read({**bare, **body}).id == "5"


def test_a_row_without_any_id_is_kept() -> None:
    """It gets a stable name of its own."""
    bare = {key: value for key, value in row().items() if key != "product_id"}
    found = answer(shop().products.page(ProductQuery(), None), page(bare)).result
    assert (found.items, len(found.unreadable)) == ((), 1)
    assert found.unreadable[0].id.startswith("?")


def test_the_flat_form_of_stock_is_read() -> None:
    """v1 told one level, and its manual misspells the sellable quantity."""
    flat = {"quantity": 0, "quantity_available": 9, "quantity_reserved": 2}
    assert read(row(inventory={**flat, "quantity_saleable": 7})).variants[0].stock == (
        StockLevel(sellable=7, reserved=2),
    )
    assert read(row(inventory=flat)).variants[0].stock == (StockLevel(sellable=7, reserved=2),)
    assert read(row(inventory=None)).variants[0].stock == ()
    assert read(row(inventory={"fulfillment_type": "dropship"})).variants[0].stock == ()


def test_the_example_page_holds_nothing_unknown() -> None:
    """Every key of the example is modelled or known."""
    found = answer(shop().products.page(ProductQuery(), None), fixture(PAGE)).result
    assert (found.drift, found.total, found.next) == ({}, 3, None)


def test_pages_go_forward_by_number() -> None:
    """Newest first: a product added meanwhile repeats a row. A short page is no end."""
    played = answer(shop().products.page(ProductQuery(), "2"), page(row(), last_page=3, current=2))
    assert (asked(played)["page"], played.result.next) == ("2", "3")
    assert asked(played)["include"] == "inventory,attributes,categories,images"
    last = answer(shop().products.page(ProductQuery(), "3"), page(last_page=3, current=3)).result
    assert (last.items, last.next) == ((), None)


def test_stubs_are_ids_with_their_times() -> None:
    """The same pages without what is heavy."""
    played = answer(shop().products.stubs(ProductQuery(), None), fixture(PAGE))
    assert [one.id for one in played.result.items] == ["271990115", "271990388", "271991502"]
    assert played.result.items[2].updated_at == datetime(2026, 10, 2, 9, 20, 11, tzinfo=UTC)
    assert "include" not in asked(played)


def test_a_window_chooses_on_reading() -> None:
    """Time filters gave errors in production, so none is sent (section 4.2)."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    query = ProductQuery(updated_from=start)
    played = answer(shop().products.page(query, None), fixture(PAGE))
    assert [one.id for one in played.result.items] == ["271990115", "271990388"]
    assert not [name for name in asked(played) if "date" in name]
    older = ProductQuery(updated_to=start)
    assert [one.id for one in listed(older)] == ["271991502"]
    stubs = answer(shop().products.stubs(older, None), fixture(PAGE)).result
    assert [one.id for one in stubs.items] == ["271991502"]


def test_a_product_without_a_time_is_in_every_window() -> None:
    """What is not told cannot be ruled out."""
    query = ProductQuery(updated_from=datetime(2026, 11, 1, tzinfo=UTC))
    found = answer(shop().products.page(query, None), page(row(updated_at=None))).result
    assert len(found.items) == 1


def test_a_naive_bound_is_our_mistake() -> None:
    """A moment without a zone means nothing."""
    query = ProductQuery(updated_to=datetime(2026, 11, 1))  # noqa: DTZ001 - the mistake
    with pytest.raises(ConfigError, match="updated_to"):
        answer(shop().products.page(query, None))


@pytest.mark.parametrize(
    ("word", "sent", "ids"),
    [
        ("enabled", "1", ["271990115", "271990388"]),
        ("disabled", "0", ["271991502"]),
        ("hidden", None, []),
    ],
)
def test_a_status_word_is_a_filter(word: str, sent: str | None, ids: list[str]) -> None:
    """Tiki filters by the flag; the rest is chosen on reading."""
    played = answer(shop().products.page(ProductQuery(raw_status=word), None), fixture(PAGE))
    assert asked(played).get("active") == sent
    assert [one.id for one in played.result.items] == ids


def test_products_are_fetched_one_by_one() -> None:
    """There is no batch; ids that are no numbers are not asked for (#247)."""
    gone = reply({"errors": ["product not found"]}, 404)
    played = answer(shop().products.many(["271990115", "x", "9"]), row(), gone)
    assert [one.id for one in played.result.items] == ["271990115"]
    assert played.result.missing == ("x", "9")
    assert played.requests[0].path == "/integration/v2.1/products/271990115"
    assert "includes" in asked(played)


def test_a_product_that_does_not_fit_is_put_aside() -> None:
    """By its id, with the reason naming the field."""
    found = answer(shop().products.many(["5"]), {"product_id": 5, "price": "much"}).result
    assert [(bad.id, bad.reason) for bad in found.unreadable] == [
        ("5", "data.0.price: decimal_parsing")
    ] or found.unreadable[0].reason == "price: decimal_parsing"


@pytest.mark.parametrize("body", [b"[]", b"{}"])
def test_another_shape_around_the_rows_is_a_bad_reply(body: bytes) -> None:
    """An envelope that lost its rows must not look like an empty page."""
    with pytest.raises(BadReply):
        answer(shop().products.page(ProductQuery(), None), body)
