"""What people do with their own accounts, in the audit log of each business they belong to."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.tenants.models import Merchant, User

__all__ = ["connect", "note_everywhere"]


def note_everywhere(user: User, verb: str, detail: str = "") -> None:
    """Write down what a person did with their account wherever they are a member."""
    for merchant in Merchant.objects.filter(memberships__user=user):
        note(merchant, user, verb, user.email, detail=detail)


def connect() -> None:
    """Listen to the account library."""
    account.user_logged_in.connect(_logged_in)
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(_password)
    account.email_changed.connect(_email)
    factors.authenticator_added.connect(_factor_on)
    factors.authenticator_removed.connect(_factor_off)


def _logged_in(user: User, **_: Any) -> None:
    note_everywhere(user, Entry.Verb.LOGIN)


def _password(user: User, **_: Any) -> None:
    note_everywhere(user, Entry.Verb.PASSWORD)


def _email(user: User, **_: Any) -> None:
    note_everywhere(user, Entry.Verb.EMAIL)


def _factor_on(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # these come along with the others
        note_everywhere(user, Entry.Verb.FACTOR_ON, authenticator.type)


def _factor_off(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        note_everywhere(user, Entry.Verb.FACTOR_OFF, authenticator.type)
