"""The hours we promise, with the holidays of the data file; and which target a merchant has."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.utils import timezone

from reference_app.billing.standing import standing
from reference_app.support.hours import Calendar
from reference_app.tenants.models import Merchant

__all__ = ["HIGH", "NORMAL", "TARGETS", "calendar", "support_priority"]

NORMAL, HIGH = "normal", "high"
TARGETS = {NORMAL: timedelta(hours=4), HIGH: timedelta(hours=2)}
"""Business time within which a request is answered, by priority."""

_FILE = Path(__file__).with_name("holidays.toml")


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """Return Monday to Friday 9:00-18:00 in the business zone, without public holidays."""
    data = tomllib.loads(_FILE.read_text())
    days = {day for holiday in data["holiday"] for day in holiday["days"]}
    return Calendar(timezone.get_default_timezone(), holidays=days, known_until=data["known_until"])


def support_priority(merchant: Merchant, now: datetime) -> str:
    """Return `HIGH` where the merchant's plan promises priority, else `NORMAL`."""
    priority = standing(merchant, now).support_priority
    return priority if priority in TARGETS else NORMAL
