"""The pool: the list of stock, one variant, what is low, oversold, drifting, or coming back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reference_app.goods import queries as goods
from reference_app.goods.models import Variant
from reference_app.records.export import Echo, safe
from reference_app.records.models import Return
from reference_app.stock import ledger, queries, receiving
from reference_app.stock.forms import AdjustForm, BufferForm
from reference_app.stock.models import Balance, Drift, Movement, Offer, OrderStock, Push, Receipt
from reference_app.stock.offers import bump
from reference_app.stock.rules.returns import Refused
from reference_app.stores.models import Store
from reference_app.tenants.guard import changes_things
from reference_app.web import moments

_PAGE = 50


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the stock of every variant, the oversold ones first."""
    filters = goods.read_variant_filters(request.GET)
    found = goods.variants(request.merchant, filters)
    page = goods.variant_page(found, request.GET)
    first = not (request.GET.get("after") or request.GET.get("before"))
    short = queries.short_first(found) if first else []
    above = {variant.pk for variant in short}
    shown = [*short, *(variant for variant in page.rows if variant.pk not in above)]
    context = {
        "filters": filters,
        "page": page,
        "rows": queries.rows_of(request.merchant, shown),
        "alerts": queries.open_alerts(request.merchant).count(),
        "any_variant": bool(shown) or Variant.objects.filter(merchant=request.merchant).exists(),
        "counted": Balance.objects.filter(merchant=request.merchant).exists(),
    }
    part = request.htmx and not request.htmx.boosted
    return render(request, "inventory/_list.html" if part else "inventory/index.html", context)


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the stock of every variant as a CSV file."""
    name = f"stock-{moments.today():%Y%m%d}.csv"
    return StreamingHttpResponse(
        _csv(request),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(request: HttpRequest) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff"  # spreadsheets take the file for UTF-8 only with this mark
    yield writer.writerow([
        "sku", _("Name"), _("On hand"), _("Held by orders"), _("Damaged"), _("Buffer"),
        _("Sellable"), _("Oversold"), _("On the way"), _("Held by campaigns"),
    ])  # fmt: skip
    for row in queries.csv_rows(request.merchant):
        yield writer.writerow(safe(value) for value in row)


@require_GET
def variant(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rows that make a variant's numbers."""
    return render(request, "inventory/variant.html", _about(request, _mine(request, pk)))


def _mine(request: HttpRequest, pk: int) -> Variant:
    return get_object_or_404(Variant, pk=pk, merchant=request.merchant)


def _about(request: HttpRequest, found: Variant, form: AdjustForm | None = None) -> dict[str, Any]:
    before = request.GET.get("before", "")
    moved = queries.ledger_page(found, int(before) if before.isdecimal() else None, _PAGE)
    balances = Balance.objects.filter(variant=found).select_related("warehouse")
    (row,) = queries.rows_of(request.merchant, [found])
    parts = found.parts.select_related("component") if found.is_bundle else []
    return {
        "variant": found,
        "row": row,
        "shelves": [
            (place, BufferForm(instance=place, prefix=f"b{place.pk}")) for place in balances
        ],
        "holds": queries.holds_of(found)[:200],
        "moved": moved[:_PAGE],
        "older": moved[_PAGE - 1].pk if len(moved) > _PAGE else "",
        "pushes": Push.objects.filter(offer__listing__variant=found)
        .select_related("store", "offer__listing")
        .order_by("-at", "-pk")[:20],
        "parts": parts,
        "form": form or AdjustForm(merchant=request.merchant),
    }


@require_POST
@changes_things
def buffer(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how much is kept back in one place."""
    place = get_object_or_404(Balance, pk=pk, merchant=request.merchant)
    form = BufferForm(request.POST, instance=place, prefix=f"b{place.pk}")
    if form.is_valid():
        form.save()
        from reference_app.stock.keeping import review_buffers  # noqa: PLC0415 - heavy, rare

        review_buffers(request.merchant.pk)
        messages.success(request, _("The buffer is changed."))
    else:
        messages.error(request, _("Give a whole number."))
    return redirect("inventory-variant", place.variant_id)


@require_POST
@changes_things
def reverse(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a movement back by one that names it."""
    movement = get_object_or_404(Movement, pk=pk, merchant=request.merchant)
    reason = _("Reversal of movement %(n)d") % {"n": movement.pk}
    if ledger.reverse(movement, actor=request.user, reason=reason):
        messages.success(request, _("The movement is reversed."))
    else:
        messages.warning(request, _("This movement was reversed before."))
    return redirect("inventory-variant", movement.variant_id)


# What needs a look


@require_GET
def low(request: HttpRequest) -> HttpResponse:
    """List variants that will soon be gone."""
    rows = queries.low_stock(request.merchant)
    counted = bool(rows) or Balance.objects.filter(merchant=request.merchant).exists()
    context = {"rows": rows, "counted": counted, "days": queries.COVER_DAYS}
    return render(request, "inventory/low.html", context)


@require_GET
def oversold(request: HttpRequest) -> HttpResponse:
    """List what was sold and is not there."""
    rows = queries.open_alerts(request.merchant)[:200]
    return render(request, "inventory/oversold.html", {"rows": rows})


@require_GET
def drift(request: HttpRequest) -> HttpResponse:
    """List listings that show another number than they should, with the cause."""
    mine = Drift.objects.filter(store__merchant=request.merchant).select_related(
        "store", "offer__listing", "offer__listing__variant"
    )
    context = {
        "open": mine.filter(closed_at=None).order_by("-seen_at")[:200],
        "closed": mine.exclude(closed_at=None).order_by("-closed_at")[:30],
    }
    return render(request, "inventory/drift.html", context)


@require_POST
@changes_things
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Push a drifted listing again."""
    found = get_object_or_404(Drift, pk=pk, store__merchant=request.merchant)
    bump(Offer.objects.filter(pk=found.offer_id))
    Drift.objects.filter(pk=found.pk).update(corrected=True)
    messages.success(request, _("The listing is told its quantity with the next run."))
    return redirect("inventory-drift")


@require_GET
def pushes(request: HttpRequest) -> HttpResponse:
    """List what listings were told, and what became of it."""
    mine = Push.objects.filter(store__merchant=request.merchant)
    outcome = request.GET.get("outcome", "")
    store = request.GET.get("store", "")
    if outcome in Push.Outcome.values:
        mine = mine.filter(outcome=outcome)
    if store.isdecimal() and len(store) < 18:
        mine = mine.filter(store_id=int(store))
    before = request.GET.get("before", "")
    rows = mine.filter(pk__lt=int(before)) if before.isdecimal() else mine
    found = list(
        rows.select_related("store", "offer__listing", "offer__listing__variant").order_by("-pk")[
            : _PAGE + 1
        ]
    )
    context = {
        "rows": found[:_PAGE],
        "older": found[_PAGE - 1].pk if len(found) > _PAGE else "",
        "outcome": outcome,
        "store": int(store) if store.isdecimal() else None,
        "outcomes": Push.Outcome.choices,
        "stores": Store.objects.filter(merchant=request.merchant),
        "waiting": Offer.objects.filter(store__merchant=request.merchant)
        .filter(Q(outcome__in=["refused", "retrying", "unknown"]))
        .values("outcome")
        .annotate(count=Count("pk"))
        .order_by("outcome"),
        "narrow": bool(outcome or store),
    }
    return render(request, "inventory/pushes.html", context)


@require_POST
@changes_things
def push_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell a listing again."""
    offer = get_object_or_404(Offer, pk=pk, store__merchant=request.merchant)
    bump(Offer.objects.filter(pk=offer.pk))
    messages.success(request, _("The listing is told its quantity with the next run."))
    return redirect("inventory-pushes")


# Returns


@require_GET
def returns(request: HttpRequest) -> HttpResponse:
    """List goods that are to come back, those already refunded first."""
    rows = queries.coming_back(request.merchant)
    context = {
        "refunded": [row for row in rows if row.refunded],
        "others": [row for row in rows if not row.refunded],
        "conditions": Receipt.Condition.choices,
    }
    return render(request, "inventory/returns.html", context)


@require_POST
@changes_things
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Book what came back of an order."""
    order = get_object_or_404(OrderStock, pk=pk, merchant=request.merchant)
    condition = request.POST.get("condition", "")
    units = {
        int(name.removeprefix("units-")): int(text)
        for name, text in request.POST.items()
        if name.removeprefix("units-").isdecimal() and text.isdecimal() and int(text) > 0
    }
    ref = request.POST.get("return", "")[:80]
    if condition not in Receipt.Condition.values or not units:
        messages.error(request, _("Say how many units came, and what they are worth."))
        return _back(request)
    try:
        made = receiving.receive(order, ref, units, condition, request.user)
    except Refused:
        messages.error(request, _("No more can come back than was handed over."))
    else:
        told = _("The goods are booked.") if made else _("This return was booked before.")
        messages.success(request, told)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the page the form stood on: one return, or the list of all."""
    page = request.POST.get("back_to", "")
    mine = Return.objects.filter(merchant=request.merchant, pk=page if page.isdecimal() else 0)
    return redirect("returns-detail", page) if mine.exists() else redirect("inventory-returns")
