"""Invoices and credit notes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reference_app.billing import clock, invoicing, paid
from reference_app.billing.models import CreditEntry, CreditNote, Invoice
from reference_app.tenants.guard import owner_only

__all__ = ["index", "show", "use_credit"]

_PER_PAGE = 50


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List invoices, newest first, with credit notes and the account's credit."""
    mine = Invoice.objects.filter(merchant=request.merchant).exclude(state=Invoice.State.DRAFT)
    before = request.GET.get("before", "")
    if before.isdigit():
        mine = mine.filter(pk__lt=int(before))
    rows = list(mine.order_by("-id")[: _PER_PAGE + 1])
    facts = {
        "invoices": rows[:_PER_PAGE],
        "older": rows[_PER_PAGE - 1].pk if len(rows) > _PER_PAGE else None,
        "notes": CreditNote.objects.filter(merchant=request.merchant).select_related("invoice"),
        "entries": CreditEntry.objects.filter(merchant=request.merchant)[:_PER_PAGE],
        "credit": invoicing.credit_of(request.merchant),
    }
    return render(request, "billing/invoices.html", facts)


@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an invoice as it was made, and how to pay it."""
    invoice = _mine(request, pk)
    balance = invoice.balance()
    credit = invoicing.credit_of(request.merchant)
    facts = {
        "invoice": invoice,
        "lines": invoice.lines.all(),
        "balance": balance,
        "credits_used": invoice.credits_used(),
        "payments": invoice.payments.all(),
        "notes": invoice.credit_notes.all(),
        "replaced_by": Invoice.objects.filter(replaces=invoice).first(),
        "usable": min(balance, max(0, credit)),
        # Whoever takes payments brings these; without them the page has none.
        "pay_pages": ["billing/_pay.html", "billing/_nothing.html"],
        "paper_pages": ["billing/_papers.html", "billing/_nothing.html"],
    }
    return render(request, "billing/invoice.html", facts)


@require_POST
@owner_only
def use_credit(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay an invoice from account credit, as far as it goes."""
    invoice = _mine(request, pk)
    if paid.spend_credit(invoice.pk, clock.now(), request.user):
        messages.success(request, _("Your credit was used for this invoice."))
    return redirect("billing-invoice", invoice.pk)


def _mine(request: HttpRequest, pk: int) -> Invoice:
    there = Invoice.objects.exclude(state=Invoice.State.DRAFT)
    return get_object_or_404(there, pk=pk, merchant=request.merchant)
