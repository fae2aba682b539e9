"""Bodies of orders, returns and the shop as Shopee sends them (sections 3, 6, 8).

Only what we read is modelled; other keys of the manual are listed as known, kept, and reachable
as attributes of the same name.
Absent values come as null, empty text, 0, {}, [] or not at all (section 3.1): all are accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from entrosdk.adapters.shopee.words import (
    ORDER_STATUS,
    PACKAGE_STATUS,
    RETURN_STATUS,
    REVERSE_STATUS,
)
from entrosdk.spi.wire import (
    Amount,
    Count,
    Epoch,
    Flag,
    Id,
    Lenient,
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
    "ORDERS",
    "ORDER_LIST",
    "RETURN_LIST",
    "Envelope",
    "Line",
    "Order",
    "OrderStub",
    "Package",
    "Place",
    "Recipient",
    "Return",
    "ReturnDetail",
    "ReturnItem",
    "Shop",
    "Tokens",
    "Warehouse",
    "WarehousesPage",
]


def _first(value: Any) -> Any:
    # A list of texts on order lines, a text on package lines (quirk 10).
    return (value[0] if value else "") if isinstance(value, list) else value


Place = Annotated[Text, Lenient(_first)]
"""A warehouse id that may come inside a list."""


class Envelope(WireModel):
    """What surrounds every payload (section 2.1)."""

    known: ClassVar[frozenset[str]] = frozenset(
        {"error", "message", "msg", "warning", "request_id", "debug_message", "mesage"}
    )


# Orders


class OrderStub(WireModel):
    """A row of get_order_list (section 3.2)."""

    known: ClassVar[frozenset[str]] = frozenset({"booking_sn", "order_status"})

    order_sn: Id


class OrderListBody(WireModel):
    """The payload of get_order_list."""

    more: Flag = False
    next_cursor: Text = ""
    order_list: Many[OrderStub] = ()


class OrderListPage(Envelope):
    """The reply of get_order_list."""

    response: OrderListBody


class Image(WireModel):
    """The picture of an order line."""

    image_url: Text = ""


class Line(WireModel):
    """A line of an order; prices are for one unit (section 3.3)."""

    known: ClassVar[frozenset[str]] = names(
        "wholesale weight add_on_deal main_item add_on_deal_id promotion_type promotion_id "
        "promotion_list is_b2c_owned_item is_prescription_item hot_listing_item consultation_id "
        "error_in_fetching_is_prescription_item active_qty cancel_requested_qty cancelled_qty "
        "return_requested_qty returned_qty"
    )

    item_id: int
    model_id: Count = 0
    item_name: Text = ""
    item_sku: Text = ""
    model_name: Text = ""
    model_sku: Text = ""
    model_quantity_purchased: int
    model_original_price: Amount
    model_discounted_price: Amount
    order_item_id: Count = 0
    promotion_group_id: Count = 0
    line_item_id: Count = 0
    product_location_id: Place = ""
    image_info: Maybe[Image] = None


class PackageItem(WireModel):
    """Units of an order line inside a package."""

    item_id: Count = 0
    model_id: Count = 0
    model_quantity: Count = 0
    order_item_id: Count = 0
    promotion_group_id: Count = 0
    product_location_id: Place = ""


class Package(WireModel):
    """A package of an order."""

    known: ClassVar[frozenset[str]] = names(
        "logistics_channel_id allow_self_design_awb parcel_chargeable_weight_gram "
        "parcel_chargeable_weight group_shipment_id sorting_group virtual_contact_number "
        "package_query_number"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"logistics_status": PACKAGE_STATUS}

    package_number: Text = ""
    logistics_status: Text = ""
    shipping_carrier: Text = ""
    tracking_number: Text = ""
    item_list: Many[PackageItem] = ()


class Recipient(WireModel):
    """Where an order goes (section 3.9)."""

    known: ClassVar[frozenset[str]] = frozenset({"geolocation"})

    name: Text = ""
    phone: Text = ""
    town: Text = ""
    district: Text = ""
    city: Text = ""
    state: Text = ""
    region: Text = ""
    zipcode: Text = ""
    full_address: Text = ""


class Order(WireModel):
    """An order with everything we ask for (section 3.3)."""

    known: ClassVar[frozenset[str]] = names(
        "actual_shipping_fee actual_shipping_fee_confirmed goods_to_declare note_update_time "
        "dropshipper dropshipper_phone buyer_cpf_id fulfillment_flag pickup_done_time "
        "invoice_data checkout_shipping_carrier reverse_shipping_fee estimated_shipping_fee "
        "order_chargeable_weight_gram edt_from edt_to booking_sn advance_package days_to_ship "
        "return_request_due_date payment_info hot_listing_order can_full_cancel_order "
        "can_partial_cancel_order buyer_preference_for_partial_cancellation pending_terms "
        "pending_description affiliate_sample_type is_buyer_shop_collection is_international "
        "buyer_proof_of_collection prescription_images prescription_check_status "
        "pharmacist_name prescription_approval_time prescription_rejection_time split_up "
        "prescription_reject_reason shipping_carrier buyer_username"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"order_status": ORDER_STATUS}

    order_sn: Id
    region: Text = ""
    currency: Text = ""
    cod: Flag = False
    order_status: Text = ""
    message_to_seller: Text = ""
    create_time: Moment
    update_time: Moment
    ship_by_date: Epoch = 0
    total_amount: MaybeAmount = None
    payment_method: Text = ""
    buyer_user_id: Text = ""
    recipient_address: Maybe[Recipient] = None
    note: Text = ""
    item_list: Many[Line] = ()
    pay_time: Epoch = 0
    buyer_cancel_reason: Text = ""
    cancel_by: Text = ""
    cancel_reason: Text = ""
    package_list: Many[Package] = ()


class OrdersBody(WireModel):
    """The payload of get_order_detail."""

    order_list: Many[Order] = ()


class OrdersPage(Envelope):
    """The reply of get_order_detail."""

    response: OrdersBody


ORDER_LIST = Rows(OrderListPage, "response.order_list", OrderStub, "order_sn", deferred=True)
ORDERS = Rows(OrdersPage, "response.order_list", Order, "order_sn", deferred=True)


# Returns


class ReturnItem(WireModel):
    """Units of a return; `amount` is how many (section 6.1)."""

    known: ClassVar[frozenset[str]] = names(
        "images is_add_on_deal is_main_item add_on_deal_id item_price"
    )

    item_id: Text = ""
    model_id: Count = 0
    name: Text = ""
    amount: Count = 0
    item_sku: Text = ""
    variation_sku: Text = ""
    refund_amount: MaybeAmount = None


class Return(WireModel):
    """A return, as listed or in detail: the detail nests three states and adds the parcel's."""

    known: ClassVar[frozenset[str]] = names(
        "image buyer_videos reassessed_request_reason dispute_reason dispute_text_reason user "
        "amount_before_discount return_ship_due_date return_seller_due_date activity "
        "seller_proof seller_proof_status seller_compensation seller_compensation_status "
        "negotiation negotiation_status return_pickup_address virtual_contact_number "
        "package_query_number return_address return_refund_type is_seller_arrange "
        "is_shipping_proof_mandatory has_uploaded_shipping_proof "
        "is_reverse_logistics_channel_integrated reverse_logistics_channel_name "
        "reverse_logistic_channel_name return_refund_request_type is_arrived_at_warehouse "
        "follow_up_action_list"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "status": RETURN_STATUS,
        "reverse_logistics_status": REVERSE_STATUS,
        "logistics_status": REVERSE_STATUS,
    }

    return_sn: Id
    order_sn: Text = ""
    status: Text = ""
    reason: Text = ""
    text_reason: Text = ""
    refund_amount: Amount
    currency: Text = ""
    create_time: Moment
    update_time: Moment
    due_date: Epoch = 0
    needs_logistics: Flag = False
    tracking_number: Text = ""
    return_solution: Text = ""
    validation_type: Text = ""
    logistics_status: Text = ""
    reverse_logistics_status: Text = ""
    reverse_logistic_status: Text = ""  # samples spell it so (reference, corrections)
    item: Many[ReturnItem] = ()


class ReturnListBody(WireModel):
    """The payload of get_return_list; the key of its rows is literally `return`."""

    more: Flag = False
    returns: Many[Return] = Field(default=(), alias="return")


class ReturnListPage(Envelope):
    """The reply of get_return_list."""

    response: ReturnListBody


RETURN_LIST = Rows(
    ReturnListPage, "response.return", Return, "return_sn", attribute="response.returns"
)


class ReturnDetail(Envelope):
    """The reply of get_return_detail."""

    response: Return


# The shop


class Shop(Envelope):
    """get_shop_info: flat, though some integrations saw it wrapped (section 8)."""

    known: ClassVar[frozenset[str]] = Envelope.known | names(
        "is_cb is_sip sip_affi_shops is_upgraded_cbsc merchant_id shop_fulfillment_flag "
        "is_main_shop is_direct_shop linked_main_shop_id linked_direct_shop_list is_one_awb "
        "is_mart_shop is_outlet_shop mart_shop_id outlet_shop_info_list "
        "mart_outlet_structure_type"
    )

    shop_name: Text = ""
    region: Text = ""
    status: Text = ""
    auth_time: Epoch = 0
    expire_time: Epoch = 0
    response: Maybe[Shop] = None


class Warehouse(WireModel):
    """A row of get_warehouse_detail."""

    known: ClassVar[frozenset[str]] = names(
        "warehouse_id address_id state city district town address zipcode state_code "
        "holiday_mode_state"
    )

    location_id: Text = ""
    warehouse_name: Text = ""
    warehouse_type: Count = 0
    region: Text = ""


class WarehousesPage(Envelope):
    """The reply of get_warehouse_detail, whose payload is a list."""

    response: Many[Warehouse] = ()


class Tokens(Envelope):
    """The flat reply of the two token calls (sections 1.4 and 1.5)."""

    access_token: Id
    refresh_token: Id
    expire_in: Count = 0
    shop_id_list: Many[Text] = ()
