"""Stock, prices and standing of products (fact book sections 4.3 and 4.4).

A batch that is refused is refused as a whole and does not tell for which of its rows, so its rows
are sent one by one after that.
A success says that Tiki took the change; it may show a little later (quirk 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import define, field, frozen

from entrosdk.adapters.tiki import wire_products as goods
from entrosdk.adapters.tiki.ask import tell
from entrosdk.adapters.tiki.catalogue import alone
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
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow
from entrosdk.spi.toolkit import batches
from entrosdk.spi.writing import write

__all__ = ["Listing"]

_BATCH = 20  # the largest is not established; one integration sends as many (section 4.4)
_BATCH_PATH, _SINGLE_PATH = "v2.1/products/updateSkus", "v2.1/products/updateSku"
_ENABLED, _DISABLED = 1, 2

_REFUSALS: tuple[tuple[type[EntroError], Refusal], ...] = (
    (NotFound, Refusal.NOT_FOUND),
    (Conflict, Refusal.STATE),
    (Invalid, Refusal.INVALID),
    (Forbidden, Refusal.FORBIDDEN),
    (RateLimited, Refusal.BUSY),
)

# How a running deal says no was not seen; the texts that were have no code (section 2.2).
_LOCKED = ("deal", "campaign", "promotion")
_MISSING = ("not found", "are not found")

_Seen: TypeAlias = Mapping[str, goods.Product | None]


@frozen
class _No:
    """Why an item was refused."""

    why: Refusal
    reason: str
    code: str = ""


@define
class _Row:
    """A row of a write: one product, what to send, and how to see whether it took effect."""

    product_id: str
    body: dict[str, Any]
    done: Callable[[goods.Product], bool]
    outcome: Outcome = Outcome.ACCEPTED
    no: _No | None = None


@frozen(slots=False)  # two such parts make one object
class Listing:
    """What a seller sets on products."""

    access: Access

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set what buyers can buy; one result for each change.

        Tiki counts what is there, units that orders hold included, and sets a product's other
        warehouses to nothing when they are left out (quirk 18): products are read first.
        """
        seen = yield from _read([one.product_id for one in changes])
        plan = _StockPlan(seen)
        for number, change in enumerate(changes):
            plan.add(number, change)
        yield from _send(list(plan.rows.values()))
        return tuple(
            _result(one.product_id, one.variant_id, one.warehouse_id, plan.outcome(number))
            for number, one in enumerate(changes)
        )

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set prices; one result for each change.

        A list price other than the present one is refused: it belongs to the content, which Tiki
        reviews (`update` with `extra={"market_price": …}`).
        """
        listed = [one.product_id for one in changes if one.list_price is not None]
        seen = yield from _read(listed)
        outcomes = [self._priced(one, seen) for one in changes]
        # The last price of a product is the one it gets.
        rows = {one.product_id: one for one in outcomes if isinstance(one, _Row)}
        yield from _send(list(rows.values()))
        told = (rows[one.product_id] if isinstance(one, _Row) else one for one in outcomes)
        return tuple(
            _result(change.product_id, change.variant_id, "", outcome)
            for change, outcome in zip(changes, told, strict=True)
        )

    def publish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Put products on sale; one result for each."""
        return (yield from _stand(ids, _ENABLED))

    def unpublish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Take products off sale; one result for each."""
        return (yield from _stand(ids, _DISABLED))

    def _priced(self, change: PriceChange, seen: _Seen) -> _Row | _No:
        name, price = change.product_id, change.price
        if not _is_id(name):
            return _No(Refusal.NOT_FOUND, "no id of Tiki's")
        if price.currency != self.access.region.currency:
            return _No(Refusal.INVALID, f"Tiki sells in {self.access.region.currency} only")
        if change.list_price is not None:
            product = seen.get(name)
            if product is None:
                return _No(Refusal.NOT_FOUND, "there is no such product")
            # Without a market price the price is the list price too (see `mapping`).
            present = {product.market_price or product.price}
            present |= set() if product.market_price else {price.amount}
            if change.list_price.amount not in present:
                return _No(
                    Refusal.INVALID,
                    "the list price is changed by a reviewed request: products.update with "
                    'extra={"market_price": …}',
                )
        minor = price.minor
        body = {"product_id": int(name), "price": minor}
        return _Row(name, body, lambda product: product.price == minor)


# Stock


@define
class _StockPlan:
    """The rows of a stock write: all changes of a product travel in one."""

    seen: _Seen
    rows: dict[str, _Row] = field(factory=dict)
    _wanted: dict[str, dict[str, int]] = field(factory=dict)
    _refused: dict[int, _No] = field(factory=dict)
    _of: dict[int, str] = field(factory=dict)

    def add(self, number: int, change: StockChange) -> None:
        """Take a change in, or refuse it."""
        product = self.seen.get(change.product_id)
        if product is None:
            self._refused[number] = _No(Refusal.NOT_FOUND, "there is no such product")
            return
        levels = _levels(product)
        place = change.warehouse_id or (next(iter(levels)) if len(levels) == 1 else "")
        if not place or not _is_id(place):
            text = "the product has several warehouses or none: name the warehouse"
            self._refused[number] = _No(Refusal.INVALID, text)
            return
        wanted = self._wanted.setdefault(change.product_id, {})
        wanted[place] = change.quantity
        self._of[number] = change.product_id
        self.rows[change.product_id] = _stock_row(product, levels, wanted)

    def outcome(self, number: int) -> _Row | _No:
        """What became of a change."""
        return self._refused.get(number) or self.rows[self._of[number]]


def _levels(product: goods.Product) -> dict[str, goods.Stock]:
    rows = product.inventory.warehouse_stocks if product.inventory else ()
    return {row.warehouse_id: row for row in rows if _is_id(row.warehouse_id)}


def _stock_row(
    product: goods.Product, levels: Mapping[str, goods.Stock], wanted: Mapping[str, int]
) -> _Row:
    reserved = {place: row.quantity_reserved for place, row in levels.items()}
    there = {place: row.quantity_available for place, row in levels.items()}
    there |= {place: units + reserved.get(place, 0) for place, units in wanted.items()}
    body = {
        "product_id": int(product.product_id),
        "seller_warehouse": ", ".join(there),
        "warehouse_quantities": [
            {"warehouse_id": int(place), "qty_available": units} for place, units in there.items()
        ],
    }
    expected = dict(wanted)
    return _Row(product.product_id, body, lambda found: _sells(found, expected))


def _sells(product: goods.Product, wanted: Mapping[str, int]) -> bool:
    levels = _levels(product)
    return all(
        place in levels and levels[place].quantity_sellable == units
        for place, units in wanted.items()
    )


# Standing


def _stand(ids: Sequence[str], status: int) -> Flow[tuple[ItemResult, ...]]:
    rows = {
        name: _Row(
            name,
            {"product_id": int(name), "status": status},
            lambda product: product.active is (status == _ENABLED),
        )
        for name in ids
        if _is_id(name)
    }
    yield from _send(list(rows.values()))
    strange = _No(Refusal.NOT_FOUND, "no id of Tiki's")
    return tuple(_result(name, "", "", rows.get(name) or strange) for name in ids)


# Sending


def _send(rows: Sequence[_Row]) -> Flow[None]:
    """Send rows in batches; every row learns what became of it."""
    for batch in batches(range(len(rows)), _BATCH):
        yield from _send_batch([rows[number] for number in batch])


def _send_batch(rows: Sequence[_Row]) -> Flow[None]:
    body = {"data": [row.body for row in rows]}
    try:
        yield from write(tell(_BATCH_PATH, body, "PUT"))
    except OutcomeUnknown:
        for row in rows:
            yield from _look(row)
    except (Rejected, Forbidden) as error:
        if len(rows) == 1:
            _refuse(rows[0], error)
            return
        for row in rows:
            yield from _send_alone(row)
    except RateLimited as error:
        for row in rows:
            _refuse(row, error)


def _send_alone(row: _Row) -> Flow[None]:
    try:
        yield from write(tell(_SINGLE_PATH, _single(row.body), "PUT"))
    except OutcomeUnknown:
        yield from _look(row)
    except (Rejected, Forbidden, RateLimited) as error:
        _refuse(row, error)


def _single(body: Mapping[str, Any]) -> dict[str, Any]:
    """Word a row for the single call: `active` 1 or 0 in the place of `status` 1 or 2 (4.3)."""
    rest = {name: value for name, value in body.items() if name != "status"}
    if "status" in body:
        rest["active"] = 1 if body["status"] == _ENABLED else 0
    return rest


def _look(row: _Row) -> Flow[None]:
    """Read a product back whose write may have taken effect."""
    row.outcome = Outcome.UNKNOWN
    try:
        found = yield from alone(row.product_id)
    except EntroError:
        return
    if found is not None and found.models and row.done(found.models[0]):
        row.outcome = Outcome.ACCEPTED


def _refuse(row: _Row, error: EntroError) -> None:
    row.outcome = Outcome.REFUSED
    row.no = _No(_why(error), error.message, error.context.code)


def _why(error: EntroError) -> Refusal:
    words = error.message.lower()
    if isinstance(error, Rejected) and any(part in words for part in _LOCKED):
        return Refusal.LOCKED
    if isinstance(error, Rejected) and any(part in words for part in _MISSING):
        return Refusal.NOT_FOUND
    return next((why for kind, why in _REFUSALS if isinstance(error, kind)), Refusal.OTHER)


def _read(names: Sequence[str]) -> Flow[dict[str, goods.Product | None]]:
    """Read products as they stand; one that cannot be read counts as none."""
    seen: dict[str, goods.Product | None] = {}
    for name in dict.fromkeys(names):
        found = yield from alone(name)
        seen[name] = found.models[0] if found is not None and found.models else None
    return seen


def _is_id(name: str) -> bool:
    return name.isdecimal() and name.isascii()


def _result(product: str, variant: str, warehouse: str, outcome: _Row | _No) -> ItemResult:
    no = outcome if isinstance(outcome, _No) else outcome.no
    return ItemResult(
        product_id=product,
        variant_id=variant,
        warehouse_id=warehouse,
        outcome=Outcome.REFUSED if isinstance(outcome, _No) else outcome.outcome,
        refusal=no.why if no else None,
        code=no.code if no else "",
        reason=no.reason if no else "",
    )
