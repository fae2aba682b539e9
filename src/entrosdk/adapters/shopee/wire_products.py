"""Bodies of listings as Shopee sends them (section 4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from entrosdk.adapters.shopee.wire import Envelope
from entrosdk.adapters.shopee.words import ITEM_STATUS
from entrosdk.spi.wire import (
    Amount,
    Count,
    Epoch,
    Flag,
    Id,
    Many,
    Maybe,
    MaybeAmount,
    Rows,
    Text,
    WireModel,
    names,
)

__all__ = [
    "ITEMS",
    "ITEM_LIST",
    "Item",
    "ItemListBody",
    "ItemListPage",
    "ItemStub",
    "ItemsPage",
    "Location",
    "Model",
    "Models",
    "ModelsBody",
    "Price",
    "Stock",
    "StockSummary",
    "Tier",
]


class ItemStub(WireModel):
    """A row of get_item_list (section 4.2)."""

    known: ClassVar[frozenset[str]] = frozenset({"tag"})
    words: ClassVar[Mapping[str, Collection[str]]] = {"item_status": ITEM_STATUS}

    item_id: Id
    item_status: Text = ""
    update_time: Epoch = 0


class ItemListBody(WireModel):
    """The payload of get_item_list."""

    item: Many[ItemStub] = ()
    total_count: Count = 0
    has_next_page: Flag = False
    next_offset: Count = 0


class ItemListPage(Envelope):
    """The reply of get_item_list."""

    response: ItemListBody


class Price(WireModel):
    """Prices of an item or a model (section 4.3)."""

    known: ClassVar[frozenset[str]] = names(
        "inflated_price_of_original_price inflated_price_of_current_price sip_item_price "
        "sip_item_price_source sip_item_price_currency local_price local_promotion_price"
    )

    currency: Text = ""
    original_price: Amount
    current_price: MaybeAmount = None


class StockSummary(WireModel):
    """Totals over all locations."""

    total_reserved_stock: Count = 0
    total_available_stock: Count = 0


class Location(WireModel):
    """Stock at one location."""

    location_id: Text = ""
    stock: Count = 0
    if_saleable: Annotated[bool, BeforeValidator(lambda value: value in (None, "", True))] = True


class Stock(WireModel):
    """stock_info_v2 (section 4.4)."""

    known: ClassVar[frozenset[str]] = frozenset({"advance_stock"})

    summary_info: Maybe[StockSummary] = None
    seller_stock: Many[Location] = ()
    shopee_stock: Many[Location] = ()


class Pictures(WireModel):
    """Pictures of an item."""

    known: ClassVar[frozenset[str]] = frozenset({"image_id_list", "image_ratio"})

    image_url_list: Many[Text] = ()


class Item(WireModel):
    """A listing (section 4.3). Price and stock are absent when it has models."""

    known: ClassVar[frozenset[str]] = names(
        "description attribute_list weight dimension logistic_info pre_order wholesales condition "
        "size_chart size_chart_id deboost has_promotion video_info brand item_dangerous gtin_code "
        "promotion_image compatibility_info scheduled_publish_time authorised_brand_id ssp_id "
        "is_fulfillment_by_shopee tag purchase_limit_info medicine_id certification_info "
        "complaint_policy tax_info description_info description_type promotion_id"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"item_status": ITEM_STATUS}

    item_id: Id
    category_id: Text = ""
    item_name: Text = ""
    item_sku: Text = ""
    create_time: Epoch = 0
    update_time: Epoch = 0
    price_info: Many[Price] = ()
    stock_info_v2: Maybe[Stock] = None
    image: Maybe[Pictures] = None
    item_status: Text = ""
    has_model: Flag = False


class ItemsBody(WireModel):
    """The payload of get_item_base_info."""

    item_list: Many[Item] = ()


class ItemsPage(Envelope):
    """The reply of get_item_base_info."""

    response: ItemsBody


class Option(WireModel):
    """One option of a tier."""

    known: ClassVar[frozenset[str]] = frozenset({"image"})

    option: Text = ""


class Tier(WireModel):
    """A dimension of variation, such as colour."""

    name: Text = ""
    option_list: Many[Option] = ()


class Model(WireModel):
    """A variant of an item. Its name is built from `tier_index` and the tiers' options."""

    known: ClassVar[frozenset[str]] = names(
        "model_name promotion_id has_promotion pre_order gtin_code weight dimension "
        "is_fulfillment_by_shopee"
    )

    model_id: Id
    tier_index: Many[int] = ()
    model_sku: Text = ""
    model_status: Text = ""
    price_info: Many[Price] = ()
    stock_info_v2: Maybe[Stock] = None


class ModelsBody(WireModel):
    """The payload of get_model_list."""

    known: ClassVar[frozenset[str]] = frozenset({"standardise_tier_variation"})

    tier_variation: Many[Tier] = ()
    model: Many[Model] = ()


class Models(Envelope):
    """The reply of get_model_list."""

    response: ModelsBody


ITEM_LIST = Rows(ItemListPage, "response.item", ItemStub, "item_id")
ITEMS = Rows(ItemsPage, "response.item_list", Item, "item_id")
