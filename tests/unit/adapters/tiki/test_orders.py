"""Reading Tiki's orders: mapping, windows, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.tiki.words import ORDER_STATUS
from entrosdk.domain.order import Order, OrderQuery, OrderStatus
from entrosdk.errors import BadReply, ConfigError, Unavailable
from entrosdk.spi.page import Stub
from tests.unit.adapters.tiki.desk import answer, asked, fixture, page, parsed, reply, shop, vnd

QUEUEING = "order_detail_queueing_cod"
CANCELED = "order_detail_canceled"
COMPLETE = "order_detail_complete_seller_delivery"

START = datetime(2026, 11, 17, tzinfo=UTC)
WINDOW = OrderQuery(updated_from=START, updated_to=START + timedelta(days=2))


def order(name: str = QUEUEING, **changes: Any) -> Order:
    """An example order, with changes at its top."""
    body = {**parsed(name), **changes}
    played = answer(shop().orders.many([str(body["code"])]), page(body))
    assert played.result.unreadable == ()
    return played.result.items[0]


def row(code: str, updated_at: str = "2026-11-18 09:19:03") -> Any:
    """A row of a listing."""
    return {**parsed(QUEUEING), "code": code, "updated_at": updated_at}


# Mapping


def test_the_example_order_maps_to_its_figures() -> None:
    """Prices are for a unit, discounts for a line, and the sums are Tiki's own."""
    found = order()
    assert [(line.quantity, line.unit_price, line.seller_discount) for line in found.lines] == [
        (1, vnd(285000), vnd(25000)),
        (2, vnd(145000), vnd(0)),
    ]
    assert [line.platform_discount for line in found.lines] == [vnd(0), vnd(25000)]
    assert found.totals.items == vnd(575000)
    assert found.totals.shipping == vnd(16000)
    assert found.totals.seller_discount == vnd(25000)
    assert found.totals.platform_discount == vnd(25000)
    assert found.totals.total == vnd(541000)


@pytest.mark.parametrize("name", [QUEUEING, COMPLETE])
def test_the_sums_of_an_order_agree(name: str) -> None:
    """Goods less discounts plus shipping is what the buyer pays (section 3.3.2)."""
    totals = order(name).totals
    assert totals.shipping is not None
    assert totals.seller_discount is not None
    assert totals.platform_discount is not None
    paid = totals.items - totals.seller_discount - totals.platform_discount + totals.shipping
    assert totals.total == paid


def test_the_code_is_the_key_and_lines_keep_their_ids() -> None:
    """The inner id is used nowhere; lines go by the ids that confirmations want."""
    found = order()
    assert (found.id, found.number) == ("518204736", "518204736")
    assert [line.id for line in found.lines] == ["318220411", "318220412"]
    assert [line.product_id for line in found.lines] == ["271990115", "271990388"]
    assert [line.sku for line in found.lines] == ["GNM-AT-450-LAM", "GNM-CT-4-HB"]
    assert found.lines[0].warehouse_id == "402115"


def test_a_line_without_the_sellers_own_code_has_no_sku() -> None:
    """Tiki's own thirteen digits are not the seller's code (quirk 4)."""
    assert [line.sku for line in order(CANCELED).lines] == ["GNM-AT-450-LAM", ""]


def test_times_are_vietnams() -> None:
    """Texts without a zone are seven hours ahead of UTC (quirk 8)."""
    found = order()
    assert found.created_at == datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 18, 2, 19, 3, tzinfo=UTC)
    assert found.ship_by == datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-18 09:14:27", datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)),
        ("2026-11-18T02:14:27Z", datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)),
        ("2026-11-18", datetime(2026, 11, 17, 17, tzinfo=UTC)),
        ("1794968067", datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)),
        (1794968067000, datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)),
    ],
)
def test_other_forms_of_time_are_read_too(told: Any, expected: datetime) -> None:
    """Zoned texts, dates and epochs were seen in places (section 3.2)."""
    assert order(created_at=told).created_at == expected


@pytest.mark.parametrize("told", ["", None, 0, "soon", "0001-01-01 00:00:00", True, [], 10**20])
def test_an_order_without_a_time_is_put_aside(told: Any) -> None:
    """What must be told and is not makes the record unreadable; the reason names the field."""
    body = {**parsed(QUEUEING), "created_at": told}
    result = answer(shop().orders.many(["518204736"]), page(body)).result
    assert result.items == ()
    assert [bad.id for bad in result.unreadable] == ["518204736"]
    assert "created_at" in result.unreadable[0].reason


def test_paid_is_told_by_the_way_of_paying() -> None:
    """Cash is paid at the door, other ways when Tiki began to process the order."""
    assert order().paid_at is None
    assert order(COMPLETE).paid_at == datetime(2026, 11, 9, 7, 56, 31, tzinfo=UTC)
    delivery = {"delivery_confirmed_at": "2026-11-20 10:00:00"}
    assert order(delivery=delivery).paid_at == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert order(COMPLETE, status="waiting_payment").paid_at is None
    bare = order(COMPLETE, status_histories=None)
    assert bare.paid_at == datetime(2026, 11, 9, 7, 55, 10, tzinfo=UTC)


def test_cash_on_delivery_is_told_by_the_method() -> None:
    """The payment's own status says success even for what is not paid (section 5)."""
    assert (order().cod, order().payment_method) == (True, "cod")
    assert (order(COMPLETE).cod, order(COMPLETE).payment_method) == (False, "momo")


@pytest.mark.parametrize(("word", "status"), ORDER_STATUS.items())
def test_every_status_word_is_mapped_and_kept(word: str, status: OrderStatus) -> None:
    """All words of section 3.4 have a meaning; the raw word stays."""
    found = order(status=word)
    assert (found.status, found.raw_status) == (status, word)


def test_an_unknown_status_word_is_unknown_and_counts_as_drift() -> None:
    """Nothing is guessed, and the word is kept."""
    body = {**parsed(QUEUEING), "status": "teleported"}
    result = answer(shop().orders.many(["518204736"]), page(body)).result
    assert (result.items[0].status, result.items[0].raw_status) == (
        OrderStatus.UNKNOWN,
        "teleported",
    )
    assert result.drift == {"data.status=teleported": 1}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("waiting", "waiting"), OrderStatus.TO_SHIP),
        (("seller_confirmed", "waiting"), OrderStatus.TO_SHIP),
        (("seller_confirmed", "ready_to_pick"), OrderStatus.PACKED),
        (("seller_confirmed", "seller_canceled"), OrderStatus.PACKED),
        (("seller_confirmed", "strange"), OrderStatus.TO_SHIP),
    ],
)
def test_a_queueing_order_is_told_by_its_lines(words: tuple[str, str], status: OrderStatus) -> None:
    """The status may stay after the seller confirmed: the lines decide (#294)."""
    items = parsed(QUEUEING)["items"]
    for item, word in zip(items, words, strict=True):
        item["confirmation"]["status"] = word
    found = order(items=items)
    assert found.status == status
    assert tuple(line.raw_status for line in found.lines) == words


def test_the_recipient_keeps_tikis_own_texts() -> None:
    """Region, district and ward are province, district and ward; hidden contacts are empty."""
    place = order().recipient
    assert place is not None
    assert (place.province, place.district, place.ward) == (
        "Hồ Chí Minh",
        "Quận Gò Vấp",
        "Phường 11",
    )
    assert (place.phone, place.region, place.masked) == ("", "VN", False)
    shown = order(COMPLETE).recipient
    assert shown is not None
    assert shown.phone == "0900000903"
    assert "Hoàng Yến" not in repr(order(COMPLETE))
    assert "0900000903" not in repr(order(COMPLETE))


def test_a_cancelled_order_tells_why() -> None:
    """The text of the reason, else its code; who cancelled is not told."""
    found = order(CANCELED)
    assert (found.status, found.cancel_reason) == (OrderStatus.CANCELLED, "Không còn nhu cầu")
    assert order(CANCELED, cancel_info={"reason_code": 201}).cancel_reason == "201"
    assert order(CANCELED, cancel_info=[]).cancel_reason is None
    assert found.cancelled_by is None


def test_an_order_has_one_parcel_once_a_carrier_has_it() -> None:
    """Tiki splits orders, not parcels: the parcel holds all lines."""
    assert order().packages == ()
    shipping = {**parsed(QUEUEING)["shipping"], "partner_name": "TikiNOW", "tracking_code": "TN1"}
    (parcel,) = order(shipping=shipping).packages
    assert (parcel.id, parcel.carrier, parcel.tracking_number) == ("TN1", "TikiNOW", "TN1")
    assert parcel.lines == (("318220411", 1), ("318220412", 2))
    assert parcel.warehouse_id == "402115"


def test_a_parcel_may_be_told_in_the_detail_only() -> None:
    """What the carrier says counts where the order itself is silent."""
    detail = {"tracking_id": "TK9", "partner_code": "GHN", "status": "picked"}
    (parcel,) = order(shipping={"shipping_detail": detail}).packages
    assert (parcel.id, parcel.carrier, parcel.raw_status) == ("TK9", "GHN", "picked")
    (nameless,) = order(shipping={"status": "picked"}).packages
    assert (nameless.id, nameless.tracking_number) == ("518204736", "")


def test_the_sellers_discount_falls_back_to_the_flag() -> None:
    """Without the income's split, the flag says whose coupon it was (#310)."""
    items = parsed(QUEUEING)["items"]
    for item in items:
        item["seller_income_detail"] = None
    lines = order(items=items).lines
    assert [line.seller_discount for line in lines] == [vnd(25000), vnd(0)]


def test_types_that_drift_are_read() -> None:
    """Numbers as text, null for lists, decimals for dong (quirk 10)."""
    items = parsed(QUEUEING)["items"][:1]
    items[0] |= {"price": "285000.00", "qty": "1", "invoice": None, "confirmation": ""}
    found = order(items=items, code=518204736, invoice=None, shipping=None, customer=None)
    assert (found.id, found.lines[0].unit_price) == ("518204736", vnd(285000))
    assert found.totals.items == vnd(285000)
    assert (found.totals.total, found.recipient, found.buyer_id) == (None, None, "")


def test_half_a_dong_is_put_aside() -> None:
    """An amount finer than the currency is an error upstream, not something to round away."""
    items = parsed(QUEUEING)["items"]
    items[0]["price"] = 285000.5
    body = {**parsed(QUEUEING), "items": items}
    result = answer(shop().orders.many(["518204736"]), page(body)).result
    assert [bad.reason for bad in result.unreadable] == ["price: no amount of VND"]


@pytest.mark.parametrize("name", [QUEUEING, CANCELED, COMPLETE])
def test_the_example_orders_hold_nothing_unknown(name: str) -> None:
    """Every key and word of the examples is modelled or known."""
    body = parsed(name)
    assert answer(shop().orders.many([str(body["code"])]), page(body)).result.drift == {}


# Listing


def test_a_window_is_asked_with_open_bounds_in_local_time() -> None:
    """Strictly greater and less: the second before the first is sent, and the end itself."""
    query = asked(answer(shop().orders.page(WINDOW, None), page()))
    assert query == {
        "page": "1",
        "limit": "50",
        "updated_from_date": "2026-11-17 06:59:59",
        "updated_to_date": "2026-11-19 07:00:00",
        "order_by": "updated_at|asc",
        "include": "status_histories,item.fees",
    }


def test_bounds_between_seconds_lose_nothing() -> None:
    """A window of fractions asks for the whole seconds in it."""
    start = START + timedelta(milliseconds=500)
    window = OrderQuery(updated_from=start, updated_to=START + timedelta(seconds=2.5))
    query = asked(answer(shop().orders.page(window, None), page()))
    assert (query["updated_from_date"], query["updated_to_date"]) == (
        "2026-11-17 07:00:00",
        "2026-11-17 07:00:03",
    )


def test_a_creation_window_and_a_status_travel_too() -> None:
    """The clock of the query chooses the parameters and the order of rows."""
    window = OrderQuery(
        created_from=START, created_to=START + timedelta(days=1), raw_status="nin|processing"
    )
    query = asked(answer(shop().orders.page(window, None), page()))
    assert query["created_from_date"] == "2026-11-17 06:59:59"
    assert (query["order_by"], query["status"]) == ("created_at|asc", "nin|processing")


def test_the_example_page_is_read_whole() -> None:
    """Both rows map, the rest of the listing is another page."""
    found = answer(shop().orders.page(WINDOW, "1"), fixture("orders_page")).result
    assert [one.id for one in found.items] == ["518204736", "603915482"]
    assert (found.total, found.next, found.drift) == (3, None, {})


def test_an_empty_listing_ends_at_once() -> None:
    """last_page is 0 then."""
    found = answer(shop().orders.page(WINDOW, None), fixture("orders_page_empty")).result
    assert (found.items, found.next, found.total) == ((), None, 0)


def test_pages_are_read_from_the_last_to_the_first() -> None:
    """Rows that leave the window while it is read make others repeat, never skip."""
    first = answer(
        shop().orders.page(WINDOW, None),
        page(row("1"), last_page=3),
        page(row("3"), last_page=3, current=3),
    )
    assert [one.id for one in first.result.items] == ["3"]
    assert (asked(first, 1)["page"], first.result.next) == ("3", "2")
    second = answer(shop().orders.page(WINDOW, "2"), page(row("2"), last_page=3, current=2))
    assert (asked(second)["page"], second.result.next) == ("2", "1")
    last = answer(shop().orders.page(WINDOW, "1"), page(row("1"), last_page=3))
    assert last.result.next is None


def test_a_short_page_is_no_end() -> None:
    """Only page numbers count: pages came short in production (section 2.1)."""
    found = answer(shop().orders.page(WINDOW, "2"), page(last_page=3, current=2)).result
    assert (found.items, found.next) == ((), "1")


def test_another_page_than_the_asked_one_is_refused() -> None:
    """It would hide the rows of that one; past the end, where nothing is left, it hides none."""
    with pytest.raises(BadReply, match="page 1 of the listing came for page 2"):
        answer(shop().orders.page(WINDOW, "2"), page(row("1"), last_page=3, current=1))
    moved = answer(shop().orders.page(WINDOW, "3"), page(row("1"), last_page=2, current=2)).result
    assert ([one.id for one in moved.items], moved.next) == (["1"], "2")


def test_rows_outside_the_window_are_left_out() -> None:
    """A server that includes its bounds tells the neighbours' rows once more."""
    rows = [row("1", "2026-11-17 06:59:59"), row("2"), row("3", "2026-11-19 07:00:00")]
    found = answer(shop().orders.page(WINDOW, None), page(*rows)).result
    assert [one.id for one in found.items] == ["2"]
    stubs = answer(shop().orders.stubs(WINDOW, None), page(*rows)).result
    assert [one.id for one in stubs.items] == ["2"]


def test_stubs_are_the_same_pages_without_what_is_heavy() -> None:
    """Codes and update times come from the list as it is."""
    played = answer(shop().orders.stubs(WINDOW, None), page(row("1")))
    assert played.result.items == (
        Stub(id="1", updated_at=datetime(2026, 11, 18, 2, 19, 3, tzinfo=UTC)),
    )
    assert "include" not in asked(played)


def test_a_window_without_length_asks_nobody() -> None:
    """Nothing can be in it."""
    empty = OrderQuery(updated_from=START, updated_to=START)
    assert answer(shop().orders.page(empty, None)).result.items == ()
    assert answer(shop().orders.stubs(empty, None)).result.items == ()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (OrderQuery(), "updated_from"),
        (OrderQuery(updated_from=START), "updated_to"),
        (OrderQuery(updated_from=START, updated_to=START - timedelta(1)), "before"),
        (OrderQuery(updated_from=START.replace(tzinfo=None), updated_to=START), "time zone"),
        (OrderQuery(created_from=START, updated_from=START), "one clock"),
    ],
)
def test_a_window_that_cannot_work_is_our_mistake(query: OrderQuery, names: str) -> None:
    """The message names what is wrong, before any request."""
    with pytest.raises(ConfigError, match=names):
        answer(shop().orders.page(query, None))


@pytest.mark.parametrize("cursor", ["0", "x", "-1", ""])
def test_a_strange_position_is_our_mistake(cursor: str) -> None:
    """Only page numbers are positions."""
    with pytest.raises(ConfigError, match="position"):
        answer(shop().orders.page(WINDOW, cursor))


def test_one_bad_row_costs_only_itself() -> None:
    """It is kept with its body; the others are read."""
    bad = {**row("2"), "items": [{"id": 1}]}
    found = answer(shop().orders.page(WINDOW, None), page(row("1"), bad, row("3"))).result
    assert [one.id for one in found.items] == ["1", "3"]
    assert [one.id for one in found.unreadable] == ["2"]
    assert b'"items"' in found.unreadable[0].body
    assert "items.0.product" in found.unreadable[0].reason


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": 7}', b'"x"'])
def test_another_shape_around_the_rows_is_a_bad_reply(body: bytes) -> None:
    """An envelope that lost its rows must not look like an empty page."""
    with pytest.raises(BadReply):
        answer(shop().orders.page(WINDOW, None), body)


# By code


def test_codes_are_asked_for_in_batches() -> None:
    """Fifty at once, by the list's own filter."""
    codes = [str(number) for number in range(60)]
    rows = [row(code) for code in codes]
    played = answer(shop().orders.many(codes), page(*rows[:50]), page(*rows[50:]))
    assert [one.id for one in played.result.items] == codes
    assert asked(played, 1)["code"] == ",".join(codes[50:])
    assert played.result.missing == ()


def test_a_code_the_list_lacks_is_asked_for_alone() -> None:
    """A split order may be missing from lists and still be there (quirk 12)."""
    played = answer(shop().orders.many(["1", "2"]), page(row("1")), row("2"))
    assert [one.id for one in played.result.items] == ["1", "2"]
    assert played.requests[1].path == "/integration/v2/orders/2"
    assert played.requests[1].label == "GET /integration/v2/orders/:code"


def test_an_unknown_code_is_missing() -> None:
    """404 is Tiki's answer for unknown and foreign codes (section 3.6)."""
    played = answer(
        shop().orders.many(["1", "9", "no code"]),
        page(row("1")),
        reply({"errors": ["order not found"]}, 404),
    )
    assert [one.id for one in played.result.items] == ["1"]
    assert played.result.missing == ("no code", "9")


def test_trouble_is_not_absence() -> None:
    """Only a 404 of Tiki's own says that an order does not exist."""
    with pytest.raises(Unavailable):
        answer(shop().orders.many(["1"]), page(), reply({"errors": ["again later"]}, 500))


def test_a_single_order_that_does_not_fit_is_unreadable() -> None:
    """The bare object of the detail route is put aside like a row of a list."""
    played = answer(shop().orders.many(["2"]), page(), {"code": "2"})
    assert [bad.id for bad in played.result.unreadable] == ["2"]
