"""Signing requests and checking webhooks (fact book sections 1.5, 1.6 and 7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.toolkit import hmac_hex, matches

__all__ = [
    "SELLER",
    "SHOP",
    "TOKENS",
    "TOKEN_HEADER",
    "authorise",
    "pushed",
    "signature",
    "webhook_signature",
]

SHOP = "shop"
"""Requests that name the shop by its cipher."""

SELLER = "seller"
"""Requests that carry a token and must not carry a cipher: it would be refused (section 1.5)."""

TOKENS = "/api/v2/token/"
TOKEN_HEADER = "x-tts-access-token"  # noqa: S105 - the header's name

_UNSIGNED = {"sign", "access_token"}
_JSON = ("content-type", "application/json")


def signature(
    secret: str,
    path: str,
    query: Iterable[tuple[str, str]],
    body: bytes | None = None,
    content_type: str = "application/json",
) -> str:
    """Return the sign of a request.

    `query` holds decoded values; the order of its keys does not matter.
    `body` counts byte for byte as it is sent, except in an upload: a multipart body never does,
    whatever boundary its type names.
    """
    pairs = sorted((pair for pair in query if pair[0] not in _UNSIGNED), key=lambda pair: pair[0])
    text = path + "".join(name + value for name, value in pairs)
    counted = b"" if content_type.startswith("multipart/form-data") else body or b""
    key = secret.encode()
    return hmac_hex(secret, key + text.encode() + counted + key)


def authorise(access: Access, request: Request, grant: Grant | None, now: datetime) -> Request:
    """Return `request` with host, common parameters, token and sign.

    The timestamp is `now`, so a retry never reuses one: TikTok Shop accepts it for five minutes.
    """
    if request.path.startswith(TOKENS):
        return _for_tokens(access, request)
    headers = dict([_JSON, *request.headers])
    query = [
        *request.query,
        ("app_key", access.app.key),
        ("timestamp", str(int(now.timestamp()))),
    ]
    if request.auth != PUBLIC:
        granted = _granted(grant)
        headers[TOKEN_HEADER] = granted.access_token.reveal()
        query += _cipher(granted) if request.auth == SHOP else ()
    secret = access.app.secret.reveal()
    sign = signature(secret, request.path, query, request.body, headers["content-type"])
    return evolve(
        request,
        base=access.api,
        query=(*query, ("sign", sign)),
        headers=tuple(headers.items()),
    )


def _for_tokens(access: Access, request: Request) -> Request:
    """Complete a token request: another host, and the secret itself instead of a sign (1.3)."""
    app = access.app
    common = (("app_key", app.key), ("app_secret", app.secret.reveal()))
    return evolve(request, base=access.auth, query=(*common, *request.query))


def _granted(grant: Grant | None) -> Grant:
    if grant is None:
        raise ConfigError("a request for a shop needs the shop's grant")
    return grant


def _cipher(grant: Grant) -> list[tuple[str, str]]:
    """Name the shop. A grant without cipher is refused once and completed by its renewal."""
    if grant.shop_ref:
        return [("shop_cipher", grant.shop_ref)]
    if grant.refresh_token is None:
        raise ConfigError(
            "the grant does not hold the shop's cipher",
            advice="Pass `Grant(shop_ref=…)`, or a refresh token, so that it can be looked up.",
        )
    return []


def webhook_signature(app_key: str, secret: str, body: bytes) -> str:
    """Return what TikTok Shop puts into the `Authorization` header of a webhook."""
    return hmac_hex(secret, app_key.encode() + body)


def pushed(app_key: str, secret: str, body: bytes, given: str) -> bool:
    """Say whether a webhook is genuine. An empty secret never is; upper-case hex is tolerated."""
    expected = webhook_signature(app_key, secret, body)
    return bool(secret) and matches(given.strip().lower(), expected)
