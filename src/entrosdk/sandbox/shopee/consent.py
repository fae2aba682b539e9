"""Consent pages, code exchange and token refresh (book 1.3-1.5)."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from attrs import frozen

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["Code", "page", "table"]

_CODE_LIFE = 600
_LINK_LIFE = 300
_REUSE_LIFE = 4 * 3600


@frozen
class Code:
    """A consent code and whom it is for."""

    issued: int
    main_account: bool
    days: int


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "auth/token/get": Endpoint("POST", "public", _exchange, flat=True),
        "auth/access_token/get": Endpoint("POST", "public", _refresh, flat=True),
        "public/get_shops_by_partner": Endpoint("GET", "public", _shops, flat=True),
        "public/get_shopee_ip_ranges": Endpoint("GET", "public", _addresses, flat=True),
    }


def page(market: ShopeeMarket, call: Call) -> Reply | None:
    """Answer the consent pages: the seller always agrees. `None` for other addresses."""
    if call.path == "/auth" and call.method == "GET":
        return _agree(market, call, call.one("redirect_uri"))
    if call.path == "/api/v2/shop/auth_partner" and call.method == "GET":
        return _legacy(market, call)
    return None


def _legacy(market: ShopeeMarket, call: Call) -> Reply:
    stamp = call.one("timestamp") or ""
    base = f"{call.one('partner_id')}{call.path}{stamp}"
    expected = hmac.new(market.app.secret.reveal().encode(), base.encode(), sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), (call.one("sign") or "").encode()):
        return json_reply({"error": "error_sign", "message": "Wrong sign."}, 403)
    if not stamp.isdigit() or abs(market.world.wall() - int(stamp)) > _LINK_LIFE:
        return json_reply({"error": "error_param", "message": "Timestamp is expired."})
    return _agree(market, call, call.one("redirect"))


def _agree(market: ShopeeMarket, call: Call, redirect: str | None) -> Reply:
    if call.one("partner_id") != market.app.key or not redirect:
        body = {"error": "error_param", "message": "Invalid partner_id or redirect."}
        return json_reply(body, 400)
    declared = market.profile.redirect_domain
    if declared and urlsplit(redirect).hostname != declared:
        text = (
            "The domain of redirect_uri is not consistent with the Redirect URL Domain declared "
            "in console"
        )
        why: dict[str, Any] = {"code": 1, "error": "error_param", "msg": text, "debug_message": ""}
        return json_reply(why)
    query = _granted(market, call)
    joint = "&" if urlsplit(redirect).query else "?"
    return Reply(status=302, headers={"Location": f"{redirect}{joint}{urlencode(query)}"})


def _granted(market: ShopeeMarket, call: Call) -> dict[str, Any]:
    from entrosdk.sandbox.shopee.market import MAIN_ACCOUNT, SHOP_ID  # noqa: PLC0415 - cycle

    main = call.one("account") == "main"  # ours: tests choose who signs in
    number = len(market.codes)
    seed = f"{market.world.seed}:code:{number}:{market.world.now}"
    code = sha256(seed.encode()).hexdigest()[:32]
    days = call.one("days") or ""  # the seller picks; ours: tests say for how long
    long = min(int(days), 365) if re.fullmatch(r"[0-9]{1,3}", days) else 365
    market.codes[code] = Code(market.world.now, main, long)
    query: dict[str, Any] = {"code": code}
    query |= {"main_account_id": MAIN_ACCOUNT} if main else {"shop_id": SHOP_ID}
    state = call.one("state")
    return {**query, "state": state} if state else query


def _exchange(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    code = market.codes.pop(given.text("code"), None)
    now = market.world.now
    if code is None or now - code.issued > _CODE_LIFE:
        raise Refusal("error_auth", "Invalid code")
    if not code.main_account and given.text("shop_id") not in market.shop_ids:
        raise Refusal("invalid_shop_id", "Invalid shop_id.")
    shops = sorted(market.shop_ids) if code.main_account else [given.text("shop_id")]
    pairs = [market.grants.give(shop, now, code.days) for shop in shops]
    for shop in shops:
        _announce(market, shop, now)
    access, refresh = pairs[0]
    if code.main_account:
        # The one refresh token works once for each shop, which then has its own chain; book 1.5.
        market.shared[refresh] = dict(zip(shops, (own for _, own in pairs), strict=True))
    lists: dict[str, Any] = {"shop_id_list": [int(shop) for shop in shops]}
    return _tokens(market, access, refresh) | lists | {"merchant_id_list": []}


def _refresh(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    shop, token = given.text("shop_id"), given.text("refresh_token")
    now = market.world.now
    own = market.shared.get(token, {}).get(shop, token)
    pair = market.grants.renew(shop, own, now)
    if pair is not None:
        market.spent[token] = (*pair, now)
    elif market.profile.refresh_reuse == "same_pair_4h" and market.grants.linked(shop, now):
        access, refresh, since = market.spent.get(token, ("", "", 0))
        pair = (access, refresh) if access and now - since < _REUSE_LIFE else None
    if pair is None:
        raise Refusal("error_auth", "Invalid refresh_token.")
    ids = {"partner_id": int(market.app.key), "shop_id": int(shop)}
    return {**_tokens(market, *pair), **ids}


def _tokens(market: ShopeeMarket, access: str, refresh: str) -> dict[str, Any]:
    life = market.grants.lives.access
    return {"access_token": access, "refresh_token": refresh, "expire_in": life}


def _announce(market: ShopeeMarket, shop: str, now: int) -> None:
    data = {
        "authorize_type": "shop authorization by user",
        "extra": f"shop id {shop} (VN) has been authorized successfully",
        "shop_id": int(shop),
        "success": 1,
    }
    market.tell(now, {"data": data, "partner_id": int(market.app.key), "code": 1})


def _shops(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    given.page_size(100)
    rows = []
    for shop in sorted(market.shop_ids):
        since, until = market.grants.span(shop)
        rows.append(
            {
                "region": "VN",
                "shop_id": int(shop),
                "auth_time": since,
                "expire_time": until,
                "sip_affi_shop_list": [],
            }
        )
    return {"authed_shop_list": rows, "more": False}


def _addresses(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    return {"ip_list": ["127.0.0.0/8"]}
