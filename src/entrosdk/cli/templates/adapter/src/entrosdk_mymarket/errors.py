"""What a reply means: success, or an error with its cause and the next step (manual 1.3)."""

from __future__ import annotations

from typing import Any

from entrosdk.errors import (
    BadReply,
    BadSignature,
    Context,
    EntroError,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Unauthorised,
    Unavailable,
)
from entrosdk.spi.request import Request, Response

__all__ = ["classify"]

# The class decides what the engine does: it renews after `Expired`, waits after `RateLimited`
# and `Unavailable`, and gives up at once after the others.
_BY_CODE: dict[str, type[EntroError]] = {
    "token_expired": Expired,
    "consent_ended": Revoked,
    "bad_signature": BadSignature,
    "no_permission": Forbidden,
    "bad_code": Invalid,
    "bad_value": Invalid,
    "not_found": NotFound,
}
_BY_STATUS: dict[int, type[EntroError]] = {
    400: Invalid,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
}


def classify(request: Request, response: Response) -> EntroError | None:
    """Return `None` for a success, else the error; the engine adds where it happened."""
    body = _json(response)
    told = body.get("error") if body is not None else None
    if response.status == 200 and body is not None and told is None:
        return None
    code = str(told.get("code", "")) if isinstance(told, dict) else ""
    context = Context(
        code=code or str(response.status), request_id=response.headers.get("x-request-id", "")
    )
    says = f"My Market answers {code or response.status} to {request.label}"
    if response.status == 429:
        return RateLimited(says, retry_after=_wait(response), scope="app", context=context)
    return _kind(response.status, code)(says, context=context)


def _kind(status: int, code: str) -> type[EntroError]:
    if status >= 500:
        return Unavailable
    if status == 200 and not code:
        return BadReply  # HTML, half a reply, nothing
    return _BY_CODE.get(code) or _BY_STATUS.get(status) or Rejected


def _json(response: Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _wait(response: Response) -> float | None:
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else None
