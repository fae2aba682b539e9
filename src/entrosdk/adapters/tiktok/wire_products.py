"""Bodies of listings and their stock as TikTok Shop sends them (fact book section 4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from entrosdk.adapters.tiktok.wire import Envelope, Listing
from entrosdk.adapters.tiktok.words import PRODUCT_STATUS
from entrosdk.spi.wire import (
    Count,
    Epoch,
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
    "PRODUCTS",
    "STOCKS",
    "Attribute",
    "Image",
    "Level",
    "Price",
    "Product",
    "ProductReply",
    "ProductsPage",
    "Sku",
    "SkuStock",
    "Stock",
]


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


class Price(WireModel):
    """A price; Vietnamese searches tell only the one that is called tax exclusive (quirk 17)."""

    known: ClassVar[frozenset[str]] = frozenset({"unit_price"})

    currency: Text = ""
    sale_price: MaybeAmount = None
    tax_exclusive_price: MaybeAmount = None


class ListPrice(WireModel):
    """The price that is crossed out, in some markets."""

    amount: MaybeAmount = None


class Level(WireModel):
    """What buyers can buy of a variant from one warehouse."""

    known: ClassVar[frozenset[str]] = names("backorder_quantity handling_time")

    warehouse_id: Text = ""
    quantity: Count = 0


class Attribute(WireModel):
    """One option of a variant, such as its colour."""

    known: ClassVar[frozenset[str]] = names("id value_id sku_img supplementary_sku_images")

    name: Text = ""
    value_name: Text = ""


class StatusInfo(WireModel):
    """Whether a variant can be bought."""

    known: ClassVar[frozenset[str]] = frozenset({"deactivation_source"})

    status: Text = ""


class Sku(WireModel):
    """A variant, in searches and in detail; searches leave out its options (section 4.4)."""

    known: ClassVar[frozenset[str]] = names(
        "fees pre_sale identifier_code external_sku_id sku_weight sku_dimensions combined_skus "
        "global_listing_policy purchase_order_quantity_limit"
    )

    id: Id
    seller_sku: Text = ""
    price: Maybe[Price] = None
    list_price: Annotated[ListPrice | None, BeforeValidator(_object)] = None
    inventory: Many[Level] = ()
    sales_attributes: Many[Attribute] = ()
    status_info: Maybe[StatusInfo] = None


class Image(WireModel):
    """A picture of a listing, at several addresses."""

    known: ClassVar[frozenset[str]] = names("uri thumb_urls width height")

    urls: Many[str] = ()


class Category(WireModel):
    """One step of the way from the root of the category tree to the listing's leaf."""

    known: ClassVar[frozenset[str]] = names("parent_id local_name is_leaf")

    id: Text = ""


class Audit(WireModel):
    """How far TikTok Shop's review got."""

    known: ClassVar[frozenset[str]] = names("pre_approved_reasons not_submitted_reasons")

    status: Text = ""


class AuditFailure(WireModel):
    """Why a review refused a listing."""

    known: ClassVar[frozenset[str]] = names("listing_platform position suggestions")

    reasons: Many[str] = ()


class Product(WireModel):
    """A listing, in searches and in detail (sections 4.3 and 4.4)."""

    known: ClassVar[frozenset[str]] = names(
        "sales_regions has_draft is_not_for_sale product_tags recommended_categories "
        "listing_quality_tier integrated_platform_statuses product_families "
        "product_sync_fail_reasons scheduled_sale selling_format product_status "
        "description brand video package_dimensions package_weight "
        "product_attributes certifications size_chart delivery_options is_cod_allowed "
        "is_pre_owned is_replicated external_product_id manufacturer_ids "
        "responsible_person_ids shipping_insurance_requirement minimum_order_quantity "
        "subscribe_info"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"status": PRODUCT_STATUS}

    id: Id
    title: Text = ""
    status: Text = ""
    create_time: Epoch = 0
    update_time: Epoch = 0
    category_chains: Many[Category] = ()
    main_images: Many[Image] = ()
    audit: Maybe[Audit] = None
    audit_failed_reasons: Many[AuditFailure] = ()
    skus: Many[Sku] = ()


class ProductsBody(Listing):
    """The payload of a search for listings."""

    products: Many[Product] = ()


class ProductsPage(Envelope):
    """The reply of a search for listings."""

    data: ProductsBody


class ProductReply(Envelope):
    """The reply of one listing in detail."""

    data: Product


PRODUCTS = Rows(ProductsPage, "data.products", Product, "id")


# Stock


class WarehouseStock(WireModel):
    """Stock of a variant in one warehouse; committed units are no part of the available ones."""

    warehouse_id: Text = ""
    available_quantity: Count = 0
    committed_quantity: Count = 0


class Held(WireModel):
    """Units held by a campaign or a creator."""

    known: ClassVar[frozenset[str]] = names("campaign_name creator_name")

    quantity: Count = 0


class Distribution(WireModel):
    """What the available units are for, over all warehouses."""

    known: ClassVar[frozenset[str]] = frozenset({"in_shop_inventory"})

    campaign_inventory: Many[Held] = ()
    creator_inventory: Many[Held] = ()


class SkuStock(WireModel):
    """Stock of a variant (section 4.6)."""

    known: ClassVar[frozenset[str]] = names(
        "seller_sku total_available_quantity total_committed_quantity"
    )

    id: Id
    warehouse_inventory: Many[WarehouseStock] = ()
    total_available_inventory_distribution: Maybe[Distribution] = None


class Stock(WireModel):
    """Stock of a listing."""

    product_id: Id
    skus: Many[SkuStock] = ()


class StocksBody(WireModel):
    """The payload of a search for stock."""

    inventory: Many[Stock] = ()


class StocksPage(Envelope):
    """The reply of a search for stock."""

    data: StocksBody


STOCKS = Rows(StocksPage, "data.inventory", Stock, "product_id")
