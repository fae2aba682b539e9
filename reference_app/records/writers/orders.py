"""Orders with their lines, packages, steps and sealed recipients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import asdict

from entrosdk import Money
from entrosdk import Order as SdkOrder
from entrosdk.sync.sink import Commit, Written
from reference_app.records.changes import orders_stored
from reference_app.records.forgetting import over
from reference_app.records.models import (
    Order,
    OrderLine,
    OrderPrivate,
    OrderStep,
    Package,
    PersonToken,
)
from reference_app.records.tokens import of_person
from reference_app.records.writers.versions import sort_out, upsert
from reference_app.stores.models import Store
from reference_app.web.text import fold

__all__ = ["write"]


def write(store: Store, commit: Commit, orders: Sequence[SdkOrder]) -> Written:
    """Store the orders of a commit and everything below them."""
    found = sort_out(
        Order,
        store,
        orders,
        lambda o: (o.id, o.updated_at),
        read_at=commit.read_at,
        also=("status",),
    )
    if not found.fresh:
        return found.written
    rows = [_row(store, order, commit) for order in found.fresh]
    upsert(Order, rows, keep=("first_seen_at", "history"))
    pairs = list(zip(rows, found.fresh, strict=True))
    _replace_children(store, pairs, commit.read_at)
    _note_steps(pairs, {key: row["status"] for key, row in found.stored.items()})
    _note_latest(store, max(order.created_at for order in found.fresh))
    _tell(store, commit, rows, found.stored)
    return found.written


def _tell(
    store: Store, commit: Commit, rows: Sequence[Order], stored: dict[str, dict[str, Any]]
) -> None:
    known = [(row, stored.get(row.external_id)) for row in rows]
    orders_stored.send(
        Order,
        store=store,
        new=tuple(row for row, before in known if before is None),
        changed=tuple(
            row for row, before in known if before and before["updated_at"] != row.updated_at
        ),
        history=commit.history,
    )


def _row(store: Store, order: SdkOrder, commit: Commit) -> Order:
    totals = order.totals
    return Order(
        merchant_id=store.merchant_id,
        store=store,
        external_id=order.id,
        marketplace=order.marketplace,
        shop_id=order.shop_id,
        number=order.number,
        status=order.status.value,
        raw_status=order.raw_status[:60],
        created_at=order.created_at,
        updated_at=order.updated_at,
        read_at=commit.read_at,
        paid_at=order.paid_at,
        ship_by=order.ship_by,
        cod=order.cod,
        currency=order.currency,
        items_minor=totals.items.minor,
        shipping_minor=_minor(totals.shipping),
        seller_discount_minor=_minor(totals.seller_discount),
        platform_discount_minor=_minor(totals.platform_discount),
        total_minor=(totals.total or totals.items).minor,
        units=sum(line.quantity for line in order.lines),
        first_line=(order.lines[0].name if order.lines else "")[:255],
        line_count=len(order.lines),
        payment_method=order.payment_method[:80],
        cancel_reason=(order.cancel_reason or "")[:255],
        cancelled_by=(order.cancelled_by or "")[:60],
        history=commit.history,
        search_text=_search_text(order),
    )


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _search_text(order: SdkOrder) -> str:
    words = [order.id, order.number]
    for line in order.lines:
        words += [line.sku, line.name]
    return fold(" ".join(dict.fromkeys(filter(None, words))))


def _replace_children(store: Store, pairs: list[tuple[Order, SdkOrder]], read_at: datetime) -> None:
    ids = [row.pk for row, _ in pairs]
    for model in (OrderLine, Package, OrderPrivate):
        model._default_manager.filter(order__in=ids).delete()
    OrderLine.objects.bulk_create(line for row, order in pairs for line in _lines(row, order))
    Package.objects.bulk_create(box for row, order in pairs for box in _packages(row, order))
    forgotten = over([row for row, _ in pairs], read_at)
    _keep_people(store, [pair for pair in pairs if pair[0].pk not in forgotten])


def _keep_people(store: Store, pairs: list[tuple[Order, SdkOrder]]) -> None:
    seal = store.merchant.seal()
    known = [(row, order) for row, order in pairs if order.recipient or order.buyer_note]
    sealed = OrderPrivate.objects.bulk_create(
        OrderPrivate(order=row, sealed=seal.seal(_private(order), f"order:{order.id}"))
        for row, order in known
    )
    PersonToken.objects.bulk_create(
        PersonToken(private=private, token=token)
        for private, (_, order) in zip(sealed, known, strict=True)
        if order.recipient
        for token in of_person(store.merchant, order.recipient.name, order.recipient.phone)
    )


def _lines(row: Order, order: SdkOrder) -> list[OrderLine]:
    return [
        OrderLine(
            order=row,
            position=position,
            external_id=line.id,
            product_id=line.product_id,
            variant_id=line.variant_id,
            sku=line.sku[:120],
            name=line.name[:500],
            quantity=line.quantity,
            list_price_minor=line.list_price.minor,
            unit_price_minor=line.unit_price.minor,
            seller_discount_minor=line.seller_discount.minor,
            platform_discount_minor=line.platform_discount.minor,
            raw_status=line.raw_status[:60],
        )
        for position, line in enumerate(order.lines)
    ]


def _packages(row: Order, order: SdkOrder) -> list[Package]:
    return [
        Package(
            order=row,
            position=position,
            external_id=box.id,
            raw_status=box.raw_status[:60],
            carrier=box.carrier[:120],
            tracking_number=box.tracking_number[:120],
            units=sum(quantity for _, quantity in box.lines),
        )
        for position, box in enumerate(order.packages)
    ]


def _private(order: SdkOrder) -> str:
    facts: dict[str, Any] = {
        "recipient": asdict(order.recipient) if order.recipient else None,
        "buyer_id": order.buyer_id,
        "buyer_note": order.buyer_note,
        "seller_note": order.seller_note,
    }
    return json.dumps(facts, ensure_ascii=False)


def _note_steps(pairs: list[tuple[Order, SdkOrder]], before: dict[str, str]) -> None:
    OrderStep.objects.bulk_create(
        (
            OrderStep(order=row, status=row.status, raw_status=row.raw_status, at=order.updated_at)
            for row, order in pairs
            if before.get(order.id) != row.status
        ),
        ignore_conflicts=True,
    )


def _note_latest(store: Store, latest: datetime) -> None:
    if store.last_order_at is None or latest > store.last_order_at:
        store.last_order_at = latest
        Store.objects.filter(pk=store.pk).update(last_order_at=latest)
