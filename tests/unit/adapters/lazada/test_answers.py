"""Answering returns (fact book section 6.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk.domain.writing import CancelReason, Image
from entrosdk.errors import ConfigError, Conflict, Invalid, NotFound, OutcomeUnknown
from entrosdk.spi.request import Safety
from tests.unit.adapters.lazada.desk import answer, asked, failed, fixture, ok, parsed, paths, shop
from tests.unit.adapters.lazada.test_selling import written

RETURN, LINE = "771200456014402", "771200456114402"
DONE = {"code": "0", "data": None}
DETAIL = "/order/reverse/return/detail/list"
LOST = OutcomeUnknown("the reply was lost")


def detail(status: str = "REQUEST_INITIATE", kind: str = "RETURN", **parts: Any) -> bytes:
    """The example return in detail, in some state."""
    body = parsed("reverse_order_detail")["data"]
    line = {**body["reverseOrderLineDTOList"][0], "reverse_status": status}
    return ok({**body, "request_type": kind, "reverseOrderLineDTOList": [line], **parts})


@pytest.mark.parametrize(
    ("status", "decision", "action"),
    [
        ("REQUEST_INITIATE", "", "agreeReturn"),
        ("REQUEST_INITIATE", "instantRefund", "instantRefund"),
        ("RTM_RECEIVE_ITEM", "", "agreeRefund"),
        ("RTM_RECEIVE_ITEM", "confirmDelivery", "confirmDelivery"),
    ],
)
def test_a_return_is_agreed_to(status: str, decision: str, action: str) -> None:
    """The natural step of its state, or the one that is named."""
    played = answer(shop().returns.accept(RETURN, decision), detail(status), DONE)
    assert paths(played)[1] == "/rest/order/reverse/return/update"
    assert asked(played, 1) == {
        "action": action,
        "reverse_order_id": RETURN,
        "reverse_order_item_ids": f"[{LINE}]",
    }
    assert played.requests[1].safety is Safety.UNSAFE


def test_a_buyer_who_wants_money_only_is_refunded() -> None:
    """That is another call, which takes one line."""
    played = answer(shop().returns.accept(RETURN, ""), detail(kind="ONLY_REFUND"), DONE)
    assert paths(played)[1] == "/rest/order/reverse/onlyrefund/seller/decide"
    assert asked(played, 1)["action"] == "agreeRefund"


def test_goods_for_lazadas_warehouse_are_lazadas_affair() -> None:
    """The seller decides about what comes to the seller."""
    with pytest.raises(Conflict, match="warehouse"):
        answer(shop().returns.accept(RETURN, ""), detail(is_rtm=False))


def test_an_unknown_decision_is_our_mistake() -> None:
    """Nothing is asked."""
    with pytest.raises(ConfigError, match="agreeReturn"):
        answer(shop().returns.accept(RETURN, "perhaps"))


def test_reasons_come_in_the_countrys_language() -> None:
    """Their key is misspelt."""
    played = answer(
        shop().returns.dispute_reasons(RETURN), detail(), fixture("reverse_reason_list")
    )
    assert asked(played, 1) == {"reverse_order_line_id": LINE}
    assert played.result[0] == CancelReason(code="30001", text="Sản phẩm đã qua sử dụng")


@pytest.mark.parametrize(
    ("status", "action"),
    [("REQUEST_INITIATE", "refuseReturn"), ("RTM_RECEIVE_ITEM", "refuseRefund")],
)
def test_a_return_is_refused_with_reason_comment_and_pictures(status: str, action: str) -> None:
    """Pictures are uploaded first."""
    proof = [Image(content=b"photo", name="a.jpg")]
    played = answer(
        shop().returns.dispute(RETURN, "30001", "Đã dùng", proof),
        detail(status),
        fixture("image_upload"),
        DONE,
    )
    said = asked(played, 2)
    assert (said["action"], said["reason_id"], said["comment"]) == (action, "30001", "Đã dùng")
    url = parsed("image_upload")["data"]["image"]["url"]
    assert json.loads(said["image_info"]) == [{"name": "a.jpg", "url": url}]


def test_a_wish_for_money_is_disputed() -> None:
    """With other names for the pictures."""
    played = answer(
        shop().returns.dispute(RETURN, "", "Không", [Image(url="https://a.example/b")]),
        detail(kind="ONLY_REFUND"),
        fixture("image_upload"),
        DONE,
    )
    said = asked(played, 2)
    assert said["action"] == "startDispute"
    assert list(json.loads(said["image_info_list"])[0]) == ["file_name", "file_url"]


def test_each_line_is_refused_for_itself() -> None:
    """A batch is refused by Lazada (code 111)."""
    line = parsed("reverse_order_detail")["data"]["reverseOrderLineDTOList"][0]
    body = detail(reverseOrderLineDTOList=[line, {**line, "reverse_order_line_id": 5}])
    played = answer(shop().returns.dispute(RETURN, "1", "c", []), body, DONE, DONE)
    assert [asked(played, at)["reverse_order_item_ids"] for at in (1, 2)] == [f"[{LINE}]", "[5]"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [("108", Invalid), ("109", Invalid), ("110", Invalid), ("111", Invalid), ("114", Conflict)],
)
def test_guards_of_a_decision_are_told(code: str, kind: type[Exception]) -> None:
    """What is missing, and what is not allowed now."""
    with pytest.raises(kind):
        answer(shop().returns.dispute(RETURN, "", "", []), detail(), failed(code))


@pytest.mark.parametrize(("status", "known"), [("RTM_INIT", True), ("REQUEST_INITIATE", False)])
def test_a_lost_decision_is_read_back(status: str, known: bool) -> None:
    """A return that moved on was decided."""
    flow = shop().returns.accept(RETURN, "")
    bodies = (
        (DETAIL, detail()),
        ("/order/reverse/return/update", LOST),
        (DETAIL, detail(status)),
    )
    if known:
        assert written(flow, *bodies).result is None
        return
    with pytest.raises(OutcomeUnknown):
        written(flow, *bodies)


def test_an_unknown_return_is_not_found() -> None:
    """By Lazada's word, or because the id cannot be one."""
    with pytest.raises(NotFound):
        answer(shop().returns.accept(RETURN, ""), failed("106"))
    with pytest.raises(NotFound):
        answer(shop().returns.accept("x", ""))
