"""The status page, the same as JSON, and readiness."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from reference_app.status.models import Incident
from reference_app.status.overview import DAYS, overview, percent
from reference_app.status.ready import checks

__all__ = ["index", "readyz", "status_json"]


@require_GET
@login_not_required
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Show how the service is, to anybody; also when the database is away."""
    try:
        found = overview(timezone.now())
    except DatabaseError:
        return render(request, "status/dark.html", status=503)
    return render(request, "status/index.html", {"found": found, "days": DAYS})


@require_GET
@login_not_required
@never_cache
def status_json(request: HttpRequest) -> HttpResponse:
    """Answer the same for programs; shares are percent as text, empty where none is known."""
    try:
        found = overview(timezone.now())
    except DatabaseError:
        return JsonResponse({"state": "down", "components": []}, status=503)
    body = {
        "state": found.state,
        "at": found.at.isoformat(),
        "components": [
            {
                "id": one.code,
                "name": one.title,
                "state": one.state,
                "since": one.since.isoformat() if one.since else None,
                "uptime_90_days": percent(one.hundredths),
            }
            for one in found.components
        ],
        "incidents": [_incident(one) for one in found.going_on],
        "planned": [_incident(one) for one in found.planned],
        "past": [_incident(one) for one in found.past],
    }
    return JsonResponse(body)


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "impact": one.impact,
        "title": one.title,
        "components": one.components,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat() if one.ends_at else None,
        "updates": [{"at": said.at.isoformat(), "text": said.text} for said in one.updates.all()],
    }


@require_GET
@login_not_required
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether work can be done: 200 or 503, and a line for each condition.

    `?without=worker` leaves a condition out: a balancer must not take web servers away because
    the worker is.
    """
    left_out = set(request.GET.get("without", "").split(","))
    found = [check for check in checks(timezone.now()) if check.name not in left_out]
    ready = all(check.holds for check in found)
    lines = [f"{check.name}: {check.says}" for check in found]
    text = "\n".join(["ready" if ready else "not ready", *lines, ""])
    return HttpResponse(text, status=200 if ready else 503, content_type="text/plain")
