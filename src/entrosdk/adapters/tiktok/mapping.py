"""From TikTok Shop's bodies to domain values: pure functions, one for each kind of record."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from entrosdk.adapters.tiktok import wire
from entrosdk.adapters.tiktok.manifest import NAME, REGIONS
from entrosdk.adapters.tiktok.wire_shop import AuthorizedShop
from entrosdk.adapters.tiktok.wire_shop import Warehouse as WireWarehouse
from entrosdk.adapters.tiktok.words import ORDER_STATUS, UNSHIPPED
from entrosdk.domain.money import Money, total
from entrosdk.domain.order import Order, OrderLine, OrderStatus, OrderTotals, Package, Recipient
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import instant, money

__all__ = ["money", "order", "shop_info", "warehouses"]

_Units = tuple[wire.Line, ...]


def maybe(amount: Decimal | None, currency: str, place: str) -> Money | None:
    """Read an amount that may not be told."""
    return None if amount is None else money(amount, currency, place)


# Orders


def order(body: wire.Order, access: Access) -> Order:
    """Map an order; `access` tells shop and region."""
    told = body.payment.currency if body.payment else ""
    currency = told or next((row.currency for row in body.line_items if row.currency), "")
    currency = currency or access.region.currency
    groups = _groups(body.line_items)
    lines = tuple(_line(units, currency) for units in groups)
    return Order(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.id,
        number=body.id,
        status=_status(body),
        raw_status=body.status,
        created_at=moment(body.create_time),
        updated_at=moment(body.update_time),
        # Absent on cash on delivery before the parcel is paid for (quirk 27).
        paid_at=instant(body.paid_time),
        ship_by=instant(body.rts_sla_time),
        cod=body.is_cod,
        currency=currency,
        lines=lines,
        totals=_totals(body, lines, currency),
        recipient=_recipient(body.recipient_address),
        packages=_packages(body, groups),
        buyer_id=body.user_id,
        buyer_note=body.buyer_message,
        seller_note=body.seller_note,
        # Localized text; the code stands in the search for cancellations only (quirk 25).
        cancel_reason=body.cancel_reason or None,
        cancelled_by=body.cancellation_initiator or None,
        payment_method=body.payment_method_name,
        source=body,
    )


def _status(body: wire.Order) -> OrderStatus:
    if body.is_buyer_request_cancel and body.status in UNSHIPPED:
        return OrderStatus.CANCELLING
    return ORDER_STATUS.get(body.status, OrderStatus.UNKNOWN)


def _groups(rows: Sequence[wire.Line]) -> tuple[_Units, ...]:
    """Fold units into lines (quirk 1).

    Gifts, other prices, other packages and units that were cancelled alone are lines of their
    own (section 3.6).
    """
    found: dict[tuple[object, ...], list[wire.Line]] = {}
    for row in rows:
        prices = (row.original_price, row.sale_price, row.is_gift)
        place = (row.package_id, row.display_status)
        found.setdefault((row.product_id, row.sku_id, *prices, *place), []).append(row)
    return tuple(tuple(units) for units in found.values())


def _line(units: _Units, currency: str) -> OrderLine:
    """Map the units of one line; it goes by the id of its first unit."""
    row = units[0]
    own = sum((unit.seller_discount for unit in units), Decimal(0))
    theirs = sum((unit.platform_discount for unit in units), Decimal(0))
    return OrderLine(
        id=row.id,
        unit_ids=tuple(unit.id for unit in units),
        product_id=row.product_id,
        variant_id=row.sku_id,
        sku=row.seller_sku,
        name=row.product_name,
        quantity=len(units),
        list_price=money(row.original_price, currency, "line_items.original_price"),
        unit_price=money(row.sale_price, currency, "line_items.sale_price"),
        seller_discount=money(own, currency, "line_items.seller_discount"),
        platform_discount=money(theirs, currency, "line_items.platform_discount"),
        raw_status=row.display_status,
        image_url=row.sku_image,
    )


def _totals(body: wire.Order, lines: Sequence[OrderLine], currency: str) -> OrderTotals:
    told = body.payment or wire.OrderPayment()
    items = maybe(told.sub_total, currency, "payment.sub_total")
    if items is None:
        items = total((line.unit_price * line.quantity for line in lines), currency)
    return OrderTotals(
        items=items,
        shipping=maybe(told.shipping_fee, currency, "payment.shipping_fee"),
        seller_discount=maybe(told.seller_discount, currency, "payment.seller_discount"),
        platform_discount=maybe(told.platform_discount, currency, "payment.platform_discount"),
        total=maybe(told.total_amount, currency, "payment.total_amount"),
    )


def _packages(body: wire.Order, groups: Sequence[_Units]) -> tuple[Package, ...]:
    """Map packages; before shipping they exist already and have no tracking number (quirk 20)."""
    ids = [row.id for row in body.packages] + [units[0].package_id for units in groups]
    names = tuple(dict.fromkeys(name for name in ids if name))
    return tuple(_package(body, groups, name, alone=len(names) == 1) for name in names)


def _package(body: wire.Order, groups: Sequence[_Units], name: str, *, alone: bool) -> Package:
    inside = [units for units in groups if units[0].package_id == name]
    rows = [row for units in inside for row in units]
    carrier = next((row.shipping_provider_name for row in rows if row.shipping_provider_name), "")
    number = next((row.tracking_number for row in rows if row.tracking_number), "")
    return Package(
        id=name,
        raw_status=next((row.package_status for row in rows if row.package_status), ""),
        # What is told for the order is told for its only package.
        carrier=carrier or (body.shipping_provider if alone else ""),
        tracking_number=number or (body.tracking_number if alone else ""),
        lines=tuple((units[0].id, len(units)) for units in inside),
        warehouse_id=body.warehouse_id,
    )


_LEVELS = {"L1": "province", "L2": "district", "L3": "ward"}
_LEVEL_NAMES = (
    ("province", "province"),
    ("district", "district"),
    ("commune", "ward"),
    ("ward", "ward"),
)


def _recipient(body: wire.Recipient | None) -> Recipient | None:
    """Map an address; one that was blanked after the order's end is none (section 3.7)."""
    if body is None:
        return None
    places = _places(body.district_info)
    texts = (body.name, body.phone_number, body.full_address, body.postal_code)
    if not any((*texts, *places.values())):
        return None
    return Recipient(
        name=body.name,
        phone=body.phone_number,
        province=places.get("province", ""),
        district=places.get("district", ""),
        ward=places.get("ward", ""),
        address=body.full_address,
        postcode=body.postal_code,
        region=body.region_code,
        masked="*" in "".join((*texts, *places.values())),
    )


def _places(levels: Sequence[wire.District]) -> dict[str, str]:
    """Tell the levels of an address apart by their names, else by their numbers.

    The Vietnamese names are not confirmed, and the reform of 2025 left out a level: a ward may
    stand where districts stood.
    """
    found: dict[str, str] = {}
    for row in levels:
        name = row.address_level_name.lower()
        known = next((place for part, place in _LEVEL_NAMES if part in name), "")
        place = known or _LEVELS.get(row.address_level, "")
        if place:
            found.setdefault(place, row.address_name)
    return found


# The shop


def shop_info(shop: AuthorizedShop, access: Access) -> ShopInfo:
    """Map a shop of the consent; until when the consent runs stands in the grant."""
    region = REGIONS.get(shop.region, access.region)
    return ShopInfo(
        marketplace=NAME,
        id=shop.id,
        name=shop.name,
        region=shop.region or region.code,
        currency=region.currency,
        source=shop,
    )


def warehouses(rows: Sequence[WireWarehouse]) -> tuple[Warehouse, ...]:
    """Map warehouses; only those for sales are valid in stock calls (section 8)."""
    return tuple(
        Warehouse(
            id=row.id,
            name=row.name,
            is_default=row.is_default and row.type != _RETURNS,
            takes_returns=row.type == _RETURNS,
            region=row.address.region_code if row.address else "",
        )
        for row in {row.id: row for row in rows}.values()
    )


_RETURNS = "RETURN_WAREHOUSE"
