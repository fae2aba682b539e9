"""Reading Lazada's money: rows of the account, their kinds, statements (fact book section 5)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.lazada.fees import FEES
from entrosdk.domain.money import total
from entrosdk.domain.payment import Payment, PaymentKind, PaymentQuery, PayoutStatus
from entrosdk.errors import BadReply, ConfigError, NotFound
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

# Local midnights: a row's date begins there.
START = datetime(2026, 2, 22, 17, tzinfo=UTC)
WEEK = PaymentQuery(settled_from=START, settled_to=START + timedelta(days=7))
ORDER = "477850021107765"


def read(body: Any, query: PaymentQuery = WEEK) -> Page[Payment]:
    """One page of payments."""
    return answer(shop().payments.page(query, None), body).result


def row(**parts: Any) -> dict[str, Any]:
    """A row as the example has it, with parts changed."""
    return {**parsed("transaction_details")["data"][0], **parts}


def one(**parts: Any) -> Payment:
    """The payment of one row."""
    (payment,) = read(ok([row(**parts)])).items
    return payment


# Kinds


def test_every_number_of_the_public_list_has_a_kind() -> None:
    """All of them and no other."""
    assert set(parsed("fee_types")) == set(FEES)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ("13 501", PaymentKind.ITEM_PRICE),
        ("14 505", PaymentKind.REFUND),
        ("16 15 65 66 341", PaymentKind.COMMISSION),
        ("3 4 67 84", PaymentKind.PAYMENT_FEE),
        ("8 142", PaymentKind.BUYER_SHIPPING),
        ("7 143", PaymentKind.ACTUAL_SHIPPING),
        ("26 200", PaymentKind.RETURN_SHIPPING),
        ("128", PaymentKind.FAILED_DELIVERY),
        ("157 158 211 512 500 503", PaymentKind.SHIPPING_REBATE),
        ("118 121 202 203", PaymentKind.SELLER_VOUCHER),
        ("117 120 209 210 119 122", PaymentKind.SELLER_DISCOUNT),
        ("298 299 304 305 1061 1063 1065 1081 1083 1085", PaymentKind.SERVICE_FEE),
        ("306 307", PaymentKind.COINS),
        ("112 249 259 260 262 263 264 265", PaymentKind.ADS),
        ("239 261", PaymentKind.AFFILIATE),
        ("47 48 61 85 206 207 216 217", PaymentKind.COMPENSATION),
        ("54 60 71 81 87 103", PaymentKind.PENALTY),
        ("235 236", PaymentKind.ADJUSTMENT),
        ("502 504 1071 1072", PaymentKind.PLATFORM_DISCOUNT),
    ],
)
def test_the_frequent_types_have_the_books_categories(numbers: str, kind: PaymentKind) -> None:
    """Section 5.1's table, in our words."""
    assert {FEES[number] for number in numbers.split()} == {kind}


def test_an_unknown_type_is_other_and_counted() -> None:
    """Its number is kept."""
    page = read(ok([row(fee_type="99999")]))
    assert (page.items[0].kind, page.items[0].raw_kind) == (PaymentKind.OTHER, "99999")
    assert page.drift["data.fee_type=99999"] == 1


# Rows


def test_the_example_order_earns_what_lazada_pays() -> None:
    """189000 less 44910 of fees and vouchers, plus and minus the way: 144090."""
    rows = [one for one in read(fixture("transaction_details")) if one.order_id == ORDER]
    expected = {
        PaymentKind.ITEM_PRICE: 189000,
        PaymentKind.COMMISSION: -15120,
        PaymentKind.PAYMENT_FEE: -9450,
        PaymentKind.SELLER_VOUCHER: -9000,
        PaymentKind.BUYER_SHIPPING: 12000,
        PaymentKind.SHIPPING_REBATE: 15000,
        PaymentKind.ACTUAL_SHIPPING: -27000,
        PaymentKind.SERVICE_FEE: -11340,
    }
    assert {one.kind: one.amount.minor for one in rows} == expected
    assert total((one.amount for one in rows), "VND") == vnd(144090)


@given(st.lists(st.integers(-(10**9), 10**9), max_size=20))
def test_amounts_add_up_to_the_dong(amounts: list[int]) -> None:
    """Payments of a page are the signed amounts of its rows, whatever they are."""
    rows = [row(transaction_number=f"VN-{at}", amount=f"{n:,}.00") for at, n in enumerate(amounts)]
    page = read(ok(rows))
    assert total((one.amount for one in page), "VND") == vnd(sum(amounts))


def test_a_row_counts_at_its_days_beginning() -> None:
    """It tells a date and no time: local midnight."""
    assert one().occurred_at == datetime(2026, 2, 26, 17, tzinfo=UTC)
    assert one(transaction_date="2026-02-27").occurred_at == datetime(2026, 2, 26, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "settled"),
    [("Paid", True), ("Yes", True), ("Not paid", False), ("No", False), ("", False)],
)
def test_a_row_is_settled_once_its_statement_is_paid(word: str, settled: bool) -> None:
    """Both vocabularies of the manual."""
    assert (one(paid_status=word).settled_at is not None) == settled


def test_a_row_names_its_statement_as_payouts_do() -> None:
    """The period's last day behind the shop's code; other texts are kept as they are."""
    assert one().payout_id == "VN2K7QX1-20260301"
    assert one(statement="week 9").payout_id == "week 9"
    assert one(statement="").payout_id is None


def test_money_of_the_shop_has_no_order() -> None:
    """Advertising, penalties and the like."""
    (ads,) = (one for one in read(fixture("transaction_details")) if one.raw_kind == "112")
    assert (ads.order_id, ads.amount) == ("", vnd(-50000))


def test_what_we_know_is_no_drift() -> None:
    """The examples have no key that we do not know."""
    assert read(fixture("transaction_details")).drift == {}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": "0.5"}, "amount: no amount of VND"),
        ({"amount": "much"}, "amount"),
        ({"transaction_date": "soon"}, "transaction_date"),
        ({"transaction_date": "31 Feb 2026"}, "transaction_date"),
    ],
)
def test_a_row_that_fits_nothing_is_unreadable(changed: dict[str, str], reason: str) -> None:
    """It is kept; the reason names the field."""
    page = read(ok([row(**changed), row(transaction_number="VN-2")]))
    assert len(page.items) == 1
    assert reason in page.unreadable[0].reason
    assert b"transaction_number" in page.unreadable[0].body


# Windows and pages


def test_a_window_is_asked_for_by_local_days() -> None:
    """Those days whose beginning lies inside it."""
    played = answer(shop().payments.page(WEEK, None), fixture("transaction_details"))
    assert asked(played) == {
        "start_time": "2026-02-23",
        "end_time": "2026-03-01",
        "trans_type": "-1",
        "offset": "0",
        "limit": "500",
    }
    assert played.result.next is None


@given(
    st.lists(st.integers(0, 5 * 86400), min_size=2, max_size=6, unique=True).map(sorted),
)
def test_adjoining_windows_share_no_day_and_leave_none_out(bounds: list[int]) -> None:
    """However a span is cut, each day belongs to one window."""
    days: list[str] = []
    for first, last in itertools.pairwise(bounds):
        query = PaymentQuery(
            settled_from=START + timedelta(seconds=first),
            settled_to=START + timedelta(seconds=last),
        )
        flow = shop().payments.page(query, None)
        try:
            request = next(flow).request  # type: ignore[union-attr]
        except StopIteration:
            continue
        said = dict(request.query)
        day, end = (
            datetime.fromisoformat(said[name]).date() for name in ("start_time", "end_time")
        )
        while day <= end:
            days.append(day.isoformat())
            day += timedelta(days=1)
    midnights = [
        (START + timedelta(days=n)).date() + timedelta(days=1)
        for n in range(6)
        if bounds[0] <= n * 86400 < bounds[-1]
    ]
    assert days == [day.isoformat() for day in midnights]


def test_a_window_without_a_midnight_asks_nothing() -> None:
    """No row can lie in it."""
    start = START + timedelta(hours=1)
    query = PaymentQuery(settled_from=start, settled_to=start + timedelta(hours=2))
    assert answer(shop().payments.page(query, None)).result.items == ()


def test_a_window_of_half_a_year_is_refused_before_lazada_does() -> None:
    """180 days are one too many."""
    query = PaymentQuery(settled_from=START, settled_to=START + timedelta(days=180))
    with pytest.raises(ConfigError, match="too long"):
        answer(shop().payments.page(query, None))


def test_a_full_page_goes_on_and_a_short_one_ends() -> None:
    """No total is told."""
    rows = [row(transaction_number=f"VN-{at}") for at in range(500)]
    assert read(ok(rows)).next == "500"
    assert read(ok(rows[:499])).next is None
    assert read(ok(None)).items == ()


def test_stubs_name_the_same_sources() -> None:
    """Date and number: a row can be found again by its date only."""
    page = answer(shop().payments.stubs(WEEK, None), fixture("transaction_details")).result
    assert page.items[0].id == "20260227:VN2K7QX1-1A0001"
    assert len(page) == 11


def test_rows_are_fetched_again_by_their_day() -> None:
    """Each day once; what is not there is missing."""
    ids = ["20260227:VN2K7QX1-1A0001", "20260227:VN-9", "x", "20269999:VN-1"]
    played = answer(shop().payments.many(ids), fixture("transaction_details"))
    assert (asked(played)["start_time"], asked(played)["end_time"]) == ("2026-02-27", "2026-02-27")
    assert [one.id for one in played.result] == [ids[0]]
    assert played.result.missing == tuple(ids[1:])


# One order


def test_an_orders_rows_are_asked_for_from_its_creation_on() -> None:
    """Lazada wants dates, and at most 179 days of them."""
    played = answer(
        shop().payments.for_order(ORDER), fixture("order_get"), fixture("transaction_details")
    )
    assert paths(played)[0] == "/rest/order/get"
    said = asked(played, 1)
    assert (said["start_time"], said["end_time"]) == ("2026-03-04", "2026-08-30")
    assert said["trade_order_id"] == ORDER
    assert {one.order_id for one in played.result} == {ORDER}
    assert total((one.amount for one in played.result), "VND") == vnd(144090)


def test_before_delivery_nothing_is_booked() -> None:
    """An order that exists and has no rows has no payments."""
    assert answer(shop().payments.for_order(ORDER), fixture("order_get"), ok([])).result == ()


def test_an_unknown_order_is_not_found() -> None:
    """By Lazada's word, or because the id cannot be one."""
    with pytest.raises(NotFound):
        answer(shop().payments.for_order(ORDER), failed("16"))
    with pytest.raises(NotFound):
        answer(shop().payments.for_order("x"))


def test_an_order_whose_rows_cannot_be_read_is_a_bad_reply() -> None:
    """A part of its money would be wrong money."""
    with pytest.raises(BadReply, match="amount"):
        answer(shop().payments.for_order(ORDER), fixture("order_get"), ok([row(amount="x")]))
    with pytest.raises(BadReply, match="created_at"):
        answer(shop().payments.for_order(ORDER), ok({"order_id": 1}))


# Payouts


def payouts(start: datetime, days: int, body: Any = None) -> Any:
    """The payouts of a window."""
    query = PaymentQuery(settled_from=start, settled_to=start + timedelta(days=days))
    return answer(shop().payments.payouts(query, None), body or fixture("payout_status"))


def test_a_statement_is_a_payout() -> None:
    """The amount may carry its currency; the last update of a paid one says when."""
    played = payouts(START, 20)
    assert asked(played) == {"created_after": "2025-12-25"}
    paid, pending = played.result.items
    assert (paid.id, paid.amount, paid.status) == (
        "VN2K7QX1-20260301",
        vnd(16256740),
        PayoutStatus.PAID,
    )
    assert paid.requested_at == datetime(2026, 3, 1, 20, 10, 22, tzinfo=UTC)
    assert paid.paid_at == datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    assert (pending.status, pending.paid_at) == (PayoutStatus.PENDING, None)


def test_a_statement_is_told_when_it_was_made_and_when_it_was_paid() -> None:
    """A payment days later is news of the older statement."""
    made = payouts(datetime(2026, 3, 1, tzinfo=UTC), 1).result
    paid = payouts(datetime(2026, 3, 3, tzinfo=UTC), 1).result
    assert [one.id for one in made] == ["VN2K7QX1-20260301"]
    assert [one.id for one in paid] == ["VN2K7QX1-20260301", "VN2K7QX1-20260308"]


def test_a_statement_that_fits_nothing_is_unreadable() -> None:
    """The others are told."""
    body = parsed("payout_status")
    body["data"][0]["payout"] = "some"
    page = payouts(START, 20, body).result
    assert [one.id for one in page] == ["VN2K7QX1-20260308"]
    assert [bad.id for bad in page.unreadable] == ["VN2K7QX1-20260301"]
    assert payouts(START, 20).result.drift == {}


def test_a_strange_word_for_paid_is_unknown() -> None:
    """Never guessed."""
    body = parsed("payout_status")
    body["data"][0]["paid"] = "perhaps"
    first = payouts(START, 20, body).result.items[0]
    assert (first.status, first.raw_status, first.paid_at) == (
        PayoutStatus.UNKNOWN,
        "perhaps",
        None,
    )
