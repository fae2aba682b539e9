"""Puts the visitor's merchant on the request, once for each request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reference_app.tenants.models import Membership

_OPEN_TO_ALL = ("/accounts/", "/static/", "/healthz", "/readyz", "/hooks/", "/api/", "/backoffice/")


class CurrentMerchant:
    """Sets `request.merchant` and `request.membership`; people without one are told so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.merchant = request.membership = None
        if request.path.startswith(_OPEN_TO_ALL) or not request.user.is_authenticated:
            return self.get_response(request)
        found = Membership.objects.select_related("merchant").filter(user=request.user)
        membership = found.order_by("id").first()
        if membership is None:
            return render(request, "no_merchant.html", status=403)
        request.membership, request.merchant = membership, membership.merchant
        return self.get_response(request)
