"""Who accepted which version, and whom we told of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

__all__ = ["Acceptance", "Told"]


class Acceptance(models.Model):
    """A person's consent to one version; `digest` is of the text that was shown.

    Hangs on the person, who may belong to several businesses.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="acceptances")
    kind = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "version"], name="accepted_once")
        ]


class Told(models.Model):
    """A mail about a new version that a person was sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "version"], name="told_once")
        ]
