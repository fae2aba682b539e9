"""What the worker does for this app: exports and deletions that wait, and what has expired."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from reference_app.rights import deleting, exporting
from reference_app.rights.models import Deletion, Export

__all__ = ["due", "run", "tidy"]

_LOST_AFTER = timedelta(minutes=15)  # both write a sign of life with each chunk
_log = logging.getLogger(__name__)


def due(now: datetime) -> list[tuple[str, int]]:
    """Return work that nobody has taken, or whose process fell silent, and take it."""
    free = Q(handed_at=None) | Q(handed_at__lt=now - _LOST_AFTER)
    exports = Export.objects.filter(free, state__in=["waiting", "running"])
    deletions = Deletion.objects.filter(free, state__in=["waiting", "running"], due_at__lte=now)
    return _take("export", exports, now) + _take("deletion", deletions, now)


def _take(kind: str, waiting: Any, now: datetime) -> list[tuple[str, int]]:
    found = list(waiting.order_by("id").values_list("pk", "handed_at")[:20])
    rows = waiting.model._default_manager
    return [
        (kind, pk)
        for pk, handed_at in found
        if rows.filter(pk=pk, handed_at=handed_at).update(handed_at=now)
    ]


def run(kind: str, pk: int) -> None:
    """Work one of them off; what fails is taken up again when its sign of life is old."""
    try:
        (exporting.run if kind == "export" else deleting.run)(pk)
    except Exception:  # noqa: BLE001 - the engine must not try again by itself
        _log.exception("%s %s ended unexpectedly", kind, pk)


def tidy() -> None:
    """Throw away archives whose time is over."""
    exporting.forget_exports(timezone.now())
