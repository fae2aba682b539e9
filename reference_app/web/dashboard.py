"""The figures of the home page, in a fixed number of queries."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from reference_app.records.models import Order, Payment
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant
from reference_app.web import moments

__all__ = ["home"]

_DAYS = 14
_BEATS = 24
_ABSURD = 1000  # percent; beyond it a comparison tells nothing
# What a buyer has not committed to, or took back, is no revenue.
_REVENUE = ~Q(status__in=["UNPAID", "CANCELLED", "CANCELLING", "RETURNED"])
_TO_SHIP = ["TO_SHIP", "PACKED"]


def home(merchant: Merchant) -> dict[str, Any]:
    """Return everything the home page shows."""
    stores = list(Store.objects.filter(merchant=merchant).exclude(state="disconnected"))
    if not stores:
        return {"stores": [], "any_store": False}
    today = moments.today()
    orders = Order.objects.filter(merchant=merchant)
    return {
        "any_store": True,
        "today": today,
        "so_far": _compared(orders, today),
        "stores": _by_store(orders, stores, today),
        "shipping": _shipping(orders),
        "money": _money(merchant),
        "days": _bars(orders, today),
        "complete_to": _complete_to(stores),
        "troubled": [s for s in stores if s.trouble or s.state == "needs_reauth"],
    }


def _sums(orders: QuerySet[Order]) -> dict[str, int]:
    found = orders.aggregate(count=Count("pk"), revenue=Sum("total_minor", filter=_REVENUE))
    return {"count": found["count"], "revenue": found["revenue"] or 0}


def _compared(orders: QuerySet[Order], today: date) -> dict[str, Any]:
    """Today so far against the same hours of the same weekday last week."""
    start, _ = moments.day_span(today)
    now = timezone.now()
    week = timedelta(days=7)
    mine = _sums(orders.filter(created_at__gte=start))
    then = _sums(orders.filter(created_at__gte=start - week, created_at__lt=now - week))
    return {**mine, "before": then, "change": _change(mine["revenue"], then["revenue"])}


def _change(now: int, before: int) -> int | None:
    change = round((now - before) * 100 / before) if before else None
    return change if change is None or change < _ABSURD else None


def _by_store(orders: QuerySet[Order], stores: list[Store], today: date) -> list[dict[str, Any]]:
    start, _ = moments.day_span(today)
    counted = (
        orders.filter(created_at__gte=start)
        .values("store_id")
        .annotate(count=Count("pk"), revenue=Sum("total_minor", filter=_REVENUE))
    )
    figures = {row["store_id"]: row for row in counted}
    beats = _beats(stores)
    return [
        {
            "store": store,
            "count": figures.get(store.pk, {}).get("count", 0),
            "revenue": figures.get(store.pk, {}).get("revenue") or 0,
            "beats": beats.get(store.pk, []),
        }
        for store in stores
    ]


def _beats(stores: list[Store]) -> dict[int, list[dict[str, Any]]]:
    """The last runs of each store, oldest first, with their places in the drawing."""
    since = timezone.now() - timedelta(days=1)
    runs = SyncRun.objects.filter(store__in=stores, started_at__gte=since)
    latest: dict[int, list[SyncRun]] = {}
    for run in runs.order_by("-started_at").values("store_id", "state", "trouble", "started_at")[
        : _BEATS * len(stores) * 2
    ]:
        latest.setdefault(run["store_id"], []).append(run)
    return {
        pk: [
            {**run, "x": (_BEATS - len(mine[:_BEATS]) + place) * 8}
            for place, run in enumerate(reversed(mine[:_BEATS]))
        ]
        for pk, mine in latest.items()
    }


def _shipping(orders: QuerySet[Order]) -> dict[str, Any]:
    now = timezone.now()
    return orders.filter(status__in=_TO_SHIP).aggregate(
        count=Count("pk"),
        late=Count("pk", filter=Q(ship_by__lt=now)),
        soon=Count("pk", filter=Q(ship_by__gte=now, ship_by__lt=now + timedelta(hours=24))),
        next=Min("ship_by", filter=Q(ship_by__gte=now)),
    )


def _money(merchant: Merchant) -> dict[str, Any]:
    """What marketplaces paid in a week, and what they still hold for finished orders."""
    week = timezone.now() - timedelta(days=7)
    payments = Payment.objects.filter(merchant=merchant)
    paid = payments.filter(settled_at__gte=week).aggregate(
        total=Sum("amount_minor"), orders=Count("order_ref", distinct=True)
    )
    waiting = Order.objects.filter(
        merchant=merchant, status__in=["TO_SHIP", "PACKED", "SHIPPED", "DELIVERED"]
    ).aggregate(total=Sum("total_minor"), orders=Count("pk"))
    return {"paid": paid, "waiting": waiting, "last": payments.aggregate(at=Max("settled_at"))}


def _bars(orders: QuerySet[Order], today: date) -> dict[str, Any]:
    """Revenue of the last two weeks, with each bar's place in a drawing 100 units high."""
    first = today - timedelta(days=_DAYS - 1)
    start, _ = moments.day_span(first)
    zone = timezone.get_default_timezone()
    counted = (
        orders.filter(created_at__gte=start)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day")
        .annotate(count=Count("pk"), revenue=Sum("total_minor", filter=_REVENUE))
    )
    figures = {row["day"]: row for row in counted}
    days = [first + timedelta(days=offset) for offset in range(_DAYS)]
    highest = max((row["revenue"] or 0 for row in figures.values()), default=0)
    return {
        "any": highest > 0,
        "bars": [_bar(place, day, figures.get(day, {}), highest) for place, day in enumerate(days)],
    }


def _bar(place: int, day: date, row: dict[str, Any], highest: int) -> dict[str, Any]:
    revenue = row.get("revenue") or 0
    height = max(2, round(revenue * 100 / highest)) if revenue else 0
    return {
        "day": day,
        "label": moments.shown_day(day),
        "count": row.get("count", 0),
        "revenue": revenue,
        "x": place * 24 + 3,
        "y": 100 - height,
        "height": height,
    }


def _complete_to(stores: list[Store]) -> datetime | None:
    """The moment all running stores have been read through; `None` while one has never been."""
    reads = [store.read_to for store in stores if store.state == Store.State.ACTIVE]
    known = [moment for moment in reads if moment is not None]
    return min(known) if known and len(known) == len(reads) else None
