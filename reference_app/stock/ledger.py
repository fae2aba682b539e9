"""The ledger: balances are locked, movements added, the sums kept; all in one transaction.

Whoever changes stock opens the books of the variants concerned, works on them, and closes them.
The rows are locked in the order of their keys, so two changes wait for each other and never for
themselves; on SQLite the transaction itself is the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from django.db import transaction
from django.db.models import Case, QuerySet, Sum, When
from django.utils import timezone

from reference_app.stock import alerts, offers, rows
from reference_app.stock.models import Balance, Movement, Reservation, Warehouse

if TYPE_CHECKING:
    from reference_app.tenants.models import User

__all__ = ["Books", "Entry", "compare", "main_warehouse", "opened", "rebuild", "reverse"]

Kind = Movement.Kind
_MAIN = "Kho chính"


@frozen(kw_only=True)
class Entry:
    """A movement to be added; equal causes are one movement, however often they are given."""

    variant: int
    warehouse: int
    delta: int
    kind: str
    cause: tuple[str, str]
    line: str = ""
    reason: str = ""
    damaged: bool = False
    occurred_at: datetime
    actor: User | None = None
    reverses: int | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it unique in a merchant's ledger."""
        return (*self.cause, self.line, self.kind)


def main_warehouse(merchant_id: int) -> Warehouse:
    """Return the warehouse orders are served from first; makes one for a merchant without."""
    first = Warehouse.objects.filter(merchant_id=merchant_id).first()
    if first is None:
        first, _ = Warehouse.objects.get_or_create(merchant_id=merchant_id, name=_MAIN)
    return first


class Books:
    """The balances of some variants, locked until the transaction ends."""

    def __init__(self, merchant_id: int, variants: Iterable[int]) -> None:
        self.merchant_id = merchant_id
        self.main = main_warehouse(merchant_id)
        self._variants = sorted(set(variants))
        self._places: dict[tuple[int, int], Balance] = {}
        self._pending: list[Entry] = []
        self.posted: list[Movement] = []
        self._load()
        self._free = {key: row.level.free for key, row in self._places.items()}

    def _load(self) -> None:
        known = set(self._rows().values_list("variant_id", flat=True))
        missing = [variant for variant in self._variants if variant not in known]
        if missing:
            self._create([(variant, self.main.pk) for variant in missing])
        locked = (
            self._rows().select_for_update(of=("self",), no_key=True).select_related("warehouse")
        )
        for row in locked.order_by("pk"):
            self._places[row.variant_id, row.warehouse_id] = row

    def _rows(self) -> QuerySet[Balance]:
        return Balance.objects.filter(merchant_id=self.merchant_id, variant__in=self._variants)

    def _create(self, places: Iterable[tuple[int, int]]) -> None:
        Balance.objects.bulk_create(
            (
                Balance(merchant_id=self.merchant_id, variant_id=variant, warehouse_id=warehouse)
                for variant, warehouse in places
            ),
            ignore_conflicts=True,
        )

    def at(self, variant: int, warehouse: int) -> Balance:
        """Return a balance; a place where the variant never was begins with nothing."""
        if (variant, warehouse) not in self._places:
            self._create([(variant, warehouse)])
            row = (
                Balance.objects.select_for_update(of=("self",), no_key=True)
                .select_related("warehouse")
                .get(variant=variant, warehouse=warehouse)
            )
            self._places[variant, warehouse] = row
            self._free[variant, warehouse] = row.level.free
        return self._places[variant, warehouse]

    def place_for(self, variant: int, units: int) -> int:
        """Return the warehouse that serves an order: the first with enough, else the main one."""
        mine = [row for (name, _), row in self._places.items() if name == variant]
        selling = sorted(
            (row for row in mine if row.warehouse.sells),
            key=lambda row: (row.warehouse.rank, row.warehouse_id),
        )
        enough = [row for row in selling if row.level.free >= units]
        return (enough or selling or [self.at(variant, self.main.pk)])[0].warehouse_id

    def hold(self, variant: int, warehouse: int, units: int) -> int:
        """Reserve units (give back, when negative); returns how many of them are not there."""
        row = self.at(variant, warehouse)
        free = row.level.free
        row.reserved += units
        return max(0, units - max(0, free))

    def add(self, entry: Entry) -> None:
        """Add a movement when the books are closed, unless its cause is in the ledger already."""
        self.at(entry.variant, entry.warehouse)
        self._pending.append(entry)

    # Closing

    def close(self, *, by_store: int | None = None) -> None:
        """Write everything, and tell listings and alerts of what changed."""
        fresh = self._fresh()
        entries = [late for entry in fresh for late in self._with_late(entry)]
        self.posted = Movement.objects.bulk_create(self._movement(entry) for entry in entries)
        for entry in entries:
            row = self._places[entry.variant, entry.warehouse]
            row.on_hand += entry.delta
            row.quarantined += entry.delta if entry.damaged else 0
        fields = ["on_hand", "reserved", "quarantined", "counted_at"]
        rows.save(self._places.values(), fields)
        changed = [row for key, row in self._places.items() if row.level.free != self._free[key]]
        alerts.review(self.merchant_id, changed)
        offers.want(self.merchant_id, {row.variant_id for row in changed}, by_store=by_store)

    def _fresh(self) -> list[Entry]:
        """Leave out what the ledger has: the balances are locked, so nobody adds it meanwhile."""
        pending = {entry.key: entry for entry in self._pending}
        ids = {entry.cause[1] for entry in pending.values()}
        if not ids:
            return []
        there = Movement.objects.filter(merchant_id=self.merchant_id, cause_id__in=ids)
        known = set(there.values_list("cause_type", "cause_id", "line", "kind"))
        return [entry for key, entry in pending.items() if key not in known]

    def _with_late(self, entry: Entry) -> Iterator[Entry]:
        """What happened before a count and is recorded after it was counted already."""
        yield entry
        counted = self._places[entry.variant, entry.warehouse].counted_at
        if counted is None or entry.occurred_at > counted or entry.cause[0] == "count":
            return
        yield evolve(
            entry,
            delta=-entry.delta,
            kind=Kind.STOCKTAKE,
            line=f"{entry.line}/{entry.kind}"[:120],
            occurred_at=counted,
            reverses=None,
        )

    def _movement(self, entry: Entry) -> Movement:
        return Movement(
            merchant_id=self.merchant_id,
            warehouse_id=entry.warehouse,
            variant_id=entry.variant,
            delta=entry.delta,
            kind=entry.kind,
            damaged=entry.damaged,
            reason=entry.reason[:200],
            cause_type=entry.cause[0],
            cause_id=entry.cause[1],
            line=entry.line,
            actor=entry.actor,
            reverses_id=entry.reverses,
            occurred_at=entry.occurred_at,
        )


@contextmanager
def opened(merchant_id: int, variants: Iterable[int]) -> Iterator[Books]:
    """Open the books for one change and close them after it; everything or nothing."""
    with transaction.atomic():
        books = Books(merchant_id, variants)
        yield books
        books.close()


def reverse(movement: Movement, *, actor: User | None, reason: str) -> Movement | None:
    """Take a mistake back by a movement that names it; `None` when that was done before."""
    entry = Entry(
        variant=movement.variant_id,
        warehouse=movement.warehouse_id,
        delta=-movement.delta,
        kind=Kind.ADJUST,
        cause=("reversal", str(movement.pk)),
        reason=reason,
        damaged=movement.damaged,
        occurred_at=timezone.now(),
        actor=actor,
        reverses=movement.pk,
    )
    with opened(movement.merchant_id, [movement.variant_id]) as books:
        books.add(entry)
    return books.posted[0] if books.posted else None


# The sums, from the beginning


def _sums(merchant_id: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Add up ledger and reservations: on hand, quarantined, reserved for each place."""
    found: dict[tuple[int, int], list[int]] = {}
    moved = Movement.objects.filter(merchant_id=merchant_id).values_list("variant", "warehouse")
    damaged = Sum(Case(When(damaged=True, then="delta"), default=0))
    sums = moved.annotate(total=Sum("delta"), bad=damaged).order_by()
    for variant, place, total, bad in sums:
        found.setdefault((variant, place), [0, 0, 0])[:2] = [total, bad]
    held = Reservation.objects.filter(
        order__merchant_id=merchant_id, state=Reservation.State.OPEN
    ).values_list("variant", "warehouse")
    for variant, place, units in held.annotate(total=Sum("units")).order_by():
        found.setdefault((variant, place), [0, 0, 0])[2] = units
    return {key: (values[0], values[1], values[2]) for key, values in found.items()}


def compare(merchant_id: int) -> list[tuple[Balance, tuple[int, int, int]]]:
    """Return the balances that differ from ledger and reservations, with what they should be."""
    sums = _sums(merchant_id)
    wrong = []
    for row in Balance.objects.filter(merchant_id=merchant_id):
        should = sums.pop((row.variant_id, row.warehouse_id), (0, 0, 0))
        if (row.on_hand, row.quarantined, row.reserved) != should:
            wrong.append((row, should))
    for (variant, place), should in sums.items():
        row = Balance(merchant_id=merchant_id, variant_id=variant, warehouse_id=place)
        wrong.append((row, should))
    return wrong


def rebuild(merchant_id: int) -> int:
    """Set every balance to what ledger and reservations say; returns how many were wrong."""
    with transaction.atomic():
        rows.locked(Balance.objects.filter(merchant_id=merchant_id))
        wrong = compare(merchant_id)
        for row, (on_hand, quarantined, reserved) in wrong:
            row.on_hand, row.quarantined, row.reserved = on_hand, quarantined, reserved
            row.save()
    return len(wrong)
