"""The pages of staff: what waits, sorted by when it is due, and the answers."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reference_app.audit.log import note
from reference_app.support import files, keeping
from reference_app.support.calendar import calendar
from reference_app.support.forms import AnswerForm
from reference_app.support.models import Attachment, Ticket
from reference_app.web import paging
from reference_app.web.moments import local
from reference_app.web.office import staff_only

_PAGE = 100
_VIEWS = {
    "owed": Ticket.OWED,
    "yours": (Ticket.State.YOURS,),
    "solved": (Ticket.State.SOLVED,),
}
_CHOICES = [
    (Ticket.State.OURS, gettext_lazy("Waiting for us")),
    (Ticket.State.YOURS, gettext_lazy("Waiting for the merchant")),
    (Ticket.State.SOLVED, gettext_lazy("Solved")),
]
_AHEAD = timedelta(days=60)  # how long before the holidays' data end staff is told


@require_GET
@staff_only
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """List requests: those owed an answer by priority and due time, others newest first."""
    view = request.GET.get("state", "owed")
    if view not in _VIEWS:
        raise Http404
    now = timezone.now()
    rows = Ticket.objects.select_related("merchant", "opened_by").filter(state__in=_VIEWS[view])
    if view == "owed":
        found, older = list(rows.order_by("priority", "due_at", "id")), None
    else:
        found, older = paging.older(rows, request.GET.get("before", ""), _PAGE)
    context = {
        "view": view,
        "rows": [(one, one.is_overdue(now)) for one in found],
        "older": older,
        "overdue": Ticket.objects.filter(state__in=Ticket.OWED, due_at__lt=now).count(),
        "open_now": calendar().is_open(now),
        "opens_at": calendar().next_opening(now),
        "holidays_end": _holidays_end(),
        "here": "support",
    }
    return render(request, "backoffice/support.html", context)


def _holidays_end() -> str:
    known = calendar().known_until
    ends = known is not None and known < local(timezone.now() + _AHEAD).date()
    return f"{known:%d/%m/%Y}" if ends and known else ""


@require_GET
@staff_only
@never_cache
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a conversation to staff."""
    return _conversation(request, _any(pk), AnswerForm())


@require_POST
@staff_only
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer; it is the merchant's turn then, or the matter is solved."""
    found, form = _any(pk), AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _conversation(request, found, form)
    now = timezone.now()
    keeping.answer(found, request.user, form.words(), now)
    if request.POST.get("then") == "solved":
        keeping.move(found, request.user, Ticket.State.SOLVED, now)
    messages.success(request, _("The answer is on its way."))
    return redirect("office-support")


@require_POST
@staff_only
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a request into another state."""
    found = _any(pk)
    try:
        keeping.move(found, request.user, request.POST.get("state", ""), timezone.now())
    except ValueError:
        raise Http404 from None
    return redirect("office-support-ticket", pk)


@require_GET
@staff_only
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a merchant's file; the merchant can see who took it."""
    found = get_object_or_404(Attachment.objects.select_related("merchant", "message"), pk=pk)
    answer = files.hand_out(found)
    number = found.message.ticket_id
    note(found.merchant, request.user, "file", f"#{number}", address=f"/support/{number}/")
    return answer


def _any(pk: int) -> Ticket:
    related = ("merchant", "opened_by", "order", "order__store", "store", "run")
    return get_object_or_404(Ticket.objects.select_related(*related), pk=pk)


def _conversation(request: HttpRequest, found: Ticket, form: AnswerForm) -> HttpResponse:
    said = found.messages.select_related("author", "ticket__merchant").prefetch_related("files")
    now = timezone.now()
    context = {
        "ticket": found,
        "said": said,
        "form": form,
        "overdue": found.is_overdue(now),
        "here": "support",
        "choices": [choice for choice in _CHOICES if choice[0] != found.state],
    }
    return render(request, "backoffice/ticket.html", context)
