"""Telling owners in time that a store's consent ends, or has ended.

The seller's consent runs out on a day the marketplace names. Owners hear of it 30, 7, 2 and 1
days before, and when it is over; each once, however often somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import frozen
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reference_app.stores.models import Store
from reference_app.tenants.models import Membership, User
from reference_app.web import mailing

__all__ = ["STEPS", "Notice", "reached", "tell"]

STEPS = (30, 7, 2, 1, 0)  # days before the end


@frozen(kw_only=True)
class Notice:
    """A step that a store has reached: so many days are left, 0 when nothing is read any more."""

    store: Store
    step: int


def reached(until: datetime | None, now: datetime) -> int | None:
    """Return the last step that has been reached; `None` before the first, or without an end."""
    if until is None:
        return None
    passed = [step for step in STEPS if until - now <= timedelta(days=step)]
    return min(passed, default=None)


def step_of(store: Store, now: datetime) -> int | None:
    """Return where a store stands: one that needs authorising is at its end, whatever the day."""
    if store.state == Store.State.NEEDS_REAUTH:
        return 0
    return reached(store.consent_until, now)


def tell(now: datetime, send: Callable[[User, Notice], None] | None = None) -> int:
    """Tell the owners of every store that reached a further step; returns how many stores.

    A step is marked before it is told, so that two workers do not tell it twice; what the mail
    server refuses is told by the page alone.
    """
    live = Store.objects.exclude(state=Store.State.DISCONNECTED)
    soon = live.filter(
        Q(consent_until__lte=now + timedelta(days=STEPS[0])) | Q(state=Store.State.NEEDS_REAUTH)
    )
    told = 0
    for store in soon.select_related("merchant"):
        step = step_of(store, now)
        if step is None or (store.consent_told is not None and store.consent_told <= step):
            continue
        won = Store.objects.filter(pk=store.pk, consent_told=store.consent_told)
        if won.update(consent_told=step):
            told += 1
            _tell_owners(Notice(store=store, step=step), send or mail)
    return told


def _tell_owners(notice: Notice, send: Callable[[User, Notice], None]) -> None:
    owners = Membership.objects.filter(
        merchant=notice.store.merchant, role=Membership.Role.OWNER, user__is_active=True
    )
    for membership in owners.select_related("user"):
        send(membership.user, notice)


def mail(owner: User, notice: Notice) -> None:
    """Write to an owner, in the language they chose."""
    store = notice.store
    with translation.override(mailing.language_of(owner)):
        names = {"name": store.name, "n": notice.step}
        if notice.step == 0:
            subject = _("%(name)s is not read any more") % names
            body = _("Its consent has ended or was withdrawn. Nothing is lost; authorise it again.")
        else:
            subject = ngettext(
                "%(name)s: %(n)d day until its consent ends",
                "%(name)s: %(n)d days until its consent ends",
                notice.step,
            ) % names  # fmt: skip
            body = _("Authorise it again before that day, and reading goes on without a gap.")
    address = mailing.absolute(f"/stores/{store.pk}/authorise/")
    mailing.notify(subject, f"{body}\n\n{address}\n", [owner.email])
