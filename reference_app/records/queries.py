"""Finding orders: filters, search, and pages that stay fast however many rows there are.

A page is found by position (created_at, id), not by skipping rows.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from attrs import frozen
from django.db.models import Count, F, Q, QuerySet, Sum

from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from reference_app.web import moments, words
from reference_app.web.text import fold

__all__ = ["Filters", "OrderPage", "filtered", "page", "read_filters", "summary"]

PAGE = 50
_ENOUGH = 10_000  # counting further costs more than it tells


@frozen(kw_only=True)
class Filters:
    """What a visitor asks for; unreadable values count as not given."""

    store: int | None = None
    status: str = ""
    day_from: date | None = None
    day_to: date | None = None
    text: str = ""

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.store or self.status or self.day_from or self.day_to or self.text)


@frozen(kw_only=True)
class OrderPage:
    """One page of orders; `older` and `newer` are positions for the neighbouring pages."""

    orders: tuple[Order, ...]
    older: str = ""
    newer: str = ""


def read_filters(values: Mapping[str, str]) -> Filters:
    """Read filters from a query string."""
    status = values.get("status", "")
    store = values.get("store", "")
    return Filters(
        store=int(store) if store.isdecimal() and len(store) < 18 else None,
        status=status if status in words.STATUSES else "",
        day_from=_day(values.get("from", "")),
        day_to=_day(values.get("to", "")),
        text=values.get("q", "").strip()[:100],
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def filtered(merchant: Merchant, filters: Filters) -> QuerySet[Order]:
    """Return the merchant's orders that match, in no order."""
    found = Order.objects.filter(merchant=merchant)
    if filters.store:
        found = found.filter(store_id=filters.store)
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.day_from:
        found = found.filter(created_at__gte=moments.day_span(filters.day_from)[0])
    if filters.day_to:
        found = found.filter(created_at__lt=moments.day_span(filters.day_to)[1])
    if filters.text:
        found = found.filter(_matching(merchant, filters.text))
    return found


def _matching(merchant: Merchant, text: str) -> Q:
    # An id is found by its index; only other words need a look into every row.
    exact = Order.objects.filter(merchant=merchant).filter(Q(external_id=text) | Q(number=text))
    if exact.exists():
        return Q(external_id=text) | Q(number=text)
    match = Q()
    for word in fold(text).split():
        match &= Q(search_text__contains=word)
    return match


def page(found: QuerySet[Order], *, after: str = "", before: str = "") -> OrderPage:
    """Return a page of the newest orders, or those after (older) or before (newer) a position."""
    position = _position(after or before)
    newest_first = found.order_by("-created_at", "-id")
    if position is None:
        rows = list(newest_first[: PAGE + 1])
        return OrderPage(orders=tuple(rows[:PAGE]), older=_end(rows, more=len(rows) > PAGE))
    created_at, pk = position
    if after:
        rows = list(newest_first.filter(_older_than(created_at, pk))[: PAGE + 1])
        shown = rows[:PAGE]
        newer = _mark(shown[0]) if shown else ""
        return OrderPage(orders=tuple(shown), newer=newer, older=_end(rows, more=len(rows) > PAGE))
    rows = list(found.order_by("created_at", "id").filter(_newer_than(created_at, pk))[: PAGE + 1])
    shown = rows[:PAGE][::-1]
    newer = _mark(shown[0]) if len(rows) > PAGE else ""
    return OrderPage(orders=tuple(shown), newer=newer, older=_mark(shown[-1]) if shown else "")


def _older_than(created_at: datetime, pk: int) -> Q:
    # The first condition is what the index can jump to; the second breaks ties.
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(pk__lt=pk))


def _newer_than(created_at: datetime, pk: int) -> Q:
    return Q(created_at__gte=created_at) & (Q(created_at__gt=created_at) | Q(pk__gt=pk))


def _end(rows: list[Order], *, more: bool) -> str:
    return _mark(rows[PAGE - 1]) if more else ""


def _mark(order: Order) -> str:
    text = f"{order.created_at.isoformat()}|{order.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(mark: str) -> tuple[datetime, int] | None:
    if not mark:
        return None
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        moment, _, pk = text.partition("|")
        created_at = datetime.fromisoformat(moment)
        return (created_at, int(pk)) if created_at.tzinfo else None
    except ValueError:  # somebody typed it: the first page will do
        return None


def summary(found: QuerySet[Order]) -> dict[str, Any]:
    """Count and add up what was found, to a point: `more` says that there is more."""
    newest = found.order_by("-created_at", "-id").values("pk", "total_minor", "status")
    part = newest[: _ENOUGH + 1]
    sums: dict[str, Any] = Order.objects.filter(pk__in=part.values("pk")).aggregate(
        count=Count("pk"), total=Sum("total_minor", filter=~Q(status="CANCELLED"))
    )
    return {**sums, "total": sums["total"] or 0, "more": sums["count"] > _ENOUGH}


def stores_of(merchant: Merchant) -> QuerySet[Store]:
    """Return the stores a merchant may filter by, those with history only included."""
    return Store.objects.filter(merchant=merchant).order_by(F("marketplace"), F("name"))
