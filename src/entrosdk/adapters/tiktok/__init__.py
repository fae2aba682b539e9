"""TikTok Shop Open API, version 202309 and later ones.

Reading the manifest costs nothing: the parts that read bodies load on the first connection.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from entrosdk.adapters.tiktok.manifest import MANIFEST

if TYPE_CHECKING:
    from entrosdk.adapters.tiktok.consent import Consent
    from entrosdk.adapters.tiktok.events import Events
    from entrosdk.adapters.tiktok.orders import Orders
    from entrosdk.adapters.tiktok.payments import Payments
    from entrosdk.adapters.tiktok.products import Products
    from entrosdk.adapters.tiktok.returns import Returns
    from entrosdk.domain.credentials import Grant
    from entrosdk.domain.product import Warehouse
    from entrosdk.domain.shop import ShopInfo
    from entrosdk.errors import EntroError
    from entrosdk.spi.adapter import Access
    from entrosdk.spi.effects import Flow
    from entrosdk.spi.manifest import Manifest
    from entrosdk.spi.request import Request, Response

__all__ = ["TikTokAdapter"]


class TikTokAdapter:
    """One TikTok Shop shop: what the engine drives."""

    manifest: ClassVar[Manifest] = MANIFEST

    access: Access
    consent: Consent
    orders: Orders
    products: Products
    payments: Payments
    returns: Returns
    events: Events

    def __init__(self, access: Access) -> None:
        from entrosdk.adapters.tiktok import (  # noqa: PLC0415 - listing adapters stays cheap
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
        self.returns = returns.Returns(access)
        self.events = events.Events(access)
        self._sign = sign.authorise
        self._classify: Callable[[Request, Response], EntroError | None] = errors.classify
        self._shop = shop

    def info(self) -> Flow[ShopInfo]:
        """Read the shop's name, market and standing."""
        return self._shop.info(self.access)

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """Read the shop's warehouses; a shop with one unnamed place has none."""
        return self._shop.warehouses()

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        """Return the complete, signed request."""
        return self._sign(self.access, request, grant, now)

    def classify(self, request: Request, response: Response) -> EntroError | None:
        """Say whether a reply is a success (`None`) or what went wrong."""
        return self._classify(request, response)
