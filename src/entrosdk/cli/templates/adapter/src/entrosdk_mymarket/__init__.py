"""My Market for entrosdk."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from entrosdk.domain.credentials import Grant
from entrosdk.domain.product import Warehouse
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import EntroError, Unsupported
from entrosdk.spi.adapter import Access, Consent, Orders, Products
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Manifest
from entrosdk.spi.request import Request, Response

from entrosdk_mymarket import consent, errors, orders, products, shop, sign
from entrosdk_mymarket.manifest import MANIFEST

__all__ = ["MyMarketAdapter"]


class MyMarketAdapter:
    """One shop of My Market: what the engine drives."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, access: Access) -> None:
        self.access: Access = access
        self.consent: Consent = consent.Consent(access)
        self.orders: Orders = orders.Orders(access)
        self.products: Products = products.Products(access)
        # The manifest says no to these, so nothing of them is ever called.
        self.payments: Any = None
        self.returns: Any = None
        self.events: Any = None

    def info(self) -> Flow[ShopInfo]:
        """Read the shop's name and standing."""
        return shop.info(self.access)

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """Not declared, so never called."""
        raise Unsupported("this adapter reads no warehouses yet")

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        """Return the complete request: host, token, time, signature."""
        return sign.authorise(self.access, request, grant, now)

    def classify(self, request: Request, response: Response) -> EntroError | None:
        """Say whether a reply is a success (`None`) or what went wrong."""
        return errors.classify(request, response)
