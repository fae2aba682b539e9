"""Money on its way to us: transfers that a bank told of, and attempts to pay at VNPay.

What was paid in the end is `billing.Payment`; these rows say how it came, and what did not fit.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.billing.models import Invoice
from reference_app.tenants.models import Merchant

__all__ = ["Attempt", "Transfer"]


class Transfer(models.Model):
    """A transfer into our account. `bank_id` is the bank's own number, so a repeat is found out.

    It is nobody's until it is matched; from then on it hangs on the merchant of its invoice.
    `applied` dong of it settled the invoice, `credit` became the merchant's account credit.
    """

    class State(models.TextChoices):
        """What became of it."""

        UNMATCHED = "unmatched", _("Unmatched")
        PAID = "paid", _("Invoice paid")
        KEPT = "kept", _("Kept as credit")
        ASIDE = "aside", _("Not a payment")

    class Source(models.TextChoices):
        """Who told of it first."""

        FILE = "file", _("Statement")
        NOTICE = "notice", _("Notice")
        SWEEP = "sweep", _("Sweep")

    merchant = models.ForeignKey(Merchant, models.SET_NULL, null=True, related_name="+")
    invoice = models.ForeignKey(Invoice, models.SET_NULL, null=True, related_name="transfers")
    bank_id = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
    amount = models.BigIntegerField()
    memo = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=8, choices=Source)
    state = models.CharField(max_length=10, choices=State, default=State.UNMATCHED)
    why = models.CharField(max_length=16)
    applied = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(default=timezone.now)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-at", "-id"], name="transfer_list"),
            models.Index(fields=["invoice", "-at"], name="transfer_invoice"),
        ]

    def __str__(self) -> str:
        return self.bank_id


class Attempt(models.Model):
    """One try to pay an invoice at VNPay. `reference` is what VNPay calls it by."""

    class State(models.TextChoices):
        """How it stands; `vnpay.judging.State` has the same words."""

        PENDING = "pending", _("Waiting for VNPay")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Not paid")
        HELD = "held", _("Held by VNPay")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=40, unique=True)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    code = models.CharField(max_length=8, blank=True)
    transaction = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="one_attempt_per_number"),
            # Held and failed attempts may still turn out to be paid; a paid one has its number.
            models.CheckConstraint(
                condition=~Q(state="paid") | ~Q(transaction=""), name="paid_attempt_has_number"
            ),
        ]
