"""Product endpoints that write (book 4.1, 4.5-4.7)."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.parameters import Parameters, Refusal, whole
from entrosdk.sandbox.tiktok.products import found
from entrosdk.sandbox.tiktok.shop import places
from entrosdk.sandbox.trade import WriteRefused, Wrong

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["table"]

_WRONG_STATUS = (
    "The product in its current status is not available for this operation. "
    "Change the product status and try again."
)
_HIGHEST_PRICE, _MOST_STOCK = 180_000_000, 99_999


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    basic, write = "seller.product.basic", "seller.product.write"
    product = "/product/v/products"
    return [
        Endpoint("POST", product, _create, write),
        Endpoint("PUT", product + "/{}", _edit, write, ("202509", "202309")),
        Endpoint("POST", product + "/{}/partial_edit", _edit, write, ("202509", "202309")),
        Endpoint("POST", product + "/{}/inventory/update", _set_stock, write),
        Endpoint("POST", product + "/{}/prices/update", _set_price, write),
        Endpoint("POST", f"{product}/activate", _activate, basic),
        Endpoint("POST", f"{product}/deactivate", _deactivate, basic),
        Endpoint("DELETE", product, _delete, "seller.product.delete"),
        Endpoint("POST", f"{product}/recover", _recover, "seller.product.delete"),
        Endpoint("POST", "/product/v/images/upload", _upload, basic, cipher=False),
    ]


def _variant(product: Product, name: str) -> Variant:
    for variant in product.variants:
        if str(variant.id) == name:
            return variant
    raise Refusal(12052557, "The SKU does not belong to the product")


# Stock and prices


def _set_stock(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    """Set stock: the good variants are applied, the others are told beside a code of 0."""
    product = found(market, given.ids[0])
    errors = []
    for row in given.rows("skus"):
        name = str(row.get("id", ""))
        try:
            quantity = _quantity(market, row.get("inventory"))
            variant = _variant(product, name)
            selling.set_stock(market.shop, product, variant, quantity, market.world.now)
        except Refusal as refusal:
            errors.append(_row_error(refusal, {"sku_id": name}))
        except WriteRefused as refused:
            code = 12052037 if refused.why is Wrong.LOCKED else 12052055
            errors.append(_row_error(Refusal(code, str(refused)), {"sku_id": name}))
    return {"errors": errors} if errors else {}


def _row_error(refusal: Refusal, detail: dict[str, Any]) -> dict[str, Any]:
    deeper = {"code": refusal.code, "message": refusal.message}
    wrapped = {**detail, "extra_errors": [deeper]}
    return {"code": 12052990, "message": "Check failed", "detail": wrapped}


def _quantity(market: TikTokMarket, rows: Any) -> int:
    """Add up what is given for the warehouses: each of them, and no other."""
    known = places(market)
    rows = _objects(rows)
    if not rows:
        raise Refusal(12052910, "Inventory is a required field and has not been provided.")
    given = [str(row.get("warehouse_id") or known[0]) for row in rows]
    if set(given) - set(known):
        raise Refusal(12052097, "The warehouse does not exist")
    if set(given) != set(known):
        raise Refusal(12019028, "All warehouses of the SKU must be given")
    return _sum(rows)


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of what should be a list of them."""
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _sum(rows: list[dict[str, Any]]) -> int:
    amounts = [whole(row.get("quantity")) for row in rows]
    known = [one for one in amounts if one is not None and one <= _MOST_STOCK]
    if not amounts or len(known) < len(amounts):
        raise Refusal(12052055, "The quantity is out of range")
    return sum(known)


def _set_price(market: TikTokMarket, given: Parameters) -> None:
    """Set prices: one bad variant fails the whole call (4.7)."""
    product = found(market, given.ids[0])
    if market.product_status(product) != "ACTIVATE":
        raise Refusal(12052901, _WRONG_STATUS)
    wishes = []
    for row in given.rows("skus"):
        variant = _variant(product, str(row.get("id", "")))
        wishes.append((variant, _price(row.get("price"))))
        if variant.reserved:
            raise Refusal(12052038, "The price is locked by a promotion")
    for variant, amount in wishes:
        selling.set_price(market.shop, product, variant, market.world.now, price=amount)


def _price(told: Any) -> int:
    price = told if isinstance(told, dict) else {}
    if price.get("currency", "VND") != "VND":
        raise Refusal(12052084, "The currency does not fit the region")
    amount = whole(price.get("amount"))
    if amount is None or not 1 <= amount <= _HIGHEST_PRICE:
        raise Refusal(12052073, "The price is invalid")
    return amount


# On sale and off


def _each(market: TikTokMarket, given: Parameters, act: Any) -> dict[str, Any]:
    errors = []
    for name in given.list_of("product_ids", 20, needed=True):
        try:
            act(found(market, name))
        except (Refusal, WriteRefused) as error:  # a product in a campaign stays on sale
            refusal = error if isinstance(error, Refusal) else Refusal(12052901, str(error))
            detail = {"product_id": name}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
    return {"errors": errors} if errors else {}


def _activate(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    def act(product: Product) -> None:
        if market.product_status(product) not in {"SELLER_DEACTIVATED", "DRAFT"}:
            raise Refusal(12052901, _WRONG_STATUS)
        market.review(product)

    return _each(market, given, act)


def _deactivate(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    def act(product: Product) -> None:
        if market.product_status(product) != "ACTIVATE":
            raise Refusal(12052901, _WRONG_STATUS)
        selling.set_listed(market.shop, product, market.world.now, listed=False)

    return _each(market, given, act)


def _delete(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    def act(product: Product) -> None:
        selling.set_listed(market.shop, product, market.world.now, listed=False)
        market.deleted.add(product.id)

    return _each(market, given, act)


def _recover(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    """Take deleted products back; they are off sale then (4.5)."""
    errors = []
    for name in given.list_of("product_ids", 20, needed=True):
        number = whole(name) or 0
        if number in market.deleted:
            market.deleted.discard(number)
        else:
            detail = {"product_id": name}
            errors.append({"code": 12052901, "message": _WRONG_STATUS, "detail": detail})
    return {"errors": errors} if errors else {}


# Making and changing


def _upload(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del market
    kind = given.call.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refusal(36009023, "This endpoint needs multipart/form-data", 400)
    if b'name="data"' not in given.call.body:
        raise Refusal(12052910, "The data field is missing")
    uri = f"tos-demo/{crc32(given.call.body):08x}"
    url = f"https://p16-oec-sg.example-cdn.test/{uri}.jpeg"
    return {"uri": uri, "url": url, "width": 1000, "height": 1000, "use_case": "MAIN_IMAGE"}


def _create(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    title = _title(given.text("title"))
    given.text("description")
    if not given.body.get("main_images"):
        raise Refusal(12052910, "MainImages is a required field and has not been provided.")
    if given.body.get("category_version") != "v2":
        raise Refusal(12052217, "The category version must be v2")
    rows = given.rows("skus")
    names = [str(row.get("seller_sku", "")) for row in rows]
    product = _made(market, given, title, names[0])
    for place, row in enumerate(rows):
        product.variants.append(_drafted(market, product, row, place))
    selling.add_product(market.shop, product, market.world.now)
    if given.body.get("save_mode") == "AS_DRAFT":
        market.drafts.add(product.id)
    else:
        market.review(product)
    return _made_reply(product)


def _made_reply(product: Product) -> dict[str, Any]:
    skus = [
        {"id": str(one.id), "seller_sku": one.sku, "sales_attributes": [], "fees": []}
        for one in product.variants
    ]
    return {"product_id": str(product.id), "skus": skus, "warnings": []}


def _title(text: str) -> str:
    if not 25 <= len(text) <= 255:
        raise Refusal(12052910, "The title must have 25 to 255 characters")
    return text


def _made(market: TikTokMarket, given: Parameters, title: str, sku: str) -> Product:
    number = len(market.shop.products)
    chance = Random(f"{market.world.seed}:tiktok:made:{number}")
    category = whole(given.text("category_id"))
    if category is None:
        raise Refusal(12052230, "The category is not a leaf")
    return Product(
        id=market.shop.trade.ids.product(chance, number + 1000),
        title=title,
        sku=sku,
        category=category,
        grams=_grams(given.body.get("package_weight")),
        tiers=_tiers(given.rows("skus")),
        created=market.world.now,
        updated=market.world.now,
        listed=False,
    )


def _grams(weight: Any) -> int:
    told = weight if isinstance(weight, dict) else {}
    try:
        return int(float(told.get("value", 0)) * 1000)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(12052910, "The package weight is invalid") from None


def _tiers(rows: list[dict[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found_: dict[str, dict[str, None]] = {}
    for row in rows:
        for option in _objects(row.get("sales_attributes")):
            values = found_.setdefault(str(option.get("name")), {})
            values[str(option.get("value_name"))] = None
    if len(rows) > 1 and not found_:
        raise Refusal(12052910, "SalesAttributes is a required field and has not been provided.")
    return tuple((name, tuple(values)) for name, values in found_.items())


def _drafted(market: TikTokMarket, product: Product, row: dict[str, Any], place: int) -> Variant:
    price = _price(row.get("price"))
    rows = _objects(row.get("sales_attributes"))
    told = {str(one.get("name")): str(one.get("value_name")) for one in rows}
    if len(told) < len(product.tiers):
        raise Refusal(12052910, "SalesAttributes must be the same for all SKUs")
    options = tuple(values.index(told[name]) for name, values in product.tiers)
    return Variant(
        id=market.shop.trade.ids.variant(product.id, place, not product.tiers),
        sku=str(row.get("seller_sku", "")),
        options=options,
        list_price=price,
        price=price,
        stock=_sum(_objects(row.get("inventory"))),
    )


def _edit(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    product = found(market, given.ids[0])
    if "title" in given.body:
        product.title = _title(given.text("title"))
    product.updated = market.world.now
    market.audits[product.id] = market.world.now + market.profile.review
    market.changed(product)
    return _made_reply(product)
