"""Tiki Open API.

Reading the manifest costs nothing: the parts that read bodies load on the first connection.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from entrosdk.adapters.tiki.manifest import MANIFEST

if TYPE_CHECKING:
    from entrosdk.adapters.tiki.consent import Consent
    from entrosdk.adapters.tiki.events import Events
    from entrosdk.adapters.tiki.orders import Orders
    from entrosdk.adapters.tiki.payments import Payments
    from entrosdk.adapters.tiki.products import Products
    from entrosdk.adapters.tiki.returns import Returns
    from entrosdk.domain.credentials import Grant
    from entrosdk.domain.product import Warehouse
    from entrosdk.domain.shop import ShopInfo
    from entrosdk.errors import EntroError
    from entrosdk.spi.adapter import Access
    from entrosdk.spi.effects import Flow
    from entrosdk.spi.manifest import Manifest
    from entrosdk.spi.request import Request, Response

__all__ = ["TikiAdapter"]


class TikiAdapter:
    """One Tiki seller: what the engine drives."""

    manifest: ClassVar[Manifest] = MANIFEST

    access: Access
    consent: Consent
    orders: Orders
    products: Products
    payments: Payments
    returns: Returns
    events: Events

    def __init__(self, access: Access) -> None:
        from entrosdk.adapters.tiki import (  # noqa: PLC0415 - listing adapters stays cheap
            consent,
            errors,
            events,
            orders,
            payments,
            products,
            returns,
            shop,
            sign,
        )

        self.access = access
        self.consent = consent.Consent(access)
        self.orders = orders.Orders(access)
        self.products = products.Products(access)
        self.payments = payments.Payments(access)
        self.returns = returns.Returns()
        self.events = events.Events(access)
        self._sign = sign.authorise
        self._classify: Callable[[Request, Response], EntroError | None] = errors.classify
        self._shop = shop

    def info(self) -> Flow[ShopInfo]:
        """Read the seller's name and standing."""
        return self._shop.info(self.access)

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """Read where the seller ships from and where returns go."""
        return self._shop.warehouses()

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        """Return the complete request: host and bearer token."""
        return self._sign(self.access, request, grant, now)

    def classify(self, request: Request, response: Response) -> EntroError | None:
        """Say whether a reply is a success (`None`) or what went wrong."""
        return self._classify(request, response)
