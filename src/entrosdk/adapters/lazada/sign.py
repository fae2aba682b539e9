"""Signing requests and checking pushes (fact book sections 1.4, 1.5 and 7)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from attrs import evolve

from entrosdk.adapters.lazada.manifest import REGIONS
from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.toolkit import hmac_hex, matches

__all__ = ["ROOT", "auth_host", "authorise", "push_signature", "pushed", "signature"]

ROOT = "/rest"
"""Begins the path of every call and is no part of what is signed."""

_DIGESTS = {"sha256": "sha256", "hmac": "md5"}


def signature(secret: str, path: str, parameters: Mapping[str, str]) -> str:
    """Return the sign of a call in upper-case hex.

    `path` is without host and `/rest`; `parameters` are all text parameters, un-encoded, wherever
    they travel, without `sign` and without files.
    Their `sign_method` chooses SHA-256 or, by its old value `hmac`, MD5.
    """
    text = path + "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    digest = _DIGESTS[parameters.get("sign_method", "sha256")]
    return hmac.new(secret.encode(), text.encode(), digest).hexdigest().upper()


def authorise(access: Access, request: Request, grant: Grant | None, now: datetime) -> Request:
    """Return `request` with host, common parameters and sign.

    A GET carries all of them in its query.
    A POST carries them as a form, where no log finds them and no length limit applies; a request
    that has a body of its own (an upload) keeps it, unsigned.
    The timestamp is `now`, so a retry never reuses one.
    """
    business = _said(request.query)
    common = _common(access, request.auth, grant, now)
    path = request.path.removeprefix(ROOT)
    sign = signature(access.app.secret.reveal(), path, dict((*business, *common)))
    pairs = (*business, *common, ("sign", sign))
    base = auth_host(access) if request.auth == PUBLIC else access.api.removesuffix(ROOT)
    signed = evolve(request, base=base, query=pairs)
    return _form(signed) if request.method == "POST" and request.body is None else signed


def auth_host(access: Access) -> str:
    """Return the host of consent pages and tokens.

    A country's API host may be given as `base_url`; tokens are not there (section 1.1).
    """
    own = {region.api for region in REGIONS.values()}
    if not access.auth_url and access.api.removesuffix(ROOT) in own:
        return access.region.auth
    return access.auth.removesuffix(ROOT)


def _said(query: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    # Official clients disagree whether an empty value is signed (section 1.5): none is sent.
    return tuple((name, value) for name, value in query if value)


def _common(
    access: Access, auth: str, grant: Grant | None, now: datetime
) -> tuple[tuple[str, str], ...]:
    stamp = str(round(now.timestamp() * 1000))
    common = (("app_key", access.app.key), ("timestamp", stamp), ("sign_method", "sha256"))
    if auth == PUBLIC:
        return common
    if grant is None:
        raise ConfigError("a request for a shop needs the shop's grant")
    return (*common, ("access_token", grant.access_token.reveal()))


def _form(request: Request) -> Request:
    kind = ("content-type", "application/x-www-form-urlencoded;charset=utf-8")
    body = urlencode(request.query).encode()
    return evolve(request, query=(), headers=(*request.headers, kind), body=body)


def push_signature(app_key: str, secret: str, body: bytes) -> str:
    """Return what Lazada puts into the `Authorization` header of a push."""
    return hmac_hex(secret, app_key.encode() + body)


def pushed(app_key: str, secret: str, body: bytes, given: str) -> bool:
    """Say whether a push is genuine. An empty secret never is; upper-case hex is tolerated."""
    return bool(secret) and matches(given.strip().lower(), push_signature(app_key, secret, body))
