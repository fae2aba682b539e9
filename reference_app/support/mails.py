"""Sends the mails that tell of requests; called by the worker again and again."""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta

from django.urls import reverse

from reference_app.support.models import Notice
from reference_app.web import mailing

__all__ = ["deliver"]

_log = logging.getLogger(__name__)
_LEASE = timedelta(minutes=2)  # longer than a try can take
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440))
_AT_ONCE = 20
_TO_STAFF = {Notice.Kind.ASKED, Notice.Kind.OVERDUE}


def deliver(now: datetime) -> int:
    """Send what is due; a mail that fails is tried again with growing pauses. Returns how many."""
    sent = 0
    due = Notice.objects.filter(next_at__lte=now).order_by("next_at")
    for notice in due.select_related("ticket__merchant", "reader")[:_AT_ONCE]:
        if due.filter(pk=notice.pk).update(next_at=now + _LEASE):
            sent += _send(notice, now)
    return sent


def _send(notice: Notice, now: datetime) -> int:
    mine = Notice.objects.filter(pk=notice.pk)
    try:
        _mail(notice)
    except (smtplib.SMTPException, OSError) as error:
        # The kind alone: what the server said may repeat the address.
        _log.warning("notice %s could not be sent: %s", notice.pk, type(error).__name__)
        over = notice.tries >= len(_PAUSES)
        again = None if over else now + _PAUSES[notice.tries]
        mine.update(tries=notice.tries + 1, next_at=again)
        return 0
    mine.update(sent_at=now, next_at=None)
    return 1


def _mail(notice: Notice) -> None:
    ticket, to_staff = notice.ticket, notice.kind in _TO_STAFF
    page = reverse("office-support-ticket" if to_staff else "support-ticket", args=[ticket.pk])
    language = mailing.language_of(notice.reader, "" if to_staff else ticket.language)
    context = {"ticket": ticket, "url": mailing.absolute(page)}
    mailing.send(notice.reader, language, f"support/mail/{notice.kind}.txt", context)
