"""The catalogue of plans, and changing to one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing import changing, clock, coming, invoicing, plans, storing
from reference_app.billing.engine.changes import NotPossible, Quote
from reference_app.billing.forms import KeepForm
from reference_app.billing.models import Invoice, PlanVersion
from reference_app.billing.standing import Standing, standing
from reference_app.billing.words import why_not
from reference_app.tenants.guard import owner_only

__all__ = ["catalogue", "choose"]

_OVER = {"none", "canceled"}


@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show the plans on sale: prices of a month or of a year, without tax."""
    interval = "year" if request.GET.get("interval") == "year" else "month"
    facts = {
        "standing": standing(request.merchant, clock.now()),
        "interval": interval,
        "plans": [plan for plan in plans.on_sale() if plan.interval == interval],
    }
    return render(request, "billing/plans.html", facts)


@require_http_methods(["GET", "POST"])
@owner_only
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a change costs and does, to the dong, and make it."""
    plan = get_object_or_404(PlanVersion, pk=pk, on_sale=True)
    now = clock.now()
    found = standing(request.merchant, now)
    try:
        if found.state in _OVER:
            return _begin(request, plan, found)
        return _change(request, plan, found)
    except NotPossible as refused:
        messages.error(request, why_not(refused.why))
        return redirect("billing")


def _begin(request: HttpRequest, plan: PlanVersion, found: Standing) -> HttpResponse:
    now = clock.now()
    if request.method == "GET":
        charge = coming.charge_of(plan, clock.day_of(now))
        return _page(request, plan, found, begins=charge)
    with transaction.atomic():
        subscription = changing.subscribe_again(request.merchant, plan, now, request.user)
        note(request.merchant, request.user, Entry.Verb.PLAN, str(plan))
    invoice = subscription.invoices.order_by("-id").first()
    return _on_to(request, invoice)


def _change(request: HttpRequest, plan: PlanVersion, found: Standing) -> HttpResponse:
    now = clock.now()
    quote = changing.preview(request.merchant, plan, now)
    keep = _keep_form(request, plan)
    if request.method == "GET" or (keep is not None and not keep.is_valid()):
        return _page(request, plan, found, quote=quote, keep=keep)
    try:
        agreed = int(request.POST.get("total", ""))
    except ValueError:
        agreed = -1
    try:
        with transaction.atomic():
            invoice = changing.change(
                request.merchant,
                plan,
                now,
                total=agreed,
                keep_stores=keep.cleaned_data["keep"] if keep else (),
                actor=request.user,
            )
            note(request.merchant, request.user, Entry.Verb.PLAN, str(plan))
    except changing.Outdated as outdated:
        messages.warning(request, _("The figures have changed meanwhile. Please look again."))
        return _page(request, plan, found, quote=outdated.quote, keep=keep)
    if quote.when == "period_end":
        messages.success(
            request, _("Planned for the end of the period. Until then you can undo it.")
        )
        return redirect("billing")
    return _on_to(request, invoice)


def _on_to(request: HttpRequest, invoice: Invoice | None) -> HttpResponse:
    if invoice is not None and invoice.is_open:
        messages.success(request, _("Done. Here is the invoice."))
        return redirect("billing-invoice", invoice.pk)
    messages.success(request, _("Your plan has changed."))
    return redirect("billing")


def _keep_form(request: HttpRequest, plan: PlanVersion) -> KeepForm | None:
    """Return the question which stores stay, when there is one."""
    stores = storing.connected(request.merchant.pk)
    if plan.stores is None or len(stores) <= plan.stores:
        return None
    first = [str(store.pk) for store in stores[: plan.stores]]
    return KeepForm(stores, plan.stores, request.POST or None, initial={"keep": first})


def _page(
    request: HttpRequest,
    plan: PlanVersion,
    found: Standing,
    *,
    quote: Quote | None = None,
    keep: KeepForm | None = None,
    begins: coming.Charge | None = None,
) -> HttpResponse:
    credit = invoicing.credit_of(request.merchant)
    total = begins.total if begins else quote.total if quote else 0
    facts: dict[str, Any] = {
        "plan": plan,
        "standing": found,
        "quote": quote,
        "begins": begins,
        "keep": keep,
        "then": coming.charge_of(plan, quote.starts_on) if quote else None,
        "credit": min(credit, total),
        "to_pay": max(0, total - credit),
        "known": PlanVersion.objects.in_bulk([line.plan.id for line in quote.lines])
        if quote
        else {},
    }
    facts["lines"] = [(line, facts["known"][line.plan.id]) for line in quote.lines] if quote else []
    return render(request, "billing/choose.html", facts)
