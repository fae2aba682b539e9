"""Authenticated encryption of grants, with keys that can be replaced (needs `entrosdk[sql]`).

A sealed text names the key it was made with; new texts use the first key of the ring, old ones
open as long as their key is still in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError

__all__ = ["Seal", "new_key", "pack", "unpack"]

_NONCE = 12
_MARK = 4


def new_key() -> Secret:
    """Return a fresh 256-bit key as text."""
    return Secret(base64.urlsafe_b64encode(os.urandom(32)).decode())


class Seal:
    """Seals texts with AES-256-GCM. `keys` come newest first."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        if not keys:
            raise ConfigError("a seal needs at least one key")
        ring = [_raw(key) for key in keys]
        self._ring = {_mark(raw): AESGCM(raw) for raw in ring}
        self._first = _mark(ring[0])

    def seal(self, text: str, context: str) -> str:
        """Encrypt `text`; it opens only under the same `context` (the name it is stored under)."""
        nonce = os.urandom(_NONCE)
        sealed = self._ring[self._first].encrypt(nonce, text.encode(), context.encode())
        return base64.urlsafe_b64encode(self._first + nonce + sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """Decrypt; raises `ConfigError` for a missing key or a text that was tampered with."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            key = self._ring[raw[:_MARK]]
            body = key.decrypt(raw[_MARK : _MARK + _NONCE], raw[_MARK + _NONCE :], context.encode())
        except (ValueError, KeyError, InvalidTag):
            raise ConfigError(
                f"the stored credential of {context} cannot be opened",
                advice="Use the key it was sealed with; without it, the seller authorises again.",
            ) from None
        return body.decode()

    def current(self, sealed: str) -> bool:
        """Say whether `sealed` was made with the first key of the ring; opens nothing."""
        try:
            return base64.urlsafe_b64decode(sealed)[:_MARK] == self._first
        except ValueError:
            return False


def _raw(key: Secret) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key.reveal())
    except ValueError:
        raw = b""
    if len(raw) != 32:  # AES-256
        raise ConfigError("a sealing key is 32 bytes in base64", advice="Make one with new_key().")
    return raw


def _mark(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()[:_MARK]


def pack(grant: Grant) -> str:
    """Write a grant as JSON text. The text is secret: seal it."""
    return json.dumps(
        {
            "access_token": grant.access_token.reveal(),
            "refresh_token": grant.refresh_token.reveal() if grant.refresh_token else None,
            "expires_at": _iso(grant.expires_at),
            "refresh_expires_at": _iso(grant.refresh_expires_at),
            "shop_id": grant.shop_id,
            "shop_ref": grant.shop_ref,
            "scopes": list(grant.scopes),
        }
    )


def unpack(text: str) -> Grant:
    """Read what `pack` wrote."""
    facts: dict[str, Any] = json.loads(text)
    refresh = facts["refresh_token"]
    return Grant(
        access_token=Secret(facts["access_token"]),
        refresh_token=Secret(refresh) if refresh else None,
        expires_at=_instant(facts["expires_at"]),
        refresh_expires_at=_instant(facts["refresh_expires_at"]),
        shop_id=facts["shop_id"],
        shop_ref=facts["shop_ref"],
        scopes=tuple(facts["scopes"]),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
