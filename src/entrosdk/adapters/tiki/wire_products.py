"""Bodies of products as Tiki sends them (fact book section 4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, Field, model_validator

from entrosdk.adapters.tiki.wire import Paging
from entrosdk.adapters.tiki.wire_scalars import When
from entrosdk.spi.wire import Amount, Count, Flag, Id, Many, Maybe, Rows, Text, WireModel, names

__all__ = ["PRODUCTS", "Category", "Image", "Inventory", "Product", "ProductsPage", "Stock"]


class Category(WireModel):
    """A category of a product; one of them is primary."""

    known: ClassVar[frozenset[str]] = names("name url_key")

    id: Text = ""
    is_primary: Flag = False


class Image(WireModel):
    """A picture of a product."""

    known: ClassVar[frozenset[str]] = names("id path position width height label is_gallery")

    url: Text = ""


class Stock(WireModel):
    """Stock at one warehouse; `quantity` is what Tiki itself holds."""

    warehouse_id: Text = ""
    quantity: Count = 0
    quantity_available: Count = 0
    quantity_reserved: Count = 0
    # The manual misspells it in one place.
    quantity_sellable: Annotated[
        Count, Field(validation_alias=AliasChoices("quantity_sellable", "quantity_saleable"))
    ] = 0


class Inventory(Stock):
    """Stock by warehouse; v1 told one level, flat."""

    known: ClassVar[frozenset[str]] = names("fulfillment_type inventory_type")

    warehouse_stocks: Many[Stock] = ()


class Product(WireModel):
    """A product: one row for each variant a seller sells (section 4.2)."""

    known: ClassVar[frozenset[str]] = names(
        "id sku master_id master_sku super_id super_sku type entity_type created_by version seller"
    )

    product_id: Id
    name: Text = ""
    original_sku: Text = ""
    active: Flag = False
    is_hidden: Flag = False
    price: Amount
    market_price: Amount = Decimal(0)
    created_at: When = None
    updated_at: When = None
    thumbnail: Text = ""
    option_attributes: Many[Any] = ()
    attributes: Maybe[dict[str, Any]] = None
    categories: Many[Category] = ()
    images: Many[Image] = ()
    inventory: Maybe[Inventory] = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, row: Any) -> Any:
        # `product_id` in v1 and v2.1, `id` in v2; one client saw product_id 0 beside a good id.
        if isinstance(row, dict) and not row.get("product_id"):
            return {**row, "product_id": row.get("id")}
        return row


class ProductsPage(WireModel):
    """A page of products."""

    data: Many[Product]
    paging: Paging


PRODUCTS = Rows(ProductsPage, "data", Product, "product_id")
