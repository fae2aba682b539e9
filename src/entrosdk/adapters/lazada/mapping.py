"""From Lazada's orders and shop to domain values: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from entrosdk.adapters.lazada import wire
from entrosdk.adapters.lazada.ask import zone
from entrosdk.adapters.lazada.manifest import COUNTRIES, NAME
from entrosdk.adapters.lazada.times import maybe, when
from entrosdk.adapters.lazada.words import ROW_STATUS
from entrosdk.domain.money import Money, total
from entrosdk.domain.order import (
    Order,
    OrderLine,
    OrderStatus,
    OrderTotals,
    Package,
    Recipient,
)
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.wire import Misfit, money

__all__ = ["money", "order", "place", "shop_info", "state", "warehouses"]

_Lines: TypeAlias = tuple[tuple[OrderLine, tuple[wire.Row, ...]], ...]

_DEFAULT = "dropshipping"


def place(code: str) -> str:
    """Write a warehouse's code in one way: both `dropshipping` and `Dropshipping` occur (8)."""
    return _DEFAULT if code.lower() == _DEFAULT else code


# Orders


def order(whole: wire.Whole, access: Access) -> Order:
    """Map an order and its units; `access` tells shop, region and local time."""
    header, rows, local = whole.header, whole.rows, zone(access)
    currency = next((row.currency for row in rows if row.currency), access.region.currency)
    lines = _lines(rows, currency)
    status, raw_status = state([row.status for row in rows] or header.statuses)
    if any(row.asks_to_cancel for row in rows) and status in _CANCELLABLE:
        status = OrderStatus.CANCELLING  # the units' words do not change (section 3.8)
    cancelled = [row for row in rows if ROW_STATUS.get(row.status) is OrderStatus.CANCELLED]
    return Order(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=header.order_id,
        number=header.order_number or header.order_id,
        status=status,
        raw_status=raw_status,
        created_at=when(header.created_at, local, "created_at"),
        updated_at=when(header.updated_at or header.created_at, local, "updated_at"),
        paid_at=_first(maybe(row.payment_time, local, "payment_time") for row in rows),
        ship_by=_first(maybe(row.sla_time_stamp, local, "sla_time_stamp") for row in rows),
        cod=header.payment_method == "COD",
        currency=currency,
        lines=tuple(line for line, _ in lines),
        totals=_totals(header, lines, currency),
        recipient=_recipient(header.address_shipping),
        packages=_packages(lines),
        buyer_id=_said(row.buyer_id for row in rows),
        buyer_note=header.buyer_note,
        seller_note=header.remarks,
        cancel_reason=_said(row.reason for row in cancelled) or None,
        cancelled_by=_said(row.cancel_return_initiator for row in cancelled) or None,
        payment_method=header.payment_method,
        source=whole,
    )


_FORWARD = (
    OrderStatus.UNPAID,
    OrderStatus.TO_SHIP,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
)


_CANCELLABLE = {OrderStatus.UNPAID, OrderStatus.TO_SHIP, OrderStatus.PACKED}


def state(words: Sequence[str]) -> tuple[OrderStatus, str]:
    """Collapse the states of an order's units, which Lazada leaves to us (section 3.6).

    The least advanced unit that goes forward decides; units that were cancelled or came back
    decide only when nothing else is left, a return before a cancellation.
    A word we do not know makes the whole unknown.
    """
    raw = tuple(sorted(set(words)))
    told = {ROW_STATUS.get(word, OrderStatus.UNKNOWN) for word in raw}
    if not told or OrderStatus.UNKNOWN in told:
        return OrderStatus.UNKNOWN, ",".join(raw)
    order_of = (*_FORWARD, OrderStatus.RETURNED, OrderStatus.CANCELLED)
    return min(told, key=order_of.index), ",".join(raw)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one), default=None)


def _said(texts: Iterable[str]) -> str:
    """The first text that says something."""
    return next((text for text in texts if text), "")


def _lines(rows: Sequence[wire.Row], currency: str) -> _Lines:
    """Fold rows that differ in nothing but their id (quirk 1)."""
    groups: dict[tuple[object, ...], list[wire.Row]] = {}
    for row in rows:
        key = (_product(row), row.sku_id, row.sku, row.item_price, row.paid_price, row.currency)
        groups.setdefault((*key, row.status, place(row.warehouse_code)), []).append(row)
    return tuple((_line(group, currency), tuple(group)) for group in groups.values())


def _line(rows: Sequence[wire.Row], currency: str) -> OrderLine:
    """Map equal rows to a line, named by the first of them.

    `item_price` is what the cart shows and `paid_price` what is left of it after vouchers.
    """
    row = rows[0]
    if any(other.currency not in {"", currency} for other in rows):
        raise Misfit("currency: differs between the units of one order")
    listed = money(row.item_price, currency, "item_price")
    paid = listed if row.paid_price is None else money(row.paid_price, currency, "paid_price")
    seller = sum((one.voucher_seller for one in rows), Decimal(0))
    platform = sum((one.voucher_platform for one in rows), Decimal(0))
    return OrderLine(
        id=row.order_item_id,
        unit_ids=tuple(one.order_item_id for one in rows),
        product_id=_product(row),
        variant_id=row.sku_id,
        sku=row.sku,
        name=row.name,
        quantity=len(rows),
        list_price=listed,
        unit_price=paid,
        seller_discount=money(seller, currency, "voucher_seller"),
        platform_discount=money(platform, currency, "voucher_platform"),
        raw_status=row.status,
        warehouse_id=place(row.warehouse_code),
        image_url=row.product_main_image,
    )


def _product(row: wire.Row) -> str:
    # One of the two item calls does not name the product; the shop's code begins with it (3.5).
    return row.product_id or row.shop_sku.partition("_")[0]


def _totals(header: wire.Header, lines: _Lines, currency: str) -> OrderTotals:
    """The buyer pays price less voucher plus shipping (section 3.4)."""

    def said(name: str) -> Money | None:
        amount = getattr(header, name)
        return None if amount is None else money(amount, currency, name)

    price, shipping = said("price"), said("shipping_fee")
    whole = None
    if price is not None and shipping is not None:
        whole = price - (said("voucher") or Money.zero(currency)) + shipping
    return OrderTotals(
        items=total((line.unit_price * line.quantity for line, _ in lines), currency),
        shipping=shipping,
        seller_discount=said("voucher_seller"),
        platform_discount=said("voucher_platform"),
        total=whole,
    )


def _recipient(body: wire.Address | None) -> Recipient | None:
    """Map an address: province, district and ward are slots 3, 4 and 5 where they are filled.

    Sources disagree about the slots, so the address joins them all (section 3.4).
    """
    if body is None:
        return None
    name = " ".join(part for part in (body.first_name, body.last_name) if part)
    places = (body.address5, body.address4 or body.district, body.address3)
    parts = [body.address1, *(places if any(places) else (body.city,))]
    address = ", ".join(dict.fromkeys(part for part in parts if part))
    return Recipient(
        name=name,
        phone=body.phone,
        province=body.address3,
        district=body.district or body.address4,
        ward=body.address5,
        address=address,
        postcode=body.post_code,
        region=COUNTRIES.get(body.country.lower(), body.country),
        masked="*" in f"{name}{body.phone}{address}",
    )


def _packages(lines: _Lines) -> tuple[Package, ...]:
    """Gather the parcels that rows name; a row has none before it is packed."""
    found: dict[str, list[tuple[OrderLine, wire.Row]]] = {}
    for line, rows in lines:
        for row in rows:
            if row.package_id:
                found.setdefault(row.package_id, []).append((line, row))
    return tuple(_package(name, units) for name, units in found.items())


def _package(name: str, units: Sequence[tuple[OrderLine, wire.Row]]) -> Package:
    counts: dict[str, int] = {}
    for line, _ in units:
        counts[line.id] = counts.get(line.id, 0) + 1
    return Package(
        id=name,
        raw_status=",".join(sorted({row.status for _, row in units})),
        carrier=_said(row.shipment_provider for _, row in units),
        tracking_number=_said(row.tracking_code for _, row in units),
        lines=tuple(counts.items()),
        warehouse_id=_said(line.warehouse_id for line, _ in units),
    )


# The shop


def shop_info(body: wire.Shop, access: Access) -> ShopInfo:
    """Map /seller/get; it does not name the country, which the host decides."""
    return ShopInfo(
        marketplace=NAME,
        id=access.shop_id or body.seller_id,
        name=body.name,
        region=access.region.code,
        currency=access.region.currency,
        status=body.status,
        source=body,
    )


def warehouses(rows: Sequence[wire.Warehouse], access: Access) -> tuple[Warehouse, ...]:
    """Map warehouses by code, the name that stock and orders go by."""
    found: dict[str, wire.Warehouse] = {}
    for row in rows:
        found.setdefault(place(row.code), row)
    return tuple(
        Warehouse(
            id=name,
            name=row.name,
            is_default=row.defaultAddress or len(found) == 1,
            region=access.region.code,
        )
        for name, row in found.items()
    )
