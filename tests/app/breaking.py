"""Addresses for the tests: the app's, and a view that breaks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from reference_app.urls import handler400, handler404, handler500
from reference_app.urls import urlpatterns as ours

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def broken(request: HttpRequest) -> HttpResponse:
    """Fail with what was sent at hand."""
    password = request.POST["password"]
    raise RuntimeError(len(password))


urlpatterns = [path("break/", broken), *ours]
