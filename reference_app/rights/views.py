"""The owner's page about data: take it along, have it deleted, see what is kept and how long."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.rights import deleting, exporting
from reference_app.rights.boxes import Broken
from reference_app.rights.models import Deletion, Export
from reference_app.rights.notices import tell_owners
from reference_app.rights.words import kept_how_long, sums, titles
from reference_app.tenants.guard import owner_only

_SHOWN = 10


@require_GET
@owner_only
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Show exports, deletion, and what is kept how long."""
    return render(request, "settings/data.html", _page(request))


def _page(request: HttpRequest, **more: Any) -> dict[str, Any]:
    mine = Export.objects.filter(merchant=request.merchant).select_related("by")
    exports = list(mine.order_by("-id")[:_SHOWN])
    return {
        "exports": exports,
        "busy": next((one for one in exports if one.is_open), None),
        "deletion": _open_deletion(request),
        "delay": deleting.delay().days,
        "kept": kept_how_long(),
        **more,
    }


def _open_deletion(request: HttpRequest) -> Deletion | None:
    open_ones = Q(state=Deletion.State.WAITING) | Q(state=Deletion.State.RUNNING)
    return Deletion.objects.filter(open_ones, merchant=request.merchant).first()


@require_POST
@owner_only
def export(request: HttpRequest) -> HttpResponse:
    """Ask for an export."""
    _made, new = exporting.ask(request.merchant, request.user, timezone.now())
    if new:
        messages.success(request, _("Your export is being made. You may leave this page."))
    else:
        messages.info(request, _("An export is being made already."))
    return redirect("settings-data")


@require_GET
@owner_only
@never_cache
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an export is; the page asks again until it is done."""
    found = get_object_or_404(Export, pk=pk, merchant=request.merchant)
    if not found.is_open and request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "settings/_export.html", {"busy": found})


@require_GET
@owner_only
@never_cache
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an archive to an owner; that it was taken is written down first."""
    found = get_object_or_404(
        Export.objects.select_related("merchant"),
        pk=pk,
        merchant=request.merchant,
        state=Export.State.DONE,
        expires_at__gt=timezone.now(),
    )
    try:
        pieces = exporting.stream(found)
    except (FileNotFoundError, Broken):
        raise Http404 from None
    note(request.merchant, request.user, Entry.Verb.DOWNLOAD, f"#{found.pk}")
    headers = {
        "Content-Disposition": f'attachment; filename="entro-{found.created_at:%Y%m%d}-{pk}.zip"',
        "Content-Length": str(found.size),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)


@require_POST
@owner_only
def delete(request: HttpRequest) -> HttpResponse:
    """Take the wish for deletion, if the business's name was typed."""
    typed = request.POST.get("name", "")
    try:
        made = deleting.ask(request.merchant, request.user, typed, timezone.now())
    except deleting.NotNamed:
        told = _("That is not the name of your business. Nothing was deleted.")
        return render(
            request, "settings/data.html", _page(request, wrong=told, typed=typed), status=422
        )
    tell_owners(request, made)
    messages.warning(request, _("The deletion is planned. Until it begins you can withdraw it."))
    return redirect("settings-data")


@require_POST
@owner_only
def undo(request: HttpRequest) -> HttpResponse:
    """Withdraw a deletion that has not begun."""
    if deleting.undo(request.merchant, request.user):
        messages.success(request, _("The deletion was withdrawn. Everything stays."))
    return redirect("settings-data")


@require_GET
@login_not_required
@never_cache
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    """Show a deletion's certificate to whoever has its address; there is no account any more."""
    found = get_object_or_404(Deletion, public_id=token)
    facts = deleting.facts(found)
    if request.GET.get("as") == "json" and found.state == Deletion.State.DONE:
        body = json.dumps(facts, sort_keys=True, ensure_ascii=False)
        headers = {"Content-Disposition": 'attachment; filename="certificate.json"'}
        return HttpResponse(body, content_type="application/json", headers=headers)
    context = {
        "deletion": found,
        "deleted": sums(facts["deleted"]),
        "kept": [
            (name, facts["kept"][label]["rows"], _(facts["kept"][label]["reason"]))
            for name, label in titles({label: label for label in facts["kept"]})
        ],
    }
    return render(request, "settings/certificate.html", context)
