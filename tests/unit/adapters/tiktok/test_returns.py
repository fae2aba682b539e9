"""Reading TikTok Shop's returns: goods and money, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnLine, ReturnQuery
from tests.unit.adapters.tiktok.desk import answer, asked, fixture, ok, parsed, sent, shop, vnd

START = datetime.fromtimestamp(1793900000, UTC)
WINDOW = ReturnQuery(updated_from=START, updated_to=START + timedelta(days=20))


def page(body: Any = None) -> tuple[Return, ...]:
    """The returns of an example page."""
    found = answer(shop().returns.page(WINDOW, None), body or fixture("returns_search_page"))
    return found.result.items


def changed(**facts: Any) -> Return:
    """The first example return with other facts."""
    body = parsed("returns_search_page")
    body["data"]["return_orders"][0] |= facts
    return page(body)[0]


def test_the_example_returns_map_to_their_figures() -> None:
    """One came back and is paid; one wants its money only and waits for the seller."""
    done, waiting = page()
    assert (done.goods_state, done.money_state) == (GoodsState.RECEIVED, MoneyState.REFUNDED)
    assert (done.refund, done.tracking_number) == (vnd(164000), "861234777120")
    assert done.reason == "ecom_order_delivered_refund_and_return_reason_wrong_product"
    assert (waiting.goods_state, waiting.money_state) == (GoodsState.NONE, MoneyState.PENDING)
    assert waiting.respond_by == datetime.fromtimestamp(1795100531, UTC)
    assert (waiting.order_id, waiting.refund) == ("579204417003815480", vnd(414000))


def test_units_are_folded_by_variant() -> None:
    """Two units that come back are one line with both refunds."""
    assert page()[1].lines == (
        ReturnLine(
            product_id="",
            variant_id="1731904420190127279",
            sku="BGN-500",
            name="Bình giữ nhiệt inox 304 dung tích 500ml nắp vặn chống tràn",
            quantity=2,
            refund=vnd(414000),
        ),
    )


@pytest.mark.parametrize(
    ("word", "goods", "money"),
    [
        ("RETURN_OR_REFUND_REQUEST_PENDING", GoodsState.EXPECTED, MoneyState.PENDING),
        ("REFUND_OR_RETURN_REQUEST_REJECT", GoodsState.CANCELLED, MoneyState.DENIED),
        ("AWAITING_BUYER_SHIP", GoodsState.EXPECTED, MoneyState.PENDING),
        ("BUYER_SHIPPED_ITEM", GoodsState.IN_TRANSIT, MoneyState.PENDING),
        ("REJECT_RECEIVE_PACKAGE", GoodsState.RECEIVED, MoneyState.PENDING),
        ("RETURN_OR_REFUND_REQUEST_SUCCESS", GoodsState.RECEIVED, MoneyState.PENDING),
        ("RETURN_OR_REFUND_REQUEST_CANCEL", GoodsState.CANCELLED, MoneyState.NONE),
        ("RETURN_OR_REFUND_REQUEST_COMPLETE", GoodsState.RECEIVED, MoneyState.REFUNDED),
        ("REPLACEMENT_REQUEST_REFUND_SUCCESS", GoodsState.NONE, MoneyState.REFUNDED),
        ("EXCHANGE_REQUEST_PENDING", GoodsState.EXPECTED, MoneyState.NONE),
        ("SOMETHING_NEW", GoodsState.UNKNOWN, MoneyState.UNKNOWN),
    ],
)
def test_every_status_tells_of_goods_and_of_money(
    word: str, goods: GoodsState, money: MoneyState
) -> None:
    """They are two tracks; the platform's own word stays."""
    found = changed(return_status=word)
    assert (found.goods_state, found.money_state, found.status) == (goods, money, word)


def test_goods_the_buyer_keeps_are_nowhere() -> None:
    """Whatever the status says."""
    assert changed(can_buyer_keep_item=True).goods_state is GoodsState.NONE


def test_a_request_lost_in_arbitration_is_denied() -> None:
    """One that the buyer took back is just over."""
    over = "RETURN_OR_REFUND_REQUEST_CANCEL"
    lost = changed(return_status=over, arbitration_status="SUPPORT_SELLER")
    assert lost.money_state is MoneyState.DENIED


def test_a_return_without_an_amount_refunds_nothing() -> None:
    """A replacement has none."""
    found = changed(refund_amount=None, return_line_items=None)
    assert (found.refund, found.lines) == (vnd(0), ())


def test_the_search_asks_ascending_over_the_same_clock() -> None:
    """Half-open bounds in the body."""
    played = answer(shop().returns.page(WINDOW, "p"), fixture("returns_search_empty"))
    assert sent(played) == {"update_time_ge": 1793900000, "update_time_lt": 1795628000}
    assert asked(played) == {
        "page_size": "50",
        "sort_order": "ASC",
        "page_token": "p",
        "sort_field": "update_time",
    }
    assert (played.result.items, played.result.next) == ((), None)


def test_an_empty_window_asks_nobody() -> None:
    """Neither for returns nor for their ids."""
    query = ReturnQuery(created_from=START, created_to=START)
    assert answer(shop().returns.page(query, None)).requests == ()
    assert answer(shop().returns.stubs(query, None)).requests == ()


def test_stubs_are_the_same_ids() -> None:
    """With their update times."""
    stubs = answer(shop().returns.stubs(WINDOW, None), fixture("returns_search_page")).result
    assert [(stub.id, stub.updated_at) for stub in stubs] == [(r.id, r.updated_at) for r in page()]


def test_returns_are_fetched_by_id() -> None:
    """Ids go into the same search; what is not answered is missing."""
    ids = ["4035881207746629745", "4035902244163027508", "1"]
    played = answer(shop().returns.many(ids), fixture("returns_search_page"))
    assert sent(played) == {"return_ids": ids}
    assert [found.id for found in played.result] == ids[:2]
    assert played.result.missing == ("1",)


def test_the_examples_have_no_drift() -> None:
    """Every key of the example bodies is known."""
    found = answer(shop().returns.page(WINDOW, None), fixture("returns_search_page")).result
    assert found.drift == {}


def test_one_bad_return_costs_only_itself() -> None:
    """It is kept with its field, not its value."""
    body = parsed("returns_search_page")
    body["data"]["return_orders"][0]["refund_amount"]["refund_total"] = "1.5"
    found = answer(shop().returns.page(WINDOW, None), body).result
    assert len(found) == 1
    assert [(bad.id, bad.reason) for bad in found.unreadable] == [
        ("4035881207746629745", "refund_amount.refund_total: no amount of VND")
    ]


def test_half_a_return_is_not_a_page() -> None:
    """A row without its times is unreadable, and the rest is read."""
    found = answer(shop().returns.page(WINDOW, None), ok({"return_orders": [{"return_id": "1"}]}))
    assert [bad.id for bad in found.result.unreadable] == ["1"]
