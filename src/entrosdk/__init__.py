"""EntroSDK: one typed Python SDK for shops on Shopee, Lazada, TikTok Shop and Tiki.

Everything public is here; the names load on first use, so `import entrosdk` is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk._lazy import homes, loader

if TYPE_CHECKING:
    from entrosdk.client.async_shop import AsyncShop as AsyncShop
    from entrosdk.client.connect import authorize_url as authorize_url
    from entrosdk.client.connect import connect as connect
    from entrosdk.client.connect import connect_async as connect_async
    from entrosdk.client.connect import exchange_code as exchange_code
    from entrosdk.client.connect import exchange_code_async as exchange_code_async
    from entrosdk.client.connect import grant_key as grant_key
    from entrosdk.client.shop import Shop as Shop
    from entrosdk.domain.credentials import App as App
    from entrosdk.domain.credentials import Grant as Grant
    from entrosdk.domain.events import Event as Event
    from entrosdk.domain.events import GrantExpiring as GrantExpiring
    from entrosdk.domain.events import GrantGiven as GrantGiven
    from entrosdk.domain.events import GrantRevoked as GrantRevoked
    from entrosdk.domain.events import OrderChanged as OrderChanged
    from entrosdk.domain.events import ProductChanged as ProductChanged
    from entrosdk.domain.events import ReturnChanged as ReturnChanged
    from entrosdk.domain.events import StockChanged as StockChanged
    from entrosdk.domain.events import Unrecognised as Unrecognised
    from entrosdk.domain.money import Money as Money
    from entrosdk.domain.order import Order as Order
    from entrosdk.domain.order import OrderLine as OrderLine
    from entrosdk.domain.order import OrderQuery as OrderQuery
    from entrosdk.domain.order import OrderStatus as OrderStatus
    from entrosdk.domain.order import OrderTotals as OrderTotals
    from entrosdk.domain.order import Package as Package
    from entrosdk.domain.order import Recipient as Recipient
    from entrosdk.domain.payment import Payment as Payment
    from entrosdk.domain.payment import PaymentKind as PaymentKind
    from entrosdk.domain.payment import PaymentQuery as PaymentQuery
    from entrosdk.domain.payment import Payout as Payout
    from entrosdk.domain.payment import PayoutStatus as PayoutStatus
    from entrosdk.domain.product import Product as Product
    from entrosdk.domain.product import ProductQuery as ProductQuery
    from entrosdk.domain.product import ProductStatus as ProductStatus
    from entrosdk.domain.product import StockLevel as StockLevel
    from entrosdk.domain.product import Variant as Variant
    from entrosdk.domain.product import Warehouse as Warehouse
    from entrosdk.domain.returns import GoodsState as GoodsState
    from entrosdk.domain.returns import MoneyState as MoneyState
    from entrosdk.domain.returns import Return as Return
    from entrosdk.domain.returns import ReturnLine as ReturnLine
    from entrosdk.domain.returns import ReturnQuery as ReturnQuery
    from entrosdk.domain.secret import Secret as Secret
    from entrosdk.domain.shop import ShopInfo as ShopInfo
    from entrosdk.domain.writing import CancelReason as CancelReason
    from entrosdk.domain.writing import Handover as Handover
    from entrosdk.domain.writing import Image as Image
    from entrosdk.domain.writing import ItemResult as ItemResult
    from entrosdk.domain.writing import Label as Label
    from entrosdk.domain.writing import Outcome as Outcome
    from entrosdk.domain.writing import Parcel as Parcel
    from entrosdk.domain.writing import PickupSlot as PickupSlot
    from entrosdk.domain.writing import PriceChange as PriceChange
    from entrosdk.domain.writing import ProductDraft as ProductDraft
    from entrosdk.domain.writing import ProductPatch as ProductPatch
    from entrosdk.domain.writing import Refusal as Refusal
    from entrosdk.domain.writing import Shipment as Shipment
    from entrosdk.domain.writing import ShippingOptions as ShippingOptions
    from entrosdk.domain.writing import ShipRequest as ShipRequest
    from entrosdk.domain.writing import StockChange as StockChange
    from entrosdk.domain.writing import Submission as Submission
    from entrosdk.domain.writing import SubmissionState as SubmissionState
    from entrosdk.domain.writing import VariantDraft as VariantDraft
    from entrosdk.engine.limits import Limiter as Limiter
    from entrosdk.engine.retry import Policy as Policy
    from entrosdk.errors import EntroError as EntroError
    from entrosdk.runtime.stores.memory import MemoryStore as MemoryStore
    from entrosdk.spi.manifest import Capability as Capability
    from entrosdk.spi.page import Batch as Batch
    from entrosdk.spi.page import Page as Page
    from entrosdk.spi.page import Stub as Stub
    from entrosdk.spi.page import Unreadable as Unreadable

_HOMES = {
    "client.async_shop": "AsyncShop",
    "client.connect": (
        "authorize_url connect connect_async exchange_code exchange_code_async grant_key"
    ),
    "client.shop": "Shop",
    "domain.credentials": "App Grant",
    "domain.events": (
        "Event GrantExpiring GrantGiven GrantRevoked OrderChanged ProductChanged ReturnChanged "
        "StockChanged Unrecognised"
    ),
    "domain.money": "Money",
    "domain.order": "Order OrderLine OrderQuery OrderStatus OrderTotals Package Recipient",
    "domain.payment": "Payment PaymentKind PaymentQuery Payout PayoutStatus",
    "domain.product": "Product ProductQuery ProductStatus StockLevel Variant Warehouse",
    "domain.returns": "GoodsState MoneyState Return ReturnLine ReturnQuery",
    "domain.secret": "Secret",
    "domain.shop": "ShopInfo",
    "domain.writing": (
        "CancelReason Handover Image ItemResult Label Outcome Parcel PickupSlot PriceChange "
        "ProductDraft ProductPatch Refusal ShipRequest Shipment ShippingOptions StockChange "
        "Submission SubmissionState VariantDraft"
    ),
    "engine.limits": "Limiter",
    "engine.retry": "Policy",
    "errors": "EntroError",
    "runtime.stores.memory": "MemoryStore",
    "spi.manifest": "Capability",
    "spi.page": "Batch Page Stub Unreadable",
}
_HOME_OF = homes(_HOMES)
_load = loader(__name__, _HOME_OF)

__all__ = sorted([*_HOME_OF, "__version__"])  # noqa: PLE0605 - a list, made from the table above


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - import budget

        return version("entrosdk")
    return _load(name)


def __dir__() -> list[str]:
    return __all__
