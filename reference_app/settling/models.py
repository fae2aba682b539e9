"""What was worked out about money, kept so that lists stay fast; all of it can be computed again.

Only a few tables hold what people said: a shop's terms and rates, the marks in `OrderMoney`, the
answers to returns, and what came to the bank.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.records.models import Order, Payout, Return
from reference_app.settling.rules.fees import Rate
from reference_app.settling.rules.reckoning import Mark, Seller, State
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant


class StoreTerms(models.Model):
    """What a store's payouts are checked against. `due_days` counts from delivery."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="terms")
    seller = models.CharField(max_length=12, blank=True)
    due_days = models.PositiveSmallIntegerField(default=7)
    shipping_cancels = models.BooleanField(default=False)
    stale = models.BooleanField(default=False)  # orders are to be worked out again by a run

    @property
    def seller_type(self) -> Seller:
        """Return what the shop is for the tax office."""
        return Seller(self.seller)


class FeeRate(models.Model):
    """One dated row of a store's fee table; `source` says where the figure comes from."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="fee_rates")
    kind = models.CharField(max_length=24)
    ppm = models.PositiveIntegerField(default=0)
    fixed_minor = models.PositiveBigIntegerField(default=0)
    cap_minor = models.PositiveBigIntegerField(null=True)
    base = models.CharField(max_length=20, default="goods")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=255, blank=True)

    def rate(self) -> Rate:
        """Return the row as the rules read it."""
        return Rate(
            kind=self.kind,
            ppm=self.ppm,
            fixed=self.fixed_minor,
            cap=self.cap_minor,
            base="goods" if self.base == "goods" else "goods_and_shipping",
            since=self.valid_from,
            until=self.valid_to,
        )


class OrderMoney(models.Model):
    """Where the money of one order stands.

    `state` is written without the clock: a waiting order is overdue once `due_at` has passed.
    `payout_minor` adds up the movements; before there are any, `stake_minor` is what the goods
    bring before fees. `causes` are pairs of cause, kind and amount that make the difference.
    """

    order = models.OneToOneField(Order, models.CASCADE, related_name="money")
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    placed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12)
    stake_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField(null=True)
    expected_minor = models.BigIntegerField(null=True)
    difference_minor = models.BigIntegerField(default=0)
    causes = models.JSONField(default=list)
    mark = models.CharField(max_length=12, blank=True)
    marked_at = models.DateTimeField(null=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "-placed_at", "-id"], name="order_money_list"),
            models.Index(
                fields=["merchant", "state", "-placed_at", "-id"], name="order_money_state"
            ),
            models.Index(
                fields=["merchant", "state", "store", "due_at", "stake_minor", "difference_minor"],
                name="order_money_sums",
            ),
            models.Index(fields=["store", "-placed_at", "-id"], name="order_money_store"),
        ]

    @property
    def is_overdue(self) -> bool:
        """Whether a delivered order's money is late."""
        return self.state == State.WAITING and overdue(self.due_at)

    @property
    def shown_state(self) -> str:
        """Return the state as of now."""
        return State.OVERDUE if self.is_overdue else self.state

    @property
    def may_mark(self) -> bool:
        """Whether a person has something to decide."""
        return self.state in {State.SHORT, State.OVER, *Mark} or self.is_overdue


def overdue(due_at: datetime | None) -> bool:
    """Say whether a deadline has passed."""
    return due_at is not None and due_at < timezone.now()


class DayMoney(models.Model):
    """The movements of one store, local day and kind, added up as they are stored."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=24)
    currency = models.CharField(max_length=3)
    settled = models.BooleanField()
    count = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "kind", "currency", "settled"], name="one_sum_per_day"
            )
        ]
        indexes = [models.Index(fields=["merchant", "day"], name="day_money_list")]


class BankCredit(models.Model):
    """Money that came to the seller's bank; several payouts may come as one.

    `reference` is the bank's own id of it: the same one again is the same credit.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    day = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="VND")
    reference = models.CharField(max_length=80)
    memo = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="one_credit_per_ref")
        ]
        indexes = [models.Index(fields=["merchant", "-day", "-id"], name="bank_credit_list")]


class CreditedPayout(models.Model):
    """A payout that came with a credit: at most one."""

    credit = models.ForeignKey(BankCredit, models.CASCADE, related_name="parts")
    payout = models.OneToOneField(Payout, models.CASCADE, related_name="credited")


class ReturnClock(models.Model):
    """Since when a return is refunded: the age of "refunded but not back"."""

    item = models.OneToOneField(Return, models.CASCADE, related_name="clock")
    refunded_at = models.DateTimeField()


class ReturnAnswer(models.Model):
    """What the seller answered to a return, and what became of it.

    One answer for each state of a return can be on its way or accepted: a double click finds the
    first one there. `trouble` is the class name of the SDK's error.
    """

    class Outcome(models.TextChoices):
        """How far an answer got."""

        SENDING = "sending", _("Being sent")
        ACCEPTED = "accepted", _("The marketplace took it")
        REFUSED = "refused", _("The marketplace refused it")
        UNKNOWN = "unknown", _("No reply; it may or may not have arrived")

    item = models.ForeignKey(Return, models.CASCADE, related_name="answers")
    seen_status = models.CharField(max_length=60)
    decision = models.CharField(max_length=8)
    reason = models.CharField(max_length=80, blank=True)
    reason_text = models.CharField(max_length=255, blank=True)
    comment = models.TextField(blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.SENDING)
    trouble = models.CharField(max_length=40, blank=True)
    told = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "seen_status"],
                condition=models.Q(outcome__in=["sending", "accepted"]),
                name="one_answer_per_state",
            )
        ]

    def end(self, outcome: str, **facts: Any) -> None:
        """Note what became of the answer."""
        self.outcome, self.ended_at = outcome, timezone.now()
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()
