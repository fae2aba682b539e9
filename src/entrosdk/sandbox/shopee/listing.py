"""Making and changing items and their models (book 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.shopee.gateway import Endpoint, Warned
from entrosdk.sandbox.shopee.lookup import Strict, item, variant
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.shelves import check_ratio, dong
from entrosdk.sandbox.shopee.words import item_status
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_CHANNELS = {5001}
_SETTLING = 5  # seconds between an item and its variants
_MODELS = 50

Tiers = tuple[tuple[str, tuple[str, ...]], ...]


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "product/add_item": Endpoint("POST", "shop", _add),
        "product/update_item": Endpoint("POST", "shop", _update),
        "product/delete_item": Endpoint("POST", "shop", _delete),
        "product/init_tier_variation": Endpoint("POST", "shop", _init_tiers),
        "product/add_model": Endpoint("POST", "shop", _add_models),
        "product/delete_model": Endpoint("POST", "shop", _delete_model),
    }


# Items


def _add(market: ShopeeMarket, given: Parameters) -> Warned:
    product = _new(market, Strict.of(given))
    selling.add_product(market.shop, product, market.world.now, review=market.profile.review)
    return Warned(_shown(product))


def _new(market: ShopeeMarket, body: Strict) -> Product:
    """Make an item without models of what was sent; raises `Refusal` for what is missing."""
    now, number = market.world.now, len(market.shop.products)
    chance = Random(f"{market.shop.seed}:added:{number}")
    product = Product(
        id=market.shop.trade.ids.product(chance, number),
        title=body.text("item_name"),
        sku=body.text("item_sku", ""),
        category=_category(market, body),
        grams=round(body.amount("weight") * 1000),
        tiers=(),
        created=now,
        updated=now,
        listed=body.text("item_status", "NORMAL") == "NORMAL",
        description=body.text("description"),
        images=_images(market, body),
    )
    _channels(body)
    product.variants.append(_only_variant(market, product, body))
    return product


def _only_variant(market: ShopeeMarket, product: Product, body: Strict) -> Variant:
    price = dong(body.amount("original_price"))
    if price <= 0:
        raise Refusal("product.error_invalid_price", "The price is invalid.")
    return Variant(
        id=market.shop.trade.ids.variant(product.id, 0, True),
        sku=product.sku,
        options=(),
        list_price=price,
        price=price,
        stock=_stock(body),
    )


def _category(market: ShopeeMarket, body: Strict) -> int:
    category = body.number("category_id")
    if category not in {product.category for product in market.shop.products}:
        raise Refusal("product.error_invalid_category", "The category is invalid.")
    return category


def _images(market: ShopeeMarket, body: Strict) -> tuple[str, ...]:
    names = tuple(str(name) for name in body.inner("image").values("image_id_list"))
    known = {name for product in market.shop.products for name in product.images}
    if not 1 <= len(names) <= 9 or not all(
        name in market.pictures | known or name.startswith("vn-demo-") for name in names
    ):
        text = "invalid field Image: image_id is invalid"
        raise Refusal("product.error_param", text)
    return names


def _channels(body: Strict) -> None:
    rows = body.rows("logistic_info")
    chosen = {row.number("logistic_id") for row in rows if row.flag("enabled")}
    if not chosen or chosen - _CHANNELS:
        raise Refusal("product.error_param", "invalid field LogisticInfo: channel is invalid")


def _stock(body: Strict) -> int:
    if not body.has("seller_stock"):
        return 0
    return sum(row.number("stock") for row in body.rows("seller_stock"))


def _shown(product: Product) -> dict[str, Any]:
    """Show an item as writes do: `images`, and prices as an object (book 4.6)."""
    only = product.variants[0]
    return {
        "item_id": product.id,
        "item_name": product.title,
        "description": product.description,
        "category_id": product.category,
        "item_sku": product.sku,
        "item_status": item_status(product),
        "images": {"image_id_list": list(product.images)},
        "weight": product.grams / 1000,
        "price_info": {"original_price": only.list_price, "current_price": only.price},
        "seller_stock": [{"stock": only.stock}],
    }


def _update(market: ShopeeMarket, given: Parameters) -> Warned:
    body = Strict.of(given)
    product = item(market, body)
    if body.has("category_id"):
        product.category = _category(market, body)
    if body.has("image"):
        product.images = _images(market, body)
    if body.has("weight"):
        product.grams = round(body.amount("weight") * 1000)
    product.title = body.text("item_name", product.title)
    product.description = body.text("description", product.description)
    product.sku = body.text("item_sku", product.sku)
    if body.has("item_status"):
        product.listed = body.text("item_status") == "NORMAL"
    product.updated = market.world.now
    return Warned(_shown(product))


def _delete(market: ShopeeMarket, given: Parameters) -> None:
    product = item(market, Strict.of(given))
    try:
        selling.delete(market.shop, product, market.world.now)
    except WriteRefused as refusal:
        text = "Can't delete item when item is under promotion"
        raise Refusal("product.error_item_uneditable", text) from refusal


# Models


def _init_tiers(market: ShopeeMarket, given: Parameters) -> Warned:
    body = Strict.of(given)
    product = item(market, body)
    if market.world.now - product.created < _SETTLING:
        text = "The item was just created, please try again later."
        raise Refusal("product.error_item_uneditable", text)
    tiers = _tiers(body)
    made = _made(product, tiers, body.rows("model", _MODELS), ())
    try:
        selling.renew_variants(market.shop, product, market.world.now, tiers, made)
    except WriteRefused as refusal:
        text = "Can't edit variation when item is under promotion"
        raise Refusal("product.error_item_uneditable", text) from refusal
    return Warned({"item_id": product.id, **_rows(product, made)})


def _tiers(body: Strict) -> Tiers:
    """Read tiers in the present form, or in the older one (book 4.5)."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if body.has("standardise_tier_variation"):
        for tier in body.rows("standardise_tier_variation", 2):
            options = tier.rows("variation_option_list")
            texts = tuple(option.text("variation_option_name") for option in options)
            found.append((tier.text("variation_name"), texts))
    else:
        for tier in body.rows("tier_variation", 2):
            texts = tuple(option.text("option") for option in tier.rows("option_list"))
            found.append((tier.text("name"), texts))
    return tuple(found)


def _made(
    product: Product, tiers: Tiers, rows: Sequence[Strict], known: Sequence[Variant]
) -> list[Variant]:
    """Make models with ids that were never used: old ones die (quirk 26)."""
    first = max((each.id - product.id * 10 for each in product.variants if each.id), default=0)
    made = [
        Variant(
            id=product.id * 10 + first + number,
            sku=row.text("model_sku", ""),
            options=tuple(row.values("tier_index")),
            list_price=dong(row.amount("original_price")),
            price=dong(row.amount("original_price")),
            stock=_stock(row),
        )
        for number, row in enumerate(rows, 1)
    ]
    everything = [*known, *made]
    _check_options(tiers, [each.options for each in everything])
    if not check_ratio([each.list_price for each in everything]):
        text = "The price ratio between models should not exceed 5."
        raise Refusal("product.error_param", text)
    return made


def _check_options(tiers: Tiers, options: list[tuple[int, ...]]) -> None:
    sizes = [len(texts) for _, texts in tiers]
    for each in options:
        fits = len(each) == len(sizes) and all(
            isinstance(index, int) and 0 <= index < size
            for index, size in zip(each, sizes, strict=True)
        )
        if not fits:
            raise Refusal("product.error_param", "invalid field TierIndex: out of range")
    if len(options) > _MODELS or any(a == b for a, b in pairwise(sorted(options))):
        raise Refusal("product.error_param", "invalid field TierIndex: duplicated or too many")


def _rows(product: Product, made: Sequence[Variant]) -> Mapping[str, Any]:
    return {
        "tier_variation": [
            {"name": name, "option_list": [{"option": text} for text in texts]}
            for name, texts in product.tiers
        ],
        "model": [
            {
                "tier_index": list(each.options),
                "model_id": each.id,
                "model_sku": each.sku,
                "price_info": [{"original_price": each.list_price}],
                "seller_stock": [{"location_id": "VNZ", "stock": each.stock}],
            }
            for each in made
        ],
    }


def _add_models(market: ShopeeMarket, given: Parameters) -> Warned:
    body = Strict.of(given)
    product = item(market, body)
    if not product.has_models:
        raise Refusal("product.error_param", "The item has no tier variation.")
    rows = body.rows("model_list", _MODELS)
    made = _made(product, product.tiers, rows, product.variants)
    product.variants += made
    product.updated = market.world.now
    return Warned({"model": _rows(product, made)["model"]})


def _delete_model(market: ShopeeMarket, given: Parameters) -> None:
    body = Strict.of(given)
    product = item(market, body)
    model = variant(product, body.number("model_id"))
    if model is None:
        raise Refusal("product.error_param", "model ID not exist in sku")
    if len(product.variants) == 1 or model.reserved:
        raise Refusal("product.error_item_uneditable", "The model can not be deleted.")
    product.variants.remove(model)
    product.updated = market.world.now
