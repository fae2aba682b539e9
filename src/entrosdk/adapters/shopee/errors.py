"""What a reply means: success, or an error with its cause and the next step (section 2).

Shopee answers 200 with a code in the body, reuses codes for several causes, and prefixes some
with a module's name. So the body decides first, by code and then by text; the HTTP status only
when the body is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from attrs import frozen
from pydantic import BaseModel, ConfigDict

from entrosdk.adapters.shopee.faults import BATCH_FAILURES, CODES, ENDINGS, TEXTS, Rule
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
from entrosdk.spi.wire import Lenient, peek

__all__ = ["classify", "failure", "meaning"]

_EMPTY = {"", "-"}  # documentation samples show "-" where the wire has "" (quirk 36)
_PREFIX = re.compile(r"^[A-Za-z_]+\.(?=.)")
_PHONE = re.compile(r"(?<!\d)(?:84|0)\d{9,}")
_SHOP = re.compile(r"\bshop\b", re.IGNORECASE)  # and not Shopee
_LONGEST_TEXT = 300


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


_Plain = Annotated[str, Lenient(_plain)]


class _Envelope(BaseModel):
    """The outer keys of every JSON reply; the rest of the body is skipped over."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    error: _Plain = ""
    message: _Plain = ""
    msg: _Plain = ""  # some payment and order pages (quirk 4)
    mesage: _Plain = ""  # one table spells it so
    request_id: _Plain = ""

    @property
    def failed(self) -> bool:
        """Say whether the body reports an error."""
        return self.error.strip() not in _EMPTY

    @property
    def text(self) -> str:
        """The marketplace's own words, one line, without anything that looks like a phone."""
        words = " ".join((self.message or self.msg or self.mesage).split())
        return _PHONE.sub("[number]", words)[:_LONGEST_TEXT]


@frozen
class _Failed:
    """A reply that reports an error, taken apart."""

    code: str
    text: str
    request_id: str
    reply: Response


def classify(request: Request, response: Response) -> EntroError | None:
    """Return `None` for a success, else the error; the engine adds where it happened.

    A batch that failed as a whole still brings the rows that say why: it counts as a success
    here, and the operation that sent it must read the rows.
    """
    if _is_file(request, response):
        return None
    try:
        envelope = peek(_Envelope, response.body)
    except BadReply:
        return _by_status(request, response)
    if not envelope.failed:
        # A reply of somebody else's: an unknown path answers 404 with its own JSON (2.4).
        return _by_status(request, response) if _foreign(response) else None
    failed = _Failed(envelope.error.strip(), envelope.text, envelope.request_id, response)
    if bare(failed.code) in BATCH_FAILURES and _has_rows(response):
        return None
    return _error(failed, meaning(failed.code, failed.text))


def bare(code: str) -> str:
    """Strip one leading module name: `product.error_param` means `error_param` (2.3)."""
    return _PREFIX.sub("", code, count=1)


def meaning(code: str, text: str) -> Rule:
    """Find what a code means together with its text; an unknown code is a plain refusal."""
    short, words = bare(code), text.lower()
    for known in (code, short):
        for part, rule in TEXTS.get(known, ()):
            if part in words:
                return rule
        if known in CODES:
            return CODES[known]
    for ending, rule in ENDINGS:
        if short.endswith(ending):
            return rule
    return Rule(Rejected, "refuses the request")


def failure(code: str, text: str) -> EntroError:
    """Return the error that one row of a batch reports, as if its call had been alone."""
    words = _Envelope(message=text).text
    return _error(_Failed(code.strip(), words, "", Response(status=200)), meaning(code, words))


def _error(failed: _Failed, rule: Rule) -> EntroError:
    said = f': "{failed.text}"' if failed.text else f" with code {failed.code}"
    rest: dict[str, Any] = {
        "context": Context(code=failed.code, request_id=failed.request_id),
        "advice": rule.advice or None,
    }
    if rule.kind is RateLimited:
        rest |= {"scope": _scope(rule, failed.text), "retry_after": _wait(rule, failed.reply)}
    return rule.kind(f"Shopee {rule.says}{said}", **rest)


# Limits


def _scope(rule: Rule, text: str) -> str:
    # The quota belongs to the app; a text about the shop says otherwise (2.5).
    return "shop" if rule.scope == "app" and _SHOP.search(text) else rule.scope


def _wait(rule: Rule, reply: Response) -> float | None:
    asked = _retry_after(reply.headers)
    if asked is not None or rule.scope != "day":
        return asked
    now = _date(reply.headers)
    return None if now is None else _until_reset(now)


def _until_reset(now: datetime) -> float:
    """Seconds until 00:00 UTC+8, when the daily quota starts anew."""
    local = now.astimezone(UTC) + timedelta(hours=8)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - local).total_seconds()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told)
    now, then = _date(headers), _date({"date": told})
    return max(0.0, (then - now).total_seconds()) if now and then else None


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return told if told.tzinfo else None


# Bodies that are no envelope


def _is_file(request: Request, response: Response) -> bool:
    """A download answers with the file itself, and with an envelope when it fails (2.1)."""
    if not _ok(response) or _looks_like_json(response):
        return False
    download = request.path.rpartition("/")[2].startswith("download_")
    return download or response.body.startswith((b"%PDF", b"PK\x03\x04"))


def _looks_like_json(response: Response) -> bool:
    return response.body.lstrip()[:1] in {b"{", b"["}


def _ok(response: Response) -> bool:
    return 200 <= response.status < 300


def _foreign(response: Response) -> bool:
    return not _ok(response) and "error" not in response.json()


def _has_rows(response: Response) -> bool:
    return isinstance(response.json().get("response"), dict)


def _by_status(request: Request, response: Response) -> EntroError:
    status = response.status
    html = response.body.lstrip()[:1] == b"<"
    what = "an HTML page" if html else "no JSON" if response.body else "an empty body"
    said = f"Shopee answers {status} with {what}"
    if status == 429:
        return RateLimited(
            f"Shopee limits the requests: {said}", retry_after=_retry_after(response.headers)
        )
    # 491 was seen from the gateway in trouble (2.4).
    if status >= 500 or status == 491:
        return Unavailable(f"Shopee has trouble: {said}")
    if status in {401, 403}:
        return _barred(said, html=html)
    if status == 404:
        # Not `NotFound`: that would mean an order or a product does not exist.
        advice = "Check `base_url`, and that the path is offered there."
        return Rejected(f"Shopee does not know {request.path}: {said}", advice=advice)
    return BadReply(said)


def _barred(said: str, *, html: bool) -> EntroError:
    if html:
        advice = "Check that this machine's address is on the app's IP list in the console."
        return Forbidden(f"Shopee's edge refuses this machine: {said}", advice=advice)
    # A 403 stands for an expired token in clients that live on it (2.4); renewing is tried once.
    return Expired(f"Shopee does not accept the access token: {said}")
