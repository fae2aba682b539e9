"""What is sold, to whom, what was billed and what was paid.

Amounts are whole dong. `*_on` and period bounds are local days, ranges half-open; `*_at` are
instants in UTC. A finalised invoice's lines, tax and buyer never change: credit notes correct it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.billing.engine.coupons import Coupon
from reference_app.billing.engine.plans import Interval, Plan
from reference_app.tenants.models import Merchant

__all__ = [
    "BillingAccount",
    "Changed",
    "CreditEntry",
    "CreditNote",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "Payment",
    "PeriodCharge",
    "PlanVersion",
    "Subscription",
    "SubscriptionEvent",
    "UsageCount",
]


class Changed(Exception):
    """Somebody tried to change what must stay as it is."""


class TaxClass(models.TextChoices):
    """How a line is taxed (domain 4). Not subject is not the same as 0 %."""

    ZERO = "0", _("0 %")
    FIVE = "5", _("5 %")
    EIGHT = "8", _("8 %")
    TEN = "10", _("10 %")
    NOT_SUBJECT = "KCT", _("Not subject to VAT")
    NOT_DECLARED = "KKKNT", _("Not declared for VAT")


class PlanVersion(models.Model):
    """A plan as it was sold at a time: never changed, only followed by a higher version.

    `price` is for one interval, without tax. `orders` is for a month, counted from the day the
    subscription began; `None` in `stores` or `orders` is without limit. `sync_seconds` is the
    pause between two syncs; `None` is real time.
    """

    code = models.SlugField(max_length=30)
    version = models.PositiveIntegerField()
    interval = models.CharField(
        max_length=5, choices=[("month", _("Monthly")), ("year", _("Annual"))]
    )
    name_vi = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    price = models.BigIntegerField()
    tax_class = models.CharField(max_length=5, choices=TaxClass)
    stores = models.PositiveIntegerField(null=True, blank=True)
    orders = models.PositiveIntegerField(null=True, blank=True)
    sync_seconds = models.PositiveIntegerField(null=True, blank=True)
    support = models.CharField(
        max_length=6, choices=[("normal", _("Normal")), ("high", _("High"))], default="normal"
    )
    features = models.JSONField(default=list, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    on_sale = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["rank", "interval", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "interval", "version"], name="one_row_per_plan_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name_vi} ({self.interval}, v{self.version})"

    def save(self, *arguments: Any, **keywords: Any) -> None:
        """Add a version, or say whether it is still on sale; the rest stays as it was sold."""
        if self.pk and set(keywords.get("update_fields") or ["price"]) - {"on_sale"}:
            raise Changed("a plan version does not change; add a version")
        super().save(*arguments, **keywords)

    def terms(self) -> Plan:
        """Return the plan as the engine knows it."""
        return Plan(
            id=self.pk,
            code=self.code,
            interval=Interval(self.interval),
            price=self.price,
            tax_class=self.tax_class,
            stores=self.stores,
            orders=self.orders,
            rank=self.rank,
        )


class BillingAccount(models.Model):
    """A merchant as a customer, and what its standing allows right now.

    The row is the lock for everything that is billed to the merchant. `may_sync` and
    `sync_seconds` repeat `standing` for the worker, who asks for every store twice a second.
    `parked_because` is set when billing stopped for a person to look.
    """

    merchant = models.OneToOneField(Merchant, models.CASCADE, related_name="billing")
    name = models.CharField(max_length=200, blank=True)
    tax_id = models.CharField(max_length=14, blank=True)
    address = models.CharField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, default="vi")
    may_sync = models.BooleanField(default=True)
    sync_seconds = models.PositiveIntegerField(null=True, blank=True)
    usage_changed_at = models.DateTimeField(null=True, editable=False)
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name or str(self.merchant)


class Subscription(models.Model):
    """One run of a merchant's subscription, from its start to its end; state is in its log.

    `keep_stores` are the stores that the owner keeps when a smaller plan begins. A coupon takes
    `coupon_amount` dong and `coupon_ppm` millionths off the next `coupon_periods` periods.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="subscriptions")
    created_at = models.DateTimeField(default=timezone.now)
    closed_on = models.DateField(null=True)
    look_on = models.DateField(null=True)
    keep_stores = models.JSONField(default=list)
    coupon_text = models.CharField(max_length=60, blank=True)
    coupon_amount = models.BigIntegerField(default=0)
    coupon_ppm = models.PositiveIntegerField(default=0)
    coupon_periods = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(closed_on=None), name="one_live_subscription"
            )
        ]
        indexes = [models.Index(fields=["closed_on", "look_on"], name="subscription_due")]

    def coupon(self) -> Coupon:
        """Return what comes off the next periods."""
        return Coupon(amount=self.coupon_amount, ppm=self.coupon_ppm, periods=self.coupon_periods)

    def use_coupon(self) -> None:
        """Count one period of the coupon off."""
        if self.coupon_periods:
            self.coupon_periods -= 1
            self.save(update_fields=["coupon_periods"])


class SubscriptionEvent(models.Model):
    """One line of a subscription's log: added, never changed (`engine.events` has the kinds)."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    day = models.DateField()
    at = models.DateTimeField()
    plan = models.ForeignKey(PlanVersion, models.PROTECT, null=True, related_name="+")
    invoice = models.ForeignKey("Invoice", models.RESTRICT, null=True, related_name="+")
    price = models.BigIntegerField(null=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    due = models.DateField(null=True)
    step = models.IntegerField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]


_MOVES = {"state", "paid_at", "voided_at"}


class Invoice(models.Model):
    """A bill. Its number is taken when it is finalised, in the same transaction."""

    class State(models.TextChoices):
        """Where an invoice stands."""

        DRAFT = "draft", _("Draft")
        FINALISED = "finalised", _("To pay")
        PAID = "paid", _("Paid")
        VOID = "void", _("Void")
        UNCOLLECTIBLE = "uncollectible", _("Written off")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="invoices")
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, null=True, related_name="invoices"
    )
    number = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=13, choices=State, default=State.DRAFT)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    net = models.BigIntegerField(default=0)
    tax_class = models.CharField(max_length=5, choices=TaxClass)
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    pay_code = models.CharField(max_length=12, blank=True)
    buyer = models.JSONField(default=dict)
    replaces = models.ForeignKey("self", models.RESTRICT, null=True, related_name="+")
    finalised_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="one_invoice_per_number"
            ),
            models.UniqueConstraint(
                fields=["pay_code"], condition=~Q(pay_code=""), name="one_invoice_per_code"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="invoice_list"),
            models.Index(fields=["state", "due_on"], name="invoice_due"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    def save(self, *arguments: Any, **keywords: Any) -> None:
        """Keep an invoice; once it is finalised only where it stands may change."""
        wanted = set(keywords.get("update_fields") or ())
        if self.pk and self.finalised_at and not (wanted and wanted <= _MOVES):
            before = type(self).objects.values_list("state", flat=True).get(pk=self.pk)
            if before != self.State.DRAFT:
                raise Changed("a finalised invoice does not change")
        super().save(*arguments, **keywords)

    def credits_used(self) -> int:
        """Return what account credit paid of this invoice."""
        used = CreditEntry.objects.filter(invoice=self, kind__in=CreditEntry.ON_INVOICE)
        return -_sum(used)

    def payments_made(self) -> int:
        """Return what payments settled of this invoice, without what became credit."""
        return _sum(self.payments.all(), "applied")

    def balance(self) -> int:
        """Return what is left to pay: total less credits and payments; never negative.

        A draft, void or written-off invoice asks for nothing.
        """
        if self.state != self.State.FINALISED:
            return 0
        return max(0, self.total - self.credits_used() - self.payments_made())

    @property
    def is_open(self) -> bool:
        """Whether it waits for money."""
        return self.state == self.State.FINALISED


class InvoiceLine(models.Model):
    """A line: `amount` is signed, without tax; the period is a half-open range of local days."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    text_vi = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.BigIntegerField()
    amount = models.BigIntegerField()
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)

    class Meta:
        ordering = ["invoice_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="one_line_per_position")
        ]

    def save(self, *arguments: Any, **keywords: Any) -> None:
        """Keep a line of a draft."""
        if self.invoice.state != Invoice.State.DRAFT:
            raise Changed("the lines of a finalised invoice do not change")
        super().save(*arguments, **keywords)


class PeriodCharge(models.Model):
    """What a subscription was billed for a period; the constraint makes renewal happen once.

    A voided invoice is replaced here by the one that took its place.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="charges")
    kind = models.CharField(max_length=8, default="period")
    period_start = models.DateField()
    period_end = models.DateField()
    invoice = models.ForeignKey(Invoice, models.RESTRICT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "period_start", "kind"], name="one_charge_per_period"
            )
        ]


class CreditNote(models.Model):
    """Takes back a part of a finalised invoice, in a series of its own (`CN-2026-000001`)."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="credit_notes")
    invoice = models.ForeignKey(Invoice, models.RESTRICT, related_name="credit_notes")
    number = models.CharField(max_length=20, unique=True)
    issued_on = models.DateField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money that arrived. `applied` of it settled the invoice, the rest became account credit."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="payments_made")
    invoice = models.ForeignKey(Invoice, models.RESTRICT, null=True, related_name="payments")
    way = models.CharField(max_length=12)
    provider_id = models.CharField(max_length=80)
    amount = models.BigIntegerField()
    applied = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["way", "provider_id"], name="one_row_per_payment_made")
        ]


class CreditEntry(models.Model):
    """One movement of a merchant's account credit: plus is in the merchant's favour."""

    class Kind(models.TextChoices):
        """Why credit moved."""

        OVERPAID = "overpaid", _("Overpayment")
        KEPT = "kept", _("Transfer of another amount")
        NOTE = "note", _("Credit note")
        UNUSED = "unused", _("Unused time")
        USED = "used", _("Used for an invoice")
        RETURNED = "returned", _("Returned from an invoice")
        REFUND = "refund", _("Paid out")
        MANUAL = "manual", _("By our staff")

    ON_INVOICE = (Kind.USED, Kind.RETURNED)

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="credit_entries")
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    invoice = models.ForeignKey(Invoice, models.RESTRICT, null=True, related_name="credit_entries")
    payment = models.ForeignKey(Payment, models.RESTRICT, null=True, related_name="+")
    credit_note = models.ForeignKey(CreditNote, models.RESTRICT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["merchant", "-id"], name="credit_list")]


class NumberSeries(models.Model):
    """The last number that was given out, by legal entity, series and year."""

    entity = models.CharField(max_length=20)
    series = models.CharField(max_length=5)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "series", "year"], name="one_row_per_series")
        ]


class UsageCount(models.Model):
    """One order that counts for the plan, on the local day it was made (domain 8.6)."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    shop = models.CharField(max_length=64)
    order_ref = models.CharField(max_length=80)
    ordered_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "channel", "shop", "order_ref"], name="one_count_per_order"
            )
        ]
        indexes = [models.Index(fields=["merchant", "ordered_on"], name="usage_by_day")]

    @classmethod
    def between(cls, merchant: Merchant, start: date, end: date) -> int:
        """Return how many orders count in a half-open range of local days."""
        mine = cls.objects.filter(merchant=merchant, ordered_on__gte=start, ordered_on__lt=end)
        return mine.count()


def _sum(rows: models.QuerySet[Any], field: str = "amount") -> int:
    return int(rows.aggregate(total=models.Sum(field))["total"] or 0)
