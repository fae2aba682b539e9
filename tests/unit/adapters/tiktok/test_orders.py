"""Reading TikTok Shop's orders: mapping, windows, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.domain.order import Order, OrderQuery, OrderStatus
from entrosdk.errors import BadReply, ConfigError, Invalid
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

START = datetime.fromtimestamp(1794787200, UTC)
WINDOW = OrderQuery(updated_from=START, updated_to=START + timedelta(hours=50))
IDS = ("579220418835842101", "579218744051057392")


def detailed(body: Any = None) -> tuple[Order, ...]:
    """The orders of an example body."""
    return answer(shop().orders.many(IDS), body or fixture("order_detail")).result.items


def changed(**facts: Any) -> Order:
    """The first example order with other facts."""
    body = parsed("order_detail")
    body["data"]["orders"][0] |= facts
    return detailed(body)[0]


# Mapping


def test_the_example_order_maps_to_its_figures() -> None:
    """Discounts, shipping and the total of the worked example come out to the dong."""
    totals = detailed()[0].totals
    assert (totals.items, totals.shipping, totals.total) == (vnd(517000), vnd(12700), vnd(529700))
    assert (totals.seller_discount, totals.platform_discount) == (vnd(80000), vnd(30000))


def test_units_are_folded_into_lines() -> None:
    """Two units of one variant are one line that keeps both ids; discounts are the line's."""
    first, second = detailed()[0].lines
    assert (first.id, first.quantity) == ("579220418836104245", 2)
    assert first.unit_ids == ("579220418836104245", "579220418836169781")
    assert (first.list_price, first.unit_price) == (vnd(189000), vnd(155000))
    assert (first.seller_discount, first.platform_discount) == (vnd(50000), vnd(18000))
    assert (second.sku, second.quantity) == ("BGN-500", 1)


def test_the_lines_add_up_to_the_order() -> None:
    """List prices less both discounts are the goods, in lines as in totals."""
    order = detailed()[0]
    listed = sum(line.list_price.minor * line.quantity for line in order.lines)
    off = sum(line.seller_discount.minor + line.platform_discount.minor for line in order.lines)
    assert listed - off == order.totals.items.minor


@pytest.mark.parametrize(
    "difference",
    [
        {"is_gift": True},
        {"sale_price": "0"},
        {"package_id": "2"},
        {"display_status": "CANCELLED"},
        {"sku_id": "3"},
    ],
)
def test_units_that_differ_are_lines_of_their_own(difference: dict[str, Any]) -> None:
    """Gifts, other prices, other packages, and units cancelled alone are not lost."""
    body = parsed("order_detail")
    body["data"]["orders"][0]["line_items"][1] |= difference
    lines = detailed(body)[0].lines
    assert [line.quantity for line in lines] == [1, 1, 1]
    assert len({line.id for line in lines}) == 3


def test_times_and_states_of_the_example_orders() -> None:
    """Epoch seconds become aware instants; an order on delivery has no time of payment yet."""
    moving, cancelled = detailed()
    assert moving.created_at == datetime.fromtimestamp(1794881645, UTC)
    assert moving.updated_at == datetime.fromtimestamp(1794920741, UTC)
    assert moving.ship_by == datetime.fromtimestamp(1795021199, UTC)
    assert (moving.paid_at, moving.cod) == (None, True)
    assert (moving.status, cancelled.status) == (OrderStatus.SHIPPED, OrderStatus.CANCELLED)
    assert cancelled.cancel_reason == "Cần thay đổi phương thức thanh toán"
    assert cancelled.cancelled_by == "BUYER"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("UNPAID", OrderStatus.UNPAID),
        ("ON_HOLD", OrderStatus.ON_HOLD),
        ("AWAITING_SHIPMENT", OrderStatus.TO_SHIP),
        ("PARTIALLY_SHIPPING", OrderStatus.TO_SHIP),
        ("AWAITING_COLLECTION", OrderStatus.PACKED),
        ("IN_TRANSIT", OrderStatus.SHIPPED),
        ("DELIVERED", OrderStatus.DELIVERED),
        ("COMPLETED", OrderStatus.COMPLETED),
        ("CANCELLED", OrderStatus.CANCELLED),
        ("TELEPORTED", OrderStatus.UNKNOWN),
    ],
)
def test_every_status_has_its_meaning(word: str, status: OrderStatus) -> None:
    """The platform's own word stays beside ours."""
    order = changed(status=word)
    assert (order.status, order.raw_status) == (status, word)


def test_an_open_request_to_cancel_is_told() -> None:
    """Before shipping it stops everything; afterwards the order goes its way."""
    waiting = changed(status="AWAITING_SHIPMENT", is_buyer_request_cancel=True)
    assert waiting.status is OrderStatus.CANCELLING
    assert changed(is_buyer_request_cancel=True).status is OrderStatus.SHIPPED


def test_packages_name_their_lines() -> None:
    """Carrier, number and state of a package are those of its units."""
    (package,) = detailed()[0].packages
    assert (package.id, package.raw_status) == ("1158374420199082165", "FULFILLING")
    assert (package.carrier, package.tracking_number) == ("J&T Express", "861234509977")
    assert package.lines == (("579220418836104245", 2), ("579220418836235317", 1))
    assert package.warehouse_id == "7388102946610227010"


def test_units_without_a_package_leave_it_empty() -> None:
    """What the order tells is told for its only package."""
    body = parsed("order_detail")
    for row in body["data"]["orders"][0]["line_items"]:
        for name in ("package_id", "tracking_number", "shipping_provider_name"):
            del row[name]
    (package,) = detailed(body)[0].packages
    assert package.lines == ()
    assert (package.carrier, package.tracking_number) == ("J&T Express", "861234509977")


def test_the_vietnamese_address_fills_province_district_and_ward() -> None:
    """Levels go by their names; stars say that it is masked."""
    recipient = detailed()[0].recipient
    assert recipient is not None
    assert (recipient.province, recipient.district, recipient.ward) == (
        "Thành phố Hồ Chí Minh",
        "Quận Bình Thạnh",
        "Phường 25",
    )
    assert (recipient.region, recipient.masked) == ("VN", True)


def addressed(*levels: tuple[str, str, str]) -> tuple[str, str, str]:
    """Province, district and ward of an address with these levels."""
    rows = [
        {"address_level": level, "address_level_name": name, "address_name": place}
        for level, name, place in levels
    ]
    body = parsed("order_detail")
    body["data"]["orders"][0]["recipient_address"]["district_info"] = rows
    recipient = detailed(body)[0].recipient
    assert recipient is not None
    return recipient.province, recipient.district, recipient.ward


def test_an_address_of_two_levels_has_no_district() -> None:
    """Since the reform a ward may stand where districts stood."""
    assert addressed(("L1", "Province", "A"), ("L2", "Ward", "B")) == ("A", "", "B")


def test_levels_with_other_names_go_by_their_number() -> None:
    """The names of the levels are not confirmed."""
    assert addressed(("L1", "?", "A"), ("L2", "?", "B"), ("L3", "?", "C")) == ("A", "B", "C")


def test_a_blanked_address_is_none() -> None:
    """After its end an order's address is all empty texts."""
    assert detailed()[1].recipient is None


def test_an_order_without_optional_fields_still_maps() -> None:
    """Left out keys are the rule: nothing asked, nothing invented."""
    row = {"id": "1", "status": "UNPAID", "create_time": 1, "update_time": 2}
    (order,) = answer(shop().orders.many(["1"]), ok({"orders": [row]})).result.items
    assert (order.lines, order.packages, order.recipient) == ((), (), None)
    assert (order.totals.items, order.totals.total, order.currency) == (vnd(0), None, "VND")


def test_the_source_keeps_the_body_and_hides_it() -> None:
    """The whole body is at hand under `source`, and its repr shows nothing of it."""
    order = detailed()[0]
    assert order.source.delivery_option_name == "Standard shipping"
    assert repr(order.source) == "<Order>"
    assert "hành chính" not in repr(order)


def test_the_examples_have_no_drift() -> None:
    """Every key of the example bodies is known."""
    assert answer(shop().orders.many(IDS), fixture("order_detail")).result.drift == {}
    page = answer(shop().orders.page(WINDOW, None), fixture("orders_search_page")).result
    assert page.drift == {}


def test_a_new_word_and_a_new_key_are_counted() -> None:
    """They survive and show up as drift."""
    body = parsed("order_detail")
    body["data"]["orders"][0] |= {"status": "TELEPORTED", "new_key": 1}
    assert answer(shop().orders.many(IDS), body).result.drift == {
        "data.orders.status=TELEPORTED": 1,
        "data.orders.new_key": 1,
    }


# Windows and pages


def test_the_search_asks_as_the_example_does() -> None:
    """Half-open bounds in the body, ascending over the same clock."""
    played = answer(shop().orders.page(WINDOW, None), fixture("orders_search_last_page"))
    example = parsed("orders_search_request")
    assert sent(played) == example["body"]
    assert asked(played) == {**example["query"], "page_size": "100"}


def test_fractions_of_a_second_stay_inside_the_window() -> None:
    """A bound between two seconds takes neither second that lies outside."""
    half = timedelta(milliseconds=500)
    query = OrderQuery(created_from=START + half, created_to=START + timedelta(seconds=9) + half)
    played = answer(shop().orders.page(query, None), fixture("orders_search_empty"))
    assert sent(played) == {"create_time_ge": 1794787201, "create_time_lt": 1794787210}
    assert asked(played)["sort_field"] == "create_time"


def test_a_status_may_be_asked_for_without_a_window() -> None:
    """TikTok Shop then reads from the beginning up to now."""
    query = OrderQuery(raw_status="AWAITING_SHIPMENT")
    played = answer(shop().orders.page(query, None), fixture("orders_search_empty"))
    assert sent(played) == {"order_status": "AWAITING_SHIPMENT"}


def test_an_empty_window_asks_nobody() -> None:
    """A window without a whole second in it is an empty page."""
    query = OrderQuery(updated_from=START, updated_to=START)
    assert answer(shop().orders.page(query, None)).requests == ()
    assert answer(shop().orders.stubs(query, None)).result == Page(items=())


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (OrderQuery(updated_from=START, created_from=START), "one clock"),
        (OrderQuery(updated_from=START, updated_to=START - timedelta(1)), "before"),
        (OrderQuery(updated_from=datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001
        (OrderQuery(created_to=datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001
    ],
)
def test_a_query_that_cannot_work_is_refused_before_any_request(
    query: OrderQuery, said: str
) -> None:
    """The error names what is wrong."""
    with pytest.raises(ConfigError, match=said):
        answer(shop().orders.page(query, None))


def test_the_example_pages_chain() -> None:
    """A token with + / = is passed on as it came; an empty one ends the listing."""
    first = answer(shop().orders.page(WINDOW, None), fixture("orders_search_page")).result
    assert first.next == "QMwlHnHq0PZvxIj/kPsh9PG+WN/UWB+fclZUklJiiA=="
    assert (len(first), first.total) == (3, parsed("orders_search_page")["data"]["total_count"])
    played = answer(shop().orders.page(WINDOW, first.next), fixture("orders_search_last_page"))
    assert asked(played)["page_token"] == first.next
    assert (played.result.items, played.result.next) == ((), None)


def test_a_missing_list_is_an_empty_one() -> None:
    """An empty page may leave its key out."""
    page = answer(shop().orders.page(WINDOW, None), fixture("orders_search_empty")).result
    assert (page.items, page.next) == ((), None)


def test_stubs_are_the_same_ids_with_their_update_times() -> None:
    """There is no cheaper listing."""
    whole = answer(shop().orders.page(WINDOW, None), fixture("orders_search_page")).result
    stubs = answer(shop().orders.stubs(WINDOW, None), fixture("orders_search_page")).result
    assert [(stub.id, stub.updated_at) for stub in stubs] == [(o.id, o.updated_at) for o in whole]
    assert stubs.next == whole.next


def test_an_order_that_moved_out_of_the_window_is_kept() -> None:
    """It changed while its page was made, so it is news."""
    body = parsed("orders_search_page")
    body["data"]["orders"][0]["update_time"] = 1799999999
    assert len(answer(shop().orders.page(WINDOW, None), body).result) == 3


def test_rows_repeated_within_a_page_are_folded() -> None:
    """An order listed twice is one order."""
    body = parsed("orders_search_page")
    body["data"]["orders"].append(body["data"]["orders"][0])
    assert len(answer(shop().orders.page(WINDOW, None), body).result) == 3


# By id


def test_orders_are_fetched_fifty_at_a_time() -> None:
    """51 ids take two calls, repeats none; what is not answered is missing."""
    ids = [str(number) for number in range(51)]
    played = answer(shop().orders.many([*ids, "0"]), ok({"orders": []}), ok({}))
    assert [len(asked(played, number)["ids"].split(",")) for number in (0, 1)] == [50, 1]
    assert played.result.missing == tuple(ids)


def test_one_unknown_id_does_not_spoil_its_batch() -> None:
    """A refused batch is halved until only the unknown id is left."""
    refused = parsed("errors")["cases"]["business_order_not_owned"]["body"]
    body = parsed("order_detail")
    first, second = body["data"]["orders"]
    played = answer(
        shop().orders.many([IDS[0], "1", IDS[1]]),
        refused,
        ok({"orders": [first]}),
        refused,
        refused,
        ok({"orders": [second]}),
    )
    assert [order.id for order in played.result] == list(IDS)
    assert played.result.missing == ("1",)


def test_another_refusal_is_no_missing_order() -> None:
    """It is told, once only one id is left to blame."""
    with pytest.raises(Invalid):
        answer(shop().orders.many(["1"]), failed(36009004, "bad"))


def test_an_id_that_cannot_be_one_asks_nobody() -> None:
    """TikTok Shop's ids are numbers."""
    assert answer(shop().orders.many(["A1"])).result.missing == ("A1",)


# Records that cannot be read


def test_one_bad_record_costs_only_itself() -> None:
    """The other orders are read; the bad one is kept whole, with its field but not its value."""
    body = parsed("orders_search_page")
    body["data"]["orders"][0]["create_time"] = "yesterday at Ngan's"
    page = answer(shop().orders.page(WINDOW, None), body).result
    assert len(page) == 2
    (bad,) = page.unreadable
    assert (bad.id, bad.reason) == ("579218744051057392", "create_time: int_parsing")
    assert b"yesterday at Ngan's" in bad.body


def test_an_amount_finer_than_a_dong_is_unreadable() -> None:
    """Half a dong is an error upstream; the reason names the field only."""
    body = parsed("order_detail")
    body["data"]["orders"][0]["payment"]["total_amount"] = "529700.5"
    (bad,) = answer(shop().orders.many(IDS), body).result.unreadable
    assert (bad.id, bad.reason) == (IDS[0], "payment.total_amount: no amount of VND")


def test_other_currencies_have_cents() -> None:
    """An amount of ringgit comes without trailing zeros."""
    body = parsed("order_detail")
    body["data"]["orders"][0]["payment"] |= {"currency": "MYR", "total_amount": "4.9"}
    order = detailed(body)[0]
    assert order.totals.total is not None
    assert (order.totals.total.minor, order.currency) == (490, "MYR")


def test_half_a_json_is_no_page() -> None:
    """A body cut off in the middle is refused as a whole."""
    whole = fixture("orders_search_page")
    with pytest.raises(BadReply):
        answer(shop().orders.page(WINDOW, None), whole[: len(whole) // 2])


def test_a_success_without_data_is_no_empty_page() -> None:
    """Nothing is taken for nothing."""
    with pytest.raises(BadReply):
        answer(shop().orders.page(WINDOW, None), ok(None))
