"""Reading Shopee's returns: goods and money on two tracks, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.shopee.words import RETURN_STATUS, REVERSE_STATUS
from entrosdk.domain.money import Money
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnQuery
from entrosdk.errors import ConfigError, Unavailable
from entrosdk.spi.page import Page
from tests.unit.adapters.shopee.desk import answer, asked, failed, fixture, ok, parsed, shop

START = datetime.fromtimestamp(1794600000, UTC)
WINDOW = ReturnQuery(updated_from=START, updated_to=START + timedelta(days=1))
NAME = "2611130Q7KDV4XB"


def one(**parts: Any) -> Return:
    """The example return in detail, with some parts changed."""
    body = parsed("return_detail")
    body["response"] |= parts
    (found,) = answer(shop().returns.many([NAME]), body).result.items
    return found


def test_the_example_return_is_mapped() -> None:
    """Units, refund, deadline and reason of the worked example."""
    found = one()
    assert (found.id, found.order_id, found.status) == (NAME, "261105T3W8ZKQN", "PROCESSING")
    assert found.refund == Money(159000, "VND")
    assert (found.reason, found.buyer_text) == ("ITEM_WRONGDAMAGED", "Áo bị rách ở vai")
    assert found.respond_by == datetime.fromtimestamp(1794831761, UTC)
    (line,) = found.lines
    assert (line.product_id, line.variant_id, line.sku, line.quantity, line.refund) == (
        "24810553377",
        "199400112241",
        "AT-NAM-01-TRANG-L",
        1,
        Money(159000, "VND"),
    )


def test_what_a_buyer_wrote_is_not_shown() -> None:
    """Neither the return's repr nor its source's says anything about the buyer."""
    assert "rách" not in repr(one())
    assert repr(one().source) == "<Return>"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, GoodsState.EXPECTED),
        ({"return_solution": 1}, GoodsState.NONE),
        ({"return_solution": "REFUND"}, GoodsState.NONE),
        ({"status": "CANCELLED"}, GoodsState.CANCELLED),
        ({"status": "CLOSED", "reverse_logistics_status": ""}, GoodsState.CANCELLED),
        ({"reverse_logistics_status": "LOGISTICS_PICKUP_DONE"}, GoodsState.IN_TRANSIT),
        (
            {"reverse_logistics_status": "LOGISTICS_PICKUP_DONE", "status": "CANCELLED"},
            GoodsState.IN_TRANSIT,
        ),
        ({"reverse_logistics_status": "LOGISTICS_DELIVERY_DONE"}, GoodsState.RECEIVED),
        (
            {
                "reverse_logistics_status": "LOGISTICS_DELIVERY_DONE",
                "validation_type": "warehouse_validation",
            },
            GoodsState.IN_TRANSIT,
        ),
        (
            {
                "reverse_logistics_status": "LOGISTICS_DELIVERY_DONE",
                "logistics_status": "POST_RETURN_LOGISTICS_DELIVERY_DONE",
                "validation_type": "warehouse_validation",
            },
            GoodsState.RECEIVED,
        ),
        ({"reverse_logistics_status": "LOGISTICS_LOST"}, GoodsState.LOST),
        ({"reverse_logistics_status": "Delivered"}, GoodsState.RECEIVED),
        ({"reverse_logistics_status": "ABDUCTED"}, GoodsState.UNKNOWN),
        (
            {
                "reverse_logistics_status": "",
                "logistics_status": "",
                "reverse_logistic_status": "LOGISTICS_PICKUP_DONE",
            },
            GoodsState.IN_TRANSIT,
        ),
        ({"reverse_logistics_status": None, "logistics_status": ""}, GoodsState.EXPECTED),
        (
            {
                "reverse_logistics_status": None,
                "logistics_status": "",
                "needs_logistics": False,
            },
            GoodsState.NONE,
        ),
    ],
)
def test_where_the_goods_are(parts: dict[str, Any], expected: GoodsState) -> None:
    """Solution, parcel and status decide together."""
    assert one(**parts).goods_state is expected


@pytest.mark.parametrize("word", sorted(REVERSE_STATUS))
def test_every_word_of_the_way_back_has_a_state(word: str) -> None:
    """No known word leads to unknown goods."""
    assert one(reverse_logistics_status=word).goods_state is not GoodsState.UNKNOWN


@pytest.mark.parametrize(("word", "expected"), sorted(RETURN_STATUS.items()))
def test_what_became_of_the_money(word: str, expected: MoneyState) -> None:
    """The status tells the refund."""
    assert one(status=word).money_state is expected


def test_a_new_status_is_kept_and_counted() -> None:
    """An unknown word is unknown money, kept raw, and drift."""
    body = parsed("return_detail")
    body["response"]["status"] = "ON_APPEAL"
    batch = answer(shop().returns.many([NAME]), body).result
    assert (batch.items[0].status, batch.items[0].money_state) == ("ON_APPEAL", MoneyState.UNKNOWN)
    assert batch.drift == {"response.status=ON_APPEAL": 1}


def test_a_page_lists_and_reads_each_in_detail() -> None:
    """Page numbers count from 0, only one clock is sent, and nothing in the examples is new."""
    played = answer(
        shop().returns.page(WINDOW, None), fixture("return_list"), fixture("return_detail")
    )
    sent = asked(played)
    assert (sent["page_no"], sent["update_time_from"], sent["update_time_to"]) == (
        "0",
        "1794600000",
        "1794686399",
    )
    assert "create_time_from" not in sent
    assert [found.id for found in played.result] == [NAME]
    assert (played.result.drift, played.result.next) == ({}, None)


def test_a_window_over_the_creation_time_sends_that_clock() -> None:
    """Rows are then kept by their creation."""
    start = datetime.fromtimestamp(1794572561, UTC)
    query = ReturnQuery(created_from=start, created_to=start + timedelta(seconds=1))
    played = answer(shop().returns.stubs(query, None), fixture("return_list"))
    assert (asked(played)["create_time_from"], asked(played)["create_time_to"]) == (
        "1794572560",
        "1794572561",
    )
    assert [stub.id for stub in played.result] == [NAME]


def test_a_row_outside_the_window_is_left_out() -> None:
    """The second asked for beside a window of one is not read."""
    start = datetime.fromtimestamp(1794618061, UTC)
    query = ReturnQuery(updated_from=start, updated_to=start + timedelta(seconds=1))
    played = answer(shop().returns.page(query, None), fixture("return_list"))
    assert played.result == Page(items=())


def test_positions_are_page_numbers() -> None:
    """`more` leads to the next number, also from another process."""
    more = parsed("return_list")
    more["response"] |= {"more": True, "return": []}
    played = answer(shop().returns.stubs(WINDOW, "4"), more)
    assert (asked(played)["page_no"], played.result.next) == ("4", "5")


def test_bounds_are_needed() -> None:
    """A listing without a window is refused, naming what is missing."""
    with pytest.raises(ConfigError, match="updated_from"):
        answer(shop().returns.page(ReturnQuery(), None))


def test_an_empty_window_asks_nobody() -> None:
    """Nothing lies between a moment and itself."""
    query = ReturnQuery(updated_from=START, updated_to=START)
    assert answer(shop().returns.page(query, None)).result == Page(items=())
    assert answer(shop().returns.stubs(query, None)).result == Page(items=())


def test_a_return_that_stays_away_is_unreadable_with_its_row() -> None:
    """Listed, asked for twice, and kept as the list showed it."""
    gone = fixture("return_error_not_found")
    page = answer(shop().returns.page(WINDOW, None), fixture("return_list"), gone, gone).result
    (bad,) = page.unreadable
    assert (bad.id, bad.reason) == (NAME, "listed, but the detail call did not return it")
    assert b"refund_amount" in bad.body


def test_unknown_returns_are_missing() -> None:
    """Both of Shopee's ways to say so mean the same."""
    played = answer(
        shop().returns.many(["A", "B"]),
        fixture("return_error_not_found"),
        failed("error_param", "Return SN or ID is invalid."),
    )
    assert played.result.missing == ("A", "B")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"refund_amount": 0.5}, "refund_amount: no amount of VND"),
        ({"create_time": None}, "the reply does not fit ReturnDetail"),
    ],
)
def test_a_bad_return_costs_only_itself(parts: dict[str, Any], reason: str) -> None:
    """The other one is read, the bad one kept whole."""
    body = parsed("return_detail")
    body["response"] |= parts
    good = parsed("return_detail")
    good["response"]["return_sn"] = "OTHER"
    batch = answer(shop().returns.many([NAME, "OTHER"]), body, good).result
    assert [found.id for found in batch] == ["OTHER"]
    (bad,) = batch.unreadable
    assert bad.id == NAME
    assert reason in bad.reason
    assert b"return_sn" in bad.body


def test_an_outage_is_no_bad_record() -> None:
    """Trouble while reading one return fails the page, so that it is read again."""
    with pytest.raises(Unavailable):
        answer(shop().returns.page(WINDOW, None), fixture("return_list"), failed("error_server"))


def test_a_malformed_row_of_the_list_is_unreadable() -> None:
    """It is kept under its own id."""
    listed = parsed("return_list")
    listed["response"]["return"][0]["update_time"] = "later"
    page = answer(shop().returns.stubs(WINDOW, None), listed).result
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [(NAME, "update_time: int_parsing")]


def test_a_reply_whose_rows_are_no_list_is_refused() -> None:
    """What surrounds the rows must fit."""
    with pytest.raises(Exception, match="ReturnListPage"):
        answer(shop().returns.stubs(WINDOW, None), ok({"more": False, "return": "many"}))
