"""Limits a marketplace enforces: a second's and a day's requests, and what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import ceil
from typing import Any, Literal

from attrs import asdict, define, field

__all__ = ["Limits", "Reached", "Tally"]

Reached = Literal["second", "day"]

_SECOND = 1.0
# What a client may plan with where nothing is limited: more than one machine sends.
_UNLIMITED = {"app": 500, "shop": 100}


@define
class Tally:
    """How many requests were let through and how many refused; moments in epoch seconds.

    `last_at` is when the last one was let through; a moment that never came is 0.
    """

    allowed: int = 0
    refused: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    last_refused_at: float = 0.0

    def count(self, now: float, *, refused: bool) -> None:
        """Count a request that arrived at `now`."""
        self.first_at = self.first_at or now
        if refused:
            self.refused += 1
            self.last_refused_at = now
        else:
            self.allowed += 1
            self.last_at = now


@define
class _Window:
    """At most `most` requests within any second; refused ones take no place."""

    most: int
    seen: deque[float] = field(factory=deque)

    @property
    def left(self) -> int:
        """How many more requests fit."""
        return max(0, self.most - len(self.seen))

    def move(self, now: float) -> None:
        """Let go of what arrived a second ago or earlier."""
        while self.seen and self.seen[0] <= now - _SECOND:
            self.seen.popleft()

    def told(self, now: float) -> dict[str, str]:
        """Return the usual headers: the limit, what is left of it, seconds until more is."""
        wait = self.seen[0] + _SECOND - now if self.seen else 0.0
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(ceil(wait)),
        }


@define
class Limits:
    """Requests per second for the app and for each shop, and a day's; zero means no limit.

    A second is a sliding window over the moments at which requests arrive.
    `midnight` is how many seconds before UTC's midnight a new day begins.
    `headers` lets replies tell of the limit; no marketplace documents that it does.
    """

    app: int = 0
    shop: int = 0
    daily: int = 0
    midnight: int = 0
    headers: bool = False
    total: Tally = field(factory=Tally, init=False)
    shops: dict[str, Tally] = field(factory=dict, init=False)
    _windows: dict[str, _Window] = field(factory=dict, init=False)
    _day: tuple[int, int] = field(default=(0, 0), init=False)
    _told: Mapping[str, str] = field(factory=dict, init=False)

    def change(self, given: Mapping[str, Any]) -> None:
        """Set the limits that are given, and begin counting anew; raises `ValueError`."""
        numbers = {name: int(given.get(name, getattr(self, name))) for name in _NUMBERS}
        if min(numbers.values()) < 0:
            raise ValueError("a limit is a whole number from 0")
        self.app, self.shop, self.daily = (numbers[name] for name in _NUMBERS)
        self.headers = bool(given.get("headers", self.headers))
        self.total, self.shops = Tally(), {}
        self._windows.clear()

    def shown(self) -> dict[str, Any]:
        """Return the limits in force and the tallies, for the app and for each shop."""
        return {
            **{name: getattr(self, name) for name in (*_NUMBERS, "headers")},
            **asdict(self.total),
            "shops": {shop: asdict(tally) for shop, tally in self.shops.items()},
        }

    def pace(self) -> dict[str, int]:
        """Return how many requests per second a client may plan with, "app" and "shop"."""
        shop = self.shop or self.app or _UNLIMITED["shop"]
        return {"app": self.app or _UNLIMITED["app"], "shop": shop}

    def allow(self, shop: str, now: float) -> Reached | None:
        """Count a request that arrived at `now`; returns which limit it broke, if any."""
        reached = "day" if self._day_is_over(now) else self._take(shop, now)
        for tally in (self.total, self.shops.setdefault(shop, Tally()) if shop else None):
            if tally is not None:
                tally.count(now, refused=reached is not None)
        return reached

    def told(self) -> Mapping[str, str]:
        """Return the headers that tell of the last request's limit, once."""
        told, self._told = self._told, {}
        return told

    def _day_is_over(self, now: float) -> bool:
        day = int(now + self.midnight) // 86_400
        used = self._day[1] + 1 if self._day[0] == day else 1
        self._day = (day, used)
        return bool(self.daily) and used > self.daily

    def _take(self, shop: str, now: float) -> Literal["second"] | None:
        windows = [self._window("", self.app), self._window(shop, self.shop if shop else 0)]
        limited = [window for window in windows if window is not None]
        for window in limited:
            window.move(now)
        full = any(window.left == 0 for window in limited)
        if not full:
            for window in limited:
                window.seen.append(now)
        if self.headers and limited:
            self._told = min(limited, key=lambda window: window.left).told(now)
        return "second" if full else None

    def _window(self, key: str, most: int) -> _Window | None:
        if not most:
            return None
        window = self._windows.setdefault(key, _Window(most))
        window.most = most
        return window


_NUMBERS = ("app", "shop", "daily")
