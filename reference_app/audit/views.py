"""The page of the audit log."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reference_app.audit.models import Entry
from reference_app.tenants.models import Membership

_PAGE = 100


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List what members did, newest first; for owners only."""
    if request.membership.role != Membership.Role.OWNER:
        raise PermissionDenied
    rows = Entry.objects.filter(merchant=request.merchant).order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(id__lt=int(before))
    found = list(rows[: _PAGE + 1])
    older = found[_PAGE - 1].pk if len(found) > _PAGE else None
    return render(request, "settings/audit.html", {"entries": found[:_PAGE], "older": older})
