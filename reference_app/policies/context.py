"""What the notice above every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from reference_app.policies.accepting import needed_from
from reference_app.policies.models import Acceptance

__all__ = ["notice"]


def notice(request: HttpRequest) -> dict[str, Any]:
    """Return the versions a visitor has to accept and by when."""
    versions = getattr(request, "policies_open", None)
    if not versions:
        return {}
    known = Acceptance.objects.filter(user=request.user).exists()
    return {
        "policies_open": versions,
        "policies_needed_from": needed_from(request.user, versions),
        "policies_changed": known,  # else they were never accepted at all
    }
