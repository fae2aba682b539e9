"""Idempotency keys: a write that is sent again is answered again, not done again.

Key, change and answer are one transaction, so a crash leaves all of them or none. Two requests
with one key at once meet at the unique constraint: the second waits for the first and gets its
answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pydantic import BaseModel

from reference_app.api.models import ApiToken, KeptAnswer
from reference_app.api.problems import Problem

__all__ = ["KEPT", "forget_answers", "once"]

KEPT = timedelta(hours=24)
"""How long an answer is given again."""


def once(request: HttpRequest, key: str, change: Callable[[], tuple[int, BaseModel]]) -> Any:
    """Make a change, or give the answer it had when its key was sent before."""
    if not key:
        raise Problem(
            400,
            "key-missing",
            "A write needs the header Idempotency-Key.",
            "Send a fresh UUID with each write, and the same one when you repeat it.",
        )
    token: ApiToken = request.auth
    print_ = _fingerprint(request)
    KeptAnswer.objects.filter(token=token, key=key, created_at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            kept = KeptAnswer.objects.create(token=token, key=key, fingerprint=print_)
            status, body = change()
            kept.status, kept.body = status, body.model_dump_json()
            kept.save(update_fields=["status", "body"])
    except IntegrityError:
        kept = KeptAnswer.objects.filter(token=token, key=key).first()
        if kept is None:  # the refusal was about something else
            raise
        return _again(kept, print_)
    return _response(kept)


def _fingerprint(request: HttpRequest) -> str:
    parts = [request.method or "", request.get_full_path()]
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.body).hexdigest()


def _again(kept: KeptAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise Problem(
            422,
            "key-reused",
            "This Idempotency-Key came with another request before.",
            "Send a fresh key with each new write.",
        )
    response = _response(kept)
    response["Idempotency-Replayed"] = "true"
    return response


def _response(kept: KeptAnswer) -> HttpResponse:
    return HttpResponse(kept.body, status=kept.status, content_type="application/json")


def forget_answers() -> int:
    """Delete answers that are no longer given again; returns how many."""
    return KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
