"""Reading Shopee's money: escrows that add up, wallet rows, transfers to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.shopee import fees
from entrosdk.domain.money import Money, total
from entrosdk.domain.payment import Payment, PaymentKind, PaymentQuery, Payout, PayoutStatus
from entrosdk.errors import BadReply, ConfigError, NotFound, Unavailable
from entrosdk.spi.page import Page
from entrosdk.testing.play import Played
from tests.unit.adapters.shopee.desk import answer, asked, failed, fixture, ok, parsed, shop

START = datetime.fromtimestamp(1795000000, UTC)
WINDOW = PaymentQuery(settled_from=START, settled_to=START + timedelta(days=10))
FULL, PARTIAL = "261118K7M2QXPA", "261105T3W8ZKQN"
RELEASED = datetime.fromtimestamp(1795266600, UTC)
PLACED = ok({"order_list": []})


def summed(payments: Sequence[Payment]) -> int:
    """What payments add up to, in dong."""
    return total((payment.amount for payment in payments), "VND").minor


def kinds(payments: Sequence[Payment]) -> dict[str, int]:
    """Amounts by the platform's own word."""
    return {payment.raw_kind: payment.amount.minor for payment in payments}


def released(*names: str, more: bool = False) -> bytes:
    """A reply of get_escrow_list."""
    rows = [{"order_sn": name, "escrow_release_time": 1795266600} for name in names]
    return ok({"escrow_list": rows, "more": more})


def detail(name: str = "escrow_detail", **income: Any) -> dict[str, Any]:
    """An escrow reply with some parts changed."""
    body: dict[str, Any] = parsed(name)
    body["response"]["order_income"] |= income
    return body


def batch(*details: dict[str, Any]) -> bytes:
    """A batch reply made of single ones."""
    return ok([{"escrow_detail": body["response"]} for body in details])


def listed(*replies: Any, query: PaymentQuery = WINDOW) -> Page[Payment]:
    """The first page of payments."""
    return answer(shop().payments.page(query, None), *replies).result


def of_order(body: Any, name: str = FULL) -> tuple[Payment, ...]:
    """The movements of one order before its release."""
    return answer(shop().payments.for_order(name), placed(name), body).result


def placed(name: str) -> bytes:
    """A reply that tells when an order was placed."""
    return ok({"order_list": [{"order_sn": name, "create_time": 1795000000, "update_time": 1}]})


def walleted(*rows: dict[str, Any], cursor: str = "wallet:0") -> Page[Payment]:
    """A page of wallet rows."""
    body = ok({"transaction_list": list(rows), "more": False})
    return answer(shop().payments.page(WINDOW, cursor), body).result


def row(**parts: Any) -> dict[str, Any]:
    """A wallet row of its own, not about an order."""
    return {
        "status": "COMPLETED",
        "transaction_type": "PAID_ADS_CHARGE",
        "amount": -50000,
        "current_balance": 1000000,
        "create_time": 1795100000,
        "order_sn": "",
        **parts,
    }


# Escrows


def test_the_example_escrow_adds_up_to_the_dong() -> None:
    """All parts of the worked example, with their signs, come to 354837."""
    payments = of_order(fixture("escrow_detail"))
    assert summed(payments) == 354837
    assert kinds(payments) == {
        "original_cost_of_goods_sold": 447000,
        "voucher_from_seller": -20000,
        "buyer_paid_shipping_fee": 16500,
        "actual_shipping_fee": -31500,
        "shopee_shipping_rebate": 15000,
        "seller_transaction_fee": -20058,
        "service_fee": -25620,
        "commission_fee": -17080,
        "withholding_vat_tax": -4270,
        "withholding_pit_tax": -2135,
        "seller_order_processing_fee": -3000,
    }


def test_an_adjustment_after_the_release_is_a_movement_of_its_own() -> None:
    """129905 by the parts, 124905 after the correction of 5000."""
    payments = of_order(fixture("escrow_detail_with_partial_return"), PARTIAL)
    assert summed(payments) == 124905
    assert summed([one for one in payments if one.kind is not PaymentKind.ADJUSTMENT]) == 129905
    assert kinds(payments)["seller_return_refund"] == -159000
    last = payments[-1]
    assert (last.id, last.occurred_at) == (
        f"{PARTIAL}:adjustment:0",
        datetime.fromtimestamp(1795114800, UTC),
    )


def test_every_movement_names_its_order_and_source() -> None:
    """Ids are the order's number and the part's name; before the release nothing is settled."""
    first = of_order(fixture("escrow_detail"))[0]
    assert (first.id, first.source_id, first.order_id) == (
        f"{FULL}:original_cost_of_goods_sold",
        FULL,
        FULL,
    )
    assert (first.occurred_at, first.settled_at) == (START, None)
    assert (first.kind, first.amount) == (PaymentKind.ITEM_PRICE, Money(447000, "VND"))


def test_the_goods_are_told_even_when_they_are_free() -> None:
    """An escrow of nothing still has one movement, so that the order is known as seen."""
    nothing = dict.fromkeys(fees.FORMULA, 0)
    body = detail(**nothing, escrow_amount=0, escrow_amount_after_adjustment=0)
    assert kinds(of_order(body)) == {"original_cost_of_goods_sold": 0}


@pytest.mark.parametrize("field", sorted(fees.FORMULA))
def test_every_part_of_the_formula_counts_with_its_sign(field: str) -> None:
    """Raising one part by 1000 moves the escrow by as much, in the published direction."""
    sign, kind = fees.FORMULA[field]
    before = detail()["response"]["order_income"].get(field, 0)
    amount = 354837 + sign * 1000
    body = detail(
        **{field: before + 1000, "escrow_amount": amount, "escrow_amount_after_adjustment": amount}
    )
    payments = of_order(body)
    assert summed(payments) == amount
    assert next(one.kind for one in payments if one.raw_kind == field) is kind


@pytest.mark.parametrize(
    "income",
    [
        {"commission_fee": 17081},
        {"escrow_amount": 354836},
        {"escrow_amount_after_adjustment": 354836},
        {"total_adjustment_amount": -1},
        {"order_adjustment": [{"amount": -1, "date": 1795114800, "currency": "VND"}]},
    ],
)
def test_parts_that_do_not_add_up_are_unreadable(income: dict[str, Any]) -> None:
    """One dong is enough: the record is kept aside, with Shopee's body."""
    (bad,) = listed(released(FULL), batch(detail(**income)), detail(**income)).unreadable
    assert (bad.id, bad.reason) == (FULL, "parts do not add up to the escrow amount")
    assert b"commission_fee" in bad.body


@pytest.mark.parametrize(
    ("income", "reason"),
    [
        ({"commission_fee": 0.5}, "order_income.commission_fee: no amount of VND"),
        ({"escrow_amount": None, "escrow_amount_after_adjustment": ""}, "escrow_amount: missing"),
        (
            {"order_adjustment": [{"amount": 1, "date": 0, "currency": "SGD"}]},
            "order_adjustment.0.currency: another than the order's",
        ),
    ],
)
def test_an_escrow_that_makes_no_sense_names_its_field(income: dict[str, Any], reason: str) -> None:
    """The reason names a field, never an amount."""
    (bad,) = listed(released(FULL), batch(detail(**income)), detail(**income)).unreadable
    assert bad.reason == reason


def test_an_escrow_without_any_income_is_unreadable() -> None:
    """An empty order_income is told as such."""
    body = parsed("escrow_detail")
    body["response"]["order_income"] = {}
    (bad,) = listed(released(FULL), batch(body), body).unreadable
    assert bad.reason == "order_income: missing"


def test_a_cross_border_affiliates_escrow_is_one_movement() -> None:
    """Its amounts are converted, so only the whole is claimed, in the affiliate's currency."""
    body = detail(
        escrow_amount=12.34,
        escrow_amount_after_adjustment=12.34,
        pri_currency="TWD",
        aff_currency="SGD",
        exchange_rate=0.042,
    )
    (only,) = of_order(body)
    assert (only.id, only.kind, only.amount) == (
        f"{FULL}:escrow_amount",
        PaymentKind.OTHER,
        Money(1234, "SGD"),
    )


# Listing escrows


def test_a_released_order_is_settled_when_it_was_released() -> None:
    """The list tells the moment; after the last escrow page the wallet follows."""
    page = listed(released(FULL), batch(detail()))
    assert summed(page.items) == 354837
    assert {one.settled_at for one in page} == {RELEASED}
    assert page.next == "wallet:0"


def test_an_adjustment_is_settled_when_it_happens_and_not_before_the_release() -> None:
    """A later one comes with the wallet; an earlier one is part of the release."""
    late = {"amount": -5000, "date": 1795300000, "currency": "VND"}
    body = detail(
        "escrow_detail_with_partial_return", order_adjustment=[late], escrow_amount=129905
    )
    assert "order_adjustment" not in {
        one.raw_kind for one in listed(released(PARTIAL), batch(body)).items
    }
    assert of_order(body, PARTIAL)[-1].settled_at == datetime.fromtimestamp(1795300000, UTC)
    early = listed(released(PARTIAL), batch(detail("escrow_detail_with_partial_return"))).items[-1]
    assert early.settled_at == RELEASED


def test_a_batch_without_adjustments_is_completed_one_by_one() -> None:
    """The batch sample leaves out what was adjusted, so the single call tells."""
    played = answer(
        shop().payments.page(WINDOW, None),
        released(FULL),
        fixture("escrow_detail_batch"),
        fixture("escrow_detail"),
    )
    assert [request.path.rpartition("/")[2] for request in played.requests] == [
        "get_escrow_list",
        "get_escrow_detail_batch",
        "get_escrow_detail",
    ]
    assert summed(played.result.items) == 354837


def test_a_batch_call_that_is_refused_is_replaced() -> None:
    """Shops that may not use it are read one by one, without asking twice."""
    names = [f"S{number:02}" for number in range(21)]
    bodies = []
    for name in names:
        body = detail()
        body["response"]["order_sn"] = name
        bodies.append(body)
    played = answer(
        shop().payments.page(WINDOW, None),
        released(*names),
        failed("error_param", "no such path"),
        *bodies,
    )
    assert len(played.result) == 21 * 11


def test_escrows_are_fetched_twenty_at_a_time() -> None:
    """21 released orders take two batch calls."""
    names = [f"S{number:02}" for number in range(21)]
    bodies = []
    for name in names:
        body = detail()
        body["response"]["order_sn"] = name
        bodies.append(body)
    played = answer(
        shop().payments.page(WINDOW, None),
        released(*names),
        batch(*bodies[:20]),
        batch(*bodies[20:]),
    )
    assert asked(played, 1)["order_sn_list"].count(",") == 19


def test_one_failed_row_of_a_batch_is_asked_for_alone() -> None:
    """A row with fail_error has no income; the single call decides."""
    row_ = {"escrow_detail": {"order_sn": FULL}, "fail_error": "error_server", "fail_message": "x"}
    page = listed(released(FULL), ok([row_]), detail())
    assert summed(page.items) == 354837


def test_a_released_order_without_an_escrow_is_unreadable() -> None:
    """Listed, asked for alone, and reported."""
    page = listed(released(FULL), ok([]), fixture("escrow_detail_error_not_found"))
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [
        (FULL, "listed, but the detail call did not return it")
    ]


def test_an_outage_is_no_bad_record() -> None:
    """Trouble while reading one escrow fails the page, so that it is read again."""
    with pytest.raises(Unavailable):
        listed(released(FULL), ok([]), failed("error_server"))


def test_escrow_pages_count_from_one() -> None:
    """The position after page one is page two, and can be stored."""
    played = answer(shop().payments.page(WINDOW, None), released(more=True))
    assert (asked(played)["page_no"], played.result.next) == ("1", "escrow:2")
    second = answer(shop().payments.page(WINDOW, "escrow:2"), released())
    assert (asked(second)["page_no"], second.result.next) == ("2", "wallet:0")


def test_bounds_of_the_release_are_half_open() -> None:
    """The last second before the end is sent; a row outside is left out."""
    query = PaymentQuery(settled_from=START, settled_to=RELEASED)
    played = answer(shop().payments.stubs(query, None), fixture("escrow_list"))
    assert asked(played)["release_time_to"] == "1795266599"
    assert [stub.id for stub in played.result] == [PARTIAL]


def test_stubs_are_sources() -> None:
    """Orders with their release times, then wallet rows with theirs."""
    stubs = answer(shop().payments.stubs(WINDOW, None), fixture("escrow_list")).result
    assert next((stub.id, stub.updated_at) for stub in stubs) == (FULL, RELEASED)
    rows = ok({"transaction_list": [row(), row(order_sn=PARTIAL)], "more": True})
    wallet = answer(
        shop().payments.stubs(WINDOW, stubs.next),
        rows,
        placed(PARTIAL),
        batch(detail("escrow_detail_with_partial_return")),
    ).result
    assert [stub.id for stub in wallet] == [
        "wallet:1795100000:PAID_ADS_CHARGE:-50000:1000000",
        f"{PARTIAL}:adjustment:0",
    ]
    assert wallet.next == "wallet:1"


def test_a_foreign_position_is_refused() -> None:
    """A position of another listing is our caller's mistake."""
    for cursor in ("3", "wallet:x", "escrow:"):
        with pytest.raises(ConfigError):
            answer(shop().payments.page(WINDOW, cursor))


def test_a_window_that_is_too_long_is_refused() -> None:
    """The wallet takes less than 15 days."""
    query = PaymentQuery(settled_from=START, settled_to=START + timedelta(days=15))
    with pytest.raises(ConfigError, match="too long"):
        answer(shop().payments.page(query, None))


def test_an_empty_window_asks_nobody() -> None:
    """Nothing lies between a moment and itself."""
    query = PaymentQuery(settled_from=START, settled_to=START)
    assert answer(shop().payments.page(query, None)).result == Page(items=())
    assert answer(shop().payments.stubs(query, None)).result == Page(items=())
    assert answer(shop().payments.payouts(query, None)).result == Page(items=())


# One order, sources by id


def test_an_order_without_an_escrow_is_not_found() -> None:
    """for_order of an unknown order says so."""
    with pytest.raises(NotFound):
        answer(
            shop().payments.for_order(FULL),
            failed("error_not_found"),
            fixture("escrow_detail_error_not_found"),
        )


def test_an_escrow_that_cannot_be_read_is_a_bad_reply() -> None:
    """for_order has no place to keep it aside."""
    with pytest.raises(BadReply, match="do not add up"):
        of_order(detail(commission_fee=1))


def test_sources_are_fetched_by_id() -> None:
    """Orders through the batch call, wallet rows through their second; unknown ones are missing."""
    wallet = "wallet:1795100000:PAID_ADS_CHARGE:-50000:1000000"
    other = "wallet:1795100000:PAID_ADS_CHARGE:-1:1"
    placed = ok({"order_list": [{"order_sn": FULL, "create_time": 1795000000, "update_time": 1}]})
    played = answer(
        shop().payments.many([FULL, wallet, other, "wallet:soon", "X"]),
        placed,
        batch(detail()),
        failed("order_not_found"),
        ok({"transaction_list": [row(), row(create_time=1795099999)], "more": False}),
    )
    assert summed(played.result.items) == 354837 - 50000
    assert set(played.result.missing) == {other, "wallet:soon", "X"}
    assert asked(played, 3)["create_time_to"] == "1795100000"


# The wallet


def test_a_wallet_row_of_its_own_is_a_payment() -> None:
    """Its id is made of what cannot change; it is settled when it was completed."""
    (payment,) = walleted(row()).items
    assert payment.id == payment.source_id == "wallet:1795100000:PAID_ADS_CHARGE:-50000:1000000"
    assert (payment.kind, payment.amount, payment.order_id) == (
        PaymentKind.ADS,
        Money(-50000, "VND"),
        "",
    )
    assert payment.settled_at == datetime.fromtimestamp(1795100000, UTC)


def test_the_example_wallet_has_nothing_of_its_own() -> None:
    """Releases are in the escrows, withdrawals are payouts, a correction is its order's."""
    page = answer(
        shop().payments.page(WINDOW, "wallet:0"),
        fixture("wallet_transaction_list"),
        placed(PARTIAL),
        batch(detail("escrow_detail_with_partial_return")),
    ).result
    (correction,) = page.items
    assert (correction.id, correction.source_id, correction.amount) == (
        f"{PARTIAL}:adjustment:0",
        f"{PARTIAL}:adjustment:0",
        Money(-5000, "VND"),
    )
    assert (page.unreadable, page.next) == ((), None)


def test_a_row_of_an_order_whose_escrow_tells_no_correction_is_kept() -> None:
    """Money that moved is never dropped: the row itself is the movement."""
    rows = ok({"transaction_list": [row(order_sn=FULL)], "more": False})
    page = answer(
        shop().payments.page(WINDOW, "wallet:0"), rows, placed(FULL), batch(detail())
    ).result
    assert [(one.order_id, one.amount.minor) for one in page] == [(FULL, -50000)]


def test_a_row_of_an_order_whose_escrow_cannot_be_read_stands_aside() -> None:
    """The whole escrow is in quarantine; nothing is guessed."""
    rows = ok({"transaction_list": [row(order_sn=FULL)], "more": False})
    bad = detail(commission_fee=0.5)
    page = answer(
        shop().payments.page(WINDOW, "wallet:0"), rows, placed(FULL), batch(bad), bad
    ).result
    assert (page.items, [one.id for one in page.unreadable]) == ((), [FULL])


@pytest.mark.parametrize(
    "parts",
    [
        {"transaction_type": "ESCROW_VERIFIED_ADD", "order_sn": FULL},
        {"transaction_type": "ESCROW_VERIFIED_ADD"},
        {"transaction_type": "WITHDRAWAL_CREATED"},
        {"transaction_type": "WITHDRAWAL_OF_A_NEW_KIND"},
        {"status": "FAILED"},
    ],
)
def test_what_is_told_elsewhere_is_no_payment(parts: dict[str, Any]) -> None:
    """Nothing is counted twice, and a failed row moved nothing."""
    assert walleted(row(**parts)).items == ()


def test_a_pending_row_is_not_settled() -> None:
    """It is kept, without a moment of settlement."""
    assert walleted(row(status="PENDING")).items[0].settled_at is None


def test_rows_that_only_look_alike_stay_two() -> None:
    """Repeated rows are folded; two withdrawals of one second with no figures are not."""
    rows = [
        withdrawal("COMPLETED", 1795200000, amount=0, withdrawal_id=number) for number in (1, 2, 2)
    ]
    begun = [withdrawal("CREATED", 1795140000, withdrawal_id=number) for number in (1, 2)]
    assert len(transfers([*rows, *begun]).result) == 2


@pytest.mark.parametrize("number", sorted(fees.WALLET_CODES))
def test_types_may_come_as_numbers(number: str) -> None:
    """Each number stands for its name."""
    name = fees.WALLET_CODES[number]
    told = fees.WALLET[name]
    found = walleted(row(transaction_type=int(number))).items
    assert [(one.raw_kind, one.kind) for one in found] == ([(name, told)] if told else [])


def test_an_unknown_type_is_kept_and_counted() -> None:
    """New words are payments of kind other, and drift."""
    page = walleted(row(transaction_type="BIRTHDAY_GIFT"))
    assert page.items[0].kind is PaymentKind.OTHER
    assert page.drift == {"response.transaction_list.kind=BIRTHDAY_GIFT": 1}


@pytest.mark.parametrize(
    ("amount", "text"),
    [(-50000.0, "-50000"), (1000000, "1000000"), ("12", "12"), (0, "0"), (-0.0, "0")],
)
def test_ids_spell_numbers_plainly(amount: Any, text: str) -> None:
    """No exponent, no trailing zeros, no negative zero."""
    name = walleted(row(amount=amount)).items[0].id
    assert name == f"wallet:1795100000:PAID_ADS_CHARGE:{text}:1000000"


def test_other_currencies_keep_their_decimals() -> None:
    """A Singapore row keeps its cents in id and amount."""
    body = ok({"transaction_list": [row(amount=-1.5, current_balance=20.25)], "more": False})
    (payment,) = answer(shop("SG").payments.page(WINDOW, "wallet:0"), body).result.items
    assert (payment.id.split(":")[3:], payment.amount) == (["-1.5", "20.25"], Money(-150, "SGD"))


def test_a_wallet_row_without_an_amount_costs_only_itself() -> None:
    """The good row is read, the bad one is kept under a stable name."""
    page = walleted(row(amount="much"), row(), row(amount=0.5))
    assert len(page.items) == 1
    assert [bad.reason for bad in page.unreadable] == [
        "amount: decimal_parsing",
        "amount: no amount of VND",
    ]
    assert page.unreadable[1].id.startswith("wallet:")
    assert b'"amount": 0.5' in page.unreadable[1].body


def test_wallet_pages_count_from_zero() -> None:
    """The position after page zero is page one."""
    played = answer(
        shop().payments.page(WINDOW, "wallet:0"), ok({"transaction_list": [], "more": True})
    )
    assert (asked(played)["page_no"], played.result.next) == ("0", "wallet:1")


# Payouts


def withdrawal(kind: str, at: int, **parts: Any) -> dict[str, Any]:
    """A row of a withdrawal."""
    return row(
        transaction_type=f"WITHDRAWAL_{kind}",
        create_time=at,
        **{"withdrawal_id": 880012, "amount": -1000000, **parts},
    )


def transfers(*pages: list[dict[str, Any]]) -> Played[Page[Payout]]:
    """Payouts of the window, answered with these pages of wallet rows."""
    bodies = [ok({"transaction_list": rows, "more": False}) for rows in pages]
    return answer(shop().payments.payouts(WINDOW, None), *bodies)


def test_a_finished_withdrawal_is_paid() -> None:
    """Both rows make one payout: asked for at the first, paid at the second."""
    rows = [withdrawal("COMPLETED", 1795200000, amount=0), withdrawal("CREATED", 1795140000)]
    (payout,) = transfers(rows).result.items
    assert (payout.id, payout.amount, payout.status) == (
        "880012",
        Money(1000000, "VND"),
        PayoutStatus.PAID,
    )
    assert (payout.requested_at, payout.paid_at) == (
        datetime.fromtimestamp(1795140000, UTC),
        datetime.fromtimestamp(1795200000, UTC),
    )


def test_only_withdrawals_are_asked_for() -> None:
    """The tab narrows the rows, and others are left out all the same."""
    played = transfers([row()])
    assert asked(played)["transaction_tab_type"] == "wallet_withdrawals"
    assert played.result.items == ()


def test_the_other_half_of_a_withdrawal_is_looked_for_around_the_window() -> None:
    """An end in the next window makes it paid, whichever window is read last."""
    later = 1795000000 + 10 * 86400
    begun = [withdrawal("CREATED", 1795140000)]
    (payout,) = transfers(begun, [], [withdrawal("COMPLETED", later)]).result.items
    assert payout.status is PayoutStatus.PAID
    ended = [withdrawal("COMPLETED", 1795000005)]
    earlier = [withdrawal("CREATED", 1794999000)]
    (payout,) = transfers(ended, earlier, []).result.items
    assert payout.requested_at == datetime.fromtimestamp(1794999000, UTC)


def test_a_withdrawal_under_way_is_pending() -> None:
    """Without an end anywhere it is pending; a refused look into the future does no harm."""
    rows = ok({"transaction_list": [withdrawal("CREATED", 1795140000)], "more": False})
    none = ok({"transaction_list": [], "more": False})
    page = answer(shop().payments.payouts(WINDOW, None), rows, none, failed("time_invalid")).result
    assert [payout.status for payout in page] == [PayoutStatus.PENDING]


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("CANCELLED", "COMPLETED", PayoutStatus.FAILED),
        ("COMPLETED", "FAILED", PayoutStatus.FAILED),
        ("COMPLETED", "PENDING", PayoutStatus.PENDING),
        ("COMPLETED", "COMPLETED", PayoutStatus.PAID),
    ],
)
def test_the_latest_stage_decides(kind: str, status: str, expected: PayoutStatus) -> None:
    """A stage counts when its own row is completed."""
    rows = [
        withdrawal("CREATED", 1795140000),
        withdrawal(kind, 1795200000, status=status, amount=1000000),
    ]
    assert transfers(rows).result.items[0].status is expected


def test_the_example_withdrawal_is_read() -> None:
    """One million dong on its way to the bank."""
    none = ok({"transaction_list": [], "more": False})
    page = answer(
        shop().payments.payouts(WINDOW, None), fixture("wallet_transaction_list"), none, none
    ).result
    assert [(one.id, one.amount.minor, one.status) for one in page] == [
        ("880012", 1000000, PayoutStatus.PENDING)
    ]


# Tables


def test_every_part_and_every_type_has_a_kind() -> None:
    """The formula's 37 parts, and all numbers of wallet types, are known."""
    assert len(fees.FORMULA) == 37
    assert set(fees.WALLET_CODES.values()) <= set(fees.WALLET)
