"""The engine: a flow wrapped around an adapter's flow.

Every request an adapter yields goes through `exchange`: limit, authorise, send, classify, and
then return, renew, wait or raise.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from attrs import define, evolve, field

from entrosdk.domain.secret import Secret
from entrosdk.engine.auth import Credential
from entrosdk.engine.events import Drifting, Hook, Renewed, Retrying, Sent, Signal, Waiting
from entrosdk.engine.limits import Lane, Limiter, Ticket, read_retry_after, slack
from entrosdk.engine.retry import Policy
from entrosdk.engine.servertime import ServerTime
from entrosdk.errors import (
    BadReply,
    BadSignature,
    EntroError,
    Expired,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    Unreachable,
    Unsupported,
)
from entrosdk.spi.adapter import Adapter
from entrosdk.spi.effects import Claim, Flow, Send, Stored, reserve, send, sleep
from entrosdk.spi.manifest import Capability
from entrosdk.spi.request import PUBLIC, Request, Response, Safety

__all__ = ["Engine"]

T = TypeVar("T")

_TRANSIENT = (BadReply, RateLimited, Unavailable, Unreachable)
# How far ahead a request may book what processes share, in seconds. Little, so that a person's
# request in one process does not queue behind a backfill in another; people book further ahead.
_AHEAD: dict[Lane, float] = {"interactive": 0.3, "background": 0.1}
_SKEW_WORTH_SAYING = timedelta(seconds=30)


@define
class _Try:
    """What one exchange remembers between its attempts."""

    started: datetime
    number: int = 0
    refused: list[Secret] = field(factory=list)


class Engine:
    """Runs operations of one shop; one instance serves any number of threads and tasks.

    `clock` is this machine's time, `steady` counts seconds whoever sets it (else `clock` does).
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        key: str,
        clock: Callable[[], datetime],
        steady: Callable[[], float] | None = None,
        jitter: Callable[[], float],
        limiter: Limiter,
        policy: Policy,
        hooks: tuple[Hook, ...] = (),
        shared_store: bool = True,
        shared_limits: bool = False,
        lane: Lane = "interactive",
    ) -> None:
        self.adapter = adapter
        self._clock = clock
        self._jitter = jitter
        self._limiter = limiter
        self._policy = policy
        self._hooks = hooks
        self._shared_limits = shared_limits
        self._lane = lane
        # The views of all lanes learn together.
        self._server = ServerTime(steady or (lambda: clock().timestamp()))
        self._slept = 0.0
        self._credential = Credential(key, adapter, clock, self._on_renewal, shared=shared_store)

    def on(self, lane: Lane) -> Engine:
        """Return the same engine, with the same credential and limiter, for another lane."""
        other = copy(self)
        other._lane = lane  # noqa: SLF001 - a copy of ours
        return other

    # Operations

    def operate(self, capability: Capability, flow: Callable[[], Flow[T]]) -> Flow[T]:
        """Run one operation of the adapter, refusing what its manifest does not declare."""
        self.require(capability)
        try:
            return (yield from self.run(flow(), capability.value))
        except EntroError as error:
            raise error.at(**self._place(capability.value)) from error.__cause__

    def run(self, flow: Flow[T], operation: str) -> Flow[T]:
        """Drive an adapter's flow, putting `exchange` in the place of each bare `Send`."""
        reply, error = None, None
        try:
            while True:
                try:
                    effect = flow.throw(error) if error else flow.send(reply)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                reply, error = None, None
                try:
                    if isinstance(effect, Send):
                        reply = yield from self.exchange(named(effect.request, operation))
                    else:
                        reply = yield effect
                except Exception as caught:  # noqa: BLE001 - errors surface in the adapter's frame
                    error = caught
        finally:
            flow.close()

    def require(self, capability: Capability) -> None:
        """Raise `Unsupported` for what the adapter does not declare."""
        if not self.adapter.manifest.supports(capability):
            support = self.adapter.manifest.capabilities.get(capability)
            why = f" ({support.source})" if support and support.source else ""
            raise Unsupported(f"{self.adapter.manifest.title} has no {capability.value}{why}").at(
                **self._place(capability.value)
            )

    @property
    def server_now(self) -> datetime | None:
        """The marketplace's time, as its last reply told it; `None` before the first reply."""
        return self._server.now

    def local_now(self) -> datetime:
        """This machine's time."""
        return self._clock()

    def drifted(self, operation: str, paths: dict[str, int]) -> None:
        """Tell the hooks about fields we do not know."""
        self._tell(Drifting(paths=paths, **self._where(operation)))

    # One request

    def exchange(self, request: Request) -> Flow[Response]:
        """Send one request with everything that policy asks for; returns a successful reply."""
        state = _Try(self._clock())
        for state.number in count(1):
            ticket = yield from self._wait_for_limit(request)
            stored = yield from self._grant_for(request)
            outcome = yield from self._attempt(request, stored, state, ticket)
            if isinstance(outcome, Response):
                return outcome
            outcome.at(**self._place(request.operation), attempt=state.number)
            if isinstance(outcome, Expired) and stored is not None and _may_renew(stored, state):
                state.refused.append(stored.grant.access_token)
                yield from self._credential.renew(stored, self._ask)
            else:
                yield from self._recover(outcome, request, state, ticket)
        raise AssertionError("recover always ends in a retry or an error")

    def _wait_for_limit(self, request: Request) -> Flow[Ticket]:
        ticket = self._limiter.ticket(self._shop, request.operation, self._lane)
        told = False
        try:
            while (wait := (yield from self._turn(ticket))) > 0:
                if not told:
                    self._tell(Waiting(seconds=wait, **self._where(request.operation)))
                    told = True
                asked = self._now()
                yield from sleep(wait)
                if self._now() == asked:  # a clock that stands still, as in a test: time was slept
                    self._slept += wait
        finally:  # nobody waits behind a flow that was closed
            self._limiter.withdraw(ticket)
        return ticket

    def _turn(self, ticket: Ticket) -> Flow[float]:
        """Return 0 when the request may go, else the seconds after which to ask again."""
        wait = self._limiter.turn(ticket, self._now())
        if wait > 0 or not self._shared_limits:
            return wait
        return (yield from self._turn_together(ticket))

    def _turn_together(self, ticket: Ticket) -> Flow[float]:
        """Book what processes share; a request that comes too late for its booking books anew."""
        claims, ahead = self._claims(ticket), _AHEAD[self._lane]
        late = min((slack(claim.per) for claim in claims), default=0.0)
        for last in (False, False, True):  # a machine that is always late must not book for ever
            waits = yield from reserve(claims, ahead)
            wait, now = max(waits, default=0.0), self._now()
            if wait > ahead:
                # All processes may ask again at the same moment: chance decides who is first,
                # and half of `ahead` later is early enough for every slot to be used.
                spread = 0.001 + self._jitter() * ahead / 2
                self._limiter.postpone(ticket, [now + one - ahead + spread for one in waits])
                return wait - ahead + spread
            yield from sleep(wait)
            if last or self._now() <= now + wait + late:
                break
        return 0.0

    def _claims(self, ticket: Ticket) -> tuple[Claim, ...]:
        app = f"{self.adapter.manifest.name}:{self.adapter.access.app.key}:"
        return tuple(evolve(claim, key=app + claim.key) for claim in self._limiter.claims(ticket))

    def _grant_for(self, request: Request) -> Flow[Stored | None]:
        if request.auth == PUBLIC:
            return None
        return (yield from self._credential.current(self._ask))

    def _attempt(
        self, request: Request, stored: Stored | None, state: _Try, ticket: Ticket
    ) -> Flow[Response | EntroError]:
        began = self._clock()
        signed = self.adapter.authorise(request, stored.grant if stored else None, began)
        outcome: Response | EntroError
        try:
            reply = yield from send(signed)
        except Unreachable as error:
            outcome = error
        else:
            self._read_clock(reply)
            outcome = self.adapter.classify(request, reply) or reply
            self._read_limits(reply, outcome, ticket)
        self._report(signed, outcome, began, state)
        return outcome

    def _recover(
        self, fault: EntroError, request: Request, state: _Try, ticket: Ticket
    ) -> Flow[None]:
        """Wait before another attempt, or raise."""
        if isinstance(fault, BadSignature):
            self._explain_clock(fault)
        if not isinstance(fault, _TRANSIENT):
            raise fault
        if _may_have_acted(fault) and request.safety is Safety.UNSAFE:
            self._outcome_unknown(fault)
        elapsed = (self._clock() - state.started).total_seconds()
        pause = self._pause(fault, state.number, elapsed, ticket)
        if self._policy.gives_up(state.number, elapsed) or pause > self._policy.longest_wait:
            raise fault
        reason = type(fault).__name__
        where = self._where(request.operation)
        self._tell(Retrying(reason=reason, attempt=state.number, seconds=pause, **where))
        yield from sleep(pause)

    def _pause(self, fault: EntroError, attempt: int, elapsed: float, ticket: Ticket) -> float:
        # Full jitter over the upper half: retries of many shops spread, none comes at once.
        pause = self._policy.pause(attempt, elapsed) * (0.5 + self._jitter() / 2)
        if isinstance(fault, RateLimited):
            pause = fault.retry_after if fault.retry_after is not None else pause
            fault.retry_after = pause
            until = self._now() + min(pause, self._policy.longest_wait)
            self._limiter.refused(ticket, fault.scope, until, self._now())
        return pause

    def _outcome_unknown(self, fault: EntroError) -> NoReturn:
        raise OutcomeUnknown(
            f"a write was sent and its reply was lost ({fault.message})", context=fault.context
        ) from fault

    def _ask(self, flow: Flow[T]) -> Flow[T]:
        return self.run(flow, "renew")

    # What was learned

    def _read_clock(self, reply: Response) -> None:
        try:
            told = parsedate_to_datetime(reply.headers.get("date", ""))
        except ValueError:
            return
        if told.tzinfo is not None:
            self._server.learn(told)

    def _read_limits(self, reply: Response, outcome: Response | EntroError, ticket: Ticket) -> None:
        self._limiter.answered(ticket, self._now())
        self._limiter.heard(ticket, reply.headers, self._now())
        if isinstance(outcome, RateLimited) and outcome.retry_after is None:
            outcome.retry_after = read_retry_after(reply.headers, self._now())

    def _explain_clock(self, fault: BadSignature) -> None:
        skew = timedelta(0) if self.server_now is None else self.server_now - self._clock()
        if abs(skew) > _SKEW_WORTH_SAYING:
            seconds = round(skew.total_seconds())
            direction = "behind" if seconds > 0 else "ahead of"
            fault.message += f"; this machine's clock is {abs(seconds)} s {direction} theirs"

    def _report(
        self, request: Request, outcome: Response | EntroError, began: datetime, state: _Try
    ) -> None:
        failed = isinstance(outcome, EntroError)
        self._tell(
            Sent(
                request=request.label,
                host=urlsplit(request.base).netloc,
                outcome=type(outcome).__name__ if failed else "ok",
                seconds=(self._clock() - began).total_seconds(),
                request_id=outcome.context.request_id if isinstance(outcome, EntroError) else "",
                attempt=state.number,
                **self._where(request.operation),
            )
        )

    def _on_renewal(self, own: bool) -> None:  # noqa: FBT001 - a callback with one fact
        self._tell(Renewed(own=own, **self._where("renew")))

    def _tell(self, signal: Signal) -> None:
        for hook in self._hooks:
            hook(signal)

    def _now(self) -> float:
        return self._clock().timestamp() + self._slept

    @property
    def _shop(self) -> str:
        return self.adapter.access.shop_id

    def _where(self, operation: str) -> dict[str, str]:
        name = self.adapter.manifest.name
        return {"marketplace": name, "shop_id": self._shop, "operation": operation}

    def _place(self, operation: str) -> dict[str, str]:
        name = self.adapter.manifest.name
        return {"marketplace": name, "shop": self._shop, "operation": operation}


def _may_renew(stored: Stored, state: _Try) -> bool:
    """Renew once; and once more when that only completed the grant (TikTok's cipher).

    The token may then be refused for its own reason; a fresh token that is refused is an error.
    """
    return not state.refused or state.refused == [stored.grant.access_token]


def named(request: Request, operation: str) -> Request:
    """Give a request the operation's name unless the adapter chose one."""
    return request if request.operation else evolve(request, operation=operation)


def _may_have_acted(fault: EntroError) -> bool:
    """Could the request have taken effect although no good reply came?"""
    if isinstance(fault, Unreachable):
        return fault.sent
    return not isinstance(fault, RateLimited)
