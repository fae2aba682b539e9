"""The figures of the home page, in a fixed number of queries."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reference_app.records.models import Order
from reference_app.settling.models import DayMoney, OrderMoney
from reference_app.settling.rules.reckoning import State
from reference_app.stock.queries import COVER_DAYS, riskiest
from reference_app.stores.models import Store
from reference_app.stores.notices import reached
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant
from reference_app.web import charts, moments, words
from reference_app.web.days import LocalDay, LocalHour

__all__ = ["home"]

_DAYS = 14
_BEATS = 24
_ABSURD = 1000  # percent; beyond it a comparison tells nothing
# What a buyer has not committed to, or took back, is no revenue.
_REVENUE = ~Q(status__in=["UNPAID", "CANCELLED", "CANCELLING", "RETURNED"])
_TO_SHIP = ["TO_SHIP", "PACKED"]
# Money a marketplace still holds, by how near it is.
_STAGES = {
    State.NOT_DUE: gettext_lazy("Not delivered yet"),
    State.WAITING: gettext_lazy("Delivered, payout awaited"),
    State.OVERDUE: gettext_lazy("Overdue"),
}


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
        "hours": _hours(orders, stores, today),
        "money": _on_the_way(merchant, stores),
        "days": _days(orders, today),
        "cover": _cover(merchant),
        "complete_to": _complete_to(stores),
        "troubled": [s for s in stores if s.trouble or s.state == "needs_reauth"],
        "ending": [s for s in stores if s.state == "active" and _ends(s)],
    }


def _ends(store: Store) -> bool:
    return reached(store.consent_until, timezone.now()) is not None


def _sums(orders: QuerySet[Order]) -> dict[str, int]:
    found = orders.aggregate(count=Count("pk"), revenue=Sum("total_minor", filter=_REVENUE))
    return {"count": found["count"], "revenue": found["revenue"] or 0}


def _compared(orders: QuerySet[Order], today: date) -> dict[str, Any]:
    """Today so far against the same hours of the same weekday last week."""
    start = moments.day_span(today)[0]
    now = timezone.now()
    week = timedelta(days=7)
    mine = _sums(orders.filter(created_at__gte=start))
    then = _sums(orders.filter(created_at__gte=start - week, created_at__lt=now - week))
    return {**mine, "before": then, "change": _change(mine["revenue"], then["revenue"])}


def _change(now: int, before: int) -> int | None:
    change = round((now - before) * 100 / before) if before else None
    return change if change is None or change < _ABSURD else None


def _by_store(orders: QuerySet[Order], stores: list[Store], today: date) -> list[dict[str, Any]]:
    start = moments.day_span(today)[0]
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


def _on_the_way(merchant: Merchant, stores: list[Store]) -> dict[str, Any]:
    """What marketplaces hold for each store by stage, and what they settled in a week."""
    late = Q(state=State.WAITING, due_at__lt=timezone.now())
    rows = (
        OrderMoney.objects.filter(merchant=merchant, state__in=[State.WAITING, State.NOT_DUE])
        .values("store_id", "state")
        .annotate(
            n=Count("pk"),
            sum=Sum("stake_minor"),
            late=Count("pk", filter=late),
            late_sum=Sum("stake_minor", filter=late),
        )
    )
    held: dict[int, dict[str, int]] = {store.pk: dict.fromkeys(_STAGES, 0) for store in stores}
    count = 0
    for row in rows:
        sums, late_sum = held.get(row["store_id"]), row["late_sum"] or 0
        if sums is None:
            continue
        count += row["n"]
        sums[row["state"]] += row["sum"] - late_sum
        sums[State.OVERDUE] += late_sum
    return {
        "rows": [{"store": store, **held[store.pk]} for store in stores],
        "totals": {stage: sum(sums[stage] for sums in held.values()) for stage in _STAGES},
        "total": sum(sum(sums.values()) for sums in held.values()),
        "orders": count,
        "stages": list(_STAGES.items()),
        "chart": _held_chart(stores, held),
        "settled": _settled(merchant),
    }


def _held_chart(stores: list[Store], held: dict[int, dict[str, int]]) -> dict[str, Any]:
    parts = [
        charts.Series(str(title), colour, tuple(held[store.pk][stage] for store in stores))
        for (stage, title), colour in zip(_STAGES.items(), ("pale", "accent", "minus"), strict=True)
    ]
    return charts.stacked(
        # Sellers give their stores one name on several marketplaces.
        [f"{words.MARKETPLACES[store.marketplace]}: {store.name}" for store in stores],
        parts,
        written=charts.dong,
        on_axis=charts.short_dong,
        across=True,
    )


def _settled(merchant: Merchant) -> int:
    week = moments.today() - timedelta(days=6)
    sums = DayMoney.objects.filter(merchant=merchant, settled=True, day__gte=week)
    return sums.aggregate(total=Sum("amount_minor"))["total"] or 0


def _hours(orders: QuerySet[Order], stores: list[Store], today: date) -> dict[str, Any]:
    """Today's orders by local hour, stacked by channel."""
    start, end = moments.day_span(today)
    counted = (
        orders.filter(created_at__gte=start, created_at__lt=end)
        .annotate(hour=LocalHour("created_at"))
        .values("marketplace", "hour")
        .annotate(n=Count("pk"))
    )
    figures = {(row["marketplace"], row["hour"]): row["n"] for row in counted}
    present = {store.marketplace for store in stores} | {name for name, hour in figures}
    channels = [name for name in words.MARKETPLACES if name in present]
    hours = [f"{hour:02d}" for hour in range(24)]
    parts = [
        charts.Series(
            words.MARKETPLACES[name],
            name,
            tuple(figures.get((name, hour), 0) for hour in range(24)),
        )
        for name in channels
    ]
    return {
        "any": bool(figures),
        "channels": [(name, words.MARKETPLACES[name]) for name in channels],
        "rows": [
            {"hour": f"{hour}:00", "counts": counts, "total": sum(counts)}
            for hour, *counts in zip(hours, *(part.values for part in parts), strict=True)
            if sum(counts)
        ],
        "chart": charts.stacked([f"{hour}:00" for hour in hours], parts),
        "busiest": _busiest(figures),
    }


def _busiest(figures: dict[tuple[str, int], int]) -> dict[str, Any] | None:
    sums = [0] * 24
    for (_channel, hour), count in figures.items():
        sums[hour] += count
    most = max(sums)
    return {"hour": f"{sums.index(most):02d}:00", "count": most} if most else None


def _days(orders: QuerySet[Order], today: date) -> dict[str, Any]:
    """Orders and revenue of the last two weeks, by local day."""
    first = today - timedelta(days=_DAYS - 1)
    start = moments.day_span(first)[0]
    counted = (
        orders.filter(created_at__gte=start)
        .annotate(day=LocalDay("created_at"))
        .values("day")
        .annotate(count=Count("pk"), revenue=Sum("total_minor", filter=_REVENUE))
    )
    figures = {row["day"]: row for row in counted}
    days = [first + timedelta(days=offset) for offset in range(_DAYS)]
    rows = [
        {
            "label": moments.shown_day(day),
            "short": f"{day.day}/{day.month}",
            "count": figures.get(day, {}).get("count", 0),
            "revenue": figures.get(day, {}).get("revenue") or 0,
        }
        for day in days
    ]
    series = charts.Series(str(_("Revenue")), "accent", tuple(row["revenue"] for row in rows))
    return {
        "any": any(row["revenue"] for row in rows),
        "rows": rows,
        "chart": charts.stacked(
            [row["short"] for row in rows],
            [series],
            written=charts.dong,
            on_axis=charts.short_dong,
        ),
    }


def _cover(merchant: Merchant) -> dict[str, Any]:
    """The variants that are gone soonest, with the days they last."""
    rows = riskiest(merchant)
    series = charts.Series(str(_("Days of cover")), "wait", tuple(row.tenths for row in rows))
    return {
        "rows": [{"row": row, "days": charts.tenths(row.tenths)} for row in rows],
        "pace_days": COVER_DAYS,
        "chart": charts.stacked(
            [row.sku or row.name for row in rows], [series], written=charts.tenths, across=True
        ),
    }


def _complete_to(stores: list[Store]) -> datetime | None:
    """The moment all running stores have been read through; `None` while one has never been."""
    reads = [store.read_to for store in stores if store.state == Store.State.ACTIVE]
    known = [moment for moment in reads if moment is not None]
    return min(known) if known and len(known) == len(reads) else None
