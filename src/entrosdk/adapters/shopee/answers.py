"""The returns of a shop, read and answered (fact book section 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from entrosdk.adapters.shopee import pictures
from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.adapters.shopee.ask import ask, tell
from entrosdk.adapters.shopee.returns import Returns
from entrosdk.domain.writing import CancelReason, Image
from entrosdk.errors import ConfigError, Conflict
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["SellingReturns"]

_CONFIRM, _ACCEPT = "CONFIRM", "ACCEPT_OFFER"
_OFFERS = ("RETURN_REFUND", "REFUND")
_DECISIONS = (_CONFIRM, _ACCEPT, *_OFFERS)

_REFUND_ONLY = {"1", "REFUND"}
_PICTURES = 3  # for one kind of evidence

_Done = Callable[[wire.NegotiatedBody], bool]


@frozen
class SellingReturns(Returns):
    """The returns of one shop, with the seller's answers."""

    def accept(self, return_id: str, decision: str) -> Flow[None]:
        """Agree to a return.

        `decision` is CONFIRM (refund at once, without the goods), ACCEPT_OFFER (what the buyer
        offered last), RETURN_REFUND or REFUND (an offer of yours); empty chooses: a refund without
        return is confirmed, for one with return the buyer's offer is accepted, or offered.
        """
        if decision and decision not in _DECISIONS:
            raise ConfigError(
                f"{decision} is no decision of Shopee's", advice=f"Use {', '.join(_DECISIONS)}."
            )
        chosen = decision or (yield from self._natural(return_id))
        if chosen in _OFFERS:
            yield from self._offer(return_id, chosen)
        elif chosen == _ACCEPT:
            yield from self._accept_offer(return_id, or_offer=not decision)
        else:
            yield from _settle(_named("returns/confirm", return_id), return_id, _answered)

    def dispute_reasons(self, return_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons that fit this return; their numbers are Shopee's."""
        rows = yield from _reasons(return_id)
        return tuple(
            CancelReason(code=row.dispute_reason, text=row.dispute_requirement) for row in rows
        )

    def dispute(
        self, return_id: str, reason: str, comment: str, evidence: Sequence[Image]
    ) -> Flow[None]:
        """Refuse a return; pictures go to the kinds of evidence the reason asks for, in order.

        Shopee wants an address to write to: `App(email=…)`.
        """
        email = self.access.app.email
        if not email:
            raise ConfigError(
                "Shopee wants an e-mail address with a dispute", advice="Set `App(email=…)`."
            )
        chosen = _chosen((yield from _reasons(return_id)), reason)
        urls = yield from pictures.evidence(return_id, evidence)
        body = {
            "return_sn": return_id,
            "email": email,
            "dispute_reason_id": int(reason),
            "dispute_text_reason": comment,
            "image_list": _modules(chosen, urls),
        }
        yield from _settle(tell("returns/dispute", body), return_id, _disputed)

    def _natural(self, return_id: str) -> Flow[str]:
        """Choose by the solution: confirming one with return fails at Shopee (quirk 34)."""
        state = yield from _state(return_id)
        if state.return_solution in _REFUND_ONLY:
            return _CONFIRM
        talks = state.negotiation
        by_buyer = talks is not None and talks.latest_offer_creator.lower() == "buyer"
        return _ACCEPT if by_buyer else _OFFERS[0]

    def _accept_offer(self, return_id: str, *, or_offer: bool) -> Flow[None]:
        try:
            yield from _settle(_named("returns/accept_offer", return_id), return_id, _answered)
        except Conflict as error:
            if not or_offer or not error.context.code.endswith("error_no_buyer_offer"):
                raise
            yield from self._offer(return_id, _OFFERS[0])

    def _offer(self, return_id: str, solution: str) -> Flow[None]:
        reply = yield from send(ask("returns/get_available_solutions", {"return_sn": return_id}))
        body = read(wire.Solutions, reply.body).response
        open_now = body.offer_return_refund if solution == _OFFERS[0] else body.offer_refund
        if open_now is None or not open_now.eligibility:
            raise Conflict(
                f"{solution} cannot be offered for return {return_id} now",
                advice="Look at the return's status: it may be decided already.",
            )
        offer = {"return_sn": return_id, "proposed_solution": solution}
        yield from _settle(tell("returns/offer", offer), return_id, _offered)


# Asking


def _named(path: str, return_id: str) -> Request:
    return tell(path, {"return_sn": return_id})


def _state(return_id: str) -> Flow[wire.NegotiatedBody]:
    reply = yield from send(ask("returns/get_return_detail", {"return_sn": return_id}))
    return read(wire.Negotiated, reply.body).response


def _reasons(return_id: str) -> Flow[Sequence[wire.DisputeReason]]:
    reply = yield from send(ask("returns/get_return_dispute_reason", {"return_sn": return_id}))
    return read(wire.DisputeReasons, reply.body).response.dispute_reason_list


def _settle(request: Request, return_id: str, done: _Done) -> Flow[None]:
    """Send an answer; when its reply is lost, the return itself tells."""

    def look() -> Flow[bool | None]:
        state = yield from _state(return_id)
        return done(state) or None

    yield from settled(_sent(request), look)


def _sent(request: Request) -> Flow[bool | None]:
    yield from write(request)
    return True


def _answered(state: wire.NegotiatedBody) -> bool:
    return state.status in {"ACCEPTED", "PROCESSING", "REFUND_PAID"}


def _offered(state: wire.NegotiatedBody) -> bool:
    talks = state.negotiation
    waiting = talks is not None and talks.negotiation_status == "PENDING_BUYER_RESPOND"
    return waiting or _answered(state)


def _disputed(state: wire.NegotiatedBody) -> bool:
    return state.status in {"SELLER_DISPUTE", "JUDGING"}


# Evidence


def _chosen(rows: Sequence[wire.DisputeReason], reason: str) -> wire.DisputeReason:
    known = {row.dispute_reason: row for row in rows}
    if reason not in known or not reason.isdecimal():
        raise ConfigError(
            f"{reason} is no reason for this dispute",
            advice="Use the `code` of one of `returns.dispute_reasons`.",
        )
    return known[reason]


def _modules(reason: wire.DisputeReason, urls: Sequence[str]) -> list[Mapping[str, Any]]:
    """Spread pictures over what is asked for: required kinds first, up to three for each."""
    kinds = sorted(reason.evidence_module_list, key=lambda row: not row.is_required)
    if len(urls) > _PICTURES * max(len(kinds), 1):
        raise ConfigError(f"this reason takes up to {_PICTURES * max(len(kinds), 1)} pictures")
    missing = [kind.requirement for kind in kinds if kind.is_required][len(urls) :]
    if missing:
        raise ConfigError(f"this reason asks for evidence: {missing[0]}", advice="Pass pictures.")
    shares = [list(urls[at :: len(kinds)]) for at in range(len(kinds))] or [list(urls)]
    rows = kinds or [wire.EvidenceModule()]
    return [
        {"module_index": row.module_index, "requirement": row.requirement, "image_url": share}
        for row, share in zip(rows, shares, strict=True)
        if share
    ]
