"""What the marketplace said about a store when its credentials were checked, as a list to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from entrosdk import EntroError
from reference_app.stores import connecting
from reference_app.stores.models import Store
from reference_app.tenants.guard import changes_things
from reference_app.web import words

__all__ = ["SKEW_ALLOWED", "again", "show"]

# Signatures carry our time; Shopee, the strictest, refuses them when it is five minutes off.
SKEW_ALLOWED = timedelta(minutes=1)


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the last check of a store."""
    store = _mine(request, pk)
    told = store.checked
    token = store.credentials.values_list("expires_at", flat=True).first()
    skew = told.get("skew_seconds")
    return render(
        request,
        "stores/check.html",
        {
            "store": store,
            "told": told,
            "at": _instant(told.get("at", "")),
            "token_until": token or _instant(told.get("token_until", "")),
            "skew": None if skew is None else abs(skew),
            "skew_good": skew is not None and abs(skew) <= SKEW_ALLOWED.total_seconds(),
            "now": timezone.now(),
        },
    )


@require_POST
@changes_things
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the marketplace now."""
    store = _mine(request, pk)
    try:
        connecting.look(store)
    except EntroError as error:
        told = words.trouble(type(error).__name__)
        messages.error(request, f"{told.what} {told.next_step}" if told else error.message)
    else:
        messages.success(request, _("%(name)s answered.") % {"name": store.name})
    return redirect("stores-check", pk=store.pk)


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _mine(request: HttpRequest, pk: int) -> Store:
    store = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    if not store.is_live:
        raise Http404
    return store
