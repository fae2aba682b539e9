"""Finding movements, payouts, orders by the state of their money, and returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from attrs import frozen
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from entrosdk import GoodsState, MoneyState
from entrosdk.sync.sink import Checkpoint
from entrosdk.sync.sinks import openings
from reference_app.records.models import Order, Payment, Payout, Return, StreamCheckpoint
from reference_app.settling.models import DayMoney, OrderMoney
from reference_app.settling.rules.reckoning import State
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from reference_app.web import moments, words

__all__ = ["Filters", "complete_to", "movements", "order_money", "payouts", "read", "returns"]

# Refunded, and the goods are neither back nor to stay with the buyer.
NOT_BACK = Q(money_state=MoneyState.REFUNDED) & Q(
    goods_state__in=[GoodsState.EXPECTED, GoodsState.IN_TRANSIT, GoodsState.UNKNOWN]
)
ANSWER = Q(money_state=MoneyState.PENDING) & ~Q(goods_state=GoodsState.CANCELLED)
RETURN_VIEWS = {
    "answer": ANSWER,
    "not_back": NOT_BACK,
    "coming": Q(goods_state__in=[GoodsState.EXPECTED, GoodsState.IN_TRANSIT]),
}

_OPEN = [State.WAITING, State.NOT_DUE, State.SHORT, State.OVER, State.DISPUTED, State.WRITTEN_OFF]


@frozen(kw_only=True)
class Filters:
    """What a visitor asks for; unreadable values count as not given."""

    store: int | None = None
    kind: str = ""
    state: str = ""
    day_from: date | None = None
    day_to: date | None = None
    text: str = ""

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.store, self.kind, self.state, self.day_from, self.day_to, self.text))


def read(values: Mapping[str, str], states: Mapping[str, Any] | None = None) -> Filters:
    """Read filters from a query string; `states` are the words that `state` may be."""
    store, kind, state = (values.get(name, "") for name in ("store", "kind", "state"))
    return Filters(
        store=int(store) if store.isdecimal() and len(store) < 18 else None,
        kind=kind if kind in words.PAYMENT_KINDS else "",
        state=state if state in (states or {}) else "",
        day_from=_day(values.get("from", "")),
        day_to=_day(values.get("to", "")),
        text=values.get("q", "").strip()[:80],
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _within(by: str, filters: Filters) -> Q:
    found = Q(store_id=filters.store) if filters.store else Q()
    if filters.day_from:
        found &= Q(**{f"{by}__gte": moments.day_span(filters.day_from)[0]})
    if filters.day_to:
        found &= Q(**{f"{by}__lt": moments.day_span(filters.day_to)[1]})
    return found


def _order_ids(merchant: Merchant, text: str) -> list[str]:
    """Return the ids of the orders that somebody may mean by `text`."""
    named = Order.objects.filter(merchant=merchant, number=text)
    return [text, *named.values_list("external_id", flat=True)[:20]]


# Movements


def movements(merchant: Merchant, filters: Filters) -> QuerySet[Payment]:
    """Return the movements that match, in no order."""
    found = Payment.objects.filter(_within("occurred_at", filters), merchant=merchant)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.text:
        found = found.filter(order_ref__in=_order_ids(merchant, filters.text))
    return found


def sums(merchant: Merchant, filters: Filters) -> list[dict[str, Any]]:
    """Add up the movements that match, by kind and whether they are settled."""
    rows: QuerySet[Any]
    if filters.text:  # one order: few rows
        rows = movements(merchant, filters).annotate(settled=Q(settled_at__isnull=False))
        return list(rows.values("kind", "settled").annotate(n=Count("pk"), sum=Sum("amount_minor")))
    rows = DayMoney.objects.filter(merchant=merchant, count__gt=0)
    if filters.store:
        rows = rows.filter(store_id=filters.store)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.day_from:
        rows = rows.filter(day__gte=filters.day_from)
    if filters.day_to:
        rows = rows.filter(day__lte=filters.day_to)
    return list(rows.values("kind", "settled").annotate(n=Sum("count"), sum=Sum("amount_minor")))


def known_orders(payments: tuple[Payment, ...]) -> dict[tuple[int, str], Order]:
    """Return the stored orders of movements by store and id."""
    refs = {payment.order_ref for payment in payments if payment.order_ref}
    stores = {payment.store_id for payment in payments}
    found = Order.objects.filter(store__in=stores, external_id__in=refs)
    return {(order.store_id, order.external_id): order for order in found}


# Payouts


def payouts(merchant: Merchant, filters: Filters) -> QuerySet[Payout]:
    """Return the payouts that match, each with the sum of the movements that name it."""
    mine = Payment.objects.filter(store=OuterRef("store"), payout_ref=OuterRef("external_id"))
    # Rows, not their keys, are counted: those the index has not.
    counted = mine.order_by().values("payout_ref").annotate(n=Count("*"), sum=Sum("amount_minor"))
    found = Payout.objects.filter(_within("requested_at", filters), merchant=merchant)
    if filters.state:
        found = found.filter(status=filters.state)
    return found.annotate(
        linked=Subquery(counted.values("n")), linked_minor=Subquery(counted.values("sum"))
    )


# Orders


def order_money(merchant: Merchant, filters: Filters) -> QuerySet[OrderMoney]:
    """Return the orders that match, by what became of their money."""
    found = OrderMoney.objects.filter(_within("placed_at", filters), merchant=merchant)
    if filters.state == State.OVERDUE:
        found = found.filter(state=State.WAITING, due_at__lt=timezone.now())
    elif filters.state == State.WAITING:
        found = found.filter(state=State.WAITING, due_at__gte=timezone.now())
    elif filters.state:
        found = found.filter(state=filters.state)
    if filters.text:
        ids = _order_ids(merchant, filters.text)
        found = found.filter(order__merchant=merchant, order__external_id__in=ids)
    return found


def state_sums(merchant: Merchant, store: int | None = None) -> dict[str, dict[str, int]]:
    """Count orders by the state of their money: how many, their money, their difference."""
    rows = OrderMoney.objects.filter(merchant=merchant)
    if store:
        rows = rows.filter(store_id=store)
    late = Q(state=State.WAITING, due_at__lt=timezone.now())
    found: dict[str, dict[str, int]] = {
        state: {"n": n, "sum": 0, "difference": 0}
        for state, n in rows.values_list("state").annotate(n=Count("pk"))
    }
    # Orders that are over are many, and their sum tells nothing to act on: they are only counted.
    unfinished = rows.filter(state__in=_OPEN).values("state")
    for row in unfinished.annotate(
        sum=Sum("stake_minor"),
        difference=Sum("difference_minor"),
        late=Count("pk", filter=late),
        late_sum=Sum("stake_minor", filter=late),
    ):
        late_sum, sums = row["late_sum"] or 0, found[row["state"]]
        sums.update(sum=row["sum"] - late_sum, difference=row["difference"])
        if row["late"]:
            sums["n"] -= row["late"]
            found[State.OVERDUE] = {"n": row["late"], "sum": late_sum, "difference": 0}
    return {state: sums for state, sums in found.items() if sums["n"]}


# Returns


def returns(merchant: Merchant, filters: Filters) -> QuerySet[Return]:
    """Return the returns that match."""
    found = Return.objects.filter(_within("requested_at", filters), merchant=merchant)
    if filters.state:
        found = found.filter(RETURN_VIEWS[filters.state])
    if filters.text:
        ids = _order_ids(merchant, filters.text)
        found = found.filter(Q(order_ref__in=ids) | Q(external_id=filters.text))
    return found


def return_counts(merchant: Merchant) -> dict[str, int]:
    """Count what waits: answers to give, goods refunded but not back, goods on their way."""
    counts = {name: Count("pk", filter=rule) for name, rule in RETURN_VIEWS.items()}
    return Return.objects.filter(merchant=merchant).aggregate(**counts)


# How far a report reaches


def complete_to(merchant: Merchant, stream: str) -> datetime | None:
    """Return the oldest moment all running stores were read through; `None` while one never was.

    Stores whose marketplace has no such stream have no say.
    """
    stores = set(
        Store.objects.filter(merchant=merchant, state=Store.State.ACTIVE).values_list(
            "pk", flat=True
        )
    )
    rows = StreamCheckpoint.objects.filter(store__in=stores, stream=stream)
    reached = {
        row.store_id: Checkpoint(done_to=row.done_to, open=openings.from_json(row.open)).complete_to
        for row in rows
    }
    known = [moment for moment in reached.values() if moment is not None]
    return min(known) if known and len(known) == len(reached) else None


def stores_of(merchant: Merchant) -> list[Store]:
    """Return the stores a merchant may filter by, those with history only included."""
    return list(Store.objects.filter(merchant=merchant).order_by(F("marketplace"), F("name")))
