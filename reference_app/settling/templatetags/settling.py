"""Labels of money's states; a builtin of every template."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reference_app.settling import words

register = template.Library()
_PAYOUT_TONES = {"PAID": "good", "PENDING": "wait", "FAILED": "bad"}
_ANSWER_TONES = {"accepted": "good", "refused": "bad", "sending": "wait", "unknown": "warn"}


def _label(tone: str, title: Any) -> SafeString:
    return format_html('<span class="state state-{}">{}</span>', tone, title)


@register.simple_tag
def money_badge(state: str) -> SafeString:
    """Draw where an order's money stands."""
    return _label(words.TONES.get(state, "off"), words.STATES.get(state, state))


@register.simple_tag
def payout_badge(state: str) -> SafeString:
    """Draw how far a payout got."""
    return _label(_PAYOUT_TONES.get(state, "off"), words.PAYOUT_STATES.get(state, state))


@register.simple_tag
def answer_badge(answer: Any) -> SafeString:
    """Draw what became of an answer to a return."""
    return _label(_ANSWER_TONES.get(answer.outcome, "off"), answer.get_outcome_display())
