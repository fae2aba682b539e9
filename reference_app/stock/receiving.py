"""Goods that come back: only looking at them moves stock (domain 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from reference_app.stock.ledger import Entry, opened
from reference_app.stock.models import Movement, OrderStock, Receipt, Reservation
from reference_app.stock.rules import returns

if TYPE_CHECKING:
    from reference_app.tenants.models import User

__all__ = ["receive"]

_KINDS = {
    Receipt.Condition.SELLABLE: Movement.Kind.RETURN_OK,
    Receipt.Condition.DAMAGED: Movement.Kind.RETURN_DAMAGED,
}


def receive(
    order: OrderStock,
    return_ref: str,
    units: Mapping[int, int],
    condition: str,
    actor: User | None = None,
) -> int:
    """Book what came back of an order, by reservation; returns how many receipts are new.

    `return_ref` is the marketplace's return, or empty for an order that was cancelled on its way.
    The same return again changes nothing. Raises `rules.returns.Refused` for more than was
    handed over; then nothing was changed.
    """
    with transaction.atomic():
        OrderStock.objects.select_for_update(no_key=True).get(pk=order.pk)
        holds = order.reservations.filter(pk__in=list(units), state=Reservation.State.CONSUMED)
        known = set(
            Receipt.objects.filter(order=order, return_ref=return_ref).values_list(
                "reservation", flat=True
            )
        )
        fresh = [hold for hold in holds.select_related("warehouse") if hold.pk not in known]
        back = dict(
            Receipt.objects.filter(order=order)
            .values_list("reservation")
            .order_by()
            .annotate(Sum("units"))
        )
        receipts = [
            Receipt(
                order=order,
                return_ref=return_ref,
                reservation=hold,
                units=returns.accepted(
                    units[hold.pk], shipped=hold.units, back=back.get(hold.pk, 0)
                ),
                condition=condition,
                actor=actor,
            )
            for hold in fresh
        ]
        Receipt.objects.bulk_create(receipts)
        _move(order, receipts)
        _note_arrival(order)
    return len(receipts)


def _move(order: OrderStock, receipts: list[Receipt]) -> None:
    moving = [one for one in receipts if one.condition in _KINDS]
    holds = [one.reservation for one in moving]
    if not moving:
        return
    with opened(order.merchant_id, [hold.variant_id for hold in holds]) as books:
        for receipt in moving:
            hold = receipt.reservation
            books.add(
                Entry(
                    variant=hold.variant_id,
                    warehouse=hold.warehouse_id,
                    delta=receipt.units,
                    kind=_KINDS[Receipt.Condition(receipt.condition)],
                    cause=(
                        "return",
                        f"{order.store_id}:{order.order_ref}:{receipt.return_ref}"[:120],
                    ),
                    line=f"{hold.line}/{hold.variant_id}",
                    damaged=receipt.condition == Receipt.Condition.DAMAGED,
                    occurred_at=timezone.now(),
                    actor=receipt.actor,
                )
            )


def _note_arrival(order: OrderStock) -> None:
    """An order cancelled on its way is no longer awaited once all of it was looked at."""
    out = order.reservations.filter(state=Reservation.State.CONSUMED).aggregate(Sum("units"))
    back = order.receipts.aggregate(Sum("units"))
    if (back["units__sum"] or 0) >= (out["units__sum"] or 0):
        OrderStock.objects.filter(pk=order.pk).update(coming=False)
