"""The gateway: what TikTok Shop checks before any business code runs, in the order of book 2.2."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from attrs import define

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.tiktok.parameters import BAD, Parameters, Refusal, whole

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["Endpoint", "Routes", "check", "refused", "success"]

_MORE = " For more details: https://m.tiktok.shop/s/DEMO"
_HEX = re.compile(r"[0-9a-f]{64}")

Pairs = list[tuple[str, str]]


@define(frozen=True)
class Endpoint:
    """One address: the scope it needs, whether it takes a cipher, and what answers.

    `path` holds `{}` where an id stands; several dated versions answer alike.
    """

    method: str
    path: str
    handler: Callable[[TikTokMarket, Parameters], Any]
    scope: str
    versions: tuple[str, ...] = ("202309",)
    cipher: bool = True


class Routes:
    """Finds the endpoint of an address."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._shapes: list[tuple[re.Pattern[str], dict[str, Endpoint]]] = []
        shapes: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            for version in endpoint.versions:
                path = endpoint.path.replace("/v/", f"/{version}/", 1)
                table = shapes if "{}" in path else self._exact
                table.setdefault(path, {})[endpoint.method] = endpoint
        for path, methods in shapes.items():
            pattern = re.escape(path).replace(r"\{\}", r"([^/]+)")
            self._shapes.append((re.compile(pattern), methods))

    def find(self, call: Call) -> tuple[Endpoint, tuple[str, ...]]:
        """Return the endpoint and the ids in its path; raises `Refusal`."""
        methods, ids = self._methods(call.path)
        if methods is None:
            raise Refusal(BAD + 5, "Invalid path. No such endpoint." + _MORE, 404)
        if call.method not in methods:
            raise Refusal(BAD + 6, "Invalid method. Not supported by this endpoint." + _MORE, 405)
        return methods[call.method], ids

    def _methods(self, path: str) -> tuple[dict[str, Endpoint] | None, tuple[str, ...]]:
        if path in self._exact:
            return self._exact[path], ()
        for pattern, methods in self._shapes:
            if found := pattern.fullmatch(path):
                return methods, found.groups()
        return None, ()


def check(market: TikTokMarket, call: Call, endpoint: Endpoint) -> None:
    """Check app, timestamp, signature, token, scope and cipher; raises `Refusal`."""
    if call.one("app_key") != market.app.key:
        raise _bad("Invalid credentials. Invalid app_key query parameter.")
    _stamp(market, call)
    _sign(market, call)
    _token(market, call)
    if endpoint.scope not in market.profile.scopes:
        text = "Access denied. The granted scopes do not cover this endpoint." + _MORE
        raise Refusal(105005, text, 403)
    _cipher(market, call, endpoint)


def _bad(text: str, status: int = 400) -> Refusal:
    return Refusal(BAD, text + _MORE, status)


def _stamp(market: TikTokMarket, call: Call) -> None:
    stamp = whole(call.one("timestamp"))
    if stamp is None:
        raise _bad("Invalid timestamp. It is missing or negative.")
    word = market.age(stamp)
    if word:
        raise _bad(f"Invalid timestamp. {word}")


# Signature


def _sign(market: TikTokMarket, call: Call) -> None:
    given = call.one("sign")
    if not given:
        raise _bad("Missing credentials. The request has no signature.")
    secret = market.app.secret.reveal().encode()
    signs = (
        hmac.new(secret, secret + base + secret, sha256).hexdigest()
        for base in _bases(call, strict=market.profile.strict_empty_body)
    )
    # Upper-case hex is refused (quirk 6), so the comparison is exact.
    if not _HEX.fullmatch(given) or not any(hmac.compare_digest(one, given) for one in signs):
        text = "Invalid credentials. The 'sign' query parameter is invalid." + _MORE
        raise Refusal(106001, text, 401)


def _bases(call: Call, *, strict: bool) -> Iterator[bytes]:
    """Yield what clients really sign: repeated keys and empty bodies differ between them (1.6)."""
    pairs = [pair for pair in call.query if pair[0] not in {"sign", "access_token"}]
    for chosen in _readings(pairs):
        text = "".join(name + value for name, value in sorted(chosen, key=lambda pair: pair[0]))
        for body in _bodies(call, strict=strict):
            yield call.path.encode() + text.encode() + body


def _readings(pairs: Pairs) -> Iterator[Pairs]:
    """Yield all pairs, the first of each key, joined by commas, and without repeated keys."""
    yield pairs
    names = [name for name, _ in pairs]
    if len(names) == len(set(names)):
        return
    joined: dict[str, list[str]] = {}
    for name, value in pairs:
        joined.setdefault(name, []).append(value)
    yield [(name, values[0]) for name, values in joined.items()]
    yield [(name, ",".join(values)) for name, values in joined.items()]
    yield [(name, values[0]) for name, values in joined.items() if len(values) == 1]


def _bodies(call: Call, *, strict: bool) -> Iterator[bytes]:
    if call.headers.get("content-type", "").startswith("multipart/form-data"):
        yield b""
        return
    yield call.body
    if not strict and call.body in {b"{}", b"[]"}:
        yield b""


# Token and shop


def _token(market: TikTokMarket, call: Call) -> None:
    from entrosdk.sandbox.tiktok.market import PREFIX, SHOP_ID  # noqa: PLC0415 - cycle

    given = call.headers.get("x-tts-access-token", "")
    token = given.removeprefix(PREFIX)
    known = given.startswith(PREFIX) and market.grants.owner(token) == SHOP_ID
    if not known or not market.grants.linked(SHOP_ID, market.world.now):
        raise _bad("Invalid credentials. The x-tts-access-token header is invalid.", 401)
    if not market.grants.valid(SHOP_ID, token, market.world.now):
        text = "Expired credentials. The x-tts-access-token header has expired." + _MORE
        raise Refusal(105002, text, 401)


def _cipher(market: TikTokMarket, call: Call, endpoint: Endpoint) -> None:
    given = call.one("shop_cipher")
    if not endpoint.cipher:
        if given:
            text = "Unexpected identifier. The shop_cipher query parameter is not required."
            raise _bad(text)
        return
    if not given:
        text = "Missing identifier. The shop_cipher query parameter is required." + _MORE
        raise Refusal(106013, text, 400)
    if given != market.cipher:
        if given.startswith("ROW_"):
            text = "Invalid query or header. Token and shop_cipher do not match." + _MORE
            raise Refusal(101000, text, 401)
        raise Refusal(106011, "Invalid identifier. The shop_cipher is invalid." + _MORE, 400)


# Envelopes


def refused(refusal: Refusal, request_id: str) -> Reply:
    """Answer a refusal; its data is null."""
    body = {
        "code": refusal.code,
        "data": None,
        "message": refusal.message,
        "request_id": request_id,
    }
    return json_reply(body, refusal.status)


def success(payload: Any, request_id: str, message: str = "Success") -> Reply:
    """Answer a payload in the envelope; bytes are spliced in as they are."""
    rest = {"message": message, "request_id": request_id}
    if isinstance(payload, bytes):
        tail = json.dumps(rest, separators=(",", ":"))[1:].encode()
        return Reply(body=b'{"code":0,"data":' + payload + b"," + tail)
    return json_reply({"code": 0, "data": {} if payload is None else payload, **rest})
