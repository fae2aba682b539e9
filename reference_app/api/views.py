"""The owner's pages: tokens of the API, webhooks and their deliveries."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.api import delivering, tokens
from reference_app.api.forms import TokenForm, WebhookForm
from reference_app.api.models import ApiToken, OutgoingDelivery, TokenNote, Webhook
from reference_app.api.words import outcome
from reference_app.tenants.guard import owner_only

_NOTES = 20
_DELIVERIES = 50


@require_http_methods(["GET", "POST"])
@owner_only
@never_cache
def tokens_page(request: HttpRequest) -> HttpResponse:
    """Show tokens and what they did; make one, whose secret this very answer shows."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        _token, secret = tokens.make(
            request.merchant, request.user, given["name"], given["scopes"], form.expires_at()
        )
        form = TokenForm()
    mine = ApiToken.objects.filter(merchant=request.merchant)
    notes = TokenNote.objects.filter(merchant=request.merchant).select_related("token", "user")
    context = {
        "form": form,
        "secret": secret,
        "tokens": mine.order_by("revoked_at", "-id"),
        "notes": notes.order_by("-at", "-id")[:_NOTES],
    }
    return render(request, "settings/api.html", context)


@require_POST
@owner_only
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a token."""
    token = get_object_or_404(ApiToken, pk=pk, merchant=request.merchant)
    tokens.revoke(token, request.user)
    messages.success(request, _("%(name)s opens nothing any more.") % {"name": token.name})
    return redirect("settings-api")


@require_http_methods(["GET", "POST"])
@owner_only
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show webhooks; make one, whose secret this very answer shows."""
    form, secret = WebhookForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        _hook, secret = delivering.make_webhook(request.merchant, given["url"], given["events"])
        form = WebhookForm()
    hooks = Webhook.objects.filter(merchant=request.merchant).order_by("-id")
    context = {"form": form, "secret": secret, "hooks": hooks}
    return render(request, "settings/webhooks.html", context)


@require_GET
@owner_only
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one webhook and its latest deliveries."""
    hook = _mine(request, pk)
    latest = hook.deliveries.select_related("event").order_by("-id")[:_DELIVERIES]
    rows: list[dict[str, Any]] = [
        {"delivery": delivery, "outcome": outcome(delivery.outcome)} for delivery in latest
    ]
    return render(request, "settings/webhook.html", {"hook": hook, "rows": rows})


@require_POST
@owner_only
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause a webhook, or let it go on; what waited meanwhile is then delivered."""
    hook = _mine(request, pk)
    Webhook.objects.filter(pk=hook.pk).update(active=not hook.active)
    return redirect("settings-webhook", pk)


@require_POST
@owner_only
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a webhook and its deliveries."""
    _mine(request, pk).delete()
    messages.success(request, _("The webhook is removed."))
    return redirect("settings-webhooks")


@require_POST
@owner_only
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a delivery again."""
    found = OutgoingDelivery.objects.filter(webhook__merchant=request.merchant)
    delivery = get_object_or_404(found, pk=pk)
    delivering.send_again(delivery)
    messages.success(request, _("It will be sent again in a moment."))
    return redirect("settings-webhook", delivery.webhook_id)


def _mine(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(Webhook, pk=pk, merchant=request.merchant)
