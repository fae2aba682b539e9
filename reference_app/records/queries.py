"""Finding orders: filters, search, and pages that stay fast however many rows there are.

A page is found by position (the column it is sorted by, id), not by skipping rows.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from attrs import frozen
from django.db.models import Count, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from reference_app.records import links
from reference_app.records.models import Order, OrderLine, OrderPrivate, Package
from reference_app.records.probing import met
from reference_app.records.tokens import name_token, phone_token
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from reference_app.web import moments, words
from reference_app.web.text import fold

__all__ = ["Filters", "OrderPage", "filtered", "page", "read_filters", "summary"]

PAGE = 50
_ENOUGH = 5_000  # counting further costs more than it tells
_FEW = 1_000  # rows that are named one by one
_WAITING = ("TO_SHIP", "PACKED")  # the seller has not handed it over
_NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)
DUE = ("late", "today")


@frozen
class Sort:
    """A column to sort by; orders without a value come last."""

    column: str
    falling: bool


SORTS = {
    "new": Sort("created_at", falling=True),
    "old": Sort("created_at", falling=False),
    "due": Sort("due", falling=False),
    "total": Sort("total_minor", falling=True),
}


@frozen(kw_only=True)
class Filters:
    """What a visitor asks for; unreadable values count as not given.

    `due` is "late" (the deadline passed), "today" (it passes today, or did) or empty.
    """

    store: int | None = None
    marketplace: str = ""
    status: str = ""
    day_from: date | None = None
    day_to: date | None = None
    due: str = ""
    cod: bool = False
    unlinked: bool = False
    text: str = ""
    sort: str = "new"

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.chosen or self.text)

    @property
    def chosen(self) -> int:
        """How many narrow it besides the words that are searched for."""
        chosen = (self.store, self.marketplace, self.status, self.due, self.cod, self.unlinked)
        return sum(map(bool, (*chosen, self.day_from, self.day_to)))


@frozen(kw_only=True)
class OrderPage:
    """One page of orders; `older` and `newer` are positions for the neighbouring pages."""

    orders: tuple[Order, ...]
    older: str = ""
    newer: str = ""


def read_filters(values: Mapping[str, str]) -> Filters:
    """Read filters from a query string."""
    store = values.get("store", "")
    return Filters(
        store=int(store) if store.isdecimal() and len(store) < 18 else None,
        marketplace=_one_of(words.MARKETPLACES, values.get("marketplace", "")),
        status=_one_of(words.STATUSES, values.get("status", "")),
        day_from=_day(values.get("from", "")),
        day_to=_day(values.get("to", "")),
        due=_one_of(DUE, values.get("due", "")),
        cod=values.get("cod") == "1",
        unlinked=values.get("links") == "missing" and links.available(),
        text=values.get("q", "").strip()[:100],
        sort=_one_of(SORTS, values.get("sort", "")) or "new",
    )


def _one_of(known: Any, value: str) -> str:
    return value if value in known else ""


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
    if filters.marketplace:
        # By the merchant's few stores, so that the index of a store's orders can be used.
        stores = Store.objects.filter(merchant=merchant, marketplace=filters.marketplace)
        found = found.filter(store__in=list(stores.values_list("pk", flat=True)))
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.day_from:
        found = found.filter(created_at__gte=moments.day_span(filters.day_from)[0])
    if filters.day_to:
        found = found.filter(created_at__lt=moments.day_span(filters.day_to)[1])
    found = _by_deadline(found, filters)
    if filters.cod:
        found = found.filter(cod=True)
    if filters.unlinked:
        found = found.filter(links.with_unlinked_lines())
    if filters.text:
        found = found.filter(_matching(merchant, filters.text))
    return found


def _by_deadline(found: QuerySet[Order], filters: Filters) -> QuerySet[Order]:
    if filters.due:
        limit = moments.day_span(moments.today())[1] if filters.due == "today" else timezone.now()
        return found.filter(ship_by__lt=limit, status__in=_WAITING)
    if filters.sort == "due":  # a deadline means something only until the parcel is gone
        return found.filter(status__in=_WAITING)
    return found


def _matching(merchant: Merchant, text: str) -> Q:
    # An id is found by its index; only other words need a look into every row.
    exact = _by_id(merchant, text)
    if exact:
        return Q(pk__in=exact)
    words, people = _by_words(text), _people(merchant, text)
    if people is not None:
        owners = people.filter(order__merchant=merchant)
        persons = _few(owners.values_list("order_id", flat=True))
        if persons is None:  # so many are met soon on the way through the list
            return words | met(people.filter(order=OuterRef("pk")))
    else:
        persons = []
    # In the order of keys, which is the order rows lie in: the quickest way to look at them all.
    mine = Order.objects.filter(words, merchant=merchant).order_by("-pk")
    few = _few(mine.values_list("pk", flat=True))
    return (words if few is None else Q(pk__in=few)) | Q(pk__in=persons)


def _few(found: QuerySet[Any, int]) -> list[int] | None:
    """Return all keys that were found, or `None` for so many that a page is full at once."""
    keys = list(found[: _FEW + 1])
    return keys if len(keys) <= _FEW else None


def _by_id(merchant: Merchant, text: str) -> list[int]:
    mine = Order.objects.filter(merchant=merchant)
    found = list(mine.filter(external_id=text).values_list("pk", flat=True))
    found += mine.filter(number=text).values_list("pk", flat=True)
    # The join starts at the few rows that carry the text, whoever they belong to.
    boxes = Package.objects.filter(tracking_number=text).exclude(tracking_number="")
    found += boxes.filter(order__merchant=merchant).values_list("order_id", flat=True)
    if found:
        return found
    lines = OrderLine.objects.filter(sku=text, order__merchant=merchant).exclude(sku="")
    ids = list(lines.order_by("-order_id").values_list("order_id", flat=True)[: _ENOUGH + 1])
    # A SKU that sells a lot is looked for among the words, which has no bound.
    return ids if len(ids) <= 500 else []


def _by_words(text: str) -> Q:
    match = Q()
    for word in fold(text).split():
        match &= Q(search_text__contains=word)
    return match


def _people(merchant: Merchant, text: str) -> QuerySet[OrderPrivate] | None:
    """Return the recipients whose phone or name carries the text; `None` for no such text."""
    tail = phone_token(merchant, text)
    tokens = [tail] if tail else [name_token(merchant, word) for word in fold(text).split()]
    known = [token for token in tokens if token]
    people = OrderPrivate.objects.all()
    for token in known:
        people = people.filter(tokens__token=token)
    return people if known else None


def page(
    found: QuerySet[Order], *, sort: str = "new", after: str = "", before: str = ""
) -> OrderPage:
    """Return the first page, or the one after or before a position."""
    by = SORTS[sort]
    ordered = (
        found.annotate(due=Coalesce("ship_by", Value(_NO_DEADLINE))) if sort == "due" else found
    )
    position = _position(by, after or before)
    if position is None:
        rows = list(ordered.order_by(*_order(by))[: PAGE + 1])
        return OrderPage(orders=tuple(rows[:PAGE]), older=_end(by, rows))
    if after:
        rows = list(_beyond(ordered, by, position).order_by(*_order(by))[: PAGE + 1])
        shown = rows[:PAGE]
        newer = _mark(by, shown[0]) if shown else ""
        return OrderPage(orders=tuple(shown), newer=newer, older=_end(by, rows))
    back = Sort(by.column, falling=not by.falling)
    rows = list(_beyond(ordered, back, position).order_by(*_order(back))[: PAGE + 1])
    shown = rows[:PAGE][::-1]
    newer = _mark(by, shown[0]) if len(rows) > PAGE else ""
    return OrderPage(orders=tuple(shown), newer=newer, older=_mark(by, shown[-1]) if shown else "")


def _order(by: Sort) -> tuple[str, str]:
    sign = "-" if by.falling else ""
    return f"{sign}{by.column}", f"{sign}id"


def _beyond(found: QuerySet[Order], by: Sort, position: tuple[Any, int]) -> QuerySet[Order]:
    value, pk = position
    way = "lt" if by.falling else "gt"
    # The first condition is what the index can jump to; the second breaks ties.
    jump = Q(**{f"{by.column}__{way}e": value})
    return found.filter(jump & (Q(**{f"{by.column}__{way}": value}) | Q(**{f"pk__{way}": pk})))


def _end(by: Sort, rows: list[Order]) -> str:
    return _mark(by, rows[PAGE - 1]) if len(rows) > PAGE else ""


def _mark(by: Sort, order: Order) -> str:
    value = getattr(order, by.column)
    text = f"{value.isoformat() if isinstance(value, datetime) else value}|{order.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(by: Sort, mark: str) -> tuple[Any, int] | None:
    if not mark:
        return None
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        value, _, pk = text.partition("|")
        if by.column == "total_minor":
            return _small(int(value)), _small(int(pk))
        moment = datetime.fromisoformat(value)
        return (moment, _small(int(pk))) if moment.tzinfo else None
    except ValueError:  # somebody typed it, or changed the sort: the first page will do
        return None


def _small(number: int) -> int:
    if abs(number) >= 2**63:
        raise ValueError("more than a column holds")
    return number


def summary(found: QuerySet[Order], *, searched: bool = False) -> dict[str, Any]:
    """Count and add up what was found, to a point: `more` says that there is more.

    What was `searched` for by words or by links no index counts, so the point comes sooner.

    `total` leaves out cancelled orders; `cod` is the part of it that the carrier collects.
    """
    # Whether there is more is asked without an order, by whatever index leads to the fewest rows;
    # a few orders in order would be looked for among all of them.
    enough = _FEW if searched else _ENOUGH
    more = found.order_by()[enough : enough + 1].exists()
    newest = found.order_by("-created_at", "-id")[:enough] if more else found.order_by()
    counts = ~Q(status="CANCELLED")
    sums: dict[str, Any] = newest.values("pk", "status", "total_minor", "cod").aggregate(
        count=Count("pk"),
        total=Sum("total_minor", filter=counts),
        cod=Sum("total_minor", filter=counts & Q(cod=True)),
    )
    return {**sums, "total": sums["total"] or 0, "cod": sums["cod"] or 0, "more": more}


def stores_of(merchant: Merchant) -> QuerySet[Store]:
    """Return the stores a merchant may filter by, those with history only included."""
    return Store.objects.filter(merchant=merchant).order_by(F("marketplace"), F("name"))
