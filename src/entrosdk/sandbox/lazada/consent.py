"""The consent page, code exchange and token refresh (book 1.2, 1.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["page", "table"]

_CODE_LIFE = 1800


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/auth/token/create": Endpoint(_exchange, "public", "flat"),
        "/auth/token/refresh": Endpoint(_refresh, "public", "flat"),
        "/auth/token/createWithOpenId": Endpoint(_exchange, "public", "flat"),
    }


def page(market: LazadaMarket, call: Call) -> Reply | None:
    """Answer the consent page: the seller always agrees. `None` for other addresses."""
    if call.path != "/oauth/authorize" or call.method != "GET":
        return None
    redirect, declared = call.one("redirect_uri") or "", market.profile.redirect_uri
    if call.one("client_id") != market.app.key or call.one("response_type") != "code":
        return json_reply({"error": "invalid client_id or response_type"}, 400)
    if not redirect or (declared and redirect != declared):
        return json_reply({"error": "redirect_uri does not match the app's callback"}, 400)
    query = {"code": _code(market)}
    if state := call.one("state"):
        query["state"] = state
    joint = "&" if urlsplit(redirect).query else "?"
    return Reply(status=302, headers={"Location": f"{redirect}{joint}{urlencode(query)}"})


def _code(market: LazadaMarket) -> str:
    seed = f"{market.world.seed}:code:{len(market.codes)}:{market.world.now}"
    code = f"0_{market.app.key}_{sha256(seed.encode()).hexdigest()[:32]}"
    market.codes[code] = market.world.now
    return code


def _exchange(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    issued = market.codes.get(given.text("code"), 0)
    now = market.world.now
    if not issued or now - issued > _CODE_LIFE:
        raise Refusal("InvalidCode", "Invalid authorization code", kind="ISV")
    market.codes[given.text("code")] = 0  # a code works once
    access, refresh = market.grants.give(market.seller_id, now, days=market.consent_days)
    return {**_tokens(market, access, refresh), **_sellers(market, "country_user_info")}


def _refresh(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    token = given.text("refresh_token").removeprefix(market.refresh_prefix)
    pair = market.grants.renew(market.seller_id, token, market.world.now)
    if pair is None or not market.profile.expiring:
        text = "The specified refresh token is invalid or expired"
        raise Refusal("IllegalRefreshToken", text, kind="ISV")
    return {**_tokens(market, *pair), **_sellers(market, "country_user_info_list")}


def _tokens(market: LazadaMarket, access: str, refresh: str) -> dict[str, Any]:
    _, until = market.grants.span(market.seller_id)
    left = max(0, until - market.world.now) if market.profile.expiring else 0
    return {
        "access_token": market.access_prefix + access,
        "refresh_token": market.refresh_prefix + refresh,
        "expires_in": market.grants.lives.access,
        "refresh_expires_in": left,  # counts down: its end does not move
        "country": "vn",
        "account_platform": "seller_center",
        "account": "demo@tiemmoclan.example",
        "account_id": None,
    }


def _sellers(market: LazadaMarket, name: str) -> dict[str, Any]:
    row = {
        "country": "vn",
        "user_id": "100234567",
        "seller_id": market.seller_id,
        "short_code": market.short_code,
    }
    names = {name}
    if market.profile.user_info == "both":
        names = {"country_user_info", "country_user_info_list"}
    return {each: [row] for each in sorted(names)}
