"""Signing requests and checking pushes (fact book sections 1.6, 1.7 and 7.2)."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError
from entrosdk.spi.adapter import Access
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.toolkit import hmac_hex, matches

__all__ = ["MERCHANT", "SHOP", "authorise", "push_signature", "pushed", "signature"]

SHOP = "shop"
MERCHANT = "merchant"

_HOLDERS = {SHOP: "shop_id", MERCHANT: "merchant_id"}


def signature(
    partner_key: str,
    partner_id: str,
    path: str,
    timestamp: int,
    *,
    access_token: str = "",
    holder: str = "",
) -> str:
    """Return the sign of a request.

    `holder` is the id of the shop or merchant; public requests have neither token nor holder.
    Verb, parameters and body are not part of it, and nothing separates the parts.
    """
    return hmac_hex(partner_key, f"{partner_id}{path}{timestamp}{access_token}{holder}")


def authorise(access: Access, request: Request, grant: Grant | None, now: datetime) -> Request:
    """Return `request` with host, common parameters and sign, all in the query even for POST.

    The timestamp is `now`, so a retry never reuses one: Shopee accepts it for five minutes.
    """
    token, holder = _holder(access, request.auth, grant)
    stamp = int(now.timestamp())
    app = access.app
    key = app.secret.reveal()
    sign = signature(key, app.key, request.path, stamp, access_token=token, holder=holder)
    common = [("partner_id", app.key), ("timestamp", str(stamp)), ("sign", sign)]
    if request.auth != PUBLIC:
        common += [("access_token", token), (_HOLDERS[request.auth], holder)]
    return evolve(request, base=access.api, query=(*request.query, *common))


def _holder(access: Access, auth: str, grant: Grant | None) -> tuple[str, str]:
    if auth == PUBLIC:
        return "", ""
    if grant is None:
        raise ConfigError("a request for a shop needs the shop's grant")
    # A merchant's id is the grant's second handle; local Vietnamese sellers never have one.
    holder = grant.shop_ref if auth == MERCHANT else access.shop_id or grant.shop_id
    if not holder:
        raise ConfigError(f"a Shopee request signed for a {auth} needs the {auth}'s id")
    return grant.access_token.reveal(), holder


def push_signature(push_key: str, url: str, body: bytes) -> str:
    """Return what Shopee puts into the `Authorization` header of a push to `url`."""
    return hmac_hex(push_key, url.encode() + b"|" + body)


def pushed(push_key: str, url: str, body: bytes, given: str) -> bool:
    """Say whether a push is genuine. An empty key never is; upper-case hex is tolerated."""
    return bool(push_key) and matches(given.strip().lower(), push_signature(push_key, url, body))
