"""Answering returns (fact book section 6.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiktok import wire_shop as wire
from entrosdk.adapters.tiktok.upload import all_uploaded
from entrosdk.adapters.tiktok.wire_writes import ReasonsReply
from entrosdk.domain.writing import CancelReason, Image
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import get, post
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["Answers"]

# What the seller is asked for, and the words for yes and no.
_BY_ACTION: Mapping[str, tuple[str, str]] = {
    "SELLER_RESPOND_REFUND": ("APPROVE_REFUND", "REJECT_REFUND"),
    "SELLER_RESPOND_RETURN": ("APPROVE_RETURN", "REJECT_RETURN"),
    "SELLER_RESPOND_RECEIVE_PACKAGE": ("APPROVE_RECEIVED_PACKAGE", "REJECT_RECEIVED_PACKAGE"),
    "SELLER_RESPOND_REPLACEMENT": ("APPROVE_REPLACEMENT", "REJECT_REPLACEMENT"),
}
_BY_TYPE: Mapping[str, str] = {
    "REFUND": "SELLER_RESPOND_REFUND",
    "RETURN_AND_REFUND": "SELLER_RESPOND_RETURN",
    "REPLACEMENT": "SELLER_RESPOND_REPLACEMENT",
}


@frozen
class Answers:
    """The writes of returns."""

    access: Access

    def accept(self, return_id: str, decision: str) -> Flow[None]:
        """Agree to a return; without a decision, to what the seller is asked for next."""
        before = yield from _one(return_id)
        body = {"decision": decision or _words(before)[0]}
        yield from self._answer(before, f"/return_refund/202309/returns/{return_id}/approve", body)

    def dispute_reasons(self, return_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons a seller may give, in Vietnamese."""
        query = {"return_or_cancel_id": return_id, "locale": "vi-VN"}
        reply = yield from send(get("/return_refund/202309/reject_reasons", query))
        rows = read(ReasonsReply, reply.body).data.reasons
        return tuple(CancelReason(code=row.name, text=row.text) for row in rows)

    def dispute(
        self, return_id: str, reason: str, comment: str, evidence: Sequence[Image]
    ) -> Flow[None]:
        """Refuse a return, or the parcel that came back; pictures are uploaded first."""
        before = yield from _one(return_id)
        body: dict[str, Any] = {"decision": _words(before)[1], "reject_reason": reason}
        if comment:
            body["comment"] = comment
        pictures = yield from all_uploaded(evidence, "DESCRIPTION_IMAGE")
        body |= {"images": [{"image_id": uri} for uri in pictures]} if pictures else {}
        yield from self._answer(before, f"/return_refund/202606/returns/{return_id}/reject", body)

    def _answer(self, before: wire.Return, path: str, body: Mapping[str, Any]) -> Flow[None]:
        template = path.replace(before.return_id, "{return_id}")

        def send_it() -> Flow[bool | None]:
            yield from write(post(path, body, template=template))
            return True

        yield from settled(send_it(), lambda: _moved(before))


def _one(name: str) -> Flow[wire.Return]:
    query = {"page_size": 10, "sort_order": "ASC"}
    body = {"return_ids": [name]}
    reply = yield from send(post("/return_refund/202602/returns/search", body, query))
    found = wire.RETURNS.read(reply.body)
    for one in found.models:
        if one.return_id == name:
            return one
    if found.unreadable:
        raise BadReply(f"return {name} cannot be read: {found.unreadable[0].reason}")
    raise NotFound(f"there is no return {name} in this shop")


def _words(told: wire.Return) -> tuple[str, str]:
    """Choose the words by what the seller is asked for, else by kind and state."""
    actions = (row.action for row in told.seller_next_action_response)
    asked = next((action for action in actions if action in _BY_ACTION), "")
    if not asked and told.return_status == "BUYER_SHIPPED_ITEM":
        asked = "SELLER_RESPOND_RECEIVE_PACKAGE"
    return _BY_ACTION[asked or _BY_TYPE.get(told.return_type, "SELLER_RESPOND_REFUND")]


def _moved(before: wire.Return) -> Flow[bool | None]:
    """Say whether a return moved on after a lost reply."""
    now = yield from _one(before.return_id)
    return True if now.return_status != before.return_status else None
