"""Home, health and the pages for when something is wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reference_app.web import dashboard
from reference_app.web.middleware import too_large


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show today at a glance."""
    return render(request, "home.html", dashboard.home(request.merchant))


@require_GET
def more(request: HttpRequest) -> HttpResponse:
    """Show every place of the app; what a phone's bar has no room for."""
    return render(request, "more.html")


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    """Say that the request made no sense, or was too large; the cause stays here."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return render(request, "400.html", status=400)


@login_not_required
def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """Say that there is nothing here."""
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed; needs no database."""
    return render(request, "500.html", status=500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old; nothing was changed."""
    return render(request, "403_csrf.html", status=403)
