"""Answering Shopee's returns: agreeing in the way that fits, and disputing with evidence."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from entrosdk.adapters.shopee import ShopeeAdapter
from entrosdk.domain.credentials import App
from entrosdk.domain.secret import Secret
from entrosdk.domain.writing import Image
from entrosdk.errors import ConfigError, Conflict, NotFound, OutcomeUnknown
from tests.unit.adapters.shopee.desk import (
    answer,
    asked,
    failed,
    fixture,
    ok,
    parsed,
    paths,
    shop,
    told,
)

NAME = "2611130Q7KDV4XB"
LOST = OutcomeUnknown("the reply was lost")
DONE = fixture("return_confirm_ok")
APP = App(key="1", secret=Secret("k"), email="shop@example.com")


def detail(**parts: Any) -> Any:
    """The example return in another state."""
    body = parsed("return_detail")
    body["response"] |= parts
    return body


def solutions(**eligible: bool) -> bytes:
    """What may be offered."""
    return ok({f"offer_{name}": {"eligibility": value} for name, value in eligible.items()})


def seller() -> ShopeeAdapter:
    """The demo shop of an app with an address."""
    return ShopeeAdapter(evolve(shop().access, app=APP))


# Agreeing


def test_a_refund_without_return_is_confirmed() -> None:
    """Only that one may be (quirk 34)."""
    played = answer(shop().returns.accept(NAME, ""), detail(return_solution=1), DONE)
    assert paths(played) == ["returns/get_return_detail", "returns/confirm"]
    assert told(played) == {"return_sn": NAME}


def test_the_buyers_offer_is_accepted() -> None:
    """With goods to come back, the offer on the table is taken."""
    played = answer(shop().returns.accept(NAME, ""), detail(), DONE)
    assert paths(played)[-1] == "returns/accept_offer"


def test_without_an_offer_one_is_made() -> None:
    """Whether the return says so before, or Shopee afterwards."""
    offer = {"return_sn": NAME, "proposed_solution": "RETURN_REFUND"}
    open_now = solutions(return_refund=True, refund=False)
    none = answer(shop().returns.accept(NAME, ""), detail(negotiation={}), open_now, DONE)
    assert (paths(none)[-1], told(none)) == ("returns/offer", offer)
    refusal = failed("error_no_buyer_offer", "There is no buyer offer.")
    late = answer(shop().returns.accept(NAME, ""), detail(), refusal, open_now, DONE)
    assert told(late) == offer


def test_a_decision_is_carried_out_as_it_is() -> None:
    """The platform's words, without looking first."""
    confirmed = answer(shop().returns.accept(NAME, "CONFIRM"), DONE)
    assert paths(confirmed) == ["returns/confirm"]
    refund = answer(
        shop().returns.accept(NAME, "REFUND"), solutions(return_refund=True, refund=True), DONE
    )
    assert told(refund)["proposed_solution"] == "REFUND"
    with pytest.raises(Conflict):
        answer(shop().returns.accept(NAME, "ACCEPT_OFFER"), failed("error_no_buyer_offer"))
    with pytest.raises(ConfigError, match="no decision"):
        answer(shop().returns.accept(NAME, "YES"))


def test_what_cannot_be_offered_is_a_state() -> None:
    """Nothing is proposed that Shopee would refuse."""
    with pytest.raises(Conflict, match="REFUND cannot be offered"):
        answer(shop().returns.accept(NAME, "REFUND"), solutions(return_refund=True, refund=False))


@pytest.mark.parametrize(
    ("decision", "before", "state"),
    [
        ("CONFIRM", [], {"status": "ACCEPTED"}),
        ("ACCEPT_OFFER", [], {"status": "PROCESSING"}),
        (
            "RETURN_REFUND",
            [solutions(return_refund=True)],
            {"status": "REQUESTED", "negotiation": {"negotiation_status": "PENDING_BUYER_RESPOND"}},
        ),
    ],
)
def test_a_lost_answer_is_settled_by_the_return(
    decision: str, before: list[Any], state: dict[str, Any]
) -> None:
    """Moved on: it counts. Still waiting for us: unknown."""
    answer(shop().returns.accept(NAME, decision), *before, LOST, detail(**state))
    waiting = detail(status="REQUESTED")
    with pytest.raises(OutcomeUnknown):
        answer(shop().returns.accept(NAME, decision), *before, LOST, waiting)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("error_return_status", Conflict),
        ("error_negotiation_status", Conflict),
        ("returns.return_not_found", NotFound),
        ("rraoc_refund_not_allowed", Conflict),
    ],
)
def test_refusals_are_typed(code: str, error: type[Exception]) -> None:
    """The manual's codes."""
    with pytest.raises(error):
        answer(shop().returns.accept(NAME, "CONFIRM"), failed(code, "no"))


# Disputing


def reason(number: Any, *modules: tuple[int, str, bool]) -> dict[str, Any]:
    """A reason and the evidence it asks for."""
    rows = [
        {"module_index": n, "requirement": text, "is_required": must} for n, text, must in modules
    ]
    return {
        "dispute_reason": number,
        "dispute_requirement": f"because {number}",
        "evidence_module_list": rows,
    }


REASONS = ok(
    {
        "dispute_reason_list": [
            reason("41", (1, "unpacking", False), (2, "sent goods", True)),
            reason(42),
            reason("Buyer lies"),
        ]
    }
)


def test_reasons_are_numbers_however_they_come() -> None:
    """Text or number, with what the seller is to show."""
    played = answer(shop().returns.dispute_reasons(NAME), REASONS)
    assert [(one.code, one.text) for one in played.result[:2]] == [
        ("41", "because 41"),
        ("42", "because 42"),
    ]
    assert asked(played)["return_sn"] == NAME


def test_a_dispute_shows_required_evidence_first() -> None:
    """Bytes are uploaded and turned into addresses; pictures are spread over what is asked."""
    photo = Image(content=b"\xff\xd8", name="hop.jpg")
    film = Image(url="https://proof.example/2.jpg")
    played = answer(
        seller().returns.dispute(NAME, "41", "Hàng đúng", [photo, film]),
        REASONS,
        ok({"url": "https://proof.example/1.jpg", "thumbnail": ""}),
        ok({"return_sn": NAME, "msg": ""}),
    )
    upload = played.requests[1]
    assert upload.body is not None
    assert NAME.encode() in upload.body
    assert told(played) == {
        "return_sn": NAME,
        "email": "shop@example.com",
        "dispute_reason_id": 41,
        "dispute_text_reason": "Hàng đúng",
        "image_list": [
            {
                "module_index": 2,
                "requirement": "sent goods",
                "image_url": ["https://proof.example/1.jpg"],
            },
            {
                "module_index": 1,
                "requirement": "unpacking",
                "image_url": ["https://proof.example/2.jpg"],
            },
        ],
    }


def test_a_reason_without_evidence_needs_none() -> None:
    """The list is empty then."""
    played = answer(seller().returns.dispute(NAME, "42", "", []), REASONS, ok({"return_sn": NAME}))
    assert told(played)["image_list"] == []


@pytest.mark.parametrize(
    ("code", "evidence", "words"),
    [
        ("41", 0, "sent goods"),
        ("41", 7, "6 pictures"),
        ("42", 4, "3 pictures"),
        ("99", 0, "no reason"),
        ("Buyer lies", 0, "no reason"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_dispute(
    code: str, evidence: int, words: str
) -> None:
    """Missing or superfluous evidence, a reason that is none."""
    pictures = [Image(url=f"https://proof.example/{n}.jpg") for n in range(evidence)]
    with pytest.raises(ConfigError, match=words):
        answer(seller().returns.dispute(NAME, code, "", pictures), REASONS)


def test_shopee_wants_an_address() -> None:
    """Without one nothing is asked."""
    with pytest.raises(ConfigError, match="e-mail"):
        answer(shop().returns.dispute(NAME, "41", "", []))


def test_a_lost_dispute_is_settled_by_the_return() -> None:
    """Disputed or judged: it counts."""
    for state in ("SELLER_DISPUTE", "JUDGING"):
        answer(seller().returns.dispute(NAME, "42", "", []), REASONS, LOST, detail(status=state))
    with pytest.raises(OutcomeUnknown):
        answer(seller().returns.dispute(NAME, "42", "", []), REASONS, LOST, detail())


def test_the_address_does_not_show() -> None:
    """No repr has it."""
    assert "example.com" not in repr(APP)
