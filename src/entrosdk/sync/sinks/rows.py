"""From domain values to rows of the SQL sink's tables. Pure.

People's data (names, phones, addresses, notes) becomes NULL unless `personal` is set; the
country and the province of a recipient are no one's alone and stay.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from attrs import asdict, frozen, has
from sqlalchemy import Table

from entrosdk.domain.money import Money
from entrosdk.domain.order import Order, Recipient
from entrosdk.domain.payment import Payment, Payout
from entrosdk.domain.product import Product
from entrosdk.domain.returns import Return
from entrosdk.sync.sink import Commit
from entrosdk.sync.sinks import tables

__all__ = ["LAYOUTS", "Layout", "Part", "Row", "dump"]

Row: TypeAlias = dict[str, Any]


@frozen
class Part:
    """Rows that are replaced with their record: `parent` is the column with the record's id."""

    table: Table
    parent: str
    rows: Callable[[Any], list[Row]]


@frozen
class Layout:
    """Where the records of one stream go. Parts are listed outermost first.

    `key` is the column that names a record: what is versioned, replaced and compared as a whole.
    """

    table: Table
    head: Callable[[Any, Commit, bool], Row]
    parts: tuple[Part, ...] = ()
    key: str = "id"


def _order(order: Order, commit: Commit, personal: bool) -> Row:  # noqa: FBT001 - see Layout
    totals = order.totals
    return {
        **_head(order),
        "number": order.number,
        "status": order.status.value,
        "raw_status": order.raw_status,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "cod": order.cod,
        "currency": order.currency,
        "items_minor": totals.items.minor,
        "shipping_minor": _minor(totals.shipping),
        "seller_discount_minor": _minor(totals.seller_discount),
        "platform_discount_minor": _minor(totals.platform_discount),
        "total_minor": _minor(totals.total),
        "payment_method": order.payment_method,
        "cancel_reason": order.cancel_reason,
        "cancelled_by": order.cancelled_by,
        "packages": [asdict(package) for package in order.packages],
        "history": commit.history,
        "read_at": commit.read_at,
        **_recipient(order.recipient or Recipient(), personal),
        **_only(personal, buyer_id=order.buyer_id, buyer_note=order.buyer_note),
        **_only(personal, seller_note=order.seller_note),
    }


def _recipient(who: Recipient, personal: bool) -> Row:  # noqa: FBT001 - see Layout
    return {
        "recipient_region": who.region,
        "recipient_province": who.province,
        **_only(personal, recipient_name=who.name, recipient_phone=who.phone),
        **_only(personal, recipient_district=who.district, recipient_ward=who.ward),
        **_only(personal, recipient_address=who.address, recipient_postcode=who.postcode),
    }


def _order_lines(order: Order) -> list[Row]:
    names = _distinct([line.id for line in order.lines])
    return [
        {
            **_place(order),
            "order_id": order.id,
            "line_id": name,
            "position": position,
            "unit_ids": list(line.unit_ids),
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "currency": line.unit_price.currency,
            "list_price_minor": line.list_price.minor,
            "unit_price_minor": line.unit_price.minor,
            "seller_discount_minor": line.seller_discount.minor,
            "platform_discount_minor": line.platform_discount.minor,
            "raw_status": line.raw_status,
            "warehouse_id": line.warehouse_id,
            "image_url": line.image_url,
        }
        for position, (name, line) in enumerate(zip(names, order.lines, strict=True))
    ]


def _product(product: Product, commit: Commit, _personal: bool) -> Row:  # noqa: FBT001
    return {
        **_head(product),
        "title": product.title,
        "status": product.status.value,
        "raw_status": product.raw_status,
        "category_id": product.category_id,
        "sku": product.sku,
        "currency": product.currency,
        "image_urls": list(product.image_urls),
        "created_at": product.created_at,
        "updated_at": product.updated_at,
        "read_at": commit.read_at,
    }


def _variants(product: Product) -> list[Row]:
    names = _distinct([variant.id for variant in product.variants])
    return [
        {
            **_place(product),
            "product_id": product.id,
            "variant_id": name,
            "position": position,
            "sku": variant.sku,
            "options": [list(option) for option in variant.options],
            "currency": variant.price.currency,
            "list_price_minor": variant.list_price.minor,
            "price_minor": variant.price.minor,
            "sellable": variant.sellable,
            "raw_status": variant.raw_status,
        }
        for position, (name, variant) in enumerate(zip(names, product.variants, strict=True))
    ]


def _stock_levels(product: Product) -> list[Row]:
    names = _distinct([variant.id for variant in product.variants])
    return [
        {
            **_place(product),
            "product_id": product.id,
            "variant_id": name,
            "warehouse_id": warehouse,
            "sellable": level.sellable,
            "locked": level.locked,
            "reserved": level.reserved,
        }
        for name, variant in zip(names, product.variants, strict=True)
        for warehouse, level in zip(
            _distinct([level.warehouse_id for level in variant.stock]), variant.stock, strict=True
        )
    ]


def _payment(payment: Payment, commit: Commit, _personal: bool) -> Row:  # noqa: FBT001
    return {
        **_head(payment),
        "source_id": payment.source_id,
        "order_id": payment.order_id,
        "kind": payment.kind.value,
        "raw_kind": payment.raw_kind,
        "amount_minor": payment.amount.minor,
        "currency": payment.amount.currency,
        "occurred_at": payment.occurred_at,
        "settled_at": payment.settled_at,
        "payout_id": payment.payout_id,
        "derived": payment.derived,
        "history": commit.history,
        "read_at": commit.read_at,
    }


def _payout(payout: Payout, commit: Commit, _personal: bool) -> Row:  # noqa: FBT001
    start, end = payout.period or (None, None)
    return {
        **_head(payout),
        "amount_minor": payout.amount.minor,
        "currency": payout.currency,
        "period_from": start,
        "period_to": end,
        "status": payout.status.value,
        "raw_status": payout.raw_status,
        "requested_at": payout.requested_at,
        "paid_at": payout.paid_at,
        "history": commit.history,
        "read_at": commit.read_at,
    }


def _return(case: Return, commit: Commit, personal: bool) -> Row:  # noqa: FBT001 - see Layout
    return {
        **_head(case),
        "order_id": case.order_id,
        "status": case.status,
        "goods_state": case.goods_state.value,
        "money_state": case.money_state.value,
        "reason": case.reason,
        "refund_minor": case.refund.minor,
        "currency": case.refund.currency,
        "requested_at": case.requested_at,
        "updated_at": case.updated_at,
        "respond_by": case.respond_by,
        "tracking_number": case.tracking_number,
        "history": commit.history,
        "read_at": commit.read_at,
        **_only(personal, buyer_text=case.buyer_text),
    }


def _return_lines(case: Return) -> list[Row]:
    return [
        {
            **_place(case),
            "return_id": case.id,
            "position": position,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "currency": case.refund.currency,
            "refund_minor": _minor(line.refund),
        }
        for position, line in enumerate(case.lines)
    ]


LAYOUTS = {
    "orders": Layout(tables.ORDERS, _order, (Part(tables.ORDER_LINES, "order_id", _order_lines),)),
    "products": Layout(
        tables.PRODUCTS,
        _product,
        (
            Part(tables.VARIANTS, "product_id", _variants),
            Part(tables.STOCK_LEVELS, "product_id", _stock_levels),
        ),
    ),
    # A source's movements come and go together; the source is the record.
    "payments": Layout(tables.PAYMENTS, _payment, key="source_id"),
    "payouts": Layout(tables.PAYOUTS, _payout),
    "returns": Layout(
        tables.RETURNS, _return, (Part(tables.RETURN_LINES, "return_id", _return_lines),)
    ),
}
"""The five streams."""


def dump(record: Any) -> str | None:
    """Write a record's `source` as JSON text; `None` when it has none."""
    source = getattr(record, "source", None)
    if source is None:
        return None
    if hasattr(source, "model_dump_json"):
        text: str = source.model_dump_json()
        return text
    return json.dumps(asdict(source) if has(type(source)) else source, default=str)


def _place(record: Order | Product | Payment | Payout | Return) -> Row:
    return {"marketplace": record.marketplace, "shop_id": record.shop_id}


def _head(record: Order | Product | Payment | Payout | Return) -> Row:
    return {**_place(record), "id": record.id}


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _only(personal: bool, **columns: str) -> Row:  # noqa: FBT001 - see Layout
    return {name: value if personal else None for name, value in columns.items()}


def _distinct(names: Sequence[str]) -> list[str]:
    """Number repeated names: two lines under one id are two lines, and neither is dropped."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return result
