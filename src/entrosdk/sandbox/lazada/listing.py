"""Product endpoints that change something (book 4.2, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal
from entrosdk.sandbox.lazada.payload import product, rows
from entrosdk.sandbox.lazada.products import item
from entrosdk.sandbox.trade import WriteRefused, Wrong

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["table"]

_MOST = 50
_CAMPAIGN = "negative sellable on channel inventory"
_PLACES = {"dropshipping", "vn2k7qx1-wh-10003"}


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/product/price_quantity/update": Endpoint(_price_quantity, shape="flat"),
        "/product/stock/sellable/update": Endpoint(_sellable, shape="flat"),
        "/product/stock/sellable/adjust": Endpoint(_adjust, shape="flat"),
        "/product/create": Endpoint(_create),
        "/product/update": Endpoint(_update),
        "/product/deactivate": Endpoint(_deactivate),
        "/product/remove": Endpoint(_remove),
    }


# Batches of SKUs


def _price_quantity(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    def act(owner: Product, variant: Variant, row: dict[str, Any]) -> None:
        _set_price(market, owner, variant, row)
        if "Quantity" in row:
            held = variant.occupied + variant.withheld  # the total counts what orders hold
            _set_stock(market, owner, variant, _whole(row["Quantity"]) - held)
        for code, amount in _by_place(row, "Quantity"):
            held = variant.occupied + variant.withheld if code == "dropshipping" else 0
            _set_place(market, owner, variant, code, amount - held)

    return _each(market, given, act)


def _sellable(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    def act(owner: Product, variant: Variant, row: dict[str, Any]) -> None:
        if "SellableQuantity" in row:
            _set_stock(market, owner, variant, _whole(row["SellableQuantity"]))
        for code, amount in _by_place(row, "SellableQuantity"):
            _set_place(market, owner, variant, code, amount)

    return _each(market, given, act)


def _adjust(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    def act(owner: Product, variant: Variant, row: dict[str, Any]) -> None:
        wanted = variant.stock + _whole(row.get("SellableQuantity", 0))
        if wanted < 0:
            raise _Bad("INV_NEGATIVE_SELLABLE", "Sellable inventory cannot be negative")
        _set_stock(market, owner, variant, wanted)

    return _each(market, given, act)


class _Bad(Exception):
    """A row that is refused while others are applied."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


_Act = Callable[[Product, Variant, dict[str, Any]], None]


def _each(market: LazadaMarket, given: Parameters, act: _Act) -> dict[str, Any]:
    """Apply rows one by one; the bad ones are named in one answer for all (book 4.3)."""
    text = given.text("payload")
    wanted = rows(product(text), "Skus", "Sku", text)
    if not wanted:
        raise Refusal("30", "E030: Empty Request")
    if len(wanted) > _MOST:
        raise Refusal(
            "4171",
            "The updated SKU quantity exceeds the maximum number 50, please do not update more "
            "than 50 SKUs at once",
        )
    bad = []
    before = _standing(market)
    for row in wanted:
        try:
            act(*_of_row(market, row), row)
        except _Bad as wrong:
            bad.append(_detail(market, row, wrong))
    if bad and not market.profile.applies_rest:
        _restore(before)
    return _answered(market, bad)


_Standing = list[tuple[Variant, tuple[int, int, int]]]


def _standing(market: LazadaMarket) -> _Standing:
    """Remember stock and prices, should a batch be taken back (book 4.3)."""
    if market.profile.applies_rest:
        return []
    variants = (one for owner in market.shop.products for one in owner.variants)
    return [(one, (one.stock, one.price, one.list_price)) for one in variants]


def _restore(before: _Standing) -> None:
    for variant, (stock, price, listed) in before:
        variant.stock, variant.price, variant.list_price = stock, price, listed


def _answered(market: LazadaMarket, bad: list[dict[str, Any]]) -> dict[str, Any]:
    if not bad:
        return {"data": {}}
    if market.profile.partial_code == "0":
        return {"data": {}, "detail": bad}
    raise Refusal("501", "E501: Update product failed", detail=bad)


def _detail(market: LazadaMarket, row: dict[str, Any], wrong: _Bad) -> dict[str, Any]:
    sku = str(row.get("SellerSku") or _code(market, row))
    if market.profile.detail == "min":
        return {"seller_sku": sku, "message": wrong.message}
    if market.profile.detail == "sku":
        return {"sku": sku, "code": wrong.code, "message": wrong.message}
    return {
        "code": wrong.code,
        "field": "Sku",
        "item_id": _number(row.get("ItemId")),
        "sku_id": _number(row.get("SkuId")),
        "seller_sku": sku,
        "message": wrong.message,
    }


def _code(market: LazadaMarket, row: dict[str, Any]) -> str:
    """Return the seller's code of a row that names its SKU by id only."""
    variants = (one for owner in market.shop.products for one in owner.variants)
    return next((one.sku for one in variants if str(one.id) == str(row.get("SkuId"))), "")


def _number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() else 0


def _of_row(market: LazadaMarket, row: Any) -> tuple[Product, Variant]:
    """Find a row's SKU by its id; the item may be left out, the seller's code helps."""
    if not isinstance(row, dict):
        raise Refusal("5", "E005: Invalid Request Format")
    name, sku = str(row.get("SkuId", "")), str(row.get("SellerSku", ""))
    for owner in market.shop.products:
        if row.get("ItemId") and str(owner.id) != str(row["ItemId"]):
            continue
        for variant in owner.variants:
            if name == str(variant.id) or (not name and sku == variant.sku):
                return owner, variant
    known = market.shop.by_product.get(_number(row.get("ItemId")))
    raise _Bad("4136", "SELLER_SKU_NOT_FOUND") if known else _Bad("4137", "ITEM_NOT_FOUND")


def _whole(value: Any) -> int:
    text = str(value).strip()
    if not text.removeprefix("-").isdecimal():
        raise _Bad("4152", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL:illegal parameter:quantity")
    return int(text)


def _by_place(row: dict[str, Any], name: str) -> list[tuple[str, int]]:
    form = row.get("MultiWarehouseInventories")
    found = form.get("MultiWarehouseInventory") if isinstance(form, dict) else None
    places = found if isinstance(found, list) else [found] if found else []
    return [(str(one.get("WarehouseCode", "")).lower(), _whole(one.get(name))) for one in places]


def _set_place(
    market: LazadaMarket, owner: Product, variant: Variant, code: str, quantity: int
) -> None:
    if not market.profile.warehouses or code not in _PLACES:
        raise _Bad("4152", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL:illegal parameter:warehouse")
    away = market.elsewhere.get(variant.id, 0)
    if code == "dropshipping":
        _set_stock(market, owner, variant, quantity + away)
    else:
        _set_stock(market, owner, variant, variant.stock - away + quantity)
        market.elsewhere[variant.id] = quantity


def _set_stock(market: LazadaMarket, owner: Product, variant: Variant, quantity: int) -> None:
    try:
        selling.set_stock(market.shop, owner, variant, quantity, market.world.now)
    except WriteRefused as refused:
        if refused.why is Wrong.LOCKED:
            raise _Bad("501", _CAMPAIGN) from None
        text = "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL:illegal parameter:quantity"
        raise _Bad("4152", text) from None


def _set_price(market: LazadaMarket, owner: Product, variant: Variant, row: dict[str, Any]) -> None:
    if "Price" not in row and "SalePrice" not in row:
        return
    listed = _dong(row.get("Price") or variant.list_price)
    special = _dong(row.get("SalePrice") or 0)
    if listed <= 0:
        raise _Bad("4118", "price must not be zero")
    if special >= listed:
        raise _Bad("4157", "special price must be lower than the price")
    try:
        selling.set_price(
            market.shop,
            owner,
            variant,
            market.world.now,
            price=special or listed,
            list_price=listed,
        )
    except WriteRefused:
        raise _Bad("4170", "the SKU is in a campaign, its price is locked") from None


def _dong(value: Any) -> int:
    whole, _, fraction = str(value).partition(".")
    if not whole.isdecimal() or fraction.strip("0"):
        raise _Bad("4104", "price precision is not correct")
    return int(whole)


# Listings


def _create(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    text = given.text("payload")
    body = product(text)
    attributes, skus = body.get("Attributes"), rows(body, "Skus", "Sku", text)
    if not isinstance(attributes, dict) or not attributes.get("name"):
        raise _failed("500", "Create", "Product", "name is mandatory")
    if not skus:
        raise _failed("500", "Create", "Product", "Skus are mandatory")
    _no_stranger(market, body, text)
    _texts(skus, text)
    made = _drawn(market, body, attributes, skus)
    selling.add_product(market.shop, made, market.world.now)
    market.reviews[made.id] = market.world.now + market.profile.review_s
    market.texts[made.id] = str(attributes.get("description", ""))
    rows_made = [
        {"shop_sku": f"{made.id}_VNAMZ-{one.id}", "seller_sku": one.sku, "sku_id": one.id}
        for one in made.variants
    ]
    return {"item_id": made.id, "sku_list": rows_made}


def _failed(code: str, what: str, place: str, message: str) -> Refusal:
    detail = [{"field": place, "message": message}]
    return Refusal(code, f"E{code}: {what} product failed", detail=detail)


def _no_stranger(market: LazadaMarket, body: dict[str, Any], text: str) -> None:
    del market
    for url in rows(body, "Images", "Image", text):
        if "slatic.net" not in str(url):
            raise _failed("500", "Create", "Images", "4138: external image URL")


def _texts(skus: list[Any], text: str) -> None:
    """In JSON every value of a SKU is text."""
    if text.lstrip().startswith("<"):
        return
    for sku in skus:
        if not isinstance(sku, dict) or not all(
            isinstance(value, str | dict | list) for value in sku.values()
        ):
            raise Refusal("1001", "The parameters are not in JSON format")


def _drawn(
    market: LazadaMarket, body: dict[str, Any], attributes: dict[str, Any], skus: list[Any]
) -> Product:
    now = market.world.now
    number = 3_190_000_000 + len(market.shop.products) * 17
    tiers = _tiers(skus)
    made = Product(
        id=number,
        title=str(attributes["name"]),
        sku=str(skus[0].get("SellerSku", "")),
        category=_number(body.get("PrimaryCategory")),
        grams=200,
        tiers=tiers,
        created=now,
        updated=now,
    )
    for at, sku in enumerate(skus):
        made.variants.append(_variant(made, sku, at, tiers))
    return made


def _tiers(skus: list[Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, dict[str, None]] = {}
    for sku in skus:
        for name, value in (sku.get("saleProp") or {}).items():
            found.setdefault(str(name), {})[str(value)] = None
    return tuple((name, tuple(options)) for name, options in found.items())


def _variant(
    made: Product, sku: dict[str, Any], at: int, tiers: tuple[tuple[str, tuple[str, ...]], ...]
) -> Variant:
    said = {str(name): str(value) for name, value in (sku.get("saleProp") or {}).items()}
    try:
        listed, special = _dong(sku.get("price") or 0), _dong(sku.get("special_price") or 0)
        options = tuple(options.index(said.get(name, "")) for name, options in tiers)
        stock = _whole(sku.get("quantity") or 0)
    except (_Bad, ValueError) as wrong:
        raise _failed("500", "Create", "Sku", str(wrong)) from None
    if not listed:
        raise _failed("500", "Create", "Sku", "4118: price must not be zero")
    return Variant(
        id=made.id * 4 + 900_000_000 + at * 3,
        sku=str(sku.get("SellerSku", "")),
        options=options,
        list_price=listed,
        price=special or listed,
        stock=stock,
    )


def _update(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    text = given.text("payload")
    body = product(text)
    owner = _owner(market, body.get("ItemId"))
    skus = rows(body, "Skus", "Sku", text)
    if not all(isinstance(sku, dict) and sku.get("SkuId") for sku in skus):
        raise Refusal("4216", "SkuId is mandatory")
    _no_stranger(market, body, text)
    now = market.world.now
    attributes = body.get("Attributes")
    if isinstance(attributes, dict) and attributes:
        owner.title = str(attributes.get("name", owner.title))
        market.texts[owner.id] = str(attributes.get("description", market.texts.get(owner.id, "")))
        market.reviews[owner.id] = now + market.profile.review_s
    owner.updated = now
    bad = [wrong for sku in skus if (wrong := _updated(market, owner, sku))]
    if bad:
        raise Refusal("501", "E501: Update product failed", detail=bad)
    return {}


def _owner(market: LazadaMarket, name: Any) -> Product:
    try:
        return item(market, str(name or ""))
    except Refusal:
        raise _failed("501", "Update", "Product", "4137: ITEM_NOT_FOUND") from None


def _updated(market: LazadaMarket, owner: Product, sku: dict[str, Any]) -> dict[str, Any] | None:
    try:
        _, variant = _of_row(market, {**sku, "ItemId": owner.id})
        if sku.get("Status") in {"active", "inactive"}:
            listed = sku["Status"] == "active"
            selling.set_listed(market.shop, owner, market.world.now, listed=listed)
        if "quantity" in sku:  # sellable here, total elsewhere; quirk 20
            _set_stock(market, owner, variant, _whole(sku["quantity"]))
        names = {"price": "Price", "special_price": "SalePrice"}
        prices = {names[name]: value for name, value in sku.items() if name in names}
        _set_price(market, owner, variant, prices)
    except _Bad as wrong:
        return _detail(market, {**sku, "ItemId": owner.id}, wrong)
    return None


def _deactivate(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    body = product(given.text("apiRequestBody"))
    name = str(body.get("ItemId") or "")
    if not name:
        raise Refusal("E0001", "ItemId is mandatory")
    owner = market.shop.by_product.get(_number(name))
    if owner is None:
        raise Refusal("E0002", "product not found")
    if not owner.listed:
        raise Refusal("E0004", "product is not online")
    selling.set_listed(market.shop, owner, market.world.now, listed=False)
    return {}


def _remove(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    for name in given.ids("sku_id_list", "200", "E200: Empty SellerSku"):
        parts = name.split("_")
        owner = market.shop.by_product.get(_number(parts[1])) if len(parts) == 3 else None
        if owner is None:
            raise Refusal("503", "E503: Remove product failed")
        market.deleted.add(owner.id)
        selling.set_listed(market.shop, owner, market.world.now, listed=False)
    return {}
