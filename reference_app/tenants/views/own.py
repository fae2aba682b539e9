"""A person's own settings: the index, the profile, the sessions."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.tenants import sessions, signals
from reference_app.tenants.forms import BusinessForm, ProfileForm
from reference_app.tenants.guard import owner_only


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show what can be set, with what is set now."""
    return render(request, "settings/index.html", {"protected": is_mfa_enabled(request.user)})


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change one's name and language."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if not request.user.language:
        form.initial["language"] = translation.get_language()
    if request.method == "POST" and form.is_valid():
        user = form.save()
        translation.activate(user.language)
        messages.success(request, _("Saved."))
        response = redirect("settings-profile")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
        return response
    status = 422 if request.method == "POST" else 200
    business = BusinessForm(instance=request.merchant)
    return render(
        request, "settings/profile.html", {"form": form, "business": business}, status=status
    )


@require_POST
@owner_only
def rename(request: HttpRequest) -> HttpResponse:
    """Change what the business is called."""
    before = request.merchant.name
    form = BusinessForm(request.POST, instance=request.merchant)
    if form.is_valid():
        form.save()
        if form.has_changed():
            detail = f"{before} > {request.merchant.name}"
            note(request.merchant, request.user, Entry.Verb.RENAME, before, detail=detail)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Give the business a name."))
    return redirect("settings-profile")


@require_GET
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Show where one is logged in."""
    rows = sessions.listed(request.user, request.session.session_key)
    return render(request, "settings/sessions.html", {"rows": rows})


@require_POST
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's sessions."""
    if not sessions.end(request.user, handle):
        raise Http404
    signals.note_everywhere(request.user, Entry.Verb.SESSIONS, "1")
    messages.success(request, _("The session was ended."))
    return redirect("settings-sessions")


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's sessions but this."""
    ended = sessions.end_others(request.user, request.session.session_key)
    signals.note_everywhere(request.user, Entry.Verb.SESSIONS, str(ended))
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("settings-sessions")
