"""Stock, prices, on sale or not (book 4.5): partial failures as probed on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.shopee.gateway import Endpoint, Warned
from entrosdk.sandbox.shopee.lookup import Strict, batch, item, variant
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.trade import WriteRefused, Wrong

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["check_ratio", "dong", "table"]

_RATIO = 5  # between the dearest and the cheapest variant in Vietnam
_PLACE = "VNZ"
_PLACES = {_PLACE, "VN0009QKZ"}
_NO_MODEL = "model ID not exist in sku"

_STOCK = {
    Wrong.LOCKED: "Stock cannot be less than the stock reserved by promotion.",
    Wrong.VALUE: "Stock should not be less than 0.",
}
_PRICE = {
    Wrong.LOCKED: "Price cannot be changed when model is under promotion.",
    Wrong.VALUE: "Price should be larger than 0.",
}


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "product/update_stock": Endpoint("POST", "shop", _update_stock),
        "product/update_price": Endpoint("POST", "shop", _update_price),
        "product/unlist_item": Endpoint("POST", "shop", _unlist),
    }


@contextmanager
def _quietly(product: Product) -> Iterator[None]:
    """Stock and prices do not move a listing's update time (book 4.3)."""
    before = product.updated
    yield
    product.updated = before


# Stock


def _update_stock(market: ShopeeMarket, given: Parameters) -> Warned:
    body = Strict.of(given)
    product, rows = item(market, body), body.rows("stock_list")
    _levels(product, rows, "stock")
    for row in rows:
        _check_places(market, row.rows("seller_stock"))
    success: list[dict[str, Any]] = []
    failure: list[dict[str, Any]] = []
    with _quietly(product):
        for row in rows:
            model_id = row.number("model_id", 0)
            why = _set_stock(market, product, model_id, row)
            if why:
                failure.append({"model_id": model_id, "failed_reason": why})
            else:
                success += _stocked(model_id, row)
    text = "Update stock failed, please check failure_list for detailed reason"
    return batch(success, failure, "product.error_busi_update_stock_failed", text)


def _set_stock(market: ShopeeMarket, product: Product, model_id: int, row: Strict) -> str:
    model = variant(product, model_id)
    if model is None:
        return _NO_MODEL
    places = row.rows("seller_stock")
    quantity = sum(place.number("stock") for place in places)
    try:
        selling.set_stock(market.shop, product, model, quantity, market.world.now)
    except WriteRefused as refusal:
        return _STOCK.get(refusal.why, str(refusal))
    return ""


def _check_places(market: ShopeeMarket, places: list[Strict]) -> None:
    """In a shop with several warehouses a known location is needed; elsewhere none is."""
    if not market.profile.warehouses:
        named = any(place.has("location_id") for place in places)
        if named and market.profile.one_place == "refused":
            raise Refusal("product.error_auth", "location_id is not supported by the shop")
        return
    for place in places:
        if not place.has("location_id"):
            raise Refusal("product.error_busi", "location_id is required for multi-warehouse shop")
        if place.text("location_id") not in _PLACES:
            raise Refusal("product.error_auth", "The location_id does not belong to the shop")


def _stocked(model_id: int, row: Strict) -> list[dict[str, Any]]:
    # A success of an item without models names no model.
    name = {"model_id": model_id} if model_id else {}
    return [
        {
            **name,
            "location_id": place.text("location_id", _PLACE),
            "stock": place.number("stock"),
        }
        for place in row.rows("seller_stock")
    ]


def _levels(product: Product, rows: list[Strict], what: str) -> None:
    """Refuse writing to the item what lives on its models (book 4.1)."""
    if product.has_models and any(not row.number("model_id", 0) for row in rows):
        text = f"Can not edit item {what} when the item has models."
        raise Refusal(f"product.error_edit_item_{what}_for_item_has_model", text)


# Prices


def dong(amount: float) -> int:
    """Round half up, silently, as the wire does."""
    return int(Decimal(str(amount)).quantize(Decimal(1), ROUND_HALF_UP))


def check_ratio(prices: list[int]) -> bool:
    """Say whether prices of variants lie close enough together."""
    return min(prices) > 0 and max(prices) <= _RATIO * min(prices)


def _update_price(market: ShopeeMarket, given: Parameters) -> Warned:
    body = Strict.of(given)
    product, rows = item(market, body), body.rows("price_list")
    _levels(product, rows, "price")
    wanted = {row.number("model_id", 0): dong(row.amount("original_price")) for row in rows}
    after = [wanted.get(each.id, each.list_price) for each in product.variants]
    close = min(after) <= 0 or check_ratio(after)  # a price of nothing fails by itself
    success: list[dict[str, Any]] = []
    failure: list[dict[str, Any]] = []
    with _quietly(product):
        for model_id, price in wanted.items():
            why = _set_price(market, product, model_id, price, close=close)
            name = {"model_id": model_id} if model_id or why else {}
            if why:
                failure.append({**name, "failed_reason": why})
            else:
                success.append({**name, "original_price": price})
    text = "Update price failed, please check failure_list for detailed reason"
    return batch(success, failure, "product.error_update_price_fail", text)


def _set_price(
    market: ShopeeMarket, product: Product, model_id: int, price: int, *, close: bool
) -> str:
    model = variant(product, model_id)
    if model is None:
        return _NO_MODEL
    if _on_offer(model):
        return _PRICE[Wrong.LOCKED]
    if not close:
        return f"The price ratio between models should not exceed {_RATIO}."
    try:
        selling.set_price(market.shop, product, model, market.world.now, price=price)
    except WriteRefused as refusal:
        return _PRICE.get(refusal.why, str(refusal))
    return ""


def _on_offer(model: Variant) -> bool:
    return model.price < model.list_price  # `has_promotion` on reads


# On sale or not


def _unlist(market: ShopeeMarket, given: Parameters) -> Warned:
    success: list[dict[str, Any]] = []
    failure: list[dict[str, Any]] = []
    for row in Strict.of(given).rows("item_list"):
        item_id, unlist = row.number("item_id"), row.flag("unlist")
        why = _set_listed(market, item_id, listed=not unlist)
        if why:
            failure.append({"item_id": item_id, "failed_reason": why})
        else:
            success.append({"item_id": item_id, "unlist": unlist})
    text = "Unlist item failed, please check failure_list for detailed reason"
    return batch(success, failure, "product.error_unlist_item_all_failed", text)


def _set_listed(market: ShopeeMarket, item_id: int, *, listed: bool) -> str:
    product = market.shop.by_product.get(item_id)
    if product is None:
        return "item not exist"
    try:
        selling.set_listed(market.shop, product, market.world.now, listed=listed)
    except WriteRefused as refusal:
        locked = refusal.why is Wrong.LOCKED
        under = "Can't unlist item when item is under promotion"
        return under if locked else "item status is deleted"
    return ""
