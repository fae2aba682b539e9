"""What happens in a shop, as those who listen hear of it."""

from __future__ import annotations

from typing import TypeVar

from attrs import define

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.orders import Order, Return

__all__ = ["Change"]

S = TypeVar("S", Order, Return, Product, Variant)


@define
class Change:
    """Something a marketplace tells its apps about."""

    kind: str
    at: int
    order: Order | None = None
    returned: Return | None = None
    product: Product | None = None
    variant: Variant | None = None
    old: str = ""
    new: str = ""

    def subject(self, kind: type[S]) -> S:
        """Return what of this kind the change is about; raises `LookupError`."""
        for each in (self.returned, self.variant, self.product, self.order):
            if isinstance(each, kind):
                return each
        raise LookupError(f"a change of {self.kind} is about no {kind.__name__}")
