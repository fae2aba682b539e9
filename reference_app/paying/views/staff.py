"""The inbox of transfers, for our own staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reference_app.billing import clock
from reference_app.paying import inbox
from reference_app.paying.forms import AsideForm, AssignForm, StatementForm
from reference_app.paying.models import Transfer
from reference_app.web import statements
from reference_app.web.office import staff_only

__all__ = ["aside", "assign", "index", "take"]

_PAGE = 50
_BAD_SHOWN = 50


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponse:
    """List transfers by what became of them, newest first."""
    return _page(request, StatementForm())


def _page(
    request: HttpRequest,
    form: StatementForm,
    reading: statements.Reading | None = None,
    taken: inbox.Taken | None = None,
) -> HttpResponse:
    asked = request.GET.get("state", "")
    state = asked if asked in Transfer.State.values else Transfer.State.UNMATCHED.value
    rows = Transfer.objects.filter(state=state).select_related("invoice", "merchant", "handled_by")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(id__lt=int(before))
    found = list(rows.order_by("-id")[: _PAGE + 1])
    context = {
        "here": "transfers",
        "form": form,
        "reading": reading,
        "bad": reading.bad[:_BAD_SHOWN] if reading else (),
        "taken": taken,
        "state": state,
        "states": Transfer.State.choices,
        "transfers": found[:_PAGE],
        "older": found[_PAGE - 1].pk if len(found) > _PAGE else None,
        "open_count": Transfer.objects.filter(state=Transfer.State.UNMATCHED).count(),
    }
    return render(request, "paying/inbox.html", context)


@require_POST
@staff_only
def take(request: HttpRequest) -> HttpResponse:
    """Take a statement: its good lines go in, its bad ones are listed."""
    form = StatementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    values = form.cleaned_data
    zone = timezone.get_default_timezone()
    reading = statements.read(values["text"], zone, values["columns"])
    taken = inbox.take(reading.credits, Transfer.Source.FILE, clock.now())
    return _page(request, StatementForm(), reading, taken)


@require_POST
@staff_only
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a transfer on an invoice by hand."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors.get("invoice", [])))
        return redirect("backoffice-transfers")
    try:
        row = inbox.assign(pk, form.cleaned_data["invoice"], request.user, clock.now())
    except Transfer.DoesNotExist:
        raise Http404 from None
    except inbox.Handled:
        messages.info(request, _("Somebody was quicker: this transfer is not open any more."))
    else:
        told = _("Transfer %(id)s was put on invoice %(number)s.")
        messages.success(request, told % {"id": row.bank_id, "number": row.invoice.number})
    return redirect("backoffice-transfers")


@require_POST
@staff_only
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a transfer pays no invoice."""
    form = AsideForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write what the transfer is."))
        return redirect("backoffice-transfers")
    try:
        inbox.set_aside(pk, form.cleaned_data["note"], request.user, clock.now())
    except Transfer.DoesNotExist:
        raise Http404 from None
    except inbox.Handled:
        messages.info(request, _("Somebody was quicker: this transfer is not open any more."))
    return redirect("backoffice-transfers")
