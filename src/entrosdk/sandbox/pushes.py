"""Notifications on their way: signed, retried, lost, and misdelivered on order (book 7.1, 7.4).

The queue is pure: it says what is due and learns what became of it; a deliverer does the I/O.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from random import Random
from typing import Any

from attrs import define, field

__all__ = ["Push", "PushQueue"]

_LOST_LIFE = 3 * 86_400
_JUDGED_AFTER = 600  # deliveries, before a bad success rate suspends pushes
_SUSPEND_BELOW = 0.30


@define
class Push:
    """One delivery: its body, when it is due, how often it was tried."""

    number: int
    due: int
    body: bytes
    tries: int = 0
    lost_at: int = 0


@define
class Mischief:
    """Shares of deliveries that go wrong, and a delay in seconds."""

    lose: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: int = 0


@define
class PushQueue:
    """The pushes of one app, to one address.

    `retries` are the pauses, in seconds, after which a failed delivery is tried again before it
    is lost; they stop when fewer than `suspend_below` of many arrive.
    `stamp` is the key under which the queue writes the moment, `name` an id of its own.
    """

    seed: str
    sign: Callable[[str, bytes], dict[str, str]]
    url: str = ""
    retries: tuple[int, ...] = (300, 1800, 10_800)
    stamp: str = "timestamp"
    name: str = "msg_id"
    mischief: Mischief = field(factory=Mischief)
    waiting: list[Push] = field(factory=list)
    lost: list[Push] = field(factory=list)
    suspended: bool = False
    delivered: int = 0
    failed: int = 0
    warnings: int = 0
    suspend_below: float = _SUSPEND_BELOW
    watchers: list[Callable[[int], None]] = field(factory=list)
    """Told the time before anything is sent: some pushes come of time alone."""
    _number: int = 0
    _chance: Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._chance = Random(f"{self.seed}:pushes")

    def aim(self, url: str, mischief: Mapping[str, Any] | None = None) -> None:
        """Send to `url` from now on; an empty one stops pushes."""
        self.url = url
        given = mischief or {}
        self.mischief = Mischief(
            lose=float(given.get("lose", 0)),
            duplicate=float(given.get("duplicate", 0)),
            reorder=float(given.get("reorder", 0)),
            delay=int(given.get("delay", 0)),
        )
        self.suspended = False
        self.delivered = self.failed = 0

    def add(self, now: int, body: Mapping[str, Any], *, with_id: bool = True) -> None:
        """Put a push into the queue; nothing is kept while nobody listens."""
        if not self.url or self.suspended:
            return
        self._number += 1
        whole: dict[str, Any] = dict(body)
        if self.stamp:
            whole.setdefault(self.stamp, now)
        if with_id and self.name:
            name = sha256(f"{self.seed}:{self._number}".encode()).hexdigest()[:32]
            whole = {self.name: name, **whole}
        self._enqueue(Push(self._number, now + self.mischief.delay, _compact(whole)))

    def _enqueue(self, push: Push) -> None:
        mischief = self.mischief
        if self._chance.random() < mischief.lose:
            push.lost_at = push.due
            self.lost.append(push)
            return
        if self._chance.random() < mischief.reorder:
            push.due += self._chance.randrange(2, 30)
        self.waiting.append(push)
        if self._chance.random() < mischief.duplicate:
            self.waiting.append(Push(push.number, push.due + 1, push.body))

    def check(self, now: int, body: Mapping[str, Any]) -> None:
        """Send a body as it is: the console's check of an address, which nothing disturbs."""
        self._number += 1
        self.waiting.append(Push(self._number, now, _compact(body)))

    def due(self, now: int) -> list[Push]:
        """Take out what is to be sent now."""
        for watcher in self.watchers:
            watcher(now)
        ready = [push for push in self.waiting if push.due <= now]
        self.waiting = [push for push in self.waiting if push.due > now]
        return sorted(ready, key=lambda push: (push.due, push.number))

    def headers(self, push: Push) -> dict[str, str]:
        """Sign a push for the address it goes to."""
        return self.sign(self.url, push.body)

    def result(self, push: Push, now: int, status: int, *, empty: bool) -> None:
        """Learn what became of a delivery: 2xx is success, with a warning unless empty."""
        if 200 <= status < 300:
            self.delivered += 1
            self.warnings += not empty
            return
        self.failed += 1
        self._judge()
        if push.tries < len(self.retries):
            push.due = now + self.retries[push.tries]
            push.tries += 1
            self.waiting.append(push)
        else:
            push.lost_at = now
            self.lost.append(push)

    def _judge(self) -> None:
        done = self.delivered + self.failed
        if done > _JUDGED_AFTER and self.delivered / done < self.suspend_below:
            self.suspended = True

    def lost_since(self, now: int) -> list[Push]:
        """Return the lost messages that are still kept, oldest first."""
        self.lost = [push for push in self.lost if push.lost_at > now - _LOST_LIFE]
        return sorted(self.lost, key=lambda push: push.number)

    def confirm(self, number: int) -> None:
        """Forget lost messages up to a number: they were consumed."""
        self.lost = [push for push in self.lost if push.number > number]


def _compact(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
