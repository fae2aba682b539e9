"""The team of a business."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reference_app.tenants import team, words
from reference_app.tenants.forms import INVITED, InviteForm
from reference_app.tenants.guard import owner_only
from reference_app.tenants.middleware import CHOSEN
from reference_app.tenants.models import Invitation, Membership


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show who belongs to the business; owners may also change that."""
    return _page(request, InviteForm())


def _page(request: HttpRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    members = Membership.objects.select_related("user").filter(merchant=request.merchant)
    waiting = team.open_invitations(request.merchant, timezone.now())
    context = {
        "members": members.order_by("user__email"),
        "waiting": waiting.order_by("email") if request.membership.is_owner else [],
        "form": form,
        "roles": [(value, title, words.RIGHTS[value]) for value, title in Membership.Role.choices],
    }
    return render(request, "settings/team.html", context, status=status)


@require_POST
@owner_only
def invite(request: HttpRequest) -> HttpResponse:
    """Send an invitation."""
    form = InviteForm(request.POST)
    if form.is_valid():
        if not ratelimit.consume(request, action="invite"):
            return ratelimit.respond_429(request)
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        try:
            made, token = team.invite(request.merchant, request.user, email, role, timezone.now())
        except team.Refused as refusal:
            form.add_error("email", words.TEAM[str(refusal)])
        else:
            _send(request, made, token)
            told = _("An invitation is on its way to %(email)s.")
            messages.success(request, told % {"email": made.email})
            return redirect("settings-team")
    return _page(request, form, status=422)


def _send(request: HttpRequest, made: Invitation, token: str) -> None:
    url = request.build_absolute_uri(reverse("invitation", args=[token]))
    facts = {"invitation": made, "by": request.user, "url": url, "days": team.LIVES.days}
    get_adapter().send_mail("settings/email/invitation", made.email, facts)


@require_POST
@owner_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    made = get_object_or_404(Invitation, pk=pk, merchant=request.merchant)
    team.withdraw(made, request.user, timezone.now())
    messages.success(request, _("The invitation works no longer."))
    return redirect("settings-team")


@require_POST
@owner_only
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = get_object_or_404(Membership, pk=pk, merchant=request.merchant)
    wanted = request.POST.get("role", "")
    if wanted in Membership.Role.values:
        try:
            team.change_role(member, request.user, wanted)
            messages.success(request, _("The role was changed."))
        except team.Refused as refusal:
            messages.error(request, words.TEAM[str(refusal)])
    return redirect("settings-team")


@require_POST
@owner_only
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a member out; what they have open ends at once."""
    member = get_object_or_404(
        Membership.objects.select_related("user"), pk=pk, merchant=request.merchant
    )
    if member.user_id == request.user.pk:
        return leave(request)
    try:
        team.remove(member, request.user)
        told = _("%(who)s was removed and logged out everywhere.")
        messages.success(request, told % {"who": member.user.email})
    except team.Refused as refusal:
        messages.error(request, words.TEAM[str(refusal)])
    return redirect("settings-team")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the business oneself."""
    try:
        team.leave(request.membership)
    except team.Refused as refusal:
        messages.error(request, words.TEAM[str(refusal)])
        return redirect("settings-team")
    request.session.pop(CHOSEN, None)
    messages.success(request, _("You left %(business)s.") % {"business": request.merchant.name})
    return redirect("home")


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Work in another business one belongs to."""
    member = get_object_or_404(Membership, pk=pk, user=request.user)
    request.session[CHOSEN] = member.merchant_id
    return redirect("home")


@never_cache
@login_not_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation and take the answer; a visitor logs in or signs up first."""
    found = team.find(token, timezone.now())
    if found is None:
        return render(request, "account/invitation.html", {"over": True}, status=404)
    if not request.user.is_authenticated:
        request.session[INVITED] = token
    refused = ""
    if request.method == "POST" and request.user.is_authenticated:
        try:
            member = team.accept(found, request.user, timezone.now())
        except team.Refused as refusal:
            refused = words.TEAM[str(refusal)]
        else:
            request.session.pop(INVITED, None)
            request.session[CHOSEN] = member.merchant_id
            told = _("Welcome to %(business)s.")
            messages.success(request, told % {"business": found.merchant.name})
            return redirect("home")
    context = {"invitation": found, "refused": refused, "rights": words.RIGHTS[found.role]}
    return render(request, "account/invitation.html", context, status=409 if refused else 200)
