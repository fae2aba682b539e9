"""Rows of the database as the API shows them."""

from __future__ import annotations

import json
from typing import Any

from entrosdk.errors import ConfigError
from reference_app.api import schemas
from reference_app.records import models as rows
from reference_app.records.private import mask_name, mask_phone
from reference_app.stores.models import Store
from reference_app.syncing.models import Completeness, SyncRun

__all__ = [
    "completeness",
    "order",
    "order_detail",
    "payment",
    "payout",
    "product",
    "quarantined",
    "return_",
    "run",
    "store",
]


def _money(minor: int, currency: str) -> schemas.Money:
    return schemas.Money(amount_minor=minor, currency=currency)


def _maybe(minor: int | None, currency: str) -> schemas.Money | None:
    return None if minor is None else _money(minor, currency)


def _same(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def store(row: Store) -> schemas.Store:
    """Shape a store."""
    return schemas.Store(
        id=str(row.pk),
        **_same(
            row, "marketplace", "shop_id", "name", "region", "currency", "state", "trouble",
            "connected_at", "last_synced_at", "last_order_at", "read_to", "consent_until",
        ),
    )  # fmt: skip


def _summary(row: rows.Order) -> dict[str, Any]:
    return {
        "id": row.external_id,
        "store_id": str(row.store_id),
        "items": _money(row.items_minor, row.currency),
        "shipping": _maybe(row.shipping_minor, row.currency),
        "seller_discount": _maybe(row.seller_discount_minor, row.currency),
        "platform_discount": _maybe(row.platform_discount_minor, row.currency),
        "total": _money(row.total_minor, row.currency),
        **_same(
            row, "marketplace", "shop_id", "number", "status", "raw_status", "created_at",
            "updated_at", "paid_at", "ship_by", "cod", "units", "payment_method",
            "cancel_reason", "cancelled_by",
        ),
    }  # fmt: skip


def order(row: rows.Order) -> schemas.OrderSummary:
    """Shape an order for a list."""
    return schemas.OrderSummary(**_summary(row))


def order_detail(row: rows.Order, *, unmasked: bool) -> schemas.OrderDetail:
    """Shape an order with everything below it; load its lines, packages and steps before."""
    return schemas.OrderDetail(
        **_summary(row),
        lines=[_line(line, row.currency) for line in row.lines.all()],
        packages=[
            schemas.Package(
                id=box.external_id,
                **_same(box, "raw_status", "carrier", "tracking_number", "units"),
            )
            for box in row.packages.all()
        ],
        steps=[
            schemas.Step(**_same(step, "status", "raw_status", "at")) for step in row.steps.all()
        ],
        recipient=_person(row, unmasked=unmasked),
    )


def _line(row: rows.OrderLine, currency: str) -> schemas.OrderLine:
    return schemas.OrderLine(
        id=row.external_id,
        list_price=_money(row.list_price_minor, currency),
        unit_price=_money(row.unit_price_minor, currency),
        seller_discount=_money(row.seller_discount_minor, currency),
        platform_discount=_money(row.platform_discount_minor, currency),
        **_same(row, "product_id", "variant_id", "sku", "name", "quantity", "raw_status"),
    )


def _person(row: rows.Order, *, unmasked: bool) -> schemas.Person | None:
    sealed = rows.OrderPrivate.objects.filter(order=row).first()
    if sealed is None:
        return None
    try:
        text = row.merchant.seal().open(sealed.sealed, f"order:{row.external_id}")
    except ConfigError:  # its key is gone: the data was made unreadable on purpose
        return None
    facts = json.loads(text)
    recipient: dict[str, Any] = facts["recipient"] or {}
    name, phone = recipient.get("name", ""), recipient.get("phone", "")
    places = (recipient.get(part, "") for part in ("ward", "district", "province"))
    return schemas.Person(
        masked=not unmasked,
        name=name if unmasked else mask_name(name),
        phone=phone if unmasked else mask_phone(phone),
        area=", ".join(place for place in places if place),
        address=recipient.get("address", "") if unmasked else None,
        buyer_note=facts["buyer_note"] or "" if unmasked else None,
    )


def product(row: rows.Product) -> schemas.Product:
    """Shape a listing; load its variants before."""
    return schemas.Product(
        id=row.external_id,
        store_id=str(row.store_id),
        variants=[_variant(variant, row.currency) for variant in row.variants.all()],
        **_same(row, "title", "status", "raw_status", "category_id", "sku", "updated_at"),
    )


def _variant(row: rows.Variant, currency: str) -> schemas.Variant:
    return schemas.Variant(
        id=row.external_id,
        sku=row.sku,
        options=[[str(part) for part in option] for option in row.options],
        list_price=_money(row.list_price_minor, currency),
        price=_money(row.price_minor, currency),
        stock=[
            schemas.StockLevel(
                warehouse_id=warehouse_id or None,
                sellable=sellable,
                locked=locked,
                reserved=reserved,
            )
            for warehouse_id, sellable, locked, reserved in row.stock
        ],
    )


def payment(row: rows.Payment) -> schemas.Payment:
    """Shape a movement."""
    return schemas.Payment(
        id=row.external_id,
        store_id=str(row.store_id),
        order_id=row.order_ref or None,
        amount=_money(row.amount_minor, row.currency),
        payout_id=row.payout_ref or None,
        **_same(row, "kind", "raw_kind", "occurred_at", "settled_at", "derived"),
    )


def payout(row: rows.Payout) -> schemas.Payout:
    """Shape a transfer."""
    return schemas.Payout(
        id=row.external_id,
        store_id=str(row.store_id),
        amount=_money(row.amount_minor, row.currency),
        **_same(row, "status", "raw_status", "period_from", "period_to", "requested_at", "paid_at"),
    )


def return_(row: rows.Return) -> schemas.Return:
    """Shape a return; load its lines before."""
    return schemas.Return(
        id=row.external_id,
        store_id=str(row.store_id),
        order_id=row.order_ref,
        refund=_money(row.refund_minor, row.currency),
        lines=[
            schemas.ReturnLine(
                refund=_maybe(line.refund_minor, row.currency),
                **_same(line, "product_id", "variant_id", "sku", "name", "quantity"),
            )
            for line in row.lines.all()
        ],
        **_same(
            row, "status", "goods_state", "money_state", "reason", "requested_at", "updated_at",
            "respond_by", "tracking_number",
        ),
    )  # fmt: skip


def run(row: SyncRun) -> schemas.SyncRun:
    """Shape a run; load its streams before."""
    return schemas.SyncRun(
        id=str(row.pk),
        store_id=str(row.store_id),
        streams=[
            schemas.StreamRun(
                read=stream.done,
                **_same(stream, "stream", "state", "new", "changed", "quarantined", "trouble"),
            )
            for stream in row.streams.all()
        ],
        **_same(row, "trigger", "state", "trouble", "started_at", "finished_at"),
    )


def completeness(row: Completeness) -> schemas.Completeness:
    """Shape a comparison."""
    return schemas.Completeness(
        store_id=str(row.store_id),
        **_same(row, "stream", "remote", "local", "quarantined", "missing", "measured_at"),
    )


def quarantined(row: rows.Quarantined) -> schemas.Quarantined:
    """Shape a record that could not be read."""
    return schemas.Quarantined(
        id=str(row.pk),
        store_id=str(row.store_id),
        record_id=row.external_id,
        **_same(row, "stream", "reason", "first_seen_at", "last_seen_at", "retry_asked_at"),
    )
