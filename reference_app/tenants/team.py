"""Who belongs to a business: inviting, joining, changing roles, leaving.

Each act is one transaction with its entry in the audit log. A business always has an owner: acts
that could take the last one wait for each other on the merchant's row.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.tenants import sessions
from reference_app.tenants.models import Invitation, Membership, Merchant, User

__all__ = [
    "LIVES",
    "Refused",
    "accept",
    "change_role",
    "find",
    "invite",
    "leave",
    "open_invitations",
    "remove",
    "withdraw",
]

LIVES = timedelta(days=7)
MOST_OPEN = 50
"""Invitations of one business that may wait at a time: nobody sends mails to strangers with us."""
_signer = signing.Signer(salt="invitation")


class Refused(Exception):
    """The act was refused; the message is a code: member, many, address, used, last owner."""


def open_invitations(merchant: Merchant, now: datetime) -> QuerySet[Invitation]:
    """Return the invitations of a business that can still be accepted."""
    mine = Invitation.objects.filter(merchant=merchant, taken_at=None, withdrawn_at=None)
    return mine.filter(expires_at__gt=now)


def invite(
    merchant: Merchant, by: User, email: str, role: str, now: datetime
) -> tuple[Invitation, str]:
    """Make an invitation; returns it with the token for its link, which is kept nowhere.

    One that waits for the same address is withdrawn. Raises `Refused` for a member's address.
    """
    email = email.strip().lower()
    token = _signer.sign(secrets.token_urlsafe(24))
    with transaction.atomic():
        _lock(merchant)
        if Membership.objects.filter(merchant=merchant, user__email=email).exists():
            raise Refused("member")
        waiting = Invitation.objects.filter(merchant=merchant, taken_at=None, withdrawn_at=None)
        waiting.filter(email=email).update(withdrawn_at=now)
        if open_invitations(merchant, now).count() >= MOST_OPEN:
            raise Refused("many")
        made = Invitation.objects.create(
            merchant=merchant, email=email, role=role, digest=_digest(token), made_by=by,
            made_at=now, expires_at=now + LIVES,
        )  # fmt: skip
        note(merchant, by, Entry.Verb.INVITE, email, detail=role)
    return made, token


def find(token: str, now: datetime) -> Invitation | None:
    """Return the invitation of a link, if it still works; a forged one asks no database."""
    try:
        _signer.unsign(token)
    except signing.BadSignature:
        return None
    rows = Invitation.objects.select_related("merchant", "made_by").filter(
        digest=_digest(token), taken_at=None, withdrawn_at=None, expires_at__gt=now
    )
    return rows.first()


def accept(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Join the business; raises `Refused` for another address or a second use."""
    if not _owns(user, invitation.email):
        raise Refused("address")
    with transaction.atomic():
        _lock(invitation.merchant)
        still = Invitation.objects.filter(
            pk=invitation.pk, taken_at=None, withdrawn_at=None, expires_at__gt=now
        )
        if not still.update(taken_at=now):
            raise Refused("used")
        membership, made = Membership.objects.get_or_create(
            user=user, merchant=invitation.merchant, defaults={"role": invitation.role}
        )
        if made:
            note(invitation.merchant, user, Entry.Verb.JOIN, user.email, detail=invitation.role)
    return membership


def withdraw(invitation: Invitation, by: User, now: datetime) -> None:
    """Take an invitation back; its link works no longer."""
    with transaction.atomic():
        still = Invitation.objects.filter(pk=invitation.pk, taken_at=None, withdrawn_at=None)
        if still.update(withdrawn_at=now):
            note(invitation.merchant, by, Entry.Verb.WITHDRAW, invitation.email)


def change_role(membership: Membership, by: User, role: str) -> None:
    """Give a member another role; raises `Refused` for the last owner."""
    with transaction.atomic():
        _lock(membership.merchant)
        before = Membership.objects.filter(pk=membership.pk).values_list("role", flat=True).first()
        if before is None or before == role:
            return
        _keep_an_owner(membership, before)
        Membership.objects.filter(pk=membership.pk).update(role=role)
        note(
            membership.merchant, by, Entry.Verb.ROLE, membership.user.email,
            detail=f"{before} > {role}",
        )  # fmt: skip


def remove(membership: Membership, by: User) -> None:
    """Take a member out and end their sessions; raises `Refused` for the last owner."""
    _take_out(membership, by, Entry.Verb.REMOVE)
    sessions.end_all(membership.user)


def leave(membership: Membership) -> None:
    """Leave a business; raises `Refused` for the last owner."""
    _take_out(membership, membership.user, Entry.Verb.LEAVE)


def _take_out(membership: Membership, by: User, verb: str) -> None:
    with transaction.atomic():
        _lock(membership.merchant)
        before = Membership.objects.filter(pk=membership.pk).values_list("role", flat=True).first()
        if before is None:
            return
        _keep_an_owner(membership, before)
        Membership.objects.filter(pk=membership.pk).delete()
        note(membership.merchant, by, verb, membership.user.email, detail=before)


def _lock(merchant: Merchant) -> None:
    list(Merchant.objects.select_for_update(no_key=True).filter(pk=merchant.pk).values_list("pk"))


def _keep_an_owner(membership: Membership, role: str) -> None:
    owners = Membership.objects.filter(merchant=membership.merchant, role=Membership.Role.OWNER)
    if role == Membership.Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise Refused("last owner")


def _owns(user: User, email: str) -> bool:
    return user.emailaddress_set.filter(email__iexact=email, verified=True).exists()


def _digest(token: str) -> str:
    # 192 random bits need no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
