"""Making and changing Shopee's items: pictures, the item, its variants."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from entrosdk.domain.money import Money
from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    Submission,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import ConfigError, Invalid, NotFound, OutcomeUnknown, Rejected
from tests.unit.adapters.shopee.desk import answer, failed, fixture, ok, parsed, paths, shop, told

ITEM = 25100998812
LOST = OutcomeUnknown("the reply was lost")
PHOTO = Image(content=b"\xff\xd8 photo", name="binh.jpg")
KNOWN = Image(url="https://cf.shopee.vn/file/vn-demo-binh500_tn")
CHANNELS = fixture("channel_list")
MADE = ok({"item_id": ITEM, "item_status": "NORMAL"})


def variant(sku: str, *options: tuple[str, str], **rest: Any) -> VariantDraft:
    """A variant of 100 000 dong."""
    return VariantDraft(
        **{"sku": sku, "price": Money(100_000, "VND"), "quantity": 5, "options": options, **rest}
    )


FLASK = ProductDraft(
    title="Bình giữ nhiệt",
    description="Giữ nóng 12 giờ",
    category_id="100714",
    variants=(variant("BGN", barcode="8931234567890"),),
    images=(KNOWN,),
    parcel=Parcel(weight_g=400, length_cm=26, width_cm=8, height_cm=8),
    attributes={"100010": 1002, "100011": "Inox", "100012": [7, {"value_id": 8}]},
)
SHIRT = evolve(
    FLASK,
    variants=(
        variant("AT-D-M", ("Màu", "Đen"), ("Cỡ", "M"), image=KNOWN),
        variant("AT-D-L", ("Màu", "Đen"), ("Cỡ", "L")),
        variant("AT-T-M", ("Màu", "Trắng"), ("Cỡ", "M")),
    ),
)
MODELS = ok(
    {"model": [{"model_id": n, "model_sku": v.sku} for n, v in enumerate(SHIRT.variants, 501)]}
)
HIDDEN = ok({"item_id": ITEM, "item_status": "UNLIST"})
SHOWN = ok({"success_list": [{"item_id": ITEM, "unlist": False}], "failure_list": []})


def uploaded(*ids: str) -> bytes:
    """The picture store's answer."""
    rows = [{"id": n, "image_info": {"image_id": name}} for n, name in enumerate(ids)]
    return ok({"image_info": {"image_id": ids[0]}, "image_info_list": rows})


# A new item


def test_an_item_without_options() -> None:
    """Numbers are numbers, weight is in kilograms, channels are those buyers choose from."""
    played = answer(shop().products.create(FLASK), CHANNELS, MADE)
    assert told(played) == {
        "item_name": "Bình giữ nhiệt",
        "description": "Giữ nóng 12 giờ",
        "category_id": 100714,
        "image": {"image_id_list": ["vn-demo-binh500"]},
        "original_price": 100_000,
        "seller_stock": [{"stock": 5}],
        "logistic_info": [{"logistic_id": 5001, "enabled": True}],
        "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "condition": "NEW",
        "item_status": "NORMAL",
        "weight": 0.4,
        "dimension": {"package_length": 26, "package_width": 8, "package_height": 8},
        "item_sku": "BGN",
        "gtin_code": "8931234567890",
        "attribute_list": [
            {"attribute_id": 100010, "attribute_value_list": [{"value_id": 1002}]},
            {
                "attribute_id": 100011,
                "attribute_value_list": [{"value_id": 0, "original_value_name": "Inox"}],
            },
            {"attribute_id": 100012, "attribute_value_list": [{"value_id": 7}, {"value_id": 8}]},
        ],
    }
    assert played.result == Submission(
        id=str(ITEM),
        product_id=str(ITEM),
        state=SubmissionState.DONE,
        raw_state="NORMAL",
        variant_ids=(("BGN", ""),),
    )
    assert played.requests[-1].safety == "unsafe"


def test_extra_goes_into_the_body_as_it_is() -> None:
    """It wins over what we would send, and chosen channels are not asked for."""
    extra = {"logistic_info": [{"logistic_id": 9, "enabled": True}], "condition": "USED"}
    draft = evolve(FLASK, extra=extra, brand_id="77", published=False)
    played = answer(shop().products.create(draft), MADE)
    body = told(played)
    assert (body["logistic_info"], body["condition"]) == (extra["logistic_info"], "USED")
    assert (body["item_status"], body["brand"]["brand_id"]) == ("UNLIST", 77)


def test_a_shop_that_delivers_nowhere_is_told_so() -> None:
    """Without a channel there is no item."""
    closed = ok({"logistics_channel_list": []})
    with pytest.raises(ConfigError, match="way of delivery"):
        answer(shop().products.create(FLASK), closed)


@pytest.mark.parametrize(
    ("status", "state"),
    [("REVIEWING", SubmissionState.REVIEWING), ("BANNED", SubmissionState.REFUSED)],
)
def test_an_item_may_be_looked_at_first(status: str, state: SubmissionState) -> None:
    """That is a state to follow, not an error."""
    reply = ok({"item_id": ITEM, "item_status": status})
    assert answer(shop().products.create(FLASK), CHANNELS, reply).result.state is state


def test_a_refused_item_is_an_error() -> None:
    """With Shopee's own words."""
    reply = failed("product.error_param", "invalid field CategoryId: value must  Not Null")
    with pytest.raises(Invalid, match="CategoryId"):
        answer(shop().products.create(FLASK), CHANNELS, reply)


def test_a_lost_item_is_not_guessed_at() -> None:
    """Another item may have the same title and SKU."""
    with pytest.raises(OutcomeUnknown):
        answer(shop().products.create(FLASK), CHANNELS, LOST)


# Variants


def test_variants_follow_after_five_seconds() -> None:
    """Hidden until they are there, then shown; ids pair with SKUs."""
    played = answer(shop().products.create(SHIRT), CHANNELS, HIDDEN, MODELS, SHOWN)
    assert paths(played)[1:] == [
        "product/add_item",
        "product/init_tier_variation",
        "product/unlist_item",
    ]
    assert (told(played, 1)["item_status"], played.slept) == ("UNLIST", (5.0,))
    body = told(played, 2)
    assert body["item_id"] == ITEM
    assert [tier["variation_name"] for tier in body["standardise_tier_variation"]] == ["Màu", "Cỡ"]
    assert body["standardise_tier_variation"][0]["variation_option_list"] == [
        {
            "variation_option_id": 0,
            "variation_option_name": "Đen",
            "image_id": "vn-demo-binh500",
        },
        {"variation_option_id": 0, "variation_option_name": "Trắng"},
    ]
    assert [model["tier_index"] for model in body["model"]] == [[0, 0], [0, 1], [1, 0]]
    assert body["model"][0]["seller_stock"] == [{"stock": 5}]
    assert played.result.variant_ids == (
        ("AT-D-M", "501"),
        ("AT-D-L", "502"),
        ("AT-T-M", "503"),
    )
    assert (played.result.state, played.result.raw_state) == (SubmissionState.DONE, "NORMAL")


def test_an_unpublished_item_stays_hidden() -> None:
    """Its variants are made all the same."""
    draft = evolve(SHIRT, published=False)
    played = answer(shop().products.create(draft), CHANNELS, HIDDEN, MODELS)
    assert (played.result.raw_state, len(played.result.variant_ids)) == ("UNLIST", 3)


def test_refused_variants_leave_a_hidden_item_that_is_told() -> None:
    """Its id is not lost with the error."""
    reply = failed("product.error_param", "Price ratio is too large")
    played = answer(shop().products.create(SHIRT), CHANNELS, HIDDEN, reply)
    found = played.result
    assert (found.state, found.product_id) == (SubmissionState.REFUSED, str(ITEM))
    assert "without its variants" in found.reason


def test_a_lost_reply_about_variants_is_read_back() -> None:
    """All there: shown. Some missing: unknown, with what is there."""
    played = answer(shop().products.create(SHIRT), CHANNELS, HIDDEN, LOST, MODELS, SHOWN)
    assert played.result.state is SubmissionState.DONE
    none = answer(shop().products.create(SHIRT), CHANNELS, HIDDEN, LOST, ok({"model": []}))
    assert (none.result.state, "3 variants" in none.result.reason) == (
        SubmissionState.UNKNOWN,
        True,
    )


def test_an_item_that_cannot_be_shown_says_why() -> None:
    """It is made; that it is hidden is news."""
    rows = {"success_list": [], "failure_list": [{"item_id": ITEM, "failed_reason": "banned"}]}
    played = answer(shop().products.create(SHIRT), CHANNELS, HIDDEN, MODELS, ok(rows))
    assert (played.result.raw_state, "banned" in played.result.reason) == ("UNLIST", True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"category_id": "Áo"}, "category_id"),
        ({"images": ()}, "pictures"),
        ({"images": (KNOWN,) * 10}, "9 pictures"),
        ({"variants": (variant("A"), variant("B"))}, "told apart"),
        ({"variants": (variant("A", ("a", "1"), ("b", "2"), ("c", "3")),)}, "2 options"),
        (
            {"variants": tuple(variant(f"{n}", ("a", str(n))) for n in range(51))},
            "50 variants",
        ),
        ({"variants": (variant("A", ("a", "1")), variant("B", ("b", "1")))}, "other options"),
        ({"variants": (variant("A", ("a", "1")), variant("B", ("a", "1")))}, "repeats"),
        ({"images": (Image(url="https://example.com/a.jpg"),)}, "other places"),
        ({"images": (Image(),)}, "neither"),
        ({"images": (Image(content=b"x" * 10_485_761),)}, "10 MB"),
    ],
)
def test_what_shopee_cannot_hold_is_refused_before_anything_is_sent(
    change: dict[str, Any], words: str
) -> None:
    """Half an item is worse than none."""
    with pytest.raises(ConfigError, match=words):
        answer(shop().products.create(evolve(FLASK, **change)))


# Pictures


def test_pictures_are_uploaded_in_one_form() -> None:
    """Signed without a shop; known ones keep their place among the new ones."""
    draft = evolve(FLASK, images=(PHOTO, KNOWN, evolve(PHOTO, kind="image/png", name="b.png")))
    played = answer(shop().products.create(draft), uploaded("new-1", "new-2"), CHANNELS, MADE)
    sent = played.requests[0]
    assert (sent.path, sent.auth) == ("/api/v2/media_space/upload_image", "public")
    assert dict(sent.headers)["content-type"].startswith("multipart/form-data; boundary=")
    assert sent.body is not None
    assert sent.body.count(b'name="image"') == 2
    assert b"\xff\xd8 photo" in sent.body
    assert told(played)["image"]["image_id_list"] == ["new-1", "vn-demo-binh500", "new-2"]


def test_one_picture_may_come_back_alone() -> None:
    """`image_info` instead of a list."""
    draft = evolve(FLASK, images=(PHOTO,))
    reply = ok({"image_info": {"image_id": "only"}})
    played = answer(shop().products.create(draft), reply, CHANNELS, MADE)
    assert told(played)["image"]["image_id_list"] == ["only"]


def test_a_refused_picture_refuses_the_item() -> None:
    """Before it is made."""
    row = {"id": 0, "error": "error_param", "message": "image is too small"}
    with pytest.raises(Invalid, match="too small"):
        answer(
            shop().products.create(evolve(FLASK, images=(PHOTO,))), ok({"image_info_list": [row]})
        )


# Changes


def test_only_what_is_given_is_changed() -> None:
    """Absent parts are not sent."""
    patch = ProductPatch(title="Bình mới", parcel=Parcel(weight_g=500))
    played = answer(shop().products.update(str(ITEM), patch), MADE)
    assert told(played) == {"item_id": ITEM, "item_name": "Bình mới", "weight": 0.5}
    assert (played.result.product_id, played.result.state) == (str(ITEM), SubmissionState.DONE)


def test_everything_can_be_changed() -> None:
    """Pictures are replaced, attributes too."""
    patch = ProductPatch(
        description="Mới", category_id="5", images=(PHOTO,), attributes={"1": 2}, extra={"a": 1}
    )
    played = answer(shop().products.update(str(ITEM), patch), uploaded("new"), MADE)
    assert told(played) == {
        "item_id": ITEM,
        "description": "Mới",
        "category_id": 5,
        "image": {"image_id_list": ["new"]},
        "attribute_list": [{"attribute_id": 1, "attribute_value_list": [{"value_id": 2}]}],
        "a": 1,
    }


def test_an_empty_patch_is_a_mistake() -> None:
    """Nothing is sent; nor for an id that cannot be Shopee's."""
    with pytest.raises(ConfigError, match="changes nothing"):
        answer(shop().products.update(str(ITEM), ProductPatch()))
    with pytest.raises(NotFound):
        answer(shop().products.update("mine", ProductPatch(title="x")))


def test_a_lost_change_is_settled_by_what_can_be_compared() -> None:
    """Title, description and category tell; a picture does not."""
    flask = parsed("item_base_info_without_models")
    row = flask["response"]["item_list"][0]
    same = ProductPatch(title=row["item_name"], description=row["description"])
    played = answer(shop().products.update(str(ITEM), same), LOST, flask)
    assert played.result.raw_state == "NORMAL"
    for patch in (evolve(same, title="other"), evolve(same, images=(KNOWN,))):
        with pytest.raises(OutcomeUnknown):
            answer(shop().products.update(str(ITEM), patch), LOST, flask)


def test_a_submission_is_followed_by_the_items_status() -> None:
    """The handle is the item's id."""
    flask = fixture("item_base_info_without_models")
    found = answer(shop().products.submission(str(ITEM)), flask).result
    assert (found.state, found.raw_state, found.variant_ids) == (
        SubmissionState.DONE,
        "NORMAL",
        (("BGN-500", ""),),
    )
    with pytest.raises(Rejected, match="no readable item 7"):
        answer(shop().products.submission("7"), failed("product.error_item_not_found"))
