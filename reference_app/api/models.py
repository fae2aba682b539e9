"""Tokens of the API, what they asked for, and answers kept for repeated writes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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
