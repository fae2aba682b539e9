"""What surrounds TikTok Shop's payloads, and the bodies of orders (fact book sections 2.1 and 3).

Only what we read is modelled; other keys of the manual are listed as known, kept, and reachable
as attributes of the same name.
Fields without a value are mostly left out, but some come as empty text or null (section 2.1): all
are accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar

from entrosdk.adapters.tiktok.words import LINE_STATUS, ORDER_STATUS, PACKAGE_STATUS
from entrosdk.spi.wire import (
    Amount,
    Count,
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
    "ORDERS",
    "District",
    "Envelope",
    "Line",
    "Listing",
    "Order",
    "OrderPayment",
    "OrdersPage",
    "PackageRef",
    "Recipient",
]


class Envelope(WireModel):
    """What surrounds every payload (section 2.1)."""

    known: ClassVar[frozenset[str]] = frozenset({"code", "message", "request_id"})


class Listing(WireModel):
    """What every paged payload has beside its rows; the token is empty at the end."""

    next_page_token: Text = ""
    total_count: Count = 0


# Orders


class OrderPayment(WireModel):
    """The sums of an order; discounts are positive (section 3.5)."""

    known: ClassVar[frozenset[str]] = names(
        "original_total_product_price original_shipping_fee shipping_fee_seller_discount "
        "shipping_fee_platform_discount shipping_fee_cofunded_discount tax "
        "payment_platform_discount payment_discount_service_fee product_tax shipping_fee_tax "
        "small_order_fee buyer_service_fee handling_fee shipping_insurance_fee "
        "item_insurance_fee item_insurance_tax item_insurance_fee_tax retail_delivery_fee "
        "distance_fee distance_shipping_fee"
    )

    currency: Text = ""
    sub_total: MaybeAmount = None
    shipping_fee: MaybeAmount = None
    seller_discount: MaybeAmount = None
    platform_discount: MaybeAmount = None
    total_amount: MaybeAmount = None


class Line(WireModel):
    """One physical unit of an order (section 3.6)."""

    known: ClassVar[frozenset[str]] = names(
        "rts_time sku_type gift_retail_price cancel_reason cancel_user combined_listing_skus "
        "sub_item_info item_tax is_dangerous_good needs_prescription handling_duration_days "
        "room_id product_listing_type is_pod_customized pod_info_id pfand_fee "
        "retail_delivery_fee buyer_service_fee small_order_fee shipping_provider_id"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "display_status": LINE_STATUS,
        "package_status": PACKAGE_STATUS,
    }

    id: Id
    product_id: Text = ""
    sku_id: Text = ""
    product_name: Text = ""
    sku_name: Text = ""
    sku_image: Text = ""
    seller_sku: Text = ""
    original_price: Amount
    sale_price: Amount
    seller_discount: Amount = Decimal(0)
    platform_discount: Amount = Decimal(0)
    display_status: Text = ""
    package_status: Text = ""
    package_id: Text = ""
    shipping_provider_name: Text = ""
    tracking_number: Text = ""
    is_gift: Flag = False
    currency: Text = ""


class PackageRef(WireModel):
    """A package, as an order names it."""

    id: Id


class District(WireModel):
    """One level of an address (section 3.7)."""

    known: ClassVar[frozenset[str]] = frozenset({"iso_code"})

    address_level: Text = ""
    address_level_name: Text = ""
    address_name: Text = ""


class Recipient(WireModel):
    """Where an order goes (section 3.7)."""

    known: ClassVar[frozenset[str]] = names(
        "first_name last_name first_name_local_script last_name_local_script post_town "
        "name_local_script delivery_preferences address_line1 address_line2 address_line3 "
        "address_line4 address_detail"
    )

    name: Text = ""
    phone_number: Text = ""
    full_address: Text = ""
    postal_code: Text = ""
    region_code: Text = ""
    district_info: Many[District] = ()


class Order(WireModel):
    """An order; listings and details have the same shape (section 3.3)."""

    known: ClassVar[frozenset[str]] = names(
        "payment_method_code payment_card_type payment_auth_code "
        "channel_entity_national_registry_id buyer_email buyer_nickname buyer_avatar "
        "fulfillment_type delivery_type delivery_option_name "
        "shipping_provider_id rts_time tts_sla_time delivery_sla_time "
        "delivery_option_required_delivery_time shipping_due_time collection_due_time "
        "delivery_due_time cancel_order_sla_time pick_up_cut_off_time fast_dispatch_sla_time "
        "fast_rts_sla_time fast_collection_sla_time instore_pickup_sla_time "
        "recommended_shipping_time fulfillment_priority_level order_rights collection_time "
        "delivery_time cancel_time request_cancel_time has_updated_recipient_address "
        "split_or_combine_tag is_on_hold_order is_sample_order is_replacement_order "
        "replaced_order_id is_exchange_order exchange_source_order_id is_subscription_order "
        "is_refundable_sample authentication_required order_type release_date "
        "handling_duration auto_combine_group_id commerce_platform need_upload_invoice cpf "
        "cpf_name consultation_id fast_delivery_program"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"status": ORDER_STATUS}

    id: Id
    status: Text = ""
    create_time: Moment
    update_time: Moment
    paid_time: Epoch = 0
    rts_sla_time: Epoch = 0
    payment_method_name: Text = ""
    is_cod: Flag = False
    payment: Maybe[OrderPayment] = None
    line_items: Many[Line] = ()
    packages: Many[PackageRef] = ()
    recipient_address: Maybe[Recipient] = None
    buyer_message: Text = ""
    seller_note: Text = ""
    user_id: Text = ""
    shipping_provider: Text = ""
    tracking_number: Text = ""
    warehouse_id: Text = ""
    shipping_type: Text = ""
    delivery_option_id: Text = ""
    cancel_reason: Text = ""
    cancellation_initiator: Text = ""
    is_buyer_request_cancel: Flag = False


class OrdersBody(Listing):
    """The payload of a search for orders, and of their details."""

    orders: Many[Order] = ()


class OrdersPage(Envelope):
    """The reply of a search for orders, and of their details."""

    data: OrdersBody


ORDERS = Rows(OrdersPage, "data.orders", Order, "id", deferred=True)
