"""Instants and local days. The business zone is Asia/Ho_Chi_Minh; nothing else converts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

__all__ = ["ago", "day_span", "duration", "local", "shown", "shown_day", "today"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(moment: datetime) -> datetime:
    """Return an instant in the business zone."""
    return timezone.localtime(moment, timezone.get_default_timezone())


def today() -> date:
    """Return the current local day."""
    return local(timezone.now()).date()


def day_span(day: date) -> tuple[datetime, datetime]:
    """Return the half-open span [00:00, next 00:00) of a local day."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(day, time.min, tzinfo=zone)
    return start, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)


def shown_day(day: date) -> str:
    """Write a day: `24/11/2026`, or `24 Nov 2026` in English."""
    if (get_language() or "vi").startswith("en"):
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day:%d/%m/%Y}"


def shown(moment: datetime) -> str:
    """Write an instant in the business zone: day and minute."""
    there = local(moment)
    return f"{shown_day(there.date())} {there:%H:%M}"


def duration(span: timedelta) -> str:
    """Write a span in its largest whole unit."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    if seconds < 3600:
        return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)d day", "%(n)d days", seconds // 86400) % {"n": seconds // 86400}


def ago(moment: datetime) -> str:
    """Write how long ago an instant was, or in how long it will be."""
    span = timezone.now() - moment
    if abs(span) < timedelta(seconds=10):
        return _("just now")
    if span < timedelta(0):
        return _("in %(span)s") % {"span": duration(-span)}
    return _("%(span)s ago") % {"span": duration(span)}
