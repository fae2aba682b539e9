"""What replies tell about limits, where they do.

None of the four marketplaces documents such headers (fact books: Shopee 2.5, Lazada 2.6, TikTok
2.4; Tiki 2.4 quotes old ones), so they are read when present, never required, and anything odd
counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from attrs import evolve, frozen

__all__ = ["Told", "read_headers", "read_retry_after"]

# Names as Kong writes them: X-RateLimit-Limit-Second and so on.
_SPANS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_NAME = re.compile(
    r"(?:x-)?rate-?limit-(limit|remaining|reset)(?:-(second|minute|hour|day))?", re.ASCII
)
# Key=value pairs of the IETF drafts: `"default";q=100;w=60`, `limit=100, remaining=5, reset=3`.
_PAIR = re.compile(r"\b(q|w|r|t|limit|remaining|reset)\s*=\s*(\d{1,12})\b", re.ASCII)
_KEYS = {"q": "limit", "w": "per", "r": "remaining", "t": "reset"}
_NUMBER = re.compile(r"\s*(\d{1,13}(?:\.\d{1,6})?)\s*(?:$|[,;])", re.ASCII)

_AN_EPOCH = 1e9  # resets above are moments, not seconds to wait; above a thousand times that, ms
_LONGEST = 120.0  # seconds that a header may stop us; a refusal says more


@frozen(kw_only=True)
class Told:
    """A limit as a reply told it: `count` requests in `per` seconds.

    `spent_until` is the moment until which nothing is left, when the reply said so.
    """

    count: int | None = None
    per: float | None = None
    spent_until: float | None = None


def read_headers(headers: Mapping[str, str], now: float) -> tuple[Told, ...]:
    """Return what `headers` (lower-case names) tell; empty when they tell nothing.

    Known are `X-RateLimit-…` with and without a span, and `RateLimit` with `RateLimit-Policy` of
    the IETF drafts.
    """
    named = {
        name: value
        for name, value in headers.items()
        if "ratelimit" in name or "rate-limit" in name
    }
    if not named:
        return ()
    found = {**_by_name(named), **_by_pairs(named)}
    told = (_told(facts, now) for facts in found.values())
    return tuple(one for one in told if one != Told(per=one.per))


def read_retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as a number or as a date."""
    value = headers.get("retry-after", "")
    number = _NUMBER.fullmatch(value)
    if number:
        return float(number[1])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def _by_name(headers: Mapping[str, str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, value in headers.items():
        known, number = _NAME.fullmatch(name), _NUMBER.match(value)
        if known and number:
            span = known[2] or ""
            facts = found.setdefault(span, {"per": _SPANS[span]} if span else {})
            facts[known[1]] = float(number[1])
    return found


def _by_pairs(headers: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Read `RateLimit-Policy` and `RateLimit`; members of both share their quoted name."""
    found: dict[str, dict[str, float]] = {}
    for name in ("ratelimit-policy", "ratelimit"):
        value = headers.get(name, "")
        # Draft 7 separates keys of one limit by commas, later ones separate limits by them.
        members = [value] if "limit=" in value else value.split(",")
        for member in members:
            pairs = {_KEYS.get(k, k): float(v) for k, v in _PAIR.findall(member)}
            if pairs:
                label = re.match(r'\s*"([^"]*)"', member)
                found.setdefault(f"pairs {label[1] if label else ''}", {}).update(pairs)
    return found


def _told(facts: Mapping[str, float], now: float) -> Told:
    told = Told(per=facts.get("per") or None)
    count = facts.get("limit", 0.0)
    if count >= 1 and count == int(count):
        told = evolve(told, count=int(count))
    reset = _seconds(facts.get("reset", told.per), now)
    if facts.get("remaining") == 0 and reset is not None:
        told = evolve(told, spent_until=now + min(reset, _LONGEST))
    return told


def _seconds(reset: float | None, now: float) -> float | None:
    if reset is None:
        return None
    if reset < _AN_EPOCH:
        return reset
    moment = reset / 1000 if reset > _AN_EPOCH * 1000 else reset
    return max(0.0, moment - now)
