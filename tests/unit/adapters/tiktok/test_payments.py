"""Reading TikTok Shop's money: statements, their sums, the balance, one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.tiktok.fees import ADJUSTMENTS, FEES, REVENUE, SHIPPING, TAXES
from entrosdk.domain.payment import Payment, PaymentKind, PaymentQuery, PayoutStatus
from entrosdk.errors import BadReply, ConfigError, NotFound
from entrosdk.spi.page import Page
from tests.unit.adapters.tiktok.desk import answer, asked, failed, fixture, ok, parsed, shop, vnd

STATEMENT = "7573012284405450497"
MADE = datetime.fromtimestamp(1794700800, UTC)
WINDOW = PaymentQuery(settled_from=MADE, settled_to=MADE + timedelta(days=3))
ORDER = "579195330217943216"
RETURNED = "579191288740120881"
EMPTY = ok({"next_page_token": "", "total_count": 0})


def read(*bodies: Any, cursor: str | None = None) -> Page[Payment]:
    """One page of movements."""
    return answer(shop().payments.page(WINDOW, cursor), *bodies).result


def first() -> Page[Payment]:
    """The movements of the example statement."""
    return read(fixture("statements"), fixture("statement_transactions"))


def of(order_id: str) -> list[Payment]:
    """The movements of one order in it."""
    return [one for one in first() if one.order_id == order_id]


def sum_of(movements: Any) -> int:
    """What movements come to."""
    return sum(one.amount.minor for one in movements)


def changed(**facts: Any) -> Page[Payment]:
    """The example statement, its second transaction with other facts."""
    body = parsed("statement_transactions")
    body["data"]["transactions"][1] |= facts
    return read(fixture("statements"), body)


# Sums


def test_the_movements_of_a_statement_add_up_to_it() -> None:
    """To the dong: what is payable is 479 210."""
    told = parsed("statement_transactions")["data"]
    assert sum_of(first()) == int(told["payable_amount"]) == 479210
    assert int(parsed("statements")["data"]["statements"][0]["settlement_amount"]) == 479210


def test_the_movements_of_an_order_add_up_to_its_settlement() -> None:
    """Fees, shipping, taxes and a return included."""
    assert (sum_of(of(ORDER)), sum_of(of(RETURNED))) == (345210, -21000)


def test_each_part_has_its_kind_and_its_own_name() -> None:
    """No sign is flipped: plus is towards the seller already."""
    found = {one.raw_kind: (one.kind, one.amount.minor) for one in of(ORDER)}
    assert found == {
        "subtotal_before_discount_amount": (PaymentKind.ITEM_PRICE, 498000),
        "seller_discount_amount": (PaymentKind.SELLER_DISCOUNT, -60000),
        "actual_shipping_fee_amount": (PaymentKind.ACTUAL_SHIPPING, -32700),
        "shipping_fee_discount_amount": (PaymentKind.SHIPPING_REBATE, 20000),
        "customer_paid_shipping_fee_amount": (PaymentKind.BUYER_SHIPPING, 12700),
        "platform_commission_amount": (PaymentKind.COMMISSION, -17520),
        "transaction_fee_amount": (PaymentKind.PAYMENT_FEE, -21900),
        "sfp_service_fee_amount": (PaymentKind.SERVICE_FEE, -26280),
        "voucher_xtra_service_fee_amount": (PaymentKind.SERVICE_FEE, -17520),
        "vn_fix_infrastructure_fee": (PaymentKind.ORDER_PROCESSING, -3000),
        "local_vat_amount": (PaymentKind.TAX_VAT_WITHHELD, -4380),
        "pit_amount": (PaymentKind.TAX_PIT_WITHHELD, -2190),
    }


def test_a_return_is_a_refund_and_its_fees() -> None:
    """The processing fee stays with the seller."""
    kinds = {one.kind: one.amount.minor for one in of(RETURNED) if one.amount.minor < 0}
    assert kinds[PaymentKind.REFUND] == -189000
    assert kinds[PaymentKind.RETURN_SHIPPING] == -18000
    assert kinds[PaymentKind.ORDER_PROCESSING] == -3000


def test_a_correction_is_a_movement_of_its_order() -> None:
    """Its type is its name."""
    (one,) = of("579180044917360133")
    assert (one.kind, one.raw_kind) == (PaymentKind.COMPENSATION, "LOGISTICS_REIMBURSEMENT")
    assert (one.amount, one.source_id) == (vnd(155000), f"{STATEMENT}:7573012284405647105")


def test_movements_settle_when_their_statement_is_made() -> None:
    """00:00 UTC, 07:00 in Vietnam."""
    assert {one.settled_at for one in first()} == {MADE}
    assert len({one.id for one in first()}) == len(first())


def test_every_listed_name_has_a_kind() -> None:
    """The tables overlap nowhere."""
    names = [*REVENUE, *SHIPPING, *FEES, *TAXES, *ADJUSTMENTS]
    assert len(names) == len(set(names))


def test_a_new_fee_keeps_its_name_and_is_counted() -> None:
    """New ones appear every few weeks; the sum still holds."""
    fee = parsed("statement_transactions")["data"]["transactions"][1]["fee_tax_breakdown"]
    fee["fee"] |= {"mystery_fee": "-1000", "transaction_fee_amount": "-20900"}
    page = changed(fee_tax_breakdown=fee)
    (one,) = (one for one in page if one.raw_kind == "mystery_fee")
    assert (one.kind, one.amount) == (PaymentKind.OTHER, vnd(-1000))
    assert page.drift == {"data.transactions.mystery_fee": 1}
    assert sum_of(page) == 479210


def test_a_name_that_only_repeats_another_is_not_counted_twice() -> None:
    """The block's own total tells which of the two it is."""
    fee = parsed("statement_transactions")["data"]["transactions"][1]["fee_tax_breakdown"]
    fee["fee"] |= {
        "transaction_fee_amount": "-11900",
        "affiliate_commission_amount": "-10000",
        "affiliate_commission_amount_before_pit": "-11000",
    }
    page = changed(fee_tax_breakdown=fee)
    found = [one.amount.minor for one in page if one.kind is PaymentKind.AFFILIATE]
    assert (found, sum_of(page)) == ([-10000], 479210)


def test_totals_without_parts_are_movements_themselves() -> None:
    """Nothing is lost when a breakdown is left out."""
    page = changed(revenue_breakdown=None)
    (one,) = (one for one in page if one.raw_kind == "revenue_amount")
    assert (one.amount, page.drift) == (vnd(438000), {})


def test_money_in_reserve_is_beside_the_settlement() -> None:
    """Payable is what settles less what is kept back."""
    page = changed(reserve_amount="-5000", reserve_status="COLLECTED")
    assert sum_of(page) == 474210
    (one,) = (one for one in page if one.raw_kind == "reserve_amount")
    assert (one.order_id, one.amount) == (ORDER, vnd(-5000))


def test_an_adjustment_within_an_order_has_a_name_of_its_own() -> None:
    """It is a part of the settlement."""
    page = changed(adjustment_amount="-210", settlement_amount="345000")
    (one,) = (one for one in page if one.raw_kind == "adjustment_amount")
    assert (one.kind, one.amount) == (PaymentKind.ADJUSTMENT, vnd(-210))


def test_a_transaction_of_nothing_still_has_a_movement() -> None:
    """So that it is known to have been read."""
    body = ok({"create_time": 1794700800, "transactions": [{"id": "1", "type": "ORDER"}]})
    (one,) = read(fixture("statements"), body)
    assert one.amount == vnd(0)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"fee_tax_amount": "-92791"}, "fee_tax_amount: its parts do not add up"),
        ({"settlement_amount": "1"}, "settlement_amount: its blocks do not add up"),
        ({"revenue_breakdown": {"x": "abc"}}, "x: no amount"),
        ({"revenue_breakdown": {"x": True}}, "x: no amount"),
        ({"revenue_breakdown": {"x": "0.5"}}, "x: no amount of VND"),
    ],
)
def test_money_that_does_not_add_up_is_unreadable(facts: dict[str, Any], said: str) -> None:
    """It is kept whole, and the other transactions are read."""
    page = changed(**facts)
    (bad,) = page.unreadable
    assert (bad.id, bad.reason) == (f"{STATEMENT}:7573012284405516033", said)
    assert sum_of(page) == 479210 - 345210


def test_the_examples_have_no_drift() -> None:
    """Every key and every name of a fee is known."""
    assert first().drift == {}


# The walk over statements


def test_a_walk_reads_each_statement_and_then_the_balance() -> None:
    """A position is behind a statement; the balance comes last."""
    played = answer(
        shop().payments.page(WINDOW, None),
        fixture("statements"),
        fixture("statement_transactions"),
    )
    assert asked(played) == {
        "statement_time_ge": "1794700800",
        "statement_time_lt": "1794960000",
        "page_size": "100",
        "sort_field": "statement_time",
        "sort_order": "ASC",
    }
    assert asked(played, 1)["sort_field"] == "order_create_time"
    second = answer(
        shop().payments.page(WINDOW, played.result.next),
        fixture("statements"),
        ok({"transactions": []}),
    )
    assert second.requests[1].path.split("/")[4] == "7573383310917027841"
    third = answer(
        shop().payments.page(WINDOW, second.result.next),
        fixture("statements"),
        ok({"transactions": []}),
    )
    last = answer(shop().payments.page(WINDOW, third.result.next), fixture("statements"), EMPTY)
    assert asked(last)["statement_time_ge"] == "1794873600"
    assert asked(last, 1)["types"] == "TRANSFER"
    assert last.result.next is None


def test_a_large_statement_is_read_page_by_page() -> None:
    """Inside a statement its list is not asked for again."""
    body = parsed("statement_transactions")
    body["data"]["next_page_token"] = "t:o/k+en="
    page = read(fixture("statements"), body)
    played = answer(shop().payments.page(WINDOW, page.next), fixture("statement_transactions"))
    assert asked(played)["page_token"] == "t:o/k+en="
    assert played.requests[0].path.split("/")[4] == STATEMENT
    assert sum_of(played.result) == 479210


def test_a_long_list_of_statements_is_followed() -> None:
    """A page of statements that are all read already leads to the next one."""
    rows = [{"id": "1", "statement_time": 1794700800}]
    played = answer(
        shop().payments.page(WINDOW, "statement:1794700800:1:"),
        ok({"statements": rows, "next_page_token": "more"}),
        ok({"statements": [{"id": "2", "statement_time": 1794700800}]}),
        ok({"transactions": []}),
    )
    assert asked(played, 1)["page_token"] == "more"
    assert played.result.next == "statement:1794700800:2:"


def test_a_statement_that_cannot_be_read_is_reported() -> None:
    """And the walk goes on with the next one."""
    body = parsed("statements")
    body["data"]["statements"][0]["statement_time"] = "midnight"
    page = read(body, ok({"transactions": []}))
    assert [bad.id for bad in page.unreadable] == [STATEMENT]
    assert page.next == "statement:1794787200:7573383310917027841:"


def test_stubs_are_the_sources_of_the_same_page() -> None:
    """Three transactions, each once."""
    flow = shop().payments.stubs(WINDOW, None)
    stubs = answer(flow, fixture("statements"), fixture("statement_transactions")).result
    assert [stub.id for stub in stubs] == list(dict.fromkeys(one.source_id for one in first()))
    assert stubs.next == first().next


def test_an_empty_window_asks_nobody() -> None:
    """Neither for movements nor for payouts."""
    query = PaymentQuery(settled_from=MADE, settled_to=MADE)
    assert answer(shop().payments.page(query, None)).requests == ()
    assert answer(shop().payments.stubs(query, None)).requests == ()
    assert answer(shop().payments.payouts(query, None)).requests == ()


@pytest.mark.parametrize("cursor", ["page 2", "statement:x:1:", "statement:1", "order:1:2:3"])
def test_a_strange_position_is_refused(cursor: str) -> None:
    """One of another listing cannot be resumed here."""
    with pytest.raises(ConfigError):
        read(cursor=cursor)


# The balance


def balance(*rows: dict[str, Any], token: str = "") -> bytes:
    """A reply of the list of withdrawals."""
    return ok({"withdrawals": list(rows), "next_page_token": token})


GIFT = {
    "id": "7",
    "type": "TRANSFER",
    "amount": "-15000",
    "currency": "VND",
    "status": "SUCCESS",
    "create_time": 1794700900,
}


def test_what_the_platform_gives_or_takes_is_a_movement_of_the_shop() -> None:
    """No statement tells of it; one that is not done yet is not settled."""
    page = read(balance(GIFT, {**GIFT, "id": "8", "status": "PROCESSING"}), cursor="balance:")
    done, open_ = page.items
    assert (done.amount, done.kind, done.order_id) == (vnd(-15000), PaymentKind.ADJUSTMENT, "")
    assert done.settled_at == datetime.fromtimestamp(1794700900, UTC)
    assert (open_.settled_at, page.next) == (None, None)


def test_the_balance_has_pages_too() -> None:
    """Their token is passed on."""
    page = read(balance(GIFT, token="a:b"), cursor="balance:")
    assert page.next == "balance:a:b"
    assert asked(answer(shop().payments.page(WINDOW, page.next), EMPTY))["page_token"] == "a:b"


def test_payouts_are_withdrawals_to_the_bank() -> None:
    """Not what settles into the balance."""
    rows = [
        row for row in parsed("withdrawals")["data"]["withdrawals"] if row["type"] == "WITHDRAW"
    ]
    played = answer(shop().payments.payouts(WINDOW, None), balance(*rows, token="n"))
    (payout,) = played.result
    assert asked(played)["types"] == "WITHDRAW"
    assert (payout.id, payout.amount) == ("3459110772841218305", vnd(400000))
    assert (payout.status, payout.raw_status) == (PayoutStatus.PAID, "SUCCESS")
    assert payout.requested_at == datetime.fromtimestamp(1794816003, UTC)
    assert played.result.next == "n"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("INIT", PayoutStatus.PENDING),
        ("PAID", PayoutStatus.PAID),
        ("REVERSED", PayoutStatus.FAILED),
        ("NEW", PayoutStatus.UNKNOWN),
    ],
)
def test_every_stage_of_a_payout_has_its_meaning(word: str, status: PayoutStatus) -> None:
    """The platform's own word stays."""
    page = answer(shop().payments.payouts(WINDOW, None), balance({**GIFT, "status": word})).result
    assert page.items[0].status is status


def test_a_payout_without_an_amount_is_unreadable() -> None:
    """Nothing is invented."""
    page = answer(shop().payments.payouts(WINDOW, None), balance({**GIFT, "amount": ""})).result
    assert [(bad.id, bad.reason) for bad in page.unreadable] == [("7", "amount: missing")]


# By source


def test_sources_are_found_in_their_statements() -> None:
    """Read page by page until all are found; the others are missing."""
    ids = [one.source_id for one in of(ORDER)][:1]
    body = parsed("statement_transactions")
    body["data"]["next_page_token"] = "more"
    played = answer(shop().payments.many(ids), body)
    assert (sum_of(played.result), played.result.missing) == (345210, ())
    assert list(played.result) == of(ORDER)
    lost = answer(
        shop().payments.many([f"{STATEMENT}:0", "x:1", "9:1"]),
        fixture("statement_transactions"),
        failed(21008111),
    ).result
    assert lost.missing == (f"{STATEMENT}:0", "x:1", "9:1")


def test_a_row_of_the_balance_is_found_by_its_second() -> None:
    """Its id holds the second to look at."""
    name = "transfer:1794700900:7"
    played = answer(shop().payments.many([name, "transfer:x"]), balance(GIFT, token="n"), EMPTY)
    assert asked(played)["create_time_ge"] == "1794700900"
    assert [one.source_id for one in played.result] == [name]
    assert played.result.missing == ("transfer:x",)


# One order


def test_one_orders_money_adds_up_to_its_settlement() -> None:
    """By variant, dated by the statement each row is in."""
    played = answer(
        shop().payments.for_order(ORDER),
        fixture("order_statement_transactions"),
        fixture("statement_transactions"),
    )
    assert sum_of(played.result) == 345210
    assert {one.settled_at for one in played.result} == {MADE}
    assert asked(played, 1)["page_size"] == "1"
    told = {(one.raw_kind, one.amount) for one in played.result}
    assert told == {(one.raw_kind, one.amount) for one in of(ORDER)}


def test_a_part_told_a_level_deeper_counts_when_the_total_says_so() -> None:
    """The reimbursement of shipping stands elsewhere in an order's own record."""
    body = parsed("order_statement_transactions")
    data = body["data"]
    row = data["sku_transactions"][0]
    deeper = row["shipping_cost_breakdown"]["supplementary_component"]
    deeper["shipping_fee_guarantee_reimbursement"] = "9000"
    row |= {"shipping_cost_amount": "9000", "settlement_amount": "354210"}
    data["settlement_amount"] = "354210"
    found = answer(shop().payments.for_order(ORDER), body, fixture("statement_transactions")).result
    (one,) = (one for one in found if one.raw_kind == "shipping_fee_guarantee_reimbursement")
    assert (one.kind, sum_of(found)) == (PaymentKind.COMPENSATION, 354210)


def test_an_order_before_its_first_statement_has_an_estimate() -> None:
    """The marketplace's own, looked up by the second the order was placed in."""
    bare = ok({"order_id": "1", "order_create_time": 1794700800})
    other = {"order_id": "2", "order_create_time": 1794700800, "est_settlement_amount": "5"}
    row = {**other, "order_id": "1", "est_settlement_amount": "345210"}
    played = answer(
        shop().payments.for_order("1"),
        bare,
        ok({"transactions": [other], "next_page_token": "n"}),
        ok({"transactions": [row]}),
    )
    (one,) = played.result
    assert (one.amount, one.settled_at, one.raw_kind) == (
        vnd(345210),
        None,
        "est_settlement_amount",
    )
    assert asked(played, 1)["search_time_lt"] == "1794700801"
    assert asked(played, 2)["page_token"] == "n"


def test_an_order_nobody_has_an_estimate_for_has_no_movements() -> None:
    """That is no error."""
    bare = ok({"order_id": "1", "order_create_time": 1794700800})
    row = {"order_id": "1", "order_create_time": 1794700800}
    for replies in ([ok({"order_id": "1"})], [bare, ok({})], [bare, ok({"transactions": [row]})]):
        assert answer(shop().payments.for_order("1"), *replies).result == ()


def test_an_order_whose_statement_is_gone_goes_by_its_own_time() -> None:
    """When it settled is then not known."""
    flow = shop().payments.for_order(ORDER)
    found = answer(flow, fixture("order_statement_transactions"), failed(36009004)).result
    assert {(one.settled_at, one.occurred_at) for one in found} == {
        (None, datetime.fromtimestamp(1793618433, UTC))
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(settlement_amount="1"),
        lambda data: data["sku_transactions"][0].update(fee_tax_amount="1"),
        lambda data: (
            data.update(order_create_time=0),
            data["sku_transactions"][0].pop("statement_id"),
        ),
    ],
)
def test_an_orders_money_that_does_not_fit_is_a_bad_reply(change: Any) -> None:
    """One order cannot be put aside: it is told."""
    body = parsed("order_statement_transactions")
    change(body["data"])
    dated = () if "statement_id" not in body["data"]["sku_transactions"][0] else (EMPTY,)
    with pytest.raises(BadReply):
        answer(shop().payments.for_order(ORDER), body, *dated)


def test_an_unknown_order_is_not_found() -> None:
    """TikTok Shop's own refusal."""
    with pytest.raises(NotFound):
        answer(shop().payments.for_order("1"), failed(21008111))
