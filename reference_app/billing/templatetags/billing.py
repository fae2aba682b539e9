"""Filters of billing's pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.translation import get_language

from reference_app.billing import clock, words
from reference_app.billing.models import InvoiceLine, PlanVersion
from reference_app.billing.standing import standing
from reference_app.web import moments

register = template.Library()


@register.filter
def day(value: date | None) -> str:
    """Write a local day."""
    return moments.shown_day(value) if value else "–"


@register.filter
def day_before(value: date | None) -> str:
    """Write the last day of a range that ends before `value`."""
    return moments.shown_day(value - timedelta(days=1)) if value else "–"


@register.filter
def plan_name(plan: PlanVersion) -> str:
    """Return a plan's name in the visitor's language."""
    return plan.name_en if _english() else plan.name_vi


@register.filter
def line_text(line: InvoiceLine) -> str:
    """Return a line's text in the visitor's language."""
    return line.text_en if _english() else line.text_vi


@register.filter
def pace(plan: PlanVersion) -> str:
    """Say how often a plan's stores are read."""
    return words.pace_of(plan.sync_seconds)


@register.filter
def billing_word(code: Any, family: str) -> Any:
    """Return the words of a state, tax class, feature, line or interval."""
    return words.FAMILIES[family].get(str(code), code)


@register.filter
def billing_tone(code: str) -> str:
    """Return the colour class of a state."""
    return words.TONES.get(code, "off")


def _english() -> bool:
    return (get_language() or "vi").startswith("en")


@register.inclusion_tag("billing/_standing.html", takes_context=True)
def billing_notice(context: dict[str, Any]) -> dict[str, Any]:
    """Say what is wrong with the subscription, if anything is."""
    merchant = context.get("merchant")
    found = standing(merchant, clock.now()) if merchant else None
    return {"standing": found, "membership": context.get("membership")}
