"""Many clients of one limiter on a clock that jumps from event to event: nothing sleeps."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from attrs import define, field, frozen

from entrosdk.engine.limits import Lane, Limiter, Ticket


@frozen
class Departure:
    """One request that was let go."""

    at: float
    asked: float
    shop: str
    operation: str
    lane: Lane


@define
class Server:
    """Lets at most `count` requests in a second through, measured at arrival."""

    count: int
    seen: deque[float] = field(factory=deque)
    refusals: list[float] = field(factory=list)

    def allow(self, now: float) -> bool:
        """Count an arrival, unless it is one too many."""
        while self.seen and self.seen[0] <= now - 1.0:
            self.seen.popleft()
        if len(self.seen) >= self.count:
            self.refusals.append(now)
            return False
        self.seen.append(now)
        return True


@define
class Crowd:
    """Clients that ask, wait, send, and ask again when the reply is there.

    `late` tells how much later than asked a timer fires; `way` how long a request travels.
    """

    limiter: Limiter
    server: Server | None = None
    latency: float = 0.03
    late: Callable[[], float] = lambda: 0.0
    way: Callable[[], float] = lambda: 0.0
    pause: float = 1.0
    now: float = 1000.0
    chance: random.Random = field(factory=lambda: random.Random(7))
    went: list[Departure] = field(factory=list)
    finished: dict[str, float] = field(factory=dict)
    asked: int = 0
    _events: list[tuple[float, int, Callable[[], None]]] = field(factory=list)
    _numbers: Any = field(factory=count)

    def at(self, moment: float, what: Callable[[], None]) -> None:
        """Let `what` happen at `moment`."""
        heappush(self._events, (moment, next(self._numbers), what))

    def client(
        self,
        shop: str = "1",
        operation: str = "orders.list",
        lane: Lane = "background",
        *,
        requests: int = 1,
        start: float = 0.0,
        patience: float | None = None,
    ) -> None:
        """One that sends `requests`, one after the other; it gives up each after `patience`."""
        _Client(self, shop, operation, lane, requests, patience).begin(self.now + start)

    def run(self, until: float = 1e9) -> list[Departure]:
        """Let everything happen up to `until`; returns what went, in order."""
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heappop(self._events)
            what()
        return self.went


@define
class _Client:
    crowd: Crowd
    shop: str
    operation: str
    lane: Lane
    left: int
    patience: float | None
    asked: float = 0.0

    def begin(self, moment: float) -> None:
        self.crowd.at(moment, self._ticket)

    def _ticket(self) -> None:
        self.asked = self.crowd.now
        self._ask(self.crowd.limiter.ticket(self.shop, self.operation, self.lane))

    def _ask(self, ticket: Ticket) -> None:
        crowd = self.crowd
        if self.patience is not None and crowd.now > self.asked + self.patience:
            crowd.limiter.withdraw(ticket)
            return
        crowd.asked += 1
        wait = crowd.limiter.turn(ticket, crowd.now)
        if wait > 0:
            assert wait < 1000
            crowd.at(crowd.now + wait + crowd.late(), lambda: self._ask(ticket))
            return
        crowd.went.append(Departure(crowd.now, self.asked, self.shop, self.operation, self.lane))
        crowd.at(crowd.now + crowd.way(), lambda: self._arrive(ticket))

    def _arrive(self, ticket: Ticket) -> None:
        crowd = self.crowd
        fine = crowd.server is None or crowd.server.allow(crowd.now)
        crowd.at(crowd.now + crowd.latency, lambda: self._reply(ticket, fine=fine))

    def _reply(self, ticket: Ticket, *, fine: bool) -> None:
        crowd = self.crowd
        crowd.limiter.answered(ticket, crowd.now)
        if not fine:
            crowd.limiter.refused(ticket, "app", crowd.now + crowd.pause, crowd.now)
            self.begin(crowd.now + crowd.pause * crowd.chance.uniform(1.0, 1.1))
            return
        self.left -= 1
        if self.left:
            self._ticket()
        else:
            crowd.finished[self.shop] = crowd.now


def most_in(moments: list[float], per: float) -> int:
    """The largest number of `moments` in any span shorter than `per`."""
    moments, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - per + 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most
