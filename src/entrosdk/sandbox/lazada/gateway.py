"""The gateway: what Lazada checks before any business code runs, in the order of book 10."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import define

from entrosdk.sandbox.http import Reply, json_reply
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["Endpoint", "check", "known", "refused", "success"]

_COMMON = ("timestamp", "sign_method", "sign")
_DIGESTS = {"sha256": "sha256", "hmac": "md5"}


@define(frozen=True)
class Endpoint:
    """One address and what answers.

    `auth` is "shop", "public" or "either" (a token is optional); `shape` says where the payload
    goes: under "data", under "result", or beside the envelope's keys ("flat").
    """

    handler: Callable[[LazadaMarket, Parameters], Any]
    auth: str = "shop"
    shape: str = "data"


def check(market: LazadaMarket, path: str, auth: str, given: Parameters) -> str:
    """Check timestamp, signature and token; returns the shop's id, or ""."""
    for name in _COMMON:
        given.text(name)
    _fresh(market, given.text("timestamp"))
    _signed(market, path, given)
    token = given.values.get("access_token", "")
    if auth == "public" or (auth == "either" and not token):
        return ""
    token = given.text("access_token")
    shop = market.owner(token)
    if shop is None or not market.accepts(shop, token):
        text = "The specified access token is invalid or expired"
        raise Refusal("IllegalAccessToken", text, kind="ISV")
    return shop


def known(market: LazadaMarket, given: Parameters) -> None:
    """Check the app before anything else; a published probe shows this order (book 2.2)."""
    if given.text("app_key") != market.app.key:
        raise Refusal(
            "InvalidAppKey", "The specified App Key is invalid", kind="ISV", nameless=True
        )


def _fresh(market: LazadaMarket, said: str) -> None:
    if not (said.isascii() and said.isdecimal()) or not market.fresh(int(said) / 1000):
        raise Refusal("IllegalTimestamp", "The timestamp is invalid or malformed", kind="ISV")


def _signed(market: LazadaMarket, path: str, given: Parameters) -> None:
    sent = given.text("sign")
    digest = _DIGESTS.get(given.text("sign_method"))
    rest = {name: value for name, value in given.values.items() if name != "sign"}
    said = {name: value for name, value in rest.items() if value}
    # Official clients disagree whether empty values are signed: both are accepted (book 1.5).
    if digest is None or not any(_sign(market, path, one, digest) == sent for one in (rest, said)):
        text = "The request signature does not conform to lazada standards"
        raise Refusal("IncompleteSignature", text, kind="ISV")


def _sign(market: LazadaMarket, path: str, values: dict[str, str], digest: str) -> str:
    text = path + "".join(f"{name}{values[name]}" for name in sorted(values))
    key = market.app.secret.reveal().encode()
    return hmac.new(key, text.encode(errors="replace"), digest).hexdigest().upper()


def refused(refusal: Refusal, request_id: str) -> Reply:
    """Answer a refusal: the status is 200 all the same (book 2.1)."""
    extra = dict(refusal.extra)
    nameless = extra.pop("nameless", False)
    body: dict[str, Any] = {
        "type": refusal.kind,
        "code": refusal.code,
        "message": refusal.message,
        **extra,
    }
    if refusal.detail is not None:
        body["detail"] = refusal.detail
    if not nameless:  # errors before routing may lack it
        body["request_id"] = request_id
    return _json(body)


def success(payload: Any, request_id: str, shape: str) -> Reply:
    """Answer a payload in one of the three envelopes."""
    tail = {"code": "0", "request_id": request_id}
    if shape == "flat":
        return _json({**payload, **tail})
    return _json({shape: payload, **tail})


def _json(body: Any) -> Reply:
    reply = json_reply(body)
    return Reply(body=reply.body, kind="application/json;charset=UTF-8")
