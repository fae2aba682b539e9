"""What Shopee answers to changes (sections 3.7, 3.8, 4.5-4.7, 6.3).

Batches report row by row, also when the envelope says that everything failed (quirks 24, 25).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from entrosdk.adapters.shopee.wire import Envelope
from entrosdk.spi.wire import Count, Epoch, Flag, Many, Maybe, MaybeAmount, Text, WireModel

__all__ = [
    "Channels",
    "Converted",
    "Created",
    "DisputeReason",
    "DisputeReasons",
    "Documents",
    "Models",
    "Negotiated",
    "Negotiation",
    "Offer",
    "ShippingParameters",
    "Solutions",
    "Tracking",
    "Uploaded",
    "Written",
    "WrittenRow",
]


def _plain(value: Any) -> Any:
    return "" if value is None else str(value)


Plain = Annotated[str, BeforeValidator(_plain)]
"""Text that documentation and samples type differently."""


# Shipping (section 3.7)


class Slot(WireModel):
    """A time at which the carrier comes."""

    date: Epoch = 0
    time_text: Text = ""
    pickup_time_id: Text = ""
    flags: Many[Text] = ()


class Address(WireModel):
    """One of the seller's addresses, with the times at which the carrier comes there."""

    address_id: Text = ""
    time_slot_list: Many[Slot] = ()


class Pickup(WireModel):
    """Where and when the carrier can come."""

    address_list: Many[Address] = ()


class Branch(WireModel):
    """A branch of the carrier that takes parcels."""

    branch_id: Count = 0


class Slug(WireModel):
    """A carrier's service for drop-off (Taiwan)."""

    slug: Text = ""
    slug_name: Text = ""


class Dropoff(WireModel):
    """Where parcels can be brought."""

    branch_list: Many[Branch] = ()
    slug_list: Many[Slug] = ()


class ShippingBody(WireModel):
    """The payload of get_shipping_parameter: `info_needed` names the ways that are open."""

    info_needed: Mapping[str, Many[Text]] = Field(default_factory=dict)
    pickup: Maybe[Pickup] = None
    dropoff: Maybe[Dropoff] = None


class ShippingParameters(Envelope):
    """The reply of get_shipping_parameter."""

    response: ShippingBody


class TrackingBody(WireModel):
    """The payload of get_tracking_number; the number is empty until the carrier answers."""

    tracking_number: Text = ""
    first_mile_tracking_number: Text = ""
    hint: Text = ""


class Tracking(Envelope):
    """The reply of get_tracking_number."""

    response: TrackingBody


class DocumentRow(WireModel):
    """A row of one of the four shipping-document calls."""

    order_sn: Text = ""
    package_number: Text = ""
    status: Text = ""
    suggest_shipping_document_type: Text = ""
    selectable_shipping_document_type: Many[Text] = ()
    fail_error: Text = ""
    fail_message: Text = ""


class DocumentsBody(WireModel):
    """The payload of a shipping-document call."""

    result_list: Many[DocumentRow] = ()


class Documents(Envelope):
    """The reply of a shipping-document call that is no file."""

    response: DocumentsBody


# Listings (sections 4.5-4.7)


class WrittenRow(WireModel):
    """A row of a batch; `model_id` is absent for an item without models."""

    item_id: Count = 0
    model_id: Count = 0
    location_id: Text = ""
    failed_reason: Text = ""


class WrittenBody(WireModel):
    """What was taken and what was not."""

    failure_list: Many[WrittenRow] = ()
    success_list: Many[WrittenRow] = ()


class Written(Envelope):
    """The reply of update_stock, update_price and unlist_item."""

    error: Plain = ""
    response: Maybe[WrittenBody] = None


class CreatedBody(WireModel):
    """What add_item and update_item show of the item."""

    item_id: Count = 0
    item_status: Text = ""


class Created(Envelope):
    """The reply of add_item and update_item."""

    response: CreatedBody


class ModelRow(WireModel):
    """A variant that was made."""

    tier_index: Many[int] = ()
    model_id: Count = 0
    model_sku: Text = ""


class ModelsBody(WireModel):
    """The variants of an item."""

    model: Many[ModelRow] = ()


class Models(Envelope):
    """The reply of init_tier_variation and get_model_list, as far as ids go."""

    response: ModelsBody


class Channel(WireModel):
    """A way of delivery the shop has; `mask_channel_id` 0 means that buyers choose it (8)."""

    logistics_channel_id: Count = 0
    enabled: Flag = False
    mask_channel_id: Count = 0


class ChannelsBody(WireModel):
    """The payload of get_channel_list."""

    logistics_channel_list: Many[Channel] = ()


class Channels(Envelope):
    """The reply of get_channel_list."""

    response: ChannelsBody


class ImageInfo(WireModel):
    """A picture Shopee holds."""

    image_id: Text = ""


class ImageRow(WireModel):
    """What became of one uploaded picture."""

    id: Count = 0
    error: Plain = ""
    message: Plain = ""
    image_info: Maybe[ImageInfo] = None


class UploadedBody(WireModel):
    """The payload of upload_image: `image_info` for one file, the list for all."""

    image_info: Maybe[ImageInfo] = None
    image_info_list: Many[ImageRow] = ()


class Uploaded(Envelope):
    """The reply of upload_image."""

    response: UploadedBody


# Returns (section 6.3)


class Negotiation(WireModel):
    """Whose turn it is, and who made the last offer."""

    negotiation_status: Text = ""
    latest_solution: Text = ""
    latest_offer_creator: Text = ""


class NegotiatedBody(WireModel):
    """What answering a return has to know of it."""

    status: Text = ""
    return_solution: Text = ""
    negotiation: Maybe[Negotiation] = None


class Negotiated(Envelope):
    """The reply of get_return_detail, as far as answering goes."""

    response: NegotiatedBody


class Offer(WireModel):
    """Whether a solution may be offered."""

    known: ClassVar[frozenset[str]] = frozenset({"refund_amount_adjustable"})

    eligibility: Flag = False
    max_refund_amount: MaybeAmount = None
    min_refund_amount: MaybeAmount = None


class SolutionsBody(WireModel):
    """The payload of get_available_solutions."""

    offer_return_refund: Maybe[Offer] = None
    offer_refund: Maybe[Offer] = None


class Solutions(Envelope):
    """The reply of get_available_solutions."""

    response: SolutionsBody


class EvidenceModule(WireModel):
    """A kind of evidence a reason asks for."""

    module_index: Count = 0
    requirement: Text = ""
    is_required: Flag = False


class DisputeReason(WireModel):
    """A reason for a dispute; the code is a number that some samples send as text."""

    dispute_reason: Plain = ""
    dispute_requirement: Text = ""
    evidence_module_list: Many[EvidenceModule] = ()


class DisputeReasonsBody(WireModel):
    """The payload of get_return_dispute_reason."""

    dispute_reason_list: Many[DisputeReason] = ()


class DisputeReasons(Envelope):
    """The reply of get_return_dispute_reason."""

    response: DisputeReasonsBody


class ConvertedBody(WireModel):
    """Where an uploaded piece of evidence can be seen."""

    url: Text = ""


class Converted(Envelope):
    """The reply of convert_image."""

    response: ConvertedBody
