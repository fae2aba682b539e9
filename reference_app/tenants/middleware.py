"""Puts the visitor's merchant on the request, once for each request."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation

from reference_app.tenants import sessions
from reference_app.tenants.models import Membership

__all__ = ["CHOSEN", "CurrentMerchant", "KnownSession"]

CHOSEN = "merchant"
"""Under this key of the session is the business that was chosen last."""
_OPEN_TO_ALL = (
    "/accounts/", "/static/", "/healthz", "/readyz", "/hooks/", "/api/",
    "/policies/", "/status/", "/backoffice/",
)  # fmt: skip
_WITHOUT_PEOPLE = ("/static/", "/healthz", "/readyz", "/hooks/", "/api/")


class KnownSession:
    """Notes where a session is used from, and speaks the language its person has chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_WITHOUT_PEOPLE) and request.user.is_authenticated:
            sessions.note(request, timezone.now())
            language = request.user.language
            if language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)


class CurrentMerchant:
    """Sets `request.merchant`, `request.membership` and `request.memberships`.

    Of several businesses the one chosen last counts. People without any are told so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.merchant = request.membership = None
        request.memberships = []
        if request.path.startswith(_WITHOUT_PEOPLE) or not request.user.is_authenticated:
            return self.get_response(request)
        found = Membership.objects.select_related("merchant").filter(user=request.user)
        request.memberships = list(found.order_by("id"))
        if request.memberships:
            chosen = request.session.get(CHOSEN)
            mine = {member.merchant_id: member for member in request.memberships}
            request.membership = mine.get(chosen, request.memberships[0])
            request.merchant = request.membership.merchant
        elif not request.path.startswith(_OPEN_TO_ALL):
            return render(request, "no_merchant.html", status=403)
        return self.get_response(request)
