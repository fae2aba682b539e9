"""What Lazada answers to writes (fact book sections 2.4, 3.7, 3.8, 4.3, 6.2)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from entrosdk.adapters.lazada.wire import Envelope, Many, Part
from entrosdk.spi.wire import Id, Text, WireModel, names

__all__ = [
    "Created",
    "CreatedReply",
    "Detail",
    "DetailReply",
    "DocumentReply",
    "PackReply",
    "ParcelsReply",
    "Picture",
    "PictureReply",
    "ProvidersReply",
    "Reason",
    "ReasonsReply",
    "TipReply",
    "Unit",
]


def _rows(value: Any) -> Any:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]


class Detail(WireModel):
    """Why one row of a batch was refused; five shapes are in use, every member is optional."""

    code: Text = ""
    item_id: Text = ""
    sku_id: Text = ""
    seller_sku: Text = ""
    sku: Text = ""
    message: Text = ""


class DetailReply(Envelope):
    """A reply that may name refused rows, also under a code of success."""

    code: Text = ""
    message: Text = ""
    detail: Annotated[tuple[Detail, ...], BeforeValidator(_rows)] = ()


# Products


class Sku(WireModel):
    """A variant that was made."""

    seller_sku: Text = ""
    sku_id: Text = ""


class Created(WireModel):
    """The payload of /product/create and /product/update."""

    item_id: Text = ""
    item_status: Text = ""
    sku_list: Many[Sku] = ()


class CreatedReply(Envelope):
    """The reply of the two."""

    data: Part[Created] = Created()


class Picture(WireModel):
    """A picture that Lazada keeps now."""

    url: Id


class _Pictures(WireModel):
    image: Picture


class PictureReply(Envelope):
    """The reply of /image/upload and /image/migrate."""

    data: _Pictures


# Orders

_LAYER = names("success error_code error_msg errorCode errorMsg")


class Provider(WireModel):
    """A carrier."""

    name: Text = ""
    provider_code: Text = ""


class _Providers(WireModel):
    shipping_allocate_type: Text = ""
    shipment_providers: Many[Provider] = ()


class _ProvidersLayer(WireModel):
    known: ClassVar[frozenset[str]] = _LAYER

    data: Part[_Providers] = _Providers()


class ProvidersReply(Envelope):
    """The reply of /order/shipment/providers/get."""

    result: Part[_ProvidersLayer] = _ProvidersLayer()


class Unit(WireModel):
    """What became of one unit, or of one parcel."""

    order_item_id: Text = ""
    package_id: Text = ""
    item_err_code: Text = ""
    msg: Text = ""


class _Packed(WireModel):
    order_item_list: Many[Unit] = ()


class _Packing(WireModel):
    pack_order_list: Many[_Packed] = ()


class _PackLayer(WireModel):
    known: ClassVar[frozenset[str]] = _LAYER

    data: Part[_Packing] = _Packing()


class PackReply(Envelope):
    """The reply of /order/fulfill/pack."""

    result: Part[_PackLayer] = _PackLayer()

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, of all orders."""
        return tuple(
            unit for order in self.result.data.pack_order_list for unit in order.order_item_list
        )


class _Parcels(WireModel):
    packages: Many[Unit] = ()


class _ParcelsLayer(WireModel):
    known: ClassVar[frozenset[str]] = _LAYER

    data: Part[_Parcels] = _Parcels()


class ParcelsReply(Envelope):
    """The reply of /order/package/rts and its like."""

    result: Part[_ParcelsLayer] = _ParcelsLayer()


class _Document(WireModel):
    file: Text = ""
    pdf_url: Text = ""
    doc_type: Text = ""


class _DocumentLayer(WireModel):
    known: ClassVar[frozenset[str]] = _LAYER

    data: Part[_Document] = _Document()


class DocumentReply(Envelope):
    """The reply of /order/package/document/get."""

    result: Part[_DocumentLayer] = _DocumentLayer()


class Reason(WireModel):
    """A reason to cancel, or to refuse a return; names and spellings are theirs."""

    reason_id: Text = ""
    reason_name: Text = ""
    text: Text = ""
    muti_language_text: Text = ""


class _Tip(WireModel):
    tip_type: Text = ""
    tip_content: Text = ""
    reason_options: Many[Reason] = ()


class TipReply(Envelope):
    """The reply of the two cancellation calls."""

    data: Part[_Tip] = _Tip()


class ReasonsReply(Envelope):
    """The reply of /order/reverse/reason/list, whose payload is a list."""

    data: Many[Reason] = ()
