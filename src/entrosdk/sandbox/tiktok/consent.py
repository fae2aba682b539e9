"""Consent pages and token endpoints (book 1.2, 1.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.tiktok.gateway import refused, success
from entrosdk.sandbox.tiktok.parameters import BAD, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["page"]

_CODE_LIFE = 1800
_CALLBACK = "http://127.0.0.1/back"


def page(market: TikTokMarket, call: Call, request_id: str) -> Reply | None:
    """Answer consent pages and token endpoints; `None` for other addresses."""
    if call.method != "GET":
        return None
    if call.path in {"/open/authorize", "/oauth/authorize"}:
        return _agree(market, call)
    handler = {"/api/v2/token/get": _exchange, "/api/v2/token/refresh": _refresh}.get(call.path)
    if handler is None:
        return None
    try:
        return success(handler(market, call), request_id, "success")
    except Refusal as refusal:
        return refused(refusal, request_id)


def _agree(market: TikTokMarket, call: Call) -> Reply:
    """The seller always agrees, unless a test asks for a refusal with `deny=1`."""
    known = call.one("service_id") == market.app.service_id or call.one("app_key") == market.app.key
    if not known:
        return json_reply({"code": BAD, "message": "Unknown service_id or app_key"}, 400)
    query: dict[str, str] = {"app_key": market.app.key}
    denied = {"code": "null", "error": "auth_denied"}
    query |= denied if call.one("deny") else {"code": _code(market)}
    if state := call.one("state"):
        query["state"] = state
    # The address is the app's registered one; ours may be given for tests.
    redirect = call.one("redirect_uri") or market.profile.redirect_url or _CALLBACK
    joint = "&" if urlsplit(redirect).query else "?"
    return Reply(status=302, headers={"Location": f"{redirect}{joint}{urlencode(query)}"})


def _code(market: TikTokMarket) -> str:
    seed = f"{market.world.seed}:tiktok:code:{len(market.codes)}:{market.world.now}"
    code = f"ROW_{sha256(seed.encode()).hexdigest()[:32]}"
    market.codes[code] = market.world.now
    return code


def _known_app(market: TikTokMarket, call: Call) -> None:
    secret = market.app.secret.reveal()
    if (call.one("app_key"), call.one("app_secret")) != (market.app.key, secret):
        raise Refusal(36004002, "Invalid app_key or app_secret.")


def _exchange(market: TikTokMarket, call: Call) -> dict[str, Any]:
    _known_app(market, call)
    if call.one("grant_type") != "authorized_code":
        raise Refusal(36004003, "Invalid grant_type.")
    issued = market.codes.get(call.one("auth_code") or "", 0)
    now = market.world.now
    if not issued or now - issued > _CODE_LIFE:
        raise Refusal(36004004, "Invalid auth code.")
    market.codes[call.one("auth_code") or ""] = 0  # a code works once
    return _tokens(market, market.grants.give(_shop(), now))


def _refresh(market: TikTokMarket, call: Call) -> dict[str, Any]:
    """Renew; the official client says `authorized_code` here as well."""
    from entrosdk.sandbox.tiktok.market import PREFIX  # noqa: PLC0415 - cycle

    _known_app(market, call)
    if call.one("grant_type") not in {"refresh_token", "authorized_code"}:
        raise Refusal(36004003, "Invalid grant_type.")
    given, now = call.one("refresh_token") or "", market.world.now
    if not market.grants.linked(_shop(), now):
        raise Refusal(36004005, "There is no authorization record for this refresh token.")
    pair = market.grants.renew(_shop(), given.removeprefix(PREFIX), now)
    if pair is None:
        spent = market.spent.get(given)
        if spent is None or now - spent[1] > market.profile.refresh_grace:
            raise Refusal(36004001, "Refresh token expired.")
        pair = spent[0]
    else:
        market.spent[given] = (pair, now)
    return _tokens(market, pair)


def _shop() -> str:
    from entrosdk.sandbox.tiktok.market import SHOP_ID  # noqa: PLC0415 - cycle

    return SHOP_ID


def _tokens(market: TikTokMarket, pair: tuple[str, str]) -> dict[str, Any]:
    from entrosdk.sandbox.tiktok.market import PREFIX, SHOP_NAME  # noqa: PLC0415 - cycle

    now = market.world.now
    return {
        "access_token": PREFIX + pair[0],
        # Both ends are absolute instants (quirk 2).
        "access_token_expire_in": now + market.grants.lives.access,
        "refresh_token": PREFIX + pair[1],
        "refresh_token_expire_in": market.grants.span(_shop())[1],
        "open_id": "EmuAAAADemoOpenId0000000000000000",
        "seller_name": SHOP_NAME,
        "seller_base_region": "VN",
        "user_type": 0,
        "granted_scopes": list(market.profile.scopes),
    }
