"""The gateway: what Shopee checks before any business code runs, in the order of book 2.2."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define

from entrosdk.sandbox.http import Call, Reply, compact, json_reply
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["Endpoint", "Warned", "check", "refused", "success"]

_LARGEST = 4_294_967_295
_TOKEN_FAILURES = 403


@define(frozen=True)
class Endpoint:
    """One address: who may call it and what answers.

    `flat` puts the payload beside the envelope's keys instead of under `response`.
    """

    method: str
    auth: str
    handler: Callable[[ShopeeMarket, Parameters], Any]
    flat: bool = False


@define(frozen=True)
class Warned:
    """A payload with the envelope's own `warning` beside it (book 3.7, 4.5)."""

    response: Any
    warning: Any = ""


def check(market: ShopeeMarket, call: Call, auth: str) -> str:
    """Check partner, timestamp, signature, token and link; returns the shop's id, or "".

    Public addresses also accept a valid shop signature (book 1.6: uploads are sent both ways).
    """
    partner = _partner(market, call)
    stamp = _stamp(call)
    sign = call.one("sign")
    if not sign:
        raise Refusal("error_param", "There is no sign in query.")
    token, shop = call.one("access_token") or "", call.one("shop_id") or ""
    if auth == "shop":
        _shop_parameters(token, shop)
    if not market.fresh(int(stamp)):
        raise Refusal("error_param", "Timestamp is expired.")
    bases = [f"{partner}{call.path}{stamp}{token}{shop}"] if auth == "shop" or token else []
    bases += [f"{partner}{call.path}{stamp}"] if auth == "public" else []
    if not any(_signs(market, base, sign) for base in bases):
        raise Refusal("error_sign", "Wrong sign.", _TOKEN_FAILURES)
    if auth == "shop":
        _access(market, shop, token)
    return shop if auth == "shop" else ""


def _partner(market: ShopeeMarket, call: Call) -> str:
    partner = call.one("partner_id")
    if not partner:
        raise Refusal("error_param", "There is no partner_id in query.")
    if not _whole(partner):
        raise Refusal(
            "error_param",
            "Partner_id is invalid, should be an integer between 0 and 4294967295.",
        )
    if partner != market.app.key:
        raise Refusal("invalid_partner_id", "Invalid partner_id, please have a check.")
    return partner


def _stamp(call: Call) -> str:
    stamp = call.one("timestamp")
    if not stamp:
        raise Refusal("error_param", "no timestamp.")
    if not _whole(stamp):
        raise Refusal(
            "error_param", "Timestamp is invalid, should be an integer between 0 and 4294967295."
        )
    return stamp


def _whole(text: str) -> bool:
    """Say whether a text is an integer of four bytes; other scripts' digits are none."""
    plain = text.isascii() and text.isdigit() and len(text) <= 10
    return plain and int(text) <= _LARGEST


def _shop_parameters(token: str, shop: str) -> None:
    if not token:
        raise Refusal("error_param", "There is no access_token in query.")
    if not shop:
        raise Refusal("error_param", "There is no shop_id in query.")
    if not _whole(shop):
        raise Refusal(
            "error_param", "shop_id is invalid, should be an integer between 0 and 4294967295."
        )


def _signs(market: ShopeeMarket, base: str, sign: str) -> bool:
    key = market.app.secret.reveal().encode()
    expected = hmac.digest(key, base.encode(), "sha256").hex()
    return hmac.compare_digest(expected.encode(), sign.encode())  # lower case only; book 1.7


def _access(market: ShopeeMarket, shop: str, token: str) -> None:
    now = market.world.now
    owner = market.grants.owner(token)
    if owner is not None and owner != shop:
        raise Refusal(
            "invalid_acceess_token", "Invalid access_token, please have a check.", _TOKEN_FAILURES
        )
    if shop not in market.shop_ids:
        raise Refusal("error_auth", "Invalid partner_id or shopid.")
    if not market.grants.linked(shop, now):
        raise Refusal("shop_no_linked", "Partner and shop has no linked.")
    if not market.grants.valid(shop, token, now):
        raise Refusal("error_auth", "Invalid access_token.", _TOKEN_FAILURES)


def refused(market: ShopeeMarket, refusal: Refusal, request_id: str) -> Reply:
    """Answer a refusal in the envelope, with the status the profile gives it."""
    body: dict[str, Any] = {
        "error": refusal.code,
        "message": refusal.message,
        "request_id": request_id,
    }
    if refusal.response is not None:
        body["response"] = refusal.response
    status = refusal.status if market.profile.statuses == "gateway_403" else 200
    wait = market.profile.retry_after if refusal.code == "error_rate_limit" else 0
    return json_reply(body, status, **({"Retry-After": str(wait)} if wait else {}))


def success(payload: Any, request_id: str, *, flat: bool) -> Reply:
    """Answer a payload in the envelope; bytes are spliced in as they are."""
    head: Mapping[str, Any] = {"error": "", "message": "", "request_id": request_id}
    if isinstance(payload, Reply):  # a file
        return payload
    if payload is None:
        return json_reply(head)
    if isinstance(payload, Warned):
        return json_reply({**head, "warning": payload.warning, "response": payload.response})
    if isinstance(payload, bytes):
        return Reply(body=b"".join((compact(head)[:-1], b',"response":', payload, b"}")))
    if flat:
        return json_reply({**payload, **head})
    return json_reply({**head, "response": payload})
