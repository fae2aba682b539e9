"""Payments: movements, orders by the state of their money, payouts, and their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reference_app.records.models import Payment
from reference_app.settling import export, keeping, paging, queries
from reference_app.settling import words as titles
from reference_app.settling.models import OrderMoney
from reference_app.settling.rules.reckoning import Mark
from reference_app.tenants.guard import changes_things
from reference_app.web import charts, moments, words

_LINKED = 500  # movements of a payout that a page shows


def respond(request: HttpRequest, page: str, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """Answer htmx with the part that changes, and everybody else with the page."""
    within = request.htmx and not request.htmx.boosted
    return render(request, part if within else page, context)


def file(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    """Send the lines of a CSV file."""
    disposition = f'attachment; filename="{name}-{moments.today():%Y%m%d}.csv"'
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def common(request: HttpRequest, filters: queries.Filters, stream: str) -> dict[str, Any]:
    """Return what every list of this app needs."""
    stores = queries.stores_of(request.merchant)
    return {
        "filters": filters,
        "stores": stores,
        "names": {store.pk: store for store in stores},
        "complete_to": queries.complete_to(request.merchant, stream),
    }


# Movements


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the movements of all stores, with what they add up to by kind."""
    filters = queries.read(request.GET)
    found = queries.movements(request.merchant, filters)
    rows = paging.page(found, "occurred_at", request.GET)
    shared = common(request, filters, "payments")
    orders = queries.known_orders(rows.items)
    context = {
        **shared,
        "tab": "movements",
        "page": rows,
        "rows": [
            (payment, shared["names"][payment.store_id], orders.get(_ref(payment)))
            for payment in rows.items
        ],
        "kinds": words.PAYMENT_KINDS.items(),
        "sums": _by_kind(queries.sums(request.merchant, filters)) if rows.items else None,
    }
    return respond(request, "payments/index.html", "payments/_movements.html", context)


def _ref(payment: Payment) -> tuple[int, str]:
    return payment.store_id, payment.order_ref


def _by_kind(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Arrange sums by kind, in the order a seller reads them, with their chart."""
    kinds: dict[str, dict[str, int]] = {}
    for row in rows:
        sums = kinds.setdefault(row["kind"], {"n": 0, "sum": 0, "open": 0})
        sums["n"] += row["n"]
        sums["sum"] += row["sum"]
        sums["open"] += 0 if row["settled"] else row["sum"]
    ranked = [
        {"title": title, **kinds[kind]}
        for kind, title in words.PAYMENT_KINDS.items()
        if kind in kinds
    ]
    return {
        "kinds": ranked,
        "count": sum(row["n"] for row in ranked),
        "plus": sum(row["sum"] for row in ranked if row["sum"] > 0),
        "minus": sum(row["sum"] for row in ranked if row["sum"] < 0),
        "net": sum(row["sum"] for row in ranked),
        "open": sum(row["open"] for row in ranked),
        "chart": _kinds_chart(ranked),
    }


def _kinds_chart(ranked: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [row for row in ranked if row["sum"]]
    parts = [
        charts.Series(str(title), colour, tuple(row["sum"] if keep(row) else 0 for row in shown))
        for title, colour, keep in (
            (_("To you"), "plus", lambda row: row["sum"] > 0),
            (_("From you"), "minus", lambda row: row["sum"] < 0),
        )
    ]
    return charts.stacked(
        [str(row["title"]) for row in shown],
        parts,
        written=charts.dong,
        on_axis=charts.short_dong,
        across=True,
    )


@require_GET
def movements_file(request: HttpRequest) -> StreamingHttpResponse:
    """Send the movements that match as a CSV file."""
    found = queries.movements(request.merchant, queries.read(request.GET))
    return file("payments", export.movements(found))


# Orders


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List orders by the state of their money, with what explains a difference."""
    filters = queries.read(request.GET, titles.STATES)
    return respond(
        request, "payments/orders.html", "payments/_orders.html", _orders(request, filters)
    )


def _orders(request: HttpRequest, filters: queries.Filters) -> dict[str, Any]:
    found = queries.order_money(request.merchant, filters).select_related("order")
    rows = paging.page(found, "placed_at", request.GET)
    shared = common(request, filters, "payments")
    sums = queries.state_sums(request.merchant, filters.store)
    return {
        **shared,
        "tab": "orders",
        "page": rows,
        "rows": [
            (row, shared["names"][row.store_id], titles.causes(row.causes)) for row in rows.items
        ],
        "states": titles.STATES.items(),
        "sums": [
            {"state": state, "title": title, **sums[state]}
            for state, title in titles.STATES.items()
            if state in sums
        ],
    }


@require_GET
def orders_file(request: HttpRequest) -> StreamingHttpResponse:
    """Send the orders that match and their money as a CSV file."""
    filters = queries.read(request.GET, titles.STATES)
    return file("order-money", export.orders(queries.order_money(request.merchant, filters)))


@require_POST
@changes_things
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a difference is disputed or written off, or take that back."""
    row = get_object_or_404(
        OrderMoney.objects.select_related("store", "order"), pk=pk, merchant=request.merchant
    )
    asked = request.POST.get("mark", "")
    if asked in set(Mark):
        with transaction.atomic():
            OrderMoney.objects.filter(pk=row.pk).update(
                mark=asked, marked_at=timezone.now(), marked_by=request.user
            )
            keeping.reckon_orders(row.store, [row.order.external_id])
        told = _("Order %(id)s: noted.") % {"id": row.order.number}
        messages.success(request, told)
    return redirect("payments-orders")


# Payouts


@require_GET
def payouts(request: HttpRequest) -> HttpResponse:
    """List the transfers to the bank, each with the sum of the movements that name it."""
    filters = queries.read(request.GET, titles.PAYOUT_STATES)
    found = queries.payouts(request.merchant, filters)
    rows = paging.page(found, "requested_at", request.GET)
    shared = common(request, filters, "payouts")
    context = {
        **shared,
        "tab": "payouts",
        "page": rows,
        "rows": [(row, shared["names"][row.store_id], _gap(row)) for row in rows.items],
        "states": titles.PAYOUT_STATES.items(),
    }
    return respond(request, "payments/payouts.html", "payments/_payouts.html", context)


def _gap(payout: Any) -> int | None:
    """Return what a payout lacks against its movements; `None` where none name it."""
    return None if payout.linked_minor is None else payout.amount_minor - payout.linked_minor


@require_GET
def payout(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a payout with its movements."""
    found = get_object_or_404(
        queries.payouts(request.merchant, queries.Filters()).select_related("store"), pk=pk
    )
    mine = Payment.objects.filter(store=found.store, payout_ref=found.external_id)
    linked = tuple(mine.order_by("-occurred_at", "-id")[:_LINKED])
    orders_known = queries.known_orders(linked)
    context = {
        "payout": found,
        "gap": _gap(found),
        "rows": [(one, found.store, orders_known.get(_ref(one))) for one in linked],
        "complete_to": queries.complete_to(request.merchant, "payouts"),
        "cut": (found.linked or 0) > _LINKED,
    }
    return render(request, "payments/payout.html", context)


@require_GET
def payouts_file(request: HttpRequest) -> StreamingHttpResponse:
    """Send the payouts that match as a CSV file."""
    filters = queries.read(request.GET, titles.PAYOUT_STATES)
    return file("payouts", export.payouts(queries.payouts(request.merchant, filters)))
