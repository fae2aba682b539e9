"""Accepting versions: what a person still has to accept, and from when on that is needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from reference_app.policies.models import Acceptance
from reference_app.policies.versions import KINDS, Version, newest
from reference_app.tenants.models import User
from reference_app.web.moments import local

__all__ = ["GRACE", "accept", "needed_from", "open_for"]

GRACE = timedelta(days=14)
"""How long somebody who never accepted anything, such as an invited member, may take to read."""


def open_for(user: User) -> list[Version]:
    """Return the newest versions that a person has not accepted."""
    done = set(Acceptance.objects.filter(user=user).values_list("kind", "version"))
    latest = [newest(kind) for kind in KINDS]
    return [version for version in latest if (version.kind, version.number) not in done]


def needed_from(user: User, versions: Iterable[Version]) -> date | None:
    """Return the local day from which a person cannot go on without accepting; `None` for none."""
    joined = local(user.date_joined).date() + GRACE
    days = [max(version.effective, joined) for version in versions]
    return min(days, default=None)


def accept(user: User, versions: Iterable[Version], language: str, now: datetime) -> list[Version]:
    """Record that a person accepts texts shown in a language; returns those that were new."""
    new = []
    for version in versions:
        _row, made = Acceptance.objects.get_or_create(
            user=user,
            kind=version.kind,
            version=version.number,
            defaults={
                "language": language[:2],
                "digest": version.digest(language),
                "at": now,
            },
        )
        if made:
            new.append(version)
    return new
