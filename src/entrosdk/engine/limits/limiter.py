"""The limits of one app: whose turn it is, and what was learned about them."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from entrosdk.engine.limits.headers import Told, read_headers
from entrosdk.engine.limits.waiting import Contest, Lane, Ticket
from entrosdk.engine.limits.window import TICK, Window
from entrosdk.spi.effects import Claim
from entrosdk.spi.manifest import Limit

__all__ = ["Limiter"]

# A turn that was given to a sleeper who does not come is lost after this share of the shortest
# window: until then the sleeper may use it late.
_COMES_LATE = 0.5

# A request that took longer than usual may have been longer on its way there, by a new connection
# or a busy machine, and the marketplace counts arrivals. So it is counted later by the difference,
# up to this share of a window: most of what varies is the marketplace's own work.
_MOST_LATER = 0.5
# Before the first reply nothing is usual; then a request is counted when its reply is there.
_MOST_LATER_AT_FIRST = 1.0
# Where many go at once none is quick, so a part of the usual time is the way there as well.
# How much, nobody can tell: half of it, and at most so many seconds (0.6 % of a second's limit).
_UNSEEN_SHARE, _MOST_UNSEEN = 0.5, 0.006
# A refusal that took longer than usual by this share of a window teaches no pace.
_HELD_UP = 0.5
# The usual time is a low one: it falls at once, and rises by this share of what was longer.
_USUAL_RISE = 0.01


class Limiter:
    """The limits of one app, shared by its shops; safe from any thread.

    Pass one limiter to every `connect` of the same app, so that their requests are counted
    together.
    Waiting requests are served by lane (`interactive` first), then shops in turn, then age.
    What replies tell about limits lowers them and lifts them again, but never over `limits`.
    Those that are only `guessed`, such as a manifest's, a reply may also raise.
    It does no I/O and does not sleep: it says how long to.
    """

    def __init__(self, limits: Iterable[Limit] = (), *, guessed: Iterable[Limit] = ()) -> None:
        firm = tuple(limits)
        self._limits = (*firm, *guessed)
        self._firm = len(firm)
        self._windows: dict[tuple[int, str], Window] = {}
        self._labels: dict[Window, str] = {}
        self._together = Contest()
        self._alone: dict[str, Contest] = {}
        self._matches: dict[str, tuple[tuple[int, Limit], ...]] = {}
        self._usual: dict[str, tuple[float, float]] = {}
        self._numbers = count()
        self._guard = threading.Lock()
        self._latest = 0.0

    def ticket(self, shop: str, operation: str, lane: Lane = "interactive") -> Ticket:
        """Take a ticket for one request of `shop`; it counts once it asks for its turn."""
        with self._guard:
            shared, own = self._of(shop, operation)
            return Ticket(shop, operation, lane, shared, own, next(self._numbers))

    def turn(self, ticket: Ticket, now: float) -> float:
        """Return 0 when the request may go now: it is counted. Else ask again after so long.

        Times are in seconds.
        """
        with self._guard:
            self._notice(now)
            contest = self._contest(ticket)
            ticket.wake = now
            if ticket.went is not None:  # given while it slept, perhaps too long ago
                self._come_late(contest, ticket, now)
            if ticket.went is None:
                self._ask(contest, ticket, now)
            if ticket.went is not None:
                ticket.over = True
                return 0.0
            wait = contest.wait(ticket, now)
            ticket.wake = now + wait
            return wait

    def withdraw(self, ticket: Ticket) -> None:
        """Give up a ticket; does nothing to one that had its turn."""
        with self._guard:
            if ticket.over:
                return
            ticket.over = True
            if ticket.went is not None:  # given while it slept
                ticket.give_back()
            elif ticket.waiting:
                self._contest(ticket).leave(ticket)

    def postpone(self, ticket: Ticket, until: Sequence[float]) -> None:
        """Take back a turn because limits that processes share are full; its place is kept.

        `until` are the moments to ask again at, for each of `claims`.
        """
        with self._guard:
            ticket.give_back()
            ticket.over = False
            for window, moment in zip(ticket.windows, until, strict=True):
                window.close(moment)
            self._contest(ticket).join(ticket)

    def claims(self, ticket: Ticket) -> tuple[Claim, ...]:
        """Return the limits that `ticket` falls under, as processes share them."""
        with self._guard:
            return tuple(
                Claim(self._labels[window], window.count, window.per) for window in ticket.windows
            )

    def refused(self, ticket: Ticket, scope: str, until: float, now: float) -> None:
        """Learn from a refused request, and stop those that share its limit until `until`."""
        with self._guard:
            windows = self._scoped(ticket, scope)
            for window in windows:
                window.close(until)
            # A day's quota says nothing about the pace, and neither does a request that was held
            # up on its way: with what crowd it arrived, we did not see.
            if windows and scope != "day" and not self._held_up(ticket, windows, now):
                fullest = max(windows, key=lambda window: window.fullness(now))
                fullest.refused(now if ticket.went is None else ticket.went, now)

    def heard(self, ticket: Ticket, headers: Mapping[str, str], now: float) -> None:
        """Correct the limits of `ticket` by what the headers of a reply tell."""
        told = read_headers(headers, now)
        if told and ticket.windows:
            with self._guard:
                for one in told:
                    _believe(one, ticket)

    def answered(self, ticket: Ticket, now: float) -> None:
        """Correct the moment at which a request is counted, by how long its reply took."""
        with self._guard:
            if ticket.went is None or not ticket.windows:
                return
            took = max(0.0, now - ticket.went)
            first, usual = self._usual.setdefault(ticket.operation, (now, took))
            if ticket.went < first:
                ticket.delay(took, _MOST_LATER_AT_FIRST)
            else:
                unseen = min(usual * _UNSEEN_SHARE, _MOST_UNSEEN)
                ticket.delay(max(0.0, took - usual) + unseen, _MOST_LATER)
            usual = min(took, usual + (took - usual) * _USUAL_RISE)
            self._usual[ticket.operation] = (first, usual)

    def _held_up(self, ticket: Ticket, windows: Sequence[Window], now: float) -> bool:
        _, usual = self._usual.get(ticket.operation, (now, math.inf))
        took = now - (now if ticket.went is None else ticket.went)
        return took - usual > _HELD_UP * min(window.per for window in windows)

    def _ask(self, contest: Contest, ticket: Ticket, now: float) -> None:
        if not ticket.waiting:
            ticket.since = now
            contest.join(ticket)
        contest.serve(now)
        if ticket.went is None and ticket.opens <= now + TICK:
            # Those before it sleep: their estimate was too long, and a free slot must be used.
            contest.go(ticket, now)

    def _come_late(self, contest: Contest, ticket: Ticket, now: float) -> None:
        late = now - (now if ticket.went is None else ticket.went)
        if late > _COMES_LATE * min(window.per for window in ticket.windows):
            ticket.went = None  # the turn is lost, and its slot stays counted
            contest.join(ticket)
        elif late > TICK:
            ticket.give_back()
            ticket.book(now)

    def _contest(self, ticket: Ticket) -> Contest:
        if ticket.shared:
            return self._together
        return self._alone.setdefault(ticket.shop, Contest())

    def _scoped(self, ticket: Ticket, scope: str) -> tuple[Window, ...]:
        windows = {"app": ticket.shared, "shop": ticket.own}.get(scope, ())
        return windows or ticket.windows

    def _notice(self, now: float) -> None:
        if now < self._latest - 1.0:  # a clock set back would make every wait enormous
            for window in self._windows.values():
                window.reset()
            self._usual.clear()
            for contest in (self._together, *self._alone.values()):
                contest.look_again()
            self._latest = now
        self._latest = max(now, self._latest)

    def _of(self, shop: str, operation: str) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
        matching = self._matches.get(operation)
        if matching is None:
            matching = self._matches[operation] = tuple(
                (index, limit)
                for index, limit in enumerate(self._limits)
                if not limit.operations or operation.startswith(limit.operations)
            )
        shared = tuple(self._window(i, limit, "") for i, limit in matching if limit.scope == "app")
        own = tuple(self._window(i, limit, shop) for i, limit in matching if limit.scope == "shop")
        return shared, own

    def _window(self, index: int, limit: Limit, shop: str) -> Window:
        window = self._windows.get((index, shop))
        if window is None:
            window = Window(limit.count, limit.per, firm=index < self._firm)
            self._windows[(index, shop)] = window
            self._labels[window] = _label(limit, shop)
        return window


def _label(limit: Limit, shop: str) -> str:
    """Name a limit the same way in every process."""
    return f"{limit.scope}:{shop}:{limit.per:g}:{','.join(limit.operations)}"


def _believe(told: Told, ticket: Ticket) -> None:
    windows = [window for window in ticket.windows if told.per in {None, window.per}]
    if told.count is not None and len(windows) == 1:  # else it could be any of them
        windows[0].correct(told.count)
    if told.spent_until is not None:
        narrowest = windows or list(ticket.windows)
        min(narrowest, key=lambda w: w.count / w.per).close(told.spent_until)
