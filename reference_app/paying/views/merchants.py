"""What a merchant sees: the code, the way to VNPay and back, invoices as PDF."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reference_app.billing import clock
from reference_app.billing.models import Invoice
from reference_app.paying import pdf as paper
from reference_app.paying import vietqr
from reference_app.paying.conf import Paying
from reference_app.paying.invoices import ask_of, left_of, sheet_of
from reference_app.paying.models import Attempt
from reference_app.paying.vnpay import attempts, signing
from reference_app.paying.vnpay.judging import told_state
from reference_app.tenants.guard import changes_things

__all__ = ["pdf", "qr", "returned", "start", "state"]


def _mine(request: HttpRequest, pk: int) -> Invoice:
    found = Invoice.objects.exclude(state=Invoice.State.DRAFT)
    return get_object_or_404(found, pk=pk, merchant=request.merchant)


@require_GET
@never_cache
def qr(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the code that pays what is left of an invoice."""
    ask = ask_of(_mine(request, pk))
    if ask is None:
        raise Http404
    return HttpResponse(vietqr.svg(ask.payload), content_type="image/svg+xml")


@require_GET
@never_cache
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell a waiting page to load itself again once what is left has changed."""
    changed = str(left_of(_mine(request, pk))) != request.GET.get("left")
    return HttpResponse(status=204, headers={"HX-Refresh": "true"} if changed else {})


@require_GET
@never_cache
def pdf(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """Print an invoice."""
    if language not in {"vi", "en"}:
        raise Http404
    invoice = _mine(request, pk)
    return HttpResponse(
        paper.invoice(sheet_of(invoice, language)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{invoice.number}-{language}.pdf"'},
    )


# VNPay


@require_POST
@changes_things
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the payer to VNPay."""
    paying: Paying = settings.PAYING
    invoice = _mine(request, pk)
    if paying.terminal is None:
        raise Http404
    path = reverse("paying-vnpay-return")
    back = settings.PUBLIC_URL + path if settings.PUBLIC_URL else request.build_absolute_uri(path)
    try:
        address = attempts.begin(
            paying.terminal,
            invoice,
            request.user,
            return_url=back,
            address=request.META.get("REMOTE_ADDR") or "127.0.0.1",
            language=get_language() or "vi",
            now=clock.now(),
        )
    except attempts.NotPayable:
        messages.info(request, _("Nothing is left to pay."))
        return redirect("billing-invoice", pk)
    return redirect(address)


@require_GET
@never_cache
def returned(request: HttpRequest) -> HttpResponse:
    """Show how a payment stands. Nothing is decided here: VNPay's own notice does that."""
    paying: Paying = settings.PAYING
    values = vnpay_values(request)
    if paying.terminal is None or not signing.true(values, paying.terminal.secret):
        raise Http404
    attempt = get_object_or_404(
        Attempt.objects.select_related("invoice"),
        reference=values.get("vnp_TxnRef", ""),
        merchant=request.merchant,
    )
    said = told_state(values)
    context = {"attempt": attempt, "said": said, "code": attempt.code or values["vnp_ResponseCode"]}
    within = request.htmx and not request.htmx.boosted
    return render(request, "paying/_returned.html" if within else "paying/returned.html", context)


def vnpay_values(request: HttpRequest) -> dict[str, str]:
    """Return VNPay's own values of a request."""
    return {name: value for name, value in request.GET.items() if name.startswith("vnp_")}
