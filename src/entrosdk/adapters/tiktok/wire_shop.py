"""Bodies of tokens, shops, warehouses and returns (fact book sections 1.3, 1.4, 6.1 and 8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from entrosdk.adapters.tiktok.wire import Envelope, Listing
from entrosdk.adapters.tiktok.words import RETURN_STATUS, RETURN_TYPES
from entrosdk.spi.wire import (
    Epoch,
    Flag,
    Id,
    Many,
    Maybe,
    MaybeAmount,
    Moment,
    Rows,
    Text,
    WireModel,
    names,
)

__all__ = [
    "RETURNS",
    "AuthorizedShop",
    "Deadline",
    "Refund",
    "Return",
    "ReturnLine",
    "ShopsReply",
    "Tokens",
    "TokensReply",
    "Warehouse",
    "WarehousesReply",
]


def _whole(value: object) -> object:
    return 0 if value is None or value == "" else value


# Ends of consents in the year 2125 exist in the wild: beyond what four bytes of seconds hold.
_End = Annotated[int, Field(ge=0, le=253_402_300_799), BeforeValidator(_whole)]


class Tokens(WireModel):
    """A pair of tokens; both ends are absolute instants in seconds (section 1.3)."""

    known: ClassVar[frozenset[str]] = names("open_id seller_name seller_base_region user_type")

    access_token: Id
    access_token_expire_in: _End = 0
    refresh_token: Id
    refresh_token_expire_in: _End = 0
    granted_scopes: Many[str] = ()


class TokensReply(Envelope):
    """The reply of both token endpoints."""

    data: Tokens


class AuthorizedShop(WireModel):
    """A shop that a token covers (section 1.4)."""

    known: ClassVar[frozenset[str]] = names("seller_type code")

    id: Id
    name: Text = ""
    region: Text = ""
    cipher: Id


class ShopsBody(WireModel):
    """The payload of the list of shops."""

    shops: Many[AuthorizedShop] = ()


class ShopsReply(Envelope):
    """The reply of the list of shops."""

    data: ShopsBody


class Place(WireModel):
    """A warehouse's address; only its country is read."""

    known: ClassVar[frozenset[str]] = names(
        "region state city distict town contact_person phone_number postal_code full_address "
        "address_line1 address_line2 address_line3 address_line4 geolocation"
    )

    region_code: Text = ""


class Warehouse(WireModel):
    """A place in one role; a building with both roles comes twice (section 8)."""

    known: ClassVar[frozenset[str]] = names("entity_id effect_status sub_type")

    id: Id
    name: Text = ""
    type: Text = ""
    is_default: Flag = False
    address: Maybe[Place] = None


class WarehousesBody(WireModel):
    """The payload of the list of warehouses; the key is missing when there is none."""

    warehouses: Many[Warehouse] = ()


class WarehousesReply(Envelope):
    """The reply of the list of warehouses."""

    data: WarehousesBody


# Returns


class Refund(WireModel):
    """What a buyer gets back."""

    known: ClassVar[frozenset[str]] = names(
        "refund_subtotal refund_shipping_fee refund_tax buyer_service_fee retail_delivery_fee"
    )

    currency: Text = ""
    refund_total: MaybeAmount = None


class ReturnLine(WireModel):
    """One unit that comes back."""

    known: ClassVar[frozenset[str]] = names("return_line_item_id return_sub_line_items")

    order_line_item_id: Text = ""
    sku_id: Text = ""
    sku_name: Text = ""
    product_name: Text = ""
    seller_sku: Text = ""
    refund_amount: Maybe[Refund] = None


class Deadline(WireModel):
    """What the seller has to do next, and until when."""

    action: Text = ""
    deadline: Epoch = 0


class Return(WireModel):
    """A return, in the list as in detail (section 6.1)."""

    known: ClassVar[frozenset[str]] = names(
        "role return_reason_text shipment_type handover_method return_method "
        "return_provider_id return_provider_name return_shipping_document_type "
        "return_warehouse_address discount_amount shipping_fee_amount is_combined_return "
        "combined_return_id is_quick_refund buyer_rejected_partial_refund "
        "seller_proposed_return_type partial_refund pre_return_id next_return_id"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "return_type": RETURN_TYPES,
        "return_status": RETURN_STATUS,
    }

    return_id: Id
    order_id: Text = ""
    return_type: Text = ""
    return_status: Text = ""
    return_reason: Text = ""
    arbitration_status: Text = ""
    return_tracking_number: Text = ""
    refund_amount: Maybe[Refund] = None
    return_line_items: Many[ReturnLine] = ()
    seller_next_action_response: Many[Deadline] = ()
    can_buyer_keep_item: Flag = False
    create_time: Moment
    update_time: Moment


class ReturnsBody(Listing):
    """The payload of a search for returns; the key of an empty page is missing."""

    return_orders: Many[Return] = ()


class ReturnsPage(Envelope):
    """The reply of a search for returns."""

    data: ReturnsBody


RETURNS = Rows(ReturnsPage, "data.return_orders", Return, "return_id")
