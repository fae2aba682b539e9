"""The fee terms of stores: what payouts are checked against."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.settling import terms
from reference_app.settling.forms import RateForm, TermsForm
from reference_app.settling.models import FeeRate
from reference_app.settling.queries import stores_of
from reference_app.stores.models import Store
from reference_app.tenants.guard import changes_things
from reference_app.web import words


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the stores with how many rates are known of each."""
    stores = stores_of(request.merchant)
    counts: dict[int, int] = {}
    for pk in FeeRate.objects.filter(store__in=stores).values_list("store_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    rows = [(store, counts.get(store.pk, 0)) for store in stores]
    return render(request, "payments/terms.html", {"tab": "terms", "rows": rows})


@require_http_methods(["GET", "POST"])
def store(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change a store's terms."""
    mine = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    if request.method == "POST":
        return _save(request, mine)
    return render(request, "payments/store_terms.html", _about(mine))


@changes_things
def _save(request: HttpRequest, mine: Store) -> HttpResponse:
    form = TermsForm(request.POST, instance=terms.terms_of(mine))
    if not form.is_valid():
        return render(request, "payments/store_terms.html", _about(mine, form=form))
    _say(request, done=terms.keep(form.save(commit=False), request.user))
    return redirect("payments-terms-store", mine.pk)


@require_POST
@changes_things
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a rate to a store's fee table."""
    mine = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    form = RateForm(request.POST, instance=FeeRate(store=mine))
    if not form.is_valid():
        return render(request, "payments/store_terms.html", _about(mine, rate=form))
    _say(request, done=terms.keep(form.save(commit=False), request.user))
    return redirect("payments-terms-store", pk)


@require_POST
@changes_things
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rate out of its store's fee table."""
    row = get_object_or_404(
        FeeRate.objects.select_related("store__merchant"), pk=pk, store__merchant=request.merchant
    )
    _say(request, done=terms.remove(row, request.user))
    return redirect("payments-terms-store", row.store_id)


def _about(mine: Store, **forms: Any) -> dict[str, Any]:
    rows = FeeRate.objects.filter(store=mine).order_by("kind", "-valid_from", "-pk")
    return {
        "store": mine,
        "form": forms.get("form") or TermsForm(instance=terms.terms_of(mine)),
        "rate": forms.get("rate") or RateForm(),
        "rates": [
            (row, words.PAYMENT_KINDS.get(row.kind, row.kind), _percent(row)) for row in rows
        ],
    }


def _percent(row: FeeRate) -> str:
    whole, rest = divmod(row.ppm, 10_000)
    return f"{whole},{rest:04}".rstrip("0").rstrip(",") if row.ppm else ""


def _say(request: HttpRequest, *, done: bool) -> None:
    if done:
        messages.success(request, _("Saved; every order of the store was checked again."))
    else:
        messages.success(request, _("Saved; the orders are checked again with the next run."))
