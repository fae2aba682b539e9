"""Changing stock, prices and standing of listings: one result for each item (sections 4.6, 4.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from entrosdk.adapters.tiktok import wire_products as goods
from entrosdk.adapters.tiktok.ask import halving
from entrosdk.adapters.tiktok.results import (
    ACCEPTED,
    REFUSABLE,
    UNKNOWN,
    Verdict,
    of_error,
    of_row,
)
from entrosdk.adapters.tiktok.wire_writes import RowError, WriteReply
from entrosdk.domain.money import Money
from entrosdk.domain.writing import ItemResult, Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import BadReply, EntroError, OutcomeUnknown, Rejected
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import get, post
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import Mapped, read
from entrosdk.spi.writing import write

__all__ = ["Listing", "product_body", "stocks"]

_STOCKS = 100
_BATCH = 20  # products put on or taken off sale at once

C = TypeVar("C", StockChange, PriceChange)

_Verdicts = dict[str, Verdict]
"""Verdicts by variant; an item without one was accepted."""


@frozen
class Listing:
    """The writes of listings that take many items."""

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set what buyers can buy, product by product.

        All warehouses of a variant must be named (quirk 18), so the others keep what they have.
        """
        told = yield from stocks([change.product_id for change in changes])
        return (yield from _by_product(changes, partial(_set_stock, told)))

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set prices, product by product.

        One bad variant spoils its product's request, so a refused one is sent again item by item.
        A local seller has one price: `list_price` is not read.
        """
        return (yield from _by_product(changes, _set_price))

    def publish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Put products on sale; TikTok Shop reviews them first."""
        return (yield from _switched(ids, "activate", {"ACTIVATE", "PENDING"}))

    def unpublish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Take products off sale."""
        return (yield from _switched(ids, "deactivate", {"SELLER_DEACTIVATED"}))


def _by_product(
    changes: Sequence[C], apply: Callable[[str, Sequence[C]], Flow[list[Verdict]]]
) -> Flow[tuple[ItemResult, ...]]:
    """Apply changes one product at a time; results come in the given order."""
    verdicts: dict[int, Verdict] = {}
    for product in dict.fromkeys(change.product_id for change in changes):
        places = [n for n, change in enumerate(changes) if change.product_id == product]
        found = yield from apply(product, [changes[n] for n in places])
        verdicts |= zip(places, found, strict=True)
    return tuple(_result(change, verdicts[number]) for number, change in enumerate(changes))


def _result(change: StockChange | PriceChange, verdict: Verdict) -> ItemResult:
    place = change.warehouse_id if isinstance(change, StockChange) else ""
    return ItemResult(
        product_id=change.product_id,
        variant_id=change.variant_id,
        warehouse_id=place,
        **verdict.facts(),
    )


def _said(path: str, product: str, body: Mapping[str, Any]) -> Flow[Sequence[RowError]]:
    """Send a write about one product and return the items that failed in spite of code 0."""
    request = post(
        f"/product/202309/products/{product}/{path}",
        body,
        template=f"/product/202309/products/{{product_id}}/{path}",
    )
    reply = yield from write(request)
    return read(WriteReply, reply.body).data.errors


def product_body(product: str, query: Mapping[str, Any] | None = None) -> Flow[goods.Product]:
    """Fetch one listing as it stands."""
    request = get(
        f"/product/202309/products/{product}",
        query,
        template="/product/202309/products/{product_id}",
    )
    reply = yield from send(request)
    return read(goods.ProductReply, reply.body).data


def _failed(rows: Sequence[RowError]) -> _Verdicts:
    return {row.detail.sku_id if row.detail else "": of_row(row) for row in rows}


def _verdict(verdicts: _Verdicts, variant: str) -> Verdict:
    """Find an item's verdict; a failure that names no variant is about all of them."""
    return verdicts.get(variant) or verdicts.get("") or ACCEPTED


# Stock

_Levels = dict[str, dict[str, int]]
"""What is available of a variant, by warehouse."""


def _stock_of(product: str) -> Flow[goods.Stock | None]:
    """Ask for the stock of one listing; `None` when TikTok Shop does not tell it."""
    body = {"product_ids": [product]}
    reply = yield from send(post("/product/202309/inventory/search", body))
    rows = goods.STOCKS.read(reply.body).models
    return next((row for row in rows if row.product_id == product), None)


def stocks(ids: Sequence[str]) -> Flow[dict[str, goods.Stock]]:
    """Ask for the stock of listings; one that TikTok Shop refuses is left out."""
    found: Mapped[goods.Stock] = Mapped()
    for batch in batches(ids, _STOCKS):
        found += yield from halving(_stocks, batch)
    return {stock.product_id: stock for stock in found.items}


def _stocks(batch: Sequence[str]) -> Flow[Mapped[goods.Stock]]:
    body = {"product_ids": list(batch)}
    try:
        reply = yield from send(post("/product/202309/inventory/search", body))
    except Rejected:
        if len(batch) > 1:
            raise
        return Mapped()
    told = goods.STOCKS.read(reply.body)
    return Mapped(told.models, (), told.drift)


def _several(stock: goods.Stock | None) -> bool:
    return stock is None or any(len(sku.warehouse_inventory) > 1 for sku in stock.skus)


def _set_stock(
    known: dict[str, goods.Stock], product: str, changes: Sequence[StockChange]
) -> Flow[list[Verdict]]:
    told = known.get(product)
    try:
        # What the other warehouses have is written as well, so it is read as late as can be.
        if _several(told) and len(known) != 1:
            told = yield from _stock_of(product)
        levels, own = _wanted(told, changes)
        if not levels:
            return own
        failed = yield from _said("inventory/update", product, _stock_body(levels))
    except (OutcomeUnknown, BadReply):
        return (yield from _stock_stands(product, changes))
    except REFUSABLE as error:
        return [of_error(error)] * len(changes)
    rows = _failed(failed)
    return [
        verdict if verdict is not ACCEPTED else _verdict(rows, change.variant_id)
        for change, verdict in zip(changes, own, strict=True)
    ]


def _wanted(
    told: goods.Stock | None, changes: Sequence[StockChange]
) -> tuple[_Levels, list[Verdict]]:
    """Work out what to write, with what the other warehouses have."""
    known = {sku.id: sku for sku in told.skus} if told else {}
    levels: _Levels = {}
    verdicts = []
    for change in changes:
        sku = known.get(change.variant_id)
        place = _place(sku, change)
        verdicts.append(_AMBIGUOUS if place is None else ACCEPTED)
        if place is not None:
            levels.setdefault(change.variant_id, _available(sku))[place] = change.quantity
    return levels, verdicts


_AMBIGUOUS = Verdict(
    Outcome.REFUSED, Refusal.INVALID, "", "the variant lies in several warehouses: name one"
)


def _place(sku: goods.SkuStock | None, change: StockChange) -> str | None:
    """Return the warehouse meant; the only one needs no name."""
    if change.warehouse_id or sku is None or not sku.warehouse_inventory:
        return change.warehouse_id
    if len(sku.warehouse_inventory) > 1:
        return None
    return sku.warehouse_inventory[0].warehouse_id


def _available(sku: goods.SkuStock | None) -> dict[str, int]:
    rows = sku.warehouse_inventory if sku else ()
    return {row.warehouse_id: row.available_quantity for row in rows}


def _stock_body(levels: _Levels) -> dict[str, Any]:
    return {
        "skus": [
            {"id": variant, "inventory": [_level(*pair) for pair in rows.items()]}
            for variant, rows in levels.items()
        ]
    }


def _level(place: str, quantity: int) -> dict[str, Any]:
    return {**({"warehouse_id": place} if place else {}), "quantity": quantity}


def _stock_stands(product: str, changes: Sequence[StockChange]) -> Flow[list[Verdict]]:
    """Read stock back after a lost reply: what stands as wanted was accepted."""
    try:
        told = yield from _stock_of(product)
    except EntroError:
        return [UNKNOWN] * len(changes)
    known = {sku.id: sku for sku in told.skus} if told else {}
    return [_stands(known.get(change.variant_id), change) for change in changes]


def _stands(sku: goods.SkuStock | None, change: StockChange) -> Verdict:
    place = _place(sku, change)
    if sku is None or place is None:
        return UNKNOWN
    return ACCEPTED if _available(sku).get(place) == change.quantity else UNKNOWN


# Prices


def _set_price(product: str, changes: Sequence[PriceChange]) -> Flow[list[Verdict]]:
    prices = {change.variant_id: change.price for change in changes}
    body = {"skus": [{"id": name, "price": amount(price)} for name, price in prices.items()]}
    try:
        failed = _failed((yield from _said("prices/update", product, body)))
    except (OutcomeUnknown, BadReply):
        return (yield from _prices_stand(product, changes))
    except REFUSABLE as error:
        if len(changes) == 1:
            return [of_error(error)]
        alone = []
        for change in changes:
            alone += yield from _set_price(product, [change])
        return alone
    return [_verdict(failed, change.variant_id) for change in changes]


def amount(price: Money) -> dict[str, str]:
    """Write an amount as TikTok Shop does, without trailing zeros (section 3.5)."""
    return {"amount": f"{price.amount.normalize():f}", "currency": price.currency}


def _prices_stand(product: str, changes: Sequence[PriceChange]) -> Flow[list[Verdict]]:
    """Read prices back after a lost reply."""
    try:
        body = yield from product_body(product)
    except EntroError:
        return [UNKNOWN] * len(changes)
    prices = {sku.id: sku.price for sku in body.skus if sku.price}
    return [_priced(prices.get(change.variant_id), change) for change in changes]


def _priced(price: goods.Price | None, change: PriceChange) -> Verdict:
    told = price and (price.sale_price or price.tax_exclusive_price)
    return ACCEPTED if told == change.price.amount else UNKNOWN


# On sale and off


def _switched(ids: Sequence[str], path: str, wanted: set[str]) -> Flow[tuple[ItemResult, ...]]:
    verdicts: _Verdicts = {}
    for batch in batches(ids, _BATCH):
        verdicts |= yield from _switch(batch, path, wanted)
    return tuple(ItemResult(product_id=name, **verdicts[name].facts()) for name in ids)


def _switch(batch: Sequence[str], path: str, wanted: set[str]) -> Flow[_Verdicts]:
    request = post(f"/product/202309/products/{path}", {"product_ids": list(batch)})
    try:
        reply = yield from write(request)
        rows = read(WriteReply, reply.body).data.errors
    except (OutcomeUnknown, BadReply):
        return (yield from _standing(batch, wanted))
    except REFUSABLE as error:
        if len(batch) == 1:
            return {batch[0]: of_error(error)}
        found: _Verdicts = {}
        for name in batch:  # one that is unknown may spoil the request
            found |= yield from _switch((name,), path, wanted)
        return found
    failed = {row.detail.product_id if row.detail else "": of_row(row) for row in rows}
    return {name: _verdict(failed, name) for name in batch}


def _standing(batch: Sequence[str], wanted: set[str]) -> Flow[_Verdicts]:
    """Read listings back after a lost reply."""
    found: _Verdicts = {}
    for name in batch:
        try:
            body = yield from product_body(name)
        except EntroError:
            found[name] = UNKNOWN
        else:
            found[name] = ACCEPTED if body.status in wanted else UNKNOWN
    return found
