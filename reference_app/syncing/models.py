"""What sync did: a row for each run of a store, each stream in it, and the latest counts."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

# A run tells that it lives every few seconds; after this silence its process is taken for dead.
SILENCE = timedelta(seconds=60)


class RunState(models.TextChoices):
    """How far a run, or a stream of it, got."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    INTERRUPTED = "interrupted", _("Interrupted")


_TELLS = 5  # percent of a run, before which its pace says nothing


class SyncRun(models.Model):
    """One run over all streams of one store. `trouble` is the SDK error's class name."""

    class Trigger(models.TextChoices):
        """Why it ran."""

        SCHEDULE = "schedule", _("Schedule")
        PERSON = "person", _("By hand")
        PUSH = "push", _("Notification")
        CONNECTED = "connected", _("First sync")
        RETRY = "retry", _("Retry")
        STOCK = "stock", _("Stock changed")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="runs")
    job_id = models.CharField(max_length=80, blank=True)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.SCHEDULE)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.RUNNING)
    trouble = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["store", "-started_at"], name="run_of_store"),
            models.Index(fields=["merchant", "-started_at"], name="run_of_merchant"),
        ]

    @property
    def is_running(self) -> bool:
        """Whether its process is at work, as far as we know."""
        return self.state == RunState.RUNNING

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    @property
    def seconds_left(self) -> int | None:
        """How long it will still take, going on as it went; `None` before that can be told."""
        parts = [stream.percent or 0 for stream in self.streams.all()]
        percent = sum(parts) / len(parts) if parts else 0
        if not self.is_running or percent < _TELLS:
            return None
        return round(self.seconds * (100 - percent) / percent)


class StreamRun(models.Model):
    """One stream in a run.

    `total` is the marketplace's own count, where it gives one; else `window` of `windows` tells
    how far it is. `checking` says that ids are being compared, all records being here already.
    """

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    checking = models.BooleanField(default=False)
    window = models.PositiveIntegerField(default=0)
    windows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "stream"], name="one_row_per_stream")]
        ordering = ["run_id", "id"]

    @property
    def percent(self) -> int | None:
        """How much is done, in percent, as far as that can be known."""
        if self.state == RunState.DONE:
            return 100
        if self.total:
            return min(100, self.done * 100 // self.total)
        return (self.window - 1) * 100 // self.windows if self.window and self.windows else None


class Completeness(models.Model):
    """The last comparison of a stream with the marketplace's own list of ids."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="completeness")
    stream = models.CharField(max_length=10)
    remote = models.PositiveIntegerField(null=True)
    local = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "stream"], name="one_count_per_stream")
        ]
