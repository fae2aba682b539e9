"""Bodies of listings as Lazada sends them (fact book section 4.1).

Keys mix four styles, and one sample writes the outer ones otherwise than the table: both are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from entrosdk.adapters.lazada.wire import Envelope, Many, Part, Sum
from entrosdk.adapters.lazada.words import HELD_WORDS, ITEM_WORDS
from entrosdk.spi.wire import Count, Id, Rows, Text, WireModel, names

__all__ = ["ITEMS", "Axis", "Item", "ItemReply", "ItemsPage", "Place", "Sku"]


def _texts(value: Any) -> Any:
    """Read pictures: a list, or the JSON text of one; blanks stand for free places."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = [value]
    rows = value if isinstance(value, list) else []
    return tuple(row for row in rows if isinstance(row, str) and row)


def _scalars(value: Any) -> Any:
    rows = value.items() if isinstance(value, dict) else ()
    return {key: str(one) for key, one in rows if isinstance(one, str | int) and one != ""}


def _axes(value: Any) -> Any:
    """Read the dimensions in their order: `Variation1`, or `variation1` in tables."""
    rows = value.items() if isinstance(value, dict) else ()
    found = {str(key).lower(): one for key, one in rows if isinstance(one, dict)}
    return [found[key] for key in sorted(found)]


Pictures = Annotated[tuple[str, ...], BeforeValidator(_texts)]
"""Addresses of pictures."""


class Place(WireModel):
    """Stock of a SKU in one warehouse; the total is what is sellable, held and promised."""

    known: ClassVar[frozenset[str]] = names("totalQuantity warehouseType bizCode bizType")

    warehouseCode: Text = ""  # noqa: N815 - theirs
    quantity: Count = 0
    sellableQuantity: Annotated[int | None, BeforeValidator(lambda v: None if v == "" else v)] = (  # noqa: N815
        None
    )
    occupyQuantity: Count = 0  # noqa: N815
    withholdQuantity: Count = 0  # noqa: N815


class Channel(WireModel):
    """Stock that a campaign keeps for itself."""

    known: ClassVar[frozenset[str]] = names("channelName startTime endTime")

    sellableQuantity: Count = 0  # noqa: N815


class Sku(WireModel):
    """A variant; its options are flattened into it once more, under names of the category."""

    known: ClassVar[frozenset[str]] = names(
        "ShopSku Url package_width package_height package_length package_weight "
        "special_from_date special_from_time special_to_date special_to_time special_time_format "
        "dropshippingStock fulfilmentStock preorderStock ReservedStock RtsStock "
        "PendingStock RealTimeStock FulfillmentBySellable tax_class package_content"
    )

    SkuId: Id
    SellerSku: Text = ""
    Status: Text = ""
    quantity: Count = 0
    Available: Annotated[int | None, BeforeValidator(lambda v: None if v == "" else v)] = None
    sellableStock: Annotated[int | None, BeforeValidator(lambda v: None if v == "" else v)] = None  # noqa: N815
    occupiedStock: Count = 0  # noqa: N815
    withholdingStock: Count = 0  # noqa: N815
    price: Sum
    special_price: Sum = Decimal(0)
    multiWarehouseInventories: Many[Place] = ()  # noqa: N815
    fblWarehouseInventories: Many[Place] = ()  # noqa: N815
    channelInventories: Many[Channel] = ()  # noqa: N815
    Images: Pictures = ()
    saleProp: Annotated[dict[str, str], BeforeValidator(_scalars)] = Field(default_factory=dict)  # noqa: N815

    @model_validator(mode="before")
    @classmethod
    def _once(cls, value: Any) -> Any:
        """Leave out what is flattened from `saleProp`: names of a category are no drift."""
        options = value.get("saleProp") if isinstance(value, dict) else None
        if not isinstance(options, dict):
            return value
        fields = cls.model_fields
        return {key: one for key, one in value.items() if key in fields or key not in options}


class Axis(WireModel):
    """A dimension of variation: the category's name of it, and the shop's label."""

    known: ClassVar[frozenset[str]] = names("hasImage has_image customize options")

    name: Text = ""
    label: Text = ""


class Item(WireModel):
    """A listing."""

    known: ClassVar[frozenset[str]] = names(
        "marketImages marketImageList rejectReason suspendedSkus trialProduct hiddenStatus "
        "hiddenReason bizSupplement imageSequence"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "status": ITEM_WORDS,
        "sub_status": HELD_WORDS,
    }

    item_id: Id = Field(validation_alias=AliasChoices("item_id", "itemId"))
    primary_category: Text = Field(
        default="", validation_alias=AliasChoices("primary_category", "primaryCategory")
    )
    created_time: Text = Field(
        default="", validation_alias=AliasChoices("created_time", "createdTime")
    )
    updated_time: Text = Field(
        default="", validation_alias=AliasChoices("updated_time", "updatedTime")
    )
    images: Pictures = Field(
        default=(), validation_alias=AliasChoices("images", "productImageList")
    )
    status: Text = ""
    sub_status: Text = Field(default="", validation_alias=AliasChoices("subStatus", "sub_status"))
    variation: Annotated[tuple[Axis, ...], BeforeValidator(_axes)] = ()
    # A free object with the names of the category; the title is read from it.
    attributes: Part[dict[str, Any]] = Field(default_factory=dict)
    skus: Many[Sku] = ()


class ItemsBody(WireModel):
    """The payload of /products/get, which may lack its list when nothing matches."""

    total_products: Count = 0
    products: Many[Item] = ()


class ItemsPage(Envelope):
    """The reply of /products/get."""

    data: Part[ItemsBody] = ItemsBody()


class ItemReply(Envelope):
    """The reply of /product/item/get."""

    data: Item


ITEMS = Rows(ItemsPage, "data.products", Item, "item_id")
