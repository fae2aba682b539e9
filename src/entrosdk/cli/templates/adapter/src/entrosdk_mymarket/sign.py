"""Signing: a pure function of request, grant and time, run again on every attempt (manual 1.1)."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve
from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.toolkit import hmac_hex

__all__ = ["authorise", "signature"]


def authorise(access: Access, request: Request, grant: Grant | None, now: datetime) -> Request:
    """Return `request` with host, token, time and signature.

    A public request (for a token) goes to the login host and carries its secret in its body.
    """
    if request.auth == PUBLIC:
        return evolve(request, base=access.auth)
    if grant is None:
        raise ConfigError("a request for a shop needs the shop's grant")
    stamp = str(int(now.timestamp()))
    token = grant.access_token.reveal()
    signed = (
        ("authorization", f"Bearer {token}"),
        ("x-app-key", access.app.key),
        ("x-timestamp", stamp),
        ("x-signature", signature(access.app.secret.reveal(), request, token, stamp)),
    )
    return evolve(request, base=access.api, headers=(*request.headers, *signed))


def signature(secret: str, request: Request, token: str, stamp: str) -> str:
    """Sign method, path, sorted query, time, token and body with the app's secret."""
    query = "&".join(f"{name}={value}" for name, value in sorted(request.query))
    head = "\n".join((request.method, request.path, query, stamp, token, ""))
    return hmac_hex(secret, head.encode() + (request.body or b""))
