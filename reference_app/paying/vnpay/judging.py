"""What a notice of VNPay means and how it is answered, in the order the manual asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from entrosdk import Secret
from reference_app.paying.vnpay.signing import true

__all__ = ["OURS", "Answer", "Known", "Reply", "State", "Verdict", "judge", "told_state"]

_SUCCESS, _SUSPECTED = "00", "07"


class State(StrEnum):
    """How an attempt stands. `HELD`: money was taken, but VNPay suspects fraud and looks at it."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    HELD = "held"


_NEWS = {
    State.PENDING: frozenset(State),
    State.FAILED: frozenset({State.PAID}),
    State.HELD: frozenset({State.PAID, State.FAILED}),
    State.PAID: frozenset(),
}


class Reply(StrEnum):
    """The codes we answer; 00 and 02 end VNPay's repeats."""

    DONE = "00"
    UNKNOWN = "01"
    SETTLED = "02"
    AMOUNT = "04"
    SIGNATURE = "97"
    OURS = "99"


_TEXTS = {
    Reply.DONE: "Confirm Success",
    Reply.UNKNOWN: "Order not found",
    Reply.SETTLED: "Order already confirmed",
    Reply.AMOUNT: "Invalid amount",
    Reply.SIGNATURE: "Invalid signature",
    Reply.OURS: "Unknown error",
}


@frozen
class Answer:
    """The body of an answer."""

    reply: Reply

    def body(self) -> dict[str, str]:
        """Return the names VNPay reads."""
        return {"RspCode": self.reply.value, "Message": _TEXTS[self.reply]}


OURS = Answer(Reply.OURS)


class Known(Protocol):
    """An attempt as we know it: the dong that were asked, and how it stands."""

    amount: int
    state: str


Found = TypeVar("Found", bound=Known)


@frozen
class Verdict(Generic[Found]):
    """The answer; `state` and `attempt` are there when something is to be recorded."""

    answer: Answer
    attempt: Found | None = None
    state: State | None = None


def judge(
    values: Mapping[str, str], secret: Secret, find: Callable[[str], Found | None]
) -> Verdict[Found]:
    """Judge a notice: signature, then the attempt, then its amount, then whether it is news.

    `find` gives the attempt of a reference, locked until what is decided was recorded. A payment
    told after a failure is news, since money came; a failure told after a payment is not.
    """
    if not true(values, secret):
        return Verdict(Answer(Reply.SIGNATURE))
    attempt = find(values.get("vnp_TxnRef", ""))
    if attempt is None:
        return Verdict(Answer(Reply.UNKNOWN))
    if values.get("vnp_Amount", "") != str(attempt.amount * 100):
        return Verdict(Answer(Reply.AMOUNT))
    told = told_state(values)
    if told not in _NEWS[State(attempt.state)]:
        return Verdict(Answer(Reply.SETTLED))
    return Verdict(Answer(Reply.DONE), attempt, told)


def told_state(values: Mapping[str, str]) -> State:
    """Return what a notice or a return tells of a payment."""
    codes = (values.get("vnp_ResponseCode", ""), values.get("vnp_TransactionStatus", ""))
    if codes == (_SUCCESS, _SUCCESS):
        return State.PAID
    return State.HELD if _SUSPECTED in codes else State.FAILED
