"""The merchant's pages: hours, own requests, a new one, the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reference_app.support import files, keeping
from reference_app.support.calendar import TARGETS, calendar, support_priority
from reference_app.support.forms import AskForm, ReplyForm
from reference_app.support.models import Attachment, Ticket
from reference_app.syncing.models import SyncRun
from reference_app.web import paging

_PAGE = 30


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Say when somebody is there, and list the business's requests, newest first."""
    mine = Ticket.objects.filter(merchant=request.merchant).select_related("merchant")
    found, older = paging.older(mine, request.GET.get("before", ""), _PAGE)
    return render(
        request, "support/index.html", {"tickets": found, "older": older} | _hours(request)
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask something; `?order=`, `?store=` and `?run=` say what about."""
    run = _run(request)
    if request.method == "POST":
        form = AskForm(request.merchant, request.POST, request.FILES)
        if form.is_valid() and (ticket := _asked(request, form, run)):
            messages.success(request, _("We have your request."))
            return redirect("support-ticket", ticket.pk)
    else:
        first = {name: request.GET.get(name, "")[:64] for name in ("order", "store")}
        form = AskForm(request.merchant, initial=first)
    return render(request, "support/new.html", {"form": form, "run": run} | _hours(request))


def _asked(request: HttpRequest, form: AskForm, run: SyncRun | None) -> Ticket | None:
    given = form.cleaned_data
    try:
        return keeping.ask(
            request.merchant, request.user, given["subject"], form.words(), timezone.now(),
            order=given["order"], store=given["store"], run=run,
        )  # fmt: skip
    except keeping.TooMany:
        form.add_error(None, _too_many())
        return None


def _run(request: HttpRequest) -> SyncRun | None:
    number = request.GET.get("run", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return SyncRun.objects.filter(merchant=request.merchant, pk=int(number)).first()


def _too_many() -> str:
    return _("You wrote a lot within the last hour. Please wait a little; we read everything.")


def _hours(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    priority = support_priority(request.merchant, now)
    return {
        "open_now": calendar().is_open(now),
        "opens_at": calendar().next_opening(now),
        "answer_by": calendar().due(now, TARGETS[priority]),
        "priority": priority,
        "target_hours": TARGETS[priority] // timedelta(hours=1),
        "support_email": settings.SUPPORT_EMAIL,
    }


@require_GET
@never_cache
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a conversation."""
    return _conversation(request, _mine(request, pk), ReplyForm())


@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write in a conversation; one that was solved is open again."""
    found, form = _mine(request, pk), ReplyForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            keeping.reply(found, request.user, form.words(), timezone.now())
            return redirect("support-ticket", pk)
        except keeping.TooMany:
            form.add_error(None, _too_many())
    return _conversation(request, found, form)


@require_POST
def solve(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that nothing is left to answer."""
    keeping.move(_mine(request, pk), request.user, Ticket.State.SOLVED, timezone.now())
    return redirect("support-ticket", pk)


@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a file of an own conversation."""
    mine = Attachment.objects.select_related("merchant").filter(merchant=request.merchant)
    return files.hand_out(get_object_or_404(mine, pk=pk))


def _mine(request: HttpRequest, pk: int) -> Ticket:
    rows = Ticket.objects.select_related("merchant", "order", "order__store", "store", "run")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)


def _conversation(request: HttpRequest, found: Ticket, form: ReplyForm) -> HttpResponse:
    said = found.messages.select_related("author", "ticket__merchant").prefetch_related("files")
    context = {"ticket": found, "said": said, "form": form, "now": timezone.now()}
    return render(request, "support/ticket.html", context)
