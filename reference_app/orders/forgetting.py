"""Words that people typed, or marketplaces answered, around orders: gone when their order's are.

Such words may name a buyer: a comment to the carrier, a refusal that quotes an address.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from reference_app.orders.models import Act, ActItem
from reference_app.records.forgetting import KEPT
from reference_app.settling.models import ReturnAnswer

__all__ = ["forget_words"]


def forget_words(now: datetime) -> int:
    """Empty comments and answers that are older than personal data may be; returns how many."""
    horizon = now - KEPT
    items = ActItem.objects.filter(ended_at__lt=horizon).exclude(reason="").update(reason="")
    acts = Act.objects.filter(asked_at__lt=horizon).exclude(how={}).update(how={})
    written = ~(Q(comment="") & Q(told="") & Q(reason_text=""))
    answers = ReturnAnswer.objects.filter(written, asked_at__lt=horizon)
    return items + acts + answers.update(comment="", told="", reason_text="")
