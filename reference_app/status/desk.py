"""Staff's pages of incidents and planned maintenance."""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reference_app.status.components import title
from reference_app.status.forms import IncidentForm, UpdateForm
from reference_app.status.models import Incident, IncidentUpdate
from reference_app.tenants.models import User
from reference_app.web.moments import local
from reference_app.web.office import staff_only

_log = logging.getLogger("reference_app.status")
_SHOWN = 50


@require_http_methods(["GET", "POST"])
@staff_only
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """List incidents and maintenance; announce one."""
    form = IncidentForm(request.POST or None, initial={"starts_at": local(timezone.now())})
    if request.method == "POST" and form.is_valid():
        incident = _announce(form, request.user)
        messages.success(request, _("It stands on the status page."))
        return redirect("office-incident", incident.pk)
    incidents = Incident.objects.order_by("-starts_at", "-id")[:_SHOWN]
    context = {"form": form, "incidents": incidents, "now": timezone.now(), "here": "status"}
    return render(request, "backoffice/status.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@never_cache
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one with what was said; say more, or that it is over."""
    found = get_object_or_404(Incident, pk=pk)
    ends = local(found.ends_at) if found.ends_at else None
    form = UpdateForm(request.POST or None, initial={"ends_at": ends})
    if request.method == "POST" and form.is_valid():
        if _say(found, form, request.user, timezone.now()):
            return redirect("office-incident", pk)
        form.add_error("ends_at", _("It ends after it begins."))
    context = {
        "incident": found,
        "affected": [title(code) for code in found.components],
        "said": found.updates.select_related("by"),
        "form": form,
        "now": timezone.now(),
        "here": "status",
    }
    return render(request, "backoffice/incident.html", context)


@transaction.atomic
def _announce(form: IncidentForm, by: User) -> Incident:
    given = dict(form.cleaned_data)
    texts = {name: given.pop(name) for name in ("text_vi", "text_en")}
    made = Incident.objects.create(**given)
    IncidentUpdate.objects.create(incident=made, by=by, **texts)
    _log.info("user %s announced %s %s", by.pk, made.kind, made.pk)
    return made


@transaction.atomic
def _say(incident: Incident, form: UpdateForm, by: User, now: datetime) -> bool:
    given = form.cleaned_data
    ends = given["ends_at"]
    if ends and ends <= incident.starts_at:
        return False
    Incident.objects.filter(pk=incident.pk).update(ends_at=ends)
    IncidentUpdate.objects.create(
        incident=incident, by=by, at=now, text_vi=given["text_vi"], text_en=given["text_en"]
    )
    _log.info("user %s wrote about %s %s", by.pk, incident.kind, incident.pk)
    return True
