"""Which addresses a store's API may have: those the operator named, and no others.

A customer types them, and the server goes there with whatever the customer wants signed. So host
and port must be named, and anything is refused that two readers of addresses could understand
differently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["allowed"]

# Scheme, host, port, path; no user name, query, fragment, backslash, escape or space.
_PLAIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[\w./-]*)?")
_USUAL = {"http": 80, "https": 443}


def allowed(address: str, places: Sequence[str]) -> bool:
    """Say whether `address` is at one of `places`: `host`, `host:port` or `host:low-high`.

    A host alone stands for the usual port of the scheme.
    """
    if not _PLAIN.fullmatch(address):
        return False
    parts = urlsplit(address)
    try:
        port = parts.port or _USUAL[parts.scheme]
    except ValueError:  # beyond 65535
        return False
    for host, low, high in map(_read, places):
        lowest, highest = (low, high) if high else (_USUAL[parts.scheme],) * 2
        if parts.hostname == host.lower() and lowest <= port <= highest:
            return True
    return False


def _read(place: str) -> tuple[str, int, int]:
    """Return host and ports; 0 and 0 where none is named."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[]+)(?::(\d+)(?:-(\d+))?)?", place.strip())
    if match is None:
        return "", 0, 0
    host, low, high = match.groups()
    return host.strip("[]"), int(low or 0), int(high or low or 0)
