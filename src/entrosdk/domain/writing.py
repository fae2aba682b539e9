"""What a seller changes at a marketplace, and what became of each change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from entrosdk.domain.money import Money
from entrosdk.domain.order import Package

__all__ = [
    "CancelReason",
    "Handover",
    "Image",
    "ItemResult",
    "Label",
    "Outcome",
    "Parcel",
    "PickupSlot",
    "PriceChange",
    "ProductDraft",
    "ProductPatch",
    "Refusal",
    "ShipRequest",
    "Shipment",
    "ShippingOptions",
    "StockChange",
    "Submission",
    "SubmissionState",
    "VariantDraft",
]


# Results


class Outcome(StrEnum):
    """What became of one item of a write."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"  # the reply was lost and nothing could be read back: look before repeating


class Refusal(StrEnum):
    """Why an item was refused, as far as all marketplaces share the cause."""

    LOCKED = "LOCKED"  # a campaign holds units or the price: try again when it ends
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"  # the value is outside what the marketplace allows
    STATE = "STATE"  # the thing is not in a state that allows this
    FORBIDDEN = "FORBIDDEN"
    BUSY = "BUSY"  # nothing happened; the same write may be sent again
    OTHER = "OTHER"


@frozen(kw_only=True)
class ItemResult:
    """What became of one item; results come in the order in which the items were given.

    `refusal` and `reason` are set where `outcome` is REFUSED; `code` is the platform's own.
    """

    product_id: str
    variant_id: str = ""
    warehouse_id: str = ""
    outcome: Outcome
    refusal: Refusal | None = None
    code: str = ""
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the marketplace accepted the item."""
        return self.outcome is Outcome.ACCEPTED


# Stock and prices


@frozen(kw_only=True)
class StockChange:
    """Let buyers buy `quantity` units of a variant: an absolute number, not a difference.

    `variant_id` is empty for a product without variants, `warehouse_id` in a shop with one
    unnamed warehouse.
    `sku` is the seller's own; only marketplaces that ask for it read it.
    """

    product_id: str
    variant_id: str = ""
    sku: str = ""
    quantity: int
    warehouse_id: str = ""


@frozen(kw_only=True)
class PriceChange:
    """Sell a variant at `price`; `list_price` is the crossed-out one, where there are two."""

    product_id: str
    variant_id: str = ""
    sku: str = ""
    price: Money
    list_price: Money | None = None


# Products


@frozen(kw_only=True)
class Image:
    """A picture: its bytes, or an address the marketplace can read it from."""

    content: bytes = field(default=b"", repr=False)
    kind: str = "image/jpeg"
    url: str = ""
    name: str = "image.jpg"


@frozen(kw_only=True)
class Parcel:
    """Weight in grams and sides in centimetres of a packed product; 0 where unknown."""

    weight_g: int = 0
    length_cm: int = 0
    width_cm: int = 0
    height_cm: int = 0


@frozen(kw_only=True)
class VariantDraft:
    """A variant to be made. `options` pairs option names with values, in order."""

    sku: str
    price: Money
    quantity: int = 0
    options: tuple[tuple[str, str], ...] = ()
    warehouse_id: str = ""
    list_price: Money | None = None
    image: Image | None = None
    barcode: str = ""


@frozen(kw_only=True)
class ProductDraft:
    """A product to be made; one variant without options makes a product without variants.

    `attributes` are the category's, by the platform's own id or name.
    `extra` is put into the platform's body as it is, for what only one platform has.
    """

    title: str
    description: str
    category_id: str
    variants: tuple[VariantDraft, ...]
    images: tuple[Image, ...] = ()
    brand_id: str = ""
    parcel: Parcel = field(factory=Parcel)
    attributes: Mapping[str, Any] = field(factory=dict)
    published: bool = True
    extra: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class ProductPatch:
    """What to change of a product; `None` leaves a part as it is.

    Stock and prices have methods of their own.
    """

    title: str | None = None
    description: str | None = None
    category_id: str | None = None
    images: tuple[Image, ...] | None = None
    parcel: Parcel | None = None
    attributes: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(factory=dict)


class SubmissionState(StrEnum):
    """How far a product that was submitted got."""

    DONE = "DONE"  # buyers can see it, or could if it were published
    REVIEWING = "REVIEWING"  # the marketplace looks at it first
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@frozen(kw_only=True)
class Submission:
    """A product that was created or changed, as far as the marketplace got with it.

    `id` is the handle to ask again with (`products.submission(id)`): the product's id, or a
    tracking id where the marketplace reviews requests (Tiki).
    `variant_ids` pairs SKUs with the ids of the variants that were made.
    """

    id: str
    state: SubmissionState
    raw_state: str = ""
    product_id: str = ""
    variant_ids: tuple[tuple[str, str], ...] = ()
    reason: str = ""


# Shipping


class Handover(StrEnum):
    """How a parcel reaches the carrier."""

    PICKUP = "PICKUP"
    DROP_OFF = "DROP_OFF"
    OWN = "OWN"  # the seller's own carrier or tracking number


@frozen(kw_only=True)
class PickupSlot:
    """A time at which a carrier can come, at one of the seller's addresses."""

    id: str
    address_id: str = ""
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    recommended: bool = False


@frozen(kw_only=True)
class ShippingOptions:
    """How an order can be handed over now."""

    order_id: str
    methods: tuple[Handover, ...]
    slots: tuple[PickupSlot, ...] = ()
    carriers: tuple[tuple[str, str], ...] = ()  # code, name
    warehouse_ids: tuple[str, ...] = ()


@frozen(kw_only=True)
class ShipRequest:
    """Which parcel to hand over, and how; what is left empty the adapter chooses.

    `line_ids` restricts a shipment to some lines where the marketplace allows it.
    """

    order_id: str
    package_id: str = ""
    line_ids: tuple[str, ...] = ()
    method: Handover | None = None
    slot: PickupSlot | None = None
    warehouse_id: str = ""
    carrier: str = ""
    tracking_number: str = ""


@frozen(kw_only=True)
class Shipment:
    """An order whose shipment was arranged.

    A package without a tracking number gets one later: fetch the order again.
    """

    order_id: str
    packages: tuple[Package, ...] = ()
    raw_status: str = ""


@frozen(kw_only=True)
class Label:
    """A shipping document: its bytes, or a link to it. Labels carry people: no repr shows one."""

    order_id: str
    package_id: str = ""
    kind: str = "application/pdf"
    content: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)
    valid_until: datetime | None = None


@frozen(kw_only=True)
class CancelReason:
    """A reason the marketplace accepts, in its own word (`code`) and in text."""

    code: str
    text: str = ""
