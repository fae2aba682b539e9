"""Product and stock endpoints that read (book 4.1-4.4, 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.paging import page_of
from entrosdk.sandbox.tiktok.parameters import BAD, Parameters, Refusal, whole
from entrosdk.sandbox.tiktok.shop import places

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["found", "split", "table"]

_STATUSES = {
    "ALL",
    "DRAFT",
    "PENDING",
    "FAILED",
    "ACTIVATE",
    "SELLER_DEACTIVATED",
    "PLATFORM_DEACTIVATED",
    "FREEZE",
    "DELETED",
}
_MOST = 10_000


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    scope = "seller.product.basic"
    versions = ("202502", "202312", "202309")
    return [
        Endpoint("POST", "/product/v/products/search", _search, scope, versions),
        Endpoint("GET", "/product/v/products/{}", _detail, scope),
        Endpoint("POST", "/product/v/inventory/search", _stock, scope),
        Endpoint("GET", "/product/v/categories", _categories, scope),
        Endpoint("GET", "/product/v/brands", _brands, scope),
    ]


def found(market: TikTokMarket, name: str) -> Product:
    """Return a product; raises `Refusal` for an unknown one."""
    product = market.shop.by_product.get(whole(name) or 0)
    if product is None or product.id in market.deleted:
        raise Refusal(12052260, "The product ID does not exist")
    return product


def _search(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    size = given.page_size(1, 100)
    wanted = given.body.get("status", "ALL")
    if wanted not in _STATUSES:
        raise Refusal(BAD, "Status is invalid", 400)
    created = given.window(given.body, "create_time", "le")
    updated = given.window(given.body, "update_time", "le")
    skus = given.list_of("seller_skus", 10) if given.body.get("seller_skus") else []
    rows = [
        product
        for product in market.shop.products
        if wanted in {"ALL", market.product_status(product)}
        and created[0] <= product.created < created[1]
        and updated[0] <= product.updated < updated[1]
        and (not skus or any(variant.sku in skus for variant in product.variants))
    ]
    if len(rows) > _MOST:
        raise Refusal(12052180, "The search result is over 10000, please narrow the filters.")
    page, token = page_of(
        given, rows, lambda product: (product.created, str(product.id)), size, descending=True
    )
    bodies = [_summary(market, product) for product in page]
    if bodies and market.faults.strike("tiktok", "item_list", frozenset({"duplicate_page_row"})):
        bodies.append(bodies[0])
    return {"products": bodies, "next_page_token": token, "total_count": len(rows)}


def _head(market: TikTokMarket, product: Product) -> dict[str, Any]:
    return {
        "id": str(product.id),
        "title": product.title,
        "status": market.product_status(product),
        "create_time": product.created,
        "update_time": product.updated,
        "audit": {"status": market.audit(product), "pre_approved_reasons": []},
        "has_draft": False,
        "is_not_for_sale": False,
    }


def _summary(market: TikTokMarket, product: Product) -> dict[str, Any]:
    """Print a listing as searches do: one price, under its misleading name (4.3)."""
    skus = [
        {
            "id": str(variant.id),
            "seller_sku": variant.sku,
            "price": {"currency": "VND", "tax_exclusive_price": str(variant.price)},
            "inventory": _inventory(market, variant),
            "status_info": {"status": "NORMAL"},
        }
        for variant in product.variants
    ]
    return {**_head(market, product), "sales_regions": ["VN"], "skus": skus}


def _inventory(market: TikTokMarket, variant: Variant) -> list[dict[str, Any]]:
    return [
        {"warehouse_id": place, "quantity": quantity}
        for place, quantity in zip(places(market), split(market, variant.stock), strict=True)
    ]


def split(market: TikTokMarket, quantity: int) -> list[int]:
    """Spread units over the shop's warehouses: a third lies in the second one."""
    if market.profile.warehouses < 2:
        return [quantity]
    return [quantity - quantity // 3, quantity // 3]


def _detail(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    product = found(market, given.ids[0])
    name = str(product.id)
    url = f"https://p16-oec-sg.example-cdn.test/demo-{name}.jpeg"
    image = {"uri": f"tos-demo/{name}", "urls": [url], "thumb_urls": [url]}
    body = {
        **_head(market, product),
        "description": f"<p>{product.title}. Hàng mẫu của sandbox.</p>",
        "category_chains": [
            {
                "id": str(product.category),
                "parent_id": "0",
                "local_name": f"Ngành hàng {product.category}",
                "is_leaf": True,
            }
        ],
        "main_images": [{**image, "width": 1000, "height": 1000}],
        "package_weight": {"value": f"{product.grams / 1000:g}", "unit": "KILOGRAM"},
        "is_cod_allowed": True,
        "skus": [_sku(market, product, variant) for variant in product.variants],
    }
    if market.faults.breaks(name, "malformed_record"):
        body["skus"][0]["price"] = {"currency": "VND"}
    if market.faults.breaks(name, "unknown_enum"):
        body["status"] = "TELEPORTED"
    return body


def _sku(market: TikTokMarket, product: Product, variant: Variant) -> dict[str, Any]:
    price = str(variant.price)
    options = [
        {"id": str(100_000 + at), "name": name, "value_id": str(at + 1), "value_name": values[at]}
        for (name, values), at in zip(product.tiers, variant.options, strict=True)
    ]
    return {
        "id": str(variant.id),
        "seller_sku": variant.sku,
        "price": {"currency": "VND", "sale_price": price, "tax_exclusive_price": price},
        "inventory": _inventory(market, variant),
        "sales_attributes": options,
        "status_info": {"status": "NORMAL"},
    }


def _stock(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    """Tell stock; variants win when both kinds of ids are given."""
    skus = set(given.list_of("sku_ids", 600)) if given.body.get("sku_ids") else set()
    if skus:
        wanted = [p for p in market.shop.products if any(str(v.id) in skus for v in p.variants)]
    else:
        names = given.list_of("product_ids", 100, needed=True)
        wanted = [found(market, name) for name in dict.fromkeys(names)]
    rows = [
        {
            "product_id": str(product.id),
            "skus": [
                _levels(market, variant)
                for variant in product.variants
                if not skus or str(variant.id) in skus
            ],
        }
        for product in wanted
    ]
    return {"inventory": rows}


def _levels(market: TikTokMarket, variant: Variant) -> dict[str, Any]:
    committed = variant.withheld + variant.occupied
    held = [committed, *([0] * (market.profile.warehouses - 1))]
    campaign = [{"quantity": variant.reserved, "campaign_name": "Sale 11.11"}]
    shares = {
        "in_shop_inventory": {"quantity": variant.stock - variant.reserved},
        **({"campaign_inventory": campaign} if variant.reserved else {}),
    }
    levels = zip(places(market), split(market, variant.stock), held, strict=True)
    return {
        "id": str(variant.id),
        "seller_sku": variant.sku,
        "total_available_quantity": variant.stock,
        "total_committed_quantity": committed,
        "total_available_inventory_distribution": shares,
        "warehouse_inventory": [
            {"warehouse_id": place, "available_quantity": free, "committed_quantity": taken}
            for place, free, taken in levels
        ],
    }


def _categories(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del given
    rows = [
        {
            "id": str(category),
            "parent_id": "0",
            "local_name": f"Ngành hàng {category}",
            "is_leaf": True,
            "permission_statuses": ["AVAILABLE"],
        }
        for category in sorted({product.category for product in market.shop.products})
    ]
    return {"categories": rows}


def _brands(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del market
    given.page_size(1, 100)
    brands = [{"id": "7081934412209901314", "name": "Mây Xanh", "authorized_status": "AUTHORIZED"}]
    return {"brands": brands, "next_page_token": "", "total_count": 1}
