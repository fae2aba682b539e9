"""Reading Lazada's reverse orders (fact book section 6.1)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk.domain.money import Money
from entrosdk.domain.returns import GoodsState, MoneyState, Return, ReturnQuery
from entrosdk.errors import ConfigError
from tests.unit.adapters.lazada.desk import (
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    shop,
    vnd,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = ReturnQuery(updated_from=START, updated_to=START + timedelta(days=4))


def returned(**parts: Any) -> dict[str, Any]:
    """A return as the example lists it, with parts changed."""
    return {**parsed("reverse_orders")["result"]["items"][0], **parts}


def line(**parts: Any) -> dict[str, Any]:
    """A line as the example has it, with parts changed."""
    return {**returned()["reverse_order_lines"][0], **parts}


def listing(*items: Any, total: int | None = None) -> bytes:
    """A reply of the list."""
    body = {"success": True, "total": len(items) if total is None else total, "items": items}
    return json.dumps({"result": body, "code": "0"}).encode()


def one(region: str = "VN", **parts: Any) -> Return:
    """The one return of a page."""
    flow = shop(region).returns.page(WINDOW, None)
    (found,) = answer(flow, listing(returned(**parts))).result.items
    return found


def lined(*lines: dict[str, Any], **parts: Any) -> Return:
    """A return with these lines."""
    return one(reverse_order_lines=list(lines), **parts)


def test_the_example_maps_to_its_figures() -> None:
    """Order, unit, refund, times by their number of digits."""
    found = one()
    assert (found.id, found.order_id) == ("771200456014402", "477903355214402")
    assert (found.refund, found.reason) == (vnd(180000), "Sản phẩm không đúng mô tả")
    assert found.requested_at == datetime.fromtimestamp(1772330400, UTC)
    assert found.updated_at == datetime.fromtimestamp(1772501120, UTC)
    assert found.respond_by == datetime.fromtimestamp(1772762400, UTC)
    (unit,) = found.lines
    assert (unit.product_id, unit.variant_id, unit.sku, unit.quantity) == (
        "3120045517",
        "13400218811",
        "SV-AO-DEN-M",
        1,
    )


def test_list_and_detail_tell_the_same() -> None:
    """Though they name lines, product and buyer differently."""
    played = answer(shop().returns.many(["771200456014402"]), fixture("reverse_order_detail"))
    assert played.result.items == (one(),)
    assert asked(played) == {"reverse_order_id": "771200456014402"}
    assert played.result.drift == {}


def test_milliseconds_are_understood() -> None:
    """The unit of the line's times is not established."""
    found = lined(line(return_order_line_gmt_create=1772330400000))
    assert found.requested_at == datetime.fromtimestamp(1772330400, UTC)


@pytest.mark.parametrize(
    ("region", "refund"),
    [
        ("VN", Money(180000, "VND")),
        ("SG", Money(180000, "SGD")),
        ("TH", Money(180000, "THB")),
    ],
)
def test_refunds_are_in_the_smallest_unit_except_that_dong_have_none(
    region: str, refund: Money
) -> None:
    """180000 are dong in Vietnam and cents elsewhere."""
    assert one(region).refund == refund


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["REQUEST_INITIATE"], MoneyState.PENDING),
        (["REQUEST_REJECT"], MoneyState.DENIED),
        (["REQUEST_CANCEL"], MoneyState.NONE),
        (["REFUND_SUCCESS"], MoneyState.REFUNDED),
        (["REFUND_SUCCESS", "REQUEST_INITIATE"], MoneyState.PENDING),
        (["REFUND_SUCCESS", "REQUEST_REJECT"], MoneyState.REFUNDED),
        (["SOMETHING_NEW"], MoneyState.UNKNOWN),
        ([], MoneyState.UNKNOWN),
    ],
)
def test_the_money_is_told_by_the_lines(words: list[str], state: MoneyState) -> None:
    """What is not over comes before what is."""
    lines = [line(reverse_status=word) for word in words]
    if not lines:
        lines = [line(reverse_status="")]
    assert lined(*lines).money_state is state


@pytest.mark.parametrize(
    ("kind", "word", "state"),
    [
        ("RETURN", "INITIAL", GoodsState.EXPECTED),
        ("RETURN", "RETURN_CANCELED", GoodsState.CANCELLED),
        ("RETURN", "RTM_SHIPPING_BACK", GoodsState.IN_TRANSIT),
        ("RETURN", "RTM_RECEIVE_ITEM", GoodsState.RECEIVED),
        ("RETURN", "SOMETHING_NEW", GoodsState.UNKNOWN),
        ("ONLY_REFUND", "INITIAL", GoodsState.NONE),
    ],
)
def test_the_goods_are_told_by_kind_and_logistics(kind: str, word: str, state: GoodsState) -> None:
    """A buyer who gets money only keeps the goods."""
    assert lined(line(ofc_status=word), request_type=kind).goods_state is state


def test_new_words_are_kept_and_counted() -> None:
    """Both vocabularies are open sets."""
    body = listing(returned(reverse_order_lines=[line(reverse_status="NEW")]))
    page = answer(shop().returns.page(WINDOW, None), body).result
    assert page.items[0].status == "NEW"
    assert page.drift["result.items.lines.reverse_status=NEW"] == 1


def test_lines_that_differ_tell_both_states_and_add_up() -> None:
    """Refunds are summed, the earliest deadline counts."""
    found = lined(
        line(reverse_status="B", refund_amount=1, sla=1772762400000),
        line(reverse_status="A", refund_amount=None, sla=1772762300000),
    )
    assert (found.status, found.refund) == ("A,B", vnd(1))
    assert found.respond_by == datetime.fromtimestamp(1772762300, UTC)
    assert [unit.refund for unit in found.lines] == [vnd(1), None]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"reverse_order_lines": []}, "gmt_create: missing"),
        ({"reverse_order_lines": [line(return_order_line_gmt_create=-5)]}, "gmt_create"),
        ({"reverse_order_lines": [line(refund_amount="0.5")]}, "refund_amount"),
    ],
)
def test_a_return_that_fits_nothing_is_unreadable(parts: dict[str, Any], reason: str) -> None:
    """It is kept, alone."""
    body = listing(returned(**parts), returned(reverse_order_id=2))
    page = answer(shop().returns.page(WINDOW, None), body).result
    assert reason in page.unreadable[0].reason
    assert [found.id for found in page] == ["2"]


# Windows, pages, ids


def test_a_window_is_asked_for_in_milliseconds() -> None:
    """By the time lines were modified; cancellations are not asked for."""
    played = answer(shop().returns.page(WINDOW, None), fixture("reverse_orders"))
    assert asked(played) == {
        "page_no": "1",
        "page_size": "10",
        "request_type_list": '["RETURN","ONLY_REFUND"]',
        "ReverseOrderLineModifiedTimeRangeStart": "1772323200000",
        "ReverseOrderLineModifiedTimeRangeEnd": "1772668799999",
    }
    assert (len(played.result), played.result.next, played.result.drift) == (1, None, {})


def test_the_other_clock_has_another_range() -> None:
    """Creation of the line."""
    query = ReturnQuery(created_from=START, created_to=START + timedelta(days=1))
    played = answer(shop().returns.stubs(query, "2"), listing())
    assert asked(played)["ReverseOrderLineTimeRangeStart"] == "1772323200000"
    assert asked(played)["page_no"] == "2"


def test_a_cancellation_is_no_return() -> None:
    """It is left out even when Lazada lists it."""
    body = listing(returned(request_type="CANCEL"))
    assert answer(shop().returns.page(WINDOW, None), body).result.items == ()
    assert answer(shop().returns.stubs(WINDOW, None), body).result.items == ()


def test_pages_follow_until_the_total() -> None:
    """Ten at a time; an empty page ends."""
    rows = [returned(reverse_order_id=at) for at in range(1, 11)]
    assert answer(shop().returns.stubs(WINDOW, None), listing(*rows, total=11)).result.next == "2"
    assert answer(shop().returns.stubs(WINDOW, "2"), listing(*rows, total=20)).result.next is None
    assert answer(shop().returns.stubs(WINDOW, None), listing(total=11)).result.next is None


def test_an_empty_or_foreign_window_asks_nothing() -> None:
    """And bounds are needed."""
    empty = ReturnQuery(updated_from=START, updated_to=START)
    assert answer(shop().returns.page(empty, None)).result.items == ()
    assert answer(shop().returns.stubs(empty, None)).result.items == ()
    with pytest.raises(ConfigError):
        answer(shop().returns.page(ReturnQuery(), None))


def test_unknown_ids_are_missing() -> None:
    """Lazada says so with the words of an internal error."""
    batch = answer(
        shop().returns.many(["1", "x"]), failed("106", "E0106: ROC internal error")
    ).result
    assert batch.missing == ("1", "x")


def test_a_return_that_cannot_be_read_by_id_is_unreadable() -> None:
    """It is kept."""
    batch = answer(shop().returns.many(["1"]), ok({"reverse_order_id": 1})).result
    assert [bad.id for bad in batch.unreadable] == ["1"]
