"""The authorization server: consent pages and tokens (book 1.3-1.5)."""

from __future__ import annotations

import hmac
from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from attrs import frozen

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.tiki.parameters import Parameters

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["Code", "page", "token"]

AUTH, TOKEN = "/sc/oauth2/auth", "/sc/oauth2/token"
_CODE_LIFE = 600
_SHORTEST_STATE = 8


@frozen
class Code:
    """A consent code and what was asked with it."""

    issued: int
    redirect: str
    scopes: tuple[str, ...]


class _Denied(Exception):
    """A refusal of the authorization server (E3)."""

    def __init__(self, code: str, description: str, hint: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.description, self.hint, self.status = code, description, hint, status


def page(market: TikiMarket, call: Call) -> Reply:
    """Answer the consent page: the seller always agrees, unless a test adds `deny=1`."""
    redirect = call.one("redirect_uri") or ""
    registered = market.profile.redirect_uri
    if call.one("client_id") != market.app.key or not redirect:
        return _answer(_Denied("invalid_client", "unknown client or no redirect_uri", "", 401))
    if registered and redirect != registered:
        hint = "redirect_uri is not one of those registered"
        return _answer(_Denied("invalid_request", "redirect_uri mismatch", hint))
    return _sent_back(market, call, redirect)


def _sent_back(market: TikiMarket, call: Call, redirect: str) -> Reply:
    state = call.one("state") or ""
    asked = tuple((call.one("scope") or "").split())
    if call.one("response_type") != "code":
        return _to(redirect, state, error="unsupported_response_type", error_code=400)
    if len(state) < _SHORTEST_STATE:
        return _to(redirect, state, error="invalid_state", error_code=400)
    if set(asked) - {*market.profile.scopes.split(), "all"}:
        return _to(redirect, state, error="invalid_scope", error_code=400)
    if call.one("deny"):
        hint = "the resource owner denied the request"
        return _to(redirect, state, error="access_denied", error_code=403, error_hint=hint)
    code = market.make_code(Code(market.world.now, redirect, asked))
    return _to(redirect, state, code=code, scope=" ".join(asked))


def _to(redirect: str, state: str, **query: Any) -> Reply:
    joint = "&" if urlsplit(redirect).query else "?"
    whole = {**query, "state": state}
    return Reply(status=302, headers={"Location": f"{redirect}{joint}{urlencode(whole)}"})


def token(market: TikiMarket, call: Call) -> Reply:
    """Answer the token endpoint."""
    try:
        return json_reply(_tokens(market, call))
    except _Denied as denied:
        return _answer(denied)


def _answer(denied: _Denied) -> Reply:
    body = {
        "error": denied.code,
        "error_description": denied.description,
        "error_hint": denied.hint,
        "error_debug": "",
        "status_code": denied.status,
    }
    return json_reply(body, denied.status)


def _tokens(market: TikiMarket, call: Call) -> dict[str, Any]:
    if "x-www-form-urlencoded" not in call.headers.get("content-type", ""):
        hint = "the body must be application/x-www-form-urlencoded"
        raise _Denied("invalid_request", "malformed request", hint)
    form = Parameters(call).form
    _client(market, call, form)
    match form.get("grant_type"):
        case "authorization_code":
            return _by_code(market, form)
        case "refresh_token":
            return _by_refresh(market, form)
        case "client_credentials":
            return _answered(market, market.app_token(), "", ())
    raise _Denied("unsupported_grant_type", "this grant is not offered", "")


def _client(market: TikiMarket, call: Call, form: dict[str, str]) -> None:
    """Check who asks, by the way the app is set up; a valid Basic header ends the matter."""
    name, secret = _basic(call)
    if market.profile.client_auth == "post" and form.get("client_secret"):
        name = ""  # samples send both ways at once
    way = "client_secret_basic" if name else "client_secret_post"
    wanted = f"client_secret_{market.profile.client_auth}"
    if way != wanted:
        hint = f"app is configured for {wanted}, got {way}"
        raise _Denied("invalid_client", "client authentication failed", hint, 401)
    if not name:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
    expected = market.app.secret.reveal().encode()
    if name != market.app.key or not hmac.compare_digest(expected, secret.encode()):
        raise _Denied("invalid_client", "client authentication failed", "unknown id or secret", 401)


def _basic(call: Call) -> tuple[str, str]:
    kind, _, pair = call.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, secret = b64decode(pair, validate=True).decode().partition(":")
    except ValueError:
        return "?", ""
    return name, secret


def _by_code(market: TikiMarket, form: dict[str, str]) -> dict[str, Any]:
    code = market.codes.pop(form.get("code", ""), None)
    if code is None or market.world.now - code.issued > _CODE_LIFE:
        raise _unusable("authorization code already used or expired")
    if form.get("redirect_uri") != code.redirect:
        raise _unusable("redirect_uri differs from the one of the authorization request")
    access, refresh = market.consented(code.scopes)
    return _answered(market, access, refresh, code.scopes)


def _by_refresh(market: TikiMarket, form: dict[str, str]) -> dict[str, Any]:
    pair = market.renewed(form.get("refresh_token", ""))
    if pair is None:
        raise _unusable("refresh token already used or expired")
    return _answered(market, *pair, market.granted)


def _unusable(hint: str) -> _Denied:
    return _Denied("invalid_grant", "authorization code or refresh token is not usable", hint)


def _answered(
    market: TikiMarket, access: str, refresh: str, scopes: tuple[str, ...]
) -> dict[str, Any]:
    body = {
        "access_token": access,
        "expires_in": market.grants.lives.access,
        "scope": " ".join(scopes),
        "token_type": "bearer",
    }
    offline = refresh and "offline" in scopes
    return {**body, "refresh_token": refresh} if offline else body


def code_for(seed: str) -> str:
    """Return an opaque code."""
    return sha256(seed.encode()).hexdigest()[:40]
