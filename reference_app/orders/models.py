"""Saved filters, and acts: what a member asked a marketplace to do with orders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrosdk.errors import ConfigError
from reference_app.records.models import Order
from reference_app.tenants.models import Merchant

__all__ = ["Act", "ActItem", "Kind", "LabelFile", "Outcome", "SavedFilter"]


class SavedFilter(models.Model):
    """A filter of the order list that a member gave a name; nobody else sees it.

    What it looks for may be a buyer's name, so it is sealed with the merchant's key.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    sealed = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "user", "name"], name="one_filter_per_name")
        ]

    @property
    def query(self) -> str:
        """The query string; empty when the merchant's key is gone."""
        try:
            return self.merchant.seal().open(self.sealed, "filter")
        except ConfigError:
            return ""


class Kind(models.TextChoices):
    """What can be asked for."""

    SHIP = "ship", _("Ship")
    LABEL = "label", _("Print labels")
    CANCEL = "cancel", _("Cancel the order")
    ACCEPT = "accept", _("Accept the cancellation")
    REFUSE = "refuse", _("Refuse the cancellation")


class Outcome(models.TextChoices):
    """What became of it. An unknown one is looked at again, never blindly repeated."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Not known")


OPEN = (Outcome.WAITING, Outcome.RUNNING, Outcome.UNKNOWN)


class Act(models.Model):
    """One press of a button, on one order or many.

    `token` came with the form and works once: a double click finds the act that is there.
    `issued_at` is when the form was made; what happened to an order after it, its sender did not
    see. `how` holds the choices of the form.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    token = models.CharField(max_length=40)
    issued_at = models.DateTimeField()
    asked_at = models.DateTimeField(default=timezone.now)
    how = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "token"], name="token_once")]
        indexes = [models.Index(fields=["merchant", "-id"], name="act_list")]


class ActItem(models.Model):
    """One order of an act, and what the marketplace said.

    `cause` is the class name of the SDK's error, or a word of ours; `code` and `reason` are the
    marketplace's own. `before` is how the order's packages stood before anything was sent.
    An order has one open item at a time, labels aside: they change nothing.
    """

    act = models.ForeignKey(Act, models.CASCADE, related_name="items")
    order = models.ForeignKey(Order, models.CASCADE, related_name="acts")
    before = models.JSONField(default=list)
    kind = models.CharField(max_length=10, choices=Kind)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    cause = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["act", "order"], name="one_item_per_order"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(outcome__in=["waiting", "running", "unknown"]) & ~Q(kind="label"),
                name="one_open_act_per_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["order", "outcome"],
                name="act_open",
                condition=Q(outcome__in=["waiting", "running", "unknown"]),
            )
        ]


class LabelFile(models.Model):
    """A label as the marketplace sent it: it carries a person, so it is sealed and short-lived."""

    item = models.OneToOneField(ActItem, models.CASCADE, related_name="label")
    kind = models.CharField(max_length=80)
    sealed = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
