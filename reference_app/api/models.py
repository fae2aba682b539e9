"""Tokens and kept answers of the API; webhooks, their outbox and its deliveries."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reference_app.tenants.models import Merchant, User


class Scope(models.TextChoices):
    """What a token may do."""

    STORES = "stores:read", _("See stores")
    ORDERS = "orders:read", _("See orders")
    PRODUCTS = "products:read", _("See products")
    MONEY = "money:read", _("See payments and payouts")
    RETURNS = "returns:read", _("See returns")
    SYNC = "sync:read", _("See sync runs, completeness and quarantine")
    SYNC_WRITE = "sync:write", _("Start syncs and retry records")
    ORDERS_WRITE = "orders:write", _("Ship and cancel orders")
    STOCK = "stock:read", _("See warehouses")
    STOCK_WRITE = "stock:write", _("Count and correct stock")
    PRICES_WRITE = "prices:write", _("Set prices")
    PEOPLE = "people:read", _("See buyers' names, phones and addresses; each look is noted")


class ApiToken(models.Model):
    """A key of another program. Only the digest of the secret is kept.

    `hint` is the secret's beginning, so that a person can tell two tokens apart.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="token_list")]

    @property
    def works(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether its time has run out."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def scope_titles(self) -> list[str]:
        """What it may do, in words."""
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]


class TokenNote(models.Model):
    """What somebody did with a token: made it, revoked it, or looked at a person with it."""

    class Act(models.TextChoices):
        """What was done."""

        MADE = "made", _("Made")
        REVOKED = "revoked", _("Revoked")
        PERSON = "person", _("Read a buyer's details")
        WROTE = "wrote", _("Changed something")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="notes")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=10, choices=Act)
    subject = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["merchant", "-at"], name="token_note")]


class KeptAnswer(models.Model):
    """The answer to a write, given again when the same key comes with the same request."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]


class Webhook(models.Model):
    """Where a merchant's events are sent. The signing secret is sealed with the merchant's key."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    secret_sealed = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["merchant", "active"], name="webhook_active")]


class OutgoingEvent(models.Model):
    """What happened, in the transaction in which it happened: the outbox."""

    class Kind(models.TextChoices):
        """What webhooks can be told."""

        ORDER_CREATED = "order.created", _("A new order")
        ORDER_UPDATED = "order.updated", _("A changed order")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=80)
    data = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)


class OutgoingDelivery(models.Model):
    """One event on its way to one webhook.

    `next_at` is when it is tried next; a worker that takes it moves that ahead, so a delivery
    whose worker died is tried again. `outcome` is the last try's: a status or why there is none.
    """

    class State(models.TextChoices):
        """How far it got."""

        WAITING = "waiting", _("Waiting")
        DONE = "done", pgettext_lazy("webhook", "Delivered")
        FAILED = "failed", _("Given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(OutgoingEvent, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=40, blank=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="delivery_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["webhook", "-id"], name="delivery_list"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="one_delivery_per_webhook")
        ]
