"""From Tiki's bodies to domain values: pure functions, one for each kind of record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from entrosdk.adapters.tiki import wire
from entrosdk.adapters.tiki import wire_products as goods
from entrosdk.adapters.tiki.manifest import NAME
from entrosdk.adapters.tiki.words import (
    CONFIRMATION,
    ORDER_STATUS,
    PRODUCT_STATUS,
    QUEUEING,
    WAITING,
)
from entrosdk.domain.money import Money, total
from entrosdk.domain.order import (
    Order,
    OrderLine,
    OrderStatus,
    OrderTotals,
    Package,
    Recipient,
)
from entrosdk.domain.product import Product, StockLevel, Variant, Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.wire import money

__all__ = [
    "delivered_at",
    "money",
    "order",
    "product",
    "seller_discount",
    "shop_info",
    "warehouses",
]


def order(body: wire.Order, access: Access) -> Order:
    """Map an order; `access` tells shop and currency.

    The code is the key of an order everywhere; the inner id is used nowhere.
    """
    currency = access.region.currency
    lines = tuple(_line(row, currency) for row in body.items)
    return Order(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.code,
        number=body.code,
        status=_status(body),
        raw_status=body.status,
        created_at=body.created_at,
        updated_at=body.updated_at,
        paid_at=_paid_at(body),
        ship_by=_ship_by(body),
        cod=_is_cod(body),
        currency=currency,
        lines=lines,
        totals=_totals(body, lines, currency),
        recipient=_recipient(body.shipping.address if body.shipping else None),
        packages=_packages(body),
        buyer_id=body.customer.id if body.customer else "",
        cancel_reason=_cancel_reason(body.cancel_info),
        payment_method=body.payment.method if body.payment else "",
        source=body,
    )


# States


def _status(body: wire.Order) -> OrderStatus:
    """Map the status; a queueing order whose lines are all confirmed waits for its pickup."""
    if body.status == QUEUEING and _confirmed(body.items):
        return OrderStatus.PACKED
    return ORDER_STATUS.get(body.status, OrderStatus.UNKNOWN)


def _confirmed(items: Sequence[wire.Item]) -> bool:
    """Say whether nothing waits for the seller; a word we do not know might."""
    words = {row.confirmation.status for row in items if row.confirmation}
    return bool(words) and words <= CONFIRMATION - {WAITING}


def _reached(body: wire.Order, words: Iterable[str]) -> datetime | None:
    """When an order first came to one of these statuses, as far as its history tells."""
    times = [row.created_at for row in body.status_histories if row.status in words]
    return min((time for time in times if time), default=None)


def delivered_at(body: wire.Order) -> datetime | None:
    """When the goods arrived."""
    told = body.delivery.delivery_confirmed_at if body.delivery else None
    return told or _reached(body, ("successful_delivery", "delivered"))


def _paid_at(body: wire.Order) -> datetime | None:
    """When the buyer paid: cash at the door, other ways when Tiki began to process the order.

    The payment's own status says success for everything, paid or not (section 5).
    """
    if _is_cod(body):
        return delivered_at(body)
    if ORDER_STATUS.get(body.status) is OrderStatus.UNPAID:
        return None
    if body.payment is None or not body.payment.is_prepaid:
        return None
    bought = body.invoice.purchased_at if body.invoice else None
    return _reached(body, ("paid", "processing")) or bought


def _is_cod(body: wire.Order) -> bool:
    return body.payment is not None and body.payment.method == "cod"


def _ship_by(body: wire.Order) -> datetime | None:
    """The next deadline of the seller: the pickup's where one is told, else the confirmation's."""
    rows = [row.confirmation for row in body.items if row.confirmation]
    pickups = [row.pickup_confirm_sla for row in rows if row.pickup_confirm_sla]
    answers = [row.available_confirm_sla for row in rows if row.available_confirm_sla]
    return min(pickups or answers, default=None)


def _cancel_reason(info: wire.CancelInfo | None) -> str | None:
    return (info.reason_text or info.reason_code or None) if info else None


# Lines and sums


def _line(row: wire.Item, currency: str) -> OrderLine:
    """Map a line. Discounts are Tiki's unless they say that the seller pays for them."""
    price = money(row.price, currency, "price")
    seller = seller_discount(row, currency)
    taken = row.invoice.discount_amount if row.invoice else Decimal(0)
    return OrderLine(
        id=row.id,
        product_id=row.product.id,
        sku=row.product.seller_product_code,
        name=row.product.name,
        quantity=row.qty,
        list_price=price,
        unit_price=price,
        seller_discount=seller,
        platform_discount=money(taken, currency, "discount_amount") - seller,
        raw_status=row.confirmation.status if row.confirmation else "",
        warehouse_id=row.seller_inventory_id,
        image_url=row.product.thumbnail,
    )


def seller_discount(row: wire.Item, currency: str) -> Money:
    """The seller's part of a line's coupons: from the income's split, else by the flag (#310)."""
    detail = row.seller_income_detail
    if detail and detail.discount and detail.discount.discount_coupon:
        told = detail.discount.discount_coupon.seller_discount
        return money(told, currency, "discount_coupon.seller_discount")
    if row.invoice and row.invoice.is_seller_discount_coupon:
        return money(row.invoice.discount_coupon, currency, "discount_coupon")
    return Money.zero(currency)


def _totals(body: wire.Order, lines: Sequence[OrderLine], currency: str) -> OrderTotals:
    invoice = body.invoice or wire.Invoice()
    subtotal = total((line.unit_price * line.quantity for line in lines), currency)
    return OrderTotals(
        items=_told(invoice.subtotal, currency, "subtotal") or subtotal,
        shipping=_told(
            invoice.shipping_amount_after_discount, currency, "shipping_amount_after_discount"
        ),
        seller_discount=total((line.seller_discount for line in lines), currency),
        platform_discount=total((line.platform_discount for line in lines), currency),
        total=_told(invoice.grand_total, currency, "grand_total"),
    )


def _told(amount: Decimal | None, currency: str, place: str) -> Money | None:
    return None if amount is None else money(amount, currency, place)


# Where it goes


def _recipient(address: wire.Address | None) -> Recipient | None:
    if address is None:
        return None
    parts = (address.full_name, address.phone, address.street)
    return Recipient(
        name=address.full_name,
        phone=address.phone,
        province=address.region,
        district=address.district,
        ward=address.ward,
        address=address.street,
        region=address.country_id,
        masked="*" in "".join(parts),
    )


def _packages(body: wire.Order) -> tuple[Package, ...]:
    """Make the one parcel of an order, once a carrier has it: Tiki splits orders, not parcels."""
    shipping = body.shipping
    if shipping is None:
        return ()
    detail = shipping.shipping_detail or wire.ShippingDetail()
    codes = (shipping.tracking_code, shipping.delivery_shipping_code, detail.tracking_id)
    number = next((code for code in codes if code), "")
    state = shipping.status or detail.status
    if not (number or state):
        return ()
    parcel = Package(
        id=number or body.code,
        raw_status=state,
        carrier=shipping.partner_name or detail.partner_code,
        tracking_number=number,
        lines=tuple((row.id, row.qty) for row in body.items),
        warehouse_id=body.seller_warehouse.id if body.seller_warehouse else "",
    )
    return (parcel,)


# Products


def product(row: goods.Product, access: Access) -> Product:
    """Map a product: Tiki has one row for each variant, so every product has exactly one."""
    currency = access.region.currency
    word = _standing(row)
    return Product(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=row.product_id,
        title=row.name,
        status=PRODUCT_STATUS[word],
        raw_status=word,
        category_id=_category(row),
        sku=row.original_sku,
        currency=currency,
        variants=(_variant(row, currency),),
        image_urls=_pictures(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
        source=row,
    )


def _standing(row: goods.Product) -> str:
    if row.is_hidden:
        return "hidden"
    return "enabled" if row.active else "disabled"


def _category(row: goods.Product) -> str:
    return next((one.id for one in row.categories if one.is_primary), "")


def _pictures(row: goods.Product) -> tuple[str, ...]:
    urls = [one.url for one in row.images if one.url] or [row.thumbnail]
    return tuple(dict.fromkeys(url for url in urls if url))


def _variant(row: goods.Product, currency: str) -> Variant:
    price = money(row.price, currency, "price")
    listed = money(row.market_price, currency, "market_price")
    return Variant(
        sku=row.original_sku,
        options=_options(row),
        # A market price of 0 says that there is none (section 4.2).
        list_price=listed or price,
        price=price,
        stock=_stock(row.inventory),
    )


def _options(row: goods.Product) -> tuple[tuple[str, str], ...]:
    """Pair the option labels with their values, as far as the attributes tell them."""
    pairs = []
    for label in row.option_attributes:
        value = (row.attributes or {}).get(label) if isinstance(label, str) else None
        if isinstance(value, dict):  # an attribute is a scalar or {id, value}
            value = value.get("value")
        if isinstance(value, str | int) and value != "":
            pairs.append((str(label), str(value)))
    return tuple(pairs)


def _stock(inventory: goods.Inventory | None) -> tuple[StockLevel, ...]:
    """Map stock by warehouse; a body without any row is v1's flat form."""
    if inventory is None:
        return ()
    if inventory.warehouse_stocks:
        return tuple(_level(row) for row in inventory.warehouse_stocks)
    flat = inventory.model_fields_set & {"quantity_sellable", "quantity_available"}
    return (_level(inventory),) if flat else ()


def _level(row: goods.Stock) -> StockLevel:
    sellable = row.quantity_sellable
    if "quantity_sellable" not in row.model_fields_set:
        sellable = max(0, row.quantity_available - row.quantity_reserved)
    return StockLevel(
        warehouse_id=row.warehouse_id, sellable=sellable, reserved=row.quantity_reserved
    )


# The shop


def shop_info(body: wire.Seller, access: Access) -> ShopInfo:
    """Map sellers/me; a seller still joining has no standing but that of the registration."""
    return ShopInfo(
        marketplace=NAME,
        id=body.id,
        name=body.name,
        region=access.region.code,
        currency=access.region.currency,
        status="active" if body.active else body.registration_status or "inactive",
        source=body,
    )


_RETURNS = "0"


def warehouses(rows: Sequence[wire.Warehouse]) -> tuple[Warehouse, ...]:
    """Map warehouses; a place that both ships and takes returns is listed once."""
    returns = {row.id for row in rows if row.type == _RETURNS}
    places: dict[str, wire.Warehouse] = {}
    for row in rows:
        places.setdefault(row.id, row)
    return tuple(
        Warehouse(
            id=row.id,
            name=row.name,
            is_default=row.is_primary and row.type != _RETURNS,
            takes_returns=row.id in returns,
            region=row.region.name if row.region else "",
        )
        for row in places.values()
    )
