"""Orders: one list over all stores, its export, and one order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from reference_app.goods import booking
from reference_app.goods.models import Variant
from reference_app.orders import filters as saved
from reference_app.orders import panel, tickets
from reference_app.records import export as csv_export
from reference_app.records import links, queries
from reference_app.records.models import Order, Payment, Return
from reference_app.records.private import masked
from reference_app.records.timeline import timeline
from reference_app.records.waterfall import waterfall
from reference_app.settling import words as money_words
from reference_app.settling.models import OrderMoney
from reference_app.web import moments, words


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List orders of all stores, newest first."""
    filters = queries.read_filters(request.GET)
    found = queries.filtered(request.merchant, filters)
    page = queries.page(
        found,
        sort=filters.sort,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    stores = list(queries.stores_of(request.merchant))
    names = {store.pk: store for store in stores}
    searched = bool(filters.text or filters.unlinked)
    context: dict[str, Any] = {
        "filters": filters,
        "page": page,
        "rows": [(order, names[order.store_id]) for order in page.orders],
        "stores": stores,
        "statuses": words.STATUSES.items(),
        "marketplaces": [
            (code, title)
            for code, title in words.MARKETPLACES.items()
            if any(store.marketplace == code for store in stores)
        ],
        "views": saved.views_of(request.merchant, request.user, request.GET),
        "query_kept": saved.normal(request.GET),
        "links_available": links.available(),
        "ticket": tickets.issue(request.membership.pk),
        "now": timezone.now(),
        "summary": queries.summary(found, searched=searched) if page.orders else None,
        "today": moments.today(),
    }
    part = "orders/_list.html" if request.htmx and not request.htmx.boosted else "orders/index.html"
    return render(request, part, context)


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the orders that match as a CSV file."""
    found = queries.filtered(request.merchant, queries.read_filters(request.GET))
    name = f"orders-{moments.today():%Y%m%d}.csv"
    return StreamingHttpResponse(
        csv_export.rows(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_GET
def order(request: HttpRequest, marketplace: str, shop_id: str, external_id: str) -> HttpResponse:
    """Show one order with everything that hangs on it."""
    found = get_object_or_404(
        Order.objects.select_related("store", "merchant").prefetch_related(
            "lines", "packages", "steps"
        ),
        merchant=request.merchant,
        marketplace=marketplace,
        shop_id=shop_id,
        external_id=external_id,
    )
    mine = {"store": found.store, "order_ref": found.external_id}
    money = OrderMoney.objects.filter(order=found).first()
    booked = booking.variants_of(found.store, [found.external_id])
    variants = Variant.objects.in_bulk(booked.values())
    lines = [
        (line, variants.get(booked.get((found.external_id, line.external_id), 0)))
        for line in found.lines.all()
    ]
    context = {
        "order": found,
        "lines": lines,
        **panel.of(found, request.membership),
        "timeline": timeline(found),
        "recipient": masked(found),
        "waterfall": waterfall(
            list(Payment.objects.filter(**mine)),
            sum(line.list_price_minor * line.quantity for line in found.lines.all()),
        ),
        "money": money,
        "causes": money_words.causes(money.causes) if money else [],
        "returns": Return.objects.filter(**mine).prefetch_related("lines").order_by("requested_at"),
    }
    return render(request, "orders/detail.html", context)
