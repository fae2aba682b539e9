"""One-time tokens of forms: signed for one member, with the moment the form was made."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from attrs import frozen
from django.core import signing
from django.utils import timezone

__all__ = ["Ticket", "issue", "read"]

_SALT = "orders.act"
_LASTS = timedelta(hours=12)


@frozen
class Ticket:
    """What a form's token says."""

    token: str
    issued_at: datetime


def issue(member: int) -> str:
    """Return a token for a form that is shown to a member now."""
    now = timezone.now().timestamp()
    return signing.dumps([member, secrets.token_hex(16), now], salt=_SALT)


def read(text: str, member: int) -> Ticket | None:
    """Return what a token says; `None` for one that is forged, too old, or another member's."""
    try:
        whose, token, at = signing.loads(text, salt=_SALT, max_age=_LASTS)
    except signing.BadSignature:
        return None
    if whose != member:
        return None
    return Ticket(token, datetime.fromtimestamp(at, tz=timezone.get_default_timezone()))
