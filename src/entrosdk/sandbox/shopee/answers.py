"""Answering returns (book 6.3). Buyers here agree to whatever is offered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.orders import Return, ReturnStage
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.lookup import returned
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.shelves import dong
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_SOLUTIONS = ("RETURN_REFUND", "REFUND")

# Number, what to show, and whether evidence is a must.
_REASONS = (
    (41, "Sản phẩm gửi đi đúng mô tả", True),
    (42, "Người mua chưa gửi bằng chứng", False),
    (81, "Hàng trả về bị hư hại", True),
)


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "returns/confirm": Endpoint("POST", "shop", _confirm),
        "returns/get_available_solutions": Endpoint("GET", "shop", _solutions),
        "returns/offer": Endpoint("POST", "shop", _offer),
        "returns/accept_offer": Endpoint("POST", "shop", _accept),
        "returns/get_return_dispute_reason": Endpoint("GET", "shop", _reasons),
        "returns/dispute": Endpoint("POST", "shop", _dispute),
    }


def _confirm(market: ShopeeMarket, given: Parameters) -> dict[str, str]:
    found = returned(market, given)
    if found.goods_back:  # seen live: no better word than this (quirk 34)
        raise Refusal("error_inner", "System error, please try again later.")
    return _agree(market, found)


def _agree(market: ShopeeMarket, found: Return) -> dict[str, str]:
    try:
        selling.agree_return(market.shop, found, market.world.now)
    except WriteRefused as refusal:
        text = "The return status does not allow this operation."
        raise Refusal("error_return_status", text) from refusal
    return {"return_sn": found.id}


def _solutions(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    found = returned(market, given)
    is_open = found.stage is ReturnStage.REQUESTED
    amounts = {
        "refund_amount_adjustable": True,
        "max_refund_amount": found.refund,
        "min_refund_amount": 1,
    }
    back = {"eligibility": is_open and found.goods_back, **amounts}
    refund = {"eligibility": is_open, **amounts}
    return {"return_sn": found.id, "offer_return_refund": back, "offer_refund": refund}


def _offer(market: ShopeeMarket, given: Parameters) -> dict[str, str]:
    found = returned(market, given)
    solution = given.text("proposed_solution")
    if solution not in _SOLUTIONS:
        raise Refusal("error_param", "Wrong parameters, detail: proposed_solution is invalid.")
    amount = _amount(given.text("proposed_adjusted_refund_amount", str(found.refund)))
    if not 0 < amount <= found.refund:
        raise Refusal("error_validation", "The refund amount is out of range.")
    if found.stage is not ReturnStage.REQUESTED:
        raise Refusal("error_negotiation_status", "The negotiation is over.")
    if solution == "RETURN_REFUND" and not found.goods_back:
        raise Refusal("error_validation", "The solution is not available.")
    found.goods_back = solution == "RETURN_REFUND"
    found.refund = amount
    return _agree(market, found)


def _amount(text: str) -> int:
    """Read an amount, with or without a fraction; anything else is nothing."""
    plain = re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text)
    return dong(float(text)) if plain else 0


def _accept(market: ShopeeMarket, given: Parameters) -> dict[str, str]:
    """Accept what the buyer asked for: the request is the buyer's first offer."""
    return _agree(market, returned(market, given))


# Disputes


def _reasons(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    returned(market, given)
    rows = [
        {
            "dispute_reason": str(number),  # text here, a number in dispute
            "dispute_requirement": text,
            "evidence_module_list": [
                {"module_index": 1, "requirement": "Ảnh hàng đã gửi", "is_required": must}
            ],
            "sample_evidence": [],
        }
        for number, text, must in _REASONS
    ]
    return {"dispute_reason_list": rows}


def _evidence(given: Parameters) -> bool:
    return given.named("image_list") and any(
        row.get("image_url") for row in given.rows("image_list")
    )


def _dispute(market: ShopeeMarket, given: Parameters) -> dict[str, str]:
    found = returned(market, given)
    if "@" not in given.text("email"):
        raise Refusal("dispute.request.param.error", "The email is invalid.")
    must = {number: needed for number, _, needed in _REASONS}
    reason = given.number("dispute_reason_id")
    shown = (given.call.json() or {}).get("image_list") and given.rows("image_list")
    if reason not in must or (
        must[reason] and not any(row.get("image_url") for row in shown or ())
    ):
        raise Refusal("dispute.request.param.error", "The reason or its evidence is invalid.")
    if found.stage is ReturnStage.DISPUTED:
        raise Refusal("error_ongoing_dispute", "There is an ongoing dispute.")
    try:
        selling.dispute_return(market.shop, found, market.world.now)
    except WriteRefused as refusal:
        text = "The return status does not allow this operation."
        raise Refusal("error_return_status", text) from refusal
    return {"return_sn": found.id, "msg": ""}
