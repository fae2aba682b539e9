"""Who goes next: lane first, then shops in turn, then age.

Shops are served in rounds (start-time fair queueing with requests of one size): a shop's next
request belongs to the round after its last one, and never to a round that is over.
So a shop with many requests in flight delays others by one request a round, as every shop does,
and a shop that its own limit held back has nothing to catch up on.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from heapq import heappop, heappush
from typing import Literal, TypeAlias

from attrs import define, field

from entrosdk.engine.limits.window import TICK, Window

__all__ = ["Contest", "Lane", "Ticket"]

Lane: TypeAlias = Literal["interactive", "background"]
"""Somebody waits for the answer, or nobody does."""

_ORDER: dict[Lane, int] = {"interactive": 0, "background": 1}

Rank: TypeAlias = tuple[int, int, int]
"""Lane, round, number of the ticket: the lowest goes first."""

# An estimate can be too long: others withdraw, a limit grows. So everybody looks again after a
# while, and all together this often: a free slot is noticed within some milliseconds.
_LOOKS_PER_SECOND = 100
_SHORTEST_LOOK = 0.05
_CAUTION = 0.85


@define(eq=False)
class Ticket:
    """One request on its way through the limits. Ask `Limiter.turn` until it is zero.

    `shared` are the windows of the app that count it, `own` those of its shop.
    `since` is when it first asked, `wake` when it was told to come back.
    `went` is when it had its turn; one that sleeps may have been given it.
    """

    shop: str
    operation: str
    lane: Lane
    shared: tuple[Window, ...]
    own: tuple[Window, ...]
    number: int
    since: float = -math.inf
    wake: float = -math.inf
    waiting: bool = False
    went: float | None = None
    over: bool = False
    _booked: tuple[float, ...] = ()

    @property
    def windows(self) -> tuple[Window, ...]:
        """All windows that count it."""
        return self.shared + self.own

    @property
    def opens(self) -> float:
        """When all its windows let one more through."""
        return _opens(self.windows)

    def book(self, now: float) -> None:
        """Count it in all its windows."""
        self.went = now
        self._booked = tuple(window.take(now, self.since) for window in self.windows)

    def delay(self, seconds: float, most: float) -> None:
        """Count it later by `seconds`, but by no more than the share `most` of a window."""
        self._booked = tuple(
            window.move(moment, moment + min(seconds, most * window.per))
            for window, moment in zip(self.windows, self._booked, strict=True)
        )

    def give_back(self) -> None:
        """Undo `book`."""
        for window, moment in zip(self.windows, self._booked, strict=True):
            window.give_back(moment)
        self.went, self._booked = None, ()


@define(eq=False)
class _Line:
    """The tickets of one shop and lane that wait for the same windows, oldest first."""

    shop: str
    own: tuple[Window, ...]
    tickets: list[Ticket] = field(factory=list)
    rank: Rank | None = None
    """Its place among the open lines; `None` while it is shut."""

    @property
    def head(self) -> Ticket:
        """The one that goes first."""
        return self.tickets[0]

    def place(self, ticket: Ticket) -> int:
        """Return how many of the line stand before `ticket`."""
        return bisect_left(self.tickets, ticket.number, key=_number)


@define(eq=False)
class _Rounds:
    """Which round a lane is in, and which one each shop had last."""

    current: int = 0
    last: dict[str, int] = field(factory=dict)

    def next(self, shop: str) -> int:
        """Return the round of the shop's next request."""
        return max(self.current, self.last.get(shop, -1) + 1)

    def served(self, shop: str, number: int) -> None:
        """Count a request of `shop` that belonged to round `number`."""
        self.last[shop] = number
        self.current = max(self.current, number)


@define(eq=False)
class _Pool:
    """Lines of one lane that share the same windows of the app.

    A line is open and has a rank, or shut by its own windows until some moment.
    """

    lane: Lane
    shared: tuple[Window, ...]
    rounds: _Rounds
    waiting: int = 0
    _lines: dict[tuple[str, tuple[Window, ...]], _Line] = field(factory=dict)
    _open: list[tuple[Rank, _Line]] = field(factory=list)
    _shut: list[tuple[float, int, _Line]] = field(factory=list)
    _levels: list[int] = field(factory=list)
    """How many open lines have a first ticket, a second, a third …"""

    def add(self, ticket: Ticket) -> None:
        """Let a ticket wait at its place."""
        key = (ticket.shop, ticket.own)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(ticket.shop, ticket.own)
        rank = self._close(line)
        insort(line.tickets, ticket, key=_number)
        if rank is not None or len(line.tickets) == 1:
            self._reopen(line, rank)
        self.waiting += 1

    def remove(self, ticket: Ticket, *, served: bool) -> None:
        """Let a ticket wait no more, because it was served or because it gave up."""
        key = (ticket.shop, ticket.own)
        line = self._lines[key]
        rank = self._close(line)
        del line.tickets[line.place(ticket)]
        if served:
            self.rounds.served(line.shop, rank[1] if rank else self.rounds.next(line.shop))
        if not line.tickets:
            del self._lines[key]
        elif rank is not None:
            self._reopen(line, None if served else rank)
        self.waiting -= 1

    def best(self, now: float) -> tuple[Rank, Ticket] | None:
        """Return the ticket that goes first of those whose windows are open."""
        if _opens(self.shared) > now + TICK:
            return None
        while self._shut and self._shut[0][0] <= now + TICK:
            line = heappop(self._shut)[2]
            if line.tickets and line.rank is None:
                self._reopen(line)
        while self._open:
            rank, line = self._open[0]
            opens, behind = _opens(line.own), self.rounds.last.get(line.shop, -1) < rank[1]
            if opens <= now + TICK and behind:
                return rank, line.head
            self._close(line)
            if opens <= now + TICK:  # another line of the shop had this round
                self._reopen(line)
            else:
                heappush(self._shut, (opens, line.head.number, line))
        return None

    def wait(self, ticket: Ticket, now: float) -> float:
        """Estimate after how many seconds `ticket` has its turn."""
        line = self._lines[ticket.shop, ticket.own]
        place = line.place(ticket)
        ahead = self._ahead(line, place)
        due = [window.after(ahead, now) for window in self.shared]
        due += [window.after(place, now) for window in ticket.own]
        return max(due, default=now) - now

    def look_again(self) -> None:
        """Open every line: the windows forgot what they knew."""
        self._shut.clear()
        for line in self._lines.values():
            self._close(line)
            self._reopen(line)

    def _ahead(self, line: _Line, place: int) -> int:
        """How many of the pool go before the ticket at `place` of `line`; rather too few."""
        levels = self._levels
        if line.rank is None or place >= len(levels):
            return sum(levels[:place])
        before = bisect_left(self._open, (line.rank,))
        if place == 0:
            return before
        # The order among second tickets is only guessed from that among first ones. To come too
        # early costs another look, to come too late may cost a slot.
        guess = sum(levels[:place]) + before * levels[place] // levels[0]
        return int(guess * _CAUTION)

    def _reopen(self, line: _Line, kept: Rank | None = None) -> None:
        """Give a line a place among the open ones; one that was there keeps its round."""
        number = kept[1] if kept else self.rounds.next(line.shop)
        line.rank = (_ORDER[self.lane], number, line.head.number)
        insort(self._open, (line.rank, line))
        self._levels += [0] * (len(line.tickets) - len(self._levels))
        for level in range(len(line.tickets)):
            self._levels[level] += 1

    def _close(self, line: _Line) -> Rank | None:
        """Take a line from the open ones; returns the rank it had there."""
        rank = line.rank
        if rank is None:
            return None
        del self._open[bisect_left(self._open, (rank,))]
        line.rank = None
        for level in range(len(line.tickets)):
            self._levels[level] -= 1
        return rank


@define(eq=False)
class Contest:
    """Tickets that compete: all that share a window of the app, or those of one shop."""

    _pools: dict[tuple[Lane, tuple[Window, ...]], _Pool] = field(factory=dict)
    _rounds: dict[Lane, _Rounds] = field(factory=dict)

    def join(self, ticket: Ticket) -> None:
        """Let a ticket wait at its place, which its number tells."""
        ticket.waiting = True
        self._pool(ticket.lane, ticket.shared).add(ticket)

    def leave(self, ticket: Ticket, *, served: bool = False) -> None:
        """Take a waiting ticket away."""
        ticket.waiting = False
        self._pool(ticket.lane, ticket.shared).remove(ticket, served=served)

    def serve(self, now: float) -> None:
        """Give turns to those who are first, as long as they are here or should be."""
        while True:
            heads = [head for pool in self._pools.values() if (head := pool.best(now))]
            if not heads:
                return
            _, best = min(heads, key=_rank_of)
            if best.wake > now + TICK:
                return
            self.go(best, now)

    def go(self, ticket: Ticket, now: float) -> None:
        """Give a waiting ticket its turn."""
        self.leave(ticket, served=True)
        ticket.book(now)

    def wait(self, ticket: Ticket, now: float) -> float:
        """After how many seconds a ticket should ask again."""
        estimate = self._pool(ticket.lane, ticket.shared).wait(ticket, now)
        waiting = sum(pool.waiting for pool in self._pools.values())
        look = max(_SHORTEST_LOOK, waiting / _LOOKS_PER_SECOND)
        return max(min(estimate, look), ticket.opens - now)

    def look_again(self) -> None:
        """Open every line: the windows forgot what they knew."""
        for pool in self._pools.values():
            pool.look_again()

    def _pool(self, lane: Lane, shared: tuple[Window, ...]) -> _Pool:
        pool = self._pools.get((lane, shared))
        if pool is None:
            rounds = self._rounds.setdefault(lane, _Rounds())
            pool = self._pools[lane, shared] = _Pool(lane, shared, rounds)
        return pool


def _opens(windows: tuple[Window, ...]) -> float:
    opens = -math.inf
    for window in windows:
        opens = max(opens, window.opens)
    return opens


def _number(ticket: Ticket) -> int:
    return ticket.number


def _rank_of(head: tuple[Rank, Ticket]) -> Rank:
    return head[0]
