"""Limits a marketplace enforces: a second's and a day's requests."""

from __future__ import annotations

from collections import deque
from typing import Literal

from attrs import define, field

__all__ = ["Limits", "Reached"]

Reached = Literal["second", "day"]


@define
class Limits:
    """Requests per second for the app and for each shop, and a day's; zero means no limit.

    `midnight` is how many seconds before UTC's midnight a new day begins.
    """

    app: int = 0
    shop: int = 0
    daily: int = 0
    midnight: int = 0
    _seen: dict[str, deque[float]] = field(factory=dict, init=False)
    _day: tuple[int, int] = field(default=(0, 0), init=False)

    def allow(self, shop: str, now: float) -> Reached | None:
        """Count a call; returns which limit it broke, if any."""
        day = int(now + self.midnight) // 86_400
        used = self._day[1] + 1 if self._day[0] == day else 1
        self._day = (day, used)
        if self.daily and used > self.daily:
            return "day"
        full = [self._full("", self.app, now), bool(shop) and self._full(shop, self.shop, now)]
        return "second" if any(full) else None

    def _full(self, key: str, most: int, now: float) -> bool:
        if not most:
            return False
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - 1.0:
            seen.popleft()
        if len(seen) >= most:
            return True
        seen.append(now)
        return False
