"""Answering returns: agreeing, refusing, disputing (fact book section 6.2).

These calls change something by GET; they are sent as writes (quirk 14).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import frozen

from entrosdk.adapters.lazada.ask import array, ask
from entrosdk.adapters.lazada.creating import picture
from entrosdk.adapters.lazada.returns import Returns
from entrosdk.adapters.lazada.wire_returns import Return, ReturnReply
from entrosdk.adapters.lazada.wire_writes import ReasonsReply
from entrosdk.domain.writing import CancelReason, Image
from entrosdk.errors import ConfigError, Conflict, NotFound
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["DECISIONS", "WritableReturns"]

DECISIONS = ("instantRefund", "agreeReturn", "confirmDelivery", "agreeRefund")
"""What a seller can agree to; empty chooses by the return's state."""

_ASKED = "REQUEST_INITIATE"
_ONLY_MONEY = "ONLY_REFUND"


@frozen
class WritableReturns(Returns):
    """The returns of one shop, with what answers them."""

    def accept(self, return_id: str, decision: str) -> Flow[None]:
        """Agree to a return: to take the goods back first, or to refund at once.

        `decision` is one of `DECISIONS`; a buyer who wants money only gets it.
        """
        if decision and decision not in DECISIONS:
            raise ConfigError(
                f"Lazada knows no decision {decision!r}", advice=f"Known: {', '.join(DECISIONS)}."
            )
        body = yield from self._body(return_id)
        if body.request_type == _ONLY_MONEY:
            for line in _lines(body):
                yield from self._decide(body, _money_only(body, line, "agreeRefund"))
            return
        _ours(body)
        action = decision or ("agreeReturn" if _is_new(body) else "agreeRefund")
        yield from self._decide(body, _update(body, _lines(body), action))

    def dispute_reasons(self, return_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons a seller may give, in the country's language where it has them."""
        body = yield from self._body(return_id)
        query = {"reverse_order_line_id": _lines(body)[0]}
        reply = yield from send(ask("/order/reverse/reason/list", query))
        return tuple(
            CancelReason(code=one.reason_id, text=one.muti_language_text or one.text)
            for one in read(ReasonsReply, reply.body).data
        )

    def dispute(
        self, return_id: str, reason: str, comment: str, evidence: Sequence[Image]
    ) -> Flow[None]:
        """Refuse a return line by line, with a reason, a comment and pictures.

        Where the buyer wants money only, this opens a dispute that Lazada decides.
        """
        body = yield from self._body(return_id)
        urls = []
        for image in evidence:
            urls.append((image.name, (yield from picture(image))))  # noqa: PERF401 - a flow
        for line in _lines(body):
            if body.request_type == _ONLY_MONEY:
                request = _money_only(body, line, "startDispute", comment, urls)
            else:
                _ours(body)
                action = "refuseReturn" if _is_new(body) else "refuseRefund"
                request = _update(body, [line], action, reason, comment, urls)
            yield from self._decide(body, request)

    def _decide(self, before: Return, request: Request) -> Flow[None]:
        yield from settled(_sent(request), lambda: self._moved(before))

    def _moved(self, before: Return) -> Flow[bool | None]:
        """Look whether the return is elsewhere than before a decision whose reply was lost."""
        body = yield from self._body(before.reverse_order_id)
        return True if _states(body) != _states(before) else None

    def _body(self, return_id: str) -> Flow[Return]:
        if not return_id.isdecimal():
            raise NotFound(f"Lazada has no return {return_id!r}: its ids are numbers")
        query = {"reverse_order_id": return_id}
        reply = yield from send(ask("/order/reverse/return/detail/list", query))
        return read(ReturnReply, reply.body).data


def _sent(request: Request) -> Flow[bool]:
    yield from write(request)
    return True


def _update(  # noqa: PLR0917 - the parameters of the call
    body: Return,
    lines: Sequence[str],
    action: str,
    reason: str = "",
    comment: str = "",
    urls: Sequence[tuple[str, str]] = (),
) -> Request:
    images = [{"name": name, "url": url} for name, url in urls]
    query = {
        "action": action,
        "reverse_order_id": body.reverse_order_id,
        "reverse_order_item_ids": array(lines),
        "reason_id": reason or None,
        "comment": comment or None,
        "image_info": _text(images),
    }
    return ask("/order/reverse/return/update", query)


def _money_only(
    body: Return,
    line: str,
    action: str,
    comment: str = "",
    urls: Sequence[tuple[str, str]] = (),
) -> Request:
    images = [{"file_name": name, "file_url": url} for name, url in urls]
    query = {
        "action": action,
        "reverse_order_id": body.reverse_order_id,
        "reverse_order_item_ids": array([line]),  # exactly one (code 133)
        "comment": comment or None,
        "image_info_list": _text(images),
    }
    return ask("/order/reverse/onlyrefund/seller/decide", query)


def _text(images: Sequence[dict[str, str]]) -> str | None:
    return json.dumps(images, ensure_ascii=False, separators=(",", ":")) if images else None


def _lines(body: Return) -> list[str]:
    names = [line.reverse_order_line_id for line in body.lines if line.reverse_order_line_id]
    if not names:
        raise Conflict(f"the return {body.reverse_order_id} has no line to decide about")
    return names


def _is_new(body: Return) -> bool:
    return all(line.reverse_status == _ASKED for line in body.lines)


def _states(body: Return) -> list[tuple[str, str]]:
    return [(line.reverse_status, line.ofc_status) for line in body.lines]


def _ours(body: Return) -> None:
    """Refuse what is not the seller's: goods that go to Lazada's warehouse are Lazada's affair."""
    if not body.is_rtm:
        raise Conflict(
            f"the return {body.reverse_order_id} goes to Lazada's warehouse",
            advice="Wait: Lazada decides it and tells the outcome.",
        )
