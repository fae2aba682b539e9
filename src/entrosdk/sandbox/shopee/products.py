"""Product endpoints (book 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.words import item_status

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_STATUSES = {"NORMAL", "BANNED", "UNLIST", "REVIEWING", "SELLER_DELETE", "SHOPEE_DELETE"}
_MISSING = "The item is not found."


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "product/get_item_list": Endpoint("GET", "shop", _list),
        "product/get_item_base_info": Endpoint("GET", "shop", _base_info),
        "product/get_model_list": Endpoint("GET", "shop", _models),
        "product/get_item_extra_info": Endpoint("GET", "shop", _extra),
        "product/search_item": Endpoint("GET", "shop", _search),
        "product/get_category": Endpoint("GET", "shop", _categories),
        "product/get_item_promotion": Endpoint("GET", "shop", _promotions),
    }


def _list(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    statuses = set(given.items("item_status", 10))
    if statuses - _STATUSES:
        raise Refusal("product.error_param", "invalid field ItemStatus: value must in enum")
    since, until = given.number("update_time_from", 0), given.number("update_time_to", 2**40)
    listed = [
        product
        for product in market.shop.products
        if item_status(product) in statuses and since <= product.updated <= until
    ]
    offset, size = given.number("offset"), given.page_size()
    rows = [
        {
            "item_id": product.id,
            "item_status": item_status(product),
            "update_time": product.updated,
            "tag": {"kit": False},
        }
        for product in listed[offset : offset + size]
    ]
    if rows and market.faults.strike("shopee", "item_list", frozenset({"duplicate_page_row"})):
        rows.append(rows[0])
    more = offset + size < len(listed)
    body = {"item": rows, "total_count": len(listed), "has_next_page": more}
    return {**body, "next_offset": offset + size} if more else body


def _found(market: ShopeeMarket, given: Parameters) -> list[Product]:
    names = given.items("item_id_list", 50)
    wanted = [int(name) for name in names if name.isascii() and name.isdigit()]
    found = [market.shop.by_product[each] for each in wanted if each in market.shop.by_product]
    if not found:
        raise Refusal("product.error_item_not_found", _MISSING)
    return found


def _base_info(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    records = [_item(product) for product in _found(market, given)]
    for record in records:
        if market.faults.breaks(f"{record['item_id']}", "malformed_record"):
            record["category_id"] = {"id": record["category_id"]}
        if market.faults.breaks(f"{record['item_id']}", "unknown_enum"):
            record["item_status"] = "TELEPORTED"
    return {"item_list": records}


def _item(product: Product) -> dict[str, Any]:
    body: dict[str, Any] = {
        "item_id": product.id,
        "category_id": product.category,
        "item_name": product.title,
        "description": product.description or f"{product.title}. Hàng mẫu của sandbox.",
        "item_sku": product.sku,
        "create_time": product.created,
        "update_time": product.updated,
        "attribute_list": [],
        "image": {
            "image_url_list": [f"https://cf.shopee.vn/file/{name}" for name in _images(product)],
            "image_id_list": _images(product),
            "image_ratio": "1:1",
        },
        "weight": f"{product.grams / 1000:g}",  # text on reads, a number on writes; quirk 9
        "dimension": {"package_length": 30, "package_width": 25, "package_height": 5},
        "logistic_info": [
            {
                "logistic_id": 5001,
                "logistic_name": "Nhanh",
                "enabled": True,
                "size_id": 0,
                "is_free": False,
                "estimated_shipping_fee": 31_500,
            }
        ],
        "pre_order": {"is_pre_order": False, "days_to_ship": 2},
        "condition": "NEW",
        "size_chart": "",
        "item_status": item_status(product),
        "deboost": False,
        "has_model": product.has_models,
        "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "item_dangerous": 0,
        "tag": {"kit": False},
    }
    if product.has_models:
        return body  # price and stock live on the models only; book 4.1
    only = product.variants[0]
    return {**body, "price_info": [_price(only)], "stock_info_v2": _stock(only)}


def _images(product: Product) -> list[str]:
    return list(product.images) or [f"vn-demo-{product.id}"]


def _price(variant: Variant) -> dict[str, Any]:
    return {
        "currency": "VND",
        "original_price": variant.list_price,
        "current_price": variant.price,
        "inflated_price_of_original_price": variant.list_price,
        "inflated_price_of_current_price": variant.price,
    }


def _stock(variant: Variant) -> dict[str, Any]:
    return {
        "summary_info": {
            "total_reserved_stock": variant.reserved,
            "total_available_stock": variant.stock,
        },
        "seller_stock": [{"location_id": "VNZ", "stock": variant.stock, "if_saleable": True}],
        "shopee_stock": [],
        "advance_stock": {"sellable_advance_stock": 0, "in_transit_advance_stock": 0},
    }


def _models(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    product = market.shop.by_product.get(given.number("item_id"))
    if product is None:
        raise Refusal("product.error_item_not_found", _MISSING)
    tiers = [
        {"name": name, "option_list": [{"option": option} for option in options]}
        for name, options in product.tiers
    ]
    models = [_model(variant) for variant in product.variants] if product.has_models else []
    return {"tier_variation": tiers, "model": models}


def _model(variant: Variant) -> dict[str, Any]:
    return {
        "price_info": [_price(variant)],
        "model_id": variant.id,
        "tier_index": list(variant.options),
        "promotion_id": 0,
        "has_promotion": variant.price < variant.list_price,
        "model_sku": variant.sku,
        "model_status": "MODEL_NORMAL",
        "pre_order": {"is_pre_order": False, "days_to_ship": 2},
        "stock_info_v2": _stock(variant),
        "gtin_code": "",
        "weight": "0.25",
        "dimension": {"package_height": 5, "package_length": 30, "package_width": 25},
        "is_fulfillment_by_shopee": False,
    }


def _extra(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    sold: dict[int, int] = {}
    for order in market.shop.orders.values():
        for line in order.lines:
            sold[line.product.id] = sold.get(line.product.id, 0) + line.quantity
    rows = [
        {
            "item_id": product.id,
            "sale": sold.get(product.id, 0),
            "views": sold.get(product.id, 0) * 40,
            "likes": sold.get(product.id, 0) * 2,
            "rating_star": 4.8,
            "comment_count": sold.get(product.id, 0) // 3,
        }
        for product in _found(market, given)
    ]
    return {"item_list": rows}


def _search(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    name, sku = given.text("item_name", "").lower(), given.text("item_sku", "").lower()
    found = [
        product.id
        for product in market.shop.products
        if name in product.title.lower() and sku in product.sku.lower()
    ]
    at, size = given.number("offset", 0), given.page_size()
    following = str(at + size) if at + size < len(found) else ""  # text here; quirk 15
    page = found[at : at + size]
    return {"item_id_list": page, "total_count": len(found), "next_offset": following}


def _categories(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    if given.text("language", "en") not in {"en", "vi"}:  # `vi` here, `vn` elsewhere; quirk 27
        raise Refusal("product.error_param", "invalid field Language: value must in enum")
    rows = [
        {
            "category_id": category,
            "parent_category_id": 0,
            "original_category_name": f"Ngành hàng {category}",
            "display_category_name": f"Ngành hàng {category}",
            "has_children": False,
        }
        for category in sorted({product.category for product in market.shop.products})
    ]
    return {"category_list": rows}


def _promotions(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    rows = [
        {
            "item_id": product.id,
            "promotion": [
                {
                    "promotion_type": "flash_sale",
                    "promotion_id": 779_980_011_223_344,
                    "model_id": variant.id,
                    "promotion_staging": "ongoing",
                    "promotion_stock_info_v2": {
                        "summary_info": {"total_reserved_stock": variant.reserved}
                    },
                }
                for variant in product.variants
                if variant.reserved
            ],
        }
        for product in _found(market, given)
    ]
    return {"success_list": rows, "failure_list": []}
