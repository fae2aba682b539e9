"""My Market's bodies, as it sends them: lenient models, no meaning yet.

`known` lists keys of the manual that we do not read; any other unknown key, and any word that is
not in `words`, is counted as drift, so that a change of the API is noticed before it hurts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from entrosdk.domain.order import OrderStatus
from entrosdk.domain.product import ProductStatus
from entrosdk.spi.wire import Amount, Epoch, Flag, Id, Moment, Rows, Text, WireModel, names
from pydantic import Field

__all__ = [
    "IDS",
    "ORDERS",
    "ORDER_STATUS",
    "PRODUCTS",
    "PRODUCT_STATUS",
    "Item",
    "Order",
    "OrdersPage",
    "Product",
    "ProductsPage",
    "ShopBody",
    "Tokens",
    "Variant",
]

# The manual's words (3.4 and 4.3), and what they mean in words all marketplaces share.
ORDER_STATUS = {
    "awaiting_payment": OrderStatus.UNPAID,
    "ready": OrderStatus.TO_SHIP,
    "packed": OrderStatus.PACKED,
    "on_the_way": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "closed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
}
PRODUCT_STATUS = {
    "on_sale": ProductStatus.ACTIVE,
    "hidden": ProductStatus.INACTIVE,
    "in_review": ProductStatus.REVIEWING,
}


class Tokens(WireModel):
    """The reply of the token endpoint; times are seconds since 1970."""

    access_token: str
    refresh_token: str
    expires_at: Epoch
    refresh_expires_at: Epoch = 0
    shop_id: Id


class ShopBody(WireModel):
    """Who the shop is."""

    known = names("logo_url rating")

    id: Id
    name: Text
    status: Text = ""


class Item(WireModel):
    """One variant on an order; prices are for one unit, in dong."""

    id: Id
    product_id: Id
    variant_id: Text = ""
    sku: Text = ""
    name: Text
    quantity: int = Field(gt=0)
    list_price: Amount
    price: Amount


class Order(WireModel):
    """An order."""

    words: ClassVar[Mapping[str, Collection[str]]] = {"status": ORDER_STATUS}

    id: Id
    status: Text
    created_at: Moment
    updated_at: Moment
    paid_at: Epoch = 0
    cash_on_delivery: Flag = False
    items: list[Item] = Field(min_length=1)
    shipping_fee: Amount
    voucher: Amount
    total: Amount


class OrdersPage(WireModel):
    """One page of orders."""

    orders: list[Order]
    next: str | None = None
    total: int | None = None


class OrderId(WireModel):
    """An order as the cheap listing shows it."""

    id: Id
    updated_at: Moment


class IdsPage(WireModel):
    """One page of the cheap listing."""

    orders: list[OrderId]
    next: str | None = None
    total: int | None = None


class Variant(WireModel):
    """A variant; prices in dong, `stock` is what buyers can buy now."""

    id: Id
    sku: Text = ""
    list_price: Amount
    price: Amount
    stock: int


class Product(WireModel):
    """A product."""

    words: ClassVar[Mapping[str, Collection[str]]] = {"status": PRODUCT_STATUS}

    id: Id
    title: Text
    status: Text
    updated_at: Epoch = 0
    variants: list[Variant] = Field(min_length=1)


class ProductsPage(WireModel):
    """One page of products."""

    products: list[Product]
    next: str | None = None
    total: int | None = None


# Read record by record where need be: one that does not fit is `Unreadable`, never dropped.
ORDERS = Rows(OrdersPage, "orders", Order, "id")
IDS = Rows(IdsPage, "orders", OrderId, "id")
PRODUCTS = Rows(ProductsPage, "products", Product, "id")
