"""From Shopee's bodies to domain values: pure functions, one for each kind of record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter

from entrosdk.adapters.shopee import wire
from entrosdk.adapters.shopee import wire_products as goods
from entrosdk.adapters.shopee.manifest import NAME, REGIONS
from entrosdk.adapters.shopee.words import ITEM_STATUS, ORDER_STATUS
from entrosdk.domain.money import Money
from entrosdk.domain.order import (
    Order,
    OrderLine,
    OrderStatus,
    OrderTotals,
    Package,
    Recipient,
)
from entrosdk.domain.product import Product, ProductStatus, StockLevel, Variant, Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.spi.adapter import Access
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import Misfit, instant, money

__all__ = ["money", "order", "product", "shop_info", "warehouses"]


def _id(number: int) -> str:
    # 0 stands for "no variation" (section 3.1).
    return str(number) if number else ""


# Orders


def order(body: wire.Order, access: Access) -> Order:
    """Map an order; `access` tells shop and region.

    Vouchers and what the buyer paid for shipping are no part of an order's body: they are in the
    payments (section 3.3).
    """
    currency = body.currency or access.region.currency
    names = _line_ids(body.item_list)
    lines = tuple(
        [_line(row, name, currency) for row, name in zip(body.item_list, names, strict=True)]
    )
    return Order(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=body.order_sn,
        number=body.order_sn,
        status=ORDER_STATUS.get(body.order_status, OrderStatus.UNKNOWN),
        raw_status=body.order_status,
        created_at=moment(body.create_time),
        updated_at=moment(body.update_time),
        # For cash on delivery this is when the parcel was paid for at the door.
        paid_at=instant(body.pay_time),
        ship_by=instant(body.ship_by_date),
        cod=body.cod,
        currency=currency,
        lines=lines,
        totals=_totals(body, lines, currency),
        recipient=_recipient(body.recipient_address),
        packages=_packages(body, names),
        buyer_id=body.buyer_user_id,
        buyer_note=body.message_to_seller,
        seller_note=body.note,
        cancel_reason=body.cancel_reason or body.buyer_cancel_reason or None,
        cancelled_by=body.cancel_by or None,
        payment_method=body.payment_method,
        source=body,
    )


def _line(row: wire.Line, name: str, currency: str) -> OrderLine:
    """Map a line. In a bundle deal the unit price is 0: the price is the bundle's (quirk 28)."""
    quantity = row.model_quantity_purchased
    listed = paid = money(row.model_original_price, currency, "model_original_price")
    none = off = Money.zero(currency)
    if row.model_discounted_price != row.model_original_price:
        paid = money(row.model_discounted_price, currency, "model_discounted_price")
        off = Money((listed.minor - paid.minor) * quantity, currency)
    return OrderLine(
        id=name,
        product_id=str(row.item_id),
        variant_id=_id(row.model_id),
        sku=row.model_sku or row.item_sku,
        name=row.item_name,
        quantity=quantity,
        list_price=listed,
        unit_price=paid,
        seller_discount=off,
        # Shopee's share of a discount is told in the escrow only.
        platform_discount=none,
        warehouse_id=row.product_location_id,
        image_url=row.image_info.image_url if row.image_info else "",
    )


# What lines and their packages have in common (section 3.3).
_key: Callable[[wire.Line | wire.PackageItem], tuple[int, ...]] = attrgetter(
    "item_id", "model_id", "order_item_id", "promotion_group_id"
)


def _name(row: wire.Line | wire.PackageItem) -> str:
    return ":".join(map(str, _key(row)))


def _line_ids(rows: Sequence[wire.Line]) -> list[str]:
    """Name lines by their own id where there is one, else by their key; twins are numbered."""
    names = [str(row.line_item_id) if row.line_item_id else _name(row) for row in rows]
    if len(set(names)) == len(names):
        return names
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        names[at] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    return names


def _totals(body: wire.Order, lines: tuple[OrderLine, ...], currency: str) -> OrderTotals:
    items = Money(sum([line.unit_price.minor * line.quantity for line in lines]), currency)
    said = body.total_amount
    # Before payment the total may be missing or 0 (quirk 12): then it is not known.
    unknown = said is None or (said == 0 and body.order_status == "UNPAID")
    whole = None if said is None or unknown else money(said, currency, "total_amount")
    return OrderTotals(items=items, total=whole)


def _recipient(body: wire.Recipient | None) -> Recipient | None:
    """Map an address as the official Vietnamese sample fills it (section 3.9).

    `state` is the province, `city` the district, `district` the ward; `town` is empty there.
    """
    if body is None:
        return None
    parts = (body.name, body.phone, body.state, body.city, body.district, body.town, body.zipcode)
    return Recipient(
        name=body.name,
        phone=body.phone,
        province=body.state,
        district=body.city,
        ward=body.district or body.town,
        address=body.full_address,
        postcode=body.zipcode,
        region=body.region,
        # Masked texts are full of stars or partly so, never empty.
        masked="*" in "".join(parts) or "*" in body.full_address,
    )


def _packages(body: wire.Order, names: Sequence[str]) -> tuple[Package, ...]:
    if not body.package_list:
        return ()
    if len(body.package_list) == 1 and (whole := _whole(body, names)):
        return (_package(body.package_list[0], whole),)
    units = _Units(body.item_list, names)
    return tuple([_package(package, units.lines(package)) for package in body.package_list])


def _whole(body: wire.Order, names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return the lines of the only package if it holds all that was ordered, as nearly all do."""
    rows, held = body.item_list, body.package_list[0].item_list
    counts = [row.model_quantity_purchased for row in rows]
    if min(counts, default=0) <= 0 or counts != [row.model_quantity for row in held]:
        return ()
    same = list(map(_key, rows)) == list(map(_key, held))
    return tuple(zip(names, counts, strict=True)) if same else ()


def _package(body: wire.Package, lines: tuple[tuple[str, int], ...]) -> Package:
    places = [row.product_location_id for row in body.item_list if row.product_location_id]
    return Package(
        id=body.package_number,
        raw_status=body.logistics_status,
        carrier=body.shipping_carrier,
        tracking_number=body.tracking_number,
        lines=lines,
        warehouse_id=places[0] if places else "",
    )


class _Units:
    """Units of an order's lines not yet found in a package: lines may share a key."""

    def __init__(self, rows: Sequence[wire.Line], names: Sequence[str]) -> None:
        self._names: dict[tuple[int, ...], list[str]] = {}
        self._left: dict[str, int] = {}
        for row, name in zip(rows, names, strict=True):
            self._names.setdefault(_key(row), []).append(name)
            self._left[name] = row.model_quantity_purchased

    def lines(self, package: wire.Package) -> tuple[tuple[str, int], ...]:
        """Return the lines (with quantities) that a package holds."""
        return tuple([part for row in package.item_list for part in self.take(row)])

    def take(self, row: wire.PackageItem) -> list[tuple[str, int]]:
        """Return the lines (with quantities) that make up a row of a package."""
        wanted, found = row.model_quantity, []
        names = self._names.get(_key(row), ())
        for name in names:
            part = min(wanted, self._left[name])
            if part > 0:
                found.append((name, part))
                self._left[name] -= part
                wanted -= part
        if wanted > 0:  # more than was ordered: keep what the marketplace says
            found.append((names[-1] if names else _name(row), wanted))
        return found


# Products


def product(item: goods.Item, models: goods.Models | None, access: Access) -> Product:
    """Map a listing; `models` is given when it has models, which then hold price and stock."""
    prices = [*item.price_info, *_model_prices(models)]
    currency = next((price.currency for price in prices if price.currency), "")
    currency = currency or access.region.currency
    return Product(
        marketplace=NAME,
        shop_id=access.shop_id,
        id=item.item_id,
        title=item.item_name,
        status=ITEM_STATUS.get(item.item_status, ProductStatus.UNKNOWN),
        raw_status=item.item_status,
        category_id=item.category_id,
        sku=item.item_sku,
        currency=currency,
        variants=_variants(item, models, currency),
        image_urls=item.image.image_url_list if item.image else (),
        created_at=instant(item.create_time),
        updated_at=instant(item.update_time),
        source=item,
    )


def _model_prices(models: goods.Models | None) -> list[goods.Price]:
    rows = models.response.model if models else ()
    return [price for row in rows for price in row.price_info]


def _variants(item: goods.Item, models: goods.Models | None, currency: str) -> tuple[Variant, ...]:
    if models is None:
        return (_only_variant(item, currency),)
    tiers = models.response.tier_variation
    return tuple(_variant(row, tiers, item.item_sku, currency) for row in models.response.model)


def _only_variant(item: goods.Item, currency: str) -> Variant:
    listed, paid = _price(item.price_info, currency)
    return Variant(
        sku=item.item_sku, list_price=listed, price=paid, stock=_stock(item.stock_info_v2)
    )


def _variant(
    model: goods.Model, tiers: Sequence[goods.Tier], item_sku: str, currency: str
) -> Variant:
    listed, paid = _price(model.price_info, currency)
    return Variant(
        id=model.model_id,
        sku=model.model_sku or item_sku,
        options=_options(model, tiers),
        list_price=listed,
        price=paid,
        stock=_stock(model.stock_info_v2),
        raw_status=model.model_status,
    )


def _options(model: goods.Model, tiers: Sequence[goods.Tier]) -> tuple[tuple[str, str], ...]:
    if len(model.tier_index) > len(tiers):
        raise Misfit("tier_index: points at no tier")
    pairs = []
    for tier, index in zip(tiers, model.tier_index, strict=False):
        if not 0 <= index < len(tier.option_list):
            raise Misfit("tier_index: points at no option")
        pairs.append((tier.name, tier.option_list[index].option))
    return tuple(pairs)


def _price(prices: Sequence[goods.Price], currency: str) -> tuple[Money, Money]:
    """Return list price and present price; the present one is a promotion's while it runs."""
    if not prices:
        raise Misfit("price_info: missing")
    listed = money(prices[0].original_price, currency, "original_price")
    present = prices[0].current_price
    return listed, listed if present is None else money(present, currency, "current_price")


def _stock(stock: goods.Stock | None) -> tuple[StockLevel, ...]:
    """Map stock by location (section 4.4).

    `total_reserved_stock` is what promotions hold; it is told for all locations together and
    stands at the first one.
    """
    if stock is None:
        return ()
    summary = stock.summary_info or goods.StockSummary()
    places = (*stock.seller_stock, *stock.shopee_stock)
    if len(places) <= 1:
        # The total counts what a buyer can buy now, so it is better than the place's own number.
        place = places[0].location_id if places else ""
        free = summary.total_available_stock if stock.summary_info else _sellable(places)
        return (_level(place, free, summary.total_reserved_stock),)
    levels = [_level(place.location_id, _sellable([place]), 0) for place in places]
    first = _level(levels[0].warehouse_id, levels[0].sellable, summary.total_reserved_stock)
    return (first, *levels[1:])


def _sellable(places: Sequence[goods.Location]) -> int:
    return sum(place.stock for place in places if place.if_saleable)


def _level(place: str, sellable: int, locked: int) -> StockLevel:
    return StockLevel(warehouse_id=place, sellable=sellable, locked=locked)


# The shop


def shop_info(body: wire.Shop, access: Access) -> ShopInfo:
    """Map get_shop_info, read flat first, then wrapped (section 8)."""
    shop = body if body.shop_name or body.response is None else body.response
    region = REGIONS.get(shop.region, access.region)
    return ShopInfo(
        marketplace=NAME,
        id=access.shop_id,
        name=shop.shop_name,
        region=shop.region or region.code,
        currency=region.currency,
        status=shop.status,
        consent_from=instant(shop.auth_time),
        consent_until=instant(shop.expire_time),
        source=shop,
    )


def warehouses(rows: Sequence[wire.Warehouse]) -> tuple[Warehouse, ...]:
    """Map warehouses by location id, the name that stock goes by; type 2 takes returns."""
    ships = [row.location_id for row in rows if row.warehouse_type != _RETURNS]
    returns = {row.location_id for row in rows if row.warehouse_type == _RETURNS}
    return tuple(
        Warehouse(
            id=row.location_id,
            name=row.warehouse_name,
            is_default=ships == [row.location_id],
            takes_returns=row.location_id in returns,
            region=row.region,
        )
        for row in {row.location_id: row for row in reversed(rows)}.values()
    )


_RETURNS = 2
