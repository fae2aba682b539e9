"""Exports a merchant asked for, and deletions with what is left of them: a certificate."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reference_app.tenants.models import Merchant

__all__ = ["Deletion", "Export", "ExportPart"]


def new_token() -> str:
    """Return the unguessable part of an address or of a folder's name."""
    return secrets.token_urlsafe(24)


class Export(models.Model):
    """Everything a merchant owns, in one archive that is made in the background.

    `turn` rises whenever a process takes it; who has an older turn stops. `folder` is below the
    data folder and holds files sealed with a key that is derived from the merchant's own.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", pgettext_lazy("export", "Expired")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    folder = models.CharField(max_length=40, default=new_token)
    turn = models.PositiveIntegerField(default=0)
    tables = models.PositiveIntegerField(default=0)
    tables_done = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    handed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_open_export",
            )
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="export_list")]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made, or being made."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int:
        """How much is done."""
        return min(100, self.tables_done * 100 // self.tables) if self.tables else 0


class ExportPart(models.Model):
    """One table of an export, written to its end: never written again."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts")
    table = models.CharField(max_length=80)
    rows = models.PositiveBigIntegerField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "table"], name="one_part_per_table")
        ]


class Deletion(models.Model):
    """A merchant's wish to be deleted, and its certificate once that is done.

    It names nobody: `merchant` empties with the account, `merchant_ref` is a bare number, and
    `name_digest` lets whoever knows the business's name check that it was meant. `counts` is
    written in the transactions that delete, so it is exact whatever happens in between.
    `digest` is the SHA-256 of the certificate's facts.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        UNDONE = "undone", pgettext_lazy("deletion", "Withdrawn")

    public_id = models.CharField(max_length=40, unique=True, default=new_token)
    merchant = models.ForeignKey(Merchant, models.SET_NULL, null=True, related_name="+")
    merchant_ref = models.BigIntegerField()
    name_digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    turn = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    key_destroyed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    people = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_open_deletion",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="deletion_due",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]
