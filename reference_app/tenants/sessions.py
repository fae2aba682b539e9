"""Who is logged in where: noted now and then, and ended at once."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from attrs import frozen
from django.conf import settings
from django.http import HttpRequest

from reference_app.tenants.models import User

__all__ = ["SEEN", "Shown", "end", "end_all", "end_others", "forget", "listed", "note"]

SEEN = "seen"
"""Under this key of the session is when it was noted last."""
_EVERY = timedelta(minutes=5)  # a write for each request would cost more than it tells
_BROWSERS = [
    ("Edge", r"\bEdgA?/"),
    ("Cốc Cốc", r"\bcoc_coc_browser/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Headless)?Chrome/|\bCriOS/"),
    ("Safari", r"\bSafari/"),
]
_SYSTEMS = [
    ("Android", "Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
]


@frozen
class Shown:
    """A session as a person sees it."""

    handle: str
    client: str
    ip: str
    since: datetime
    seen: datetime
    current: bool


def note(request: HttpRequest, now: datetime) -> None:
    """Write down that a session is in use, and from where; at most every five minutes."""
    seen = request.session.get(SEEN, 0.0)
    if now.timestamp() - seen >= _EVERY.total_seconds():
        request.session[SEEN] = now.timestamp()
        UserSession.objects.create_from_request(request)


def listed(user: User, current: str) -> list[Shown]:
    """Return the sessions of a person that still open something, the last used first."""
    found = [
        Shown(
            handle=_handle(row),
            client=client(row.user_agent),
            ip=row.ip,
            since=row.created_at,
            seen=row.last_seen_at,
            current=row.session_key == current,
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda shown: (shown.current, shown.seen), reverse=True)


def end(user: User, handle: str) -> bool:
    """End one session of a person; says whether there was one."""
    rows = [row for row in UserSession.objects.filter(user=user) if _handle(row) == handle]
    for row in rows:
        row.end()
    return bool(rows)


def end_others(user: User, current: str) -> int:
    """End all sessions of a person but one; returns how many."""
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=current))
    for row in rows:
        row.end()
    return len(rows)


def end_all(user: User) -> int:
    """End all sessions of a person; returns how many."""
    return end_others(user, "")


def forget(now: datetime) -> None:
    """Remove sessions that are over, and from where they were used."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    over = now - timedelta(seconds=settings.SESSION_COOKIE_AGE) - _EVERY
    UserSession.objects.filter(last_seen_at__lt=over).delete()


def _handle(row: UserSession) -> str:
    # The session's key opens the account and never leaves the cookie.
    return hashlib.sha256(f"session {row.session_key}".encode()).hexdigest()[:16]


def client(user_agent: str) -> str:
    """Name browser and system roughly: enough to tell one's own devices apart."""
    names = [
        next((name for name, sign in signs if re.search(sign, user_agent)), "")
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, names))
