"""From My Market's bodies to domain values: pure functions, one a record."""

from __future__ import annotations

from decimal import Decimal

from entrosdk.domain.money import Money, total
from entrosdk.domain.order import Order, OrderLine, OrderStatus, OrderTotals
from entrosdk.domain.product import Product, ProductStatus, StockLevel, Variant
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import Misfit, instant

from entrosdk_mymarket import wire
from entrosdk_mymarket.manifest import NAME

__all__ = ["money", "order", "product", "shop_info"]


def money(amount: Decimal, currency: str, place: str) -> Money:
    """Read an amount in major units; raises `Misfit` naming `place`, never the amount."""
    try:
        return Money.of(amount, currency)
    except ValueError:
        raise Misfit(f"{place}: no amount of {currency}") from None


def shop_info(body: wire.ShopBody, access: Access) -> ShopInfo:
    """Map the shop."""
    return ShopInfo(
        marketplace=NAME,
        id=body.id,
        name=body.name,
        region=access.region.code,
        currency=access.region.currency,
        status=body.status,
        source=body,
    )


def order(body: wire.Order, access: Access) -> Order:
    """Map an order; a status word nobody has heard of is UNKNOWN and keeps its word."""
    currency = access.region.currency
    lines = tuple(_line(item, currency) for item in body.items)
    return Order(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.id,
        number=body.id,
        status=wire.ORDER_STATUS.get(body.status, OrderStatus.UNKNOWN),
        raw_status=body.status,
        created_at=moment(body.created_at),
        updated_at=moment(body.updated_at),
        paid_at=instant(body.paid_at),
        cod=body.cash_on_delivery,
        currency=currency,
        lines=lines,
        totals=OrderTotals(
            items=total((line.unit_price * line.quantity for line in lines), currency),
            shipping=money(body.shipping_fee, currency, "shipping_fee"),
            seller_discount=money(body.voucher, currency, "voucher"),
            total=money(body.total, currency, "total"),
        ),
        source=body,
    )


def _line(item: wire.Item, currency: str) -> OrderLine:
    """Map a line; only the seller lowers prices at My Market (manual 3.5)."""
    listed = money(item.list_price, currency, "list_price")
    paid = money(item.price, currency, "price")
    return OrderLine(
        id=item.id,
        product_id=item.product_id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        quantity=item.quantity,
        list_price=listed,
        unit_price=paid,
        seller_discount=(listed - paid) * item.quantity,
        platform_discount=Money.zero(currency),
    )


def product(body: wire.Product, access: Access) -> Product:
    """Map a product with its variants and their stock."""
    currency = access.region.currency
    return Product(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.id,
        title=body.title,
        status=wire.PRODUCT_STATUS.get(body.status, ProductStatus.UNKNOWN),
        raw_status=body.status,
        currency=currency,
        variants=tuple(_variant(each, currency) for each in body.variants),
        updated_at=instant(body.updated_at),
        source=body,
    )


def _variant(body: wire.Variant, currency: str) -> Variant:
    return Variant(
        id=body.id,
        sku=body.sku,
        list_price=money(body.list_price, currency, "list_price"),
        price=money(body.price, currency, "price"),
        stock=(StockLevel(sellable=body.stock),),
    )
