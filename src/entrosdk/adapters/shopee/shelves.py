"""Stock, prices and whether buyers see an item (fact book section 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from attrs import evolve

from entrosdk.adapters.shopee.ask import tell
from entrosdk.adapters.shopee.outcomes import Batch, Target, refused, runs, sent
from entrosdk.domain.money import Money, exponent
from entrosdk.domain.product import Product, ProductStatus, Variant
from entrosdk.domain.writing import ItemResult, PriceChange, Refusal, StockChange
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch as Found
from entrosdk.spi.request import Request

__all__ = ["number", "set_listed", "set_price", "set_stock"]

C = TypeVar("C", StockChange, PriceChange)

_MOST = 50  # models of one item, or items, in one call

Reader = Callable[[Sequence[str]], "Flow[Found[Product]]"]
"""Reads products by id."""


def number(amount: Money) -> int | float:
    """Return what travels as a JSON number: whole dong, or a decimal fraction exact to the cent."""
    return amount.minor if not exponent(amount.currency) else float(amount.amount)


# Stock


def set_stock(changes: Sequence[StockChange], many: Reader) -> Flow[tuple[ItemResult, ...]]:
    """Set absolute quantities, item by item with up to 50 models in a call."""
    local = _strange(changes)
    return sent(changes, local, _item_batches(changes, local, _stock_body, _stock_stands, many))


def _stock_body(run: Sequence[StockChange]) -> tuple[str, dict[str, Any]]:
    rows = [
        {"model_id": int(change.variant_id or 0), "seller_stock": [_place(change)]}
        for change in run
    ]
    return "product/update_stock", {"stock_list": rows}


def _place(change: StockChange) -> dict[str, Any]:
    # A location is needed in shops with several, and not allowed in the others (section 4.5).
    place = {"location_id": change.warehouse_id} if change.warehouse_id else {}
    return {**place, "stock": change.quantity}


def _stock_stands(change: StockChange, variant: Variant) -> bool:
    if not change.warehouse_id:
        return variant.sellable == change.quantity
    levels = {level.warehouse_id: level.sellable for level in variant.stock}
    return levels.get(change.warehouse_id) == change.quantity


# Prices


def set_price(
    changes: Sequence[PriceChange], currency: str, many: Reader
) -> Flow[tuple[ItemResult, ...]]:
    """Set the one price a seller has; what is crossed out comes from Shopee's promotions."""
    local = {**_unfit(changes, currency), **_strange(changes)}
    return sent(changes, local, _item_batches(changes, local, _price_body, _price_stands, many))


def _unfit(changes: Sequence[PriceChange], currency: str) -> dict[int, ItemResult]:
    found = {}
    for place, change in enumerate(changes):
        if change.list_price not in {None, change.price}:
            why = "Shopee has one price; a crossed-out one comes from a promotion"
            found[place] = refused(_target(change), Refusal.INVALID, why)
        if change.price.currency != currency:
            why = f"the price is in {change.price.currency}, this shop sells in {currency}"
            found[place] = refused(_target(change), Refusal.INVALID, why)
    return found


def _price_body(run: Sequence[PriceChange]) -> tuple[str, dict[str, Any]]:
    rows = [
        {"model_id": int(change.variant_id or 0), "original_price": number(change.price)}
        for change in run
    ]
    return "product/update_price", {"price_list": rows}


def _price_stands(change: PriceChange, variant: Variant) -> bool:
    # The present price may be a promotion's; what we write is the original one.
    return variant.list_price == change.price


# What both share


def _target(change: StockChange | PriceChange) -> Target:
    place = change.warehouse_id if isinstance(change, StockChange) else ""
    return change.product_id, change.variant_id, place


def _strange(changes: Sequence[StockChange | PriceChange]) -> dict[int, ItemResult]:
    """Refuse ids that are no numbers: they cannot be Shopee's and would spoil their call."""
    why = "Shopee's ids are numbers"
    return {
        place: refused(_target(change), Refusal.NOT_FOUND, why)
        for place, change in enumerate(changes)
        if not change.product_id.isdecimal() or not (change.variant_id or "0").isdecimal()
    }


def _item_batches(
    changes: Sequence[C],
    local: Mapping[int, ItemResult],
    body: Callable[[Sequence[C]], tuple[str, dict[str, Any]]],
    stands: Callable[[C, Variant], bool],
    many: Reader,
) -> Iterator[tuple[Sequence[int], Batch[C]]]:
    """Group changes by item, in the order in which items first appear."""
    items: dict[str, list[tuple[int, C]]] = {}
    for place, change in enumerate(changes):
        if place not in local:
            items.setdefault(change.product_id, []).append((place, change))
    for product_id, entries in items.items():
        for run in runs(entries, lambda entry: _key(entry[1]), _MOST):
            mine = tuple(change for _, (_, change) in run)
            path, rows = body(mine)
            yield (
                [place for _, (place, _) in run],
                Batch(
                    changes=mine,
                    request=tell(path, {"item_id": int(product_id), **rows}),
                    target=_target,
                    look=lambda asked: _standing(asked, stands, many),
                    placeless=_placeless(mine),
                ),
            )


def _placeless(run: Sequence[StockChange | PriceChange]) -> Request | None:
    """Return a stock call without its location, where all changes name the same one."""
    changes = [change for change in run if isinstance(change, StockChange)]
    places = {change.warehouse_id for change in changes}
    if len(places) != 1 or "" in places:
        return None
    path, rows = _stock_body([evolve(change, warehouse_id="") for change in changes])
    return tell(path, {"item_id": int(run[0].product_id), **rows})


def _key(change: StockChange | PriceChange) -> str:
    # Two places of one model are two calls: a failure names the model only.
    return change.variant_id


def _standing(
    changes: Sequence[C], stands: Callable[[C, Variant], bool], many: Reader
) -> Flow[Collection[C]]:
    """Read the items again; returns the changes that stand as asked."""
    found = yield from many(list(dict.fromkeys(change.product_id for change in changes)))
    variants = {
        (product.id, variant.id): variant for product in found.items for variant in product.variants
    }
    return [
        change
        for change in changes
        if (variant := variants.get((change.product_id, change.variant_id)))
        and stands(change, variant)
    ]


# On sale or not


def set_listed(ids: Sequence[str], many: Reader, *, listed: bool) -> Flow[tuple[ItemResult, ...]]:
    """Put items on sale or take them off, up to 50 in a call."""
    why = "Shopee's ids are numbers"
    local = {
        place: refused((name, "", ""), Refusal.NOT_FOUND, why)
        for place, name in enumerate(ids)
        if not name.isdecimal()
    }
    return sent(ids, local, _list_batches(ids, local, many, listed=listed))


def _list_batches(
    ids: Sequence[str], local: Mapping[int, ItemResult], many: Reader, *, listed: bool
) -> Iterator[tuple[Sequence[int], Batch[str]]]:
    wanted = ProductStatus.ACTIVE if listed else ProductStatus.INACTIVE

    def look(names: Sequence[str]) -> Flow[Collection[str]]:
        found = yield from many(names)
        return [product.id for product in found.items if product.status is wanted]

    entries = [(place, name) for place, name in enumerate(ids) if place not in local]
    for run in runs(entries, lambda entry: entry[1], _MOST):
        names = tuple(name for _, (_, name) in run)
        rows = [{"item_id": int(name), "unlist": not listed} for name in names]
        yield (
            [place for _, (place, _) in run],
            Batch(
                changes=names,
                request=tell("product/unlist_item", {"item_list": rows}),
                target=lambda name: (name, "", ""),
                look=look,
            ),
        )
