"""Returns: goods and money on two tracks, and the seller's answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from entrosdk import EntroError, Image
from reference_app.records.models import Order, Return
from reference_app.settling import answers, export, paging, queries
from reference_app.settling.models import ReturnAnswer
from reference_app.settling.views.payments import common, file, respond
from reference_app.stock import queries as stock
from reference_app.stock.models import Receipt
from reference_app.tenants.guard import changes_things
from reference_app.web import words

_VIEWS = {
    "answer": gettext_lazy("Waiting for an answer"),
    "not_back": gettext_lazy("Refunded but not back"),
    "coming": gettext_lazy("Goods on their way"),
}
_COMMENT = 500
_PICTURES = 3
_LARGEST = 5 * 1024 * 1024
_KINDS = ("image/jpeg", "image/png")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List returns of all stores, newest first."""
    filters = queries.read(request.GET, _VIEWS)
    found = queries.returns(request.merchant, filters).select_related("clock")
    rows = paging.page(found.prefetch_related("lines"), "requested_at", request.GET)
    shared = common(request, filters, "returns")
    counts = queries.return_counts(request.merchant)
    context = {
        **shared,
        "page": rows,
        "rows": [(item, shared["names"][item.store_id], _age(item)) for item in rows.items],
        "views": [(name, title, counts[name]) for name, title in _VIEWS.items()],
        "now": timezone.now(),
    }
    return respond(request, "returns/index.html", "returns/_list.html", context)


def _age(item: Return) -> Any:
    """Return how long a refunded return has not come back; `None` where that is no question."""
    clock = getattr(item, "clock", None)
    waits = item.money_state == "REFUNDED" and item.goods_state in {
        "EXPECTED",
        "IN_TRANSIT",
        "UNKNOWN",
    }
    return timezone.now() - clock.refunded_at if clock and waits else None


@require_GET
def export_file(request: HttpRequest) -> StreamingHttpResponse:
    """Send the returns that match as a CSV file."""
    found = queries.returns(request.merchant, queries.read(request.GET, _VIEWS))
    return file("returns", export.returns(found))


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one return on its two tracks, with the answers given."""
    item = _mine(request, pk)
    context = {
        "item": item,
        "order": Order.objects.filter(store=item.store, external_id=item.order_ref).first(),
        "age": _age(item),
        "answers": item.answers.select_related("by"),
        "answered": _answered(item),
        "coming": stock.coming_of(item),
        "receipts": stock.receipts_of(item),
        "conditions": Receipt.Condition.choices,
        "may_answer": answers.may_answer(item),
        "now": timezone.now(),
        "complete_to": queries.complete_to(request.merchant, "returns"),
    }
    return render(request, "returns/detail.html", context)


def _answered(item: Return) -> bool:
    open_or_taken = ["sending", "accepted"]
    return item.answers.filter(seen_status=item.status, outcome__in=open_or_taken).exists()


@require_GET
@changes_things
def reasons(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the marketplace for its reasons, and show the form that disputes with one of them."""
    item = _mine(request, pk)
    context: dict[str, Any] = {"item": item, "reasons": (), "comment_length": _COMMENT}
    try:
        context["reasons"] = answers.reasons_for(item)
    except EntroError as error:
        context["trouble"] = words.trouble(type(error).__name__)
    return render(request, "returns/_reasons.html", context)


@require_POST
@changes_things
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to a return."""
    item = _mine(request, pk)
    if not answers.may_answer(item):
        return _closed(request, item)
    try:
        _tell(request, answers.accept(item, request.user))
    except answers.Already:
        _tell_already(request)
    return redirect("returns-detail", item.pk)


@require_POST
@changes_things
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a return, with one of the marketplace's reasons."""
    item = _mine(request, pk)
    if not answers.may_answer(item):
        return _closed(request, item)
    try:
        offered = {one.code: one for one in answers.reasons_for(item)}
        reason = offered.get(request.POST.get("reason", ""))
        if reason is None:
            messages.warning(request, _("Choose one of the marketplace's reasons."))
        else:
            comment = request.POST.get("comment", "").strip()[:_COMMENT]
            evidence = _evidence(request)
            _tell(request, answers.dispute(item, request.user, reason, comment, evidence))
    except answers.Already:
        _tell_already(request)
    except EntroError as error:
        told = words.trouble(type(error).__name__)
        messages.error(request, f"{told.what} {told.next_step}" if told else error.message)
    return redirect("returns-detail", item.pk)


def _evidence(request: HttpRequest) -> tuple[Image, ...]:
    """Read the pictures a dispute is proven with; what is none, or too large, is left out."""
    files = request.FILES.getlist("pictures")[:_PICTURES]
    taken = [one for one in files if one.content_type in _KINDS and one.size <= _LARGEST]
    if len(taken) < len(files):
        messages.warning(request, _("Only JPEG and PNG pictures up to 5 MB were sent along."))
    return tuple(Image(content=one.read(), kind=one.content_type, name=one.name) for one in taken)


def _mine(request: HttpRequest, pk: int) -> Return:
    rows = Return.objects.select_related("store", "clock").prefetch_related("lines")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)


def _closed(request: HttpRequest, item: Return) -> HttpResponse:
    messages.warning(request, _("This return takes no answer any more, or not from here."))
    return redirect("returns-detail", item.pk)


def _tell_already(request: HttpRequest) -> None:
    messages.info(request, _("This return is answered already; nothing was sent twice."))


def _tell(request: HttpRequest, answer: ReturnAnswer) -> None:
    """Say in plain words what became of an answer."""
    trouble = words.trouble(answer.trouble)
    if answer.outcome == ReturnAnswer.Outcome.ACCEPTED:
        messages.success(request, _("The marketplace took your answer."))
    elif answer.outcome == ReturnAnswer.Outcome.UNKNOWN:
        messages.warning(
            request,
            _("No reply came, so your answer may or may not have arrived. Look before repeating."),
        )
    else:
        why = trouble.what if trouble else ""
        told = _("The marketplace refused your answer. %(why)s") % {"why": answer.told or why}
        messages.error(request, told)
