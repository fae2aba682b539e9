"""Payments, replaced source by source, and payouts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from entrosdk import Payment as SdkPayment
from entrosdk import Payout as SdkPayout
from entrosdk.sync.sink import Commit, Written
from reference_app.records.models import Payment, PaymentSource, Payout
from reference_app.records.writers.versions import Sorted, sort_out, upsert
from reference_app.settling import keeping
from reference_app.stores.models import Store

__all__ = ["write_payments", "write_payouts"]

Source = tuple[str, list[SdkPayment]]


def write_payments(store: Store, commit: Commit, payments: Sequence[SdkPayment]) -> Written:
    """Store the movements of a commit, source by source."""
    sources = _by_source(payments)
    found = sort_out(PaymentSource, store, sources, _source_version, read_at=commit.read_at)
    if not found.fresh:
        return Written(ignored=len(payments))
    rows = [
        PaymentSource(
            merchant_id=store.merchant_id,
            store=store,
            external_id=source_id,
            updated_at=None,
            read_at=commit.read_at,
        )
        for source_id, _ in found.fresh
    ]
    upsert(PaymentSource, rows)
    before = Payment.objects.filter(source__in=[row.pk for row in rows])
    stored = {old.external_id: old for old in before}
    before.delete()
    movements = [
        _settled(_payment(row, payment), stored.get(payment.id))
        for row, (_, parts) in zip(rows, found.fresh, strict=True)
        for payment in parts
    ]
    Payment.objects.bulk_create(movements)
    keeping.add_up(store, gone=stored.values(), come=movements)
    return _counted(movements, stored, found, len(payments))


def _settled(payment: Payment, old: Payment | None) -> Payment:
    # Only listings tell when money was released; what they told once stays true.
    if payment.settled_at is None and old is not None:
        payment.occurred_at, payment.settled_at = old.occurred_at, old.settled_at
    return payment


def _counted(
    movements: list[Payment], stored: dict[str, Payment], found: Sorted[Source], total: int
) -> Written:
    """Count movements; one that was read again and says the same is no change."""
    known = {name for name, _ in found.fresh if name in found.stored}
    new = sum(one.source.external_id not in known for one in movements)
    changed = sum(
        one.source.external_id in known and _facts(one) != _facts(stored.get(one.external_id))
        for one in movements
    )
    return Written(new, changed, total - new - changed)


def _facts(payment: Payment | None) -> tuple[object, ...]:
    if payment is None:
        return ()
    return (payment.kind, payment.amount_minor, payment.settled_at, payment.payout_ref)


def _by_source(payments: Sequence[SdkPayment]) -> list[Source]:
    sources: dict[str, list[SdkPayment]] = {}
    for payment in payments:
        sources.setdefault(payment.source_id, []).append(payment)
    return list(sources.items())


def _source_version(source: Source) -> tuple[str, datetime | None]:
    # A source tells no update time of its own: the moment of reading decides.
    return source[0], None


def _payment(source: PaymentSource, payment: SdkPayment) -> Payment:
    return Payment(
        merchant_id=source.merchant_id,
        store_id=source.store_id,
        source=source,
        external_id=payment.id,
        order_ref=payment.order_id,
        kind=payment.kind.value,
        raw_kind=payment.raw_kind[:80],
        amount_minor=payment.amount.minor,
        currency=payment.amount.currency,
        occurred_at=payment.occurred_at,
        settled_at=payment.settled_at,
        payout_ref=payment.payout_id or "",
        derived=payment.derived,
    )


def write_payouts(store: Store, commit: Commit, payouts: Sequence[SdkPayout]) -> Written:
    """Store the transfers of a commit."""
    found = sort_out(Payout, store, payouts, lambda p: (p.id, None), read_at=commit.read_at)
    if found.fresh:
        upsert(Payout, [_payout(store, payout, commit) for payout in found.fresh])
    return found.written


def _payout(store: Store, payout: SdkPayout, commit: Commit) -> Payout:
    start, end = payout.period or (None, None)
    return Payout(
        merchant_id=store.merchant_id,
        store=store,
        external_id=payout.id,
        updated_at=None,
        read_at=commit.read_at,
        amount_minor=payout.amount.minor,
        currency=payout.currency,
        status=payout.status.value,
        raw_status=payout.raw_status[:60],
        period_from=start,
        period_to=end,
        requested_at=payout.requested_at,
        paid_at=payout.paid_at,
    )
