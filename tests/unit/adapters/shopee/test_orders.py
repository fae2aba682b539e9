"""Reading Shopee's orders: mapping, windows, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.domain.money import Money
from entrosdk.domain.order import Order, OrderQuery, OrderStatus
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.page import Page
from tests.unit.adapters.shopee.desk import answer, asked, failed, fixture, ok, parsed, shop

START = datetime(2026, 11, 10, tzinfo=UTC)
WINDOW = OrderQuery(updated_from=START, updated_to=START + timedelta(days=1))


def vnd(amount: int) -> Money:
    """Dong."""
    return Money(amount, "VND")


def detailed(name: str = "order_detail") -> tuple[Order, ...]:
    """The orders of an example body."""
    return answer(
        shop().orders.many(["261118K7M2QXPA", "261119R4D8WJTN"]), fixture(name)
    ).result.items


def read(listed: Any, *details: Any, query: OrderQuery = WINDOW) -> Page[Order]:
    """One page of orders."""
    return answer(shop().orders.page(query, None), listed, *details).result


def listing(*names: str, more: bool = False, cursor: str = "") -> bytes:
    """A reply of get_order_list."""
    rows = [{"order_sn": name} for name in names]
    return ok({"more": more, "next_cursor": cursor, "order_list": rows})


# Mapping


def test_the_example_order_maps_to_its_figures() -> None:
    """Lines, discounts and the total of the worked example come out to the dong."""
    order = detailed()[0]
    assert order.totals.total == vnd(408500)
    assert order.totals.items == vnd(447000)
    assert [(line.quantity, line.unit_price, line.seller_discount) for line in order.lines] == [
        (2, vnd(129000), vnd(60000)),
        (1, vnd(189000), vnd(0)),
    ]


def test_times_and_states_of_the_example_order() -> None:
    """Epoch seconds become aware instants; a zero is no instant."""
    completed, cancelled = detailed()
    assert completed.created_at == datetime.fromtimestamp(1794967965, UTC)
    assert completed.paid_at == datetime.fromtimestamp(1795167690, UTC)
    assert (completed.status, cancelled.status) == (OrderStatus.COMPLETED, OrderStatus.CANCELLED)
    assert cancelled.ship_by is None
    assert (cancelled.cancel_reason, cancelled.cancelled_by) == ("Buyer Request to Cancel", "buyer")


def test_a_line_is_keyed_by_what_its_packages_know() -> None:
    """Packages name the same line ids as the order, with quantities."""
    order = detailed()[0]
    assert [line.id for line in order.lines] == [
        "24810553377:199400112233:24810553377:0",
        "25100998812:0:25100998812:0",
    ]
    assert order.packages[0].lines == ((order.lines[0].id, 2), (order.lines[1].id, 1))
    assert order.packages[0].warehouse_id == "VN0009QKZ"


def test_two_lines_with_one_key_stay_two() -> None:
    """The same variant bought under two promotions is two lines, both found in the package."""
    body = parsed("order_detail")
    row = body["response"]["order_list"][0]
    row["item_list"] = [row["item_list"][0], {**row["item_list"][0], "model_quantity_purchased": 1}]
    row["package_list"][0]["item_list"][0]["model_quantity"] = 3
    del row["package_list"][0]["item_list"][1]
    order = answer(shop().orders.many(["261118K7M2QXPA"]), body).result.items[0]
    assert order.lines[1].id == f"{order.lines[0].id}#2"
    assert order.packages[0].lines == ((order.lines[0].id, 2), (order.lines[1].id, 1))


def test_a_line_without_variation_has_no_variant_id() -> None:
    """model_id 0 means no variation, and the item's own code is the sku."""
    line = detailed()[0].lines[1]
    assert (line.product_id, line.variant_id, line.sku) == ("25100998812", "", "BGN-500")


def test_the_vietnamese_address_fills_province_district_and_ward() -> None:
    """state, city, district are province, district, ward; stars say that it is masked."""
    recipient = detailed()[0].recipient
    assert recipient is not None
    assert (recipient.province, recipient.district, recipient.ward) == (
        "TP. Hồ Chí Minh",
        "Quận 1",
        "Phường Tân Định",
    )
    assert recipient.masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("order_detail_ready_to_ship_fully_masked", True),
        ("order_detail_ready_to_ship_unmasked", False),
    ],
)
def test_masking_is_told_by_stars(name: str, masked: bool) -> None:
    """Full stars are masked, clear texts are not."""
    recipient = detailed(name)[0].recipient
    assert recipient is not None
    assert recipient.masked == masked


def test_an_order_without_optional_fields_still_maps() -> None:
    """Nothing asked, nothing invented: no lines, no recipient, no total."""
    order = detailed("order_detail_default_fields_only")[0]
    assert (order.lines, order.recipient, order.totals.total) == ((), None, None)


def test_an_unpaid_total_of_zero_is_unknown() -> None:
    """Before payment a total of 0 says nothing; afterwards it is a total."""
    body = parsed("order_detail")
    first, second = body["response"]["order_list"]
    first |= {"order_status": "UNPAID", "total_amount": 0}
    second |= {"order_status": "COMPLETED", "total_amount": 0}
    unpaid, free = answer(shop().orders.many(["1", "2"]), body).result.items
    assert (unpaid.totals.total, free.totals.total) == (None, vnd(0))


def test_the_source_keeps_the_body_and_hides_it() -> None:
    """The whole body is at hand under `source`, and its repr shows nothing of it."""
    order = detailed()[0]
    assert order.source.checkout_shipping_carrier == "Nhanh"
    assert repr(order.source) == "<Order>"
    assert "ngan" not in repr(order)


def test_an_unknown_status_survives_and_is_counted() -> None:
    """A new word becomes UNKNOWN, is kept raw, and shows up as drift beside a new key."""
    body = parsed("order_detail")
    body["response"]["order_list"][0] |= {"order_status": "TELEPORTED", "new_key": 1}
    batch = answer(shop().orders.many(["261118K7M2QXPA", "261119R4D8WJTN"]), body).result
    assert (batch.items[0].status, batch.items[0].raw_status) == (OrderStatus.UNKNOWN, "TELEPORTED")
    assert batch.drift == {
        "response.order_list.order_status=TELEPORTED": 1,
        "response.order_list.new_key": 1,
    }


def test_the_examples_have_no_drift() -> None:
    """Every key of the example bodies is known."""
    batch = answer(shop().orders.many(["1", "2"]), fixture("order_detail")).result
    assert batch.drift == {}


# Windows and pages


def test_a_half_open_window_is_sent_with_inclusive_bounds() -> None:
    """Shopee's end is inclusive, so the last whole second before ours is sent."""
    played = answer(shop().orders.page(WINDOW, None), listing())
    sent = asked(played)
    assert (sent["time_from"], sent["time_to"]) == ("1794268800", str(1794268800 + 86400 - 1))
    assert sent["time_range_field"] == "update_time"


def test_fractions_of_a_second_stay_inside_the_window() -> None:
    """A bound between two seconds takes neither second that lies outside."""
    half = timedelta(milliseconds=500)
    query = OrderQuery(created_from=START + half, created_to=START + timedelta(seconds=9) + half)
    sent = asked(answer(shop().orders.page(query, None), listing()))
    assert (int(sent["time_from"]) - 1794268800, int(sent["time_to"]) - 1794268800) == (1, 9)
    assert sent["time_range_field"] == "create_time"


def test_a_window_of_one_second_is_asked_with_its_neighbour_and_read_alone() -> None:
    """Bounds must differ, so the second before is asked too and its orders are left out."""
    body = parsed("order_detail")
    moment = datetime.fromtimestamp(1795266005, UTC)
    body["response"]["order_list"][1]["update_time"] = 1795266004
    query = OrderQuery(updated_from=moment, updated_to=moment + timedelta(seconds=1))
    names = ("261118K7M2QXPA", "261119R4D8WJTN")
    played = answer(shop().orders.page(query, None), listing(*names), body)
    assert (asked(played)["time_from"], asked(played)["time_to"]) == ("1795266004", "1795266005")
    assert [order.id for order in played.result] == ["261118K7M2QXPA"]
    stubs = answer(shop().orders.stubs(query, None), listing(*names), body).result
    assert [stub.id for stub in stubs] == ["261118K7M2QXPA"]


def test_an_empty_window_asks_nobody() -> None:
    """A window without a whole second in it is an empty page."""
    query = OrderQuery(updated_from=START, updated_to=START)
    assert answer(shop().orders.page(query, None)).requests == ()
    assert answer(shop().orders.stubs(query, None)).result == Page(items=())


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (OrderQuery(), "updated_from"),
        (OrderQuery(updated_from=START), "updated_to"),
        (OrderQuery(created_to=START), "created_from"),
        (OrderQuery(updated_from=START, created_from=START), "one clock"),
        (OrderQuery(updated_from=START, updated_to=START - timedelta(1)), "before"),
        (OrderQuery(updated_from=START, updated_to=START + timedelta(15)), "too long"),
        (OrderQuery(updated_from=datetime(2026, 1, 1), updated_to=START), "time zone"),  # noqa: DTZ001
    ],
)
def test_a_query_that_cannot_work_is_refused_before_any_request(
    query: OrderQuery, said: str
) -> None:
    """The error names the bound that is missing or wrong."""
    with pytest.raises(ConfigError, match=said):
        answer(shop().orders.page(query, None))


def test_the_longest_window_is_accepted() -> None:
    """15 days less one second is what the manifest declares, and passes."""
    span = shop().manifest.stream("orders").span
    assert span is not None
    query = OrderQuery(updated_from=START, updated_to=START + span)
    sent = asked(answer(shop().orders.page(query, None), listing()))
    assert int(sent["time_to"]) - int(sent["time_from"]) < 15 * 86400 - 1


def test_pages_go_on_while_more_says_so() -> None:
    """The cursor is Shopee's own; a short or empty page is no end."""
    page = read(listing(more=True, cursor="3"))
    assert (page.items, page.next) == ((), "3")
    sent = asked(answer(shop().orders.page(WINDOW, "3"), listing()))
    assert sent["cursor"] == "3"


def test_the_example_pages_chain() -> None:
    """Two example pages list four orders, and the second ends the listing."""
    first = answer(shop().orders.stubs(WINDOW, None), fixture("order_list_page1")).result
    last = answer(shop().orders.stubs(WINDOW, first.next), fixture("order_list_page2_last")).result
    assert (len(first), len(last), last.next) == (3, 1, None)


def test_a_list_that_tells_nothing_but_ids_is_enough() -> None:
    """The smallest example page: two ids, and an end."""
    page = answer(shop().orders.stubs(WINDOW, None), fixture("order_list_minimal")).result
    assert [stub.id for stub in page.items] == ["261118K7M2QXPA", "261119R4D8WJTN"]
    assert (page.next, page.unreadable, page.drift) == (None, (), {})


def test_more_without_a_cursor_is_no_promise_kept() -> None:
    """A listing that goes on without saying where is refused, not cut short."""
    with pytest.raises(BadReply):
        read(listing(more=True))


def test_details_are_fetched_fifty_at_a_time() -> None:
    """51 ids take two detail calls, repeats none."""
    ids = [f"S{number}" for number in range(51)]
    played = answer(
        shop().orders.many([*ids, "S0"]), failed("error_not_found"), failed("error_not_found")
    )
    assert [len(asked(played, number)["order_sn_list"].split(",")) for number in (0, 1)] == [50, 1]
    assert played.result.missing == tuple(ids)


def test_rows_repeated_within_a_page_are_folded() -> None:
    """An order listed twice is one order."""
    page = read(listing("261118K7M2QXPA", "261118K7M2QXPA"), fixture("order_detail"))
    assert [order.id for order in page] == ["261118K7M2QXPA", "261119R4D8WJTN"]


# Records that cannot be read


def test_one_bad_record_costs_only_itself() -> None:
    """The other orders are read; the bad one is kept whole, with its field but not its value."""
    body = parsed("order_detail")
    body["response"]["order_list"][0]["create_time"] = "yesterday at Ngan's"
    page = read(listing("261118K7M2QXPA", "261119R4D8WJTN"), body)
    assert [order.id for order in page] == ["261119R4D8WJTN"]
    (bad,) = page.unreadable
    assert (bad.id, bad.reason) == ("261118K7M2QXPA", "create_time: int_parsing")
    assert b"yesterday at Ngan's" in bad.body


def test_an_amount_finer_than_a_dong_is_unreadable() -> None:
    """Half a dong is an error upstream; the reason names the field only."""
    body = parsed("order_detail")
    body["response"]["order_list"][0]["total_amount"] = 408500.5
    (bad,) = answer(shop().orders.many(["1"]), body).result.unreadable
    assert (bad.id, bad.reason) == ("261118K7M2QXPA", "total_amount: no amount of VND")
    assert b"408500.5" in bad.body


def test_an_order_listed_and_not_answered_is_asked_for_once_more() -> None:
    """The second, lonely call brings it after all."""
    empty = ok({"order_list": []})
    page = read(listing("261118K7M2QXPA"), empty, fixture("order_detail_default_fields_only"))
    assert [order.id for order in page] == ["261118K7M2QXPA"]


def test_an_order_that_stays_away_is_unreadable() -> None:
    """Listed and never answered: it is reported, not dropped."""
    page = read(listing("261118K7M2QXPA"), failed("error_not_found"), failed("error_not_found"))
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [
        ("261118K7M2QXPA", "listed, but the detail call did not return it")
    ]


def test_a_list_row_without_an_id_is_unreadable_under_a_stable_name() -> None:
    """Even a nameless row is kept, under a name that is the same each time."""
    body = ok({"more": False, "next_cursor": "", "order_list": [{"order_sn": None, "x": 1}]})
    first, second = (read(body).unreadable[0] for _ in range(2))
    assert first.id == second.id
    assert first.id.startswith("?")


def test_half_a_json_is_no_page() -> None:
    """A body cut off in the middle is refused as a whole."""
    whole = fixture("order_detail")
    with pytest.raises(BadReply):
        read(listing("261118K7M2QXPA"), whole[: len(whole) // 2])
