"""Outcomes of deliveries in the words of an owner."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

__all__ = ["outcome"]

_OUTCOMES = {
    "forbidden": gettext_lazy("The address is not on the public internet."),
    "timeout": gettext_lazy("No answer within 10 seconds."),
    "unreachable": gettext_lazy("Could not be reached."),
    "secret": gettext_lazy("The signing secret cannot be read."),
}


def outcome(code: str) -> Any:
    """Say what a try ended with."""
    if code.isdecimal():
        return _("Answered %(status)s") % {"status": code}
    return _OUTCOMES.get(code, "–")
