"""Product listings and the writes of stock, price and standing (book 4.1-4.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.orders import paging
from entrosdk.sandbox.tiki.parameters import Parameters, Refusal, wrong
from entrosdk.sandbox.tiki.showcase import product_body, reserved
from entrosdk.sandbox.trade import WriteRefused, Wrong

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["found", "table"]

_SOURCE = "meepo"
_LOCKED = "update error [Quantity is locked by a running deal]"  # invented: never seen
_ENABLED, _DISABLED, _HIDDEN = 1, 2, 3

Row = tuple[Product, Variant]


def table() -> list[Endpoint]:
    """Return this module's addresses: the same in several versions."""
    found: list[Endpoint] = []
    for version in ("v2", "v2.1"):
        base = f"/integration/{version}/products"
        found += [
            Endpoint("GET", base, _listing(version), scope="product"),
            Endpoint("GET", f"{base}/findBy", _find(version), scope="product"),
            Endpoint("PUT", f"{base}/updateSku", _update, scope="product"),
            Endpoint("PUT", f"{base}/updateSkus", _batch, scope="product"),
            Endpoint("GET", f"{base}/:id", _detail(version), scope="product"),
        ]
    return [
        *found,
        Endpoint("POST", "/integration/v1/products/updateSku", _update, scope="product"),
    ]


# Reading


def _printed(market: TikiMarket, row: Row, version: str, include: frozenset[str]) -> dict[str, Any]:
    product, variant = row
    body = product_body(product, variant, version, include, market.levels(variant))
    name = str(variant.id)
    if market.faults.breaks(name, "malformed_record"):
        body["price"] = "nhiều"
    return body


def _listing(version: str) -> Callable[[TikiMarket, Parameters], Any]:
    def answer(market: TikiMarket, given: Parameters) -> dict[str, Any]:
        page, limit = given.page(market.profile.largest_page)
        rows = _narrowed(market, given)
        here = rows[(page - 1) * limit : page * limit]
        include = given.words("include", "includes")
        data = [_printed(market, row, version, include) for row in here]
        if data and market.faults.strike("tiki", "products", frozenset({"duplicate_page_row"})):
            data.append(data[0])
        around = paging(len(rows), page, limit, len(here), first=0)
        return {"data": data, "paging": around}

    return answer


def _narrowed(market: TikiMarket, given: Parameters) -> list[Row]:
    rows = market.rows()
    active, name = given.text("active"), given.text("name").lower()
    category = given.text("category_id")
    if active not in {"", "0", "1"}:
        raise wrong("active is invalid")
    for column in ("created", "updated"):
        after = given.moment(f"{column}_from_date")
        before = given.moment(f"{column}_to_date")
        rows = [
            row
            for row in rows
            if (after is None or getattr(row[0], column) > after)
            and (before is None or getattr(row[0], column) < before)
        ]
    return [
        (product, variant)
        for product, variant in rows
        if (not active or product.listed is (active == "1"))
        and name in product.title.lower()
        and (not category or str(product.category) == category)
    ]


def _detail(version: str) -> Callable[[TikiMarket, Parameters], Any]:
    def answer(market: TikiMarket, given: Parameters) -> dict[str, Any]:
        name = given.names[0]
        if not name.isdecimal():  # answered 500 in the field; #247
            raise Refusal(500, "Some unexpected error occurred, please try again later")
        row = found(market, int(name), "")
        body = _printed(market, row, version, given.words("includes", "include"))
        # Both names on the v2 detail.
        return {"product_id": row[1].id, **body} if version == "v2" else body

    return answer


def _find(version: str) -> Callable[[TikiMarket, Parameters], Any]:
    def answer(market: TikiMarket, given: Parameters) -> dict[str, Any]:
        sku = given.text("original_sku")
        if not sku:
            raise wrong("original_sku is required")
        rows = [row for row in market.rows() if row[1].sku == sku]
        include = given.words("include", "includes")
        data = [_printed(market, row, version, include) for row in rows]
        return {"data": data, "paging": paging(len(data), 1, 20, len(data), first=0)}

    return answer


def found(market: TikiMarket, product_id: int, sku: str) -> Row:
    """Return a row by id, else by the seller's SKU; raises 404."""
    for row in market.rows():
        if row[1].id == product_id or (not product_id and row[1].sku == sku):
            return row
    raise Refusal(404, f"Product not found: {product_id or sku}")


# Writing


def _update(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    body = given.body
    row = _named(market, body)
    todo = _checked(market, row, body)
    if "active" in body:
        _whole(body, "active")
        todo.append(_standing(market, row, listed=body["active"] == 1))
    _run(todo)
    return {"state": "approved"}


def _batch(market: TikiMarket, given: Parameters) -> Any:
    rows = given.body.get("data")
    if not isinstance(rows, list) or not rows:
        raise wrong("data is required")
    todo: list[Callable[[], None]] = []
    for body in rows:
        if not isinstance(body, dict):
            raise wrong("Can't read http message, please check your request")
        row = _named(market, body)
        todo += _checked(market, row, body)
        todo += _status(market, row, body)
    _run(todo)
    if not market.profile.batch_rows:
        return {"state": "approved"}
    return [{"product_id": body.get("product_id"), "state": "approved"} for body in rows]


def _named(market: TikiMarket, body: dict[str, Any]) -> Row:
    """Find what a row is about; the id wins over the SKU (4.3)."""
    name, sku = body.get("product_id"), body.get("original_sku")
    if not name and not sku:
        raise wrong("product_id or original_sku is required")
    if name is not None and not isinstance(name, int):
        raise wrong("Can't read http message, please check your request")
    return found(market, name or 0, str(sku or ""))


def _checked(market: TikiMarket, row: Row, body: dict[str, Any]) -> list[Callable[[], None]]:
    """Check price and stock of a row; returns what to do. Nothing is done before all is checked."""
    product, variant = row
    todo: list[Callable[[], None]] = []
    now = market.world.now
    if "price" in body:
        price = _whole(body, "price")
        if price * 10 < variant.list_price:
            text = "Price is not valid because less than ten percent listing price"
            raise Refusal(422, text)
        if variant.reserved:
            raise Refusal(400, "update error [Price is locked by a running deal]", source=_SOURCE)
        todo.append(
            lambda: selling.set_price(
                market.shop, product, variant, now, price=price, list_price=variant.list_price
            )
        )
    if "warehouse_quantities" in body:
        there = _quantities(market, variant, body["warehouse_quantities"])
        todo.append(lambda: _restock(market, product, variant, there))
    return todo


def _quantities(market: TikiMarket, variant: Variant, rows: Any) -> tuple[int, int]:
    """Return what buyers can buy of each warehouse; one left out has nothing (quirk 18)."""
    from entrosdk.sandbox.tiki.market import RETURNS, SECOND, WAREHOUSE  # noqa: PLC0415 - cycle

    if not isinstance(rows, list):
        raise wrong("Can't read http message, please check your request")
    known = {WAREHOUSE, RETURNS, *([SECOND] if market.profile.warehouses == 2 else [])}
    there = dict.fromkeys(known, 0)
    for row in rows:
        place, units = _whole(row, "warehouse_id"), _whole(row, "qty_available")
        if place not in known:
            text = f"update error [Warehouse '[{place}]' are not found]"
            raise Refusal(400, text, source=_SOURCE)
        there[place] += units
    first, second = there[WAREHOUSE] - reserved(variant), there.get(SECOND, 0)
    if first < 0 or first + second < variant.reserved:
        locked = first >= 0
        text = _LOCKED if locked else "update error [Quantity is less than reserved]"
        raise Refusal(400, text, source=_SOURCE)
    return first, second


def _restock(
    market: TikiMarket, product: Product, variant: Variant, there: tuple[int, int]
) -> None:
    """Set stock, now or after the profile's delay: acceptance is not effect (quirk 3)."""

    def act(at: int) -> None:
        market.second[variant.id] = there[1]
        selling.set_stock(market.shop, product, variant, sum(there), at)

    delay = market.profile.stock_delay
    if not delay:
        act(market.world.now)
        return
    moment = market.world.now + delay
    name = f"stock:{variant.id}:{moment}:{len(market.visits)}"
    market.incomes.plan(market.shop, moment, name, act)


def _status(market: TikiMarket, row: Row, body: dict[str, Any]) -> list[Callable[[], None]]:
    if "status" not in body:
        return []
    status = _whole(body, "status")
    if status not in {_ENABLED, _DISABLED, _HIDDEN}:
        raise wrong("status is invalid")
    return [_standing(market, row, listed=status == _ENABLED)]


def _standing(market: TikiMarket, row: Row, *, listed: bool) -> Callable[[], None]:
    """Put a row on sale or take it off; the rows of one parent stand together here."""
    return lambda: selling.set_listed(market.shop, row[0], market.world.now, listed=listed)


def _run(todo: list[Callable[[], None]]) -> None:
    for act in todo:
        try:
            act()
        except WriteRefused as refused:
            text = _LOCKED if refused.why is Wrong.LOCKED else f"update error [{refused}]"
            raise Refusal(400, text, source=_SOURCE) from None


def _whole(body: Any, name: str) -> int:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise wrong("Can't read http message, please check your request")
    return value
