"""Page tokens: opaque, full of characters that need escaping, bound to their filters (quirk 7)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from heapq import nlargest, nsmallest
from typing import Any, TypeVar

from entrosdk.sandbox.tiktok.parameters import BAD, Parameters, Refusal

__all__ = ["page_of"]

T = TypeVar("T")

Key = tuple[int, str]


def page_of(
    given: Parameters,
    rows: Sequence[T],
    key: Callable[[T], Key],
    size: int,
    *,
    descending: bool = False,
) -> tuple[list[T], str]:
    """Return the page a call asks for, and the token of the next one; it goes by the rows' keys.

    A row that moved while somebody pages comes again at its new place.
    """
    seal = _seal(given)
    token = given.query("page_token")
    if token:
        last = _read(token, seal)
        rows = [r for r in rows if (key(r) < last if descending else key(r) > last)]
    found = (nlargest if descending else nsmallest)(size + 1, rows, key=key)
    page = found[:size]
    return page, (_write(key(page[-1]), seal) if len(found) > size else "")


def _seal(given: Parameters) -> bytes:
    """Fingerprint what a token is bound to: everything but the token, time and sign."""
    loose = {"page_token", "timestamp", "sign", "access_token", "page_size"}
    told: Any = sorted(pair for pair in given.call.query if pair[0] not in loose)
    text = json.dumps([given.call.path, told, given.body], sort_keys=True)
    return sha256(text.encode()).digest()[:10]


def _write(last: Key, seal: bytes) -> str:
    # Two bytes in front make every token hold a plus and a slash.
    return b64encode(b"\xfb\xff\xfe" + seal + json.dumps(last).encode()).decode()


def _read(token: str, seal: bytes) -> Key:
    try:
        raw = b64decode(token, validate=True)
        place, name = json.loads(raw[13:])
    except (ValueError, TypeError):
        raise _refused() from None
    if raw[3:13] != seal:
        raise _refused()
    return int(place), str(name)


def _refused() -> Refusal:
    return Refusal(BAD, "PageToken is invalid for these filters", 400)
