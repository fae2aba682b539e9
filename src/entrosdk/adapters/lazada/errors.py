"""What a reply means: success, or an error with its cause and the next step (section 2).

Lazada answers 200 with a code in the body, and newer services report failure in a second layer
under a code of success.
So the body decides first; the HTTP status only when the body is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from attrs import frozen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from entrosdk.adapters.lazada.faults import CODES, TEXTS, Rule
from entrosdk.adapters.lazada.sign import ROOT
from entrosdk.errors import (
    BadReply,
    Context,
    EntroError,
    Expired,
    Forbidden,
    RateLimited,
    Rejected,
    Unavailable,
)
from entrosdk.spi.request import Request, Response
from entrosdk.spi.wire import read

__all__ = ["classify", "meaning"]

_SUCCESS = "0"
_BATCHES = {
    f"{ROOT}/product/price_quantity/update",
    f"{ROOT}/product/stock/sellable/update",
}
_BAN = re.compile(r"ban will last (\d{1,5}) second", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(?:84|0)\d{9,}")
_LONGEST_TEXT = 300


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _refusal(value: Any) -> bool:
    """Say whether a `success` member tells of failure; some replies send it as text."""
    return value is False or (isinstance(value, str) and value.lower() == "false")


_Plain = Annotated[str, BeforeValidator(_plain)]
_Failed = Annotated[bool, BeforeValidator(_refusal)]


class _Layer(BaseModel):
    """The second layer: `result` of newer services, or the top level of some others (2.1)."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    failed: _Failed = Field(default=False, alias="success")
    # Both spellings of both names are in use (quirk 6).
    error_code: _Plain = ""
    errorCode: _Plain = ""  # noqa: N815 - theirs
    error_msg: _Plain = ""
    errorMsg: _Plain = ""  # noqa: N815 - theirs
    msg: _Plain = ""


def _layer(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


class _Detail(BaseModel):
    """Why a part of a write was refused (section 2.4)."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    message: _Plain = ""


def _dicts(value: Any) -> Any:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else ()


class _Envelope(_Layer):
    """The outer keys of every JSON reply; the rest of the body is skipped over."""

    code: _Plain = ""
    type: _Plain = ""
    message: _Plain = ""
    request_id: _Plain = ""
    detail: Annotated[tuple[_Detail, ...], BeforeValidator(_dicts)] = ()
    result: Annotated[_Layer, BeforeValidator(_layer)] = _Layer()


@frozen
class _Fault:
    """A reply that reports an error, taken apart."""

    code: str
    text: str
    kind: str
    request_id: str


def classify(request: Request, response: Response) -> EntroError | None:
    """Return `None` for a success, else the error; the engine adds where it happened.

    Single elements of a batch may still have failed: the operation that sent it reads them.
    So it does when the batch as a whole reports failure and names the bad rows.
    """
    try:
        envelope = read(_Envelope, response.body)
    except BadReply:
        return _by_status(request, response)
    if not envelope.code and not _reports(envelope):
        # A reply of somebody else's: Lazada's always has a code (section 2.1).
        return _by_status(request, response)
    if envelope.detail and request.path in _BATCHES:
        return None
    fault = _fault(envelope)
    return None if fault is None else _error(fault, meaning(fault.code, fault.text, fault.kind))


def meaning(code: str, text: str, kind: str = "") -> Rule:
    """Find what a code means together with its text and its type (ISV, ISP or SYSTEM)."""
    words = text.lower()
    for part, rule in TEXTS.get(code, ()):
        if part in words:
            return rule
    if code in CODES:
        return CODES[code]
    if kind == "SYSTEM":
        return Rule(Unavailable, "has trouble")
    return Rule(Rejected, "refuses the request")


def _reports(envelope: _Envelope) -> bool:
    return envelope.failed or envelope.result.failed


def _fault(envelope: _Envelope) -> _Fault | None:
    if envelope.code not in {_SUCCESS, ""}:
        texts = (envelope.message or envelope.msg, *(row.message for row in envelope.detail[:3]))
        text = "; ".join(one for one in texts if one)
        return _Fault(envelope.code, _shown(text), envelope.type, envelope.request_id)
    for layer in (envelope.result, envelope):
        if layer.failed:
            code = layer.error_code or layer.errorCode or "?"
            text = layer.error_msg or layer.errorMsg or layer.msg
            return _Fault(code, _shown(text), "", envelope.request_id)
    return None


def _shown(text: str) -> str:
    """The marketplace's own words, one line, without anything that looks like a phone."""
    return _PHONE.sub("[number]", " ".join(text.split()))[:_LONGEST_TEXT]


def _error(fault: _Fault, rule: Rule) -> EntroError:
    said = f': "{fault.text}"' if fault.text else f" with code {fault.code}"
    rest: dict[str, Any] = {
        "context": Context(code=fault.code, request_id=fault.request_id),
        "advice": rule.advice or None,
    }
    if rule.kind is RateLimited:
        ban = _BAN.search(fault.text)
        rest |= {"scope": rule.scope, "retry_after": float(ban.group(1)) if ban else rule.wait}
    return rule.kind(f"Lazada {rule.says}{said}", **rest)


# Bodies that are no envelope


def _by_status(request: Request, response: Response) -> EntroError:
    status = response.status
    said = f"Lazada answers {status} with {_what(response.body)}"
    if status == 429:
        return RateLimited(
            f"Lazada limits the requests: {said}", retry_after=_retry_after(response.headers)
        )
    if status >= 500:
        return Unavailable(f"Lazada has trouble: {said}")
    if status in {401, 403}:
        return _barred(said, html=response.body.lstrip()[:1] == b"<")
    if status == 404:
        # Not `NotFound`: that would mean an order or a product does not exist.
        advice = "Check `base_url`, and that the path is offered there."
        return Rejected(f"Lazada does not know {request.path}: {said}", advice=advice)
    return BadReply(said)


def _what(body: bytes) -> str:
    start = body.lstrip()[:1]
    if start == b"<":
        return "an HTML page"
    if start == b"{":
        return "JSON that is not Lazada's"
    return "no JSON" if start else "an empty body"


def _barred(said: str, *, html: bool) -> EntroError:
    if html:
        advice = "Check that this machine's address is on the app's IP whitelist in the console."
        return Forbidden(f"Lazada's edge refuses this machine: {said}", advice=advice)
    return Expired(f"Lazada does not accept the access token: {said}")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "").strip()
    return float(told) if re.fullmatch(r"\d+(\.\d+)?", told, re.ASCII) else None
