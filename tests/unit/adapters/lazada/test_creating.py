"""Making and changing listings, pictures first (fact book section 4.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import Invalid, NotFound, OutcomeUnknown
from tests.unit.adapters.lazada.desk import asked, fixture, ok, parsed, paths, shop, vnd
from tests.unit.adapters.lazada.test_selling import item, written

CREATE, UPDATE, ITEM = "/product/create", "/product/update", "/product/item/get"
LOST = OutcomeUnknown("the reply was lost")

DRAFT = ProductDraft(
    title="Túi vải & canvas",
    description="<p>Túi</p>",
    category_id="4518",
    brand_id="Sen Việt",
    parcel=Parcel(weight_g=250, length_cm=30, width_cm=20, height_cm=2),
    attributes={"material": "canvas"},
    variants=(
        VariantDraft(
            sku="SV-TUI-01",
            price=vnd(99000),
            list_price=vnd(129000),
            quantity=5,
            options=(("color_family", "Đen"),),
        ),
        VariantDraft(sku="SV-TUI-02", price=vnd(99000), options=(("color_family", "Be"),)),
    ),
)


def product(played: Any, at: int) -> dict[str, Any]:
    """The product of a request's payload."""
    body: dict[str, Any] = json.loads(asked(played, at)["payload"])["Request"]["Product"]
    return body


def test_a_listing_is_made_with_text_in_every_value() -> None:
    """Dimensions are gathered from the variants; the state is read afterwards."""
    played = written(
        shop().products.create(DRAFT),
        (CREATE, fixture("product_create")),
        (ITEM, item("3120060044")),
    )
    assert product(played, 0) == {
        "PrimaryCategory": "4518",
        "Attributes": {
            "name": "Túi vải & canvas",
            "description": "<p>Túi</p>",
            "brand": "Sen Việt",
            "material": "canvas",
        },
        "variation": {
            "variation1": {
                "name": "color_family",
                "hasImage": False,
                "options": {"option": ["Đen", "Be"]},
            }
        },
        "Skus": {
            "Sku": [
                {
                    "SellerSku": "SV-TUI-01",
                    "quantity": "5",
                    "price": "129000",
                    "special_price": "99000",
                    "package_weight": "0.25",
                    "package_length": "30",
                    "package_width": "20",
                    "package_height": "2",
                    "saleProp": {"color_family": "Đen"},
                },
                {
                    "SellerSku": "SV-TUI-02",
                    "quantity": "0",
                    "price": "99000",
                    "package_weight": "0.25",
                    "package_length": "30",
                    "package_width": "20",
                    "package_height": "2",
                    "saleProp": {"color_family": "Be"},
                },
            ]
        },
    }
    assert played.result.variant_ids == (("SV-TUI-01", "13400410091"),)


def test_pictures_are_handed_over_first() -> None:
    """Bytes are uploaded unsigned in a form of their own; an address is fetched by Lazada."""
    images = (Image(content=b"\xff\xd8 photo", name="a.jpg"), Image(url="https://a.example/b?c&d"))
    draft = ProductDraft(
        title="t",
        description="d",
        category_id="1",
        images=images,
        variants=(VariantDraft(sku="S", price=vnd(1000)),),
    )
    reply = ok({"item_id": 7, "sku_list": [], "item_status": "Pending QC"})
    played = written(
        shop().products.create(draft),
        ("/image/upload", fixture("image_upload")),
        ("/image/migrate", fixture("image_upload")),
        (CREATE, reply),
    )
    assert paths(played) == [
        "/rest/image/upload",
        "/rest/image/migrate",
        "/rest/product/create",
    ]
    upload = played.requests[0]
    assert b"\xff\xd8 photo" in (upload.body or b"")
    assert dict(upload.headers)["content-type"].startswith("multipart/form-data; boundary=")
    assert "b?c&amp;d" in asked(played, 1)["payload"]
    url = parsed("image_upload")["data"]["image"]["url"]
    assert product(played, 2)["Images"] == {"Image": [url, url]}
    assert played.result.state is SubmissionState.REVIEWING


def test_an_unpublished_draft_is_taken_off_sale() -> None:
    """Lazada has no such wish on creation."""
    draft = ProductDraft(
        title="t",
        description="d",
        category_id="1",
        published=False,
        variants=(VariantDraft(sku="S", price=vnd(1000)),),
    )
    played = written(
        shop().products.create(draft),
        (CREATE, ok({"item_id": 3120051902, "item_status": "Active"})),
        (ITEM, item("3120051902")),
        ("/product/deactivate", {"code": "0"}),
    )
    assert paths(played)[-1] == "/rest/product/deactivate"
    assert played.result.state is SubmissionState.DONE


def test_a_refused_listing_says_why() -> None:
    """The generic code comes with the real reason beside it."""
    with pytest.raises(Invalid, match="Category is inactive"):
        written(
            shop().products.create(DRAFT), (CREATE, fixture("product_update_error_field_detail"))
        )


def test_a_lost_creation_is_found_by_the_sellers_codes() -> None:
    """Codes may repeat, so the title has to be the same as well."""
    made = {**parsed("product_item_get")["data"], "attributes": {"name": DRAFT.title}}
    made["skus"] = [
        {**made["skus"][0], "SellerSku": variant.sku, "SkuId": at}
        for at, variant in enumerate(DRAFT.variants, 1)
    ]
    found = ok({"total_products": 1, "products": [made]})
    played = written(shop().products.create(DRAFT), (CREATE, LOST), ("/products/get", found))
    assert asked(played, 1)["sku_seller_list"] == '["SV-TUI-01","SV-TUI-02"]'
    assert played.result.product_id == "3120045517"
    assert played.result.variant_ids == (("SV-TUI-01", "1"), ("SV-TUI-02", "2"))


def test_a_lost_creation_that_is_not_found_stays_unknown() -> None:
    """It may still come."""
    with pytest.raises(OutcomeUnknown):
        written(
            shop().products.create(DRAFT),
            (CREATE, LOST),
            ("/products/get", fixture("products_get_empty")),
        )


def test_a_listing_made_a_moment_ago_may_not_be_seen_yet() -> None:
    """Then its state is unknown, and its ids are told."""
    from tests.unit.adapters.lazada.desk import failed

    played = written(
        shop().products.create(DRAFT), (CREATE, fixture("product_create")), (ITEM, failed("208"))
    )
    assert (played.result.id, played.result.state) == ("3120077310", SubmissionState.UNKNOWN)


def test_a_patch_changes_what_it_names() -> None:
    """Every SKU is named, because Lazada wants it so."""
    patch = ProductPatch(title="Bình mới", parcel=Parcel(weight_g=400))
    played = written(
        shop().products.update("3120051902", patch),
        (ITEM, item("3120051902")),
        (UPDATE, ok({"item_status": "Pending QC"})),
    )
    assert product(played, 1) == {
        "ItemId": "3120051902",
        "Attributes": {"name": "Bình mới"},
        "Skus": {"Sku": [{"SkuId": "13400275530", "package_weight": "0.40"}]},
    }
    assert (played.result.id, played.result.state) == ("3120051902", SubmissionState.REVIEWING)


@pytest.mark.parametrize(
    ("status", "sub", "state"),
    [
        ("Active", None, SubmissionState.DONE),
        ("InActive", None, SubmissionState.DONE),
        ("Pending QC", None, SubmissionState.REVIEWING),
        ("InActive", "Reject", SubmissionState.REFUSED),
        ("Suspended", None, SubmissionState.REFUSED),
        ("Vanished", None, SubmissionState.UNKNOWN),
    ],
)
def test_a_submission_is_followed_by_the_listings_state(
    status: str, sub: str | None, state: SubmissionState
) -> None:
    """Quality control's words."""
    body = {**parsed("product_item_get")["data"], "status": status, "subStatus": sub}
    played = written(shop().products.submission("3120045517"), (ITEM, ok(body)))
    assert played.result.state is state


def test_a_refused_submission_tells_the_reason() -> None:
    """As far as Lazada does."""
    played = written(shop().products.submission("3120060044"), (ITEM, item("3120060044")))
    assert played.result.reason == "Hình ảnh chính mờ"


def test_an_id_that_is_none_is_not_found() -> None:
    """Nothing is asked."""
    with pytest.raises(NotFound):
        written(shop().products.submission("x"))
