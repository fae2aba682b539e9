"""The gateway: what Tiki checks before any business code runs, and how it says no (book 1, 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field

from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.limits import Reached
from entrosdk.sandbox.tiki.parameters import Parameters, Refusal, wrong

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["Endpoint", "check", "find", "limited", "refused", "routed", "success"]

_KIND = "application/json;charset=UTF-8"
_INACTIVE = "You don't have permission / Your token isn't active now"
_NO_SCOPE = "The client is not granted enough permissions to perform this action"

Who = Literal["seller", "app", "any", "nobody"]


@define(frozen=True)
class Endpoint:
    """One address: verbs, whose token opens it, which scope it needs, and what answers.

    `path` has `:name` for its variable parts.
    """

    method: str
    path: str
    handler: Callable[[TikiMarket, Parameters], Any]
    who: Who = "seller"
    scope: str = ""
    pattern: re.Pattern[str] = field(init=False)

    @pattern.default
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("^" + re.sub(r":\w+", "([^/]+)", self.path) + "$")


def routed(table: Sequence[Endpoint], call: Call) -> list[tuple[Endpoint, tuple[str, ...]]]:
    """Return the endpoints at an address, whatever their verb."""
    found = ((one, one.pattern.match(call.path)) for one in table)
    return [(one, match.groups()) for one, match in found if match]


def find(table: Sequence[Endpoint], call: Call) -> tuple[Endpoint, tuple[str, ...]] | None:
    """Return the endpoint of a call; raises 405 where only the verb is wrong."""
    here = routed(table, call)
    if not here:
        return None
    for one, names in here:
        if one.method == call.method:
            return one, names
    raise Refusal(405, f"Request method '{call.method}' not supported")


def check(market: TikiMarket, call: Call, endpoint: Endpoint) -> str:
    """Check token, scope and form of a call; returns whose token it is ("app" or a seller)."""
    holder = _holder(market, call)
    if endpoint.who == "seller" and holder == "app":
        raise Refusal(401, _INACTIVE)  # an app's token belongs to no seller; quirk 19
    if endpoint.who == "app" and holder != "app" and market.profile.app == "public":
        raise Refusal(403, _NO_SCOPE)
    if holder != "app" and not market.profile.seller_active:
        raise Refusal(403, "Seller is not active")
    if endpoint.scope and holder != "app" and not market.may(endpoint.scope):
        raise Refusal(403, _NO_SCOPE)
    _negotiate(call)
    return holder


def _holder(market: TikiMarket, call: Call) -> str:
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return market.holder(token.strip())
    if market.profile.old_header and call.headers.get("tiki-api"):
        return market.shop_id
    raise Refusal(401, _INACTIVE)


def _negotiate(call: Call) -> None:
    accepted = call.headers.get("accept", "")
    if accepted and not any(part in accepted for part in ("json", "*/*", "application/*")):
        raise Refusal(406, "Could not find acceptable representation")
    if call.method == "GET" or not call.body:
        return
    kind = call.headers.get("content-type", "")
    if "json" not in kind:
        raise Refusal(415, f"Content type '{kind}' not supported")
    if call.json() is None and call.body.strip() != b"null":
        raise wrong("Can't read http message, please check your request")


def limited(market: TikiMarket, reached: Reached) -> Reply:
    """Answer a call too many: the gateway's own bare text (E6)."""
    headers = {}
    if market.profile.limit_headers:
        headers = {"Retry-After": "1", "X-RateLimit-Remaining-Second": "0"}
    text = "API rate limit exceeded" if reached == "second" else "API daily quota exceeded"
    return json_reply({"message": text}, 429, **headers)


def refused(refusal: Refusal, trace: str) -> Reply:
    """Answer a refusal as E1, or as E2 with its source and trace."""
    body: dict[str, Any] = {"errors": list(refusal.texts)}
    if refusal.source:
        body["meta"] = {"source": refusal.source, "id": trace}
    return _typed(json_reply(body, refusal.status))


def success(payload: Any) -> Reply:
    """Answer with the payload itself: there is no envelope."""
    if isinstance(payload, bytes):
        return Reply(body=payload, kind=_KIND)
    if isinstance(payload, Reply):
        return payload
    return _typed(json_reply(payload))


def _typed(reply: Reply) -> Reply:
    return Reply(status=reply.status, body=reply.body, kind=_KIND, headers=reply.headers)
