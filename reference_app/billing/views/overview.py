"""The plan, its usage, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing import accounts, book, changing, clock, coming, invoicing
from reference_app.billing.engine.changes import NotPossible
from reference_app.billing.engine.metering import warning
from reference_app.billing.forms import BuyerForm
from reference_app.billing.models import Invoice
from reference_app.billing.standing import standing
from reference_app.billing.words import why_not
from reference_app.tenants.guard import owner_only
from reference_app.web import moments

__all__ = ["buyer", "cancel", "index", "keep", "undo"]


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the plan, what is used of it, what comes next and the latest invoices."""
    now = clock.now()
    merchant = request.merchant
    shown = Invoice.objects.filter(merchant=merchant).exclude(state=Invoice.State.DRAFT)
    found = standing(merchant, now)
    facts = {
        "standing": found,
        "order_tone": _tone(found.orders_counted, found.order_limit),
        "store_tone": _tone(found.stores_connected, found.store_limit),
        "next": coming.next_charge(merchant, now),
        "credit": invoicing.credit_of(merchant),
        "unpaid": [
            (invoice, invoice.balance())
            for invoice in shown.filter(state=Invoice.State.FINALISED).order_by("due_on", "id")
        ],
        "invoices": shown[:5],
    }
    return render(request, "billing/index.html", facts)


def _tone(used: int, limit: int | None) -> str:
    mark = warning(used, limit)
    return "good" if mark is None else "warn" if used <= (limit or 0) else "bad"


@require_http_methods(["GET", "POST"])
@owner_only
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel at the end of what is paid for; says first when that is."""
    merchant, now = request.merchant, clock.now()
    try:
        if request.method == "GET":
            end = changing.preview_cancel(merchant, now)
            void = Invoice.objects.filter(merchant=merchant, pk__in=end.void)
            facts = {"end": end, "void": void, "at_once": end.ends_on <= clock.day_of(now)}
            return render(request, "billing/cancel.html", facts)
        with transaction.atomic():
            ends_on = changing.cancel(merchant, now, request.user)
            note(merchant, request.user, Entry.Verb.ENDING, ends_on.isoformat())
    except NotPossible as refused:
        messages.error(request, why_not(refused.why))
        return redirect("billing")
    day = moments.shown_day(ends_on)
    messages.success(request, _("Cancelled. The service ends on %(day)s.") % {"day": day})
    return redirect("billing")


@require_POST
@owner_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take a cancellation back."""
    try:
        with transaction.atomic():
            changing.undo_cancel(request.merchant, clock.now(), request.user)
            note(request.merchant, request.user, Entry.Verb.GOES_ON, "")
    except NotPossible as refused:
        messages.error(request, why_not(refused.why))
    else:
        messages.success(request, _("Your subscription goes on."))
    return redirect("billing")


@require_POST
@owner_only
def keep(request: HttpRequest) -> HttpResponse:
    """Take a planned change of plan back."""
    try:
        with transaction.atomic():
            changing.keep_plan(request.merchant, clock.now(), request.user)
            note(request.merchant, request.user, Entry.Verb.PLAN, "")
    except NotPossible as refused:
        messages.error(request, why_not(refused.why))
    else:
        messages.success(request, _("You keep your plan."))
    return redirect("billing")


@require_http_methods(["GET", "POST"])
@owner_only
def buyer(request: HttpRequest) -> HttpResponse:
    """Say who invoices are made out to; those that are there stay as they are."""
    with transaction.atomic():
        account = book.lock(request.merchant)
        form = BuyerForm(request.POST or None, instance=account)
        if request.method == "POST" and form.is_valid():
            form.save()
            note(request.merchant, request.user, Entry.Verb.BUYER, "")
            accounts.end_spent_trial(request.merchant, clock.now())
            messages.success(request, _("Kept for the next invoice."))
            return redirect("billing")
    return render(request, "billing/buyer.html", {"form": form})
