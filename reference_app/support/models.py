"""Requests for help, their messages and files, and the mails that tell of them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from entrosdk.errors import ConfigError
from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant

__all__ = ["Attachment", "Message", "Notice", "Ticket"]


class Ticket(models.Model):
    """One request of a merchant.

    `due_at` stands while an answer of ours is owed: `target` of business time after the merchant
    last began to wait. What people write may hold anything, so subject and messages are sealed with
    the merchant's key.
    """

    class State(models.TextChoices):
        """Whose turn it is."""

        NEW = "new", pgettext_lazy("request", "New")
        OURS = "ours", _("Waiting for us")
        YOURS = "yours", _("Waiting for you")
        SOLVED = "solved", _("Solved")

    class Priority(models.TextChoices):
        """How soon an answer was promised; in the order of the desk."""

        HIGH = "high", _("Priority")
        NORMAL = "normal", pgettext_lazy("priority", "Normal")

    OWED = (State.NEW, State.OURS)

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="tickets")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    subject_sealed = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    language = models.CharField(max_length=5, default="vi")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")
    store = models.ForeignKey(Store, models.SET_NULL, null=True, related_name="+")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "-changed_at"], name="tickets_of_merchant"),
            models.Index(fields=["state", "priority", "due_at"], name="tickets_of_desk"),
        ]

    @property
    def subject(self) -> str:
        """What it is about, in the merchant's words."""
        return _opened(self.merchant, self.subject_sealed)

    def is_overdue(self, now: datetime) -> bool:
        """Whether an answer is owed for too long."""
        return self.due_at is not None and self.due_at < now


class Message(models.Model):
    """What one side wrote."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    from_staff = models.BooleanField(default=False)
    text_sealed = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["ticket_id", "id"]

    @property
    def text(self) -> str:
        """The text itself."""
        return _opened(self.ticket.merchant, self.text_sealed)


def _opened(merchant: Merchant, sealed: str) -> str:
    try:
        return merchant.seal().open(sealed, "support")
    except ConfigError:  # the merchant asked for deletion: its key is gone before its rows are
        return ""


class Attachment(models.Model):
    """A file of a message; its content lies sealed in the data folder under `key`."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="files")
    key = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    size = models.PositiveIntegerField()  # bytes

    class Meta:
        ordering = ["message_id", "id"]


class Notice(models.Model):
    """A mail to one reader, sent by the worker. It says where to read, not what was written."""

    class Kind(models.TextChoices):
        """What it tells; also the name of its template."""

        OPENED = "opened"  # to the merchant: we have it, answer by
        ASKED = "asked"  # to staff: something waits
        ANSWERED = "answered"  # to the merchant
        OVERDUE = "overdue"  # to staff

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="notices")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, default=timezone.now)  # empty: nothing to do any more
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="notices_due")]
