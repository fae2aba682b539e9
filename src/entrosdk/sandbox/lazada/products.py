"""Product endpoints for reading, and the catalogue (book 4.1, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal, loose
from entrosdk.sandbox.lazada.rendering import product_body
from entrosdk.sandbox.lazada.words import item_status

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["item", "table"]

_FILTERS = {
    "all": None,
    "live": "Active",
    "inactive": "InActive",
    "deleted": "Deleted",
    "pending": "Pending QC",
    "rejected": "Rejected",
    "sold-out": "Active",
}
_LAST_OFFSET = 10_000
_MOST, _USUAL = 50, 20
_MOST_SKUS = 100


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/products/get": Endpoint(_list),
        "/product/item/get": Endpoint(_item),
        "/category/tree/get": Endpoint(_categories, "either"),
        "/category/attributes/get": Endpoint(_attributes, "either"),
        "/category/brands/query": Endpoint(_brands, "either", "flat"),
    }


def item(market: LazadaMarket, name: str) -> Product:
    """Return a listing of this shop; another one is refused."""
    found = market.shop.by_product.get(int(name)) if name.isdecimal() else None
    if found is None:
        raise Refusal("208", "E208: Item not exist")
    return found


def _list(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    wanted = given.text("filter", "all")
    if wanted not in _FILTERS:
        raise Refusal("36", "E036: Invalid status filter")
    offset = given.whole("offset", 0, "14", _LAST_OFFSET)
    limit = given.whole("limit", _USUAL, "19", _MOST)
    skus = _skus(given)
    listed = [
        product
        for product in market.shop.products
        if _fits(market, product, wanted)
        and _inside(product.updated, given, "update")
        and _inside(product.created, given, "create")
        and (skus is None or any(variant.sku in skus for variant in product.variants))
    ]
    if not listed and offset:
        return {"total_products": 0}  # the list may be missing; book 4.1
    page = listed[offset : offset + limit]
    rows = [_spoiled(market, product) for product in page]
    if rows and market.strikes("/products/get", "duplicate_page_row"):
        rows.append(rows[0])
    return {"total_products": len(listed), "products": rows}


def _skus(given: Parameters) -> set[str] | None:
    if not given.has("sku_seller_list"):
        return None
    found = loose(given.text("sku_seller_list"))
    if not isinstance(found, list) or len(found) > _MOST_SKUS:
        raise Refusal("70", "E070: You have an error in the value of sku_seller_list")
    return {str(one) for one in found}


def _fits(market: LazadaMarket, product: Product, wanted: str) -> bool:
    status = _FILTERS[wanted]
    if wanted == "sold-out":
        return not any(variant.stock for variant in product.variants)
    return status is None or item_status(market, product) == status


def _inside(moment: int, given: Parameters, clock: str) -> bool:
    start, end = given.moment(f"{clock}_after"), given.moment(f"{clock}_before")
    return (start is None or moment >= start) and (end is None or moment <= end)


def _spoiled(market: LazadaMarket, product: Product) -> dict[str, Any]:
    body = product_body(market, product)
    name = f"item:{product.id}"
    if market.faults.breaks(name, "malformed_record"):
        body["skus"] = [{**sku, "price": "giá tốt"} for sku in body["skus"]]
    if market.faults.breaks(name, "unknown_enum"):
        body["status"] = "Teleported"
    return body


def _item(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    return _spoiled(market, item(market, given.text("item_id")))


# The catalogue, which stands still

_LEAVES = [
    {"category_id": 100_000 + number, "name": f"Ngành hàng {number}", "leaf": True, "var": True}
    for number in range(15)
]
_ATTRIBUTES = (
    ("name", "Tên sản phẩm", "text", 1, 0),
    ("description", "Mô tả", "richText", 0, 0),
    ("brand", "Thương hiệu", "singleSelect", 1, 0),
    ("color_family", "Nhóm màu", "enumInput", 0, 1),
    ("size", "Kích thước", "enumInput", 0, 1),
)


def _categories(market: LazadaMarket, given: Parameters) -> list[dict[str, Any]]:
    del market, given
    root = {"category_id": 4000, "name": "Hàng Việt", "leaf": False, "var": False}
    return [{**root, "children": _LEAVES}]


def _attributes(market: LazadaMarket, given: Parameters) -> list[dict[str, Any]]:
    del market
    known = {str(leaf["category_id"]) for leaf in _LEAVES}
    if given.text("primary_category_id") not in known:
        raise Refusal("4227", "category unknown")
    return [
        {
            "id": number,
            "name": name,
            "label": label,
            "input_type": kind,
            "attribute_type": "sku" if sale else "normal",
            "is_mandatory": mandatory,
            "is_sale_prop": sale,
            "advanced": {"is_key_prop": 0},
            "options": [],
        }
        for number, (name, label, kind, mandatory, sale) in enumerate(_ATTRIBUTES, 1)
    ]


def _brands(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market
    size = given.whole("pageSize", 40, "19", 200)
    module = [{"brand_id": 1, "name": "No Brand", "name_en": "No Brand", "global_identifier": ""}]
    data = {"start_row": 0, "page_index": 1, "page_size": size, "total_record": 1, "module": module}
    return {"success": True, "error_code": None, "error_msg": None, "data": data}
