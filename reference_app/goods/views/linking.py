"""Linking: listings by state, accept, choose, create, unlink, undo, history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from reference_app.goods import linking, queries
from reference_app.goods.models import LinkBatch, Listing, Variant
from reference_app.stores.models import Store
from reference_app.tenants.guard import changes_things

State = Listing.State
_TABS = (State.SUGGESTED, State.AMBIGUOUS, State.MISSING, State.LINKED)
_MOST = 5_000  # rows of one bulk act: more wait for the next click, the page says so


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the listings of one state."""
    counts = queries.counts(request.merchant)
    filters = queries.read_listing_filters(request.GET)
    state = filters.state or next((tab for tab in _TABS if counts[tab]), State.SUGGESTED)
    filters = queries.ListingFilters(state=state, store=filters.store, text=filters.text)
    found = queries.listings(request.merchant, filters)
    context: dict[str, Any] = {
        "filters": filters,
        "page": queries.listing_page(found, request.GET),
        "matching": found.count() if filters.narrow else counts[state],
        "most": _MOST,
        "last": linking.last_of(request.merchant, request.user),
        "stores": list(Store.objects.filter(merchant=request.merchant)),
        "catalogue": Variant.objects.filter(merchant=request.merchant).exists(),
        **_tabs(counts, state),
    }
    return render(request, "linking/index.html", context)


def _tabs(counts: dict[str, int], state: str) -> dict[str, Any]:
    tabs = [{"state": tab, "title": tab.label, "count": counts[tab]} for tab in _TABS]
    return {"tabs": tabs, "state": state, "listings": sum(counts.values())}


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one listing: what it may stand for, and the history of its link."""
    row = _mine(request, pk)
    text = request.GET.get("q", "").strip()[:100]
    if request.htmx and "q" in request.GET:
        return render(request, "linking/_choices.html", _choices(request, row, text))
    changes = row.changes.select_related("batch__by", "before", "after").order_by("-id")
    context = {**_choices(request, row, text), "changes": changes[:50]}
    return render(request, "linking/detail.html", context)


def _choices(request: HttpRequest, row: Listing, text: str) -> dict[str, Any]:
    if text:
        found = queries.variants_like(request.merchant, text)
    else:
        alike = Variant.objects.filter(merchant=request.merchant, active=True, loose=row.loose)
        found = list(alike.exclude(loose="").order_by("pk")[:12])
        if row.suggestion and row.suggestion not in found:
            found.insert(0, row.suggestion)
    return {"row": row, "text": text, "choices": [v for v in found if v.pk != row.variant_id]}


@require_POST
@changes_things
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Link a listing to what is suggested."""
    batch = linking.accept(request.merchant, [_mine(request, pk).pk], request.user)
    return _answer(request, pk, batch)


@require_POST
@changes_things
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a variant for a listing into the catalogue."""
    batch = linking.create_from(request.merchant, [_mine(request, pk).pk], request.user)
    if batch is None:
        messages.warning(request, _("The catalogue has a variant with this SKU: choose it."))
        return _to(request, reverse("linking-detail", args=[pk]))
    return _answer(request, pk, batch)


@require_POST
@changes_things
def choose(request: HttpRequest, pk: int, variant: int) -> HttpResponse:
    """Link a listing to a variant somebody chose."""
    try:
        batch = linking.link(request.merchant, _mine(request, pk).pk, variant, request.user)
    except Variant.DoesNotExist:
        raise Http404 from None
    return _answer(request, pk, batch)


@require_POST
@changes_things
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a link away."""
    batch = linking.unlink(request.merchant, [_mine(request, pk).pk], request.user)
    return _answer(request, pk, batch)


@require_POST
@changes_things
def bulk(request: HttpRequest) -> HttpResponse:
    """Accept, create or unlink many: those ticked, or all that match."""
    ids = _chosen(request)
    acts = {
        "accept": linking.accept,
        "create": linking.create_from,
        "unlink": linking.unlink,
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    batch = act(request.merchant, ids, request.user)
    _say(request, batch, asked=len(ids))
    return redirect(_back(request))


def _chosen(request: HttpRequest) -> list[int]:
    if request.POST.get("all"):
        found = queries.listings(request.merchant, queries.read_listing_filters(request.POST))
        return list(found.order_by("pk").values_list("pk", flat=True)[:_MOST])
    given = [text for text in request.POST.getlist("ids") if text.isascii() and text.isdecimal()]
    return [int(text) for text in given[:_MOST] if len(text) < 18]


@require_POST
@changes_things
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an act back."""
    batch = get_object_or_404(LinkBatch, pk=pk, merchant=request.merchant)
    done = linking.undo(request.merchant, batch, request.user)
    if done is None:
        messages.warning(request, _("Nothing of it was left to undo."))
    else:
        number = done.changes.count()
        told = ngettext("%(n)d link was undone.", "%(n)d links were undone.", number)
        messages.success(request, told % {"n": number})
    return redirect(_back(request))


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """List the acts of linking, newest first."""
    batches = LinkBatch.objects.filter(merchant=request.merchant)
    batches = batches.select_related("by", "undone_by").order_by("-id")
    number = request.GET.get("page", "1")
    page = Paginator(batches, 30).get_page(number)
    sizes = _sizes(page)
    rows = [(batch, sizes.get(batch.pk, 0)) for batch in page]
    return render(request, "linking/history.html", {"rows": rows, "page": page})


def _sizes(page: Any) -> dict[int, int]:
    counted = LinkBatch.objects.filter(pk__in=[batch.pk for batch in page])
    return dict(counted.annotate(n=Count("changes")).values_list("pk", "n"))


def _mine(request: HttpRequest, pk: int) -> Listing:
    rows = Listing.objects.select_related("store", "variant", "suggestion")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)


def _answer(request: HttpRequest, pk: int, batch: LinkBatch | None) -> HttpResponse:
    """Show the row as it is now; without htmx, the page it was on."""
    if not request.htmx:
        _say(request, batch, asked=1)
        return redirect(_back(request))
    counts = queries.counts(request.merchant)
    state = request.GET.get("state", "")
    context = {"row": _mine(request, pk), "batch": batch, **_tabs(counts, state)}
    return render(request, "linking/_answer.html", context)


def _say(request: HttpRequest, batch: LinkBatch | None, asked: int) -> None:
    done = batch.changes.count() if batch else 0
    if done:
        told = ngettext("%(n)d listing was changed.", "%(n)d listings were changed.", done)
        messages.success(request, told % {"n": done})
    if done < asked:
        left = asked - done
        told = ngettext(
            "%(n)d listing was left as it is.", "%(n)d listings were left as they are.", left
        )
        messages.warning(request, told % {"n": left})
    if not asked:
        messages.warning(request, _("Tick some listings first."))


def _back(request: HttpRequest) -> str:
    """Return the page a form names, if it is one of ours; else the list."""
    wanted = request.POST.get("next", "")
    start = reverse("linking")
    return wanted if wanted.startswith((start, reverse("catalogue"))) else start


def _to(request: HttpRequest, path: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": path})
    return redirect(path)
