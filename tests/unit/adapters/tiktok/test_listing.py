"""Changing stock, prices and standing: one result for each item, and nothing repeated blindly."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.domain.money import Money
from entrosdk.domain.writing import (
    Image,
    ItemResult,
    Outcome,
    Parcel,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Refusal,
    StockChange,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import ConfigError, Conflict, OutcomeUnknown, Revoked, Unavailable
from entrosdk.spi.request import Safety
from tests.unit.adapters.tiktok.desk import (
    NOW,
    answer,
    failed,
    fixture,
    grant,
    ok,
    parsed,
    sent,
    shop,
    vnd,
)

SHIRT = "1731904420187440301"
WHITE_M, BLACK_L = "1731904420187505837", "1731904420187505868"
HCM, HANOI = "7388102946610227010", "7388102946610227027"
LOST = OutcomeUnknown("a write was sent and its reply was lost")
DONE = ok({})


def stock(variant: str, place: str, quantity: int, product: str = SHIRT) -> StockChange:
    """A wish for stock."""
    return StockChange(
        product_id=product, variant_id=variant, warehouse_id=place, quantity=quantity
    )


def verdicts(results: tuple[ItemResult, ...]) -> list[tuple[Outcome, Refusal | None, str]]:
    """What became of each item."""
    return [(one.outcome, one.refusal, one.code) for one in results]


ACCEPTED = (Outcome.ACCEPTED, None, "")
UNKNOWN = (Outcome.UNKNOWN, None, "")


# Stock


def test_the_example_request_is_what_is_sent() -> None:
    """All warehouses of a variant are named, the others with what they have."""
    changes = [stock(WHITE_M, HCM, 40), stock(WHITE_M, HANOI, 20), stock(BLACK_L, HCM, 25)]
    played = answer(shop().products.set_stock(changes), fixture("inventory_search"), DONE)
    assert played.requests[1].safety is Safety.UNSAFE
    assert sent(played, 1) == {
        "skus": [
            {
                "id": WHITE_M,
                "inventory": [
                    {"warehouse_id": HCM, "quantity": 40},
                    {"warehouse_id": HANOI, "quantity": 20},
                ],
            },
            {
                "id": BLACK_L,
                "inventory": [
                    {"warehouse_id": HCM, "quantity": 25},
                    {"warehouse_id": HANOI, "quantity": 6},
                ],
            },
        ]
    }
    assert verdicts(played.result) == [ACCEPTED] * 3


def test_the_example_request_and_its_answer_are_those_of_a_change() -> None:
    """Sent to its address with all it names, and answered by an empty success."""
    example = parsed("inventory_update_request")
    changes = [
        stock(sku["id"], level["warehouse_id"], level["quantity"])
        for sku in example["body"]["skus"]
        for level in sku["inventory"]
    ]
    answers = (fixture("inventory_search"), fixture("inventory_update_ok"))
    played = answer(shop().products.set_stock(changes), *answers)
    write = played.requests[1]
    assert (write.method, write.path) == (example["method"], example["path"])
    for asked, named in zip(sent(played, 1)["skus"], example["body"]["skus"], strict=True):
        assert asked["id"] == named["id"]
        assert [level for level in named["inventory"] if level not in asked["inventory"]] == []
    assert verdicts(played.result) == [ACCEPTED] * 4


def test_a_part_that_failed_is_told_for_its_items() -> None:
    """The wrapper's code says nothing; the deeper one does."""
    changes = [stock(BLACK_L, HCM, 25), stock(WHITE_M, HCM, 40)]
    reply = fixture("inventory_update_partial_failure")
    results = answer(shop().products.set_stock(changes), fixture("inventory_search"), reply).result
    assert verdicts(results) == [(Outcome.REFUSED, Refusal.INVALID, "12052097"), ACCEPTED]
    assert results[0].reason == "The warehouse does not exist"


def test_the_only_warehouse_needs_no_name() -> None:
    """It is named for the change."""
    body = parsed("inventory_search")
    row = body["data"]["inventory"][0]["skus"][0]
    row["warehouse_inventory"] = row["warehouse_inventory"][:1]
    played = answer(shop().products.set_stock([stock(WHITE_M, "", 10)]), body, DONE)
    level = {"warehouse_id": HCM, "quantity": 10}
    assert sent(played, 1) == {"skus": [{"id": WHITE_M, "inventory": [level]}]}


def test_a_variant_in_two_warehouses_needs_the_name_of_one() -> None:
    """Nothing is guessed; the other items are written."""
    changes = [stock(WHITE_M, "", 1), stock(BLACK_L, HANOI, 2)]
    results = answer(shop().products.set_stock(changes), fixture("inventory_search"), DONE).result
    assert verdicts(results) == [(Outcome.REFUSED, Refusal.INVALID, ""), ACCEPTED]
    alone = answer(shop().products.set_stock(changes[:1]), fixture("inventory_search")).result
    assert verdicts(alone) == [(Outcome.REFUSED, Refusal.INVALID, "")]


def level(product: str, variant: str, *places: str) -> dict[str, Any]:
    """Stock of a listing with one variant."""
    rows = [{"warehouse_id": place, "available_quantity": 9} for place in places]
    return {"product_id": product, "skus": [{"id": variant, "warehouse_inventory": rows}]}


def test_results_come_in_the_order_of_the_changes() -> None:
    """Stock is asked for at once, and products are written one by one, whatever their order."""
    changes = [stock("1", "", 1, "10"), stock("2", "", 2, "20"), stock("3", "", 3, "10")]
    known = ok({"inventory": [level("10", "1", "H"), level("20", "2", "H")]})
    played = answer(shop().products.set_stock(changes), known, DONE, failed(12052260))
    assert sent(played) == {"product_ids": ["10", "20"]}
    assert sent(played, 1)["skus"] == [
        {"id": "1", "inventory": [{"warehouse_id": "H", "quantity": 1}]},
        {"id": "3", "inventory": [{"quantity": 3}]},
    ]
    assert verdicts(played.result) == [
        ACCEPTED,
        (Outcome.REFUSED, Refusal.NOT_FOUND, "12052260"),
        ACCEPTED,
    ]
    assert [one.variant_id for one in played.result] == ["1", "2", "3"]


def test_other_warehouses_are_read_right_before_they_are_written() -> None:
    """What was sold there meanwhile is not given back."""
    changes = [stock("1", "A", 1, "10"), stock("2", "A", 2, "20")]
    first, second = level("10", "1", "A"), level("20", "2", "A", "B")
    later = level("20", "2", "A", "B")
    later["skus"][0]["warehouse_inventory"][1]["available_quantity"] = 7
    played = answer(
        shop().products.set_stock(changes),
        ok({"inventory": [first, second]}),
        DONE,
        ok({"inventory": [later]}),
        DONE,
    )
    assert sent(played, 3)["skus"][0]["inventory"] == [
        {"warehouse_id": "A", "quantity": 2},
        {"warehouse_id": "B", "quantity": 7},
    ]


def test_a_reply_that_cannot_be_read_is_read_back_too() -> None:
    """It is as good as lost: the write may have taken effect."""
    seen = fixture("inventory_search")
    strange = ok({"errors": "?"})
    changes = [stock(BLACK_L, HANOI, 6), stock(BLACK_L, HCM, 4)]
    results = answer(shop().products.set_stock(changes), seen, strange, seen).result
    assert verdicts(results) == [ACCEPTED, UNKNOWN]
    on = answer(shop().products.publish([SHIRT]), strange, fixture("product_detail")).result
    assert verdicts(on) == [ACCEPTED]


def test_a_lost_reply_is_read_back() -> None:
    """What stands as wanted was accepted; of the rest nobody knows."""
    changes = [stock(BLACK_L, HANOI, 6), stock(WHITE_M, HCM, 40)]
    seen = fixture("inventory_search")
    results = answer(shop().products.set_stock(changes), seen, LOST, seen).result
    assert verdicts(results) == [ACCEPTED, UNKNOWN]
    blind = answer(shop().products.set_stock(changes), seen, LOST, Unavailable("x")).result
    assert verdicts(blind) == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (12052037, Refusal.LOCKED),
        (12052901, Refusal.STATE),
        (12052055, Refusal.INVALID),
        (36009002, Refusal.BUSY),
        (105005, Refusal.FORBIDDEN),
        (99999999, Refusal.OTHER),
    ],
)
def test_every_refusal_has_its_cause(code: int, refusal: Refusal) -> None:
    """In words all marketplaces share, with the platform's own code beside it."""
    (result,) = answer(
        shop().products.set_stock([stock(BLACK_L, HANOI, 1)]),
        fixture("inventory_search"),
        failed(code),
    ).result
    assert (result.outcome, result.refusal, result.code) == (
        Outcome.REFUSED,
        refusal,
        str(code),
    )


def test_the_end_of_a_consent_is_no_refusal_of_items() -> None:
    """It is about the shop, so it is raised."""
    with pytest.raises(Revoked):
        answer(shop().products.set_stock([stock(BLACK_L, HANOI, 1)]), failed(36004005))


# Prices


def price(variant: str, minor: int) -> PriceChange:
    """A wish for a price."""
    return PriceChange(product_id=SHIRT, variant_id=variant, price=vnd(minor))


def test_prices_are_written_for_a_product_at_once() -> None:
    """As texts in major units."""
    changes = [price(WHITE_M, 179000), price(BLACK_L, 199000)]
    played = answer(shop().products.set_price(changes), fixture("price_update_ok"))
    assert sent(played) == {
        "skus": [
            {"id": WHITE_M, "price": {"amount": "179000", "currency": "VND"}},
            {"id": BLACK_L, "price": {"amount": "199000", "currency": "VND"}},
        ]
    }
    assert verdicts(played.result) == [ACCEPTED, ACCEPTED]


def test_amounts_have_no_trailing_zeros() -> None:
    """As in the marketplace's own replies."""
    change = PriceChange(product_id="1", variant_id="2", price=Money(490, "MYR"))
    played = answer(shop().products.set_price([change]), DONE)
    assert sent(played)["skus"][0]["price"] == {"amount": "4.9", "currency": "MYR"}


def test_one_bad_price_does_not_spoil_the_others() -> None:
    """A refused request is sent again item by item."""
    changes = [price(WHITE_M, 1), price(BLACK_L, 199000)]
    refused = failed(12052073)
    results = answer(shop().products.set_price(changes), refused, refused, DONE).result
    assert verdicts(results) == [(Outcome.REFUSED, Refusal.INVALID, "12052073"), ACCEPTED]


def test_a_price_that_a_promotion_holds_is_locked() -> None:
    """It can be written when the promotion is over."""
    (result,) = answer(shop().products.set_price([price(WHITE_M, 1)]), failed(12052038)).result
    assert result.refusal is Refusal.LOCKED


def test_a_lost_price_is_read_back() -> None:
    """From the listing as it stands."""
    changes = [price(WHITE_M, 189000), price(BLACK_L, 1)]
    results = answer(shop().products.set_price(changes), LOST, fixture("product_detail")).result
    assert verdicts(results) == [ACCEPTED, UNKNOWN]
    blind = answer(shop().products.set_price(changes), LOST, failed(12052260)).result
    assert verdicts(blind) == [UNKNOWN, UNKNOWN]


# On sale and off


def test_products_are_put_on_sale_twenty_at_a_time() -> None:
    """Repeats are sent once and answered twice."""
    ids = [str(number) for number in range(21)]
    played = answer(shop().products.publish([*ids, "0"]), DONE, DONE)
    assert [len(sent(played, number)["product_ids"]) for number in (0, 1)] == [20, 1]
    assert verdicts(played.result) == [ACCEPTED] * 22


def test_the_example_failure_is_one_products() -> None:
    """The other one was taken off sale."""
    ids = ["1731904420192683183", "1"]
    reply = fixture("products_deactivate_partial_failure")
    played = answer(shop().products.unpublish(ids), reply)
    assert played.requests[0].path.endswith("/deactivate")
    assert verdicts(played.result) == [
        (Outcome.REFUSED, Refusal.STATE, "12052901"),
        ACCEPTED,
    ]


def test_one_unknown_product_does_not_spoil_its_batch() -> None:
    """A refused batch is sent again one by one."""
    refused = failed(12052260)
    results = answer(shop().products.publish(["1", "2"]), refused, refused, DONE).result
    assert verdicts(results) == [(Outcome.REFUSED, Refusal.NOT_FOUND, "12052260"), ACCEPTED]


def test_a_lost_switch_is_read_back() -> None:
    """A product under review is on its way; one that is on sale is not off."""
    seen = fixture("product_detail")
    on = answer(shop().products.publish([SHIRT]), LOST, seen).result
    off = answer(shop().products.unpublish([SHIRT]), LOST, seen).result
    gone = answer(shop().products.unpublish(["1"]), LOST, failed(12052260)).result
    assert [verdicts(one)[0] for one in (on, off, gone)] == [ACCEPTED, UNKNOWN, UNKNOWN]


# Making and changing

DRAFT = ProductDraft(
    title="Bình giữ nhiệt inox 304 dung tích 750ml nắp vặn",
    description="<p>Giữ nóng 12 giờ.</p>",
    category_id="601226",
    images=(Image(content=b"\xff\xd8jpeg", name='a"b.jpg'), Image(url="tos-alisg-i-demo/1")),
    variants=(
        VariantDraft(
            sku="BGN-750",
            price=vnd(299000),
            quantity=5,
            options=(("Màu sắc", "Đen"),),
            warehouse_id=HCM,
            barcode="8930000000017",
        ),
    ),
    brand_id="7081934412209901314",
    parcel=Parcel(weight_g=450, length_cm=28, width_cm=9, height_cm=9),
    attributes={"100395": "Cotton", "100701": [{"id": "1000937"}]},
    extra={"is_cod_allowed": True},
)
UPLOADED = ok({"uri": "tos-alisg-i-demo/2", "url": "https://x", "width": 1, "height": 1})


def test_a_product_is_made_with_its_pictures() -> None:
    """Bytes are uploaded first, an earlier upload's uri is taken as it is."""
    played = answer(shop().products.create(DRAFT), UPLOADED, fixture("product_create_ok"))
    body = sent(played, 1)
    assert body["main_images"] == [{"uri": "tos-alisg-i-demo/2"}, {"uri": "tos-alisg-i-demo/1"}]
    assert body["skus"] == [
        {
            "seller_sku": "BGN-750",
            "price": {"amount": "299000", "currency": "VND"},
            "inventory": [{"warehouse_id": HCM, "quantity": 5}],
            "sales_attributes": [{"name": "Màu sắc", "value_name": "Đen"}],
            "identifier_code": {"code": "8930000000017", "type": "EAN"},
        }
    ]
    assert body["package_weight"] == {"value": "0.45", "unit": "KILOGRAM"}
    assert body["package_dimensions"]["length"] == "28"
    assert body["product_attributes"][0] == {"id": "100395", "values": [{"name": "Cotton"}]}
    assert (body["save_mode"], body["category_version"]) == ("LISTING", "v2")
    assert (body["is_cod_allowed"], body["brand_id"]) == (True, "7081934412209901314")
    made = played.result
    assert (made.id, made.state) == ("1731904420195304624", SubmissionState.REVIEWING)
    assert made.variant_ids == (("BGN-750", "1731904420195370161"),)


def test_an_upload_is_multipart_and_signed_without_its_body() -> None:
    """No cipher is sent with it, and the file's name breaks out of nothing."""
    played = answer(shop().products.create(DRAFT), UPLOADED, fixture("product_create_ok"))
    upload = played.requests[0]
    assert upload.safety is Safety.SAFE
    kind = dict(upload.headers)["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    assert upload.body is not None
    assert b'name="data"; filename="a%22b.jpg"' in upload.body
    assert b"\xff\xd8jpeg" in upload.body
    signed = shop().authorise(upload, grant(), NOW)
    other = shop().authorise(played.requests[0], grant(), NOW)
    assert "shop_cipher" not in dict(signed.query)
    assert dict(signed.query)["sign"] == dict(other.query)["sign"]
    assert dict(signed.headers)["content-type"] == kind


def test_a_picture_of_another_site_is_no_picture() -> None:
    """TikTok Shop reads none from an address."""
    draft = ProductDraft(
        title="t", description="d", category_id="1", variants=(), images=(Image(url="https://x"),)
    )
    with pytest.raises(ConfigError, match="bytes"):
        answer(shop().products.create(draft))


def plain(**parts: Any) -> ProductDraft:
    """A draft without pictures."""
    variants = (VariantDraft(sku="BGN-750", price=vnd(299000)),)
    return ProductDraft(
        **{"title": "t", "description": "d", "category_id": "1", "variants": variants, **parts}
    )


def test_an_unpublished_product_is_kept_as_a_draft() -> None:
    """Nobody reviews it; without a warehouse the shop's default is meant."""
    played = answer(shop().products.create(plain(published=False)), fixture("product_create_ok"))
    assert sent(played)["save_mode"] == "AS_DRAFT"
    assert sent(played)["skus"][0]["inventory"] == [{"quantity": 0}]
    assert (played.result.state, played.result.raw_state) == (SubmissionState.DONE, "DRAFT")


def test_a_product_whose_reply_was_lost_is_looked_for() -> None:
    """By its seller SKUs and its title; it is never made twice."""
    row = {"id": "9", "title": "t", "status": "PENDING", "skus": []}
    played = answer(shop().products.create(plain()), LOST, ok({"products": [row]}))
    assert sent(played, 1) == {"seller_skus": ["BGN-750"]}
    assert (played.result.id, played.result.state) == ("9", SubmissionState.REVIEWING)
    with pytest.raises(OutcomeUnknown):
        answer(shop().products.create(plain()), LOST, ok({"products": [{**row, "title": "x"}]}))


def test_only_what_is_given_is_changed() -> None:
    """Stock and prices have methods of their own."""
    patch = ProductPatch(title="Tên mới của sản phẩm này nhé", parcel=Parcel(weight_g=500))
    played = answer(shop().products.update(SHIRT, patch), ok({"product_id": SHIRT, "skus": []}))
    assert sent(played) == {
        "title": "Tên mới của sản phẩm này nhé",
        "package_weight": {"value": "0.5", "unit": "KILOGRAM"},
    }
    assert played.requests[0].label == ("POST /product/202509/products/{product_id}/partial_edit")
    assert played.result.state is SubmissionState.REVIEWING
    full = ProductPatch(category_id="5", images=(Image(url="tos-1"),), attributes={"1": "x"})
    body = sent(answer(shop().products.update(SHIRT, full), ok({})))
    assert body["category_version"] == "v2"
    assert body["main_images"] == [{"uri": "tos-1"}]


def test_a_change_whose_reply_was_lost_is_looked_for() -> None:
    """In the version under review, as far as its title tells."""
    seen = parsed("product_detail")
    same = ProductPatch(title=seen["data"]["title"])
    played = answer(shop().products.update(SHIRT, same), LOST, seen)
    assert dict(played.requests[1].query) == {"return_under_review_version": "true"}
    assert played.result.product_id == SHIRT
    with pytest.raises(OutcomeUnknown):
        answer(shop().products.update(SHIRT, ProductPatch(title="x")), LOST, seen)
    with pytest.raises(OutcomeUnknown):
        answer(shop().products.update(SHIRT, ProductPatch(description="x")), LOST)


@pytest.mark.parametrize(
    ("status", "audit", "state"),
    [
        ("PENDING", "AUDITING", SubmissionState.REVIEWING),
        ("ACTIVATE", "APPROVED", SubmissionState.DONE),
        ("ACTIVATE", "AUDITING", SubmissionState.REVIEWING),
        ("FAILED", "FAILED", SubmissionState.REFUSED),
        ("FREEZE", "NONE", SubmissionState.REFUSED),
        ("NEW", "NONE", SubmissionState.UNKNOWN),
    ],
)
def test_a_submission_tells_how_far_it_got(status: str, audit: str, state: SubmissionState) -> None:
    """A live product under review keeps its status, so the review is asked too."""
    body = parsed("product_detail")
    body["data"] |= {"status": status, "audit": {"status": audit}}
    body["data"]["audit_failed_reasons"] = [{"position": "title", "reasons": ["Too short"]}]
    told = answer(shop().products.submission(SHIRT), body).result
    assert (told.state, told.raw_state, told.reason) == (state, status, "Too short")


def test_a_refused_product_raises() -> None:
    """There is only one item, so there is nothing to tell apart."""
    with pytest.raises(Conflict):
        answer(shop().products.create(plain()), failed(12052093))
