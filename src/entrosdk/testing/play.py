"""Drives a flow without I/O: no loop, no network, no mock.

`play(flow, replies)` answers each request the flow sends with the next reply and returns what
was sent and what came out; waits take no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from attrs import frozen

from entrosdk.spi.effects import Flow, Send, Sleep
from entrosdk.spi.request import Request, Response

__all__ = ["Played", "play"]

T = TypeVar("T")


@frozen
class Played(Generic[T]):
    """What a flow asked for, in order, what it returned, and the seconds it waited in between."""

    requests: tuple[Request, ...]
    result: T
    slept: tuple[float, ...] = ()


def play(flow: Flow[T], replies: Iterable[Response | Exception] = ()) -> Played[T]:
    """Answer each request of `flow` with the next of `replies`; an exception is thrown into it.

    Raises `AssertionError` when the flow asks for more than there is, leaves replies unasked, or
    yields another effect than `Send` and `Sleep`.
    """
    left = iter(replies)
    requests: list[Request] = []
    slept: list[float] = []
    answer: Any = None
    fault: Exception | None = None
    try:
        while True:
            try:
                effect = flow.throw(fault) if fault else flow.send(answer)
            except StopIteration as stop:
                unasked = len(list(left))
                assert not unasked, f"{unasked} replies were never asked for"
                return Played(tuple(requests), stop.value, tuple(slept))
            if isinstance(effect, Sleep):
                slept.append(effect.seconds)
                answer, fault = None, None
                continue
            assert isinstance(effect, Send), f"an unexpected effect: {effect}"
            requests.append(effect.request)
            answer, fault = _next(left, requests)
    finally:
        flow.close()


def _next(
    replies: Iterator[Response | Exception], requests: list[Request]
) -> tuple[Response | None, Exception | None]:
    reply = next(replies, None)
    if reply is None:
        raise AssertionError(f"no reply is left for {requests[-1].label}")
    return (None, reply) if isinstance(reply, Exception) else (reply, None)
