"""Finding what a change is about, and refusing in Shopee's words when it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.orders import Order, Return
from entrosdk.sandbox.shopee.gateway import Warned
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["Strict", "batch", "item", "missing", "order", "returned", "shipped_order", "variant"]


def order(market: ShopeeMarket, given: Parameters) -> Order:
    """Return the order of an order call."""
    found = market.shop.orders.get(given.text("order_sn"))
    if found is None:
        raise Refusal("error_not_found", "Wrong parameters, detail: the order is not found.")
    return found


def shipped_order(market: ShopeeMarket, given: Parameters) -> Order:
    """Return the order of a logistics call."""
    found = market.shop.orders.get(given.text("order_sn"))
    if found is None:
        raise Refusal("logistics.invalid_error", "The order is not exist.")
    return found


def returned(market: ShopeeMarket, given: Parameters) -> Return:
    """Return the return of a call."""
    found = market.shop.returns.get(given.text("return_sn"))
    if found is None:
        raise Refusal("error_data", "The return you queried doesn't exist")
    return found


_MOST = 10**15

# Products: a Go validator reads their bodies (book 2.3)


class Strict:
    """A JSON body read as product writes do: types must be right, names are in CamelCase."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise Refusal("product.error_param", "EOF")
        self._body = body

    @classmethod
    def of(cls, given: Parameters) -> Strict:
        """Read the body of a call."""
        return cls(given.call.json())

    def has(self, name: str) -> bool:
        """Say whether a field was sent."""
        return self._body.get(name) is not None

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number that was sent as one and fits eight bytes."""
        found = int(self._typed(name, int, "int64", default))
        if abs(found) >= 2**63:
            raise _unfit("number", name, "int64")
        return found

    def amount(self, name: str) -> float:
        """Return a number; whole ones may lack a fraction (quirk 40)."""
        found = self._typed(name, (int, float), "float64", None)
        if not -_MOST <= found <= _MOST:  # not a number is not in there either
            raise _unfit("number", name, "float64")
        return float(found)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        return str(self._typed(name, str, "string", default))

    def flag(self, name: str) -> bool:
        """Return a truth value; it must be there."""
        value = self._body.get(name)
        if not isinstance(value, bool):
            raise missing(name)
        return value

    def inner(self, name: str) -> Strict:
        """Return an object."""
        return Strict(self._typed(name, dict, "struct", None))

    def rows(self, name: str, most: int = 50) -> list[Strict]:
        """Return a list of 1 to `most` objects."""
        rows = self._typed(name, list, "[]struct", None)
        if not 1 <= len(rows) <= most:
            raise missing(name)
        return [Strict(row) for row in rows]

    def values(self, name: str) -> list[Any]:
        """Return a list of plain values; an absent one is empty."""
        return list(self._typed(name, list, "[]", []))

    def _typed(self, name: str, kind: Any, word: str, default: Any) -> Any:
        value = self._body.get(name)
        if value is None:
            if default is None:
                raise missing(name)
            return default
        if not isinstance(value, kind) or isinstance(value, bool):
            found = "string" if isinstance(value, str) else type(value).__name__
            raise _unfit(found, name, word)
        return value


def _unfit(found: str, name: str, word: str) -> Refusal:
    text = f"json: cannot unmarshal {found} into Go struct field .{name} of type {word}"
    return Refusal("product.error_param", text)


def missing(name: str) -> Refusal:
    """Say that a field is missing, with the validator's two spaces."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    return Refusal("product.error_param", f"invalid field {camel}: value must  Not Null")


def item(market: ShopeeMarket, body: Strict) -> Product:
    """Return the item of a write; a deleted one cannot be written."""
    found = market.shop.by_product.get(body.number("item_id"))
    if found is None:
        raise Refusal("product.error_item_not_found", "The item is not found.")
    if found.deleted:
        raise Refusal("product.error_item_uneditable", "The item is deleted, it is not editable.")
    return found


def variant(product: Product, model_id: int) -> Variant | None:
    """Return a model; 0 is the only one of an item without models."""
    return next((each for each in product.variants if each.id == model_id), None)


def batch(
    success: list[dict[str, Any]], failure: list[dict[str, Any]], code: str, text: str
) -> Warned:
    """Answer a batch: an error with the lists inside when every row failed (book 4.5)."""
    lists = {"failure_list": failure, "success_list": success}
    if failure and not success:
        raise Refusal(code, text, response=lists)
    return Warned(lists)
