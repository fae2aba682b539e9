"""Files out and in, and how far an errand is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reference_app.goods import errands
from reference_app.goods.files import links, reading, variants, writing
from reference_app.goods.models import Errand, ErrandNote, PricePush
from reference_app.goods.words import REFUSED_FILES, REFUSED_LINES, price_cause
from reference_app.tenants.guard import changes_things
from reference_app.web import moments

_SHOWN = 100
_PRICES_SHOWN = 500
_FILES = {
    "variants": (Errand.Kind.VARIANTS_FILE, variants),
    "links": (Errand.Kind.LINKS_FILE, links),
}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Offer the files, out and in, with the latest imports."""
    latest = Errand.objects.filter(merchant=request.merchant).defer("body").order_by("-id")[:10]
    context = {"latest": latest, "token": uuid4().hex, "links_none": links.NO_LINK}
    return render(request, "catalogue/files.html", context)


@require_GET
def export(request: HttpRequest, what: str) -> HttpResponse:
    """Send the catalogue or the links as a CSV file, in the visitor's words."""
    if what not in _FILES:
        raise Http404
    kind = _FILES[what][1]
    place = 0 if (get_language() or "vi").startswith("en") else -1
    header = [titles[place] for titles in kind.COLUMNS.values()]
    body = writing.table(header, kind.lines(request.merchant))
    return _file(body, f"{what}-{moments.today():%Y%m%d}.csv")


@require_POST
@changes_things
def take(request: HttpRequest, what: str) -> HttpResponse:
    """Take a CSV file; short ones are imported at once, others in the background."""
    if what not in _FILES:
        raise Http404
    kind, how = _FILES[what]
    upload = request.FILES.get("file")
    try:
        text = _text_of(upload)
        total = sum(1 for _line in reading.rows(text, how.COLUMNS, how.NEEDED))
    except reading.NotATable as refusal:
        told = str(REFUSED_FILES[refusal.reason])
        messages.error(request, told % {"detail": refusal.detail} if refusal.detail else told)
        return redirect("linking-files")
    token = request.POST.get("token", "")[:40] or uuid4().hex
    errand = errands.ask(
        request.merchant, request.user, kind,
        token=token, name=_name(upload), body=text, total=total,
    )  # fmt: skip
    errands.run_if_small(errand)
    return redirect("catalogue-errand", errand.pk)


def _name(upload: UploadedFile | None) -> str:
    return (upload.name or "")[:120] if upload else ""


def _text_of(upload: UploadedFile | None) -> str:
    if upload is None:
        raise reading.NotATable("no_file")
    if (upload.size or 0) > reading.LARGEST:  # before any of it is read
        raise reading.NotATable("too_large")
    return reading.decode(upload.read())


@require_GET
def errand(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an errand is, what was left out and why, or what became of each price."""
    found = _mine(request, pk)
    context: dict[str, Any] = {"errand": found}
    if found.kind == Errand.Kind.PRICES:
        pushes = PricePush.objects.filter(errand=found).select_related("listing__store", "variant")
        context["pushes"] = [_told_push(push) for push in pushes[:_PRICES_SHOWN]]
    else:
        context["notes"] = [(note, told(note)) for note in found.notes.all()[:_SHOWN]]
        context["shown"] = _SHOWN
    part = "catalogue/_errand.html" if request.htmx and not request.htmx.boosted else None
    return render(request, part or "catalogue/errand.html", context)


def _told_push(push: PricePush) -> PricePush:
    push.told = price_cause(push.cause)  # type: ignore[attr-defined]
    return push


@require_GET
def left_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the lines that were left out, with number and reason, as a CSV file."""
    found = _mine(request, pk)
    header = [_("Line"), _("Reason"), _("Text of the line")]
    body = writing.table(header, _left(found))
    return _file(body, f"left-out-{found.pk}.csv")


def _left(errand: Errand) -> Iterator[list[object]]:
    for note in errand.notes.iterator(chunk_size=1000):
        yield [note.line, told(note), note.text]


def told(note: ErrandNote) -> str:
    """Say why a line was left out."""
    return str(REFUSED_LINES[note.reason]) % {"detail": note.detail}


def _mine(request: HttpRequest, pk: int) -> Errand:
    rows = Errand.objects.defer("body")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)


def _file(body: Iterator[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        body,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
