"""What an invoice's page needs to let somebody pay."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from reference_app.billing.models import Invoice
from reference_app.paying import words
from reference_app.paying.conf import Paying
from reference_app.paying.invoices import ask_of, kept_for, left_of
from reference_app.paying.models import Attempt, Transfer
from reference_app.paying.vnpay.attempts import LEAST
from reference_app.web.words import STATEMENT_LINES

register = template.Library()
_SHOWN = 5


@register.simple_tag
def pay_facts(invoice: Invoice) -> dict[str, Any]:
    """Return how an invoice can be paid and what arrived for it so far."""
    paying: Paying = settings.PAYING
    left = left_of(invoice) if invoice.is_open else 0
    last = Attempt.objects.filter(invoice=invoice).first()
    return {
        "left": left,
        "kept": kept_for(invoice) if invoice.is_open else 0,
        "ask": ask_of(invoice),
        "vnpay": paying.terminal is not None and left >= LEAST,
        "demo_bank": paying.demo_bank,
        "transfers": Transfer.objects.filter(invoice=invoice).order_by("-at", "-id")[:_SHOWN],
        "attempt": last if last and last.state in {"failed", "held"} and left else None,
    }


@register.filter
def vnpay_words(code: str) -> Any:
    """Say what a response code of VNPay means."""
    return words.vnpay_words(code)


@register.filter
def why_words(why: str) -> Any:
    """Say how a transfer was matched, or why it was not."""
    return words.WHYS.get(why, why)


@register.filter
def wrong_words(wrong: str) -> Any:
    """Say why a line of a statement was left out."""
    return STATEMENT_LINES.get(wrong, wrong)
