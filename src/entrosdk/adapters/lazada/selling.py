"""Setting stock and prices, putting on sale and taking off (fact book sections 2.4 and 4.3).

A batch that failed in part names only the bad rows, in one of five shapes; that the others were
applied is how integrators behave and no promise, so those are read back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from attrs import evolve, frozen

from entrosdk.adapters.lazada.ask import tell
from entrosdk.adapters.lazada.errors import meaning
from entrosdk.adapters.lazada.mapping import place
from entrosdk.adapters.lazada.payload import Tree, as_json, as_xml, prices, request
from entrosdk.adapters.lazada.products import Products
from entrosdk.adapters.lazada.shop import warehouses
from entrosdk.adapters.lazada.wire_writes import Detail, DetailReply
from entrosdk.domain.product import Product, ProductStatus, Variant
from entrosdk.domain.writing import ItemResult, Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import (
    Conflict,
    EntroError,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Request
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import read
from entrosdk.spi.writing import write

__all__ = ["SellingProducts"]

C = TypeVar("C", StockChange, PriceChange)

_BATCH = 50  # more are refused (code 4171)

_KINDS: tuple[tuple[type[EntroError], Refusal], ...] = (
    (NotFound, Refusal.NOT_FOUND),
    (Invalid, Refusal.INVALID),
    (Conflict, Refusal.STATE),
    (Forbidden, Refusal.FORBIDDEN),
    (RateLimited, Refusal.BUSY),
)
_CAMPAIGN = "4170"
_LOCKED = ("channel inventory", "campaign")  # in the text of a generic code (quirk 31)
_ABSENT = ("not_found", "not found", "not exist")


@frozen
class _Verdict:
    """What became of a row, before it is told in the words of the caller."""

    outcome: Outcome = Outcome.ACCEPTED
    refusal: Refusal | None = None
    code: str = ""
    reason: str = ""


_UNKNOWN = _Verdict(Outcome.UNKNOWN)
_NO_SUCH = _Verdict(Outcome.REFUSED, Refusal.NOT_FOUND, reason="the product has no such variant")

_Stand = Callable[[Any, Variant], bool]


@frozen
class SellingProducts(Products):
    """The listings of one shop, with what sells them."""

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set what buyers can buy, for up to 50 variants at a time.

        Lazada's other call counts units that orders hold; this one does not (section 4.2).
        """
        named = yield from self._named(changes)
        many = yield from self._many_places(named)

        def ask(batch: Sequence[StockChange]) -> Request:
            tree = request(Skus={"Sku": _stock_rows(batch, many=many)})
            # The one product call for which JSON is not officially supported.
            return tell("/product/stock/sellable/update", {"payload": as_xml(tree)})

        return (yield from self._set(changes, named, ask, _stock_stands))

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set prices, for up to 50 variants at a time."""
        named = yield from self._named(changes)

        def ask(batch: Sequence[PriceChange]) -> Request:
            tree = request(Skus={"Sku": [_price_row(change) for change in batch]})
            return tell("/product/price_quantity/update", {"payload": as_json(tree)})

        return (yield from self._set(changes, named, ask, _price_stands))

    def publish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Put listings on sale, one by one: a call takes one (section 4.3)."""
        return (yield from self._each(ids, listed=True))

    def unpublish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Take listings off sale, one by one."""
        return (yield from self._each(ids, listed=False))

    # Batches

    def _set(
        self,
        changes: Sequence[C],
        named: Sequence[C | None],
        ask: Callable[[Sequence[C]], Request],
        stands: _Stand,
    ) -> Flow[tuple[ItemResult, ...]]:
        verdicts: list[_Verdict] = [_NO_SUCH] * len(changes)
        for variants in batches([_key(one) for one in named if one], _BATCH):
            places = [at for at, one in enumerate(named) if one and _key(one) in variants]
            batch = [one for at in places if (one := named[at])]
            found = yield from self._batch(batch, ask(batch), stands)
            for at, verdict in zip(places, found, strict=True):
                verdicts[at] = verdict
        return tuple(_result(one, v) for one, v in zip(changes, verdicts, strict=True))

    def _batch(self, batch: Sequence[C], sent: Request, stands: _Stand) -> Flow[list[_Verdict]]:
        try:
            reply = yield from write(sent)
        except OutcomeUnknown:
            return (yield from self._looked(batch, (), stands))
        except (Rejected, Forbidden, RateLimited) as error:
            return [_refused(error)] * len(batch)
        details = read(DetailReply, reply.body).detail
        if not details:
            return [_Verdict()] * len(batch)
        return (yield from self._looked(batch, details, stands))

    def _looked(
        self, batch: Sequence[C], details: Sequence[Detail], stands: _Stand
    ) -> Flow[list[_Verdict]]:
        """Judge rows by what is said about them, else by what the listing shows now."""
        told = [_said(change, details, "") for change in batch]
        open_rows = [one.product_id for one, said in zip(batch, told, strict=True) if said is None]
        products = yield from self._by_id(open_rows)
        return [
            said or _seen(change, details, products.get(change.product_id), stands)
            for change, said in zip(batch, told, strict=True)
        ]

    def _by_id(self, ids: Sequence[str]) -> Flow[Mapping[str, Product]]:
        if not ids:
            return {}
        try:
            found = yield from self.many(ids)
        except EntroError:  # looking is worth a try, and says nothing when it fails
            return {}
        return {one.id: one for one in found.items}

    def _named(self, changes: Sequence[C]) -> Flow[list[C | None]]:
        """Name the SKU of every change: each one has an id, also the only one of a listing."""
        nameless = [one.product_id for one in changes if not one.variant_id]
        products = yield from self._by_id(nameless)
        named: list[C | None] = []
        for change in changes:
            product = products.get(change.product_id)
            variant = product and _variant(product, change)
            if change.variant_id:
                named.append(change)
            else:
                named.append(evolve(change, variant_id=variant.id) if variant else None)
        return named

    def _many_places(self, changes: Sequence[StockChange | None]) -> Flow[bool]:
        """Say whether stock is told by warehouse: a shop with one place must not (4.3)."""
        if not any(one and one.warehouse_id for one in changes):
            return False
        return len((yield from warehouses(self.access))) > 1

    # On sale, off sale

    def _each(self, ids: Sequence[str], *, listed: bool) -> Flow[tuple[ItemResult, ...]]:
        results = []
        for name in ids:
            verdict = yield from self._listed_as(name, listed=listed)
            results.append(_answer(name, verdict))
        return tuple(results)

    def _listed_as(self, name: str, *, listed: bool) -> Flow[_Verdict]:
        product = (yield from self._by_id([name])).get(name)
        if product is None:
            return _NO_SUCH
        skus = [variant.id for variant in product.variants]
        try:
            yield from write(_switch(name, skus, listed=listed))
        except OutcomeUnknown:
            product = (yield from self._by_id([name])).get(name)
            return _Verdict() if product and _is_listed(product) == listed else _UNKNOWN
        except (Rejected, Forbidden, RateLimited) as error:
            return _refused(error)
        return _Verdict()


# Requests


def _stock_rows(batch: Sequence[StockChange], *, many: bool) -> list[Tree]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for change in batch:
        row = rows.setdefault(_key(change), _naming(change))
        if many and change.warehouse_id:
            form = row.setdefault("MultiWarehouseInventories", {"MultiWarehouseInventory": []})
            own = {"WarehouseCode": change.warehouse_id, "SellableQuantity": change.quantity}
            form["MultiWarehouseInventory"].append(own)
        else:
            row["SellableQuantity"] = change.quantity
    return list(rows.values())


def _price_row(change: PriceChange) -> Tree:
    """Write prices: the list price and, below it, a special one.

    Listings tell 0 where there is none (section 4.1); that writing 0 ends one is our reading.
    """
    listed, special = prices(change.price, change.list_price)
    return {**_naming(change), "Price": listed, "SalePrice": special or "0"}


def _naming(change: StockChange | PriceChange) -> dict[str, Any]:
    sku = {"SellerSku": change.sku} if change.sku else {}
    return {"ItemId": change.product_id, "SkuId": change.variant_id, **sku}


def _switch(name: str, skus: Sequence[str], *, listed: bool) -> Request:
    if not listed:
        tree = request(ItemId=name, Skus={"SkuId": list(skus)})
        return tell("/product/deactivate", {"apiRequestBody": as_json(tree)})
    rows = [{"SkuId": sku, "Status": "active"} for sku in skus]
    tree = request(ItemId=name, Skus={"Sku": rows})
    return tell("/product/update", {"payload": as_json(tree)})


# Verdicts


def _key(change: StockChange | PriceChange) -> tuple[str, str]:
    return change.product_id, change.variant_id


def _variant(product: Product, change: StockChange | PriceChange) -> Variant | None:
    """Find a change's variant by its id, else by the seller's code, else if it is the only one."""
    for variant in product.variants:
        if change.variant_id == variant.id:
            return variant
    if change.variant_id:
        return None
    own = [variant for variant in product.variants if change.sku in {"", variant.sku}]
    return own[0] if len(own) == 1 else None


def _said(
    change: StockChange | PriceChange, details: Sequence[Detail], sku: str
) -> _Verdict | None:
    """Return what a reply says about a row: matched by its ids, else by the seller's code."""
    for detail in details:
        if detail.sku_id or detail.item_id:
            ids = (detail.item_id or change.product_id, detail.sku_id or change.variant_id)
            fits = ids == _key(change)
        else:
            fits = (detail.seller_sku or detail.sku or None) == (change.sku or sku)
        if fits:
            return _detailed(detail)
    return None


def _seen(
    change: StockChange | PriceChange,
    details: Sequence[Detail],
    product: Product | None,
    stands: _Stand,
) -> _Verdict:
    """Judge a row by its listing: the seller's code may be named there, the value may stand."""
    variant = _variant(product, change) if product else None
    if variant is None:
        return _UNKNOWN
    said = _said(change, details, variant.sku)
    return said or (_Verdict() if stands(change, variant) else _UNKNOWN)


def _detailed(detail: Detail) -> _Verdict:
    text = detail.message.lower()
    refusal = _refusal_of(meaning(detail.code, text).kind)
    if detail.code == _CAMPAIGN or any(part in text for part in _LOCKED):
        refusal = Refusal.LOCKED
    elif any(part in text for part in _ABSENT):
        refusal = Refusal.NOT_FOUND
    elif detail.code.startswith("INV_") or refusal is None:
        refusal = Refusal.INVALID
    return _Verdict(Outcome.REFUSED, refusal, detail.code, " ".join(detail.message.split())[:300])


def _refused(error: EntroError) -> _Verdict:
    refusal = _refusal_of(type(error)) or Refusal.OTHER
    locked = error.context.code == _CAMPAIGN or _LOCKED[0] in error.message
    return _Verdict(
        Outcome.REFUSED,
        Refusal.LOCKED if locked else refusal,
        error.context.code,
        error.message,
    )


def _refusal_of(kind: type[EntroError]) -> Refusal | None:
    return next((refusal for known, refusal in _KINDS if issubclass(kind, known)), None)


def _stock_stands(change: StockChange, variant: Variant) -> bool:
    if not change.warehouse_id:
        return variant.sellable == change.quantity
    wanted = place(change.warehouse_id)
    return any(
        level.sellable == change.quantity
        for level in variant.stock
        if level.warehouse_id in {wanted, ""}
    )


def _price_stands(change: PriceChange, variant: Variant) -> bool:
    crossed_out = change.list_price is not None and change.list_price > change.price
    listed = change.list_price if crossed_out else change.price
    return (variant.price, variant.list_price) == (change.price, listed)


def _is_listed(product: Product) -> bool:
    skus = {variant.raw_status.lower() for variant in product.variants}
    return product.status is ProductStatus.ACTIVE and skus != {"inactive"}


def _result(change: StockChange | PriceChange, verdict: _Verdict) -> ItemResult:
    result = _answer(change.product_id, verdict, change.variant_id)
    warehouse = change.warehouse_id if isinstance(change, StockChange) else ""
    return evolve(result, warehouse_id=warehouse)


def _answer(name: str, verdict: _Verdict, variant: str = "") -> ItemResult:
    return ItemResult(
        product_id=name,
        variant_id=variant,
        outcome=verdict.outcome,
        refusal=verdict.refusal,
        code=verdict.code,
        reason=verdict.reason,
    )
