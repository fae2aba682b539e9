"""Replies to what changes something, and what is asked for before (sections 2.3, 3.9, 4.5, 6.3)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from entrosdk.adapters.tiktok.wire import Envelope
from entrosdk.spi.wire import Count, Epoch, Flag, Id, Many, Maybe, Text, WireModel, names

__all__ = [
    "CancellationsReply",
    "CreatedReply",
    "DocumentReply",
    "HandoverReply",
    "ProvidersReply",
    "ReasonsReply",
    "RowError",
    "UploadReply",
    "WriteReply",
]


class DeepError(WireModel):
    """What really was wrong, inside a wrapper that says no more than "check failed"."""

    code: Count = 0
    message: Text = ""
    warehouse_id: Text = ""


class Detail(WireModel):
    """Which item failed."""

    sku_id: Text = ""
    product_id: Text = ""
    package_id: Text = ""
    extra_errors: Many[DeepError] = ()


class RowError(WireModel):
    """An item that failed although the code of the reply is 0 (section 2.3)."""

    code: Count = 0
    message: Text = ""
    detail: Maybe[Detail] = None


class WriteBody(WireModel):
    """The payload of a write: empty, or what failed."""

    errors: Many[RowError] = ()


def _filled(value: Any) -> Any:
    return {} if value is None else value


class WriteReply(Envelope):
    """The reply of a write."""

    data: Annotated[WriteBody, BeforeValidator(_filled)] = WriteBody()


class CreatedSku(WireModel):
    """A variant that was made."""

    known: ClassVar[frozenset[str]] = names("fees sales_attributes external_sku_id")

    id: Text = ""
    seller_sku: Text = ""


class Hint(WireModel):
    """What TikTok Shop would like better."""

    message: Text = ""


class Created(WireModel):
    """A product that was made or changed."""

    product_id: Text = ""
    skus: Many[CreatedSku] = ()
    warnings: Many[Hint] = ()


class CreatedReply(Envelope):
    """The reply of making or changing a product."""

    data: Created


class Upload(WireModel):
    """A picture that was taken in."""

    known: ClassVar[frozenset[str]] = names("url width height use_case")

    uri: Id


class UploadReply(Envelope):
    """The reply of an upload."""

    data: Upload


class Slot(WireModel):
    """A time at which the carrier can come; the last key is misspelt in the API (quirk 22)."""

    start_time: Epoch = 0
    end_time: Epoch = 0
    avaliable: Flag = True


class Handover(WireModel):
    """How a package can be handed over."""

    known: ClassVar[frozenset[str]] = names("can_van_collection drop_off_point_url")

    can_pickup: Flag = False
    can_drop_off: Flag = False
    pickup_slots: Many[Slot] = ()


class HandoverReply(Envelope):
    """The reply of the handover slots."""

    data: Handover


class Provider(WireModel):
    """A carrier that a seller may choose."""

    id: Id
    name: Text = ""


class Providers(WireModel):
    """The payload of the list of carriers."""

    shipping_providers: Many[Provider] = ()


class ProvidersReply(Envelope):
    """The reply of the list of carriers."""

    data: Providers


class Document(WireModel):
    """Where a shipping document can be had, for a day."""

    doc_url: Text = ""
    tracking_number: Text = ""


class DocumentReply(Envelope):
    """The reply of a shipping document."""

    data: Document


class Cancellation(WireModel):
    """A request to cancel, or a cancellation; only what an answer needs is read (section 6.3)."""

    cancel_id: Id
    order_id: Text = ""
    cancel_type: Text = ""
    cancel_status: Text = ""


class Cancellations(WireModel):
    """The payload of a search for cancellations."""

    cancellations: Many[Cancellation] = ()


class CancellationsReply(Envelope):
    """The reply of a search for cancellations."""

    data: Cancellations


class Reason(WireModel):
    """A reason to refuse, in TikTok Shop's word and in text."""

    name: Id
    text: Text = ""


class Reasons(WireModel):
    """The payload of the list of reasons."""

    reasons: Many[Reason] = ()


class ReasonsReply(Envelope):
    """The reply of the list of reasons."""

    data: Reasons
