"""What people do to stock: count it, take it in, correct it, carry it elsewhere.

Every act carries a token of the form it came from: sent twice, it happens once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from reference_app.stock.ledger import Entry, opened
from reference_app.stock.models import Movement, Transfer, TransferLine, Warehouse

if TYPE_CHECKING:
    from reference_app.tenants.models import User

__all__ = ["Hand", "NotPossible", "adjust", "count", "receive", "receive_transfer", "send_transfer"]

Kind = Movement.Kind


class NotPossible(Exception):
    """An act that stock does not allow; the message is for a person. Nothing was changed."""


@frozen
class Hand:
    """Who acts, and the token of the form."""

    actor: User | None
    token: str


def count(
    warehouse: Warehouse, counted: Mapping[int, int], at: datetime, hand: Hand, note: str = ""
) -> int:
    """Set what was on the shelf at an instant; what moved later comes on top.

    Damaged units count. Returns how many variants were off; raises `NotPossible` for an instant
    to come, or one before a later count.
    """
    if at > timezone.now():
        raise NotPossible(_("A count cannot lie in the future."))
    with opened(warehouse.merchant_id, counted) as books:
        before = _on_hand_at(warehouse, counted, at)
        for variant, units in counted.items():
            place = books.at(variant, warehouse.pk)
            if place.counted_at is not None and place.counted_at > at:
                raise NotPossible(_("There is a later count of the same goods."))
            books.add(
                Entry(
                    variant=variant,
                    warehouse=warehouse.pk,
                    delta=units - before.get(variant, 0),
                    kind=Kind.STOCKTAKE if variant in before else Kind.OPENING,
                    cause=("count", hand.token),
                    line=f"{warehouse.pk}/{variant}",
                    reason=note,
                    occurred_at=at,
                    actor=hand.actor,
                )
            )
            place.counted_at = at
    return sum(movement.delta != 0 for movement in books.posted)


def _on_hand_at(warehouse: Warehouse, variants: Mapping[int, int], at: datetime) -> dict[int, int]:
    rows = Movement.objects.filter(warehouse=warehouse, variant__in=list(variants))
    moved = rows.filter(occurred_at__lte=at).values_list("variant").order_by()
    return dict(moved.annotate(Sum("delta")))


def adjust(
    warehouse: Warehouse,
    variant: int,
    delta: int,
    hand: Hand,
    *,
    reason: str,
    kind: str = Kind.ADJUST,
    damaged: bool = False,
) -> Movement | None:
    """Add or take units, with a reason; `None` when the same form was sent before."""
    posted = _post(warehouse, {variant: delta}, hand, reason=reason, kind=kind, damaged=damaged)
    return posted[0] if posted else None


def receive(
    warehouse: Warehouse, units: Mapping[int, int], hand: Hand, *, reason: str = ""
) -> list[Movement]:
    """Take a delivery in, all of it or nothing; returns nothing when it was taken in before."""
    return _post(warehouse, units, hand, reason=reason, kind=Kind.RECEIVE, damaged=False)


def _post(
    warehouse: Warehouse,
    deltas: Mapping[int, int],
    hand: Hand,
    *,
    reason: str,
    kind: str,
    damaged: bool,
) -> list[Movement]:
    with opened(warehouse.merchant_id, deltas) as books:
        for variant, delta in deltas.items():
            books.add(
                Entry(
                    variant=variant,
                    warehouse=warehouse.pk,
                    delta=delta,
                    kind=kind,
                    cause=("form", hand.token),
                    line=str(variant),
                    reason=reason,
                    damaged=damaged,
                    occurred_at=timezone.now(),
                    actor=hand.actor,
                )
            )
    return books.posted


# Transfers


def send_transfer(
    source: Warehouse, target: Warehouse, units: Mapping[int, int], hand: Hand
) -> Transfer:
    """Send goods on their way; raises `NotPossible` for more than no order holds."""
    if source.pk == target.pk:
        raise NotPossible(_("Choose two different warehouses."))
    with opened(source.merchant_id, units) as books:
        transfer, made = Transfer.objects.get_or_create(
            merchant_id=source.merchant_id,
            token=hand.token,
            defaults={"source": source, "target": target, "actor": hand.actor},
        )
        if made:
            for variant, number in units.items():
                if number > books.at(variant, source.pk).level.free:
                    raise NotPossible(_("There are not so many units that no order holds."))
                books.add(_leg(transfer, variant, -number, hand.actor))
            TransferLine.objects.bulk_create(
                TransferLine(transfer=transfer, variant_id=variant, units=number)
                for variant, number in units.items()
            )
    return transfer


def receive_transfer(transfer: Transfer, arrived: Mapping[int, int], actor: User | None) -> bool:
    """Take in what arrived, once; what is missing stays gone. Returns whether it was taken in."""
    with transaction.atomic():
        waiting = Transfer.objects.filter(pk=transfer.pk, state=Transfer.State.SENT)
        if not waiting.update(state=Transfer.State.RECEIVED, received_at=timezone.now()):
            return False
        lines = list(transfer.lines.all())
        with opened(transfer.merchant_id, [line.variant_id for line in lines]) as books:
            for line in lines:
                line.arrived = arrived.get(line.variant_id, line.units)
                if not 0 <= line.arrived <= line.units:
                    raise NotPossible(_("No more can arrive than was sent."))
                if line.arrived:
                    books.add(_leg(transfer, line.variant_id, line.arrived, actor))
            TransferLine.objects.bulk_update(lines, ["arrived"])
    return True


def _leg(transfer: Transfer, variant: int, delta: int, actor: User | None) -> Entry:
    out = delta < 0
    return Entry(
        variant=variant,
        warehouse=transfer.source_id if out else transfer.target_id,
        delta=delta,
        kind=Kind.TRANSFER_OUT if out else Kind.TRANSFER_IN,
        cause=("transfer", str(transfer.pk)),
        line=str(variant),
        occurred_at=timezone.now(),
        actor=actor,
    )
