"""Signs of life, minutes that were measured, and what staff says of incidents.

These rows are about the installation, so they hang on no merchant.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

__all__ = ["ComponentState", "DayUptime", "Heartbeat", "Incident", "IncidentUpdate", "State"]


class State(models.TextChoices):
    """How a component is."""

    GOOD = "up", pgettext_lazy("component", "Working")
    DEGRADED = "degraded", pgettext_lazy("component", "Partly disturbed")
    DOWN = "down", pgettext_lazy("component", "Not working")
    MAINTENANCE = "maintenance", pgettext_lazy("component", "Maintenance")
    UNKNOWN = "unmeasured", pgettext_lazy("component", "No measurement")


class Heartbeat(models.Model):
    """When a process last said that it lives. `kind` is `web`, `worker` or `sampler`."""

    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="one_pulse")]


class ComponentState(models.Model):
    """What the sampler last measured of a component, and since when it is so."""

    component = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=12, choices=State)
    since = models.DateTimeField()
    measured_at = models.DateTimeField()


class DayUptime(models.Model):
    """Minutes of a local day: how many were measured, and in how many the component worked."""

    component = models.CharField(max_length=20)
    day = models.DateField()
    measured = models.PositiveIntegerField(default=0)
    working = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["component", "day"], name="one_day_each")]


class Incident(models.Model):
    """Something that went wrong, or work that was announced, in both languages.

    It lasts over [starts_at, ends_at); an incident without an end is still open. `components`
    holds their codes.
    """

    class Kind(models.TextChoices):
        """What it is."""

        INCIDENT = "incident", _("Incident")
        MAINTENANCE = "maintenance", _("Planned maintenance")

    class Impact(models.TextChoices):
        """What users notice."""

        DEGRADED = "degraded", pgettext_lazy("component", "Partly disturbed")
        DOWN = "down", pgettext_lazy("component", "Not working")

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INCIDENT)
    impact = models.CharField(max_length=10, choices=Impact, default=Impact.DEGRADED)
    title_vi = models.CharField(max_length=150)
    title_en = models.CharField(max_length=150)
    components = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-starts_at"], name="incidents_list")]

    @property
    def title(self) -> str:
        """The title in the visitor's language."""
        return _chosen(self.title_vi, self.title_en)


class IncidentUpdate(models.Model):
    """What staff said at one moment; rows are added, never changed."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="updates")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text_vi = models.TextField()
    text_en = models.TextField()

    class Meta:
        ordering = ["incident_id", "-id"]

    @property
    def text(self) -> str:
        """The text in the visitor's language."""
        return _chosen(self.text_vi, self.text_en)


def _chosen(vietnamese: str, english: str) -> str:
    return english if (get_language() or "vi").startswith("en") else vietnamese
