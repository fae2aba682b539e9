"""Errors as RFC 9457 problem details: what happened, and what to do next."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

__all__ = ["TYPE", "Problem", "answer", "register"]

_log = logging.getLogger(__name__)
TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal. `code` is its fixed name, `next_step` what the caller can do about it."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        next_step: str,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.headers = headers or {}
        self.body = {
            "type": f"urn:entro:problem:{code}",
            "title": title,
            "status": status,
            "next_step": next_step,
            **more,
        }


def answer(problem: Problem) -> HttpResponse:
    """Return a problem as a response."""
    text = json.dumps(problem.body, ensure_ascii=False)
    return HttpResponse(text, status=problem.status, content_type=TYPE, headers={**problem.headers})


def unauthorised() -> Problem:
    """Return the problem of a request without a token that works."""
    return Problem(
        401,
        "unauthorised",
        "No token that works came with this request.",
        "Send `Authorization: Bearer …` with a token made under /settings/api/ that is neither"
        " revoked nor expired.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def not_found() -> Problem:
    """Return the problem of an address without anything behind it."""
    return Problem(
        404,
        "not-found",
        "There is nothing at this address.",
        "Take the ids from a list of this API, and the address from /api/v1/openapi.json.",
    )


def not_allowed(allowed: str) -> Problem:
    """Return the problem of a method that an address does not have."""
    return Problem(
        405,
        "method-not-allowed",
        "This address does not take that method.",
        f"Use one of: {allowed}.",
        headers={"Allow": allowed},
    )


def too_large(megabytes: float) -> Problem:
    """Return the problem of a body that nobody will read."""
    return Problem(
        413,
        "too-large",
        f"A request may hold {megabytes:g} MB.",
        "Send less at a time.",
    )


def _invalid(error: ValidationError) -> Problem:
    # The values stay out: they may be personal, and the caller has them.
    found = [
        {"at": ".".join(str(part) for part in one["loc"]), "reason": one["msg"]}
        for one in error.errors
    ]
    return Problem(
        422,
        "invalid",
        "The request has values that cannot be read.",
        "Correct what `errors` names and send it again.",
        errors=found,
    )


def _refused(error: HttpError) -> Problem:
    return Problem(
        error.status_code,
        "refused",
        error.message,
        "Compare the request with /api/v1/openapi.json.",
    )


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer(
        Problem(
            500,
            "broken",
            "We failed to answer.",
            "Send the request again, a write with the same Idempotency-Key.",
        )
    )


def register(api: NinjaAPI) -> None:
    """Let `api` answer every error as a problem."""
    api.add_exception_handler(Problem, lambda _, error: answer(error))
    api.add_exception_handler(Http404, lambda *_: answer(not_found()))
    api.add_exception_handler(AuthenticationError, lambda *_: answer(unauthorised()))
    api.add_exception_handler(ValidationError, lambda _, error: answer(_invalid(error)))
    api.add_exception_handler(HttpError, lambda _, error: answer(_refused(error)))
    api.add_exception_handler(Exception, _broken)
