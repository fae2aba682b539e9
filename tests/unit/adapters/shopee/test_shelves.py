"""Stock, prices and visibility at Shopee: one result for each change, whatever a batch answers."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.shopee.outcomes import runs
from entrosdk.domain.money import Money
from entrosdk.domain.writing import ItemResult, Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import Forbidden, OutcomeUnknown, RateLimited, Unavailable
from entrosdk.spi.request import Response
from tests.unit.adapters.shopee.desk import answer, failed, fixture, ok, parsed, paths, shop, told

ITEM, BLACK, WHITE = "24810553377", "199400112233", "199400112241"
FLASK = "25100998812"
LOST = OutcomeUnknown("the reply was lost")
ACCEPTED, REFUSED, UNKNOWN = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN


def stock(quantity: int, variant: str = BLACK, product: str = ITEM, **rest: Any) -> StockChange:
    """A wish about stock."""
    return StockChange(product_id=product, variant_id=variant, quantity=quantity, **rest)


def price(amount: int, variant: str = BLACK, product: str = ITEM, **rest: Any) -> PriceChange:
    """A wish about a price in dong."""
    return PriceChange(product_id=product, variant_id=variant, price=Money(amount, "VND"), **rest)


def rows(success: list[Any] | None = None, failure: list[Any] | None = None) -> bytes:
    """A batch's reply."""
    return ok({"success_list": success or [], "failure_list": failure or []})


def verdicts(results: tuple[ItemResult, ...]) -> list[tuple[Outcome, Refusal | None]]:
    """What became of each."""
    return [(result.outcome, result.refusal) for result in results]


# Stock


def test_one_item_is_one_call_with_numbers_in_it() -> None:
    """Ids travel as JSON numbers, quantities as they are, a place only where it is named."""
    changes = [stock(40), stock(0, WHITE, warehouse_id="VN0009QKZ")]
    reply = rows([{"model_id": int(BLACK), "stock": 40}, {"model_id": int(WHITE), "stock": 0}])
    played = answer(shop().products.set_stock(changes), reply)
    assert told(played) == {
        "item_id": int(ITEM),
        "stock_list": [
            {"model_id": int(BLACK), "seller_stock": [{"stock": 40}]},
            {"model_id": int(WHITE), "seller_stock": [{"location_id": "VN0009QKZ", "stock": 0}]},
        ],
    }
    assert [result.ok for result in played.result] == [True, True]
    assert played.requests[0].safety == "unsafe"


def test_the_example_answer_of_one_place_is_a_change_accepted() -> None:
    """The row that came back names the variant, its place and what is there now."""
    change = stock(40, warehouse_id="VN0009QKZ")
    played = answer(shop().products.set_stock([change]), fixture("update_stock_ok"))
    assert verdicts(played.result) == [(ACCEPTED, None)]


def test_half_a_batch_is_refused_inside_a_success() -> None:
    """HTTP 200 and an empty error with a failure inside (quirk 25)."""
    changes = [stock(1, "999"), stock(40)]
    played = answer(shop().products.set_stock(changes), fixture("update_stock_partial_failure"))
    bad, good = played.result
    assert (bad.refusal, bad.reason) == (Refusal.NOT_FOUND, "model ID not exist in sku")
    assert good.outcome is ACCEPTED


def test_a_batch_refused_whole_still_has_its_rows() -> None:
    """An error with the lists inside is read as results, not raised."""
    played = answer(
        shop().products.set_stock([stock(1, "999")]), fixture("update_stock_all_failed")
    )
    (bad,) = played.result
    assert (bad.outcome, bad.refusal, bad.code) == (
        REFUSED,
        Refusal.NOT_FOUND,
        "product.error_busi_update_stock_failed",
    )


def test_an_item_without_models_has_no_model_id() -> None:
    """Model 0 on the way out, no model on the way back."""
    played = answer(shop().products.set_stock([stock(5, "", FLASK)]), rows([{"stock": 5}]))
    assert told(played)["stock_list"][0]["model_id"] == 0
    assert verdicts(played.result) == [(ACCEPTED, None)]


def test_results_come_in_the_order_given() -> None:
    """Changes of two items, mixed: two calls, four results where they belong."""
    changes = [stock(1), stock(2, "", FLASK), stock(3, WHITE), stock(4, "5", "6")]
    played = answer(
        shop().products.set_stock(changes),
        rows([{"model_id": int(WHITE)}], [{"model_id": int(BLACK), "failed_reason": "busy"}]),
        rows([{}]),
        failed("product.error_item_not_found", "The item is not found."),
    )
    assert [(result.product_id, result.variant_id) for result in played.result] == [
        (change.product_id, change.variant_id) for change in changes
    ]
    assert verdicts(played.result) == [
        (REFUSED, Refusal.BUSY),
        (ACCEPTED, None),
        (ACCEPTED, None),
        (REFUSED, Refusal.NOT_FOUND),
    ]


def test_more_than_fifty_models_are_several_calls() -> None:
    """Fifty at once is Shopee's most."""
    changes = [stock(1, str(number)) for number in range(1, 121)]
    replies = [
        rows([{"model_id": int(change.variant_id)} for change in changes[at : at + 50]])
        for at in (0, 50, 100)
    ]
    played = answer(shop().products.set_stock(changes), *replies)
    assert [len(told(played, n)["stock_list"]) for n in range(3)] == [50, 50, 20]
    assert all(result.ok for result in played.result)


def test_a_repeated_variant_is_written_in_turn() -> None:
    """Two quantities for one variant are two calls, the last one last."""
    reply = rows([{"model_id": int(BLACK)}])
    played = answer(shop().products.set_stock([stock(1), stock(2)]), reply, reply)
    sent = [told(played, n)["stock_list"][0]["seller_stock"][0]["stock"] for n in range(2)]
    assert (sent, len(played.result)) == ([1, 2], 2)


def test_places_are_told_apart() -> None:
    """A success names the place, so another place's row is no answer to this one."""
    here = stock(1, warehouse_id="VNA")
    played = answer(
        shop().products.set_stock([here]), rows([{"model_id": int(BLACK), "location_id": "VNA"}])
    )
    assert verdicts(played.result) == [(ACCEPTED, None)]
    other = rows([{"model_id": int(BLACK), "location_id": "VNB"}])
    assert verdicts(
        answer(shop().products.set_stock([here]), other, failed("error_item_not_found")).result
    ) == [(UNKNOWN, None)]


def test_a_shop_with_one_place_may_refuse_its_name() -> None:
    """The call is sent again without it: a refusal had no effect (section 4.5)."""
    refusal = failed("product.error_auth", "location_id is not supported by the shop")
    here = stock(1, warehouse_id="VNZ")
    taken = rows([{"model_id": int(BLACK), "location_id": "VNZ"}])
    played = answer(shop().products.set_stock([here]), refusal, taken)
    assert told(played)["stock_list"][0]["seller_stock"] == [{"stock": 1}]
    assert verdicts(played.result) == [(ACCEPTED, None)]
    again = answer(shop().products.set_stock([here]), refusal, refusal)
    assert verdicts(again.result) == [(REFUSED, Refusal.INVALID)]
    several = [here, stock(2, WHITE, warehouse_id="VNA")]
    assert len(answer(shop().products.set_stock(several), refusal).requests) == 1


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("Stock cannot be less than reserved stock of a promotion", Refusal.LOCKED),
        ("The model is under campaign", Refusal.LOCKED),
        ("item status is banned", Refusal.STATE),
        ("Stock should be less than 1000000", Refusal.INVALID),
        ("No permission for this location", Refusal.FORBIDDEN),
        ("System error, please try again later", Refusal.BUSY),
        ("không rõ", Refusal.OTHER),
    ],
)
def test_free_text_is_classified(reason: str, refusal: Refusal) -> None:
    """Shopee gives its cause in words only; they are kept."""
    reply = rows([], [{"model_id": int(BLACK), "failed_reason": reason}])
    (result,) = answer(shop().products.set_stock([stock(1)]), reply).result
    assert (result.refusal, result.reason) == (refusal, reason)


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("product.error_auth", "location_id is not allowed", Refusal.INVALID),
        ("product.error_busi", "location id is needed", Refusal.INVALID),
        ("product.error_item_uneditable", "cannot be edited", Refusal.STATE),
        ("product.error_auth", "No permission to current api.", Refusal.FORBIDDEN),
        ("product.error_wms_shop_block_upate_stock", "not allowed", Refusal.STATE),
        ("product.error_seller_under_penalty", "penalty", Refusal.FORBIDDEN),
        ("product.error_param", "under promotion", Refusal.LOCKED),
    ],
)
def test_a_refused_call_refuses_its_items(code: str, text: str, refusal: Refusal) -> None:
    """With code and reason, without hiding the other items."""
    changes = [stock(1), stock(2, "", FLASK)]
    played = answer(shop().products.set_stock(changes), failed(code, text), rows([{}]))
    bad, good = played.result
    assert (bad.refusal, bad.code, good.outcome) == (refusal, code, ACCEPTED)


def test_ids_that_are_no_numbers_are_not_sent() -> None:
    """They cannot be Shopee's, and a text where a number belongs spoils its whole call."""
    played = answer(
        shop().products.set_stock([stock(1, product="AT-1"), stock(1, "S", ITEM), stock(3)]),
        rows([{"model_id": int(BLACK)}]),
    )
    assert verdicts(played.result) == [
        (REFUSED, Refusal.NOT_FOUND),
        (REFUSED, Refusal.NOT_FOUND),
        (ACCEPTED, None),
    ]
    assert len(told(played)["stock_list"]) == 1


def test_a_lost_reply_is_read_back() -> None:
    """Stock that stands as asked was taken; other stock may or may not have been."""
    base, models = fixture("item_base_info_with_models"), fixture("model_list")
    left = {row["model_id"]: row for row in parsed("model_list")["response"]["model"]}
    now = left[int(BLACK)]["stock_info_v2"]["summary_info"]["total_available_stock"]
    played = answer(
        shop().products.set_stock([stock(now), stock(7_777, WHITE)]), LOST, base, models
    )
    assert verdicts(played.result) == [(ACCEPTED, None), (UNKNOWN, None)]
    assert paths(played).count("product/update_stock") == 1


def test_what_cannot_be_read_back_is_unknown() -> None:
    """Trouble while looking is no answer."""
    played = answer(shop().products.set_stock([stock(1)]), LOST, Unavailable("trouble"))
    assert verdicts(played.result) == [(UNKNOWN, None)]


def test_a_row_that_is_missing_is_looked_for() -> None:
    """Neither taken nor refused: the stock itself tells."""
    flask = fixture("item_base_info_without_models")
    played = answer(shop().products.set_stock([stock(120, "", FLASK)]), rows(), flask)
    assert verdicts(played.result) == [(ACCEPTED, None)]


def test_an_error_before_anything_was_written_is_raised() -> None:
    """Nothing happened, so nothing has to be reported."""
    with pytest.raises(RateLimited):
        answer(shop().products.set_stock([stock(1)]), RateLimited("slow down"))


def test_an_error_later_on_keeps_what_was_done() -> None:
    """The first item's result survives the quota's end; the second may be sent again."""
    played = answer(
        shop().products.set_stock([stock(1), stock(2, "", FLASK)]),
        rows([{"model_id": int(BLACK)}]),
        RateLimited("slow down"),
    )
    assert verdicts(played.result) == [(ACCEPTED, None), (REFUSED, Refusal.BUSY)]


def test_a_permission_that_is_missing_is_an_items_answer() -> None:
    """Forbidden is told per item, as refusals are."""
    played = answer(shop().products.set_stock([stock(1)]), Forbidden("not allowed"))
    assert verdicts(played.result) == [(REFUSED, Refusal.FORBIDDEN)]


# Prices


def test_dong_travel_whole_and_cents_as_fractions() -> None:
    """No rounding in between."""
    reply = rows([{"model_id": int(BLACK), "original_price": 165000}])
    played = answer(shop().products.set_price([price(165_000)]), reply)
    assert told(played) == {
        "item_id": int(ITEM),
        "price_list": [{"model_id": int(BLACK), "original_price": 165000}],
    }
    wish = PriceChange(product_id=ITEM, variant_id=BLACK, price=Money(1999, "SGD"))
    singapore = answer(shop("SG").products.set_price([wish]), reply)
    assert told(singapore)["price_list"][0]["original_price"] == 19.99


def test_a_price_in_a_promotion_is_locked() -> None:
    """The example: one variant is under promotion, the other is not."""
    changes = [price(1, BLACK), price(165_000, WHITE)]
    played = answer(shop().products.set_price(changes), fixture("update_price_partial_failure"))
    assert verdicts(played.result) == [(REFUSED, Refusal.LOCKED), (ACCEPTED, None)]


def test_the_price_of_an_item_without_models() -> None:
    """The example's only row has no model."""
    played = answer(
        shop().products.set_price([price(199_000, "", FLASK)]), fixture("update_price_ok_no_model")
    )
    assert verdicts(played.result) == [(ACCEPTED, None)]


def test_what_shopee_has_no_price_for_is_refused_at_once() -> None:
    """A crossed-out price of one's own, and another currency, are never sent."""
    crossed = price(10, list_price=Money(20, "VND"))
    foreign = PriceChange(product_id=ITEM, variant_id=BLACK, price=Money(100, "SGD"))
    same = price(10, WHITE, list_price=Money(10, "VND"))
    played = answer(
        shop().products.set_price([crossed, foreign, same]), rows([{"model_id": int(WHITE)}])
    )
    assert verdicts(played.result) == [
        (REFUSED, Refusal.INVALID),
        (REFUSED, Refusal.INVALID),
        (ACCEPTED, None),
    ]


def test_a_lost_price_is_compared_with_the_original_one() -> None:
    """The present price may be a promotion's."""
    flask = fixture("item_base_info_without_models")
    played = answer(shop().products.set_price([price(189_000, "", FLASK)]), LOST, flask)
    assert verdicts(played.result) == [(ACCEPTED, None)]
    other = answer(shop().products.set_price([price(169_000, "", FLASK)]), LOST, flask)
    assert verdicts(other.result) == [(UNKNOWN, None)]


# On sale or not


def test_items_are_taken_off_sale_in_one_call() -> None:
    """The example: one is under promotion."""
    ids = [FLASK, "25777000451"]
    played = answer(shop().products.unpublish(ids), fixture("unlist_item_partial"))
    assert told(played)["item_list"] == [
        {"item_id": int(FLASK), "unlist": True},
        {"item_id": 25777000451, "unlist": True},
    ]
    assert verdicts(played.result) == [(REFUSED, Refusal.LOCKED), (ACCEPTED, None)]


def test_publishing_is_not_unlisting() -> None:
    """The same call with the flag turned; strange ids stay at home."""
    played = answer(
        shop().products.publish(["mine", FLASK]), rows([{"item_id": int(FLASK), "unlist": False}])
    )
    assert told(played)["item_list"] == [{"item_id": int(FLASK), "unlist": False}]
    assert verdicts(played.result) == [(REFUSED, Refusal.NOT_FOUND), (ACCEPTED, None)]


def test_a_lost_publication_is_read_back() -> None:
    """The item's status tells."""
    flask = fixture("item_base_info_without_models")
    assert verdicts(answer(shop().products.publish([FLASK]), LOST, flask).result) == [
        (ACCEPTED, None)
    ]
    assert verdicts(answer(shop().products.unpublish([FLASK]), LOST, flask).result) == [
        (UNKNOWN, None)
    ]


# Laws


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 5))
def test_runs_lose_nothing_and_repeat_nothing(given: list[int], size: int) -> None:
    """Every change is in one run, none twice about the same thing, none too long, in order."""
    found = list(runs(given, lambda number: number, size))
    assert sorted(place for run in found for place, _ in run) == list(range(len(given)))
    for run in found:
        assert 0 < len(run) <= size
        assert max(Counter(number for _, number in run).values()) == 1
    for number in set(given):
        places = [place for run in found for place, each in run if each == number]
        assert places == sorted(places)


@given(st.data())
def test_there_is_one_result_for_each_change(data: st.DataObject) -> None:
    """Whatever part of a batch is taken, refused or not told, and whatever is lost."""
    some = st.sampled_from([("", FLASK), ("1", "10"), ("2", "10"), ("3", "10"), ("x", "10")])
    pairs = data.draw(st.lists(some, max_size=12))
    changes = [stock(number, *pair) for number, pair in enumerate(pairs)]
    flow = shop().products.set_stock(changes)
    reply: Any = None
    while True:
        try:
            effect = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
        except StopIteration as stop:
            results = stop.value
            break
        reply = data.draw(st.sampled_from(["taken", "refused", "half", "lost"]), label="reply")
        reply = _reply(effect.request, reply)
    assert [(r.product_id, r.variant_id) for r in results] == [
        (c.product_id, c.variant_id) for c in changes
    ]
    assert all((r.refusal is not None) == (r.outcome is REFUSED) for r in results)


def _reply(request: Any, kind: str) -> Any:
    if request.method == "GET" or kind == "lost":
        return LOST
    models = [row["model_id"] for row in json.loads(request.body)["stock_list"]]
    half = len(models) // 2 if kind == "half" else len(models) * (kind == "taken")
    success = [{"model_id": model} if model else {} for model in models[:half]]
    failure = [{"model_id": model, "failed_reason": "no"} for model in models[half:]]
    return Response(status=200, body=rows(success, failure[: len(failure) - (kind == "half")]))
