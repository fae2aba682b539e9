"""Connected stores, the sealed credentials they are reached with, and pushes they sent."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrosdk import App, Secret
from reference_app.tenants.models import Merchant
from reference_app.tenants.sealing import master


def new_hook_token() -> str:
    """Return the unguessable part of a store's push address."""
    return secrets.token_urlsafe(18)


class Store(models.Model):
    """One shop on one marketplace, of one merchant.

    A shop can be connected once at a time in the whole installation; a store that was
    disconnected keeps its history and comes back to life when it is connected again.
    `app_sealed` holds the app's secrets; `trouble` is the class name of the SDK's error that the
    last run ended with, empty when it ended well.
    """

    class State(models.TextChoices):
        """Whether jobs run for this store."""

        ACTIVE = "active", _("Connected")
        PAUSED = "paused", _("Paused")
        NEEDS_REAUTH = "needs_reauth", _("Needs authorisation")
        DISCONNECTED = "disconnected", _("Disconnected")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="stores")
    marketplace = models.CharField(max_length=20)
    shop_id = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=4, default="VN")
    currency = models.CharField(max_length=3, default="VND")
    base_url = models.CharField(max_length=200, blank=True)
    auth_url = models.CharField(max_length=200, blank=True)
    app_key = models.CharField(max_length=120)
    app_sealed = models.TextField(blank=True)
    state = models.CharField(max_length=14, choices=State, default=State.ACTIVE)
    trouble = models.CharField(max_length=40, blank=True)
    consent_until = models.DateTimeField(null=True)
    hook_token = models.CharField(max_length=40, unique=True, default=new_hook_token)
    sync_from = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(default=timezone.now)
    disconnected_at = models.DateTimeField(null=True)
    last_synced_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    read_to = models.DateTimeField(null=True)
    next_run_at = models.DateTimeField(null=True, default=timezone.now)
    next_trigger = models.CharField(max_length=10, default="connected")
    checked_at = models.DateTimeField(null=True)
    checked = models.JSONField(default=dict)  # what the last check told: see `connecting`
    consent_told = models.PositiveSmallIntegerField(null=True)  # the step owners were told

    class Meta:
        ordering = ["marketplace", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "shop_id"],
                condition=~Q(state="disconnected"),
                name="one_live_store_per_shop",
            ),
            models.UniqueConstraint(
                fields=["merchant", "marketplace", "shop_id"], name="one_store_row_per_shop"
            ),
        ]
        indexes = [models.Index(fields=["state", "next_run_at"], name="store_due")]

    def __str__(self) -> str:
        return f"{self.name} ({self.marketplace})"

    def keep_app(self, app: App) -> None:
        """Take over the app's key and secrets; save the store afterwards."""
        secrets_text = json.dumps(
            {
                "secret": app.secret.reveal(),
                "push_secret": app.push_secret.reveal() if app.push_secret else None,
                "service_id": app.service_id,
            }
        )
        self.app_key = app.key
        self.app_sealed = master().seal(secrets_text, self._context())

    def app(self) -> App:
        """Return the app this store is reached through; raises `ConfigError` without secrets."""
        facts: dict[str, Any] = json.loads(master().open(self.app_sealed, self._context()))
        push = facts["push_secret"]
        return App(
            self.app_key,
            secret=Secret(facts["secret"]),
            push_secret=Secret(push) if push else None,
            service_id=facts["service_id"],
        )

    def _context(self) -> str:
        return f"app:{self.marketplace}:{self.shop_id}"

    @property
    def is_live(self) -> bool:
        """Whether the store is connected at all."""
        return self.state != self.State.DISCONNECTED

    @property
    def consent_days(self) -> int | None:
        """Whole days left of the seller's consent; `None` when the marketplace does not say."""
        if self.consent_until is None:
            return None
        return max(0, (self.consent_until - timezone.now()).days)

    @property
    def lag(self) -> timedelta | None:
        """How far behind the marketplace we are: now less the moment read up to."""
        if self.read_to is None:
            return None
        return max(timedelta(0), timezone.now() - self.read_to)


class Credential(models.Model):
    """A grant, sealed. `version` rises with every renewal; a lost race changes nothing."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="credentials")
    key = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    sealed = models.TextField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="one_credential_per_key")
        ]


class Delivery(models.Model):
    """A verified push: a hint to fetch, kept until a run has followed it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    raw_kind = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "delivery_id"], name="one_row_per_delivery")
        ]
        indexes = [models.Index(fields=["store", "handled_at"], name="delivery_open")]
