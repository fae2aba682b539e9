"""What a reply means: success, or an error with its cause and the next step (section 2).

The code in the body decides, whatever the HTTP status; one code has many causes and is told apart
by its text. The status decides only when the code is unknown or the body is no envelope.
A success may still hold rows that failed (`data.errors`): the operation that sent it reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from entrosdk.adapters.tiktok.faults import BUSY, CODES, OVERLOADED, STATUSES, TEXTS, Rule
from entrosdk.errors import BadReply, Context, EntroError, Forbidden, Invalid, RateLimited, Rejected
from entrosdk.spi.request import Request, Response
from entrosdk.spi.wire import Lenient, peek

__all__ = ["classify", "meaning"]

_LINK = re.compile(r"\s*For more details.*$", re.IGNORECASE | re.DOTALL)
_PHONE = re.compile(r"(?<!\d)(?:84|0)\d{9,}")
_LONGEST_TEXT = 300


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


class _Envelope(BaseModel):
    """The outer keys of every JSON reply; the rest of the body is skipped over."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    code: int
    message: Annotated[str, Lenient(_plain)] = ""
    request_id: Annotated[str, Lenient(_plain)] = ""

    @property
    def text(self) -> str:
        """The marketplace's own words, one line, without link or anything like a phone number."""
        words = " ".join(_LINK.sub("", self.message).split())
        return _PHONE.sub("[number]", words)[:_LONGEST_TEXT]


def classify(request: Request, response: Response) -> EntroError | None:
    """Return `None` for a success, else the error; the engine adds where it happened."""
    try:
        envelope = peek(_Envelope, response.body)
    except BadReply:
        return _by_status(request, response)
    if envelope.code == 0:
        return None if 200 <= response.status < 300 else _by_status(request, response)
    return _error(envelope, meaning(envelope.code, envelope.message, response.status), response)


def meaning(code: int, text: str, status: int = 200) -> Rule:
    """Find what a code means; an unknown one goes by the status, else it is a plain refusal."""
    if code == OVERLOADED:
        words = text.lower()
        hits = (rule for part, rule in TEXTS if part in words)
        return next(hits, Rule(Invalid, "refuses the values"))
    if code in CODES:
        return CODES[code]
    if status >= 500:
        return BUSY
    return STATUSES.get(status, Rule(Rejected, "refuses the request"))


def _error(envelope: _Envelope, rule: Rule, response: Response) -> EntroError:
    said = f': "{envelope.text}"' if envelope.text else f" with code {envelope.code}"
    context = Context(code=str(envelope.code), request_id=envelope.request_id)
    return _made(rule, said, response, context=context)


def _made(rule: Rule, said: str, response: Response, **rest: Any) -> EntroError:
    if rule.kind is RateLimited:
        # A bucket belongs to one shop of one app (section 2.4).
        rest |= {"scope": "shop", "retry_after": _retry_after(response.headers)}
    return rule.kind(f"TikTok Shop {rule.says}{said}", advice=rule.advice or None, **rest)


def _by_status(request: Request, response: Response) -> EntroError:
    status = response.status
    html = response.body.lstrip()[:1] == b"<"
    what = "an HTML page" if html else "no envelope" if response.body else "an empty body"
    said = f": it answers {status} with {what}"
    if status == 403:
        advice = "Check that this machine's address may call the API, and any proxy in between."
        return Forbidden(f"TikTok Shop's edge refuses this machine{said}", advice=advice)
    if status == 404:
        said = f" {request.path}{said}"
    if status >= 500:  # 503 protects the whole, it is nobody's quota (section 2.4)
        return _made(BUSY, said, response)
    if status in STATUSES:
        return _made(STATUSES[status], said, response)
    return BadReply(f"TikTok Shop's reply cannot be read{said}")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long to wait, in seconds or until a date; whether it is ever sent is not known."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told)
    now, then = _date(headers.get("date", "")), _date(told)
    return max(0.0, (then - now).total_seconds()) if now and then else None


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except ValueError:
        return None
    return told if told.tzinfo else None
