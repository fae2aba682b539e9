"""The audit log: rows are added, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.tenants.models import Merchant

__all__ = ["Entry", "verbs"]


def verbs() -> list[tuple[str, str]]:
    """Return what can be done; a function, so that a new verb needs no migration."""
    return Entry.Verb.choices


class Entry(models.Model):
    """One thing a member did, or tried to do.

    `who` is how the member was called then, and stays when the account goes. `subject` names the
    thing by its id, `detail` says why it was refused; neither holds a buyer's data.
    """

    class Verb(models.TextChoices):
        """What was done."""

        SHIP = "ship", _("Ship")
        LABEL = "label", _("Print labels")
        CANCEL = "cancel", _("Cancel the order")
        ACCEPT = "accept", _("Accept the cancellation")
        REFUSE = "refuse", _("Refuse the cancellation")
        REVEAL = "reveal", _("View the recipient")
        ASSIGN = "assign", _("Assign a transfer")
        INVITE = "invite", _("Invite a person")
        WITHDRAW = "withdraw", _("Withdraw an invitation")
        JOIN = "join", _("Join the business")
        ROLE = "role", _("Change a role")
        REMOVE = "remove", _("Remove a member")
        LEAVE = "leave", _("Leave the business")
        RENAME = "rename", _("Rename the business")
        LOGIN = "login", _("Log in")
        PASSWORD = "password", _("Change password")
        EMAIL = "email", _("Change e-mail address")
        FACTOR_ON = "factor-on", _("Turn on two-step log-in")
        FACTOR_OFF = "factor-off", _("Turn off two-step log-in")
        SESSIONS = "sessions", _("End sessions")
        AGREE = "agree", _("Accept a policy")
        ASK = "ask", _("Ask support")
        ANSWER = "answer", _("Answer a request")
        MOVE = "move", _("Change a request's state")
        FILE = "file", _("Open a request's file")
        EXPORT = "export", _("Export all data")
        DOWNLOAD = "download", _("Download an export")
        DELETE = "delete", _("Ask for deletion")
        KEEP = "keep", _("Withdraw the deletion")
        PLAN = "plan", _("Change the plan")
        ENDING = "ending", _("Cancel the subscription")
        GOES_ON = "goes-on", _("Take the cancellation back")
        BUYER = "buyer", _("Change the buyer's data")
        MARK_PAID = "mark-paid", _("Mark an invoice as paid")
        VOID = "void", _("Void an invoice")
        CREDIT = "credit", _("Write a credit note")
        TERMS = "terms", _("Change the subscription's terms")
        FEES = "fees", _("Change fee terms")
        BANK = "bank", _("Note a bank credit")
        CONNECT = "connect", _("Connect a store")
        AUTHORISE = "authorise", _("Authorise again")

    class Outcome(models.TextChoices):
        """What came of it."""

        DONE = "accepted", _("Done")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Not known")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=254)
    verb = models.CharField(max_length=20, choices=verbs)
    subject = models.CharField(max_length=120)
    address = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="audit_list")]
