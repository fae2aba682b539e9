"""Asks people to accept what is new, and from the day it applies lets them go on only then."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from reference_app.policies.accepting import needed_from, open_for
from reference_app.web.moments import local

__all__ = ["AcceptedPolicies"]

# Never locked, whatever a person has not accepted: paying, invoices, cancelling, exporting,
# deleting, asking us; and what needs no consent.
_OPEN = (
    "/billing/", "/settings/", "/support/", "/policies/", "/status/", "/accounts/",
    "/backoffice/", "/static/", "/healthz", "/readyz", "/hooks/", "/api/",
)  # fmt: skip


class AcceptedPolicies:
    """Sets `request.policies_open`, the versions to accept; refuses pages once they are overdue."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.policies_open = []
        if getattr(request, "membership", None) is None:
            return self.get_response(request)
        request.policies_open = open_for(request.user)
        if request.policies_open and self._must_stop(request):
            return render(request, "policies/needed.html", status=403)
        return self.get_response(request)

    def _must_stop(self, request: HttpRequest) -> bool:
        if request.path.startswith(_OPEN) or request.path.endswith(".csv"):
            return False
        day = needed_from(request.user, request.policies_open)
        return day is not None and day <= local(timezone.now()).date()
