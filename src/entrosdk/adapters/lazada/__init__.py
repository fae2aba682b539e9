"""Lazada Open Platform (LazOP).

Reading the manifest costs nothing: the parts that read bodies load on the first connection.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from entrosdk.adapters.lazada.manifest import MANIFEST

if TYPE_CHECKING:
    from entrosdk.adapters.lazada.answers import WritableReturns
    from entrosdk.adapters.lazada.consent import Consent
    from entrosdk.adapters.lazada.creating import WritableProducts
    from entrosdk.adapters.lazada.events import Events
    from entrosdk.adapters.lazada.fulfilment import WritableOrders
    from entrosdk.adapters.lazada.payments import Payments
    from entrosdk.domain.credentials import Grant
    from entrosdk.domain.product import Warehouse
    from entrosdk.domain.shop import ShopInfo
    from entrosdk.errors import EntroError
    from entrosdk.spi.adapter import Access
    from entrosdk.spi.effects import Flow
    from entrosdk.spi.manifest import Manifest
    from entrosdk.spi.request import Request, Response

__all__ = ["LazadaAdapter"]


class LazadaAdapter:
    """One Lazada shop: what the engine drives."""

    manifest: ClassVar[Manifest] = MANIFEST

    access: Access
    consent: Consent
    orders: WritableOrders
    products: WritableProducts
    payments: Payments
    returns: WritableReturns
    events: Events

    def __init__(self, access: Access) -> None:
        from entrosdk.adapters.lazada import (  # noqa: PLC0415 - listing adapters stays cheap
            answers,
            consent,
            creating,
            errors,
            events,
            fulfilment,
            payments,
            shop,
            sign,
        )

        self.access = access
        self.consent = consent.Consent(access)
        self.orders = fulfilment.WritableOrders(access)
        self.products = creating.WritableProducts(access)
        self.payments = payments.Payments(access)
        self.returns = answers.WritableReturns(access)
        self.events = events.Events(access)
        self._sign = sign.authorise
        self._classify: Callable[[Request, Response], EntroError | None] = errors.classify
        self._shop = shop

    def info(self) -> Flow[ShopInfo]:
        """Read the shop's name, market and standing."""
        return self._shop.info(self.access)

    def warehouses(self) -> Flow[tuple[Warehouse, ...]]:
        """Read the shop's warehouses; a shop with one unnamed place has none."""
        return self._shop.warehouses(self.access)

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        """Return the complete, signed request."""
        return self._sign(self.access, request, grant, now)

    def classify(self, request: Request, response: Response) -> EntroError | None:
        """Say whether a reply is a success (`None`) or what went wrong."""
        return self._classify(request, response)
