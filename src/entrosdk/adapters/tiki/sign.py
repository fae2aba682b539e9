"""Putting a token on a request (fact book sections 1.1 and 1.2).

Tiki's Open API has no signature and no timestamp: the bearer token is all.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

from attrs import evolve

from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import PUBLIC, Request

__all__ = ["OAUTH", "USER_AGENT", "authorise", "basic", "bearer"]

OAUTH = "/sc/oauth2/"
"""Begins the paths of the authorization server; all others are the API's."""

USER_AGENT = "entrosdk"
"""The edge may refuse the default names of HTTP libraries (quirk 15)."""

_COMMON = (("accept", "application/json"), ("user-agent", USER_AGENT))


def authorise(
    access: Access,
    request: Request,
    grant: Grant | None,
    now: datetime,  # noqa: ARG001 - the same arguments for every marketplace
) -> Request:
    """Return `request` with its host and the grant's token.

    A public request goes as it is: it carries its own credentials, if any (quirk 19).
    """
    base = access.auth if request.path.startswith(OAUTH) else access.api
    token = () if request.auth == PUBLIC else (bearer(_token(grant)),)
    return evolve(request, base=base, headers=(*request.headers, *_COMMON, *token))


def bearer(token: str) -> tuple[str, str]:
    """Return the header of an access token."""
    return "authorization", f"Bearer {token}"


def basic(name: str, secret: str) -> tuple[str, str]:
    """Return the header of HTTP Basic."""
    pair = b64encode(f"{name}:{secret}".encode()).decode()
    return "authorization", f"Basic {pair}"


def _token(grant: Grant | None) -> str:
    if grant is None:
        raise ConfigError("a request for a shop needs the shop's grant")
    return grant.access_token.reveal()
