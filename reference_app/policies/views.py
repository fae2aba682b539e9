"""The texts, for everybody; and accepting them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from reference_app.audit.log import note
from reference_app.policies import accepting, versions
from reference_app.policies.versions import KINDS, Version
from reference_app.tenants.models import Membership
from reference_app.web.moments import today


@require_GET
@login_not_required
def index(request: HttpRequest) -> HttpResponse:
    """List what there is, with every version of it."""
    kinds = [
        (kind, versions.in_force(kind, today()), versions.versions(kind)[::-1]) for kind in KINDS
    ]
    return render(request, "policies/index.html", {"kinds": kinds, "today": today()})


@require_GET
@login_not_required
def current(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the text that applies today."""
    return _page(request, versions.in_force(kind, today()))


@require_GET
@login_not_required
def version(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Show one version, old, present or to come."""
    found = versions.find(kind, number)
    if found is None:
        raise Http404
    return _page(request, found)


def _page(request: HttpRequest, shown: Version) -> HttpResponse:
    language = get_language() or "vi"
    context = {
        "shown": shown,
        "html": versions.html(shown, "en" if language.startswith("en") else "vi"),
        "changes": shown.change(language),
        "in_force": versions.in_force(shown.kind, today()),
        "others": [one for one in versions.versions(shown.kind)[::-1] if one != shown],
        "today": today(),
    }
    return render(request, "policies/text.html", context)


@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Accept exactly the versions the form named, as far as they are the newest ones."""
    asked = set(request.POST.getlist("version"))
    named = [one for one in accepting.open_for(request.user) if one.name in asked]
    new = accepting.accept(request.user, named, get_language() or "vi", timezone.now())
    member = Membership.objects.filter(user=request.user).select_related("merchant").first()
    if member:
        for one in new:
            note(
                member.merchant,
                request.user,
                "agree",
                one.name,
                address=f"/policies/{one.kind}/{one.number}/",
            )
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    return redirect(back)
