"""Money derived from orders: parts, signs, and Tiki's own figure to the dong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.adapters.tiki.fees import FEES
from entrosdk.domain.money import total
from entrosdk.domain.payment import Payment, PaymentKind, PaymentQuery
from entrosdk.errors import BadReply, ConfigError, NotFound, Unsupported
from tests.unit.adapters.tiki.desk import answer, asked, page, parsed, reply, shop, vnd

QUEUEING = "order_detail_queueing_cod"
CANCELED = "order_detail_canceled"
COMPLETE = "order_detail_complete_seller_delivery"

START = datetime(2026, 11, 15, tzinfo=UTC)
WINDOW = PaymentQuery(settled_from=START, settled_to=START + timedelta(days=2))


def earned(body: Any) -> dict[str, Payment]:
    """The movements of an order, by raw kind."""
    played = answer(shop().payments.for_order(str(body["code"])), page(body))
    return {one.raw_kind: one for one in played.result}


def amounts(body: Any) -> dict[str, int]:
    """The movements' amounts in dong."""
    return {raw: one.amount.minor for raw, one in earned(body).items()}


def figure(body: Any) -> int:
    """Tiki's own figure of what an order earns."""
    told: int = body["invoice"]["total_seller_income"]
    return told


def with_income(name: str, income: int, **changes: Any) -> Any:
    """An example order whose own figure is another."""
    body = {**parsed(name), **changes}
    body["invoice"]["total_seller_income"] = income
    return body


def test_the_parts_of_the_example_order() -> None:
    """Goods, who pays the shipping, the seller's coupon, and the fees of both lines."""
    assert amounts(parsed(QUEUEING)) == {
        "item_price": 575000,
        "buyer_shipping_fee": 16000,
        "tiki_subsidy": 16000,
        "discount_coupon.seller_discount": -25000,
        "percent_per_item_sales_value": -46000,
        "payment_processing_fee": -11500,
        "shipping_fee": -32000,
    }


@pytest.mark.parametrize("name", [QUEUEING, COMPLETE])
def test_the_parts_add_up_to_tikis_figure(name: str) -> None:
    """To the dong, and without anything unexplained."""
    body = parsed(name)
    parts = earned(body)
    assert total((one.amount for one in parts.values()), "VND") == vnd(figure(body))
    assert "unexplained" not in parts


def test_each_part_has_its_kind() -> None:
    """Raw words are kept beside the kinds all marketplaces share."""
    kinds = {raw: one.kind for raw, one in earned(parsed(COMPLETE)).items()}
    assert kinds == {
        "item_price": PaymentKind.ITEM_PRICE,
        "buyer_shipping_fee": PaymentKind.BUYER_SHIPPING,
        "discount_coupon.seller_discount": PaymentKind.SELLER_VOUCHER,
        "percent_per_item_sales_value": PaymentKind.COMMISSION,
        "payment_processing_fee": PaymentKind.PAYMENT_FEE,
        "base_fee": PaymentKind.ORDER_PROCESSING,
        "shipping_fee": PaymentKind.ACTUAL_SHIPPING,
    }


@pytest.mark.parametrize(("key", "kind"), FEES.items())
def test_every_fee_of_the_book_is_a_charge_of_its_kind(key: str, kind: PaymentKind) -> None:
    """Charges are negative on the wire and stay so."""
    body = with_income(COMPLETE, 423000)
    fee = {"fee_type_key": key, "final_amount": -2000}
    body["items"][0]["seller_income_detail"] |= {"seller_fees": [fee], "sub_total": 425000}
    part = earned(body)[key]
    assert (part.kind, part.amount) == (kind, vnd(-2000))


def test_an_unknown_fee_is_kept_and_counts_as_drift() -> None:
    """The set of fees is open."""
    body = with_income(COMPLETE, 423000)
    fee = {"fee_type_key": "moon_fee", "final_amount": "-2000.00"}
    body["items"][0]["seller_income_detail"] |= {"seller_fees": [fee], "sub_total": 425000}
    batch = answer(shop().payments.many(["729640815"]), page(body)).result
    part = next(one for one in batch.items if one.raw_kind == "moon_fee")
    assert (part.kind, part.amount) == (PaymentKind.OTHER, vnd(-2000))
    drift = "data.items.seller_income_detail.seller_fees.fee_type_key=moon_fee"
    assert batch.drift == {drift: 1}


def test_movements_say_that_they_are_derived_and_never_settled() -> None:
    """They happen when the goods arrive; when Tiki pays is told in Seller Center only."""
    movements = earned(parsed(COMPLETE)).values()
    assert {one.derived for one in movements} == {True}
    assert {one.settled_at for one in movements} == {None}
    assert {one.occurred_at for one in movements} == {datetime(2026, 11, 12, 10, 8, 30, tzinfo=UTC)}
    assert {(one.source_id, one.order_id) for one in movements} == {("729640815", "729640815")}
    assert len({one.id for one in movements}) == len(movements)


def test_before_delivery_movements_carry_the_orders_own_time() -> None:
    """An estimate has no better one."""
    times = {one.occurred_at for one in earned(parsed(QUEUEING)).values()}
    assert times == {datetime(2026, 11, 18, 2, 14, 27, tzinfo=UTC)}


def test_a_cancelled_order_moves_no_money() -> None:
    """Its lines still tell an income that will never come (section 3.3.2)."""
    assert answer(shop().payments.for_order("603915482"), page(parsed(CANCELED))).result == ()


def test_a_coupon_that_the_line_does_not_subtract_is_none() -> None:
    """Whether coupons are subtracted is an assumption: the line's own sum decides (12)."""
    body = with_income(COMPLETE, 375000)
    body["items"][0]["seller_income_detail"] |= {"sub_total": 445000, "seller_income": 375000}
    parts = amounts(body)
    assert "discount_coupon.seller_discount" not in parts
    assert sum(parts.values()) == 375000


def test_what_the_parts_do_not_explain_is_a_movement_of_its_own() -> None:
    """The sum is Tiki's figure, and the difference is there to be seen."""
    body = with_income(COMPLETE, 354000)
    part = earned(body)["unexplained"]
    assert (part.kind, part.amount) == (PaymentKind.OTHER, vnd(-1000))
    assert sum(amounts(body).values()) == 354000


def test_a_returned_orders_difference_is_its_refund() -> None:
    """The figure of an order that came back is smaller than its parts."""
    part = earned(with_income(COMPLETE, 0, status="returned"))["unexplained"]
    assert (part.kind, part.amount) == (PaymentKind.REFUND, vnd(-355000))


@pytest.mark.parametrize("told", ["fees", "sum"])
def test_an_order_without_the_detail_is_read_from_its_lines(told: str) -> None:
    """The lines' invoices tell less, and still enough."""
    body = parsed(COMPLETE)
    body["items"][0]["seller_income_detail"] = None
    if told == "sum":
        body["items"][0]["invoice"]["fees"] = []
    parts = amounts(body)
    assert parts["item_price"] == 420000
    assert parts["discount_coupon.seller_discount"] == -20000
    assert ("seller_fee" in parts) == (told == "sum")
    assert sum(parts.values()) == figure(body)


def test_without_a_figure_the_parts_stand_alone() -> None:
    """Nothing is compared with what is not told."""
    body = {**parsed(COMPLETE), "invoice": None}
    assert sum(amounts(body).values()) == 355000


def test_the_sellers_share_of_shipping_is_no_income() -> None:
    """It is taken from what the buyer and Tiki pay (section 3.3.2)."""
    body = with_income(COMPLETE, 351000)
    detail = body["items"][0]["seller_income_detail"]
    detail["discount"]["discount_shipping_fee"] |= {"seller_subsidy": 4000, "tiki_subsidy": 1000}
    detail |= {"sub_total": 421000, "seller_income": 351000}
    parts = amounts(body)
    assert (parts["buyer_shipping_fee"], parts["tiki_subsidy"]) == (20000, 1000)
    assert sum(parts.values()) == 351000


# Listing


def test_delivered_orders_of_a_window_are_listed() -> None:
    """The window goes over the update time, and only final incomes are listed."""
    played = answer(shop().payments.page(WINDOW, None), page(parsed(COMPLETE)))
    assert total((one.amount for one in played.result.items), "VND") == vnd(355000)
    query = asked(played)
    assert query["status"] == "in|delivered,successful_delivery,complete,closed,returned"
    assert query["updated_from_date"] == "2026-11-15 06:59:59"


def test_stubs_name_the_same_orders() -> None:
    """A source is an order; rows outside the window are left out."""
    rows = [
        parsed(COMPLETE),
        {**parsed(COMPLETE), "code": "1", "updated_at": "2026-11-15 06:59:59"},
    ]
    stubs = answer(shop().payments.stubs(WINDOW, None), page(*rows)).result
    assert [one.id for one in stubs.items] == ["729640815"]
    whole = answer(shop().payments.page(WINDOW, None), page(*rows)).result
    assert {one.source_id for one in whole.items} == {"729640815"}


def test_pages_go_backwards_like_those_of_orders() -> None:
    """A source's movements never span pages."""
    played = answer(
        shop().payments.page(WINDOW, None),
        page(last_page=2),
        page(parsed(COMPLETE), last_page=2, current=2),
    )
    assert (asked(played, 1)["page"], played.result.next) == ("2", "1")


def test_a_window_without_length_asks_nobody() -> None:
    """Nothing can be in it."""
    empty = PaymentQuery(settled_from=START, settled_to=START)
    assert answer(shop().payments.page(empty, None)).result.items == ()
    assert answer(shop().payments.stubs(empty, None)).result.items == ()


def test_a_window_without_zone_is_our_mistake() -> None:
    """The message names the bound as the caller knows it."""
    naive = PaymentQuery(settled_from=START.replace(tzinfo=None), settled_to=START)
    with pytest.raises(ConfigError, match="settled_from"):
        answer(shop().payments.page(naive, None))


def test_an_amount_that_is_none_puts_the_order_aside() -> None:
    """Half a dong is an error upstream; the reason names the field, not the amount."""
    body = parsed(COMPLETE)
    body["items"][0]["seller_income_detail"]["shipping_fee"] = 0.5
    batch = answer(shop().payments.many(["729640815"]), page(body)).result
    assert (batch.items, [bad.id for bad in batch.unreadable]) == ((), ["729640815"])
    assert batch.unreadable[0].reason == "shipping_fee: no amount of VND"
    with pytest.raises(BadReply, match="shipping_fee"):
        answer(shop().payments.for_order("729640815"), page(body))


def test_the_money_of_an_unknown_order_is_not_found() -> None:
    """Neither listed nor answered alone."""
    gone = reply({"errors": ["order not found"]}, 404)
    with pytest.raises(NotFound, match="1"):
        answer(shop().payments.for_order("1"), page(), gone)


def test_there_are_no_payouts() -> None:
    """Statements are in Seller Center only (section 5)."""
    with pytest.raises(Unsupported, match="payouts"):
        shop().payments.payouts(WINDOW, None)
