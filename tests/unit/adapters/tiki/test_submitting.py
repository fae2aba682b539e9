"""Making and changing products: requests that Tiki reviews."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import ConfigError, Invalid, NotFound, OutcomeUnknown
from entrosdk.spi.request import Safety
from tests.unit.adapters.tiki.desk import answer, fixture, parsed, reply, sent, shop, vnd

ME, PLACES = fixture("seller_me"), fixture("seller_warehouses")
QUEUED = fixture("create_request_response")
TRACK = "0f3d2c1ab94e4c0f8d7765e1c2b9a4d0"


def variant(name: str, code: str, units: int, **parts: Any) -> VariantDraft:
    """A variant of the example request."""
    short = {"Xanh": "XANH", "Nâu": "NAU"}[name]
    return VariantDraft(
        sku=f"GNM-AT-600-{short}",
        price=vnd(359000),
        list_price=vnd(420000),
        quantity=units,
        options=(("color", name),),
        barcode=code,
        image=Image(url=f"https://cdn.example.com/gnm/at600-{short.lower()}.jpg"),
        warehouse_id="402115",
        **parts,
    )


DRAFT = ProductDraft(
    title="Ấm trà gốm men rạn 600ml",
    description="<p>Ấm trà gốm men rạn, dung tích 600ml, nung ở 1280 độ.</p>",
    category_id="54318",
    variants=(variant("Xanh", "261118000001", 15), variant("Nâu", "261118000002", 9)),
    images=(
        Image(url="https://cdn.example.com/gnm/at600.jpg"),
        Image(url="https://cdn.example.com/gnm/at600-2.jpg"),
    ),
    brand_id="Gốm Nhà Mộc",
    parcel=Parcel(weight_g=800, length_cm=18, width_cm=12, height_cm=14),
    attributes={
        "origin": "Việt Nam",
        "product_top_features": "Men rạn thủ công\nNắp khít\nDung tích 600ml",
    },
)


def test_a_draft_becomes_the_example_request() -> None:
    """Every field of the book, camelCase where Tiki has it (quirk 1)."""
    played = answer(shop().products.create(DRAFT), ME, QUEUED)
    assert sent(played, 1) == parsed("create_request_v2_1")
    assert played.requests[1].path == "/integration/v2.1/requests"
    assert played.requests[1].safety is Safety.UNSAFE
    found = played.result
    assert (found.id, found.state, found.raw_state) == (TRACK, SubmissionState.REVIEWING, "queuing")


def test_a_simple_product_has_no_options() -> None:
    """An empty list, never null; the primary warehouse where none is named."""
    one = VariantDraft(sku="S1", price=vnd(1000))
    draft = evolve(DRAFT, variants=(one,), images=(), published=False, parcel=Parcel())
    played = answer(shop().products.create(draft), ME, PLACES, {"data": []}, QUEUED)
    body = sent(played, 3)
    assert (body["option_attributes"], body["image"], body["images"]) == ([], "", [])
    assert body["meta_data"] == {"is_auto_turn_on": False}
    assert body["market_price"] == 1000
    assert body["variants"] == [
        {
            "sku": "S1",
            "price": 1000,
            "market_price": 1000,
            "inventory_type": "dropship",
            "seller_warehouse": "402115",
            "warehouse_stocks": [{"warehouseId": 402115, "qtyAvailable": 0}],
            "images": [],
        }
    ]


def test_what_only_tiki_has_travels_in_extra() -> None:
    """The operation model goes to the variants, the rest into the body."""
    extra = {"inventory_type": "backorder", "certificate_files": [{"url": "u"}]}
    played = answer(shop().products.create(evolve(DRAFT, extra=extra)), QUEUED)
    body = sent(played)
    assert {row["inventory_type"] for row in body["variants"]} == {"backorder"}
    assert body["certificate_files"] == [{"url": "u"}]
    assert "inventory_type" not in body


def with_variants(**parts: Any) -> ProductDraft:
    """The draft with other parts in its second variant."""
    first, second = DRAFT.variants
    return evolve(DRAFT, variants=(first, evolve(second, **parts)))


@pytest.mark.parametrize(
    ("draft", "names"),
    [
        (evolve(DRAFT, images=(Image(content=b"jpeg"),)), "address"),
        (with_variants(image=Image(content=b"jpeg")), "address"),
        (with_variants(options=(("size", "S"),)), "same options"),
        (evolve(DRAFT, category_id="tea"), "category_id"),
        (with_variants(warehouse_id="kho"), "warehouse_id"),
        (
            evolve(DRAFT, variants=(VariantDraft(
                sku="s", price=vnd(1), options=(("a", "1"), ("b", "2"), ("c", "3"))
            ),)),
            "2 options",
        ),
    ],
)  # fmt: skip
def test_a_draft_tiki_cannot_take_is_our_mistake(draft: ProductDraft, names: str) -> None:
    """Said before the request is sent."""
    extra = evolve(draft, extra={"inventory_type": "dropship"})
    with pytest.raises(ConfigError, match=names):
        answer(shop().products.create(extra))


def test_a_seller_without_a_model_or_a_place_is_told_so() -> None:
    """Both can be given."""
    with pytest.raises(ConfigError, match="operation model"):
        answer(shop().products.create(DRAFT), {**parsed("seller_me"), "operation_models": ["moon"]})
    bare = evolve(DRAFT, variants=(VariantDraft(sku="S", price=vnd(1)),))
    with pytest.raises(ConfigError, match="warehouse"):
        answer(shop().products.create(bare), ME, {"data": []}, {"data": []})


def test_a_refused_request_tells_all_its_faults() -> None:
    """Several texts at once."""
    no = reply(fixture("create_request_error"), 422)
    with pytest.raises(Invalid, match=r"option1 missing.*price > 0"):
        answer(shop().products.create(DRAFT), ME, no)


def test_a_lost_request_is_unknown() -> None:
    """There is no way to find it again without its track id."""
    with pytest.raises(OutcomeUnknown):
        answer(shop().products.create(DRAFT), ME, OutcomeUnknown("lost"))


def test_a_patch_is_a_request_of_its_own() -> None:
    """Only what changes travels."""
    patch = ProductPatch(
        title="Ấm trà",
        description="<p>Mới</p>",
        parcel=Parcel(weight_g=1250),
        attributes={"origin": "Việt Nam"},
        images=(Image(url="https://a"), Image(url="https://b")),
        extra={"market_price": 400000},
    )
    played = answer(shop().products.update("271990115", patch), QUEUED)
    assert sent(played) == {
        "product_id": 271990115,
        "attributes": {
            "name": "Ấm trà",
            "description": "<p>Mới</p>",
            "product_weight_kg": "1.25",
            "origin": "Việt Nam",
        },
        "image": "https://a",
        "images": ["https://b"],
        "market_price": 400000,
    }
    assert played.requests[0].path == "/integration/v2/requests/updateProductInfo"
    assert played.result.id == TRACK
    small = answer(shop().products.update("271990115", ProductPatch(title="A")), QUEUED)
    assert sent(small) == {"product_id": 271990115, "attributes": {"name": "A"}}
    cleared = answer(shop().products.update("271990115", ProductPatch(images=())), QUEUED)
    assert sent(cleared) == {"product_id": 271990115, "attributes": {}, "image": "", "images": []}


def test_a_category_cannot_be_changed() -> None:
    """And an id is a number."""
    with pytest.raises(ConfigError, match="category"):
        answer(shop().products.update("1", ProductPatch(category_id="2")))
    with pytest.raises(ConfigError, match="product_id"):
        answer(shop().products.update("x", ProductPatch(title="A")))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queuing", SubmissionState.REVIEWING),
        ("processing", SubmissionState.REVIEWING),
        ("drafted", SubmissionState.REVIEWING),
        ("bot_awaiting_approve", SubmissionState.REVIEWING),
        ("md_awaiting_approve", SubmissionState.REVIEWING),
        ("awaiting_approve", SubmissionState.REVIEWING),
        ("rejected", SubmissionState.REFUSED),
        ("deleted", SubmissionState.REFUSED),
        ("teleported", SubmissionState.UNKNOWN),
    ],
)
def test_every_state_of_a_request_is_read(word: str, state: SubmissionState) -> None:
    """The raw word stays."""
    body = {**parsed("tracking_awaiting"), "state": word}
    found = answer(shop().products.submission(TRACK), body).result
    assert (found.id, found.state, found.raw_state) == (TRACK, state, word)


def test_an_approved_request_names_what_it_made() -> None:
    """Each variant became a product of its own."""
    request = {
        "request_id": "3209915577712084481",
        "products": [
            {"product_id": 271998800, "original_sku": "A"},
            {"id": 271998801, "sku": "6203847199002"},
            {},
        ],
    }
    played = answer(shop().products.submission(TRACK), fixture("tracking_approved"), request)
    found = played.result
    assert (found.state, found.product_id) == (SubmissionState.DONE, "271998800")
    assert found.variant_ids == (("A", "271998800"), ("6203847199002", "271998801"))
    assert played.requests[1].path == "/integration/v2/requests/3209915577712084481"


@pytest.mark.parametrize("request_reply", [reply({"errors": ["gone"]}, 404), {"products": None}])
def test_an_approved_request_may_name_nothing(request_reply: Any) -> None:
    """It is approved all the same."""
    flow = shop().products.submission(TRACK)
    found = answer(flow, fixture("tracking_approved"), request_reply).result
    assert (found.state, found.product_id, found.variant_ids) == (SubmissionState.DONE, "", ())


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (parsed("tracking_rejected")["reason"], "Seller product code is not unique"),
        ("product media is empty", "product media is empty"),
        ('{"message": "Ảnh mờ"}', "Ảnh mờ"),
        ('{"errors": [{"msg": "Sai"}, 3, {}]}', "Sai"),
        ('{"errors": 3}', '{"errors": 3}'),
        ("[1]", "[1]"),
        ("", ""),
        (None, ""),
        ({"a": 1}, ""),
    ],
)
def test_the_reason_of_a_rejection_is_taken_out_of_its_document(reason: Any, told: str) -> None:
    """Plain text, or a JSON document inside a string (section 4.5)."""
    body = {**parsed("tracking_rejected"), "reason": reason}
    found = answer(shop().products.submission("77aa10d2e8f3456d9b0c4ee1f2038c55"), body).result
    assert (found.state, found.reason) == (SubmissionState.REFUSED, told)


def test_a_track_id_that_ended_is_not_found() -> None:
    """They live thirty days; strange ones are not asked for."""
    gone = reply({"errors": ["track id not found"]}, 404)
    with pytest.raises(NotFound):
        answer(shop().products.submission(TRACK), gone)
    with pytest.raises(NotFound):
        answer(shop().products.submission("a/b"))
