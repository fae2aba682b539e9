"""At most so many requests in so many seconds, as arithmetic over departures.

A window never lets more through than it says: it remembers when the last requests went, so the
one after them goes a whole `per` after the first of them.
A bucket that refills evenly would let twice the rate through in its first second.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort

__all__ = ["TICK", "Window", "slack", "spacing"]

TICK = 1e-4
"""Timers and sums of floats are no finer: what is due within it is due, in seconds."""

# The marketplace measures arrivals, we departures; what the way takes varies by this much.
# A share of `per`, so that a second's limit is still used to 98.5 %, and never more than a tenth
# of a second: the network does not get slower because the window is long.
_SLACK_SHARE, _LEAST_SLACK, _MOST_SLACK = 0.015, 0.005, 0.1

# What was learned from refusals is forgotten step by step: after so many quiet windows the count
# grows by this share, then by twice it; each new refusal doubles the time until the next trial.
_QUIET, _LONGEST_QUIET = 30, 480
_STEP = 0.05
# One burst of refusals lowers the count to what was let through, but not below this share:
# some of what was refused may have been somebody else's doing.
_DEEPEST_CUT = 1 / 3
_LOOK_BACK = 1.2
# A reply may correct a guess by this factor; more is nonsense.
_BELIEVABLE = 100


def slack(per: float) -> float:
    """Return by how many seconds more than `per` a window is kept."""
    return min(max(per * _SLACK_SHARE, _LEAST_SLACK), _MOST_SLACK)


def spacing(count: int, per: float) -> float:
    """Return the seconds between requests that go evenly, `count` in `per`."""
    return (per + slack(per)) / count


class Window:
    """At most `count` requests in any `per` seconds.

    `firm` says that `count` was stated as a maximum, which nothing that is learned may raise.
    """

    def __init__(self, count: int, per: float = 1.0, *, firm: bool = True) -> None:
        if count < 1 or per <= 0:
            raise ValueError("a limit allows at least one request in a positive time")
        self.count = count
        self.per = per
        self.most = count
        self._declared = count
        self._firm = firm
        self._spacing = per + slack(per)
        self.forgiven = slack(per) / 2
        self._went: list[float] = []
        self._refused: list[float] = []
        self._closed_until = -math.inf
        self._cut_at = -math.inf
        self._before_cut = count
        self._quiet = _QUIET * per / 2  # the first refusal doubles it
        self._step = _STEP
        self._grew_at = -math.inf

    @property
    def opens(self) -> float:
        """The moment from which one more request may go; in the past when it may go now."""
        freed = self._went[-self.count] + self._spacing if self._full else -math.inf
        return max(freed, self._closed_until)

    def after(self, ahead: int, now: float) -> float:
        """When one more may go if `ahead` others go before it, each as early as it may."""
        rounds, place = divmod(ahead, self.count)
        index = len(self._went) - self.count + place
        freed = self._went[index] + self._spacing if index >= 0 else now
        return max(freed, self._closed_until, now) + rounds * self._spacing

    def take(self, now: float, since: float) -> float:
        """Let a request go that has waited since `since`; returns the moment it is booked at.

        A timer that fires late must not cost capacity again and again: lateness up to half of
        the slack is forgiven, so departures still keep the whole `per` apart.
        """
        self._grow(now)
        booked = min(now, max(self.opens, since, now - self.forgiven))
        insort(self._went, booked)
        del self._went[: -self.most]
        return booked

    def give_back(self, booked: float) -> None:
        """Undo `take`: the request did not go after all."""
        index = bisect_right(self._went, booked) - 1
        if index >= 0 and self._went[index] == booked:
            del self._went[index]

    def move(self, booked: float, later: float) -> float:
        """Book a request anew: it arrived later than thought; returns the new moment."""
        index = bisect_right(self._went, booked) - 1
        if index < 0 or self._went[index] != booked:
            return booked
        del self._went[index]
        insort(self._went, later)
        return later

    def close(self, until: float) -> None:
        """Let nothing through before `until`: the marketplace said so."""
        self._closed_until = max(self._closed_until, until)

    def reset(self) -> None:
        """Forget all moments: the clock was set back, so they mean nothing."""
        self._went.clear()
        self._refused.clear()
        self._closed_until = self._cut_at = self._grew_at = -math.inf

    # What was learned

    def fullness(self, now: float) -> float:
        """The share of the count that went within the last `per`."""
        return (len(self._went) - bisect_right(self._went, now - self.per)) / self.count

    def refused(self, went: float, now: float) -> None:
        """Learn from a refusal of a request that went at `went` although the count was kept.

        The real limit is lower: it is what was let through in the last `per`.
        """
        if went > self._cut_at:
            self._cut_at, self._before_cut = now, self.count
            self._quiet = min(self._quiet * 2, _LONGEST_QUIET * self.per)
        # A burst straddles the edge of an exact window: look back a little farther.
        start = went - self.per * _LOOK_BACK
        self._refused = [moment for moment in self._refused if moment > start] + [went]
        sent = len(self._went) - bisect_right(self._went, start)
        through = min(sent, self._before_cut) - len(self._refused)
        deepest = max(1, math.floor(self._before_cut * _DEEPEST_CUT))
        self.count = min(self.count, max(through, deepest))
        self._step, self._grew_at = _STEP, now

    def correct(self, count: int) -> None:
        """Take over a count that a reply told; raises only what was a guess."""
        if count < 1 or count > self._declared * _BELIEVABLE:
            return
        self.most = min(count, self._declared) if self._firm else count
        self.count = min(self.count, self.most) if self._cut_at > -math.inf else self.most

    @property
    def _full(self) -> bool:
        return len(self._went) >= self.count

    def _grow(self, now: float) -> None:
        """Try a little more after a quiet while, if there is work for it."""
        if self.count >= self.most or not self._full or now < self._grew_at + self._quiet:
            return
        step = max(1, math.floor(self.count * self._step))
        self.count = min(self.most, self.count + step)
        self._step, self._grew_at = self._step * 2, now
