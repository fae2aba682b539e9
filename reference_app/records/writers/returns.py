"""Returns with the units that come back."""

from __future__ import annotations

from collections.abc import Sequence

from entrosdk import Return as SdkReturn
from entrosdk.sync.sink import Commit, Written
from reference_app.records.models import Return, ReturnLine
from reference_app.records.writers.versions import sort_out, upsert
from reference_app.stores.models import Store

__all__ = ["write"]


def write(store: Store, commit: Commit, returns: Sequence[SdkReturn]) -> Written:
    """Store the returns of a commit."""
    found = sort_out(Return, store, returns, lambda r: (r.id, r.updated_at), read_at=commit.read_at)
    if not found.fresh:
        return found.written
    rows = [_row(store, item, commit) for item in found.fresh]
    upsert(Return, rows)
    ReturnLine.objects.filter(of__in=[row.pk for row in rows]).delete()
    ReturnLine.objects.bulk_create(
        line for row, item in zip(rows, found.fresh, strict=True) for line in _lines(row, item)
    )
    return found.written


def _row(store: Store, item: SdkReturn, commit: Commit) -> Return:
    return Return(
        merchant_id=store.merchant_id,
        store=store,
        external_id=item.id,
        updated_at=item.updated_at,
        read_at=commit.read_at,
        order_ref=item.order_id,
        status=item.status[:60],
        goods_state=item.goods_state.value,
        money_state=item.money_state.value,
        reason=item.reason[:255],
        refund_minor=item.refund.minor,
        currency=item.refund.currency,
        requested_at=item.requested_at,
        respond_by=item.respond_by,
        tracking_number=item.tracking_number[:120],
    )


def _lines(row: Return, item: SdkReturn) -> list[ReturnLine]:
    return [
        ReturnLine(
            of=row,
            position=position,
            product_id=line.product_id,
            variant_id=line.variant_id,
            sku=line.sku[:120],
            name=line.name[:500],
            quantity=line.quantity,
            refund_minor=line.refund.minor if line.refund else None,
        )
        for position, line in enumerate(item.lines)
    ]
