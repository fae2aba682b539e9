"""Keeping the money of orders up to date, in the transaction that stores what it follows from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from attrs import frozen
from django.db.models import F, Min

from entrosdk import MoneyState
from entrosdk import Return as SdkReturn
from entrosdk.sync.sink import Commit
from reference_app.records.models import Order, OrderStep, Payment, Return
from reference_app.settling.models import DayMoney, FeeRate, OrderMoney, ReturnClock, StoreTerms
from reference_app.settling.rules import reckoning as rules
from reference_app.settling.rules.fees import Rate, in_force
from reference_app.settling.rules.reckoning import Mark, Part, Reckoning, Seller, State, Terms
from reference_app.stores.models import Store
from reference_app.web import moments

__all__ = ["add_up", "follow", "reckon_orders", "reckon_store"]

_AT_ONCE = 500
_WITH_THE_BUYER = ("DELIVERED", "COMPLETED")
_OVER = frozenset({"CANCELLED", "RETURNED"})
_KEPT = ("mark", "marked_at", "marked_by")  # what a person said


def follow(store: Store, commit: Commit) -> None:
    """Work out again the orders that a commit touches."""
    if commit.key.stream == "returns":
        _note_refunds(store, commit.records)
    ids = {
        record.id if commit.key.stream == "orders" else getattr(record, "order_id", "")
        for record in commit.records
    }
    if commit.key.stream in {"orders", "payments", "returns"}:
        reckon_orders(store, ids - {""})


def _note_refunds(store: Store, returns: Sequence[SdkReturn]) -> None:
    refunded = {one.id: one.updated_at for one in returns if one.money_state == "REFUNDED"}
    stored = Return.objects.filter(store=store, external_id__in=refunded, money_state="REFUNDED")
    ReturnClock.objects.bulk_create(
        (
            ReturnClock(item_id=pk, refunded_at=refunded[external_id])
            for pk, external_id in stored.values_list("pk", "external_id")
        ),
        ignore_conflicts=True,  # the first time it was seen counts
    )


def reckon_store(store: Store) -> int:
    """Work out every order of a store again; returns how many there are."""
    ids = list(Order.objects.filter(store=store).values_list("external_id", flat=True))
    reckon_orders(store, ids)
    return len(ids)


def reckon_orders(store: Store, ids: Iterable[str]) -> None:
    """Work out the money of orders by their ids; ids of orders not stored are passed over."""
    wanted = sorted(ids)
    known = _Known.of(store) if wanted else None
    for start in range(0, len(wanted), _AT_ONCE):
        _reckon(store, known, wanted[start : start + _AT_ONCE])  # type: ignore[arg-type]


@frozen
class _Known:
    """A store's terms and rates."""

    seller: Seller
    due: timedelta
    shipping_cancels: bool
    rates: tuple[Rate, ...]

    @classmethod
    def of(cls, store: Store) -> _Known:
        terms = StoreTerms.objects.filter(store=store).first() or StoreTerms(store=store)
        rates = tuple(row.rate() for row in FeeRate.objects.filter(store=store))
        due = timedelta(days=terms.due_days)
        return cls(terms.seller_type, due, terms.shipping_cancels, rates)

    def on(self, day: date, refunds: Mapping[str, int] | None) -> Terms:
        return Terms(
            seller=self.seller,
            rates=in_force(self.rates, day),
            returned=refunds is not None,
            refunded=(refunds or {}).get(MoneyState.REFUNDED, 0),
            shipping_cancels=self.shipping_cancels,
        )


def _reckon(store: Store, known: _Known, ids: list[str]) -> None:
    orders = list(Order.objects.filter(store=store, external_id__in=ids))
    if not orders:
        return
    movements: dict[str, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(store=store, order_ref__in=ids):
        movements[payment.order_ref].append(payment)
    delivered, marks = _deliveries(orders), _marks(orders)
    returned = _returns(store, ids)
    rows = [
        _row(
            order,
            movements[order.external_id],
            known,
            delivered_at=delivered.get(order.pk),
            refunds=returned.get(order.external_id),
            mark=Mark(marks.get(order.pk, "")),
        )
        for order in orders
    ]
    fixed = {"id", "order", *_KEPT}
    fields = [f.name for f in OrderMoney._meta.concrete_fields if f.name not in fixed]
    OrderMoney.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["order"], update_fields=fields
    )


def _deliveries(orders: Sequence[Order]) -> dict[int, datetime]:
    """Tell when orders reached their buyers, as far as it was seen."""
    there = [order for order in orders if order.status in _WITH_THE_BUYER]
    seen = OrderStep.objects.filter(order__in=orders, status__in=_WITH_THE_BUYER)
    first = dict(seen.values_list("order").annotate(at=Min("at")))
    return {**{order.pk: order.updated_at or order.created_at for order in there}, **first}


def _returns(store: Store, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Add up the refunds of each order's returns by how far the money is."""
    found: dict[str, dict[str, int]] = {}
    rows = Return.objects.filter(store=store, order_ref__in=ids)
    for order, state, refund in rows.values_list("order_ref", "money_state", "refund_minor"):
        sums = found.setdefault(order, {})
        sums[state] = sums.get(state, 0) + refund
    return found


def _marks(orders: Sequence[Order]) -> dict[int, str]:
    return dict(OrderMoney.objects.filter(order__in=orders).values_list("order_id", "mark"))


def _row(
    order: Order,
    movements: Sequence[Payment],
    known: _Known,
    *,
    delivered_at: datetime | None,
    refunds: Mapping[str, int] | None,
    mark: Mark,
) -> OrderMoney:
    day = moments.local(order.created_at).date()
    parts = [_part(payment) for payment in movements]
    result = rules.reckon(parts, known.on(day, refunds)) if parts else None
    over = order.status in _OVER
    state = rules.state_of(result, over=over, delivered_at=delivered_at, mark=mark)
    settled = [payment.settled_at for payment in movements if payment.settled_at]
    return OrderMoney(
        order=order,
        merchant_id=order.merchant_id,
        store_id=order.store_id,
        placed_at=order.created_at,
        delivered_at=delivered_at,
        due_at=rules.due_at(delivered_at, known.due),
        settled_at=max(settled) if result and result.settled and settled else None,
        state=state.value,
        stake_minor=_stake(order, result, state),
        **_figures(result),
    )


def _figures(result: Reckoning | None) -> dict[str, Any]:
    if result is None:
        return {}
    compared = result.settled
    causes = [[one.cause.value, one.kind, one.amount] for one in result.causes]
    return {
        "payout_minor": result.paid,
        "expected_minor": result.expected,
        "difference_minor": result.difference if compared else 0,
        "causes": causes if compared else [],
    }


def _part(payment: Payment) -> Part:
    return Part(
        payment.kind,
        payment.amount_minor,
        settled=payment.settled_at is not None,
        raw_kind=payment.raw_kind,
        derived=payment.derived,
    )


def _stake(order: Order, result: Reckoning | None, state: State) -> int:
    if result is not None:
        return result.paid
    before_fees = order.items_minor - (order.seller_discount_minor or 0)
    return 0 if state is State.NO_MONEY or order.status in _OVER else before_fees


# Sums of days


def add_up(store: Store, *, gone: Iterable[Payment], come: Iterable[Payment]) -> None:
    """Move the sums of days by movements that were replaced and those that took their place."""
    moved: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for sign, payments in ((-1, gone), (1, come)):
        for payment in payments:
            sums = moved[_day_key(payment)]
            sums[0] += sign
            sums[1] += sign * payment.amount_minor
    keys = {key: sums for key, sums in moved.items() if any(sums)}
    names = ("day", "kind", "currency", "settled")
    # The row first, then the difference: two writers of one store add up, none overwrites.
    DayMoney.objects.bulk_create(
        (
            DayMoney(merchant_id=store.merchant_id, store=store, **dict(zip(names, k, strict=True)))
            for k in keys
        ),
        ignore_conflicts=True,
    )
    for key, (count, amount) in keys.items():
        DayMoney.objects.filter(store=store, **dict(zip(names, key, strict=True))).update(
            count=F("count") + count, amount_minor=F("amount_minor") + amount
        )


def _day_key(payment: Payment) -> tuple[date, str, str, bool]:
    day = moments.local(payment.occurred_at).date()
    return day, payment.kind, payment.currency, payment.settled_at is not None
