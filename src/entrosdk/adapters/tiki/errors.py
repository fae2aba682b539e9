"""What a reply means: success, or an error with its cause and the next step (section 2).

Four shapes of errors come from the API, one from the token endpoint, and plain texts or pages
from the gateways before them: all are read, none is relied on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from attrs import field, frozen

from entrosdk.adapters.tiki.faults import OAUTH, REFRESH_REFUSED, STATUS, TEXTS, TROUBLE, Rule
from entrosdk.adapters.tiki.sign import OAUTH as OAUTH_PATH
from entrosdk.errors import BadReply, Context, EntroError, Forbidden, Invalid, RateLimited, Rejected
from entrosdk.spi.request import Request, Response
from entrosdk.spi.wire import parsed

__all__ = ["classify"]

_PHONE = re.compile(r"(?<!\d)(?:84|0)\d{9,}")
_LONGEST_TEXT = 300
_REQUEST_IDS = ("x-request-id", "x-kong-request-id", "x-correlation-id")
_WAITS = ("retry-after", "ratelimit-reset")


@frozen
class _Said:
    """What a body says, whatever its shape."""

    own: bool  # Tiki's own shape, not a gateway's
    text: str = field(default="", repr=False)
    code: str = ""
    trace: str = ""


def classify(request: Request, response: Response) -> EntroError | None:
    """Return `None` for a success, else the error; the engine adds where it happened."""
    ok = 200 <= response.status < 300
    body = _json(response.body)
    if ok:
        return _accepted(request, response, body)
    said = _read(body)
    if request.path.startswith(OAUTH_PATH) and said.code:
        return _error(_oauth(request, said), response, said)
    if not said.own:
        return _by_gateway(request, response, said)
    return _error(_rule(response.status, said.text), response, said)


def _accepted(request: Request, response: Response, body: Any) -> EntroError | None:
    """Check the body of a success: a read needs one, a write may go without (section 3.7)."""
    html = response.body.lstrip()[:1] == b"<"
    if html or (body is None and (request.method == "GET" or response.body.strip())):
        return BadReply(_odd(response))
    if isinstance(body, dict) and body.get("errors") and "data" not in body:
        said = _read(body)
        return _error(Rule(Invalid, "refuses the values"), response, said)
    return None


def _json(body: bytes) -> Any:
    for parse in (parsed, json.loads):  # the slower one takes half a surrogate pair too
        try:
            return parse(body)
        except (ValueError, RecursionError):
            continue
    return None


def _read(body: Any) -> _Said:
    """Take an error body apart: E1, E2, E3, E5 of section 2.2, and the gateway's E6."""
    if not isinstance(body, dict):
        return _Said(own=False)
    meta = body.get("meta")
    trace = _word(meta.get("id")) if isinstance(meta, dict) else ""
    error = body.get("error")
    if isinstance(body.get("errors"), list):
        texts = [one for one in body["errors"] if isinstance(one, str)]
        return _Said(own=True, text=_line("; ".join(texts)), trace=trace)
    if isinstance(error, dict):  # legacy webhooks
        return _Said(own=True, text=_line(error.get("message")), trace=_word(error.get("id")))
    if isinstance(error, str):
        parts = [body.get("error_description"), body.get("error_hint")]
        text = "; ".join(part for part in parts if isinstance(part, str) and part)
        return _Said(own=True, text=_line(text), code=_word(error))
    return _Said(own=False, text=_line(body.get("message")))


def _line(value: Any) -> str:
    """The marketplace's own words, one line, without anything that looks like a phone."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return _PHONE.sub("[number]", words)[:_LONGEST_TEXT]


def _word(value: Any) -> str:
    return str(value)[:80] if isinstance(value, str | int) else ""


def _rule(status: int, text: str) -> Rule:
    words = text.lower()
    for known, part, rule in TEXTS:
        if status == known and part in words:
            return rule
    if status >= 500:
        return TROUBLE
    return STATUS.get(status) or Rule(Rejected, "refuses the request")


def _oauth(request: Request, said: _Said) -> Rule:
    refresh = b"grant_type=refresh_token" in (request.body or b"")
    if refresh and said.code == "invalid_grant":
        return REFRESH_REFUSED
    return OAUTH.get(said.code) or Rule(Invalid, "refuses the request for a token")


def _error(rule: Rule, response: Response, said: _Said) -> EntroError:
    told = f': "{said.text}"' if said.text else ""
    rest: dict[str, Any] = {"advice": rule.advice} if rule.advice else {}
    if rule.kind is RateLimited:
        rest |= {"retry_after": _wait(response.headers), "scope": "shop"}
    context = Context(code=said.code or str(response.status), request_id=_id(response, said))
    return rule.kind(f"Tiki {rule.says}{told}", context=context, **rest)


def _id(response: Response, said: _Said) -> str:
    headers = response.headers
    return said.trace or next((headers[name] for name in _REQUEST_IDS if headers.get(name)), "")


# Gateways before the API


def _by_gateway(request: Request, response: Response, said: _Said) -> EntroError:
    """Read a reply of the edge: Kong's text, a load balancer's page, or nothing (E6, E7)."""
    status = response.status
    if status in {401, 429} or status >= 500:
        return _error(_rule(status, ""), response, said)
    context = Context(code=str(status), request_id=_id(response, said))
    if status == 403:
        # The edge may refuse before it looks at the route (quirk 16).
        advice = "Check `base_url`, and that this machine's network is not barred."
        return Forbidden(
            f"Tiki's edge refuses the request: {_odd(response)}", context=context, advice=advice
        )
    if status == 404:
        # Not `NotFound`: that would mean an order or a product does not exist.
        advice = "Check `base_url`, and that the path is offered there."
        return Rejected(
            f"Tiki does not know {request.template or request.path}", context=context, advice=advice
        )
    if 400 <= status < 500:
        return _error(_rule(status, said.text), response, said)
    return BadReply(_odd(response), context=context)


def _odd(response: Response) -> str:
    html = response.body.lstrip()[:1] == b"<"
    what = "an HTML page" if html else "no JSON" if response.body else "an empty body"
    if _json(response.body) is not None:
        what = "another JSON than the API's"
    return f"Tiki answers {response.status} with {what}"


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, where a header tells them: none is promised (section 2.4)."""
    for name in _WAITS:
        told = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", told):
            return float(told)
    now, then = _date(headers.get("date", "")), _date(headers.get("retry-after", ""))
    return max(0.0, (then - now).total_seconds()) if now and then else None


def _date(told: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
