"""The time that bills go by."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from django.utils import timezone

from reference_app.web import moments

__all__ = ["day_of", "now"]


def now() -> datetime:
    """Return the current instant, moved ahead where a demo or a test asks for it.

    `ENTRO_CLOCK_AHEAD` names a file with the seconds to add; it is read at each call, and only
    where `ENTRO_DEMO=1` or tests run: no real customer's clock can be moved.
    """
    return timezone.now() + timedelta(seconds=_ahead())


def day_of(moment: datetime) -> date:
    """Return the local day of an instant."""
    return moments.local(moment).date()


def _ahead() -> int:
    file = os.environ.get("ENTRO_CLOCK_AHEAD")
    if not file or (os.environ.get("ENTRO_DEMO") != "1" and "pytest" not in sys.modules):
        return 0
    try:
        return max(0, int(Path(file).read_text("ascii").strip() or 0))
    except (OSError, ValueError):
        return 0
