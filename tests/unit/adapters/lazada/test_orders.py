"""Reading Lazada's orders: units folded to lines, windows, pages, records that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.lazada.mapping import state
from entrosdk.adapters.lazada.words import ROW_STATUS
from entrosdk.domain.order import Order, OrderQuery, OrderStatus
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.page import Page
from tests.unit.adapters.lazada.desk import (
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    paths,
    shop,
    vnd,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = OrderQuery(updated_from=START, updated_to=START + timedelta(days=4))
FIRST = "478120036614582"


def listing(*rows: dict[str, Any], total: int | None = None) -> bytes:
    """A reply of /orders/get."""
    return ok({"countTotal": len(rows) if total is None else total, "orders": list(rows)})


def header(name: int | str = FIRST, at: str = "2026-03-04 09:12:45 +0700", **parts: Any) -> Any:
    """A header as the example has it, with parts changed."""
    row = parsed("order_get")["data"]
    return {**row, "order_id": name, "order_number": name, "updated_at": at, **parts}


def units(*rows: dict[str, Any], name: int | str = FIRST) -> bytes:
    """A reply of /orders/items/get for one order."""
    return ok([{"order_id": name, "order_number": name, "order_items": list(rows)}])


def unit(**parts: Any) -> dict[str, Any]:
    """A unit as the example has it, with parts changed."""
    return {**parsed("order_items_get")["data"][0], **parts}


def many_units(names: list[int]) -> bytes:
    """A reply of /orders/items/get in which each order has one unit."""
    rows = [
        {"order_id": n, "order_number": n, "order_items": [unit(order_item_id=n)]} for n in names
    ]
    return ok(rows)


def read(listed: Any, *details: Any, query: OrderQuery = WINDOW) -> Page[Order]:
    """One page of orders."""
    return answer(shop().orders.page(query, None), listed, *details).result


def one(*rows: dict[str, Any], **parts: Any) -> Order:
    """The one order of a page."""
    (order,) = read(listing(header(**parts)), units(*rows)).items
    return order


def examples() -> dict[str, Order]:
    """The example orders whose units are among the examples."""
    body = parsed("orders_get")
    body["data"]["orders"] = body["data"]["orders"][:3]
    return {order.id: order for order in read(body, fixture("orders_items_get")).items}


# Mapping


def test_equal_units_become_one_line() -> None:
    """Two tees and a bottle are two lines; no unit's id is lost, discounts are the line's."""
    order = examples()[FIRST]
    assert [(line.id, line.unit_ids, line.quantity) for line in order.lines] == [
        ("478120036714582", ("478120036714582", "478120036814582"), 2),
        ("478120036914582", ("478120036914582",), 1),
    ]
    tee = order.lines[0]
    assert (tee.list_price, tee.unit_price) == (vnd(189000), vnd(174000))
    assert (tee.seller_discount, tee.platform_discount) == (vnd(12000), vnd(18000))
    assert (tee.product_id, tee.variant_id, tee.sku) == (
        "3120045517",
        "13400218811",
        "SV-AO-DEN-M",
    )


def test_the_example_order_maps_to_its_figures() -> None:
    """The buyer pays 623000 less 50000 and 12000 for the way: 585000."""
    totals = examples()[FIRST].totals
    assert totals.total == vnd(585000)
    assert totals.items == vnd(573000)
    assert totals.shipping == vnd(12000)
    assert (totals.seller_discount, totals.platform_discount) == (vnd(20000), vnd(30000))


def test_the_worked_real_order_comes_out() -> None:
    """92000 less a voucher of 4600 and 17700 for the way are 105100."""
    order = one(unit(), price="92000.00", voucher="4,600.00", shipping_fee=17700)
    assert order.totals.total == vnd(105100)


def test_a_price_that_is_not_told_leaves_the_total_open() -> None:
    """Nothing is made up."""
    assert one(unit(), price="").totals.total is None


def test_times_are_utc_whatever_their_style() -> None:
    """With offset, naive in local time, ISO, epoch: one instant."""
    expected = datetime(2026, 3, 4, 2, 12, 45, tzinfo=UTC)
    for text in (
        "2026-03-04 09:12:45 +0700",
        "2026-03-04 09:12:45",
        "2026-03-04T09:12:45+07:00",
        "2026-03-04T10:12:45+08:00",
        "1772590365000",
        1772590365,
    ):
        assert one(unit(), at=text).updated_at == expected


@pytest.mark.parametrize("name", ["orders_get_naive_timestamps", "orders_get_all_strings"])
def test_the_variants_of_the_list_read_alike(name: str) -> None:
    """Naive times and all values as text make the same order."""
    items = parsed("orders_items_get")
    items["data"] = items["data"][:1]
    (order,) = read(fixture(name), items).items
    expected = examples()[FIRST]
    assert (order.created_at, order.updated_at) == (expected.created_at, expected.updated_at)
    assert (order.totals, order.lines) == (expected.totals, expected.lines)


def test_naive_times_are_the_countrys_own() -> None:
    """In Singapore the same text is an hour earlier."""
    body, items = listing(header(at="2026-03-04 09:12:45")), units(unit(currency="SGD"))
    (order,) = answer(shop("SG").orders.page(WINDOW, None), body, items).result.items
    assert order.updated_at == datetime(2026, 3, 4, 1, 12, 45, tzinfo=UTC)
    assert order.currency == "SGD"


def test_payment_and_deadline_come_from_the_units() -> None:
    """The header tells neither."""
    order = examples()[FIRST]
    assert order.paid_at == datetime.fromtimestamp(1772590365, UTC)
    assert order.ship_by == datetime(2026, 3, 6, 16, 59, 59, tzinfo=UTC)
    assert not order.cod


def test_cash_on_delivery_is_exactly_cod() -> None:
    """It has no time of payment."""
    order = examples()["478107741208890"]
    assert (order.cod, order.paid_at) == (True, None)
    assert not one(unit(), payment_method="COD_WALLET").cod


def test_packages_are_what_rows_name() -> None:
    """A parcel has its units by line, its carrier, its tracking number, its warehouse."""
    (package,) = examples()["478107741208890"].packages
    assert (package.id, package.tracking_number) == ("FP102247718308890", "LEXVN0104477120")
    assert package.lines == (("478107741308890", 1),)
    assert package.warehouse_id == "VN2K7QX1-WH-10003"
    assert examples()[FIRST].packages == ()


def test_a_cancelled_unit_tells_why_and_who() -> None:
    """The rest of the order goes on."""
    order = examples()["478055602913377"]
    assert (order.status, order.raw_status) == (OrderStatus.SHIPPED, "canceled,shipped")
    assert (order.cancel_reason, order.cancelled_by) == ("Out of Stock", "cancellation-seller")
    assert [line.raw_status for line in order.lines] == ["canceled", "shipped"]


def test_units_in_different_states_are_different_lines() -> None:
    """One of two equal pieces was cancelled."""
    order = one(unit(order_item_id=1), unit(order_item_id=2, status="canceled"))
    assert [(line.id, line.quantity) for line in order.lines] == [("1", 1), ("2", 1)]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["unpaid"], OrderStatus.UNPAID),
        (["pending", "shipped"], OrderStatus.TO_SHIP),
        (["repacked", "packed"], OrderStatus.TO_SHIP),
        (["ready_to_ship"], OrderStatus.PACKED),
        (["delivered", "shipped"], OrderStatus.SHIPPED),
        (["delivered", "returned"], OrderStatus.DELIVERED),
        (["confirmed", "canceled"], OrderStatus.COMPLETED),
        (["canceled"], OrderStatus.CANCELLED),
        (["canceled", "returned"], OrderStatus.RETURNED),
        (["shipped_back_failed"], OrderStatus.RETURNED),
        (["pending", "teleported"], OrderStatus.UNKNOWN),
        ([], OrderStatus.UNKNOWN),
    ],
)
def test_the_least_advanced_unit_decides(words: list[str], status: OrderStatus) -> None:
    """Reverse states count only when all units share them; an unknown word makes it unknown."""
    assert (status, ",".join(sorted(words))) == state(words)


def test_every_word_of_section_3_6_is_known() -> None:
    """Each status of the book has a meaning."""
    words = (
        "unpaid pending topack toship shipping packed repacked ready_to_ship "
        "ready_to_ship_pending transit_to_ship shipped delivered confirmed canceled failed "
        "failed_delivery lost lost_by_3pl damaged_by_3pl shipped_back shipped_back_success "
        "shipped_back_failed package_scrapped returned"
    )
    assert set(words.split()) == set(ROW_STATUS)


def test_an_unknown_word_is_kept_and_counted() -> None:
    """The state is unknown, the word stays, the drift names it."""
    page = read(listing(header()), units(unit(status="teleported")))
    assert (page.items[0].status, page.items[0].raw_status) == (OrderStatus.UNKNOWN, "teleported")
    assert page.drift["data.order_items.status=teleported"] == 1


@pytest.mark.parametrize("key", ["addressDsitrict", "addressDistrict"])
def test_the_address_joins_its_slots(key: str) -> None:
    """Both spellings of the district are read; stars say that it is masked; slots are joined."""
    address = {
        "first_name": "N***h",
        "address1": "1***g",
        "address3": "Hồ Chí Minh",
        "address5": "Phường Tân Phong",
        key: "Quận 7",
        "country": "Vietnam",
    }
    recipient = one(unit(), address_shipping=address).recipient
    assert recipient is not None
    assert (recipient.province, recipient.district, recipient.ward) == (
        "Hồ Chí Minh",
        "Quận 7",
        "Phường Tân Phong",
    )
    assert recipient.address == "1***g, Phường Tân Phong, Quận 7, Hồ Chí Minh"
    assert (recipient.region, recipient.masked) == ("VN", True)


def test_an_address_may_have_two_levels_or_a_chain_only() -> None:
    """Vietnam dropped a level, and some addresses fill nothing but the city."""
    recipient = one(
        unit(), address_shipping={"address1": "1 A", "city": "Hà Nội-Cầu Giấy"}
    ).recipient
    assert recipient is not None
    assert (recipient.address, recipient.masked) == ("1 A, Hà Nội-Cầu Giấy", False)
    assert one(unit(), address_shipping={}).recipient is None


def test_a_unit_without_product_takes_it_from_the_shops_code() -> None:
    """One of the two item calls has no product id."""
    (line,) = one(unit(product_id=None)).lines
    assert line.product_id == "3120045517"


def test_what_we_know_is_no_drift() -> None:
    """The examples have no key that we do not know."""
    body = parsed("orders_get")
    body["data"]["orders"] = body["data"]["orders"][:3]
    assert read(body, fixture("orders_items_get")).drift == {}


def test_nothing_of_a_buyer_is_in_a_repr() -> None:
    """Neither names nor notes."""
    shown = repr(examples()[FIRST])
    assert "Giao giờ" not in shown
    assert "N****" not in shown


# Windows


def test_a_window_is_asked_for_with_both_bounds_inclusive() -> None:
    """The last whole second before the end is sent, in local time with its offset."""
    played = answer(shop().orders.page(WINDOW, None), fixture("orders_get_empty"))
    assert asked(played) == {
        "update_after": "2026-03-01T07:00:00+07:00",
        "update_before": "2026-03-05T06:59:59+07:00",
        "sort_by": "updated_at",
        "sort_direction": "ASC",
        "offset": "0",
        "limit": "100",
    }
    assert (played.result.items, played.result.next, played.result.total) == ((), None, 0)


def test_the_other_clock_and_a_state_can_be_asked_for() -> None:
    """Creation time, and one of Lazada's words."""
    query = OrderQuery(created_from=START, created_to=START + timedelta(1), raw_status="pending")
    played = answer(shop().orders.page(query, None), fixture("orders_get_empty"))
    parameters = asked(played)
    assert parameters["created_after"] == "2026-03-01T07:00:00+07:00"
    assert (parameters["status"], parameters["sort_by"]) == ("pending", "created_at")


@pytest.mark.parametrize(
    "query",
    [
        OrderQuery(),
        OrderQuery(updated_from=START),
        OrderQuery(updated_from=START, updated_to=START - timedelta(1)),
        OrderQuery(updated_from=START, created_to=START),
        OrderQuery(updated_from=datetime(2026, 3, 1), updated_to=START),  # noqa: DTZ001
    ],
)
def test_a_window_that_cannot_work_is_our_mistake(query: OrderQuery) -> None:
    """Missing, reversed, mixed and naive bounds are refused before any request."""
    with pytest.raises(ConfigError):
        answer(shop().orders.page(query, None))


def test_an_empty_window_asks_nothing() -> None:
    """No whole second lies in it."""
    query = OrderQuery(updated_from=START, updated_to=START)
    assert answer(shop().orders.page(query, None)).result.items == ()
    assert answer(shop().orders.stubs(query, None)).result.items == ()


# Pages


def full(*seconds: int) -> bytes:
    """A full page whose rows were updated in these seconds after the start."""
    rows = [
        header(1000 + at, (START + timedelta(seconds=second)).isoformat())
        for at, second in enumerate(seconds)
    ]
    return listing(*rows, total=250)


def test_the_next_page_begins_with_the_last_second() -> None:
    """Its rows are left to that page, so that nothing shifts away and nothing comes twice."""
    body = full(*range(98), 98, 98)
    page = answer(shop().orders.stubs(WINDOW, None), body).result
    assert len(page.items) == 98
    assert page.next == f"{int(START.timestamp()) + 98}:0"
    assert page.total == 250
    second = answer(shop().orders.stubs(WINDOW, page.next), fixture("orders_get_empty"))
    assert asked(second)["update_after"] == "2026-03-01T07:01:38+07:00"
    assert (second.result.next, second.result.total) == (None, None)


def test_inside_one_second_the_offset_goes_on() -> None:
    """A hundred orders of one second do not stop the listing."""
    cursor = f"{int(START.timestamp()) + 5}:0"
    page = answer(shop().orders.stubs(WINDOW, cursor), full(*[5] * 100)).result
    assert (len(page.items), page.next) == (100, f"{int(START.timestamp()) + 5}:100")
    played = answer(shop().orders.stubs(WINDOW, page.next), fixture("orders_get_empty"))
    assert asked(played)["offset"] == "100"


def test_rows_out_of_order_are_paged_by_offset() -> None:
    """Where the order is not as asked for, nothing is left out."""
    page = answer(shop().orders.stubs(WINDOW, None), full(*range(99, -1, -1))).result
    assert (len(page.items), page.next) == (100, f"{int(START.timestamp())}:100")


def test_an_offset_has_an_end() -> None:
    """Beyond 5000 Lazada answers nothing; that is said and not passed over."""
    cursor = f"{int(START.timestamp()) + 5}:4950"
    with pytest.raises(BadReply, match="offset"):
        answer(shop().orders.stubs(WINDOW, cursor), full(*[5] * 100))


@pytest.mark.parametrize("cursor", ["x", "5", "5:0", "1772323200:x"])
def test_a_foreign_position_is_refused(cursor: str) -> None:
    """Positions belong to their listing and their window."""
    with pytest.raises(ConfigError):
        answer(shop().orders.stubs(WINDOW, cursor))


@given(st.lists(st.integers(0, 40), max_size=330), st.integers(0, 3))
def test_paging_finds_every_order_once(seconds: list[int], moved: int) -> None:
    """Whatever the seconds, all pages together list each order exactly once.

    Orders that move on while one pages (here: leave the window) take no other order with them.
    """
    rows = sorted((second, 1000 + at) for at, second in enumerate(seconds))
    found: list[str] = []
    cursor: str | None = None
    gone: set[int] = set()
    while True:
        start, offset = (0, 0) if cursor is None else map(int, cursor.split(":"))
        later = [
            header(name, (START + timedelta(seconds=second)).isoformat())
            for second, name in rows
            if second + START.timestamp() >= start and name not in gone
        ]
        body = listing(*later[offset : offset + 100])
        page = answer(shop().orders.stubs(WINDOW, cursor), body).result
        found += [stub.id for stub in page.items]
        cursor = page.next
        if cursor is None:
            break
        # Only rows already listed move, and never inside a second that is paged by offset.
        gone |= set(map(int, found[:moved])) if cursor.endswith(":0") else set()
    assert sorted(found) == sorted(str(name) for _, name in rows)


# Units in batches


def test_units_are_fetched_fifty_orders_at_a_time() -> None:
    """Sixty orders need two calls; lists travel as JSON text."""
    names = list(range(1, 61))
    rows = [header(name) for name in names]
    played = answer(
        shop().orders.page(WINDOW, None),
        listing(*rows),
        many_units(names[:50]),
        many_units(names[50:]),
    )
    assert len(played.result) == 60
    assert asked(played, 2) == {"order_ids": "[51,52,53,54,55,56,57,58,59,60]"}


def test_one_wrong_id_does_not_spoil_its_batch() -> None:
    """When a batch is refused, each of its orders is asked for alone."""
    page = read(listing(header(1), header(2)), failed("37"), many_units([1]), failed("39"))
    assert [order.id for order in page] == ["1"]
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [
        ("2", "listed, but the detail call did not return it")
    ]
    assert b"order_id" in page.unreadable[0].body


def test_an_order_without_units_is_one() -> None:
    """The header says that there are none."""
    page = read(listing(header(items_count=0)), ok([]), ok([]))
    assert (page.items[0].lines, page.items[0].status) == ((), OrderStatus.TO_SHIP)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"updated_at": "yesterday"}, "updated_at"),
        ({"updated_at": "", "created_at": ""}, "created_at: missing"),
        ({"price": "0.5"}, "price: no amount of VND"),
    ],
)
def test_a_header_that_fits_nothing_is_unreadable(changed: dict[str, str], reason: str) -> None:
    """It is kept with both of its bodies, and the reason names fields, never values."""
    page = read(listing({**header(), **changed}), units(unit()))
    (bad,) = page.unreadable
    assert page.items == ()
    assert reason in bad.reason
    assert bad.id == FIRST
    assert b"order_item_id" in bad.body
    assert b"payment_method" in bad.body


def test_a_bad_header_costs_nothing_but_itself() -> None:
    """The others of its page are read."""
    page = read(
        listing(header(1), {**header(2), "statuses": "x"}, {"order_id": ""}), many_units([1])
    )
    assert [order.id for order in page] == ["1"]
    assert [bad.id[:1] for bad in page.unreadable] == ["2", "?"]


def test_a_bad_unit_costs_nothing_but_its_order() -> None:
    """The order is unreadable once, with its units' body."""
    rows = [
        {"order_id": 1, "order_items": [unit(order_item_id="")]},
        {"order_id": 2, "order_items": [unit(order_item_id=2)]},
    ]
    page = read(listing(header(1), header(2)), ok(rows))
    assert [order.id for order in page] == ["2"]
    assert [bad.id for bad in page.unreadable] == ["1"]
    assert "order_item_id" in page.unreadable[0].reason


def test_mixed_currencies_are_unreadable() -> None:
    """Money is never added up over two of them."""
    page = read(listing(header()), units(unit(), unit(order_item_id=5, currency="SGD")))
    assert "currency" in page.unreadable[0].reason


# By id


def test_orders_are_fetched_by_id() -> None:
    """Headers one by one, units together; unknown ones are missing, others are not asked for."""
    items = parsed("orders_items_get")
    items["data"] = items["data"][:1]
    played = answer(
        shop().orders.many([FIRST, "999", "not-a-number"]),
        fixture("order_get"),
        failed("16"),
        items,
    )
    assert paths(played) == ["/rest/order/get", "/rest/order/get", "/rest/orders/items/get"]
    assert [order.id for order in played.result] == [FIRST]
    assert played.result.missing == ("999", "not-a-number")
    assert played.result.items[0] == examples()[FIRST]


def test_a_header_that_cannot_be_read_is_unreadable_by_id() -> None:
    """Its body is kept."""
    batch = answer(shop().orders.many(["7"]), ok({"order_id": ""}), ok([]), ok([])).result
    assert [bad.id for bad in batch.unreadable] == ["7"]
