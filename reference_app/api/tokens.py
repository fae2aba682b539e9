"""Making, finding and revoking tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from reference_app.api.models import ApiToken, TokenNote
from reference_app.tenants.models import Merchant, User

__all__ = ["find", "make", "note", "revoke"]

_PREFIX = "entro_"  # lets scanners of source code find a token that leaked
_USED_EVERY = timedelta(minutes=1)  # a write for each request would cost more than it tells


def make(
    merchant: Merchant,
    user: User | None,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; returns it with its secret, which is not kept anywhere."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            merchant=merchant,
            created_by=user,
            name=name,
            digest=_digest(secret),
            hint=secret[: len(_PREFIX) + 4],
            scopes=list(scopes),
            expires_at=expires_at,
        )
        note(token, TokenNote.Act.MADE, user=user)
    return token, secret


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: nobody guesses them, with or without the digest.
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str) -> ApiToken | None:
    """Return the token that `secret` opens, if it still works; notes that it was used."""
    rows = ApiToken.objects.select_related("merchant")
    token = rows.filter(digest=_digest(secret), revoked_at=None).first()
    if token is None or token.is_over:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > _USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke(token: ApiToken, user: User) -> None:
    """Close a token for good."""
    with transaction.atomic():
        closed = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        if closed.update(revoked_at=timezone.now()):
            note(token, TokenNote.Act.REVOKED, user=user)


def note(token: ApiToken, act: str, subject: str = "", user: User | None = None) -> None:
    """Write down what was done with a token."""
    TokenNote.objects.create(
        merchant_id=token.merchant_id, token=token, user=user, act=act, subject=subject[:200]
    )
